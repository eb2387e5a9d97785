"""The night of letters killed in its middle: nothing twice, nothing skipped."""

from pathlib import Path

import pytest

from tests.drills.nuit import drill


@pytest.mark.parametrize(
    ("kills", "places"),
    [(2, 60), pytest.param(50, 1200, marks=pytest.mark.nightly)],
)
def test_a_night_killed_in_its_middle(tmp_path: Path, kills: int, places: int) -> None:
    """Killed, run again, killed again: each letter once, numbers without a hole."""
    bilan = drill(tmp_path, kills, places, lambda _line: None)

    assert [] == bilan.fautes
    assert kills == bilan.arrets == bilan.en_route
    assert (places, 0) == (bilan.courriers, bilan.rejoues)
