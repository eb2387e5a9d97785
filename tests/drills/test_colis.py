"""Seeded colis: the ten kinds of error are all found, and none is made up."""

from pathlib import Path

import pytest

from tests.drills import colis, kill_colis, lots


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


def test_a_batch_without_separators_is_split() -> None:
    """Boundaries by titles, numbers and types: F1 of 0.90 at least, no silent error."""
    bilan = lots.run(2, 12, is_scanned=False)

    assert [] == bilan.muettes
    assert bilan.f1 >= 0.9


@pytest.mark.nightly
def test_scanned_batches_without_separators_are_split() -> None:
    """The same, read by OCR, a hundred papers."""
    bilan = lots.run(5, 20, is_scanned=True)

    assert [] == bilan.muettes
    assert bilan.f1 >= 0.9
