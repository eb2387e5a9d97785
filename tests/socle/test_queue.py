"""A job enters with its transaction, runs at least once, and outlives its worker."""

import datetime as dt
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from socle import queue
from socle.clock import ManualClock, SystemClock
from socle.db import Database, WriteSession
from socle.memory import MemoryQueue
from socle.queue import Battement, Queue, Slot, Worker

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 30


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds; fail when it does not in time."""
    limit = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < limit, "too long"
        time.sleep(0.02)


@pytest.fixture
def ready(database: Database) -> Database:
    """Give a database whose work engine is in place; preparing twice is nothing."""
    queue.prepare(database)
    queue.prepare(database)
    return database


@pytest.fixture
def pending(ready: Database) -> Iterator[Queue]:
    """Give the sending end."""
    made = Queue(ready)
    yield made
    made.close()


def started(database: Database, jobs: dict[str, Callable[..., None]]) -> Worker:
    """Launch a worker in this process."""
    worker = Worker(
        database, Slot(executeur="essai-0", concurrence=2), SystemClock(), jobs
    )
    worker.launch()
    return worker


def _defer(
    session: WriteSession,
    pending: Queue | MemoryQueue,
    key: str,
    *,
    fails: bool = False,
) -> None:
    pending.defer(session, "essai", key, key=key)
    if fails:
        raise RuntimeError("annulé")


@pytest.fixture(params=["memoire", "dbos"])
def either(request: pytest.FixtureRequest, ready: Database) -> Queue | MemoryQueue:
    """Run the test on both queues: what the real one promises, its twin promises."""
    if request.param == "memoire":
        return MemoryQueue()
    made: Queue = request.getfixturevalue("pending")
    return made


def test_a_job_is_there_when_its_transaction_is(
    ready: Database, either: Queue | MemoryQueue
) -> None:
    """A rolled back transaction leaves no job; a committed one leaves exactly one."""
    with pytest.raises(RuntimeError, match="annulé"):
        ready.write(_defer, either, "a", fails=True)
    assert either.depth() == 0
    ready.write(_defer, either, "a")
    ready.write(_defer, either, "a")
    assert either.depth() == 1
    assert either.unfinished(["a", "b"]) == {"a"}
    assert either.states(["a"]) == {"a": "ENQUEUED"}


def test_a_retry_counts_for_its_key(
    ready: Database, either: Queue | MemoryQueue
) -> None:
    """The retry `a#1` of a job says that `a` is not finished."""
    ready.write(_defer, either, "a#1")
    assert either.unfinished(["a"]) == {"a"}


async def test_a_job_enters_from_the_event_loop(
    ready: Database, pending: Queue
) -> None:
    """The web process defers in its own asynchronous transaction."""
    await ready.awrite(_defer, pending, "a")
    await ready.aclose()
    assert pending.depth() == 1


def test_jobs_run_and_a_failure_stops_nobody(ready: Database, pending: Queue) -> None:
    """Each job runs; one that raises is kept as such, the others go on."""
    seen: list[str] = []

    def job(key: str) -> None:
        seen.append(key)
        if key == "b":
            raise ValueError(key)

    for key in "abcd":
        ready.write(_defer, pending, key)
    worker = started(ready, {"essai": job})
    try:
        wait_for(lambda: pending.depth() == 0)
    finally:
        worker.stop()
    assert sorted(seen) == ["a", "b", "c", "d"]
    assert pending.states(["a", "b"]) == {"a": "SUCCESS", "b": "ERROR"}


def test_a_step_that_answered_is_not_run_again(ready: Database, pending: Queue) -> None:
    """After a failure, the retry of a job under its own key starts from the beginning."""
    runs: list[str] = []

    def first() -> int:
        runs.append("premier")
        return 7

    def job(key: str) -> None:
        assert queue.step(first, name="premier") == 7
        assert queue.step(lambda: runs.append("second"), name="second") is None
        runs.append(key)

    ready.write(_defer, pending, "a")
    worker = started(ready, {"essai": job})
    try:
        wait_for(lambda: pending.depth() == 0)
    finally:
        worker.stop()
    assert runs == ["premier", "second", "a"]


def test_stop_lets_what_runs_end(ready: Database, pending: Queue) -> None:
    """A worker asked to stop finishes its job and leaves the others in the queue."""
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def job(_key: str) -> None:
        begun.set()
        may_end.wait(10)
        ended.set()

    ready.write(_defer, pending, "a")
    worker = started(ready, {"essai": job})
    assert begun.wait(PATIENCE_S)
    threading.Timer(0.5, may_end.set).start()
    worker.stop(drain_s=10)
    assert ended.is_set()
    assert pending.states(["a"]) == {"a": "SUCCESS"}


CHILD = """
import os, sys, time
from socle.clock import SystemClock
from socle.db import Database
from socle.queue import Slot, Worker
url, name, path = sys.argv[1:]
def job(key):
    with open(path, "a") as file:
        file.write(key + "\\n")
    time.sleep(60)
