"""Rules and walls of a form are taken away before it is read; letters stay."""

import cv2
import numpy as np

from intake.boite import traits


def a_field(*, walls: bool) -> traits.Grille:
    """Draw a framed field holding « HI 1 » between two rules 44 pixels apart."""
    gris = np.full((200, 700), 255, np.uint8)
    for y in (60, 104):
        cv2.line(gris, (100, y), (600, y), 0, 2)
    if walls:
        for x in (100, 600):
            cv2.line(gris, (x, 60), (x, 104), 0, 2)
    cv2.putText(gris, "HI 1", (112, 95), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 0, 2)
    return gris


def test_the_walls_of_a_field_go_and_its_letters_stay() -> None:
    """A wall read as a letter makes « 108:45 » of « 08:45 »."""
    gris = a_field(walls=True)
    ink = traits.binarise(gris)
    regles = traits.find_rules(ink)
    cleaned = gris.copy()
    traits.erase_rules(cleaned, ink, regles)

    assert 2 == len(regles.murs)
    assert (cleaned[66:98, 96:105] == 255).all()
    assert (cleaned[66:98, 595:606] == 255).all()
    assert (cleaned[66:100, 110:250] < 128).sum() == (gris[66:100, 110:250] < 128).sum()


def test_letters_between_two_rules_are_no_walls() -> None:
    """A stem that stops short of the rules is a letter."""
    assert () == traits.find_rules(traits.binarise(a_field(walls=False))).murs
