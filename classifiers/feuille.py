"""A page laid out for searching: rows, folded text, and the way back to the words.

Rows are rebuilt from positions, because text layers and photo engines give words out of
order. A gap wide as a column is written as two spaces.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from statistics import median

from rapidfuzz import fuzz

from classifiers.evidence import Mot, Page, Zone
from classifiers.text import Phrase, flat, skeleton, trigrams

_TOKEN = re.compile(r"[a-z0-9]+")
_ASPECT = 1.414
# how a gap is written
GAP_SIGNS = 2
_GAP, _CELLS, _WIDER = 1.25, 2.2, 1.9
GAPS_MIN = 4
_SAME_ROW, _COMB_ROW, _OVER = 0.5, 0.9, 0.25
_SKELETON_MIN = 10
_FUZZY_MIN, _FUZZY_SCORE, _FUZZY_GATE = 8, 84.0, 0.45
_LONG_WORD, _FUZZY_WORD = 4, 60.0


@dataclass(frozen=True, slots=True)
class Touche:
    """Where a phrase was found: offsets in the folded text, and how well (0 to 1)."""

    debut: int
    fin: int
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Rang:
    """One row of the page: its span in the text, and its height on the page."""

    debut: int
    fin: int
    haut: float
    bas: float

    @property
    def milieu(self) -> float:
        """Half-way down the row."""
        return (self.haut + self.bas) / 2


class Passage:
    """Some words in order, as one text; `plat` is its folding, sign for sign."""

    def __init__(self, rows: Iterable[Sequence[Mot]], page: int, aspect: float) -> None:
        self.page = page
        self.mots: list[Mot] = []
        self._debuts: list[int] = []
        self.rangs: list[Rang] = []
        pieces: list[str] = []
        at = 0
        for row in rows:
            start, previous = at, None
            usual = _usual_gap(row)
            for mot in row:
                if previous is not None:
                    space = "  " if _is_gap(previous, mot, aspect, usual) else " "
                    pieces.append(space)
                    at += len(space)
                self.mots.append(mot)
                self._debuts.append(at)
                pieces.append(mot.texte)
                at += len(mot.texte)
                previous = mot
            self.rangs.append(_rang(row, start, at))
            pieces.append("\n")
            at += 1
        self.texte = "".join(pieces)
        self.plat = "\n".join(flat(part) for part in self.texte.split("\n"))

    def words(self, debut: int, fin: int) -> list[Mot]:
        """Return the words that these offsets touch."""
        first = max(bisect_right(self._debuts, debut) - 1, 0)
        last = bisect_right(self._debuts, max(fin - 1, debut))
        return self.mots[first:last]

    def zone(self, debut: int, fin: int) -> Zone | None:
        """Return the rectangle around these offsets."""
        words = self.words(debut, fin)
        if not words:
            return None
        zone = words[0].zone
        for mot in words[1:]:
            zone = zone.around(mot.zone)
        return zone

    def confiance(self, debut: int, fin: int) -> float:
        """Return how sure the reader was of these words, 0 to 1."""
        words = self.words(debut, fin)
        return sum(m.confiance for m in words) / len(words) if words else 0.0

    def rang_at(self, offset: int) -> int:
        """Return the number of the row that holds this offset."""
        starts = [rang.debut for rang in self.rangs]
        return max(bisect_right(starts, offset) - 1, 0)


class Feuille(Passage):
    """A whole page, with what the search needs computed once."""

    def __init__(self, page: Page) -> None:
        ratio = page.hauteur_px / page.largeur_px if page.largeur_px else _ASPECT
        super().__init__(_rows(page.mots), page.numero, ratio)
        self.evidence = page
        self.aspect = ratio
        self._found: dict[tuple[str, bool], list[Touche]] = {}
        heights = [mot.zone.hauteur for mot in page.mots if mot.texte.strip()]
        self.hauteur = median(heights) if heights else 0.01

    @cached_property
    def _jetons(self) -> tuple[str, list[int], list[tuple[int, int]]]:
        spans = _joined_letters(self.plat)
        pieces, starts, at = [" "], [], 1
        for debut, fin in spans:
            word = _TOKEN.findall(self.plat[debut:fin])
            text = "".join(word)
            starts.append(at)
            pieces += [text, " "]
            at += len(text) + 1
        return "".join(pieces), starts, spans

    @cached_property
    def is_capital(self) -> bool:
        """Tell whether the page is written in capitals: they mark no title there."""
        letters = [c for c in self.texte if c.isalpha()]
        return 2 * sum(c.isupper() for c in letters) > len(letters)

    @property
    def jetons(self) -> str:
        """The folded words of the page between single spaces."""
        return self._jetons[0]

    @cached_property
    def _squelette(self) -> tuple[str, list[int]]:
        text, starts, _ = self._jetons
        pieces, at, offsets = [], 0, []
        for word in text.split():
            bone = skeleton(word)
            offsets.append(at)
            pieces.append(bone)
            at += len(bone)
        del starts
        return "".join(pieces), offsets

    @cached_property
    def _trigrammes(self) -> frozenset[str]:
        return trigrams(self.jetons)

    def exact(self, phrase: Phrase) -> Iterator[Touche]:
        """Yield every place where the folded words stand."""
        text, starts, spans = self._jetons
        wanted = phrase.cadre
        at = text.find(wanted)
        while at >= 0:
            first = bisect_right(starts, at + 1) - 1
            last = bisect_right(starts, at + len(wanted) - 2) - 1
            yield Touche(spans[first][0], spans[last][1])
            at = text.find(wanted, at + 1)

    def find(self, phrase: Phrase, *, fuzzy: bool = True) -> list[Touche]:
        """Find a phrase: as it is, else with usual misreadings, else nearly."""
        key = (phrase.texte, fuzzy)
        if key not in self._found:
            self._found[key] = self._search(phrase, fuzzy=fuzzy)
        return self._found[key]

    def _search(self, phrase: Phrase, *, fuzzy: bool) -> list[Touche]:
        found = list(self.exact(phrase))
        if found or len(phrase.mots) < _FUZZY_MIN:
            return found
        near = self._by_skeleton(phrase)
        if near is None and fuzzy:
            near = self._nearly(phrase)
        return [near] if near else []

    def _by_skeleton(self, phrase: Phrase) -> Touche | None:
        if len(phrase.squelette) < _SKELETON_MIN:
            return None
        text, offsets = self._squelette
        at = text.find(phrase.squelette)
        if at < 0:
            return None
        spans = self._jetons[2]
        first = bisect_right(offsets, at) - 1
        last = bisect_right(offsets, at + len(phrase.squelette) - 1) - 1
        return Touche(spans[first][0], spans[last][1], 0.95)

    def _nearly(self, phrase: Phrase) -> Touche | None:
        wanted = phrase.trigrammes
        if len(wanted & self._trigrammes) < _FUZZY_GATE * len(wanted):
            return None
        text, starts, spans = self._jetons
        best = fuzz.partial_ratio_alignment(
            phrase.mots, text, score_cutoff=_FUZZY_SCORE
        )
        if best is None:
            return None
        first = max(bisect_right(starts, best.dest_start + 1) - 1, 0)
        last = max(bisect_right(starts, max(best.dest_end - 2, 0)) - 1, first)
        read = [text[starts[k] :].split(" ", 1)[0] for k in range(first, last + 1)]
        if not _has_each_word(phrase.mots, read):
            return None
        return Touche(spans[first][0], spans[last][1], best.score / 100)

    def segment(self, touche: Touche) -> tuple[int, int]:
        """Return the span of the run of words, without a wide gap, around a phrase."""
        rang = self.rangs[self.rang_at(touche.debut)]
        left = self.texte.rfind("  ", rang.debut, touche.debut)
        debut = rang.debut if left < 0 else left + 2
        end_row = self.rangs[self.rang_at(max(touche.fin - 1, touche.debut))]
        right = self.texte.find("  ", touche.fin, end_row.fin)
        return debut, end_row.fin if right < 0 else right

    def after(self, touche: Touche) -> Passage:
        """Return what follows a phrase on its row."""
        rang = self.rangs[self.rang_at(max(touche.fin - 1, touche.debut))]
        words = list(self.words(touche.fin, rang.fin)) if touche.fin < rang.fin else []
        first = self.words(touche.fin - 1, touche.fin)
        rest = [m for m in words if m not in first]
        return Passage([rest], self.page, self.aspect)

    def below(
        self, touche: Touche, *, rows: int = 1, bare: bool = False, reach: float = 0.3
    ) -> Passage:
        """Return the words of the next rows that stand under a phrase.

        `reach` is how far right of the phrase they may go (share of the page); with
        `bare`, words led by a label of their own are left out.
        """
        zone = self.zone(touche.debut, touche.fin)
        number = self.rang_at(max(touche.fin - 1, touche.debut))
        picked: list[list[Mot]] = []
        for rang in self.rangs[number + 1 : number + 1 + rows]:
            if zone is None:
                break
            low, high = zone.x - 0.02, zone.droite + reach
            words = self._bare(rang) if bare else self._row(rang)
            picked.append(
                [m for m in words if low <= m.zone.x + m.zone.largeur / 2 <= high]
            )
        return Passage(picked, self.page, self.aspect)

    def _row(self, rang: Rang) -> list[Mot]:
        return self.words(rang.debut, rang.fin) if rang.fin > rang.debut else []

    def _bare(self, rang: Rang) -> list[Mot]:
        """Return the words of a row in segments that start with figures."""
        kept: list[Mot] = []
        at = rang.debut
        for part in self.texte[rang.debut : rang.fin].split("  "):
            lead = re.match(r"[^0-9]*", flat(part))
            letters = sum(c.isalpha() for c in lead.group()) if lead else 0
            if part.strip() and letters <= 3:  # noqa: PLR2004
                kept += self.words(at, at + len(part))
            at += len(part) + 2
        return kept


def _has_each_word(wanted: str, read: Sequence[str]) -> bool:
    """Tell whether each long word of a phrase was nearly read: a birth is not a death."""
    whole = "".join(read)
    return all(
        any(fuzz.ratio(word, other) >= _FUZZY_WORD for other in read)
        or fuzz.partial_ratio(word, whole) >= _FUZZY_SCORE
        for word in wanted.split()
        if len(word) >= _LONG_WORD
    )


def _usual_gap(row: Sequence[Mot]) -> float:
    """Return the usual space of a row, 0 when too few words tell it."""
    if len(row) < GAPS_MIN:
        return 0.0
    return median(max(b.zone.x - a.zone.droite, 0.0) for a, b in pairwise(row))


def _is_gap(left: Mot, right: Mot, aspect: float, usual: float) -> bool:
    height = max(left.zone.hauteur, right.zone.hauteur)
    if len(left.texte) == 1 and len(right.texte) == 1:
        # two cells of one comb
        height *= _CELLS
    return right.zone.x - left.zone.droite > max(_GAP * height * aspect, _WIDER * usual)


def _rang(row: Sequence[Mot], debut: int, fin: int) -> Rang:
    if not row:
        return Rang(debut, fin, 0.0, 0.0)
    return Rang(
        debut, fin, min(m.zone.y for m in row), max(m.zone.bas for m in row)
    )  # fmt: skip


def _rows(mots: Sequence[Mot]) -> list[list[Mot]]:
    """Put the lines of the reader side by side when they stand on one row."""
    lines: dict[int, list[Mot]] = {}
    for mot in mots:
        if mot.texte.strip():
            lines.setdefault(mot.ligne, []).append(mot)
    rows: list[tuple[float, float, list[Mot]]] = []
    for words in sorted(lines.values(), key=_centre):
        centre, height = _centre(words), median(m.zone.hauteur for m in words)
        if rows and _fits(rows[-1], words, centre, height):
            rows[-1][2].extend(words)
        else:
            rows.append((centre, height, list(words)))
    return [sorted(row, key=lambda m: m.zone.x) for _, _, row in rows]


def _centre(words: Sequence[Mot]) -> float:
    return median(m.zone.y + m.zone.hauteur / 2 for m in words)


def _fits(
    row: tuple[float, float, list[Mot]],
    words: Sequence[Mot],
    centre: float,
    height: float,
) -> bool:
    near = abs(centre - row[0]) < _SAME_ROW * min(height, row[1])
    tiny = all(len(m.texte) == 1 for m in words)
    # the figures of one comb may be read as two lines, each skipping cells
    near = near or (tiny and abs(centre - row[0]) < _COMB_ROW * max(height, row[1]))
    return near and not any(_collide(m, n) for m in row[2] for n in words)


def _collide(left: Mot, right: Mot) -> bool:
    """Tell whether two words stand one above the other."""
    both = min(left.zone.droite, right.zone.droite) - max(left.zone.x, right.zone.x)
    return both > _OVER * min(left.zone.largeur, right.zone.largeur)


def _joined_letters(plat: str) -> list[tuple[int, int]]:
    """Return the spans of words; letters set wide apart are one word again."""
    spans: list[tuple[int, int]] = []
    run: list[tuple[int, int]] = []
    for found in _TOKEN.finditer(plat):
        span = found.span()
        alone = span[1] - span[0] == 1 and found.group().isalpha()
        touching = (
            bool(run)
            and span[0] - run[-1][1] <= GAP_SIGNS
            and "\n" not in plat[run[-1][1] : span[0]]
        )
        if alone and (not run or touching):
            run.append(span)
            continue
        spans += _flushed(run)
        run = [span] if alone else []
        if not alone:
            spans.append(span)
    return spans + _flushed(run)


def _flushed(run: list[tuple[int, int]]) -> list[tuple[int, int]]:
    if len(run) >= 4:  # noqa: PLR2004
        return [(run[0][0], run[-1][1])]
    return run
