"""What stands in combs, cell by cell: typed figures by tesseract, handwriting by onnx.

The filled cells of a comb are copied into one tight line, which a reader can read; each
character then goes back to its cell.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from intake.boite.mots import MotLu, Unite
from intake.boite.peignes import WALL, Cellule, Peigne

Grille = np.ndarray[Any, Any]
# a symbol read: middle across, middle down, text, confidence
Symbole = tuple[float, float, str, float]

HAND_MAX = 24
INK_MIN, TALL_MIN = 0.008, 0.12
DARKER, DARK = 50, 185
GAP, MARGIN, PAD = 9, 24, 9
# typed figures are all of one height, within a twentieth
TYPED_SPREAD = 0.05
TYPED_CONFIDENCE = 0.85
LOOKALIKES = str.maketrans("OoQDIl|!iSsBZzGgqAT/]", "000011111558226994711")


@dataclass(frozen=True, slots=True)
class _Signe:
    """One filled cell, its pixels, and the height of its ink."""

    cellule: Cellule
    pixels: Grille
    haut: int
    bas: int


@dataclass(frozen=True, slots=True)
class _Ligne:
    """The filled cells of one comb, in order."""

    peigne: Peigne
    signes: tuple[_Signe, ...]

    @property
    def is_typed(self) -> bool:
        """Tell whether the figures stand like typed ones."""
        heights = np.array([signe.bas - signe.haut for signe in self.signes])
        usual = float(np.median(heights))
        spread = float(np.abs(heights - usual).max())
        return spread <= max(TYPED_SPREAD * usual, 2)


def read_combs(
    gris: Grille,
    combs: Sequence[Peigne],
    read_typed: Callable[[Grille], Sequence[Symbole]],
    read_hand: Callable[[Sequence[Grille]], Sequence[tuple[str, float]]],
) -> list[Unite]:
    """Return the words of the combs, each character in its cell where possible."""
    lignes = [_filled(gris, comb) for comb in combs]
    lignes = [ligne for ligne in lignes if ligne.signes]
    if not lignes:
        return []
    image, starts = _compose(lignes)
    symbols = read_typed(image)
    read = [_assign(symbols, ligne, starts[k]) for k, ligne in enumerate(lignes)]
    doubtful = [k for k, line in enumerate(lignes) if _is_doubtful(line, read[k])]
    doubtful = doubtful[:HAND_MAX]
    images = [_trimmed(lignes[k]) for k in doubtful]
    for k, (text, score) in zip(doubtful, read_hand(images), strict=True):
        read[k] = _spread(text, score, len(lignes[k].signes)) or read[k]
    return [
        Unite(words)
        for ligne, letters in zip(lignes, read, strict=True)
        if (words := _words(ligne, letters))
    ]


def _filled(gris: Grille, comb: Peigne) -> _Ligne:
    signes = (_signe(gris, cellule) for cellule in comb)
    return _Ligne(comb, tuple(signe for signe in signes if signe is not None))


def _signe(gris: Grille, cellule: Cellule) -> _Signe | None:
    """Return what stands in a cell, trimmed across; None when it is empty."""
    inside = gris[
        cellule.y : cellule.y + cellule.hauteur,
        cellule.x : cellule.x + cellule.largeur,
    ]
    if min(inside.shape) <= 2 * WALL:
        return None
    dark = inside < min(float(np.percentile(inside, 90)) - DARKER, DARK)
    dark[:2] = dark[-2:] = False
    rows = np.flatnonzero(dark.any(axis=1))
    if float(dark.mean()) < INK_MIN or rows[-1] - rows[0] < TALL_MIN * len(inside):
        return None
    columns = np.flatnonzero(dark.any(axis=0))
    trimmed = inside[:, max(int(columns[0]) - 2, 0) : int(columns[-1]) + 3]
    return _Signe(cellule, trimmed, int(rows[0]), int(rows[-1]) + 1)


def _compose(lignes: Sequence[_Ligne]) -> tuple[Grille, list[tuple[int, list[int]]]]:
    """Copy the filled cells side by side, one row per comb; say where each starts."""
    heights = [max(s.pixels.shape[0] for s in ligne.signes) for ligne in lignes]
    widths = [
        sum(signe.pixels.shape[1] + GAP for signe in ligne.signes) for ligne in lignes
    ]
    size = (sum(heights) + MARGIN * (len(lignes) + 1), max(widths) + 2 * MARGIN)
    image = np.full(size, 255, np.uint8)
    starts: list[tuple[int, list[int]]] = []
    y = MARGIN
    for ligne, tallest in zip(lignes, heights, strict=True):
        x, places = MARGIN, []
        for signe in ligne.signes:
            height, width = signe.pixels.shape
            image[y : y + height, x : x + width] = signe.pixels
            places.append(x)
            x += width + GAP
        starts.append((y, places))
        y += tallest + MARGIN
    return image, starts


def _trimmed(ligne: _Ligne) -> Grille:
    """Return one comb as a tight line of text."""
    image, _ = _compose([ligne])
    top = min(signe.haut for signe in ligne.signes) + MARGIN
    bottom = max(signe.bas for signe in ligne.signes) + MARGIN
    return image[max(top - PAD, 0) : bottom + PAD]


Lettres = list[tuple[str, float]]


def _assign(
    symbols: Sequence[Symbole], ligne: _Ligne, start: tuple[int, list[int]]
) -> Lettres:
    """Give each filled cell the character read where its ink was copied."""
    y, places = start
    tallest = max(signe.pixels.shape[0] for signe in ligne.signes)
    here = [s for s in symbols if y - MARGIN / 2 <= s[1] < y + tallest + MARGIN / 2]
    letters: Lettres = []
    for signe, x in zip(ligne.signes, places, strict=True):
        end = x + signe.pixels.shape[1] + GAP / 2
        inside = [s for s in here if x - GAP / 2 <= s[0] <= end]
        best = max(inside, key=lambda s: s[3], default=None)
        letters.append((best[2], best[3]) if best else ("", 0.0))
    return letters


def _is_doubtful(ligne: _Ligne, letters: Lettres) -> bool:
    """Tell whether typed figures (or letters) were read without a doubt."""
    sure = all(score >= TYPED_CONFIDENCE for _, score in letters)
    text = "".join(letter for letter, _ in letters)
    is_whole = len(text) == len(letters) and (text.isdigit() or text.isalpha())
    return not (sure and is_whole and ligne.is_typed)


def _spread(text: str, score: float, count: int) -> Lettres:
    """Share a text out to its cells; keep it whole on the first one if it cannot be."""
    joined = _as_figures("".join(text.split()))
    if not joined:
        return []
    if len(joined) == count:
        return [(letter, score) for letter in joined]
    return [(joined, score / 2)] + [("", score / 2)] * (count - 1)


def _as_figures(text: str) -> str:
    """Read look-alikes as figures when the rest are figures."""
    figures = sum(letter.isdigit() for letter in text)
    translated = text.translate(LOOKALIKES)
    if figures >= len(text) / 2 and translated.isdigit():
        return translated
    return text


def _words(ligne: _Ligne, letters: Lettres) -> list[MotLu]:
    """Join neighbouring cells into words; empty cells and wide gaps separate."""
    order = {cellule: rank for rank, cellule in enumerate(ligne.peigne)}
    runs: list[list[int]] = []
    for k, signe in enumerate(ligne.signes):
        previous = ligne.signes[k - 1].cellule if k else None
        if previous is None or _is_apart(previous, signe.cellule, order):
            runs.append([])
        runs[-1].append(k)
    words = []
    for run in runs:
        text = "".join(letters[k][0] for k in run)
        if text:
            score = sum(letters[k][1] for k in run) / len(run)
            words.append(_word(ligne, run, text, score))
    return words


def _is_apart(left: Cellule, right: Cellule, order: dict[Cellule, int]) -> bool:
    gap = right.x - left.x - left.largeur
    return order[right] != order[left] + 1 or gap > right.largeur + 2 * WALL


def _word(ligne: _Ligne, run: Sequence[int], text: str, score: float) -> MotLu:
    first, last = ligne.signes[run[0]].cellule, ligne.signes[run[-1]].cellule
    return MotLu(
        texte=text,
        x0=first.x,
        y0=first.y,
        x1=last.x + last.largeur,
        y1=first.y + first.hauteur,
        confiance=score,
    )
