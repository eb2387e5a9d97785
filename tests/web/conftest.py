"""The real application on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from socle.clock import ManualClock
from socle.db import Database
from tests.web.maison import Maison, started
from web.routes import API, SYSTEM


@pytest.fixture
async def maison(
    database: Database, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[Maison]:
    """Start the API on each database engine."""
    async with started(
        database, clock, tmp_path / "var", routes=(*SYSTEM, *API)
    ) as made:
        yield made


@pytest.fixture
async def maison_entiere(
    database: Database, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[Maison]:
    """Start the whole house, portal included, on each database engine."""
    async with started(database, clock, tmp_path / "var") as made:
        yield made
