"""Combs: one character per cell. Where their cells are, and how they are wiped off.

Tesseract takes teeth and cell walls for letters and loses the figures between them. Dates
and social security numbers stand in combs, so combs are read apart (`peignes_lus`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np

from intake.boite.traits import Carre, Rect, Regles, outlines

Grille = np.ndarray[Any, Any]

MM = 200 / 25.4
RULE_MIN = round(8 * MM)
WALL_MIN, WALL_THICK = round(3.4 * MM), 8
LEVEL = 6
# groups of cells (day, month, year) stand apart by less than a cell
GROUP_GAP = 1.3
TOOTH, TOOTH_INK = round(1.6 * MM), 0.8
PITCH_MIN, PITCH_MAX = 2.6 * MM, 9 * MM
HEIGHT_MAX = round(11 * MM)
CELLS_MIN = 4
COMBS_MAX = 60
REGULAR, MOSTLY = 0.16, 0.7
COVER = 0.6
WALL = 4


@dataclass(frozen=True, slots=True)
class Cellule:
    """The inside of one cell, in pixels."""

    x: int
    y: int
    largeur: int
    hauteur: int


Peigne = tuple[Cellule, ...]


def find_combs(ink: Grille, regles: Regles) -> list[Peigne]:
    """Find every comb: cells with walls (joined or apart), or teeth above a line."""
    combs = _chained(_walled_cells(ink))
    bare: list[Cellule] = []
    for rule in sorted(regles.couchees, key=lambda rule: -rule[1]):
        if not any(_lies_in(rule, comb) for comb in combs):
            bare += _cells_on(ink, regles, rule)
    combs += _chained(bare)
    return sorted(combs, key=lambda comb: (comb[0].y, comb[0].x))[:COMBS_MAX]


def _walled_cells(ink: Grille) -> list[Cellule]:
    """Return what stands between two walls, on a floor: printed forms leave combs open."""
    kernel = np.ones((WALL_MIN, 1), np.uint8)
    walls = [
        wall
        for wall in outlines(cv2.morphologyEx(ink, cv2.MORPH_OPEN, kernel))
        if wall[2] <= WALL_THICK and wall[3] <= HEIGHT_MAX
    ]
    cells = []
    for row in _levels(walls):
        for left, right in pairwise(row):
            cell = _between(ink, left, right)
            if cell is not None:
                cells.append(cell)
    return cells


def _levels(walls: Sequence[Rect]) -> list[list[Rect]]:
    """Group walls of one height standing on one level, each row from left to right."""
    rows: list[list[Rect]] = []
    for wall in sorted(walls, key=lambda wall: wall[1]):
        for row in reversed(rows[-8:]):
            top, bottom = row[-1][1], row[-1][1] + row[-1][3]
            if abs(wall[1] - top) <= LEVEL and abs(wall[1] + wall[3] - bottom) <= LEVEL:
                row.append(wall)
                break
        else:
            rows.append([wall])
    return [sorted(row) for row in rows if len(row) > 1]


def _between(ink: Grille, left: Rect, right: Rect) -> Cellule | None:
    start, end = left[0] + left[2], right[0]
    if not PITCH_MIN <= end - start + WALL <= PITCH_MAX:
        return None
    top, bottom = min(left[1], right[1]), max(left[1] + left[3], right[1] + right[3])
    floor = ink[max(bottom - LEVEL, 0) : bottom + LEVEL, start:end]
    if float((floor > 0).any(axis=0).mean()) < TOOTH_INK:
        return None
    return Cellule(
        start + 2, top + WALL, max(end - start - 4, 1), max(bottom - top - 2 * WALL, 1)
    )


def _chained(cells: Sequence[Cellule]) -> list[Peigne]:
    """Join neighbouring cells of one level into combs; too few make none."""
    chains: list[list[Cellule]] = []
    for cell in sorted(cells, key=lambda cell: (cell.x, cell.y)):
        for chain in chains:
            if _follows(chain[-1], cell):
                chain.append(cell)
                break
        else:
            chains.append([cell])
    return [tuple(chain) for chain in chains if len(chain) >= CELLS_MIN]


def _follows(left: Cellule, right: Cellule) -> bool:
    gap = right.x - left.x - left.largeur
    return (
        abs(right.y - left.y) <= 2 * LEVEL
        and abs(right.hauteur - left.hauteur) <= 2 * LEVEL
        and -WALL <= gap <= GROUP_GAP * max(left.largeur, right.largeur)
    )


def _lies_in(rule: Rect, comb: Peigne, slack: int = 10) -> bool:
    first, last = comb[0], comb[-1]
    middle = rule[0] + rule[2] // 2
    across = first.x <= middle <= last.x + last.largeur
    return across and first.y - slack <= rule[1] <= first.y + first.hauteur + slack


def _cells_on(ink: Grille, regles: Regles, rule: Rect) -> list[Cellule]:
    """Return the cells that teeth mark on a rule."""
    x, y, width, _ = rule
    if width < RULE_MIN or y < 2 * TOOTH:
        return []
    teeth = _teeth(ink[y - TOOTH : y, x : x + width])
    if len(teeth) <= 2:  # noqa: PLR2004 two walls make one cell, not a comb
        return []
    pitch = float(np.median(np.diff(teeth)))
    if not PITCH_MIN <= pitch <= PITCH_MAX or not _is_regular(teeth, pitch):
        return []
    top = _top_of(regles, rule, pitch)
    return [
        Cellule(
            x=int(x + left + WALL),
            y=top,
            largeur=max(int(right - left - 2 * WALL), 1),
            hauteur=max(y - top - 1, 1),
        )
        for left, right in _cells(teeth, pitch)
    ]


def _teeth(strip: Grille) -> list[float]:
    """Return the middle of each run of columns full of ink."""
    full = (strip > 0).mean(axis=0) >= TOOTH_INK
    edges = np.flatnonzero(np.diff(np.concatenate(([0], full.view(np.int8), [0]))))
    return [
        float(start + end - 1) / 2
        for start, end in zip(edges[::2], edges[1::2], strict=True)
        if end - start <= TOOTH
    ]


def _is_regular(teeth: Sequence[float], pitch: float) -> bool:
    """Tell whether most gaps are one pitch (teeth may be lost, groups may be apart)."""
    gaps = np.diff(teeth) / pitch
    return float((np.abs(gaps - 1) <= REGULAR).mean()) >= MOSTLY


def _cells(teeth: Sequence[float], pitch: float) -> list[tuple[float, float]]:
    """Return the cells between teeth; a lost tooth is put back."""
    cells: list[tuple[float, float]] = []
    for left, right in pairwise(teeth):
        times = round((right - left) / pitch)
        if times < 1 or abs((right - left) / pitch - times) > 2 * REGULAR:
            continue
        step = (right - left) / times
        cells += [
            (left + rank * step, left + (rank + 1) * step) for rank in range(times)
        ]
    return cells


def _top_of(regles: Regles, rule: Rect, pitch: float) -> int:
    """Return the top of the cells: the rule above, or a guess for bare teeth."""
    x, y, width, _ = rule
    above = [
        other[1] + other[3]
        for other in regles.couchees
        if y - HEIGHT_MAX <= other[1] < y - TOOTH
        and min(x + width, other[0] + other[2]) - max(x, other[0]) > COVER * width
    ]
    return max(above) if above else max(int(y - 1.25 * pitch), 0)


def erase(gris: Grille, combs: Sequence[Peigne]) -> None:
    """Paint combs white, walls included, in place."""
    for comb in combs:
        first, last = comb[0], comb[-1]
        pad = 2 * WALL
        gris[
            max(first.y - pad, 0) : first.y + first.hauteur + pad,
            max(first.x - pad, 0) : last.x + last.largeur + pad,
        ] = 255


def outside(carres: Sequence[Carre], combs: Sequence[Peigne]) -> list[Carre]:
    """Keep the boxes that are no cell of a comb."""
    return [carre for carre in carres if not any(_holds(c, carre) for c in combs)]


def _holds(comb: Peigne, carre: Carre) -> bool:
    first, last = comb[0], comb[-1]
    x, y = carre.x + carre.largeur / 2, carre.y + carre.hauteur / 2
    across = first.x - 2 * WALL <= x <= last.x + last.largeur + 2 * WALL
    return across and first.y - 2 * WALL <= y <= first.y + first.hauteur + 2 * WALL
