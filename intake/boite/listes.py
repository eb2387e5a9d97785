"""The list inside an envelope, read in the child: `metadata.json` or a CSV index.

Says plain texts and counts only, bounded, under the names of our own index; what they are
worth is judged outside (`intake.annonces`). A claim is never a fact.
"""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from socle.archives import Membre
from socle.sandbox_server import Answer, CodedError

METADATA, INDEX, SORTANT = "metadata", "index", "sortant"
BATCH = 200
LINES_MAX = 50_000
COLUMNS_MAX = 200
TEXT_MAX = 500
CELL_MAX = 20_000
METADATA_NAME = "metadata.json"
_NAMES = {METADATA_NAME: METADATA, "colis.json": SORTANT}
_INDEX = re.compile(r"(?:index|indexation|liste|bordereau)?[\w .-]{0,60}\.(?:csv|txt)")

# what providers write → our name for it; the first column is the HMCTS public model
_ENTETE = {
    "zip_file_name": "nom_fichier", "po_box": "boite_postale",
    "jurisdiction": "organisme", "container": "organisme",
    "delivery_date": "recu_le", "opening_date": "ouvert_le",
    "zip_file_createddate": "lot_cree_le", "case_number": "ref_dossier",
    "previous_service_case_reference": "ref_client", "rescan_for": "renumerisation_de",
    "envelope_classification": "classification", "n_colis": "numero_colis",
    "numero": "numero_colis",
}  # fmt: skip
_ELEMENT = {
    "document_control_number": "dcn", "scanning_date": "numerise_le",
    "file_name": "fichier", "document_type": "type", "document_sub_type": "sous_type",
    "manual_intervention": "intervention", "ocr_accuracy": "qualite_ocr",
    "next_action": "suite", "type_document": "type", "n_pli": "pli",
    "numero_pli": "pli", "nom_fichier": "fichier", "nb_page": "nb_pages",
    "pages": "nb_pages", "hash": "sha256", "empreinte": "sha256",
    "numero_controle": "dcn", "n_controle": "dcn", "n_dcn": "dcn",
    "code_collectivite": "collectivite", "ref_relance": "ref_courrier_relance",
    "date_reception": "recu_le", "n_colis": "numero_colis", "commentaire": "notes",
    "date_numerisation": "numerise_le",
}  # fmt: skip
_LISTS = {
    "scannable_items": "documents",
    "non_scannable_items": "non_numerisables",
}
# never kept: the number of social security is read on the papers, not believed here
_DROPPED = frozenset({"nir", "numero_de_securite_sociale", "ocr_data"})


def find(members: Sequence[Membre]) -> tuple[str, Membre] | None:
    """Return the list of an envelope and its kind: at the root, by its name."""
    roots = [m for m in members if "/" not in m.nom.replace("\\", "/")]
    for member in roots:
        if member.nom.lower() in _NAMES:
            return _NAMES[member.nom.lower()], member
    tables = [m for m in roots if _INDEX.fullmatch(m.nom.lower())]
    named = [m for m in tables if m.nom.lower().startswith("index")]
    chosen = (named or tables)[:2]
    return (INDEX, chosen[0]) if len(chosen) == 1 else None


def dire(genre: str, member: Membre, content: bytes) -> Iterator[Answer]:
    """Yield `{"liste": genre, "rang": n, "entete": {…}}`, plis, documents.

    Raises `CodedError` (`manifeste-invalide`) with the place of the fault.
    """
    if genre == INDEX:
        entete, lines = _from_table(content)
        plis: list[dict[str, Any]] = []
    else:
        entete, plis, lines = _from_json(content)
    yield {"liste": genre, "rang": member.rang, "entete": entete}, b""
    for first in range(0, len(plis), BATCH):
        yield {"plis": plis[first : first + BATCH]}, b""
    for first in range(0, len(lines), BATCH):
        yield {"documents": lines[first : first + BATCH]}, b""


