"""A name looked for on the lines of a page, with the words it was read from.

Reading slips are forgiven to long names only; a name inside another word is not read. Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz

from classifiers.evidence import Mot, Zone
from records.noms import fold

_MIN_FUZZY = 5
_LONG = 8
_CLOSE, _CLOSE_LONG = 86.0, 80.0
_WEAK = 68.0


@dataclass(frozen=True, slots=True)
class Ligne:
    """One line of a page, squeezed, with the word behind each letter."""

    texte: str
    owner: tuple[int, ...]
    mots: tuple[Mot, ...]
    page: int
    rank: int


@dataclass(frozen=True, slots=True)
class NomLu:
    """A name found: how well, on which line, over which words."""

    score: float
    ligne: Ligne
    premier: int
    dernier: int

    @property
    def zone(self) -> Zone:
        """Return the box around its words."""
        zone = self.ligne.mots[self.premier].zone
        for mot in self.ligne.mots[self.premier : self.dernier + 1]:
            zone = zone.around(mot.zone)
        return zone

    @property
    def lu(self) -> str:
        """Return its words as they were read."""
        words = self.ligne.mots[self.premier : self.dernier + 1]
        return " ".join(mot.texte for mot in words)


def line_of(mots: tuple[Mot, ...], page: int, rank: int) -> Ligne:
    """Squeeze the words of one line; `rank` counts the lines of the page from 0."""
    letters: list[str] = []
    owner: list[int] = []
    for index, mot in enumerate(mots):
        folded = fold(mot.texte).replace(" ", "")
        letters.append(folded)
        owner.extend([index] * len(folded))
    return Ligne("".join(letters), tuple(owner), mots, page, rank)


def find_name(lignes: list[Ligne], name: str, *, weak: bool) -> Iterator[NomLu]:
    """Find a squeezed name as whole words of a line, OCR slips forgiven."""
    if not name:
        return
    limit = _CLOSE_LONG if len(name) >= _LONG else _CLOSE
    if weak:
        limit = _WEAK
    for ligne in lignes:
        position = ligne.texte.find(name)
        while position >= 0:
            spot = _whole(ligne, position, position + len(name))
            if spot is not None:
                yield NomLu(1.0, ligne, *spot)
                break
            position = ligne.texte.find(name, position + 1)
        else:
            if len(name) >= _MIN_FUZZY and len(ligne.texte) >= len(name) - 1:
                found = fuzz.partial_ratio_alignment(
                    name, ligne.texte, score_cutoff=limit
                )
                if found is not None and found.dest_end > found.dest_start:
                    span = (found.dest_start, found.dest_end)
                    spot = _whole(ligne, *span, slack=1)
                    if spot is not None:
                        yield NomLu(found.score / 100, ligne, *spot)
                    else:
                        yield from _by_words(ligne, name, span, limit)


def _by_words(
    ligne: Ligne, name: str, span: tuple[int, int], limit: float
) -> Iterator[NomLu]:
    """Compare with the whole words about a span: the last letter may be misread."""
    low, high = max(span[0] - 1, 0), min(span[1] + 1, len(ligne.owner)) - 1
    best: tuple[float, int, int] | None = None
    for first in range(ligne.owner[low], ligne.owner[high] + 1):
        for last in range(first, ligne.owner[high] + 1):
            read = "".join(
                letter
                for letter, owner in zip(ligne.texte, ligne.owner, strict=True)
                if first <= owner <= last
            )
            if len(read) > len(name) + 1:
                break
            score = fuzz.ratio(name, read, score_cutoff=limit)
            if score and (best is None or score > best[0]):
                best = (score, first, last)
    if best is not None:
        yield NomLu(best[0] / 100, ligne, best[1], best[2])


def _whole(
    ligne: Ligne, start: int, end: int, *, slack: int = 0
) -> tuple[int, int] | None:
    """Return the words covered when the span starts and ends with a word, or None."""
    first, last = ligne.owner[start], ligne.owner[end - 1]
    word_start = ligne.owner.index(first)
    word_end = len(ligne.owner) - ligne.owner[::-1].index(last)
    if start - word_start > slack or word_end - end > slack:
        return None
    return first, last
