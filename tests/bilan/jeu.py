"""Deposit a folder as its `depots.csv` says, wait for the end, read what came of it."""

import asyncio
import csv
import datetime as dt
import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intake.reception import Envoi, Guichet, receive
from records.store.comptes import find_collectivite
from records.vocabulary import Canal
from socle import queue
from socle.storage import open_storage
from tests.bilan import maison, releve
from tests.bilan.juger import judge
from tests.bilan.modele import Bilan, Recu
from web.services import Services

POLL_S = 0.5
CHUNK = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """A folder laid out like the samples."""

    scans: Path
    referentiel: Path
    depots: tuple[dict[str, str], ...]
    verite: dict[str, Any] | None

    @property
    def nom(self) -> str:
        """How reports name it: its own name, never its place."""
        inner = self.scans
        return inner.parent.name if inner.name == "scans" else inner.name


def open_folder(folder: Path) -> Dossier:
    """Find scans, register and truth; raises `FileNotFoundError` with what is wanting."""
    folder = folder.resolve()
    scans = folder if (folder / "depots.csv").is_file() else folder / "scans"
    rows = _rows(scans / "depots.csv")
    referentiel = _beside(scans, "referentiel.json")
    if referentiel is None:
        raise FileNotFoundError(f"referentiel.json absent près de {scans}")
    truth = _beside(scans, "verite.json")
    return Dossier(
        scans=scans,
        referentiel=referentiel,
        depots=tuple(rows),
        verite=json.loads(truth.read_text(encoding="utf-8")) if truth else None,
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def _beside(scans: Path, name: str) -> Path | None:
    for place in (scans, scans.parent):
        if (place / name).is_file():
            return place / name
    return None


def play(
    folder: Path, home: Path, *, nb_workers: int = 2, patience_s: float = 1800
) -> Bilan:
    """Play the folder in a product of its own living in `home`, and score it."""
    dossier = open_folder(folder)
    settings = maison.settings_for(home, nb_workers)
    maison.command(settings, "migrate")
    maison.command(settings, "importer", "referentiel", str(dossier.referentiel))
    # what a first start does in its first minute; here, before anything is read
    maison.command(settings, "apprentissage", "ajuster")
    services = maison.services_for(settings)
    queue.prepare(services.db)
    before = services.db.read(releve.closed_lines)
    started = time.monotonic()
    references = asyncio.run(_deposit_all(services, dossier))
    with maison.workers(settings, home / "travailleurs.log") as running:
        _wait(services, patience_s, running)
    spent = time.monotonic() - started
    received = services.db.read(lambda session: releve.Releve(session).read(references))
    after = services.db.read(releve.closed_lines)
    services.db.close()
    return score(dossier, received, closed=after - before, duree_s=spent)


def score(
    dossier: Dossier, received: Sequence[Recu], *, closed: frozenset[str], duree_s: float
) -> Bilan:  # fmt: skip
    """Compare with the truth, or only tell what happened when there is none."""
    if dossier.verite is None:
        empty = judge({"unites": []}, received, duree_s=duree_s)
        empty.nb_fichiers, empty.sans_verite = len(received), True
        return empty
    return judge(dossier.verite, received, closed=closed, duree_s=duree_s)


def _wait(services: Services, patience_s: float, running: Sequence[Any]) -> None:
    """Wait until every deposit has reached an end, patience runs out or nobody works."""
    limit = time.monotonic() + patience_s
    while time.monotonic() < limit:
        if services.db.read(releve.waiting) == 0:
            return
        if all(process.poll() is not None for process in running):
            raise RuntimeError("plus aucun travailleur : voir travailleurs.log")
        time.sleep(POLL_S)


async def _deposit_all(services: Services, dossier: Dossier) -> dict[str, str]:
    """Deposit every file; return file → reference of its deposit."""
    guichet = Guichet(
        db=services.db,
        storage=open_storage(services.settings),
        queue=queue.Queue(services.db),
        coffre=services.coffre,
        taille_max=services.settings.taille_max,
    )
    made = {}
    for row in dossier.depots:
        made[row["fichier"]] = await _deposit(services, guichet, dossier.scans, row)
    await services.db.aclose()
    return made


async def _deposit(
    services: Services, guichet: Guichet, scans: Path, row: dict[str, str]
) -> str:
    now = services.clock.now()
    home = await services.db.aread(find_collectivite, row["collectivite"])
    envoi = Envoi(
        collectivite_id=home,
        nom_fichier=row["fichier"],
        depose_par="bilan",
        canal=Canal.of(row["canal"]).code,
        date_reception=dt.date.fromisoformat(row["depose_le"]),
    )
    receipt = await receive(guichet, _chunks(scans / row["fichier"]), envoi, now)
    return receipt.reference


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
