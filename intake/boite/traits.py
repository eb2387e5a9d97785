"""Rules, frames and boxes of a form, found in its ink (at 200 dpi unless told).

Tick boxes are told from the cells of tables and combs; rules are taken away from the
copy that is read, because the reader takes them for letters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

Grille = np.ndarray[Any, Any]
Rect = tuple[int, int, int, int]

MM = 200 / 25.4
SIDE_MIN_MM, SIDE_MAX_MM = 2.1, 6.6
OVERRUN = 3
SIDES_RATIO = 1.3
RULE_MIN, WALL_MIN = round(9 * MM), round(8 * MM)
# the wall of a field one line high, its thickness, and how near it comes to its rules
LOW_WALL, THIN, TOUCH = round(3.2 * MM), round(1.1 * MM), 6
EDGE_INK, FULL_INK = 0.72, 0.88
EDGES_MAX = 3000
COMB_GAP, COMB_CELLS = 0.8, 4
SOILED = 0.04
# a page with a dark picture: Otsu would take the paper's grain for ink
PALE_THRESHOLD, SURE_INK = 200, 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Carre:
    """One box, in pixels: its outer frame and the dark share inside."""

    x: int
    y: int
    largeur: int
    hauteur: int
    encre: float = 0.0

    @property
    def cadre(self) -> Rect:
        """The frame as (x, y, width, height)."""
        return self.x, self.y, self.largeur, self.hauteur


@dataclass(frozen=True, slots=True, kw_only=True)
class Carres:
    """The boxes of a page: those to tick, and rows of boxes for one character each."""

    cases: tuple[Carre, ...]
    peignes: tuple[tuple[Carre, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Regles:
    """Long straight lines, as rectangles in pixels."""

    couchees: tuple[Rect, ...]
    debout: tuple[Rect, ...]
    # short walls between two rules: the ends of a field's frame, read as « 1 » or « I »
    murs: tuple[Rect, ...] = ()


def binarise(gris: Grille) -> Grille:
    """Return ink as 255 on 0, by the page's own threshold."""
    threshold, ink = cv2.threshold(
        gris, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU
    )
    if threshold > PALE_THRESHOLD:
        _, ink = cv2.threshold(gris, SURE_INK, 255, cv2.THRESH_BINARY_INV)
    return ink


@dataclass(frozen=True, slots=True)
class _Cotes:
    """Sizes in pixels at one resolution."""

    petit: int
    grand: int
    jeu: int

    @property
    def court(self) -> int:
        """Length that a side of the smallest box surely has."""
        return round(self.petit * 0.8)


def find_boxes(ink: Grille, dpi: float = 200) -> Carres:
    """Find the boxes to tick: empty, crossed beyond the frame, or blackened."""
    mm = dpi / 25.4
    cotes = _Cotes(
        round(SIDE_MIN_MM * mm), round(SIDE_MAX_MM * mm), max(round(0.5 * mm), 2)
    )
    row, column = (
        np.ones((1, cotes.court), np.uint8),
        np.ones((cotes.court, 1), np.uint8),
    )
    across = cv2.morphologyEx(ink, cv2.MORPH_OPEN, row)
    down = cv2.morphologyEx(ink, cv2.MORPH_OPEN, column)
    found = _framed(ink, across, down, cotes) + _blackened(across, down, cotes)
    return _sorted_out(_without_overlaps(found), cotes)


