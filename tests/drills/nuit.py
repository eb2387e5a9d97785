"""Kill the night of letters in its middle, many times: no letter twice, no number skipped.

    python -m tests.drills.nuit [--arrets 50] [--collectivites 1200]

A real process issues the letters of one day, two batches at a time; it is killed (SIGKILL)
while it does, another takes up, is killed too, and the last is let to its end. Then every
promise is held against what is on the disk.
"""

import argparse
import contextlib
import hashlib
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

import intake.tables  # noqa: F401 - registers the tables
from benchmarks.letters import NOW, TODAY, make_world
from letters import courriers, tournee
from letters import tables as lt
from records.comptes import HOUSE
from records.store import journal
from records.store.relances import collectivites_with_lines
from records.tables_courriers import Coupon
from socle.db import ReadSession
from socle.settings import Settings
from tests.bilan.maison import ROOT, environment, services_for, settings_for
from web import schema
from web.courriers import bureau_of
from web.services import Services

END_S = 900.0
READY = "la nuit commence"


@dataclass
class Bilan:
    """What held; `fautes` is what did not."""

    arrets: int = 0
    en_route: int = 0
    courriers: int = 0
    rejoues: int = 0
    fautes: list[str] = field(default_factory=list)


def drill(
    home: Path, nb_kills: int, nb_places: int, say: Callable[[str], None]
) -> Bilan:
    """Play the drill in a folder."""
    settings = settings_for(home / "var", 0)
    services = services_for(settings)
    schema.migrate(services.db)
    make_world(services.db, services.coffre, nb_places)
    services.db.close()
    bilan, tirage = Bilan(), random.Random(7)
    for rank in range(nb_kills):
        before = _issued(settings)
        step = (nb_places - before) // (nb_kills - rank)
        child = _start(settings)
        # one time in two nothing of it is kept yet: killed in its first batches
        _wait_for(settings, child, before + tirage.randint(-step, step))
        time.sleep(tirage.uniform(0, 0.5))
        bilan.en_route += child.poll() is None
        child.kill()
        child.communicate()
        bilan.arrets += 1
        say(f"arrêt {rank + 1}/{nb_kills} : {_issued(settings)} courriers")
    _start(settings).communicate(timeout=END_S)
    bilan.courriers = _issued(settings)
    _start(settings).communicate(timeout=END_S)
    bilan.rejoues = _issued(settings) - bilan.courriers
    services = services_for(settings)
    services.db.read(_hold, services, bilan, nb_places)
    services.db.close()
    return bilan


def _start(settings: Settings) -> "subprocess.Popen[bytes]":
    """Run the night in a process of its own; return once it begins to issue."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.drills.nuit", "--nuit"],
        cwd=ROOT,
        env=environment(settings),
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    while child.stdout.readline().strip() not in {READY.encode(), b""}:
        pass  # its log
    return child


def _night() -> None:
    """Issue the letters of the day."""
    services = services_for(Settings())
    places = services.db.read(collectivites_with_lines, HOUSE)
    bureau = bureau_of(services, "exercice")
    print(READY, flush=True)
    list(tournee.go(bureau, places, TODAY, NOW))


def _wait_for(
    settings: Settings, child: "subprocess.Popen[bytes]", wanted: int
) -> None:
    limit = time.monotonic() + END_S
    while time.monotonic() < limit and _issued(settings) < wanted:
        if child.poll() is not None:
            return
        time.sleep(0.01)


def _issued(settings: Settings) -> int:
    """Count the letters; leaves nothing open."""
    with contextlib.closing(
        sqlite3.connect(settings.donnees / "vaguemestre.sqlite")
    ) as c:
        (count,) = c.execute("SELECT count(*) FROM courrier").fetchone()
    return int(count)


def _hold(
    session: ReadSession, services: Services, bilan: Bilan, nb_places: int
) -> None:
    """Hold numbers, lines, codes, bytes and journal against each other."""
    letters = list(session.scalars(sa.select(lt.Courrier)))
    if len(letters) != nb_places:
        bilan.fautes.append(f"{len(letters)} courriers pour {nb_places} collectivités")
    ranks: dict[int, list[int]] = {}
    for letter in letters:
        ranks.setdefault(letter.collectivite_id, []).append(letter.rang)
    bilan.fautes += [
        f"collectivité {place} : numéros {found}"
        for place, found in ranks.items()
        if sorted(found) != list(range(1, len(found) + 1))
    ]
    asked = Counter(session.scalars(sa.select(lt.LigneCourrier.piece_id)))
    bilan.fautes += [f"ligne {piece} demandée {n} fois"
                     for piece, n in asked.items() if n != 1]  # fmt: skip
    printed = session.scalar(sa.select(sa.func.count(Coupon.id)))
    if printed != sum(letter.nb_lignes for letter in letters):
        bilan.fautes.append(f"{printed} coupons gardés")
    for letter in letters:
        owner = courriers.owner_of(letter.collectivite_id)
        with services.storage.local(owner, letter.empreinte) as path:
            if hashlib.sha256(path.read_bytes()).hexdigest() != letter.empreinte:
                bilan.fautes.append(f"{letter.reference} : autres octets")
    bilan.fautes += [str(broken) for broken in journal.verify(session)]


def main() -> int:
    """Read the arguments, play, print; return 1 when a promise broke."""
    parser = argparse.ArgumentParser(prog="tests.drills.nuit", description=__doc__)
    parser.add_argument("--arrets", type=int, default=50)
    parser.add_argument("--collectivites", type=int, default=1200)
    parser.add_argument("--nuit", action="store_true", help="une nuit, pour l'exercice")
    asked = parser.parse_args()
    if asked.nuit:
        _night()
        return 0

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="nuit-") as home:
        bilan = drill(Path(home), asked.arrets, asked.collectivites, say)
    print(
        f"{bilan.arrets} arrêts, dont {bilan.en_route} en route ; {bilan.courriers} "
        f"courriers, {bilan.rejoues} à la nuit rejouée ; fautes : {bilan.fautes}"
    )
    return 1 if bilan.fautes else 0


if __name__ == "__main__":
    sys.exit(main())
