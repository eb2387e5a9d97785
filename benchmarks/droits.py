"""Speeds of the rights simulation, each beside its baseline, in one run.

- one simulation over ten years and sixty leaves (ordinary, and heavy: over the quota most
  of the time), against the day loop of the reference algorithm on the same histories;
- growth of the cost with the number of leaves;
- ten thousand agents in one lot, on one core;
- simulations per second through the API: one service process, one driver process.

Processor time is measured, so that the neighbours of the machine count less.
"""

import argparse
import asyncio
import datetime as dt
import functools
import json
import os
import random
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from records.droits import AvisArret, Profil, Situation, Statut, simulate
from records.periodes import Periode
from tests.bilan.maison import ROOT, command, environment, settings_for
from tests.records.oracle import ONE, Oracle, same_date
from web import droits

CNRACL = Situation(statut=Statut.CNRACL)
START = dt.date(2016, 1, 4)
ORDINARY, HEAVY = (5, 12, 8, 3, 15, 2), (5, 12, 31, 3, 20, 45)
AGENTS = 10_000
QUOTA = 90
PAR_LOT = 100


def history(count: int, lengths: tuple[int, ...], every: int = 60) -> list[AvisArret]:
    """Return leaves of these lengths, one every sixty days: sixty fill ten years."""
    return [
        AvisArret(
            nature="CMO",
            periode=Periode(
                debut, debut + dt.timedelta(days=lengths[n % len(lengths)])
            ),
        )
        for n in range(count)
        for debut in (START + dt.timedelta(days=every * n),)
    ]


def cost(function: Callable[[], object], *, rounds: int) -> float:
    """Return the least processor time of one call, in seconds."""
    best = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        function()
        best = min(best, time.process_time() - started)
    return best


def one(avis: list[AvisArret]) -> Callable[[], object]:
    """Return the simulation of the last leave, the others being its history."""
    past, arret = tuple(avis[:-1]), avis[-1]
    return lambda: simulate(CNRACL, past, arret)


def naive(avis: list[AvisArret]) -> dict[dt.date, str]:
    """Replay a fonctionnaire as the law note writes it: for each day, each day before.

    The two counts of the year, then the test of the whole year; no rate, no carence.
    """
    classes: dict[dt.date, str] = {}
    is_exhausted = False
    for leave in avis:
        day = leave.periode.debut
        is_exhausted = is_exhausted and day - ONE in classes
        while day < leave.periode.fin:
            past, plein, demi = same_date(day, -1) + ONE, 0, 0
            while past < day:
                plein += classes.get(past) == "plein"
                demi += classes.get(past) == "demi"
                past += ONE
            is_exhausted = is_exhausted or _is_full_year(classes, day)
            classes[day] = _class(plein, is_exhausted=is_exhausted)
            day += ONE
    return classes


def _is_full_year(classes: dict[dt.date, str], day: dt.date) -> bool:
    past = same_date(day, -1)
    while past < day and past in classes:
        past += ONE
    return past == day


def _class(plein: int, *, is_exhausted: bool) -> str:
    if is_exhausted:
        return "epuise"
    return "plein" if plein < QUOTA else "demi"


def lighter(avis: list[AvisArret]) -> dict[dt.date, str]:
    """Replay the same with the count of full-pay days alone: the least a loop can do."""
    classes: dict[dt.date, str] = {}
    for leave in avis:
        day = leave.periode.debut
        while day < leave.periode.fin:
            past, plein = same_date(day, -1) + ONE, 0
            while past < day:
                plein += classes.get(past) == "plein"
                past += ONE
            classes[day] = _class(plein, is_exhausted=False)
            day += ONE
    return classes


def compare(report: dict[str, Any]) -> None:
    """Measure one simulation against day loops, from the plainest to the cleverest.

    The naive loop visits each day of the year for each day paid; the oracle of the tests
    visits only the days of leave, and knows every rule.
    """
    for name, lengths in (("ordinaire", ORDINARY), ("chargee", HEAVY)):
        avis = history(60, lengths)
        fast = cost(one(avis), rounds=200)
        report[f"simulation_{name}_ms"] = round(fast * 1000, 3)
        loops: dict[str, Callable[[list[AvisArret]], object]] = {
            "boucle_par_jour": naive,
            "boucle_plein_seul": lighter,
            "oracle": lambda avis: Oracle(CNRACL, Profil()).run(avis),
        }
        for loop, function in loops.items():
            slow = cost(functools.partial(function, avis), rounds=3)
            report[f"{loop}_{name}_ms"] = round(slow * 1000, 1)
            report[f"{loop}_{name}_rapport"] = round(slow / fast, 1)


def growth(report: dict[str, Any]) -> None:
    """Measure microseconds per leave, for longer and longer careers."""
    report["microsecondes_par_arret"] = {
        count: round(cost(one(history(count, ORDINARY)), rounds=20) / count * 1e6, 1)
        for count in (15, 30, 60, 120, 240)
    }


