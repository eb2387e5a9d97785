"""The short form of the kill drill: five kills of the real service, twelve deposits."""

from pathlib import Path

from tests.drills.kill9 import Plan, drill


def test_five_kills_break_no_promise(tmp_path: Path) -> None:
    """After five kills of everything, each receipt stands and each deposit has ended."""
    bilan = drill(tmp_path, Plan(nb_kills=5, nb_deposits=12), lambda _line: None)
    assert bilan.fautes == []
    assert (bilan.kills, bilan.receipts) == (5, 12)
    assert bilan.states == {"traite": 12}
