"""The child that opens bordereaux: CSV, XLSX or ZIP → rows of text, and décomptes.

Cells become text: amounts and days as written, numbers of a spreadsheet without the noise
of binary fractions. Each message is an object: `table` (with its `entete`), `rangees`,
`manifeste`, `decompte` (bytes beside it), `illisible` (one file of an archive).
"""

import datetime as dt
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

import python_calamine

from records.importation import dialectes
from records.importation.dialectes import IllisibleError
from socle import archives
from socle.archives import Bornes, Membre
from socle.sandbox_server import Answer, CodedError

__all__ = ["ouvrir", "warm"]

BATCH = 400
MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_TEXT = 2_000
MAX_MANIFEST = 4 << 20
MANIFEST = "colis.json"
_ZIP, _PDF = b"PK\x03\x04", b"%PDF-"
_PDF_WITHIN = 1024
_NOISE = 1e-6
_NESTED = (_ZIP, b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")
# a workbook of figures deflates well: the whole as much as each of its sheets
BORNES = Bornes(
    membres=2_000, total=400 << 20, membre=64 << 20, ratio=archives.RATIO_MEMBER
)
TOO_LARGE = "fichier-trop-gros"


def warm() -> dict[str, Any]:
    """Nothing to prepare: the libraries are imported."""
    return {}


def ouvrir(file: BinaryIO, params: Mapping[str, Any]) -> Iterator[Answer]:
    """Yield what the file holds; `params`: `nom`, as shown."""
    octets, nom = file.read(), str(params["nom"])
    if not octets.strip():
        raise CodedError("fichier-vide")
    if not octets.startswith(_ZIP):
        yield from _csv(octets, nom, nom)
        return
    membres = _members(file)
    if "[Content_Types].xml" in {membre.nom for membre in membres}:
        yield from _xlsx(octets, nom)
        return
    for membre in membres:
        yield from _member(file, membre)


def _members(file: BinaryIO) -> list[Membre]:
    """Return the files of an archive; one that is refused refuses the whole."""
    membres = archives.lire(file, BORNES)
    for membre in membres:
        if membre.refus is not None:
            code = "archive-bombe" if membre.refus == TOO_LARGE else membre.refus
            raise CodedError(code, membre.nom[:80])
    return membres


def _member(file: BinaryIO, membre: Membre) -> Iterator[Answer]:
    """Read one file of an archive; one that cannot be read does not sink the others."""
    octets = b"".join(archives.inflate(file, membre))
    if octets.startswith(_NESTED):
        raise CodedError("archive-imbriquee", membre.nom[:80])
    lowered = membre.nom.lower()
    if not _is_ours(lowered, octets):
        said = "ce n'est ni un CSV, ni un PDF, ni colis.json"
        yield {"illisible": membre.nom, "detail": said}, b""
        return
    try:
        if lowered.rsplit("/", 1)[-1] == MANIFEST:
            yield {"manifeste": _manifest(octets)}, b""
        elif _PDF in octets[:_PDF_WITHIN]:
            yield {"decompte": membre.nom}, octets
        else:
            yield from _csv(octets, membre.nom, membre.nom)
    except IllisibleError as error:
        yield {"illisible": membre.nom, "detail": str(error)}, b""
    except CodedError as error:
        yield {"illisible": membre.nom, "detail": error.detail or error.code}, b""


def _is_ours(name: str, octets: bytes) -> bool:
    is_table = name.endswith((".csv", ".txt", f"/{MANIFEST}")) or name == MANIFEST
    return is_table or _PDF in octets[:_PDF_WITHIN]


def _manifest(octets: bytes) -> dict[str, Any]:
    if len(octets) > MAX_MANIFEST:
        raise IllisibleError("colis.json est trop grand")
    try:
        content = json.loads(dialectes.decode(octets), parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        raise IllisibleError("colis.json est mal formé") from None
    if not isinstance(content, dict):
        raise IllisibleError("colis.json doit être un objet")
    return content


def _csv(octets: bytes, nom: str, table: str) -> Iterator[Answer]:
    try:
        yield from _table(dialectes.csv_rows(dialectes.decode(octets)), table)
    except IllisibleError as error:
        raise CodedError("bordereau-illisible", f"{nom} : {error}") from None


def _xlsx(octets: bytes, nom: str) -> Iterator[Answer]:
    try:
        book = python_calamine.load_workbook(io.BytesIO(octets))
        names = list(book.sheet_names)
    except Exception:  # noqa: BLE001 the reader raises many kinds, none of them ours
        detail = f"{nom} : le classeur est abîmé ou protégé"
        raise CodedError("bordereau-illisible", detail) from None
    for name in names:
        try:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        except Exception:  # noqa: BLE001 same reason
            yield {"illisible": name, "detail": "la feuille est abîmée"}, b""
            continue
        if any(any(cell not in {"", None} for cell in row) for row in rows):
            yield from _table(enumerate(rows, start=1), name)


def _table(rows: Iterable[tuple[int, list[Any]]], name: str) -> Iterator[Answer]:
    """Yield the head of a table, then its rows by batches."""
    numbered = iter(rows)
    for line, row in numbered:
        head = [text(cell) for cell in row[:MAX_COLUMNS]]
        if any(head):
            yield {"table": name, "entete": head, "ligne": line}, b""
            break
    batch: list[Any] = []
    count = 0
    for line, row in numbered:
        cells = [text(cell) for cell in row[:MAX_COLUMNS]]
        if not any(cells):
            continue
        count += 1
        if count > MAX_ROWS:
            raise CodedError("trop-d-elements", f"{name} : plus de {MAX_ROWS} lignes")
        batch.append([line, cells])
        if len(batch) == BATCH:
            yield {"rangees": batch}, b""
            batch = []
    if batch:
        yield {"rangees": batch}, b""


def text(cell: Any) -> str:  # noqa: ANN401 - a cell
    """Return a cell as text, exact: 1111.76 is said « 1111.76 », whatever binary holds."""
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, float):
        return _number(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        cell = cell.date()
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return "" if cell is None else str(cell).strip()[:MAX_TEXT]


def _number(value: float) -> str:
    if value.is_integer():
        return str(int(value))
    near = round(value, 2)
    # a formula leaves 1111.7600000000002; three real decimals are shown, and refused
    return repr(near if abs(value - near) < _NOISE else value)
