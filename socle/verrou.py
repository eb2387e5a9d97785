"""One process at a time does a thing: over a folder, or over a database.

Held until released or until the process dies: nothing to clean up after a kill.
"""

import fcntl
import os
import zlib
from pathlib import Path

import sqlalchemy as sa

from socle.db import Database


class Verrou:
    """A named lock: an advisory one where a PostgreSQL is given, else a locked file."""

    def __init__(
        self, nom: str, dossier: Path, database: Database | None = None
    ) -> None:
        self._engine = None
        if database is not None and not database.is_sqlite:
            self._engine = database.engine
        self._place = dossier / f".{nom}.verrou"
        self._key = zlib.crc32(nom.encode())
        self._connection: sa.Connection | None = None
        self._file: int | None = None

    def take(self) -> bool:
        """Take it without waiting; False when another process holds it."""
        if self._engine is None:
            return self._take_file()
        connection = self._engine.connect()
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        asked = sa.select(sa.func.pg_try_advisory_lock(self._key))
        if not connection.scalar(asked):
            connection.close()
            return False
        self._connection = connection
        return True

    def _take_file(self) -> bool:
        self._place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self._place, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        return True

    def is_held(self) -> bool:
        """Tell whether it is still ours: a lost connection lost it."""
        if self._connection is None:
            return self._file is not None
        try:
            self._connection.scalar(sa.select(1))
        except sa.exc.SQLAlchemyError:
            return False
        return True

    def release(self) -> None:
        """Let another take it."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
        if self._file is not None:
            os.close(self._file)
        self._connection = self._file = None
