"""Ticked boxes: ink speaks, words do not; doubt is « case inconnue »."""

from dataclasses import replace

import pytest

from classifiers.cases import CAS, OUI_NON, Coche, answered, chosen, chosen_near
from classifiers.evidence import Case, Mot, Page, Zone
from classifiers.feuille import Feuille
from classifiers.text import phrase
from tests.classifiers.feuillets import page

FORM = "initial    {} de prolongation    {} final    {} de rechute"


def read(sheet: Page) -> Coche | None:
    """Read the case of a page."""
    feuille = Feuille(sheet)
    return chosen(feuille, CAS, 0, len(feuille.plat))


def inked(sheet: Page, *inks: float) -> Page:
    """Give these inks to the boxes of a page."""
    cases = [
        replace(case, encre=ink) for case, ink in zip(sheet.cases, inks, strict=True)
    ]
    return replace(sheet, cases=tuple(cases))


ROW = "[ ] initial    [ ] de prolongation    [ ] final    [ ] de rechute"


@pytest.mark.parametrize(
    ("inks", "expected"),
    [
        ((0.4, 0.0, 0.0, 0.0), "initial"),
        ((0.02, 0.01, 0.03, 1.0), "rechute"),
        ((0.05, 0.14, 0.04, 0.05), "prolongation"),  # a light pencil
        ((0.11, 0.12, 0.6, 0.1), "final"),  # a dirty copy, one box full
        ((0.0, 0.0, 0.0, 0.0), None),  # a blank form
        ((0.4, 0.38, 0.0, 0.0), None),  # two ticked
        ((0.08, 0.06, 0.05, 0.07), None),  # specks
        ((0.5, 0.47, 0.52, 0.49), None),  # a black copy
    ],
)
def test_the_fullest_box_answers(inks: tuple[float, ...], expected: str | None) -> None:
    """One box clearly fuller than the others of its question answers; else nobody."""
    found = read(inked(page(ROW), *inks))

    assert expected == (found.valeur if found else None)


def test_a_form_prints_every_option_and_words_say_nothing() -> None:
    """Without any box found, a printed form has no case."""
    assert read(page("initial    de prolongation    final    de rechute")) is None


def test_a_missed_box_leaves_the_others_comparable() -> None:
    """The finder missed two boxes: the ticked one still answers, less surely."""
    sheet = page("[x] initial    [ ] de prolongation    [ ] final    [ ] de rechute")
    whole = read(sheet)
    partial = read(replace(sheet, cases=sheet.cases[:2]))

    assert whole is not None
    assert partial is not None
    assert "initial" == whole.valeur == partial.valeur
    assert partial.confiance < whole.confiance


def test_a_lone_empty_box_says_nothing() -> None:
    """An empty « non » does not mean yes."""
    sheet = page("accident causé par un tiers :    [ ] oui    [ ] non")
    feuille = Feuille(replace(sheet, cases=sheet.cases[:1]))
    touche = feuille.find(phrase("accident causé par un tiers"))[0]

    assert chosen_near(feuille, OUI_NON, touche) is None


def test_letters_taken_for_boxes_do_not_count() -> None:
    """Squares seen in the title stand by no label."""
    title = page("# certificat médical", "[ ] initial    [x] de prolongation")
    ghosts = tuple(
        Case(zone=Zone(x=x, y=0.05, largeur=0.012, hauteur=0.01), encre=0.8)
        for x in (0.3, 0.36, 0.42)
    )
    found = read(replace(title, cases=ghosts + title.cases))

    assert found is not None
    assert "prolongation" == found.valeur


def test_a_box_swallowed_by_its_word() -> None:
    """The reader took the box for a letter: « Winitial », whose zone covers it."""
    sheet = page("[x] initial    [ ] de prolongation")
    first = sheet.mots[0]
    glued = Mot(
        texte="Winitial",
        zone=replace(first.zone, x=sheet.cases[0].zone.x, largeur=0.09),
        ligne=0,
    )
    found = read(replace(sheet, mots=(glued, *sheet.mots[1:])))

    assert found is not None
    assert "initial" == found.valeur


