"""One local file handed to the mailroom: an archive is a colis, another file a deposit.

The same for the command line, the watched folder and the mailbox.
"""

import contextlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiofiles

from intake import canaux
from intake.colis_reception import EnvoiColis, receive_colis
from intake.reception import Envoi, displayed_name, receive
from records.colis import Enveloppe
from records.store import taches
from records.store.taches import TacheNouvelle
from records.vocabulary import Canal, Typologie
from socle.errors import RefusedError, VaguemestreError
from web.deposits import guichet_of
from web.services import Services
from web.uploads import CHUNK


@dataclass(frozen=True, slots=True, kw_only=True)
class Porte:
    """Through which door, and in whose name."""

    services: Services
    canal: Canal
    depose_par: str


async def hand_over(
    porte: Porte,
    chemin: Path,
    nom: str,
    home: int | None,
    *,
    is_lot: bool = False,
) -> dict[str, Any]:
    """Receive one file or one folder; return its receipt as JSON.

    Raises `collectivite-a-preciser` for a file nobody says whose it is.
    """
    services, now = porte.services, porte.services.clock.now()
    guichet = guichet_of(services)
    is_folder = canaux.is_folder(chemin)
    if is_folder or is_lot or canaux.is_archive(chemin):
        from web.api.colis import receipt_json as colis_json

        with as_file(chemin) as place:
            envoi = EnvoiColis(
                nom_fichier=nom,
                depose_par=porte.depose_par,
                canal=porte.canal.code,
                collectivite_id=home,
                enveloppe=Enveloppe.DOSSIER if is_folder else None,
            )
            limit = services.settings.colis_max
            parcel = await receive_colis(
                guichet, chunks_of(place), envoi, now, limit=limit
            )
        return colis_json(parcel)
    if home is None:
        raise RefusedError(
            "collectivite-a-preciser",
            "Dites à quelle collectivité est ce fichier.",
        )
    from web.api.papiers import receipt_json

    deposit = Envoi(
        collectivite_id=home,
        nom_fichier=nom,
        depose_par=porte.depose_par,
        canal=porte.canal.code,
    )
    return receipt_json(await receive(guichet, chunks_of(chemin), deposit, now))


def open_task(porte: Porte, nom: str, error: VaguemestreError, source: str) -> None:
    """Tell a person of a file that was not taken: it stays where it came, in sight."""
    detail = (
        f"« {displayed_name(nom)} », arrivé par {source}, n’a pas été pris : "
        f"{error.detail} Il est resté où il était."
    )
    services = porte.services
    tache = TacheNouvelle(
        typologie=Typologie.DOSSIER_EN_ANOMALIE,
        code=error.code,
        detail=detail,
        collectivite_id=None,
        proprietaire="operateur",
    )
    services.db.write(
        taches.open_task, tache, auteur=porte.depose_par, now=services.clock.now()
    )


@contextlib.contextmanager
def as_file(chemin: Path) -> Iterator[Path]:
    """Lend a file as it is, a folder as one archive."""
    if not chemin.is_dir():
        yield chemin
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / f"{chemin.name}.zip"
        canaux.pack(chemin, place)
        yield place


async def chunks_of(path: Path) -> AsyncIterator[bytes]:
    """Yield a local file by chunks."""
    async with aiofiles.open(path, "rb") as file:
        while chunk := await file.read(CHUNK):
            yield chunk
