"""Words in reading order: rows across the page, left to right, whoever read them.

Text layer, tesseract and the photo engine group words differently; a label and its value
far to the right must end on one row whichever of them read the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

# a unit this many times taller than the others is a seal or a logo: a row of its own
TALL = 2.5
OVERLAP = 0.5
# a bold capital has four straight sides too: its word gives it away
SURE, WORD, WIDER = 0.7, 2, 1.6


@dataclass(frozen=True, slots=True, kw_only=True)
class MotLu:
    """One word in pixels (or any unit) of the upright page; confidence 0 to 1."""

    texte: str
    x0: float
    y0: float
    x1: float
    y1: float
    confiance: float = 1.0


@dataclass(frozen=True, slots=True)
class Unite:
    """Words known to stand on one line."""

    mots: Sequence[MotLu]

    @property
    def haut(self) -> float:
        """Top edge."""
        return median(mot.y0 for mot in self.mots)

    @property
    def bas(self) -> float:
        """Bottom edge."""
        return median(mot.y1 for mot in self.mots)


@dataclass(slots=True)
class _Rang:
    haut: float
    bas: float
    unites: list[Unite] = field(default_factory=list)


def ranger(
    unites: Sequence[Unite], largeur: float, hauteur: float
) -> list[list[object]]:
    """Return the words as JSON lists, in fractions, numbered by row."""
    return [
        _entry(mot, ligne, largeur, hauteur)
        for ligne, mots in enumerate(rows(unites))
        for mot in mots
    ]


def rows(unites: Sequence[Unite]) -> list[list[MotLu]]:
    """Group units into rows, top to bottom, each from left to right."""
    kept = sorted((unite for unite in unites if unite.mots), key=_middle)
    if not kept:
        return []
    usual = median(unite.bas - unite.haut for unite in kept)
    rangs: list[_Rang] = []
    for unite in kept:
        rang = _rang_for(unite, rangs, usual)
        if rang is None:
            rang = _Rang(unite.haut, unite.bas)
            rangs.append(rang)
        rang.unites.append(unite)
    return [
        sorted((mot for unite in rang.unites for mot in unite.mots), key=_left)
        for rang in rangs
    ]


def _rang_for(unite: Unite, rangs: Sequence[_Rang], usual: float) -> _Rang | None:
    """Find the row a unit stands on, among the last ones."""
    height = unite.bas - unite.haut
    if height > TALL * usual:
        return None
    for rang in reversed(rangs[-4:]):
        rang_height = rang.bas - rang.haut
        if rang_height > TALL * usual:
            continue
        common = min(unite.bas, rang.bas) - max(unite.haut, rang.haut)
        if common > OVERLAP * min(height, rang_height) and not _collides(unite, rang):
            return rang
    return None


def _collides(unite: Unite, rang: _Rang) -> bool:
    """Tell whether the unit would overwrite words of the row (two tight lines)."""
    for other in rang.unites:
        for left in other.mots:
            for right in unite.mots:
                common = min(left.x1, right.x1) - max(left.x0, right.x0)
                if common > OVERLAP * min(left.x1 - left.x0, right.x1 - right.x0):
                    return True
    return False


def is_within_word(
    frame: tuple[float, float, float, float], mots: Sequence[MotLu]
) -> bool:
    """Tell whether a frame (x, y, width, height) is a letter of a word surely read."""
    x, y, width, height = frame
    middle_x, middle_y = x + width / 2, y + height / 2
    return any(
        mot.confiance >= SURE
        and sum(letter.isalpha() for letter in mot.texte) >= WORD
        and mot.x0 < middle_x < mot.x1
        and mot.y0 < middle_y < mot.y1
        and mot.x1 - mot.x0 > WIDER * width
        for mot in mots
    )


def _middle(unite: Unite) -> float:
    return (unite.haut + unite.bas) / 2


def _left(mot: MotLu) -> float:
    return mot.x0


def _entry(mot: MotLu, ligne: int, largeur: float, hauteur: float) -> list[object]:
    x0, x1 = max(mot.x0, 0.0) / largeur, max(mot.x1, 0.0) / largeur
    y0, y1 = max(mot.y0, 0.0) / hauteur, max(mot.y1, 0.0) / hauteur
    return [
        mot.texte,
        *(round(value, 5) for value in (x0, y0, x1 - x0, y1 - y0)),
        round(mot.confiance, 3),
        ligne,
    ]