worker = Worker(Database(url), Slot(executeur=name), SystemClock(), {"essai": job})
worker.launch()
time.sleep(60)
"""


def killed_worker(database: Database, name: str, path: Path) -> None:
    """Run a worker in a process until it has begun a job, then kill it without notice."""
    url = database.url.render_as_string(hide_password=False)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, url, name, str(path)], cwd=ROOT
    )
    try:
        wait_for(path.exists)
    finally:
        child.kill()
        child.wait()


def test_a_restarted_slot_takes_its_own_work_back(
    ready: Database, pending: Queue, tmp_path: Path
) -> None:
    """The job of a killed worker runs again as soon as the same slot starts again."""
    ready.write(_defer, pending, "a")
    killed_worker(ready, "essai-0", tmp_path / "vu")
    assert pending.states(["a"]) == {"a": "PENDING"}
    begun = time.monotonic()
    worker = started(ready, {"essai": lambda _key: None})
    try:
        wait_for(lambda: pending.depth() == 0)
    finally:
        worker.stop()
    assert pending.states(["a"]) == {"a": "SUCCESS"}
    assert time.monotonic() - begun < 10


def test_a_dead_slot_is_relieved_after_a_minute(
    ready: Database, pending: Queue, tmp_path: Path
) -> None:
    """Another slot takes a dead one's job up once it was silent for a minute."""
    ready.write(_defer, pending, "a")
    killed_worker(ready, "ailleurs-3", tmp_path / "vu")
    clock = ManualClock(SystemClock().now())
    seen: list[str] = []

    def job(key: str) -> None:
        seen.append(key)

    worker = Worker(ready, Slot(executeur="essai-0"), clock, {"essai": job})
    worker.launch()
    try:
        assert worker.beat() == 0
        clock.advance(dt.timedelta(seconds=61))
        assert worker.beat() == 1
        wait_for(lambda: pending.depth() == 0)
    finally:
        worker.stop()
    assert seen == ["a"]


def test_one_slot_only_looks_after_the_dead(ready: Database) -> None:
    """Of several living slots, the first by name takes over: never two at once."""
    clock = ManualClock()
    worker = Worker(ready, Slot(executeur="b"), clock, {})
    worker.launch()
    try:
        ready.write(_beat_of, "a", clock.now())
        ready.write(_beat_of, "mort", clock.now() - dt.timedelta(days=2))
        worker.beat()
        assert ready.read(_names) == ["a", "b", "mort"]
        ready.write(_beat_of, "a", clock.now() - dt.timedelta(minutes=2))
        worker.beat()
        assert ready.read(_names) == ["a", "b"]
    finally:
        worker.stop()


def _beat_of(session: WriteSession, name: str, at: dt.datetime) -> None:
    session.merge(Battement(executeur=name, vu_at=at))


def _names(session: WriteSession) -> list[str]:
    return list(session.scalars(sa.select(Battement.executeur).order_by("executeur")))


def test_old_successes_are_forgotten(ready: Database, pending: Queue) -> None:
    """Jobs done long ago leave the engine's tables; what waits stays."""
    for key in "ab":
        ready.write(_defer, pending, key)
    worker = started(ready, {"essai": lambda _key: None})
    try:
        wait_for(lambda: pending.depth() == 0)
    finally:
        worker.stop()
    ready.write(_defer, pending, "c")
    now = SystemClock().now()
    assert pending.purge(now - dt.timedelta(hours=1)) == 0
    assert pending.purge(now + dt.timedelta(minutes=1)) == 2
    assert pending.states(["a", "b", "c"]) == {"c": "ENQUEUED"}


def test_records_and_engine_write_side_by_side(ready: Database, pending: Queue) -> None:
    """Sixty jobs enter and run on the same file while others write: none is lost."""
    seen: list[str] = []
    lock = threading.Lock()

    def job(key: str) -> None:
        ready.write(_beat_of, key, SystemClock().now())
        with lock:
            seen.append(key)

    worker = started(ready, {"essai": job})
    try:
        threads = [
            threading.Thread(
                target=lambda rank=rank: [
                    ready.write(_defer, pending, f"{rank}-{n}") for n in range(15)
                ]
            )
            for rank in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wait_for(lambda: pending.depth() == 0)
    finally:
        worker.stop()
    assert len(seen) == len(set(seen)) == 60
