"""A colis of 10,000 items and 1 GB through the real service: time, memory, portal.

`python -m benchmarks.colis` starts `serve` with its workers, lets people read the portal,
sends the colis, waits for its closing. It says how long the receipt and the analysis took,
how high the memory of the web process went, and how much slower the portal was meanwhile.
Processor seconds are given beside: on a busy machine, they say what the clock cannot.
"""

import argparse
import asyncio
import datetime as dt
import json
import os
import socket
import sys
import tempfile
import time
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from records import tables as t
from records.store import comptes, sessions
from records.store.comptes import NouveauCompte
from socle.db import WriteSession
from socle.settings import Settings
from tests.bilan.maison import command, services_for, settings_for
from tests.drills import papiers
from tests.drills.service import Service, descendants
from tests.intake import colisages
from tests.intake.colisages import STAMP, Papier
from tests.intake.guichet import add_collectivite

SIRET = "21617998600015"
PAGES = ("/documents", "/colis", "/compte")
READERS, CHUNK, MIB = 5, 1 << 20, 1 << 20
GOALS = {
    "recu_s": 60.0, "memoire_mio": 150.0, "analyse_s": 600.0, "p95_rapport": 1.5,
}  # fmt: skip
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Mesures:
    """What was measured; seconds, MiB, milliseconds."""

    memoire: list[float] = field(default_factory=list)
    attentes: list[float] = field(default_factory=list)