def outlines(ink: Grille) -> list[Rect]:
    """Return the bounding boxes of what holds together (fast: outlines, no labels)."""
    contours, _ = cv2.findContours(ink, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [
        (int(x), int(y), int(w), int(h))
        for x, y, w, h in map(cv2.boundingRect, contours)
    ]


def _framed(ink: Grille, across: Grille, down: Grille, cotes: _Cotes) -> list[Carre]:
    """Pair the top and bottom edges of small squares, then check their sides."""
    edges = [
        edge
        for edge in outlines(across)
        if cotes.petit <= edge[2] <= cotes.grand and edge[3] <= cotes.grand
    ]
    return [
        _carre(ink, square)
        for square in _squares(edges[:EDGES_MAX], cotes)
        if _has_sides(across, down, square, cotes.jeu)
    ]


def _squares(edges: Sequence[Rect], cotes: _Cotes) -> list[Rect]:
    """Pair edges that can be the top and the bottom of one square."""
    if not edges:
        return []
    x, y, w, h = np.array(sorted(edges, key=lambda edge: edge[1])).T
    height = (y + h)[None, :] - y[:, None]
    right = x + w
    # a stroke that runs over a corner lengthens an edge: keep what both share
    width = np.minimum(right[:, None], right) - np.maximum(x[:, None], x)
    pairs = np.abs(x[:, None] - x[None, :]) <= OVERRUN * cotes.jeu
    pairs &= np.abs(right[:, None] - right[None, :]) <= OVERRUN * cotes.jeu
    pairs &= width >= cotes.petit
    pairs &= (height >= cotes.petit) & (height <= cotes.grand)
    pairs &= np.maximum(width, height) <= SIDES_RATIO * np.minimum(width, height)
    np.fill_diagonal(pairs, val=False)
    return [
        (
            int(max(x[top], x[bottom])),
            int(y[top]),
            int(width[top, bottom]),
            int(height[top, bottom]),
        )
        for top, bottom in np.argwhere(pairs)
    ]


def _has_sides(across: Grille, down: Grille, square: Rect, margin: int) -> bool:
    x, y, width, height = square
    rows = slice(y + margin, y + height - margin)
    columns = slice(x + margin, x + width - margin)
    left = down[rows, max(x - margin, 0) : x + margin + 1].max(axis=1)
    right = down[rows, x + width - margin - 1 : x + width + margin].max(axis=1)
    top = across[max(y - margin, 0) : y + margin + 1, columns].max(axis=0)
    bottom = across[y + height - margin - 1 : y + height + margin, columns].max(axis=0)
    return all(
        edge.size > 0 and float((edge > 0).mean()) >= EDGE_INK
        for edge in (left, right, top, bottom)
    )


def _carre(ink: Grille, square: Rect) -> Carre:
    x, y, width, height = square
    inset = max(round(0.18 * min(width, height)), 3)
    inside = ink[y + inset : y + height - inset, x + inset : x + width - inset]
    share = float((inside > 0).mean()) if inside.size else 0.0
    return Carre(x=x, y=y, largeur=width, hauteur=height, encre=round(share, 3))


def _blackened(across: Grille, down: Grille, cotes: _Cotes) -> list[Carre]:
    """Find squares filled with ink: their rows and columns are all full."""
    kernel = np.ones((cotes.court, cotes.court), np.uint8)
    solid = cv2.morphologyEx(cv2.bitwise_and(across, down), cv2.MORPH_OPEN, kernel)
    found = []
    for x, y, width, height in outlines(solid):
        if min(width, height) < cotes.petit or max(width, height) > cotes.grand:
            continue
        share = float((solid[y : y + height, x : x + width] > 0).mean())
        is_square = max(width, height) <= SIDES_RATIO * min(width, height)
        if is_square and share >= FULL_INK:
            found.append(
                Carre(x=x, y=y, largeur=width, hauteur=height, encre=round(share, 3))
            )
    return found


def is_isolated(ink: Grille, carre: Carre) -> bool:
    """Tell whether a box has white on both sides, as no letter of a word has."""
    x, y, width, height = carre.cadre
    away, reach = 3, 3 + max(round(0.25 * width), 3)
    sides = (
        ink[y : y + height, max(x - reach, 0) : max(x - away, 0)],
        ink[y : y + height, x + width + away : x + width + reach],
    )
    return all(float((side > 0).mean()) < SOILED for side in sides if side.size)


def _without_overlaps(carres: Sequence[Carre]) -> list[Carre]:
    """Keep the outermost of boxes found one inside the other."""
    kept: list[Carre] = []
    for carre in sorted(carres, key=lambda c: -c.largeur * c.hauteur):
        centre_x, centre_y = carre.x + carre.largeur / 2, carre.y + carre.hauteur / 2
        inside = any(
            other.x <= centre_x <= other.x + other.largeur
            and other.y <= centre_y <= other.y + other.hauteur
            for other in kept
        )
        if not inside:
            kept.append(carre)
    return kept


def _sorted_out(carres: Sequence[Carre], cotes: _Cotes) -> Carres:
    """Set apart rows of four boxes or more side by side: one character per box."""
    cases: list[Carre] = []
    peignes: list[tuple[Carre, ...]] = []
    for run in _runs(carres, cotes.jeu):
        if len(run) < COMB_CELLS:
            cases += run
        else:
            peignes.append(tuple(run))
    cases.sort(key=lambda carre: (carre.y, carre.x))
    return Carres(cases=tuple(cases), peignes=tuple(peignes))


def _runs(carres: Sequence[Carre], slack: int) -> list[list[Carre]]:
    runs: list[list[Carre]] = []
    for row in _rows(carres):
        previous: Carre | None = None
        for carre in row:
            if previous is None or _is_apart(previous, carre, slack):
                runs.append([])
            runs[-1].append(carre)
            previous = carre
    return runs


def _is_apart(left: Carre, right: Carre, slack: int) -> bool:
    gap = right.x - left.x - left.largeur
    return gap > COMB_GAP * right.largeur or gap < -slack


def _rows(carres: Sequence[Carre]) -> list[list[Carre]]:
    rows: list[list[Carre]] = []
    for carre in sorted(carres, key=lambda c: c.y):
        if rows and carre.y - rows[-1][0].y <= carre.hauteur / 3:
            rows[-1].append(carre)
        else:
            rows.append([carre])
    return [sorted(row, key=lambda c: c.x) for row in rows]


def find_rules(ink: Grille) -> Regles:
    """Find the long lines, on a half-size copy."""
    height, width = ink.shape
    even = ink[: height - height % 2, : width - width % 2]
    half = cv2.resize(even, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    half = cv2.threshold(half, 60, 255, cv2.THRESH_BINARY)[1]
    long = np.ones((1, RULE_MIN // 2), np.uint8)
    flat = cv2.morphologyEx(half, cv2.MORPH_OPEN, long)
    tall = cv2.morphologyEx(half, cv2.MORPH_OPEN, np.ones((WALL_MIN // 2, 1), np.uint8))
    low = cv2.morphologyEx(half, cv2.MORPH_OPEN, np.ones((LOW_WALL // 2, 1), np.uint8))
    couchees = _doubled(flat)
    murs = _between(_doubled(low), couchees)
    return Regles(couchees=couchees, debout=_doubled(tall), murs=murs)


def _between(strokes: Sequence[Rect], couchees: Sequence[Rect]) -> tuple[Rect, ...]:
    """Keep the thin strokes that go from one rule to the next: no letter does."""
    if not strokes or not couchees:
        return ()
    x0, y0, width, height = np.array(couchees).T
    x1, y1 = x0 + width, y0 + height
    kept = []
    for stroke in strokes[:EDGES_MAX]:
        x, y, wide, high = stroke
        if wide > THIN or high > WALL_MIN:
            continue
        over = (x0 - TOUCH <= x + wide) & (x1 + TOUCH >= x)
        top = over & (y0 - TOUCH <= y) & (y <= y1 + TOUCH)
        foot = over & (y0 - TOUCH <= y + high) & (y + high <= y1 + TOUCH)
        if bool((top[:, None] & foot[None, :] & (y0[:, None] < y0[None, :])).any()):
            kept.append(stroke)
    return tuple(kept)


def _doubled(half: Grille) -> tuple[Rect, ...]:
    return tuple(
        (2 * x, 2 * y, 2 * width, 2 * height) for x, y, width, height in outlines(half)
    )


def erase_rules(gris: Grille, ink: Grille, regles: Regles) -> None:
    """Paint long rules white, in place; what crosses them is cut by their width only."""
    for rects, kernel, grow in (
        (regles.couchees, np.ones((1, RULE_MIN - 4), np.uint8), (3, 1)),
        (regles.debout, np.ones((WALL_MIN - 4, 1), np.uint8), (1, 3)),
    ):
        for x, y, width, height in rects:
            place = (
                slice(max(y - 2, 0), y + height + 3),
                slice(max(x - 2, 0), x + width + 3),
            )
            line = cv2.morphologyEx(ink[place], cv2.MORPH_OPEN, kernel)
            line = cv2.dilate(line, np.ones(grow, np.uint8))
            gris[place][line > 0] = 255
    for x, y, width, height in regles.murs:
        place = (
            slice(y, y + height),
            slice(max(x - 2, 0), x + width + 3),
        )
        wall = np.ones((max(round(0.7 * height), 1), 1), np.uint8)
        line = cv2.morphologyEx(ink[place], cv2.MORPH_OPEN, wall)
        line = cv2.dilate(line, np.ones((3, 3), np.uint8))
        gris[place][line > 0] = 255
