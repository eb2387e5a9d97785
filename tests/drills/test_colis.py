"""Seeded colis: the ten kinds of error are all found, and none is made up."""

from pathlib import Path

import pytest

from tests.drills import colis, kill_colis


def test_thirty_seeded_colis() -> None:
    """100 % found, 0 false, good items treated, pages in = pages out."""
    assert [] == colis.run(30, seed=20260930).fautes


@pytest.mark.nightly
def test_five_hundred_seeded_colis() -> None:
    """The same, five hundred times."""
    assert [] == colis.run(500, seed=1).fautes


@pytest.mark.nightly
def test_a_colis_survives_a_hundred_kills(tmp_path: Path) -> None:
    """Everything killed 100 times during a 200-item colis: the gap is zero at the end."""
    assert [] == kill_colis.drill(tmp_path, kills=100, items=200, seed=1).fautes