def pack(place: Path, items: int, octets: int) -> None:
    """Write the archive: text papers weighed down, their true list, nothing squeezed."""
    weight = max(0, octets // max(items, 1) - 1500)
    papers = []
    with zipfile.ZipFile(place, "w", zipfile.ZIP_STORED) as packed:
        for rank in range(items):
            content = papiers.letter(rank, poids=weight)
            papers.append(Papier(f"doc{rank:05}.pdf", content))
            packed.writestr(zipfile.ZipInfo(papers[-1].nom, STAMP), content)
        said = colisages.metadata(papers, {"1": {"siret": SIRET}})
        listed = zipfile.ZipInfo("metadata.json", STAMP)
        packed.writestr(listed, json.dumps(said), zipfile.ZIP_DEFLATED)


def prepare(settings: Settings) -> tuple[str, str]:
    """Create the product, a collectivité, an operator; return a token and a cookie."""
    command(settings, "migrate")
    services = services_for(settings)
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 - the service reads the real clock

    def make(session: WriteSession) -> tuple[str, str]:
        place = session.get_one(t.Collectivite, add_collectivite(session, "Azur"))
        place.siret = SIRET
        nouveau = NouveauCompte(identifiant="banc", role="operateur", collectivites=[])
        token = sessions.create_jeton(session, nouveau, now=now)[1]
        reader = NouveauCompte(
            identifiant="lecteur@banc", role="operateur", collectivites=[]
        )
        found, secret = comptes.create_compte(session, reader, now=now)
        comptes.activate(session, secret, "x", now=now)
        return token, sessions.open_session(session, found.compte_id, now=now)[0]

    made = services.db.write(make)
    services.db.close()
    return made


def rss(pid: int) -> float:
    """Return the resident memory of a process, in MiB."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0


def processor(pid: int) -> float:
    """Return the processor seconds of a process and of all it started, dead or not."""
    total = 0
    for one in (pid, *descendants(pid)):
        with suppress(OSError):
            words = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            # user and system, its own and those of the children it waited for
            total += sum(int(words[n]) for n in (11, 12, 13, 14))
    return total / _TICKS


@asynccontextmanager
async def watching(mesures: Mesures, pid: int) -> AsyncIterator[None]:
    """Note the memory of the web process, ten times a second."""

    async def watch() -> None:
        while True:
            mesures.memoire.append(rss(pid))
            await asyncio.sleep(0.1)

    task = asyncio.create_task(watch())
    try:
        yield
    finally:
        task.cancel()


@asynccontextmanager
async def reading(mesures: Mesures, url: str, cookie: str) -> AsyncIterator[None]:
    """Let some people read pages, each asking for one every second."""

    async def read(rank: int) -> None:
        await asyncio.sleep(rank / READERS)
        turn = rank
        async with aiohttp.ClientSession(cookies={"vaguemestre": cookie}) as client:
            while True:
                turn += 1
                started = time.perf_counter()
                async with client.get(url + PAGES[turn % len(PAGES)]) as answer:
                    await answer.read()
                    answer.raise_for_status()
                took = time.perf_counter() - started
                mesures.attentes.append(took * 1000)
                await asyncio.sleep(max(0.0, 1.0 - took))

    tasks = [asyncio.create_task(read(rank)) for rank in range(READERS)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for one in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(one, Exception):
                raise one


def p95(waits: list[float]) -> float:
    """Return the 95th centile."""
    return sorted(waits)[int(len(waits) * 0.95) - 1]


async def send(url: str, token: str, place: Path) -> str:
    """Send the colis as a client does, by chunks; return its reference."""

    async def chunks() -> AsyncIterator[bytes]:
        yield (
            b"--limite\r\nContent-Disposition: form-data; "
            b'name="fichier"; filename="colis.zip"\r\n\r\n'
        )
        with place.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk
        yield b"\r\n--limite--\r\n"

    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "multipart/form-data; boundary=limite",
    }
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as client,
        client.post(f"{url}/api/v1/colis", data=chunks(), headers=headers) as answer,
    ):
        answer.raise_for_status()
        return str((await answer.json())["reference"])


async def closed(url: str, token: str, reference: str, limit: float) -> dict[str, Any]:
    """Wait until the colis is closed; return its disagreements, or where it stands."""
    address = f"{url}/api/v1/colis/{reference}/reconciliation"
    headers = {"Authorization": f"Bearer {token}"}
    began, found = time.monotonic(), {}
    async with aiohttp.ClientSession(headers=headers) as client:
        while time.monotonic() - began < limit:
            async with client.get(address) as answer:
                found = await answer.json()
            if found.get("etat") == "clos":
                break
            await asyncio.sleep(1)
    return dict(found)


async def measure(
    service: Service, access: tuple[str, str], place: Path, limit: float
) -> dict[str, Any]:
    """Measure the portal alone, then the receipt, then the analysis."""
    (token, cookie), url, pid = access, service.url, service.pid
    calm, busy, memory = Mesures(), Mesures(), Mesures()
    idle = rss(pid)
    async with watching(memory, pid):
        async with reading(calm, url, cookie):
            await asyncio.sleep(20)
        warm = rss(pid)
        spent, began = processor(pid), time.monotonic()
        async with reading(busy, url, cookie):
            reference = await send(url, token, place)
            received = time.monotonic() - began
            received_cpu = processor(pid) - spent
            found = await closed(url, token, reference, limit)
    took = time.monotonic() - began
    return {
        "etat": found.get("etat"),
        "ecarts": len(found.get("ecarts", [])),
        "recu_s": round(received, 1),
        "recu_processeur_s": round(received_cpu, 1),
        "analyse_s": round(took - received, 1),
        "analyse_processeur_s": round(processor(pid) - spent - received_cpu, 1),
        "memoire_au_repos_mio": round(idle),
        "memoire_avant_mio": round(warm),
        "memoire_mio": round(max(memory.memoire)),
        "p95_avant_ms": round(p95(calm.attentes), 1),
        "p95_pendant_ms": round(p95(busy.attentes), 1),
        "p95_rapport": round(p95(busy.attentes) / p95(calm.attentes), 2),
    }


@contextmanager
def serving(folder: Path) -> Iterator[tuple[Service, tuple[str, str]]]:
    """Start the whole service in a folder; give it with its token and cookie."""
    settings = settings_for(folder / "var", 2)
    access = prepare(settings)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    service = Service(settings, port, folder / "service.log")
    service.start()
    try:
        while not service.is_ready():
            time.sleep(0.2)
        yield service, access
    finally:
        service.stop()


def main() -> int:
    """Read the arguments, measure, print; return 1 when a promise broke."""
    parser = argparse.ArgumentParser(prog="benchmarks.colis", description=__doc__)
    parser.add_argument("--elements", type=int, default=10_000)
    parser.add_argument("--octets", type=int, default=1 << 30)
    parser.add_argument("--attente", type=float, default=3600.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="banc-colis-") as home:
        folder = Path(home)
        place = folder / "colis.zip"
        pack(place, asked.elements, asked.octets)
        print(f"{asked.elements} éléments, {place.stat().st_size / MIB:.0f} Mio")
        with serving(folder) as (service, access):
            found = asyncio.run(measure(service, access, place, asked.attente))
    for name, value in found.items():
        goal = GOALS.get(name)
        print(f"  {name} : {value}" + (f" (visé : {goal:g})" if goal else ""))
    is_held = found["etat"] == "clos" and not found["ecarts"]
    return 0 if is_held and all(found[n] <= goal for n, goal in GOALS.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