@pytest.mark.parametrize("mark", ["☒", "☑", "[X]", "(x)", "X"])
def test_marks_in_a_text_layer_count(mark: str) -> None:
    """A software's own ticks are read when no box was found in the ink."""
    found = read(page(f"☐ initial    {mark} prolongation    ☐ final"))

    assert found is not None
    assert "prolongation" == found.valeur


def test_boxes_on_the_right_of_their_words() -> None:
    """Some forms put the box after its label."""
    sheet = page("initial [ ]    prolongation [x]    final [ ]")
    found = read(sheet)

    assert found is not None
    assert "prolongation" == found.valeur


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "initial [x]    de prolongation [ ]    final [ ]    de rechute [ ]",
            "initial",
        ),
        ("initial [ ] de prolongation [x] final [ ] de rechute [ ]", "prolongation"),
        ("initial [ ] de prolongation [ ] final [ ] de rechute [x]", "rechute"),
        ("[ ] initial [x] de prolongation [ ] final [ ] de rechute", "prolongation"),
    ],
)
def test_a_box_between_two_words_is_on_the_side_of_the_others(
    line: str, expected: str
) -> None:
    """Boxes are all before their words or all after: the ends of the row tell."""
    found = read(page(line))

    assert expected == (found.valeur if found else None)


def test_a_box_whose_neighbours_were_not_read_says_nothing() -> None:
    """One label alone was read: the ticked box may be the next one's."""
    assert read(page("[x] de prolongation")) is None


def test_a_column_of_boxes() -> None:
    """Options may stand one under the other."""
    sheet = page("[ ] initial", "[x] de prolongation", "[ ] final", "[ ] de rechute")

    found = read(sheet)

    assert found is not None
    assert "prolongation" == found.valeur


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Accident causé par un tiers : non", "false"),
        ("Accident causé par un tiers : oui, le 12/01/2026", "true"),
        ("accident causé par un tiers    oui    non", None),
        ("accident causé par un tiers :    [x] oui    [ ] non    date", "true"),
        ("accident causé par un tiers :    [ ] oui    [x] non    date", "false"),
    ],
)
def test_yes_or_no(line: str, expected: str | None) -> None:
    """Ticked, or printed alone; both printed without ink is no answer."""
    feuille = Feuille(page(line))
    touche = feuille.find(phrase("accident causé par un tiers"))[0]
    found = answered(feuille, touche)

    assert expected == (found.valeur if found else None)


def test_the_answer_is_below_the_question() -> None:
    """Give these inks to the boxes of a page."""
    """Read the case of a page."""
    """The boxes may stand on the next row."""
    feuille = Feuille(
        page("L'accident a-t-il été causé par un tiers ?", "[x] oui    [ ] non")
    )
    touche = feuille.find(phrase("causé par un tiers"))[0]
    found = answered(feuille, touche)

    assert found is not None
    assert "true" == found.valeur
    assert found.zone is not None


def test_answers_glued_by_the_reader() -> None:
    """« tiers:ouinon » is two labels in one word; their boxes still answer."""
    sheet = page("accident causé par un tiers:ouinon    date")
    glued = sheet.mots[-2].zone
    letter = glued.largeur / len("tiers:ouinon")
    boxes = tuple(
        Case(
            zone=Zone(
                x=glued.x + at * letter - 0.018, y=glued.y, largeur=0.015, hauteur=0.01
            ),
            encre=ink,
        )
        for at, ink in ((6, 0.0), (9, 0.9))
    )
    feuille = Feuille(replace(sheet, cases=boxes))
    found = answered(feuille, feuille.find(phrase("causé par un tiers"))[0])

    assert found is not None
    assert "false" == found.valeur
