"""A second reader for what the first one doubts: handwriting among print.

Tesseract reads print and loses handwriting; the line reader reads both, at ten times the
cost. Only runs of doubtful words go to it, the likeliest to matter first.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import numpy as np
from rapidfuzz import fuzz

from intake.boite import lignes
from intake.boite.mots import MotLu, Unite

Grille = np.ndarray[Any, Any]
ReadHand = Callable[[Sequence[Grille]], Sequence[tuple[str, float]]]

DOUBT = 0.6
SURE_ENOUGH = 0.8
LINE_MIN, DUST, SAME = 0.6, 0.5, 88.0
PRINTED, PRINTED_LETTERS = 0.88, 3
# in heights of the line: an empty stretch worth reading
EMPTY = 1.5
# one costs a tenth of a page: measured, the first four bring nearly all there is
CROPS_MAX = 4
# in pixels at 200 dpi: smaller is dust, taller is a drawing
HEIGHT_MIN, HEIGHT_MAX = 14, 130
WIDTH_MIN = 24
PAD_X, PAD_Y = 8, 7
LETTERS_MIN = 2


@dataclass(frozen=True, slots=True)
class _Doute:
    """A run of doubtful words on one line."""

    unite: int
    debut: int
    fin: int
    cadre: tuple[int, int, int, int]
    # it follows a word well read (« né le », « nom »), or holds figures
    is_value: bool

    @property
    def largeur(self) -> int:
        """Width in pixels."""
        return self.cadre[2] - self.cadre[0]


def read_again(
    unites: Sequence[Unite],
    gris: Grille,
    read_hand: ReadHand,
) -> list[Unite]:
    """Replace runs of doubtful words by a surer reading of the same place."""
    doubts = _doubts(unites, gris.shape)
    if not doubts:
        return list(unites)
    crops = []
    for doubt in doubts:
        x0, y0, x1, y1 = doubt.cadre
        crops.append(_with_margins(gris[y0:y1, x0:x1]))
    answers = read_hand(crops)
    changed = [list(unite.mots) for unite in unites]
    for doubt, (text, score) in reversed(list(zip(doubts, answers, strict=True))):
        words = changed[doubt.unite][doubt.debut : doubt.fin]
        if score >= SURE_ENOUGH and _is_better(text, score, words):
            changed[doubt.unite][doubt.debut : doubt.fin] = share_out(
                text, score, _frame(words)
            )
    return [Unite(mots) for mots in changed]


def read_thoroughly(
    unites: Sequence[Unite], gris: Grille, boxes: Sequence[Grille], read_hand: ReadHand
) -> list[Unite]:
    """Have the second reader read what was not surely read of every line it found.

    `boxes` are the corners of the lines found. Five times the price of the first
    reading: for papers it left in doubt. Most handwriting is no word to tesseract.
    """
    lines = [_line(box, unites) for box in boxes]
    spans = [span for line in lines for span in line.troncons]
    answers = read_hand([lignes.crop(gris, span.box) for span in spans])
    better = {
        span: words
        for span, (text, score) in zip(spans, answers, strict=True)
        if (words := _better(span, text, score))
    }
    redone = [Unite(_merged(line, better)) for line in lines if line.is_in(better)]
    gone = {mot for line in lines if line.is_in(better) for mot in line.mots}
    gone.update(_dust(unites, boxes))
    kept = [Unite([mot for mot in unite.mots if mot not in gone]) for unite in unites]
    return [unite for unite in kept if unite.mots] + redone


def _better(span: "_Troncon", text: str, score: float) -> list[MotLu]:
    """Return the words of a stretch by the second reading; nothing when no better."""
    if score < LINE_MIN or not _is_better(text, score, span.mots):
        return []
    if _says_the_same(text, span.mots):
        return [replace(mot, confiance=score) for mot in span.mots]
    return share_out(text, score, span.cadre)


def _merged(line: "_Rangee", better: Mapping["_Troncon", list[MotLu]]) -> list[MotLu]:
    """Put a line together again: sure words where they were, the others beside them."""
    new = [mot for span in line.troncons for mot in better.get(span, list(span.mots))]
    if not line.sure:
        return new
    haut, bas = median(m.y0 for m in line.sure), median(m.y1 for m in line.sure)
    return [*line.sure, *(replace(mot, y0=haut, y1=bas) for mot in new)]


def _says_the_same(text: str, mots: Sequence[MotLu]) -> bool:
    """Tell whether the first reading has the same letters, and more spaces.

    The second reader glues printed words together; the first one keeps them apart.
    """
    before = "".join(mot.texte for mot in mots).casefold()
    after = text.replace(" ", "").casefold()
    return len(mots) >= len(text.split()) and fuzz.ratio(before, after) >= SAME


def _dust(unites: Sequence[Unite], boxes: Sequence[Grille]) -> Iterator[MotLu]:
    """Yield doubtful words where the second reader sees no line: leaders, stains."""
    seen = {mot for box in boxes for mot in _words_in(box, unites)}
    for unite in unites:
        for mot in unite.mots:
            if mot.confiance < DUST and mot not in seen:
                yield mot


@dataclass(frozen=True, slots=True, eq=False)
class _Troncon:
    """A stretch of a line, and the doubtful words the first reader read there."""

    box: Grille
    mots: tuple[MotLu, ...]

    @property
    def cadre(self) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom."""
        (x0, y0), (x1, y1) = self.box.min(axis=0), self.box.max(axis=0)
        return float(x0), float(y0), float(x1), float(y1)


