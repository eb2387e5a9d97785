"""A history of leaves read from a table: what each cell says, and where it stands.

Runs in the child: nothing is judged here but where the columns are. A first line without
any day is the head of the table; without it, the columns are nature, first day, last day,
prolongation.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from records.importation import dialectes
from records.importation.lecture import tables
from socle.errors import RefusedError

COLONNES = ("nature", "debut", "fin", "prolongation")
MAX_TEXTE = 60
_ALIASES = {
    "type": "nature", "conge": "nature", "type_de_conge": "nature", "motif": "nature",
    "du": "debut", "premier_jour": "debut", "date_de_debut": "debut", "date_debut": "debut",
    "au": "fin", "dernier_jour": "fin", "date_de_fin": "fin", "date_fin": "fin",
    "cas": "prolongation", "avis": "prolongation",
}  # fmt: skip
_A_DAY = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneLue:
    """One line of the table: its number in the file, its cells as texts by our names."""

    ligne: int
    cellules: dict[str, str] = field(default_factory=dict)


def read_lines(octets: bytes) -> Iterator[LigneLue]:
    """Yield the lines that say something, the first sheet only.

    Raises `RefusedError` when the file cannot be read (`fichier-illisible`), or when its
    head does not name both days (`colonnes-inconnues`).
    """
    _, rows = next(iter(tables(octets)))
    columns: list[str] | None = None
    for line, row in rows:
        cells = [_text(cell) for cell in row]
        if not any(cells):
            continue
        if columns is None:
            has_day = any(_A_DAY.fullmatch(cell) for cell in cells)
            columns = list(COLONNES) if has_day else _head(cells)
            if not has_day:
                continue
        named = zip(columns, cells, strict=False)
        yield LigneLue(
            ligne=line, cellules={n: cell for n, cell in named if n and cell}
        )


def _head(cells: Iterable[str]) -> list[str]:
    columns = [dialectes.column_name(cell, _ALIASES) for cell in cells]
    twice = dialectes.doubled([name for name in columns if name in COLONNES])
    if twice is not None:
        raise RefusedError(
            "colonnes-inconnues", f"La colonne « {twice} » y est deux fois."
        )
    if not {"debut", "fin"} <= set(columns):
        raise RefusedError(
            "colonnes-inconnues",
            "La première ligne doit nommer les colonnes « nature », « début », « fin » "
            "et, s'il y a lieu, « prolongation ».",
        )
    return [name if name in COLONNES else "" for name in columns]


def _text(cell: Any) -> str:  # noqa: ANN401 - a cell
    if isinstance(cell, dt.datetime | dt.date):
        return f"{cell:%d/%m/%Y}"
    return "" if cell is None else str(cell).strip()[:MAX_TEXTE]
