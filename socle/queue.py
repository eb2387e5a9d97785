"""The port to the durable work engine (dbos), on the same database as the records.

A job enters the queue inside the caller's transaction: either the state and its job are
both there after a crash, or neither. Jobs are named functions of text arguments; the
engine runs each at least once, so every step behind them is idempotent.
"""

import datetime as dt
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions
from sqlalchemy import event
from sqlalchemy.orm import Mapped, mapped_column

from socle.clock import Clock
from socle.db import (
    BUSY_TIMEOUT_MS,
    Base,
    Database,
    Instant,
    ReadSession,
    WriteSession,
)

QUEUE = "travaux"
NAME = "vaguemestre"
# constant: a new release goes on with the work of the former one (steps keep their names)
VERSION = "1"
POLL_S = 0.1
BEAT_S = 10.0
DEAD_AFTER = dt.timedelta(seconds=60)
FORGOTTEN_AFTER = dt.timedelta(days=1)
PURGE_BATCH = 500
_PENDING = "PENDING"
_ENQUEUED = "ENQUEUED"

Job = Callable[..., None]
log = structlog.get_logger()


class Battement(Base):
    """The last sign of life of a worker slot."""

    __tablename__ = "battement"
    executeur: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    vu_at: Mapped[dt.datetime] = mapped_column(Instant)
    # what the slot says of itself: engines found, walls standing
    rapport: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)


def _engine(database: Database) -> sa.Engine:
    """Return an engine made for dbos: its migrations write their own BEGIN IMMEDIATE."""
    if not database.is_sqlite:
        return sa.create_engine(database.sync_url, pool_pre_ping=True, pool_size=10)
    engine = sa.create_engine(database.sync_url, pool_size=10)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:  # noqa: ANN401
        connection.isolation_level = "IMMEDIATE"
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine


class Queue:
    """The sending end: used by the web process, by workers, by the command line."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._client: DBOSClient | None = None
        self._engine: sa.Engine | None = None
        self._lock = threading.Lock()

    @property
    def client(self) -> DBOSClient:
        """The engine's client, opened at first use."""
        with self._lock:
            if self._client is None:
                _quiet()
                self._engine = _engine(self._database)
                self._client = DBOSClient(
                    system_database_engine=self._engine,
                    application_name=NAME,
                    lazy=True,
                )
            return self._client

    def defer(
        self, session: WriteSession, job: str, *args: str, key: str, priority: int = 0
    ) -> None:
        """Put a job in the queue, in the caller's transaction; once per key."""
        options: EnqueueOptions = {
            "workflow_name": job,
            "queue_name": QUEUE,
            "workflow_id": key,
            "app_version": VERSION,
        }
        if priority:
            options["priority"] = priority
        self.client.enqueue_in_transaction(session.connection(), options, *args)

    def unfinished(self, prefixes: list[str]) -> set[str]:
        """Return which of these keys (or their retries, `key#n`) wait or run."""
        found = self.client.list_workflows(
            workflow_id_prefix=prefixes,
            status=[_ENQUEUED, _PENDING],
            load_input=False,
            load_output=False,
        )
        return {status.workflow_id.partition("#")[0] for status in found}

    def states(self, keys: list[str]) -> Mapping[str, str]:
        """Return the engine's state of these jobs."""
        found = self.client.list_workflows(
            workflow_ids=keys, load_input=False, load_output=False
        )
        return {status.workflow_id: status.status for status in found}

    def depth(self) -> int:
        """Return how many jobs wait or run."""
        return len(
            self.client.list_workflows(
                status=[_ENQUEUED, _PENDING], load_input=False, load_output=False
            )
        )

    def purge(self, before: dt.datetime) -> int:
        """Forget jobs that succeeded before an instant; return how many."""
        found = self.client.list_workflows(
            status="SUCCESS",
            completed_before=before.isoformat(),
            limit=PURGE_BATCH,
            load_input=False,
            load_output=False,
        )
        if found:
            self.client.delete_workflows([status.workflow_id for status in found])
        return len(found)

    def close(self) -> None:
        """Give the connections back."""
        if self._client is not None:
            self._client.destroy()
        if self._engine is not None:
            self._engine.dispose()


def prepare(database: Database) -> None:
    """Bring the engine's own tables to this version; safe to run twice."""
    _quiet()
    url = database.sync_url.render_as_string(hide_password=False)
    DBOS.migrate(url)


