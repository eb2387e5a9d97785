"""Is there anything on this page? Holes, dust, dirty edges and the other side are not."""

from typing import Any

import cv2
import numpy as np

from intake.boite import barres, codes

Grille = np.ndarray[Any, Any]

EDGE = 0.045
# at 100 dpi: what a letter's stroke is at least, in pixels of ink
SPECK = 6
HOLE_MIN, HOLE_MAX = 12, 40
STRONG, FAINT = 70, 22
FEW_MARKS = 12
LONG_AND_THIN = 12
# above this share of ink, no need to count
PLAINLY_WRITTEN, MANY = 0.03, 1000


def is_blank(small: Grille) -> bool:
    """Tell whether a page (half size, about 100 dpi) carries no writing and no code."""
    if count_marks(small, STRONG) >= FEW_MARKS:
        return False
    return not (barres.find_patch(small) or codes.read_codes(small))


def is_faint(small: Grille) -> bool:
    """Tell whether a page without strong ink still shows something pale."""
    return count_marks(small, FAINT) >= FEW_MARKS


def count_marks(small: Grille, contrast: int) -> int:
    """Count the marks that may be writing: neither specks, holes, streaks nor edges."""
    smooth = cv2.medianBlur(small, 3)
    paper = cv2.blur(smooth, (61, 61))
    ink = (cv2.subtract(paper, smooth) > contrast).astype(np.uint8)
    height, width = ink.shape
    edge_y, edge_x = round(EDGE * height), round(EDGE * width)
    inner = np.ascontiguousarray(
        ink[edge_y : height - edge_y, edge_x : width - edge_x], np.uint8
    )
    if float(inner.mean()) > PLAINLY_WRITTEN:
        return MANY
    contours, _ = cv2.findContours(inner, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return sum(_is_mark(outline, inner.shape[1]) for outline in contours)


def _is_mark(outline: Grille, width: int) -> bool:
    x, _, w, h = cv2.boundingRect(outline)
    area = max(cv2.contourArea(outline), len(outline))
    if w * h < SPECK or min(w, h) <= 1:
        return False
    if max(w, h) > LONG_AND_THIN * min(w, h):
        return False
    near_side = x < 0.1 * width or x + w > 0.9 * width
    is_round = HOLE_MIN <= w <= HOLE_MAX and HOLE_MIN <= h <= HOLE_MAX
    return not (near_side and is_round and area > 0.5 * w * h)
