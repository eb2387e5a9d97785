"""Bytes → lines: JSON, CSV or XLSX, told apart by their content, never by their name.

A whole file that cannot be read is refused with what to do; a line is never lost: it
reaches the writer, which answers for it.
"""

import datetime as dt
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from records.importation import dialectes
from records.importation.dialectes import IllisibleError
from records.importation.valeurs import is_empty
from records.noms import fold
from socle.errors import RefusedError

GENRES = (
    "collectivites", "services", "agents", "evenements", "consequences", "pieces",
)  # fmt: skip
_GENRE_NAMES = {"exigences": "pieces", "pieces_attendues": "pieces"}
# what people write at the head of a column → our name for it
_ALIASES = {
    "reference_externe": "code", "identifiant": "code", "nom_de_famille": "nom_famille",
    "nom_de_naissance": "nom_famille", "nom_d_usage": "nom_usage", "prenom": "prenoms",
    "date_de_naissance": "date_naissance", "numero_de_securite_sociale": "nir",
    "debut": "du", "fin": "au", "date_de_debut": "du", "date_de_fin": "au",
    "type_de_document": "type_document", "exigible": "exigible_le",
    "date_de_survenance": "date_survenance", "numero_d_evenement": "numero",
    "intitule": "libelle", "budgets": "budgets_cotisation", "date_d_entree": "date_entree",
    "date_de_fin_de_contrat": "date_fin_contrat",
}  # fmt: skip
# a table is known by the columns only it has, the most telling first
_MARKS: tuple[tuple[str, frozenset[str]], ...] = (
    ("agents", frozenset({"nom_famille", "prenoms"})),
    ("evenements", frozenset({"nature", "date_survenance"})),
    ("pieces", frozenset({"type_document", "evenement"})),
    ("consequences", frozenset({"type", "evenement"})),
    ("services", frozenset({"libelle", "collectivite"})),
    ("collectivites", frozenset({"nom"})),
)
MAX_CELLS = 5_000_000
# the name of a table, then its lines with their number in the file
Table = tuple[str, Iterable[tuple[int, list[Any]]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rangee:
    """One line of the file: its kind, where it is, and its values as read."""

    genre: str
    ligne: int
    valeurs: dict[str, Any] = field(default_factory=dict)


def read(octets: bytes, nom_fichier: str | None = None) -> tuple[Rangee, ...]:
    """Return every line of the file, in order.

    Raises `RefusedError` when the whole file cannot be read (`fichier-illisible`) or when
    nobody can say what a table holds (`colonnes-inconnues`).
    """
    if not octets.strip():
        raise _unreadable("il est vide")
    if octets[:2] == b"PK":
        return tuple(_from_xlsx(octets))
    text = _text(octets)
    if text.lstrip()[:1] in {"{", "["}:
        return tuple(_from_json(text))
    return tuple(_from_table(_csv_rows(text), nom_fichier or ""))


def _unreadable(why: str) -> RefusedError:
    return RefusedError(
        "fichier-illisible",
        f"Ce référentiel ne peut pas être lu : {why}. "
        "Donnez un fichier JSON, CSV ou XLSX (voir la documentation).",
    )


def _text(octets: bytes) -> str:
    try:
        return dialectes.decode(octets)
    except IllisibleError as error:
        raise _unreadable(str(error)) from error


# --- JSON ----------------------------------------------------------------------------


def _from_json(text: str) -> Iterator[Rangee]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        place = ""
        if isinstance(error, json.JSONDecodeError):
            place = f", ligne {error.lineno}, colonne {error.colno}"
        raise _unreadable(f"le JSON est mal formé{place}") from error
    if not isinstance(content, dict):
        raise _unreadable("le JSON doit être un objet de listes")
    listed = {_GENRE_NAMES.get(name, name): rows for name, rows in content.items()}
    if not listed.keys() & set(GENRES):
        raise _unreadable(f"aucune des listes attendues ({', '.join(GENRES)})")
    for genre in GENRES:
        rows = listed.get(genre, [])
        if not isinstance(rows, list):
            raise _unreadable(f"« {genre} » doit être une liste")
        for rank, row in enumerate(rows, start=1):
            if not isinstance(row, dict):
                yield Rangee(genre=genre, ligne=rank)
                continue
            yield Rangee(genre=genre, ligne=rank, valeurs=_named(row))
            if genre == "evenements":
                yield from _nested(row, rank)


def _nested(event: dict[str, Any], rank: int) -> Iterator[Rangee]:
    inside = event.get("consequences")
    for row in inside if isinstance(inside, list) else ():
        valeurs = _named(row) if isinstance(row, dict) else {}
        place = {"evenement": event.get("code") or event.get("reference_externe")}
        valeurs = {**place, "collectivite": event.get("collectivite"), **valeurs}
        yield Rangee(genre="consequences", ligne=rank, valeurs=valeurs)


def _named(row: dict[str, Any]) -> dict[str, Any]:
    return {_name(key): value for key, value in row.items()}


def _name(header: object) -> str:
    return dialectes.column_name(header, _ALIASES)


# --- tables --------------------------------------------------------------------------


def _csv_rows(text: str) -> Iterator[tuple[int, list[Any]]]:
    try:
        yield from dialectes.csv_rows(text)
    except IllisibleError as error:
        raise _unreadable(str(error)) from error


def tables(octets: bytes) -> list[Table]:
    """Return the tables of a spreadsheet or a CSV file, each with its name.

    Raises `RefusedError` (`fichier-illisible`); a spreadsheet has at least one line.
    """
    if not octets.strip():
        raise _unreadable("il est vide")
    if octets[:2] == b"PK":
        return _sheets(octets)
    return [("", _csv_rows(_text(octets)))]


def _from_xlsx(octets: bytes) -> Iterator[Rangee]:
    found = [
        rangee for name, rows in _sheets(octets) for rangee in _from_table(rows, name)
    ]
    yield from sorted(found, key=lambda r: (GENRES.index(r.genre), r.ligne))


def _sheets(octets: bytes) -> list[Table]:
    """Return the sheets that say something."""
    import python_calamine

    try:
        book = python_calamine.load_workbook(io.BytesIO(octets))
        sheets = [
            (name, book.get_sheet_by_name(name).to_python(skip_empty_area=False))
            for name in book.sheet_names
        ]
    except Exception as error:  # the reader raises many kinds, none of them ours
        raise _unreadable("le classeur est abîmé ou protégé") from error
    if (
        sum(len(rows) * max(map(len, rows), default=0) for _, rows in sheets)
        > MAX_CELLS
    ):
        raise _unreadable("le classeur est trop grand : partagez-le en plusieurs")
    found = [(name, rows) for name, rows in sheets if any(any(row) for row in rows)]
    if not found:
        raise _unreadable("le classeur est vide")
    return [(name, enumerate(rows, start=1)) for name, rows in found]


def _from_table(rows: Iterable[tuple[int, list[Any]]], name: str) -> Iterator[Rangee]:
    numbered = iter(rows)
    header: list[str] = []
    for _, row in numbered:
        header = [_name(cell) for cell in row]
        if any(header):
            break
    twice = dialectes.doubled(header)
    if twice is not None:
        raise _unreadable(f"la colonne « {twice} » y est deux fois")
    genre = _genre(name, set(header))
    for line, row in numbered:
        cells = dialectes.named(header, [_cell(value) for value in row])
        if any(not is_empty(cells.get(name)) for name in header if name):
            yield Rangee(genre=genre, ligne=line, valeurs=cells)


def _cell(value: Any) -> Any:  # noqa: ANN401 - a cell
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date()
    return value


def _genre(name: str, columns: set[str]) -> str:
    said = fold(name.rsplit(".", 1)[0]).replace(" ", "_")
    said = _GENRE_NAMES.get(said, said)
    if said in GENRES:
        return said
    for genre, marks in _MARKS:
        if marks <= columns:
            return genre
    raise RefusedError(
        "colonnes-inconnues",
        f"Le tableau « {name} » n'est reconnu ni par son nom ({', '.join(GENRES)}) "
        "ni par ses colonnes : renommez-le.",
    )