def _quiet() -> None:
    # the engine logs sentences; ours are named facts, and its problems reach us as values
    logging.getLogger("dbos").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipe:
    """What a desk asks of workers: its jobs, and what it looks for once a minute.

    `round` is called by one slot at a time; a round that fails is for the next minute.
    """

    jobs: Mapping[str, Job]
    round: Callable[[Queue], object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One worker of one machine: a stable name, so that its work is found again."""

    executeur: str
    concurrence: int = 1


class Worker:
    """The receiving end: one per process."""

    def __init__(
        self, database: Database, slot: Slot, clock: Clock, jobs: Mapping[str, Job]
    ) -> None:
        self._database = database
        self._slot = slot
        self._clock = clock
        self._stopped = threading.Event()
        self._beats = threading.Thread(target=self._beat, name="battement", daemon=True)
        self._engine = _engine(database)
        config: DBOSConfig = {
            "name": NAME,
            "system_database_engine": self._engine,
            "application_version": VERSION,
            "executor_id": slot.executeur,
            "use_listen_notify": False,
            "log_level": "ERROR",
            "console_log_level": "CRITICAL",
            "run_migrations": False,
            "scheduler_polling_interval_sec": 60.0,
        }
        self._dbos = DBOS(config=config)
        for name, job in jobs.items():
            # how often a job may be taken up again is its own affair: it counts
            DBOS.workflow(name=name, max_recovery_attempts=None)(job)

    def launch(self) -> None:
        """Start taking work; what this slot left unfinished is taken up again."""
        _quiet()
        self._database.write(_mark, self._slot.executeur, self._clock.now())
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            worker_concurrency=self._slot.concurrence,
            polling_interval_sec=POLL_S,
            on_conflict="always_update",
        )
        self._beats.start()

    def _beat(self) -> None:
        while not self._stopped.wait(BEAT_S):
            try:
                self.beat()
            except Exception as error:  # noqa: BLE001 - a silent slot looks dead
                log.warning("battement-manque", cause=type(error).__name__)

    def beat(self) -> int:
        """Give a sign of life; return how many jobs of dead slots were taken up."""
        now = self._clock.now()
        self._database.write(_mark, self._slot.executeur, now)
        # one slot looks after the dead: two would wake the same job twice
        if self._database.read(alive, now)[:1] != [self._slot.executeur]:
            return 0
        return self._take_over(now)

    def _take_over(self, now: dt.datetime) -> int:
        """Resume the jobs of slots that gave no sign of life for a minute."""
        dead = self._database.read(_dead, now)
        if not dead:
            return 0
        orphans = DBOS.list_workflows(
            status=_PENDING, executor_id=dead, load_input=False, load_output=False
        )
        if orphans:
            DBOS.resume_workflows([w.workflow_id for w in orphans], queue_name=QUEUE)
            log.warning("travaux-repris", nombre=len(orphans), disparus=dead)
        self._database.write(_forget, now)
        return len(orphans)

    def stop(self, drain_s: int = 20) -> None:
        """Stop taking work and let what runs end, for `drain_s` seconds at most."""
        self._stopped.set()
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=drain_s)
        self._engine.dispose()


def _mark(session: WriteSession, executeur: str, now: dt.datetime) -> None:
    session.merge(Battement(executeur=executeur, vu_at=now))


def _dead(session: ReadSession, now: dt.datetime) -> list[str]:
    statement = sa.select(Battement.executeur).where(Battement.vu_at < now - DEAD_AFTER)
    return list(session.scalars(statement))


def _forget(session: WriteSession, now: dt.datetime) -> None:
    """Forget slots silent for a day: their jobs were taken up long ago."""
    session.execute(sa.delete(Battement).where(Battement.vu_at < now - FORGOTTEN_AFTER))


def alive(session: ReadSession, now: dt.datetime) -> list[str]:
    """Return the slots that gave a sign of life within a minute."""
    statement = sa.select(Battement.executeur).where(
        Battement.vu_at >= now - DEAD_AFTER
    )
    return list(session.scalars(statement.order_by(Battement.executeur)))


def describe(
    session: WriteSession, executeur: str, rapport: dict[str, Any], now: dt.datetime
) -> None:
    """Keep what a slot says of itself (engines, walls); signs of life leave it alone."""
    session.merge(Battement(executeur=executeur, vu_at=now, rapport=rapport))


def reports(session: ReadSession, now: dt.datetime) -> dict[str, dict[str, Any]]:
    """Return what the live slots say of themselves."""
    statement = sa.select(Battement.executeur, Battement.rapport).where(
        Battement.vu_at >= now - DEAD_AFTER
    )
    rows = session.execute(statement.order_by(Battement.executeur))
    return {row[0]: dict(row[1] or {}) for row in rows}


def step(function: Callable[..., Any], *args: Any, name: str) -> Any:  # noqa: ANN401
    """Run a step of the current job: its answer is kept, a replay does not run it."""
    return DBOS.run_step({"name": name}, function, *args)
