"""Where the papers of a batch begin: each boundary with its reason, sure or suspected.

A batch mixes people, so a doubt is never silent: a suspected boundary is said whether it
was followed or not, and the papers on both sides wait for a person.
"""

import enum
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from classifiers import decoupage
from classifiers.decoupage import Debut, Vue
from classifiers.ensemble import is_blank
from classifiers.evidence import Liasse, Page
from classifiers.text import fold
from classifiers.verdict import Certitude, Verdict

# a separator sheet says little beside its code
SHEET_WORDS = 30
PATCH = "PATCH"
_SHEET = re.compile(
    r"\b(?:separateur|separator|intercalaire|patch|nouveau document|nouveau pli|"
    r"debut de document|feuille de separation)\b"
)
# two pages of one scanned paper have the same shape, within this share
SHAPE_GAP = 0.04

Judge = Callable[[Liasse], Verdict]


class Genre(enum.Enum):
    """What tells a boundary: code, and how the strip says it."""

    CODE = ("code", "feuille séparatrice à code")
    BARRES = ("barres", "feuille séparatrice à barres")
    ANNONCE = ("annonce", "pages annoncées par la liste")
    NUMEROTATION = ("numerotation", "numérotation des pages")
    TITRE = ("titre", "nouveau titre, ou autre personne")
    BLANCHE = ("blanche", "page blanche")
    TYPE = ("type", "autre genre de document")
    FORMAT = ("format", "autre format de page")
    PERSONNE = ("personne", "décision d’une personne")

    def __init__(self, code: str, label: str) -> None:
        self.code = code
        self.label = label


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupure:
    """A boundary before a page: followed or not, sure or suspected."""

    page: int
    genre: Genre
    is_faite: bool = True
    is_sure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoupe:
    """The papers of a batch, its separator sheets, its boundaries."""

    liasses: tuple[Liasse, ...]
    separateurs: frozenset[int]
    coupures: tuple[Coupure, ...]


def separators(pages: Sequence[Page]) -> dict[int, Genre]:
    """Return the separator sheets of a batch, and what makes each one.

    A sheet with a code and few words is one when it says so, or when its code (figures
    aside) comes back in the batch; alone and silent, it may be somebody's paper.
    """
    sheets: dict[int, Genre] = {}
    waiting: dict[int, list[str]] = {}
    for page in pages:
        if decoupage.is_separator(page):
            sheets[page.numero] = Genre.CODE
        elif any(code.symbologie == PATCH for code in page.codes):
            sheets[page.numero] = Genre.BARRES
        elif page.codes and len(page.mots) <= SHEET_WORDS:
            if _SHEET.search(fold(page.texte)):
                sheets[page.numero] = Genre.CODE
            else:
                waiting[page.numero] = [_shape(c.contenu) for c in page.codes]
    known = Counter(shape for shapes in waiting.values() for shape in set(shapes))
    for numero, shapes in waiting.items():
        if any(known[shape] > 1 for shape in shapes):
            sheets[numero] = Genre.CODE
    return sheets


def _shape(contenu: str) -> str:
    return re.sub(r"\d+", "#", contenu.strip().upper())


def cut(pages: Sequence[Page], judge: Judge) -> Decoupe:
    """Return the papers of a batch without a list; blank pages belong to none."""
    sheets = separators(pages)
    papers: list[list[Vue]] = []
    coupures: list[Coupure] = []
    between: list[Page] = []
    for page in pages:
        if page.numero in sheets or is_blank(page):
            between.append(page)
            continue
        vue = decoupage.look(page)
        found = None
        if papers:
            found = _boundary(papers[-1], vue, between, sheets, judge)
        elif any(other.numero in sheets for other in between):
            found = Coupure(page=page.numero, genre=_sheet_genre(between, sheets))
        if found is not None:
            coupures.append(found)
        if not papers or (found is not None and found.is_faite):
            papers.append([])
        papers[-1].append(vue)
        between = []
    if not papers and pages and not sheets:
        liasses: tuple[Liasse, ...] = (Liasse(pages=tuple(pages)),)
    else:
        liasses = tuple(Liasse(pages=tuple(v.page for v in paper)) for paper in papers)
    return Decoupe(
        liasses=liasses, separateurs=frozenset(sheets), coupures=tuple(coupures)
    )


def _sheet_genre(between: Iterable[Page], sheets: dict[int, Genre]) -> Genre:
    return next(sheets[page.numero] for page in between if page.numero in sheets)


