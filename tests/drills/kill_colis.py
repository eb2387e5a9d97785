"""`python -m tests.drills.kill_colis`: kill -9 everything while one colis is treated.

A colis of 200 items is sent once; the whole service is killed at random instants. After the
last start: it closes, every item is one deposit, the equation comes to zero in files, pages
and bytes, `verifier` finds no gap. A failure replays from its seed.
"""

import argparse
import json
import random
import socket
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from records.store import sessions
from records.store.comptes import NouveauCompte
from socle.clock import SystemClock
from socle.db import WriteSession
from socle.settings import Settings
from tests.bilan.maison import command, services_for, settings_for
from tests.drills import kill9, papiers
from tests.drills.kill9 import Bilan
from tests.drills.service import Service
from tests.intake import colisages
from tests.intake.colisages import Papier
from tests.intake.guichet import add_collectivite

END_S = 1800.0
NOTHING = {"fichiers": 0, "pages": 0, "octets": 0}


def prepare(settings: Settings) -> tuple[str, str]:
    """Create the product, one collectivité, an operator; return reference and token."""
    command(settings, "migrate")
    services = services_for(settings)

    def make(session: WriteSession) -> tuple[str, str]:
        from records import tables as t

        place = session.get_one(t.Collectivite, add_collectivite(session, "Azur"))
        place.siret = "21617998600015"
        nouveau = NouveauCompte(identifiant="essai", role="operateur", collectivites=[])
        token = sessions.create_jeton(session, nouveau, now=SystemClock().now())[1]
        return place.reference, token

    made = services.db.write(make)
    services.db.close()
    return made


def pack(items: int) -> bytes:
    """Make a true colis: short text papers, one in ten of two pages."""
    papers = [
        Papier(f"doc{n:04}.pdf", papiers.letter(n, 2 if n % 10 == 0 else 1),
               2 if n % 10 == 0 else 1)
        for n in range(items)
    ]  # fmt: skip
    said = colisages.metadata(papers, {"1": {"siret": "21617998600015"}})
    return colisages.with_metadata(papers, said)


def call(url: str, token: str, content: bytes | None = None) -> dict[str, Any]:
    """Ask the API; send a colis when there is one."""
    headers = {"Authorization": f"Bearer {token}"}
    if content is not None:
        headers["Content-Type"] = "multipart/form-data; boundary=limite"
        content = (
            b'--limite\r\nContent-Disposition: form-data; name="fichier"; '
            b'filename="colis.zip"\r\n\r\n' + content + b"\r\n--limite--\r\n"
        )
    request = urllib.request.Request(url, data=content, headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def drill(home: Path, kills: int, items: int, seed: int) -> Bilan:
    """Play the whole drill in a folder; return what held and what did not."""
    settings, des = settings_for(home / "var", 2), random.Random(seed)
    bilan = Bilan(sent=items)
    _, token = prepare(settings)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    service = Service(settings, port, home / "service.log")
    try:
        kill9._start(service, bilan)
        receipt = call(f"{service.url}/api/v1/colis", token, pack(items))
        address = f"{service.url}/api/v1/colis/{receipt['reference']}"
        for rank in range(kills):
            time.sleep(des.uniform(0, 4))
            service.kill()
            bilan.kills += 1
            print(f"arrêt {rank + 1}/{kills}", file=sys.stderr, flush=True)
            if des.random() < 0.2:
                service.start()
            else:
                kill9._start(service, bilan)
        while not service.is_ready():
            time.sleep(0.1)
        _judge(address, token, items, bilan)
    finally:
        service.stop()
    kill9._verify(settings, bilan)
    return bilan


def _judge(address: str, token: str, items: int, bilan: Bilan) -> None:
    """Wait for the closing, then hold the colis against what was sent."""
    began, found = time.monotonic(), {}
    while time.monotonic() - began < END_S:
        try:
            found = call(f"{address}/reconciliation", token)
        except (OSError, urllib.error.URLError):
            found = {}
        if found.get("etat") == "clos":
            break
        time.sleep(1)
    bilan.drained_s = time.monotonic() - began
    whole = call(address, token)
    if (whole["etat"], found.get("ecarts")) != ("clos", []):
        bilan.fautes.append(f"{whole['etat']}, écarts {found.get('ecarts')}")
    if whole["conservation"]["ecart"] != NOTHING:
        bilan.fautes.append(f"conservation : {whole['conservation']['ecart']}")
    deposits = {one["depot"] for one in whole["elements"]}
    bilan.receipts = len(deposits - {None})
    if bilan.receipts != items:
        bilan.fautes.append(f"{bilan.receipts} dépôts pour {items} éléments")


def main() -> int:
    """Read the arguments, play, print the table; return 1 when a promise broke."""
    parser = argparse.ArgumentParser(
        prog="tests.drills.kill_colis", description=__doc__
    )
    parser.add_argument("--arrets", type=int, default=100)
    parser.add_argument("--elements", type=int, default=200)
    parser.add_argument("--graine", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kill-colis-") as home:
        bilan = drill(Path(home), asked.arrets, asked.elements, asked.graine)
    print("\n".join(bilan.lines()))
    return 1 if bilan.fautes else 0


if __name__ == "__main__":
    sys.exit(main())
