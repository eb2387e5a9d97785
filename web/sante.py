"""Is the house alive, and can it do its work? One line per dependency, nothing secret.

`pret` is false (503) when a deposit could not be received now. What only slows or narrows
the work (no worker, no scanner, a missing wall) is said, and does not close the door.
"""

import asyncio
import datetime as dt
import importlib.util
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from aiohttp import web

from intake import modeles, renvois
from socle import queue
from socle.errors import UnavailableError
from web.keys import SERVICES
from web.services import Services

TIMEOUT_S = 3.0
LATE_AFTER = dt.timedelta(minutes=15)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Etat:
    """One dependency: `etat` is ok, degrade, absent or panne; `detail` is for people."""

    nom: str
    etat: str
    detail: str
    is_vital: bool = False


async def get_sante(request: web.Request) -> web.Response:
    """Answer liveness, and readiness with each dependency; 503 when not ready."""
    states = await examine(request.app[SERVICES])
    is_ready = all(s.etat in {"ok", "degrade"} for s in states if s.is_vital)
    body = {
        "etat": "vivant",
        "pret": is_ready,
        "dependances": {
            s.nom: {k: v for k, v in asdict(s).items() if k in {"etat", "detail"}}
            for s in states
        },
    }
    text = json.dumps(body, ensure_ascii=False)
    status = 200 if is_ready else 503
    return web.Response(text=text, status=status, content_type="application/json")


async def examine(services: Services) -> list[Etat]:
    """Ask every dependency, each within three seconds."""
    pings: tuple[tuple[str, bool, Callable[[Services], Awaitable[list[Etat]]]], ...] = (
        ("base", True, _base),
        ("stockage", True, _storage),
        ("travailleurs", False, _workers),
        ("file", False, _backlog),
        ("antivirus", False, _antivirus),
        ("lecteurs", False, _readers),
        ("apprentissage", False, _learned),
    )
    found = await asyncio.gather(
        *(_asked(services, nom, is_vital, ping) for nom, is_vital, ping in pings)
    )
    return [state for states in found for state in states]


async def _asked(
    services: Services,
    nom: str,
    is_vital: bool,
    ping: Callable[[Services], Awaitable[list[Etat]]],
) -> list[Etat]:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await ping(services)
    except Exception as error:  # noqa: BLE001 - any failure is the answer
        log.warning("dependance-en-panne", moteur=nom, exception=type(error).__name__)
        detail = "Ne répond pas." if isinstance(error, TimeoutError) else "En panne."
        return [Etat(nom=nom, etat="panne", detail=detail, is_vital=is_vital)]


async def _base(services: Services) -> list[Etat]:
    await services.db.aread(queue.alive, services.clock.now())
    kind = "SQLite" if services.db.is_sqlite else "PostgreSQL"
    return [Etat(nom="base", etat="ok", detail=kind, is_vital=True)]


async def _storage(services: Services) -> list[Etat]:
    try:
        await asyncio.to_thread(services.storage.ping)
    except UnavailableError as error:
        return [Etat(nom="stockage", etat="panne", detail=error.detail, is_vital=True)]
    detail = "De la place, au-delà de la réserve."
    return [Etat(nom="stockage", etat="ok", detail=detail, is_vital=True)]


async def _workers(services: Services) -> list[Etat]:
    """Say how many workers live, and what they report: engines and walls."""
    found = await services.db.aread(queue.reports, services.clock.now())
    if not found:
        detail = "Aucun travailleur : les dépôts sont reçus et attendent d'être lus."
        return [Etat(nom="travailleurs", etat="panne", detail=detail)]
    states = [Etat(nom="travailleurs", etat="ok", detail=f"{len(found)} en service.")]
    reports = [report for report in found.values() if report]
    if reports:
        states += [_walls(reports), _ocr(reports)]
    return states


def _walls(reports: list[dict[str, Any]]) -> Etat:
    missing = sorted(
        {
            wall
            for report in reports
            for wall, stands in report.get("murs", {}).items()
            if not stands
        }
    )
    if missing:
        detail = f"Murs absents sur cette machine : {', '.join(missing)}."
        return Etat(nom="cloison", etat="degrade", detail=detail)
    return Etat(nom="cloison", etat="ok", detail="Tous les murs tiennent.")


def _ocr(reports: list[dict[str, Any]]) -> Etat:
    engines = sorted({str(report.get("ocr", "inconnu")) for report in reports})
    if engines == ["tesseract"]:
        return Etat(nom="ocr", etat="ok", detail="tesseract, français.")
    detail = f"Moteur de lecture : {', '.join(engines)} (tesseract français absent)."
    return Etat(nom="ocr", etat="degrade", detail=detail)


async def _backlog(services: Services) -> list[Etat]:
    waiting, oldest = await services.db.aread(renvois.backlog)
    if not waiting or oldest is None:
        return [Etat(nom="file", etat="ok", detail="Rien n'attend.")]
    age = services.clock.now() - oldest
    minutes = int(age.total_seconds() // 60)
    detail = f"{waiting} dépôt(s) en attente, le plus ancien depuis {minutes} min."
    etat = "degrade" if age > LATE_AFTER else "ok"
    return [Etat(nom="file", etat=etat, detail=detail)]


async def _antivirus(services: Services) -> list[Etat]:
    address = services.settings.clamd
    if not address:
        detail = "Aucun antivirus : les documents sont « non analysés »."
        return [Etat(nom="antivirus", etat="absent", detail=detail)]
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host or address, int(port or 3310))
    writer.write(b"zPING\0")
    pong = await reader.read(5)
    writer.close()
    if pong != b"PONG\0":
        raise ConnectionError("not a clamd")
    return [Etat(nom="antivirus", etat="ok", detail="clamd répond.")]


async def _learned(services: Services) -> list[Etat]:
    """Say which learned model serves, or why the rules decide alone."""
    etat, detail = await services.db.aread(modeles.state, services.coffre)
    return [Etat(nom="apprentissage", etat=etat, detail=detail)]


async def _readers(services: Services) -> list[Etat]:
    """Say which readers are installed here, without loading them."""
    del services
    names = {"tesserocr": "tesseract", "rapidocr": "photos", "pypdfium2": "PDF"}
    absent = [
        said for name, said in names.items() if importlib.util.find_spec(name) is None
    ]
    if absent:
        detail = f"Lecteurs absents : {', '.join(absent)}."
        return [Etat(nom="lecteurs", etat="degrade", detail=detail)]
    return [Etat(nom="lecteurs", etat="ok", detail="Tous installés.")]
