"""What the tests of the counter share: one box, kept warm for the whole run."""

from collections.abc import AsyncIterator, Iterator

import pytest

from intake.triage import MODULES
from socle.clock import ManualClock
from socle.db import Database
from socle.sandbox import Sandbox
from tests.drills import papiers
from tests.intake.guichet import Comptoir


@pytest.fixture(scope="session")
def boite() -> Iterator[Sandbox]:
    """Give the real box, with the real engines."""
    with Sandbox(MODULES) as sandbox:
        yield sandbox


@pytest.fixture
async def comptoir(
    database: Database, clock: ManualClock, boite: Sandbox
) -> AsyncIterator[Comptoir]:
    """Give a counter with two collectivités, on each engine."""
    yield Comptoir(db=database, clock=clock, sandbox=boite)
    await database.aclose()


@pytest.fixture
def letter() -> bytes:
    """Give a one-page PDF with a text layer."""
    return papiers.letter(1)
