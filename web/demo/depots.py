"""Deposits the demo's scans through the door everybody uses: same receipt, same queue."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiofiles

from intake.reception import Envoi, Guichet, receive
from records.store.comptes import find_collectivite
from records.vocabulary import Canal
from web.demo.registre import AUTEUR
from web.deposits import guichet_of
from web.services import Services

_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Depose:
    """A scan deposited by the demo, and what it should become."""

    fichier: str
    reference: str
    dit: str


def deposit_scans(
    services: Services, folder: Path, rows: Sequence[dict[str, str]]
) -> list[Depose]:
    """Deposit each row of `scans.csv`; bytes already received keep their first receipt."""
    if not rows:
        return []
    return asyncio.run(_deposit_all(services, folder, rows))


async def _deposit_all(
    services: Services, folder: Path, rows: Sequence[dict[str, str]]
) -> list[Depose]:
    guichet = guichet_of(services)
    try:
        return [await _deposit(services, guichet, folder, row) for row in rows]
    finally:
        await services.db.aclose()


async def _deposit(
    services: Services, guichet: Guichet, folder: Path, row: dict[str, str]
) -> Depose:
    now = services.clock.now()
    home = await services.db.aread(find_collectivite, row["collectivite"])
    envoi = Envoi(
        collectivite_id=home,
        nom_fichier=row["fichier"],
        depose_par=AUTEUR,
        canal=Canal.of(row["canal"]).code,
        date_reception=min(dt.date.fromisoformat(row["depose_le"]), now.date()),
    )
    recepisse = await receive(guichet, _chunks(folder / row["fichier"]), envoi, now)
    return Depose(fichier=row["fichier"], reference=recepisse.reference, dit=row["dit"])


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    async with aiofiles.open(path, "rb") as file:
        while chunk := await file.read(_CHUNK):
            yield chunk