def lot(report: dict[str, Any]) -> None:
    """Simulate ten thousand agents, answers told as JSON, in one process."""
    rnd = random.Random(6)  # noqa: S311 - a fixed crowd
    people = []
    for _ in range(AGENTS):
        count = rnd.randint(2, 24)
        avis = history(count, tuple(rnd.choices(HEAVY, k=5)), every=90)
        people.append((Situation(statut=rnd.choice(list(Statut))), avis))
    started = time.process_time()
    for situation, avis in people:
        droits.resultat_json(simulate(situation, tuple(avis[:-1]), avis[-1]))
    report["lot_10000_agents_s"] = round(time.process_time() - started, 2)
    report["lot_arrets"] = sum(len(avis) for _, avis in people)


# --- through the API --------------------------------------------------------------------


@contextmanager
def serving() -> Iterator[tuple[str, int, str, int]]:
    """Run the service on an empty product; yield where, a token, and its process."""
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_for(Path(folder), 1)
        command(settings, "migrate")
        token = command(settings, "jetons", "creer", "--role", "administrateur").strip()
        log = (Path(folder) / "serve.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", "web", "serve", "--port", "0", "--sans-travailleur"],
            cwd=ROOT, env=environment(settings), stdout=subprocess.PIPE, stderr=log,
        )  # fmt: skip
        try:
            host, port = _address(process)
            _wait_for(host, port)
            yield host, port, token.splitlines()[-1], process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
            log.close()


def _address(process: "subprocess.Popen[bytes]") -> tuple[str, int]:
    assert process.stdout is not None
    waiting = selectors.DefaultSelector()
    waiting.register(process.stdout, selectors.EVENT_READ)
    while waiting.select(timeout=120):
        line = process.stdout.readline().decode()
        if "http://" in line:
            host, _, port = line.rsplit("http://", 1)[1].strip().partition(":")
            return host, int(port.strip("/"))
    raise RuntimeError("the service did not start")


def _wait_for(host: str, port: int) -> None:
    """Wait until the service listens: the address is said a moment before."""
    for _ in range(600):
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the service does not answer")


def asked_of(avis: list[AvisArret]) -> dict[str, Any]:
    """Return what one simulation is asked with."""
    return {
        "situation": {"statut": "CNRACL"},
        "historique": [droits.avis_json(one) for one in avis[:-1]],
        "arret": droits.avis_json(avis[-1]),
    }


def question(host: str, token: str, path: str, asked: dict[str, Any]) -> bytes:
    """Return the bytes of one request."""
    body = json.dumps(asked).encode()
    head = (
        f"POST /api/v1/{path} HTTP/1.1\r\nHost: {host}\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def drive(
    host: str, port: int, asked: bytes, seconds: float
) -> tuple[int, float]:
    """Ask over eight connections; return how many answers came, and how long it took."""
    answers = 0
    started = time.perf_counter()

    async def client() -> None:
        nonlocal answers
        reader, writer = await asyncio.open_connection(host, port)
        while time.perf_counter() - started < seconds:
            writer.write(asked)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.decode())
            length = next(
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length")
            )
            await reader.readexactly(length)
            answers += 1
        writer.close()

    await asyncio.gather(*(client() for _ in range(8)))
    return answers, time.perf_counter() - started


def processor_time(pid: int) -> float:
    """Return the seconds of processor a process has used, alone on the machine or not."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def api(report: dict[str, Any], seconds: float) -> None:
    """Measure simulations per second through the API, one by one and by lots."""
    few, many = (asked_of(history(count, ORDINARY)) for count in (6, 60))
    asked: tuple[tuple[str, str, dict[str, Any], int], ...] = (
        ("6_arrets", "simulations", few, 1),
        ("60_arrets", "simulations", many, 1),
        (
            "6_arrets_par_lot",
            "simulations/lot",
            {"simulations": [few] * PAR_LOT},
            PAR_LOT,
        ),
    )
    with serving() as (host, port, token, pid):
        for name, path, body, each in asked:
            octets = question(f"{host}:{port}", token, path, body)
            asyncio.run(drive(host, port, octets, 1))
            before = processor_time(pid)
            answers, took = asyncio.run(drive(host, port, octets, seconds))
            spent = (processor_time(pid) - before) / answers / each
            report[f"api_par_seconde_{name}"] = round(answers * each / took)
            report[f"api_processeur_ms_{name}"] = round(spent * 1000, 2)


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sans-api", action="store_true")
    parser.add_argument("--secondes", type=float, default=8)
    chosen = parser.parse_args()
    report: dict[str, Any] = {}
    compare(report)
    growth(report)
    lot(report)
    if not chosen.sans_api:
        api(report, chosen.secondes)
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
