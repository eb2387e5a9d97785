"""The whole product on the project's own corpus: no line ever closes that should not."""

import json
from pathlib import Path

import pytest

from tests.bilan import rapport
from tests.bilan.jeu import play
from tests.bilan.modele import Bilan, figures
from tests.fabrique.corpus import write

pytestmark = pytest.mark.ocr

GRAINE, NOMBRE = 2026, 40
# measured: 40 of 40, 28 of 34, 104 of 118; a little less, so that a drop is seen
TYPES_JUSTES = 0.95
LIES = 0.75
EXACTS = 0.85


@pytest.fixture(scope="session")
def bilan(tmp_path_factory: pytest.TempPathFactory) -> Bilan:
    """Make the corpus, play it once through real workers, print the report."""
    folder = tmp_path_factory.mktemp("corpus")
    write(folder, GRAINE, NOMBRE)
    home = tmp_path_factory.mktemp("produit")
    played = play(folder, home, nb_workers=2, patience_s=900)
    print("\n".join(rapport.lines(played)))
    return played


def test_no_wrong_closing(bilan: Bilan) -> None:
    """Never a line that the truth does not list, whatever the paper."""
    assert [] == bilan.fautives


def test_reserved_papers_close_nothing(bilan: Bilan) -> None:
    """What nobody may guess is left to a person."""
    assert ["rien"] * len(bilan.reserves) == [note.lien for note in bilan.reserves]


def test_every_deposit_reaches_its_end(bilan: Bilan) -> None:
    """No deposit is left waiting, and each file has papers or a reason."""
    assert [] == bilan.en_suspens
    assert NOMBRE == len(bilan.recus)
    silent = [one.fichier for one in bilan.recus if not one.documents and not one.code]
    blank = {note.fichier for note in bilan.notes if note.type == "BLANCHE"}
    assert set(silent) <= blank


def test_typing_holds(bilan: Bilan) -> None:
    """Types are right as often as measured, and rarely wrong."""
    n = figures(bilan)

    assert n["types_justes"] >= TYPES_JUSTES * n["documents"]


def test_no_type_is_lost_or_confused(bilan: Bilan) -> None:
    """No paper takes another's type; a type is withheld only of a page left unread."""
    wrong = [note.fichier for note in bilan.notes if note.typage == "faux"]
    withheld = [
        note.fichier
        for note in bilan.notes
        if note.typage == "abstenu" and "illisible" not in note.cause
    ]

    assert [] == wrong
    assert [] == withheld


def test_linking_holds(bilan: Bilan) -> None:
    """Lines close by themselves as often as measured."""
    n = figures(bilan)

    assert n["fermants_lies"] >= LIES * n["fermants"]


def test_fields_hold(bilan: Bilan) -> None:
    """Fields of legible scans are exact as often as measured."""
    n = figures(bilan)

    assert n["champs_exacts"] >= EXACTS * n["champs_bonne_lisibilite"]


def test_report_is_written(bilan: Bilan, tmp_path: Path) -> None:
    """The figures can be read by a machine and pasted in the README."""
    rapport.write_json(bilan, tmp_path / "bilan.json")
    read = json.loads((tmp_path / "bilan.json").read_text("utf-8"))

    assert figures(bilan) == read["chiffres"]
    assert "Fermetures fausses" in rapport.markdown(bilan, "corpus")