@dataclass(frozen=True, slots=True, eq=False)
class _Rangee:
    """A line the second reader found: words surely read, and the stretches between."""

    sure: tuple[MotLu, ...]
    troncons: tuple[_Troncon, ...]

    @property
    def mots(self) -> tuple[MotLu, ...]:
        """Return all the words of the first reading."""
        return (*self.sure, *(mot for span in self.troncons for mot in span.mots))

    def is_in(self, better: Mapping[_Troncon, list[MotLu]]) -> bool:
        """Tell whether the second reading changed it."""
        return any(span in better for span in self.troncons)


def _line(box: Grille, unites: Sequence[Unite]) -> _Rangee:
    mots = sorted(_words_in(box, unites), key=lambda mot: mot.x0)
    sure = tuple(mot for mot in mots if _is_sure(mot))
    left, right = float(box[:, 0].min()), float(box[:, 0].max())
    height = lignes.size(box)[1]
    starts = [left, *(mot.x1 for mot in sure)]
    ends = [*(mot.x0 for mot in sure), right]
    spans = []
    for start, end in zip(starts, ends, strict=True):
        inside = tuple(
            mot
            for mot in mots
            if mot not in sure and start <= (mot.x0 + mot.x1) / 2 < end
        )
        if inside or end - start > EMPTY * height:
            spans.append(_Troncon(_between(box, start, end), inside))
    return _Rangee(sure, tuple(spans))


def _is_sure(mot: MotLu) -> bool:
    """Tell whether a word holds: tesseract is sure of short bits of handwriting too."""
    letters = sum(letter.isalnum() for letter in mot.texte)
    return letters >= PRINTED_LETTERS and mot.confiance >= PRINTED


def _between(box: Grille, start: float, end: float) -> Grille:
    """Cut a line across, at these abscissas, along its slope."""
    (a, b, c, d), width = box, max(float(box[:, 0].max() - box[:, 0].min()), 1.0)
    left = float(box[:, 0].min())
    p, q = (start - left) / width, (end - left) / width
    return np.array(
        [a + (b - a) * p, a + (b - a) * q, d + (c - d) * q, d + (c - d) * p],
        np.float32,
    )


def _words_in(box: Grille, unites: Sequence[Unite]) -> Iterator[MotLu]:
    (x0, y0), (x1, y1) = box.min(axis=0), box.max(axis=0)
    for unite in unites:
        for mot in unite.mots:
            across, down = (mot.x0 + mot.x1) / 2, (mot.y0 + mot.y1) / 2
            if x0 <= across <= x1 and y0 <= down <= y1:
                yield mot


def _with_margins(crop: Grille) -> Grille:
    """Add white above and below: the reader scales by height, and costs by width."""
    margin = round(0.15 * crop.shape[0])
    return np.pad(crop, ((margin, margin), (0, 0)), constant_values=255)


def _doubts(unites: Sequence[Unite], shape: tuple[int, ...]) -> list[_Doute]:
    found: list[_Doute] = []
    for rank, unite in enumerate(unites):
        start: int | None = None
        for k, mot in enumerate((*unite.mots, None)):
            doubtful = mot is not None and mot.confiance < DOUBT
            if doubtful and start is None:
                start = k
            if not doubtful and start is not None:
                doubt = _doubt(unite, rank, (start, k), shape)
                found += [doubt] if doubt else []
                start = None
    found.sort(key=lambda doubt: (not doubt.is_value, -doubt.largeur))
    kept = found[:CROPS_MAX]
    return sorted(kept, key=lambda doubt: (doubt.unite, doubt.debut))


def _doubt(
    unite: Unite, rank: int, run: tuple[int, int], shape: tuple[int, ...]
) -> _Doute | None:
    words = unite.mots[run[0] : run[1]]
    x0, y0, x1, y1 = _frame(words)
    if x1 - x0 < WIDTH_MIN or not HEIGHT_MIN <= y1 - y0 <= HEIGHT_MAX:
        return None
    cadre = (
        max(int(x0) - PAD_X, 0),
        max(int(y0) - PAD_Y, 0),
        min(int(x1) + PAD_X, shape[1]),
        min(int(y1) + PAD_Y, shape[0]),
    )
    figures = sum(letter.isdigit() for mot in words for letter in mot.texte)
    is_value = run[0] > 0 or figures >= LETTERS_MIN
    return _Doute(rank, run[0], run[1], cadre, is_value)


def _frame(words: Sequence[MotLu]) -> tuple[float, float, float, float]:
    return (
        min(mot.x0 for mot in words),
        min(mot.y0 for mot in words),
        max(mot.x1 for mot in words),
        max(mot.y1 for mot in words),
    )


def _is_better(text: str, score: float, words: Sequence[MotLu]) -> bool:
    letters = sum(letter.isalnum() for letter in text)
    before = median(mot.confiance for mot in words) if words else 0.0
    return letters >= LETTERS_MIN and score > before


def share_out(
    text: str, score: float, frame: tuple[float, float, float, float]
) -> list[MotLu]:
    """Share the frame of a line between its words, by their letters."""
    x0, y0, x1, y1 = frame
    step = (x1 - x0) / max(len(text), 1)
    words, position = [], 0
    for word in text.split(" "):
        if word:
            left, right = x0 + position * step, x0 + (position + len(word)) * step
            words.append(
                MotLu(texte=word, x0=left, y0=y0, x1=right, y1=y1, confiance=score)
            )
        position += len(word) + 1
    return words