def text_of(content: bytes) -> str:
    """Decode: UTF-8 with or without its mark, UTF-16 when it says so, else Windows."""
    for encoding in ("utf-8-sig", "utf-16"):
        if encoding == "utf-16" and content[:2] not in {b"\xff\xfe", b"\xfe\xff"}:
            continue
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("cp1252", "replace")


# --- JSON ----------------------------------------------------------------------------


def _from_json(
    content: bytes,
) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
    try:
        found = json.loads(text_of(content), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        place = getattr(error, "lineno", None)
        raise CodedError("manifeste-invalide", f"ligne {place}") from None
    if not isinstance(found, dict):
        raise CodedError("manifeste-invalide", "objet attendu")
    named: dict[str, Any] = {
        _LISTS.get(str(name), str(name)): given for name, given in found.items()
    }
    entete = _plain(named, _ENTETE)
    entete["non_numerisables"] = [
        _plain(item, {}) for item in _objects(named, "non_numerisables")
    ]
    plis = [_plain(item, {"n_pli": "numero"}) for item in _objects(named, "plis")]
    return entete, plis, [_element(item) for item in _objects(named, "documents")]


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _objects(found: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    given = found.get(name)
    if given is None:
        return []
    if not isinstance(given, list) or len(given) > LINES_MAX:
        raise CodedError("manifeste-invalide", f"{name} : liste attendue")
    if not all(isinstance(item, dict) for item in given):
        raise CodedError("manifeste-invalide", f"{name} : objets attendus")
    return given


def _element(item: Mapping[str, Any]) -> dict[str, Any]:
    line = _plain(item, _ELEMENT)
    index = item.get("index")
    if isinstance(index, dict):
        line["index"] = _plain(index, {})
    return line


def _plain(found: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Keep texts, numbers and yes/no under our names; nothing nested."""
    kept: dict[str, Any] = {}
    for name, given in list(found.items())[:COLUMNS_MAX]:
        ours = names.get(name, name)
        if ours in _DROPPED or not isinstance(given, str | int | float | bool):
            continue
        kept[ours[:60]] = given[:TEXT_MAX] if isinstance(given, str) else given
    return kept


# --- CSV -----------------------------------------------------------------------------


def _from_table(content: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    text = text_of(content)
    if "\x00" in text:
        raise CodedError("manifeste-invalide", "octets nuls")
    csv.field_size_limit(CELL_MAX)
    first = text.split("\n", 1)[0]
    separator = max(";,\t|", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        rows = [row for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise CodedError(
            "manifeste-invalide", f"ligne {reader.line_num} : {error}"
        ) from None
    if len(rows) < 1 or len(rows) > LINES_MAX:
        raise CodedError("manifeste-invalide", "vide ou trop long")
    names = [column_name(cell) for cell in rows[0]][:COLUMNS_MAX]
    if "fichier" not in names:
        raise CodedError("manifeste-invalide", "ligne 1 : colonne « fichier » absente")
    lines = [_row(names, row) for row in rows[1:]]
    return _common(lines), lines


def column_name(cell: str) -> str:
    """Return our name for a column."""
    folded = unicodedata.normalize("NFKD", cell).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^a-z0-9]+", "_", folded.lower()).strip("_")
    return _ELEMENT.get(plain, plain)


def _row(names: Sequence[str], row: Sequence[str]) -> dict[str, Any]:
    return {
        name: cell.strip()[:TEXT_MAX]
        for name, cell in zip(names, row, strict=False)
        if name and name not in _DROPPED and cell.strip()
    }


def _common(lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what every line says alike: number of the colis, channel, dates."""
    wanted = ("numero_colis", "canal", "recu_le", "operateur", "boite_postale")
    entete: dict[str, Any] = {}
    for name in wanted:
        said = {line.get(name) for line in lines}
        if len(said) == 1 and None not in said:
            entete[name] = said.pop()
    return entete
