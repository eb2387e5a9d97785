"""The database keeps its two promises: one winner, and all or nothing."""

import asyncio

import pytest
import sqlalchemy as sa

from records.tables import Collectivite
from socle.db import Database, WriteSession


def _add(session: WriteSession, nom: str) -> None:
    session.add(Collectivite(reference=nom, nom=nom, adresse={}, budgets=[]))


def _count(session: WriteSession) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Collectivite)) or 0


async def test_racing_writers_all_succeed(database: Database) -> None:
    """Thirty-two writers at once: thirty-two rows, no « database is locked »."""
    await asyncio.gather(*(database.awrite(_add, f"n{i}") for i in range(32)))

    assert 32 == await database.aread(_count)
    await database.aclose()


def test_a_failure_leaves_nothing(database: Database) -> None:
    """An exception in the middle undoes everything before it."""

    def half(session: WriteSession) -> None:
        _add(session, "moitie")
        session.flush()
        raise RuntimeError("coupure")

    with pytest.raises(RuntimeError):
        database.write(half)

    assert 0 == database.read(_count)


def test_a_read_keeps_nothing(database: Database) -> None:
    """What a read would have written is rolled back."""
    database.read(lambda session: _add(session, "lecture") or session.flush())

    assert 0 == database.read(_count)
