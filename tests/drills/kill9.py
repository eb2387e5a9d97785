"""`python -m tests.drills.kill9`: kill -9 the whole service at random instants.

A client deposits files and keeps a journal on the disk of what it sent and what it was
answered. After the last start: every receipt has exactly one deposit with the same bytes,
every deposit reaches its end, `verifier` finds no gap. A failure replays from its seed.
"""

import argparse
import hashlib
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from records.store import sessions
from records.store.comptes import NouveauCompte
from socle.clock import SystemClock
from socle.db import WriteSession
from socle.settings import Settings
from tests.bilan.maison import ROOT, environment, services_for, settings_for
from tests.drills import papiers
from tests.drills.service import Service
from tests.intake.guichet import add_collectivite

READY_S = 90.0
END_S = 600.0
LONGEST_LIFE_S = 9.0
UNFINISHED = {"recu", "en_cours"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How hard to try: kills, deposits, workers, and the seed of every choice."""

    nb_kills: int = 50
    nb_deposits: int = 100
    nb_workers: int = 2
    seed: int = 1


@dataclass(slots=True)
class Bilan:
    """What happened, and what does not hold (`fautes`, empty when all does)."""

    kills: int = 0
    sent: int = 0
    receipts: int = 0
    resent: int = 0
    restarts_s: list[float] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)
    drained_s: float = 0.0
    verdict: str = ""
    fautes: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Say it as a table."""
        ready = sorted(self.restarts_s)
        rows = {
            "arrêts brutaux (kill -9 de tout l'arbre)": self.kills,
            "fichiers à déposer": self.sent,
            "récépissés obtenus": self.receipts,
            "envois repris sous la même clé": self.resent,
            "prêt après un arrêt (médiane, s)": round(ready[len(ready) // 2], 1),
            "prêt après un arrêt (pire, s)": round(ready[-1], 1),
            "fin de tout après le dernier démarrage (s)": round(self.drained_s, 1),
            "états à la fin": self.states,
            "verifier --tout": self.verdict,
            "promesses rompues": len(self.fautes),
        }
        for name, value in rows.items():
            yield f"{name:<46} {value}"
        yield from self.fautes


class Journal:
    """What the client sent and was answered, on the disk before anything else."""

    def __init__(self, path: Path) -> None:
        self._file: IO[str] = path.open("a")
        self.receipts: dict[str, dict[str, Any]] = {}

    def write(self, **line: object) -> None:
        """Write one line, synced."""
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


@dataclass
class Client:
    """Deposits files one after the other, each until it has its receipt."""

    url: str
    token: str
    journal: Journal
    bilan: Bilan
    stopped: threading.Event = field(default_factory=threading.Event)

    def deposit(self, key: str, name: str, content: bytes) -> None:
        """Send one file until it is received; the same key each time."""
        self.journal.write(
            envoi=key, sha256=hashlib.sha256(content).hexdigest(), taille=len(content)
        )
        tries = 0
        while not self.stopped.is_set():
            tries += 1
            receipt = self._try(key, name, content)
            if receipt is not None:
                self.journal.write(recu=key, recepisse=receipt)
                self.journal.receipts[key] = receipt
                self.bilan.resent += tries > 1
                return
            time.sleep(0.2)

    def _try(self, key: str, name: str, content: bytes) -> dict[str, Any] | None:
        boundary = f"limite-{key}"
        body = (
            f"--{boundary}\r\nContent-Disposition: form-data; "
            f'name="fichier"; filename="{name}"\r\n\r\n'.encode()
            + content
            + f"\r\n--{boundary}--\r\n".encode()
        )
        request = urllib.request.Request(
            f"{self.url}/api/v1/depots",
            data=body,
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": f"multipart/form-data; boundary={boundary}",
                "Idempotency-Key": key,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                found: dict[str, Any] = json.load(answer)["elements"][0]
                return found
        except urllib.error.HTTPError as error:
            if error.code < 500:
                self.bilan.fautes.append(f"{key} : {error.code} {error.read()[:200]!r}")
                self.stopped.set()
            return None
        except (OSError, ValueError, KeyError):
            return None


def make_file(rank: int) -> tuple[str, bytes]:
    """Return the name and bytes of the file of this rank: a few kinds in turn."""
    kinds: tuple[tuple[str, Callable[[int], bytes]], ...] = (
        ("pdf", papiers.letter),
        ("tif", papiers.tiff),
        ("pdf", lambda n: papiers.letter(n, pages=12)),
        ("png", papiers.png),
    )
    extension, make = kinds[rank % len(kinds)]
    return f"fichier-{rank}.{extension}", make(rank)


def drill(home: Path, plan: Plan, say: Callable[[str], None]) -> Bilan:
    """Play the whole drill in a folder; return what held and what did not."""
    settings = settings_for(home / "var", plan.nb_workers)
    tirage = random.Random(plan.seed)
    bilan = Bilan(sent=plan.nb_deposits)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    service = Service(settings, port, home / "service.log")
    token = _prepare(settings, home)
    journal = Journal(home / "client.jsonl")
    client = Client(url=service.url, token=token, journal=journal, bilan=bilan)
    turn = threading.Semaphore(0)
    sender = threading.Thread(target=_send_all, args=(client, plan, turn), daemon=True)
    sender.start()
    try:
        for rank in range(plan.nb_kills):
            _live_and_die(service, bilan, tirage)
            share = plan.nb_deposits * (rank + 1) // plan.nb_kills
            for _ in range(share - plan.nb_deposits * rank // plan.nb_kills):
                turn.release()
            say(f"arrêt {rank + 1}/{plan.nb_kills}, {len(journal.receipts)} reçus")
        _start(service, bilan)
        sender.join(END_S)
        began = time.monotonic()
        _wait_end(settings, bilan)
        bilan.drained_s = time.monotonic() - began
        _check(service, token, journal, bilan, plan)
    finally:
        client.stopped.set()
        service.stop()
    _verify(settings, bilan)
    return bilan


def _prepare(settings: Settings, home: Path) -> str:
    """Create the product, one collectivité and the token of its client."""
    home.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [sys.executable, "-m", "web", "migrate"],
        cwd=ROOT,
        env=environment(settings),
        check=True,
        capture_output=True,
    )
    services = services_for(settings)

    def make(session: WriteSession) -> str:
        home_id = add_collectivite(session, "Azur")
        nouveau = NouveauCompte(
            identifiant="essai", role="collectivite", collectivites=[home_id]
        )
        return sessions.create_jeton(session, nouveau, now=SystemClock().now())[1]

    token = services.db.write(make)
    services.db.close()
    return token


def _send_all(client: Client, plan: Plan, turn: threading.Semaphore) -> None:
    for rank in range(plan.nb_deposits):
        turn.acquire()
        name, content = make_file(rank)
        client.deposit(f"cle-{plan.seed}-{rank}", name, content)


def _start(service: Service, bilan: Bilan) -> None:
    began = time.monotonic()
    service.start()
    while not service.is_ready():
        if time.monotonic() - began > READY_S:
            raise TimeoutError("le service ne répond pas : voir service.log")
        time.sleep(0.05)
    bilan.restarts_s.append(time.monotonic() - began)


def _live_and_die(service: Service, bilan: Bilan, tirage: random.Random) -> None:
    """Start, let live for a random while, kill. One life in five is cut as it starts."""
    if tirage.random() < 0.2:
        service.start()
        time.sleep(tirage.uniform(0, 3))
    else:
        _start(service, bilan)
        time.sleep(tirage.uniform(0, LONGEST_LIFE_S))
    service.kill()
    bilan.kills += 1


def _wait_end(settings: Settings, bilan: Bilan) -> None:
    services = services_for(settings)
    limit = time.monotonic() + END_S
    try:
        while time.monotonic() < limit:
            bilan.states = services.db.read(_states)
            if not UNFINISHED & set(bilan.states):
                return
            time.sleep(0.5)
        bilan.fautes.append(f"dépôts sans fin : {bilan.states}")
    finally:
        services.db.close()


def _states(session: Any) -> dict[str, int]:
    import sqlalchemy as sa

    from intake.tables import Depot

    rows = session.execute(sa.select(Depot.etat, sa.func.count()).group_by(Depot.etat))
    return {row[0]: row[1] for row in rows}


def _check(
    service: Service, token: str, journal: Journal, bilan: Bilan, plan: Plan
) -> None:
    """Hold every receipt against what the service has now."""
    bilan.receipts = len(journal.receipts)
    if bilan.receipts != plan.nb_deposits:
        bilan.fautes.append(f"{bilan.receipts} récépissés pour {plan.nb_deposits}")
    if sum(bilan.states.values()) != plan.nb_deposits:
        bilan.fautes.append(f"{bilan.states} pour {plan.nb_deposits} fichiers")
    for key, receipt in journal.receipts.items():
        rank = int(key.rsplit("-", 1)[1])
        expected = hashlib.sha256(make_file(rank)[1]).hexdigest()
        request = urllib.request.Request(
            f"{service.url}/api/v1/depots/{receipt['reference']}",
            headers={"Authorization": f"Bearer {token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                found = json.load(answer)
        except OSError as error:
            bilan.fautes.append(f"{key} {receipt['reference']} : perdu ({error})")
            continue
        if not expected == receipt["empreinte"] == found["empreinte"]:
            bilan.fautes.append(f"{key} {receipt['reference']} : autres octets")
        if found["etat"] != "traite":
            bilan.fautes.append(f"{key} : {found['etat']} {found['code']}")


def _verify(settings: Settings, bilan: Bilan) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "web", "verifier", "--tout"],
        cwd=ROOT,
        env=environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    bilan.verdict = f"sortie {done.returncode}"
    if done.returncode != 0:
        bilan.fautes.append(f"verifier : {done.stdout[-1500:]}{done.stderr[-500:]}")


def main() -> int:
    """Read the arguments, play, print the table; return 1 when a promise broke."""
    parser = argparse.ArgumentParser(prog="tests.drills.kill9", description=__doc__)
    parser.add_argument("--arrets", type=int, default=50)
    parser.add_argument("--depots", type=int, default=100)
    parser.add_argument("--travailleurs", type=int, default=2)
    parser.add_argument("--graine", type=int, default=1)
    parser.add_argument("--base", type=Path, help="garde le produit dans ce dossier")
    asked = parser.parse_args()
    plan = Plan(
        nb_kills=asked.arrets,
        nb_deposits=asked.depots,
        nb_workers=asked.travailleurs,
        seed=asked.graine,
    )

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    if asked.base:
        bilan = drill(asked.base, plan, say)
    else:
        with tempfile.TemporaryDirectory(prefix="kill9-") as home:
            bilan = drill(Path(home), plan, say)
    print("\n".join(bilan.lines()))
    return 1 if bilan.fautes else 0


if __name__ == "__main__":
    sys.exit(main())
