"""One file, its papers: titles, page numbers, separators, blank sheets."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.decoupage import page_number, split
from classifiers.evidence import CodeBarres, Origine, Page, Zone
from classifiers.text import flat
from tests.classifiers.feuillets import page
from tests.classifiers.modeles import MODELES

BLANK = "·"


def numbers(*pages: Page) -> list[tuple[int, ...]]:
    """Return the page numbers of each paper."""
    return [paper.numeros for paper in split(pages)]


def sheet(numero: int, *lines: str) -> Page:
    """Lay lines on a numbered page."""
    return page(*lines, numero=numero)


def model(code: str, numero: int, rank: int = 0) -> Page:
    """Lay a known layout on a numbered page."""
    return page(*MODELES[code][rank], numero=numero)


def test_titles_of_other_types_start_papers() -> None:
    """Two papers in one file are two papers."""
    assert [(1,), (2,), (3,)] == numbers(
        model("CMATMP", 1), model("AAT", 2), model("RIB", 3)
    )


def test_a_page_without_title_continues() -> None:
    """The second page of an arrêté bears no title."""
    assert [(1, 2)] == numbers(
        model("ARRETE", 1), sheet(2, "Article 3 : le directeur est chargé", "Le Maire")
    )


def test_page_numbers_keep_together() -> None:
    """« page 2/2 » continues even under a title."""
    assert [(1, 2)] == numbers(
        sheet(1, *MODELES["ENQUETE"][0], "page 1/2"),
        sheet(2, "# ENQUÊTE ADMINISTRATIVE (suite)", "page 2/2", "conclusion"),
    )


def test_first_page_number_starts_a_paper() -> None:
    """« page 1/2 » begins something, even when its title is unknown."""
    assert [(1,), (2, 3)] == numbers(
        model("RIB", 1),
        sheet(2, "Tableau des effectifs", "page 1/2"),
        sheet(3, "suite du tableau", "page 2/2"),
    )


def test_same_type_other_person_is_another_paper() -> None:
    """Two payslips of two months are two papers; a repeated heading is one."""
    march = sheet(
        1,
        "# BULLETIN DE PAIE",
        "Période : mars 2026",
        "Matricule : 4471",
        "net à payer 1 700,00",
        "traitement de base indiciaire",
    )
    april = sheet(
        2,
        "# BULLETIN DE PAIE",
        "Période : avril 2026",
        "Matricule : 4471",
        "net à payer 1 700,00",
        "traitement de base indiciaire",
    )
    again = sheet(
        3,
        "# BULLETIN DE PAIE",
        "Période : avril 2026",
        "Matricule : 4471",
        "net à payer 1 700,00",
        "traitement de base indiciaire",
    )

    assert [(1,), (2, 3)] == numbers(march, april, again)


def test_blank_pages_belong_to_no_paper() -> None:
    """Blank backs are left out; a file blank from end to end is one paper."""
    back = page(BLANK, numero=2, is_blanche=True)

    assert [(1,), (3,)] == numbers(model("RIB", 1), back, model("AAT", 3))
    assert [(1, 2)] == numbers(page(numero=1), page(numero=2))
    assert [] == numbers()


def test_separators_cut_and_vanish() -> None:
    """A separator sheet cuts between two pages that would hold together."""
    code = CodeBarres(
        symbologie="QRCode",
        contenu="VAGUEMESTRE SEPARATEUR",
        zone=Zone(x=0.4, y=0.4, largeur=0.2, hauteur=0.2),
    )
    mark = Page(numero=2, codes=(code,))

    assert [(1,), (3,)] == numbers(
        model("ARRETE", 1), mark, sheet(3, "Article 3 : suite des dispositions")
    )


def test_an_unread_page_stays_with_its_paper() -> None:
    """A page nobody could read is kept with the paper before it."""
    unread = Page(numero=2, origine=Origine.ILLISIBLE, is_illisible=True)

    assert [(1, 2)] == numbers(model("AAT", 1), unread)
    assert [(2,)] == numbers(unread)


def test_a_letter_of_two_pages_is_one() -> None:
    """The second page of a letter bears its polite formulas, not a new letter."""
    first = sheet(
        1, "Objet : dossier", "Madame, Monsieur,", "Je vous informe de la suite"
    )
    second = sheet(
        2,
        "donnée à ce dossier. Veuillez agréer, Madame, Monsieur,",
        "mes salutations distinguées. Je reste à votre disposition.",
    )

    assert [(1, 2)] == numbers(first, second)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("page 2/3", (2, 3)),
        ("Page 1 sur 4", (1, 4)),
        ("p. 2/2", (2, 2)),
        ("- 2/3 -", (2, 3)),
        ("le 12/03/2026", None),
        ("page 5/3", None),
        ("1/2 journée", None),
    ],
)
def test_page_number(text: str, expected: tuple[int, int] | None) -> None:
    """Page numbers are not dates nor fractions."""
    assert expected == page_number(flat(text))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([*sorted(MODELES), "vide", "suite"]), max_size=6))
def test_no_written_page_is_lost(kinds: list[str]) -> None:
    """Lay a known layout on a numbered page."""
    """Lay lines on a numbered page."""
    """Return the page numbers of each paper."""
    """Every written page is in one paper and one only, in order."""
    pages = [
        page(numero=n)
        if kind == "vide"
        else sheet(n, "et la suite du texte")
        if kind == "suite"
        else model(kind, n)
        for n, kind in enumerate(kinds, start=1)
    ]
    written = [n for n, kind in enumerate(kinds, start=1) if kind != "vide"]
    found = [n for paper in split(pages) for n in paper.numeros]

    assert (written or list(range(1, len(kinds) + 1))) == found
