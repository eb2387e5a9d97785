"""The database: engines, the two kinds of session, and the only commit of the house.

Stores are plain functions over a `ReadSession` or a `WriteSession`; the same function
serves the web (asynchronous engine, through a greenlet; on SQLite a read is one trip to a
thread) and the workers (synchronous engine). One call to `write` is one transaction: on
SQLite it starts IMMEDIATE, because a deferred BEGIN lets two linkers read before either
writes (measured: 32 links for one line).
"""

import asyncio
import contextvars
import datetime as dt
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Session

P = ParamSpec("P")
T = TypeVar("T")

READING = {"vaguemestre_reading": True}
BUSY_TIMEOUT_MS = 30_000
POOL_SIZE = 5

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The declarative base of every table of the house."""

    metadata = sa.MetaData(naming_convention=NAMING)


class Instant(sa.types.TypeDecorator[dt.datetime]):
    """An aware instant, kept in UTC on every database (SQLite drops time zones)."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: dt.datetime | None, dialect: sa.Dialect
    ) -> dt.datetime | None:
        """Refuse a naive instant: nobody could say what it means."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"instant without a time zone: {value!r}")
        return value.astimezone(dt.UTC)

    def process_result_value(
        self, value: dt.datetime | None, dialect: sa.Dialect
    ) -> dt.datetime | None:
        """Give the instant back, aware."""
        del dialect
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=dt.UTC)


class ReadSession(Session):
    """A session that may only look. A store that writes asks for a `WriteSession`."""


class WriteSession(ReadSession):
    """A session inside one write transaction, committed by `Database.write` alone."""


class Database:
    """The two engines on one database, and how to borrow a session from them."""

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._sync: sa.Engine | None = None
        self._async: AsyncEngine | None = None
        self._readers: ThreadPoolExecutor | None = None

    @property
    def engine(self) -> sa.Engine:
        """The synchronous engine: workers, command line, migrations."""
        if self._sync is None:
            self._sync = sa.create_engine(self.sync_url, **_options(self.is_sqlite))
            self._prepare(self._sync)
        return self._sync

    @property
    def async_engine(self) -> AsyncEngine:
        """The asynchronous engine: the web process."""
        if self._async is None:
            self._async = create_async_engine(self.url, **_options(self.is_sqlite))
            self._prepare(self._async.sync_engine)
        return self._async

    @property
    def sync_url(self) -> sa.URL:
        """The same database, by its synchronous driver."""
        if self.is_sqlite:
            return self.url.set(drivername="sqlite+pysqlite")
        return self.url

    def _prepare(self, engine: sa.Engine) -> None:
        if self.is_sqlite:
            event.listen(engine, "connect", _sqlite_connect)
            event.listen(engine, "begin", _sqlite_begin)

    def read(
        self,
        function: Callable[Concatenate[ReadSession, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `function(session, …)` in a read transaction that is rolled back."""
        with self.engine.connect() as connection:
            reading = connection.execution_options(**READING)
            with ReadSession(reading, autoflush=False) as session:
                return function(session, *args, **kwargs)

    def write(
        self,
        function: Callable[Concatenate[WriteSession, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `function(session, …)` as one transaction: all of it, or nothing."""
        with WriteSession(self.engine, expire_on_commit=False) as session:
            result = function(session, *args, **kwargs)
            session.commit()
            return result

    async def aread(
        self,
        function: Callable[Concatenate[ReadSession, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Do what `read` does, from the event loop.

        SQLite answers a row in microseconds and its asynchronous driver crosses to a
        thread ten times for it: there, the whole read crosses once.
        """
        if self.is_sqlite:
            if self._readers is None:
                self._readers = ThreadPoolExecutor(POOL_SIZE, "lecture")
            call = functools.partial(self.read, function, *args, **kwargs)
            here = contextvars.copy_context()
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._readers, here.run, call)
        async with self.async_engine.connect() as connection:
            await connection.execution_options(**READING)
            session = AsyncSession(
                connection, sync_session_class=ReadSession, autoflush=False
            )
            async with session:
                return await session.run_sync(_with(function), *args, **kwargs)

    async def awrite(
        self,
        function: Callable[Concatenate[WriteSession, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Do what `write` does, from the event loop.

        The transaction runs in a task of its own: a client that goes away cancels the
        answer, never the half of a transaction.
        """

        async def transaction() -> T:
            session = AsyncSession(
                self.async_engine,
                sync_session_class=WriteSession,
                expire_on_commit=False,
            )
            async with session:
                result = await session.run_sync(_with(function), *args, **kwargs)
                await session.commit()
                return result

        return await asyncio.shield(asyncio.ensure_future(transaction()))

    def ping(self) -> None:
        """Raise when the database does not answer."""
        with self.engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))

    def close(self) -> None:
        """Give the synchronous connections back; reads that run are waited for."""
        if self._readers is not None:
            self._readers.shutdown()
            self._readers = None
        if self._sync is not None:
            self._sync.dispose()

    async def aclose(self) -> None:
        """Give every connection back."""
        self.close()
        if self._async is not None:
            await self._async.dispose()


def _with(function: Callable[..., T]) -> Callable[..., T]:
    """Hand a typed session to `function`: `run_sync` only promises a `Session`."""

    def call(session: Session, *args: Any, **kwargs: Any) -> T:  # noqa: ANN401
        return function(session, *args, **kwargs)

    return call


def _options(is_sqlite: bool) -> dict[str, Any]:
    if is_sqlite:
        return {"connect_args": {"timeout": BUSY_TIMEOUT_MS / 1000}}
    return {
        "pool_size": POOL_SIZE,
        "max_overflow": POOL_SIZE,
        "pool_pre_ping": True,
        "connect_args": {
            "options": "-c statement_timeout=15s -c lock_timeout=10s"
            " -c idle_in_transaction_session_timeout=30s -c timezone=UTC"
        },
    }


def _sqlite_connect(connection: Any, _record: object) -> None:  # noqa: ANN401
    connection.isolation_level = None  # we write BEGIN ourselves
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # a receipt is a promise: it survives a power cut
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "trusted_schema=OFF",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: sa.Connection) -> None:
    reading = connection.get_execution_options().get("vaguemestre_reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def is_busy(error: OperationalError) -> bool:
    """Tell whether the database asked us to come back later."""
    return "locked" in str(error.orig) or "timeout" in str(error.orig)
