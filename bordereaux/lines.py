"""A list about to be issued: its columns, its numbered lines, its totals. Pure.

The PDF, the XLSX and the CSV of a bordereau are made from this value and no other.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from records.vocabulary import Mot

Cellule = str | int | Decimal | dt.date | None


class Genre(Mot):
    """How a column is kept, written and aligned."""

    TEXTE = ("texte", "Texte")
    ENTIER = ("entier", "Nombre")
    MONTANT = ("montant", "Montant en euros")
    JOUR = ("jour", "Jour")


@dataclass(frozen=True, slots=True, kw_only=True)
class Colonne:
    """One column: its title, its kind, its share of the width, whether it is added up."""

    titre: str
    genre: Genre = Genre.TEXTE
    part: int = 1
    is_totalise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Liste:
    """What a bordereau lists. `entete` are name and value; `mentions` are sentences."""

    titre: str
    entete: tuple[tuple[str, str], ...]
    colonnes: tuple[Colonne, ...]
    lignes: tuple[tuple[Cellule, ...], ...]
    mentions: tuple[str, ...] = ()


def numbered(rows: Iterable[Sequence[Cellule]]) -> tuple[tuple[Cellule, ...], ...]:
    """Put its rank, from 1, in front of each line."""
    return tuple((rank, *row) for rank, row in enumerate(rows, start=1))


def to_json(liste: Liste) -> dict[str, Any]:
    """Return a list as JSON values: amounts and days are texts, told by their column."""
    return {
        "titre": liste.titre,
        "entete": [list(pair) for pair in liste.entete],
        "colonnes": [
            {"titre": c.titre, "genre": c.genre.code, "part": c.part,
             "totalise": c.is_totalise}
            for c in liste.colonnes
        ],
        "lignes": [[_plain(cell) for cell in line] for line in liste.lignes],
        "mentions": list(liste.mentions),
    }  # fmt: skip


def _plain(cell: Cellule) -> str | int | None:
    if isinstance(cell, Decimal):
        return f"{cell:.2f}"
    return cell.isoformat() if isinstance(cell, dt.date) else cell


def from_json(kept: dict[str, Any]) -> Liste:
    """Return the list that `to_json` was given."""
    colonnes = tuple(
        Colonne(
            titre=c["titre"], genre=_genre(c["genre"]), part=c["part"],
            is_totalise=c["totalise"],
        )
        for c in kept["colonnes"]
    )  # fmt: skip
    return Liste(
        titre=kept["titre"],
        entete=tuple((name, value) for name, value in kept["entete"]),
        colonnes=colonnes,
        lignes=tuple(
            tuple(_cell(c.genre, v) for c, v in zip(colonnes, line, strict=True))
            for line in kept["lignes"]
        ),
        mentions=tuple(kept["mentions"]),
    )


def _genre(code: str) -> Genre:
    return next(genre for genre in Genre if genre.code == code)


def _cell(genre: Genre, value: str | int | None) -> Cellule:
    if value is None:
        return None
    if genre is Genre.MONTANT:
        return Decimal(value)
    return dt.date.fromisoformat(str(value)) if genre is Genre.JOUR else value
