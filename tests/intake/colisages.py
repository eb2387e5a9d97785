"""Colis made on the spot: archives with `metadata.json`, with a CSV index, with traps."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

STAMP = (2026, 9, 9, 9, 14, 0)


@dataclass
class Papier:
    """One paper of a colis: its file, its pages, whose it is, what is said of it."""

    nom: str
    octets: bytes
    pages: int = 1
    pli: str = "1"
    dit: dict[str, Any] = field(default_factory=dict)


def archive(
    files: Mapping[str, bytes] | Sequence[tuple[str, bytes]],
    *,
    method: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """Make a plain archive, always the same bytes."""
    pairs = files.items() if isinstance(files, Mapping) else files
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as packed:
        for name, octets in pairs:
            packed.writestr(zipfile.ZipInfo(name, STAMP), octets, method)
    return out.getvalue()


def metadata(
    papiers: Sequence[Papier],
    plis: Mapping[str, Mapping[str, Any]],
    *,
    numero: str = "COL-1",
    **entete: Any,
) -> dict[str, Any]:
    """Write the list of a colis, true unless told otherwise."""
    documents = []
    for rank, papier in enumerate(papiers, start=1):
        said = {
            "dcn": f"{numero}-{rank:05}",
            "pli": papier.pli,
            "rang": rank,
            "fichier": papier.nom,
            "type": "COURRIER",
            "nb_pages": papier.pages,
            "sha256": hashlib.sha256(papier.octets).hexdigest(),
            "numerise_le": "2026-09-09T07:21:11.000Z",
        } | papier.dit
        documents.append(said)
    return {
        "version": 1,
        "numero_colis": numero,
        "sens": "entrant",
        "recu_le": "2026-09-09T05:45:00.000Z",
        "ouvert_le": "2026-09-09T06:50:00.000Z",
        "lot_cree_le": "2026-09-09T08:14:00.000Z",
        "nb_plis": len(plis),
        "nb_documents": len(documents),
        "nb_pages": sum(papier.pages for papier in papiers),
        "plis": [
            {
                "numero": numero_pli,
                "nb_documents": sum(p.pli == numero_pli for p in papiers),
                **said,
            }
            for numero_pli, said in plis.items()
        ],
        "documents": documents,
        "non_numerisables": [{"type": "CD", "pli": "1"}],
    } | entete


def with_metadata(
    papiers: Sequence[Papier],
    said: Mapping[str, Any],
    *,
    sans: Sequence[str] = (),
    plus: Sequence[tuple[str, bytes]] = (),
) -> bytes:
    """Pack papers and their list; `sans` leaves files out, `plus` slips some in."""
    files = [(p.nom, p.octets) for p in papiers if p.nom not in sans]
    return archive([("metadata.json", json.dumps(said).encode()), *files, *plus])


COLUMNS = (
    "n_colis", "code_collectivite", "siret", "n_pli", "rang", "fichier", "page_debut",
    "page_fin", "nb_pages", "type_document", "nom", "date_document", "montant",
    "commentaire",
)  # fmt: skip


def index(
    rows: Sequence[Mapping[str, Any]],
    *,
    separateur: str = ";",
    encodage: str = "cp1252",
) -> bytes:
    """Write a CSV index in a dialect."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, delimiter=separateur, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encodage)