def _boundary(
    paper: Sequence[Vue],
    vue: Vue,
    between: Sequence[Page],
    sheets: dict[int, Genre],
    judge: Judge,
) -> Coupure | None:
    """Say whether a page begins a paper, and how surely; None: plainly the same paper."""
    page = vue.page.numero
    before, here = paper[-1].numero_page, vue.numero_page
    follows = before is not None and here == (before[0] + 1, before[1])
    if any(other.numero in sheets for other in between):
        genre = _sheet_genre(between, sheets)
        # a sheet inside a numbered paper: somebody must look
        return Coupure(page=page, genre=genre, is_sure=not follows)
    if follows:
        return None
    if here is not None and here[0] == 1:
        return Coupure(page=page, genre=Genre.NUMEROTATION)
    if vue.debut is Debut.OUI and decoupage.starts(vue, paper):
        awaited = before is not None and before[0] < before[1]
        return Coupure(page=page, genre=Genre.TITRE, is_sure=not awaited)
    return _suspect(paper, vue, between, judge)


def _suspect(
    paper: Sequence[Vue], vue: Vue, between: Sequence[Page], judge: Judge
) -> Coupure | None:
    """Weigh what is no proof: the end of a numbering, a blank sheet, another look."""
    page, before = vue.page.numero, paper[-1].numero_page
    if before is not None and before[0] == before[1]:
        return Coupure(page=page, genre=Genre.NUMEROTATION, is_sure=False)
    continues = vue.debut is Debut.NON or (
        before is not None and vue.numero_page is None
    )
    other = _otherness(paper, vue, judge) if not continues else None
    if other is not None:
        # likely another paper: it stays, and somebody looks
        is_certain = other is Certitude.CERTAIN
        return Coupure(page=page, genre=Genre.TYPE, is_faite=is_certain, is_sure=False)
    if between and not continues:
        # the back of a sheet as often as a separator: a page begins when it says so
        return Coupure(page=page, genre=Genre.BLANCHE, is_faite=False, is_sure=False)
    if _has_other_shape(paper[-1].page, vue.page):
        return Coupure(page=page, genre=Genre.FORMAT, is_faite=False, is_sure=False)
    return None


def _otherness(paper: Sequence[Vue], vue: Vue, judge: Judge) -> Certitude | None:
    """Tell how surely a page, judged alone, is of another type or another person's."""
    alone = judge(Liasse(pages=(vue.page,)))
    first = judge(Liasse(pages=(paper[0].page,)))
    names = ("nir", "matricule")
    if any(
        name in alone.champs
        and name in first.champs
        and alone.champs[name].valeur != first.champs[name].valeur
        for name in names
    ):
        return Certitude.CERTAIN
    told = alone.certitude is not Certitude.INCONNU and alone.type != first.type
    return alone.certitude if told else None


def _has_other_shape(left: Page, right: Page) -> bool:
    if not all((left.hauteur_px, right.hauteur_px, left.largeur_px, right.largeur_px)):
        return False
    ratios = [page.largeur_px / page.hauteur_px for page in (left, right)]
    return abs(ratios[0] - ratios[1]) > SHAPE_GAP


def announced(pages: Sequence[Page], parts: Sequence[tuple[int, int]]) -> Decoupe:
    """Return the papers a list announces, by their first and last page.

    Pages it forgets make papers of their own, suspected: nothing is dropped.
    """
    sheets = frozenset(page.numero for page in pages if decoupage.is_separator(page))
    place = {
        numero: rank
        for rank, (first, last) in enumerate(parts)
        for numero in range(first, last + 1)
    }
    groups: list[tuple[int | None, list[Page]]] = []
    for page in pages:
        rank = place.get(page.numero)
        if page.numero in sheets:
            continue
        if not groups or groups[-1][0] != rank:
            groups.append((rank, []))
        groups[-1][1].append(page)
    coupures = tuple(
        Coupure(page=some[0].numero, genre=Genre.ANNONCE, is_sure=rank is not None)
        for position, (rank, some) in enumerate(groups)
        if position or rank is None
    )
    liasses = tuple(Liasse(pages=_written(some)) for _, some in groups)
    return Decoupe(liasses=liasses, separateurs=sheets, coupures=coupures)


def _written(pages: Sequence[Page]) -> tuple[Page, ...]:
    return tuple(page for page in pages if not is_blank(page)) or tuple(pages)
