"""One warm box for the loop tests."""

from collections.abc import Iterator

import pytest

from intake.triage import MODULES
from socle.sandbox import Sandbox


@pytest.fixture(scope="session")
def boite() -> Iterator[Sandbox]:
    """Give the real box, with the real engines."""
    with Sandbox(MODULES) as sandbox:
        yield sandbox
