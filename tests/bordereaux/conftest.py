"""One warm box for the imports."""

from collections.abc import Iterator

import pytest

from bordereaux.fichiers import MODULES
from socle.sandbox import Sandbox


@pytest.fixture(scope="session")
def boite() -> Iterator[Sandbox]:
    """Give the real box."""
    with Sandbox(MODULES) as sandbox:
        yield sandbox
