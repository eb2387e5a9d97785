"""The second reading: what it may change on a line, and where the sheet is in a photo."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from intake.boite import relecture
from intake.boite.cadre import find_sheet
from intake.boite.lignes import mended
from intake.boite.mots import MotLu, Unite

Grille = np.ndarray[Any, Any]
PAGE = np.full((400, 1000), 255, np.uint8)


def box(x0: int, x1: int, y0: int = 100, y1: int = 130) -> Grille:
    """Return the corners of a line, clockwise from the top left."""
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def word(text: str, x0: int, x1: int, confiance: float) -> MotLu:
    """Return a word on that line."""
    return MotLu(texte=text, x0=x0, y0=102, x1=x1, y1=128, confiance=confiance)


def read_as(*answers: tuple[str, float]) -> Any:
    """Return a second reader that gives these answers in order."""

    def read(crops: Sequence[Grille]) -> list[tuple[str, float]]:
        assert len(answers) == len(crops)
        return list(answers)

    return read


def texts(unites: Sequence[Unite]) -> list[str]:
    """Return the words from left to right."""
    mots = sorted((mot for unite in unites for mot in unite.mots), key=lambda m: m.x0)
    return [mot.texte for mot in mots]


def test_printed_words_stay_and_the_hand_beside_them_is_read() -> None:
    """Only the doubtful stretch of a line goes to the second reader."""
    line = Unite([word("nom", 10, 60, 0.95), word("DuxN", 200, 300, 0.3)])

    again = relecture.read_thoroughly(
        [line], PAGE, [box(10, 300)], read_as(("DUPREY Line", 0.9))
    )

    assert ["nom", "DUPREY", "Line"] == texts(again)


def test_an_empty_stretch_is_looked_at_too() -> None:
    """Handwriting is often no word at all to the first reader."""
    line = Unite([word("prénom", 10, 90, 0.95)])

    again = relecture.read_thoroughly(
        [line], PAGE, [box(10, 400)], read_as(("Odile", 0.92))
    )

    assert ["prénom", "Odile"] == texts(again)


def test_a_worse_second_reading_changes_nothing() -> None:
    """The second reader must be surer than the first."""
    line = Unite([word("nom", 10, 60, 0.95), word("DUPREY", 200, 300, 0.8)])

    again = relecture.read_thoroughly(
        [line], PAGE, [box(10, 300)], read_as(("D P", 0.62))
    )

    assert ["nom", "DUPREY"] == texts(again)


def test_the_same_letters_keep_the_spaces_of_the_first_reading() -> None:
    """The second reader glues printed words; the first one told them apart."""
    line = Unite([word("arrêt", 10, 60, 0.7), word("de", 70, 90, 0.7)])

    again = relecture.read_thoroughly(
        [line], PAGE, [box(10, 90)], read_as(("arrêtde", 0.95))
    )

    assert ["arrêt", "de"] == texts(again)


def test_a_family_name_is_told_from_the_first_name_glued_to_it() -> None:
    """Family names stand in capitals, first names do not."""
    assert "DUPONT Marie" == mended("DUPONTMarie")
    assert "ARRÊT" == mended("ARRÊT")
    assert "10/02/2026" == mended("1@/02/2026")


def sheet_on_table(corners: Sequence[tuple[int, int]]) -> Grille:
    """Draw a white polygon on a dark table."""
    table = np.full((700, 600, 3), 60, np.uint8)
    cv2.fillPoly(table, [np.array(corners, np.int32)], (250, 250, 250))
    return table


def test_a_sheet_held_at_an_angle_is_found() -> None:
    """Its far side may be shorter than its near side."""
    found = find_sheet(sheet_on_table([(120, 60), (480, 60), (540, 640), (60, 640)]))

    assert found is not None
    assert np.abs(found - [[120, 60], [480, 60], [540, 640], [60, 640]]).max() < 15


def test_a_wedge_of_light_is_no_sheet() -> None:
    """A shadow across the sheet leaves a bright wedge: straightening it would ruin it."""
    wedge = sheet_on_table([(280, 40), (330, 40), (590, 660), (10, 660)])

    assert find_sheet(wedge) is None
