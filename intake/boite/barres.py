"""Patch sheets: four thick bars, two wide and two narrow, that part the papers of a batch.

No reader of codes knows them; their geometry is enough. Table rules are far thinner.
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

Grille = np.ndarray[Any, Any]

BARS = 4
DARK = 110
# in shares of the page's smaller side: length of a bar, thickness of a narrow one
LONG, THIN_MIN, THICK_MAX = 0.18, 0.005, 0.06
WIDE_MIN, WIDE_MAX = 1.6, 3.6
ALIKE = 0.45


def find_patch(small: Grille) -> list[list[object]]:
    """Return the patch of a page as a code, or nothing."""
    ink = (small < DARK).astype(np.uint8)
    for turned in (False, True):
        plane = ink.T if turned else ink
        zone = _bars(np.ascontiguousarray(plane))
        if zone is not None:
            top, low, left, right = zone
            height, width = plane.shape[:2]
            x, y, w, h = (
                left / width,
                top / height,
                (right - left) / width,
                (low - top) / height,
            )
            if turned:
                x, y, w, h = y, x, h, w
            return [["PATCH", "PATCH", *(round(v, 5) for v in (x, y, w, h))]]
    return []


def _bars(ink: Grille) -> tuple[int, int, int, int] | None:
    """Return the place of four horizontal bars that make a patch."""
    side = min(ink.shape[:2])
    length = max(8, round(LONG * side))
    kernel = np.ones((1, length), np.uint8)
    kept = cv2.morphologyEx(ink, cv2.MORPH_OPEN, kernel)
    rows = kept.sum(axis=1) >= length
    runs = _runs(rows.tolist())
    thick = [r for r in runs if THIN_MIN * side <= r[1] - r[0] <= THICK_MAX * side]
    for first in range(len(thick) - BARS + 1):
        four = thick[first : first + BARS]
        if _is_patch(four):
            top, low = four[0][0], four[-1][1]
            columns = np.flatnonzero(kept[top:low].any(axis=0))
            return top, low, int(columns[0]), int(columns[-1]) + 1
    return None


def _runs(rows: Sequence[bool]) -> list[tuple[int, int]]:
    found, start = [], None
    for place, dark in enumerate([*rows, False]):
        if dark and start is None:
            start = place
        elif not dark and start is not None:
            found.append((start, place))
            start = None
    return found


def _is_patch(four: Sequence[tuple[int, int]]) -> bool:
    """Tell whether four bars are two wide, two narrow, evenly parted."""
    widths = sorted(end - start for start, end in four)
    narrow, wide = (widths[0] + widths[1]) / 2, (widths[2] + widths[3]) / 2
    if not WIDE_MIN <= wide / narrow <= WIDE_MAX:
        return False
    if widths[1] - widths[0] > ALIKE * narrow or widths[3] - widths[2] > ALIKE * wide:
        return False
    gaps = [four[n + 1][0] - four[n][1] for n in range(BARS - 1)]
    return all(abs(gap - narrow) <= max(2.0, ALIKE * narrow) for gap in gaps)
