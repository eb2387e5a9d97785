"""The pages of one file → its papers: where one ends and the next begins.

Conservative: a page starts a new paper only when it says so (a strong title, a first page
number, a separator); otherwise it continues the one before.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from classifiers.ensemble import SEUIL, confidence, is_blank
from classifiers.evidence import Liasse, Page
from classifiers.feuille import Feuille
from classifiers.fields import Lecture, read_fields
from classifiers.notes import Note, note_page
from classifiers.text import fold
from classifiers.verdict import AUTRE

SEPARATOR = re.compile(
    r"^(?:VAGUEMESTRE[ :-]?)?SEPARATEUR\b|^PATCH ?T\b", re.IGNORECASE
)
TITLE, FORCE, TOP = 4.5, 0.7, 0.4
FORM_FORCE = 5.0
_OF = re.compile(
    r"(?:page|p\.|feuillet|folio)\s{0,2}(\d{1,2})\s?(?:/|sur|de)\s?(\d{1,2})(?!\d|/)"
    r"|(?:^|\n|\s{2})\s{0,3}-?\s?(\d{1,2})\s?/\s?(\d{1,2})\s?-?\s*(?:\n|$)"
)
_CONTINUED = re.compile(r"\(?\bsuite\b\)?|\bverso\b|suite et fin")
# papers made of several sheets, each with its own heading
_LOOSE = frozenset({"COURRIER", AUTRE})


class Debut(Enum):
    """What a page says of its place in a paper."""

    OUI = "oui"
    NON = "non"
    MUET = "muet"


@dataclass(frozen=True, slots=True)
class Vue:
    """A page as the splitter sees it."""

    page: Page
    type: str | None
    debut: Debut
    identite: frozenset[str]
    # (2, 3) for « page 2/3 », None when it does not say
    numero_page: tuple[int, int] | None = None


def split(pages: Sequence[Page]) -> tuple[Liasse, ...]:
    """Return the papers of a file, in order; blank pages belong to none.

    A file that is blank from end to end is one paper. Never returns an empty paper.
    """
    written = [page for page in pages if not is_blank(page)]
    if not written:
        return (Liasse(pages=tuple(pages)),) if pages else ()
    papers: list[list[Vue]] = []
    cut = True
    for page in pages:
        if is_separator(page):
            cut = True
            continue
        if is_blank(page):
            continue
        vue = look(page)
        if cut or not papers or starts(vue, papers[-1]):
            papers.append([])
        papers[-1].append(vue)
        cut = False
    return tuple(Liasse(pages=tuple(vue.page for vue in paper)) for paper in papers)


def is_separator(page: Page) -> bool:
    """Tell whether the page is a separator sheet: its code says so."""
    return any(SEPARATOR.match(code.contenu.strip()) for code in page.codes)


def page_number(plat: str) -> tuple[int, int] | None:
    """Return (2, 3) for « page 2/3 »; None when the page does not say, or wrongly.

    >>> page_number("rapport - page 2/3"), page_number("le 12/03/2026")
    ((2, 3), None)
    """
    for match in _OF.finditer(plat):
        first, last = (int(n) for n in match.groups() if n is not None)
        if 1 <= first <= last:
            return first, last
    return None


def look(page: Page) -> Vue:
    """Return what a page says of its place in a paper."""
    if page.is_illisible or not page.mots:
        return Vue(page, None, Debut.MUET, frozenset())
    feuille = Feuille(page)
    notes = note_page(feuille)
    kind = _titled(notes)
    number = page_number(feuille.plat)
    head = feuille.plat[: feuille.rangs[min(5, len(feuille.rangs) - 1)].fin]
    if (number and number[0] > 1) or _CONTINUED.search(head):
        start = Debut.NON
    elif kind is not None or (number and number[0] == 1 and number[1] > 1):
        start = Debut.OUI
    else:
        start = Debut.MUET
    identity = _identity(feuille, kind) if kind else frozenset()
    return Vue(page, kind, start, identity, number)


def _titled(notes: dict[str, Note]) -> str | None:
    """Return the type a page names at its top, if it surely names one."""
    points = {code: note.total for code, note in notes.items()}
    code = max(points, key=lambda name: points[name])
    note = notes[code]
    strong = note.titre >= TITLE and note.titre_force >= FORCE and note.titre_y <= TOP
    if (strong or note.cerfa >= FORM_FORCE) and confidence(points, code) >= SEUIL:
        return code
    if code == "COURRIER" and confidence(points, code) >= SEUIL:
        return code
    return None


def _identity(feuille: Feuille, kind: str) -> frozenset[str]:
    """Return what tells two papers of one type apart: person, month, number, days."""
    lecture: Lecture = read_fields(kind, [feuille])
    names = (
        "nir",
        "matricule",
        "mois",
        "numero",
        "numero_acte",
        "debut",
        "date_at",
        "iban",
    )
    read = {f"{n}={lecture.champs[n].valeur}" for n in names if n in lecture.champs}
    if "nom_lu" in lecture.champs:
        read.add(f"nom_lu={fold(lecture.champs['nom_lu'].valeur)}")
    return frozenset(read)


def starts(vue: Vue, paper: Sequence[Vue]) -> bool:
    """Tell whether a page begins a paper rather than continues the one before."""
    if vue.debut is not Debut.OUI:
        return False
    first = paper[0]
    if vue.type is None:
        # « page 1/2 » without a title we know
        return True
    known = next((other.type for other in paper if other.type), None)
    if known is None:
        return True
    if vue.type != known:
        return not (known in _LOOSE and vue.type in _LOOSE)
    return _differs(vue.identite, first.identite)


def _differs(left: frozenset[str], right: frozenset[str]) -> bool:
    """Tell whether two pages of one type name other people, months or numbers."""
    first = dict(entry.split("=", 1) for entry in left)
    second = dict(entry.split("=", 1) for entry in right)
    return any(first[name] != second[name] for name in first.keys() & second.keys())
