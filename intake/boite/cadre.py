"""Where the sheet is in a photo: its four corners, and the same sheet seen from above."""

from typing import Any

import cv2
import numpy as np

Grille = np.ndarray[Any, Any]

WORK_SIDE = 500
SHARE_MIN = 0.25
SHARE_MAX = 0.97
CORNERS = 4
# a sheet held at an angle: its far side is at least half of its near side
SIDES_MIN = 0.5


def find_sheet(couleur: Grille) -> Grille | None:
    """Return the corners (top left first, clockwise) of the sheet, or None."""
    height, width = couleur.shape[:2]
    scale = WORK_SIDE / max(height, width)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small = cv2.resize(couleur, size, interpolation=cv2.INTER_AREA)
    best, best_area = None, SHARE_MIN * size[0] * size[1]
    for mask in _masks(small):
        corners = _quadrilateral(mask)
        if corners is None or not _is_seen_from_above(_ordered(corners)):
            continue
        area = float(cv2.contourArea(corners))
        if best_area < area < SHARE_MAX * size[0] * size[1]:
            best, best_area = corners, area
    if best is None:
        return None
    return _ordered(best / scale)


def _masks(small: Grille) -> list[Grille]:
    """Propose where the paper is: brighter than the table, or paler in colour."""
    gris = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (7, 7), 0)
    _, bright = cv2.threshold(gris, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    saturation = cv2.GaussianBlur(
        cv2.cvtColor(small, cv2.COLOR_RGB2HSV)[:, :, 1], (7, 7), 0
    )
    _, pale = cv2.threshold(saturation, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    kernel = np.ones((15, 15), np.uint8)
    closed = [
        cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel) for mask in (bright, pale)
    ]
    return [*closed, cv2.bitwise_and(*closed)]


def _quadrilateral(mask: Grille) -> Grille | None:
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return None
    hull = cv2.convexHull(max(contours, key=cv2.contourArea))
    around = cv2.arcLength(hull, closed=True)
    for tolerance in (0.02, 0.03, 0.05, 0.08):
        corners = cv2.approxPolyDP(hull, tolerance * around, closed=True)
        if len(corners) == CORNERS:
            quad = corners.reshape(CORNERS, 2).astype(np.float32)
            filled = cv2.contourArea(hull) / max(cv2.contourArea(quad), 1.0)
            return quad if 0.85 < filled < 1.15 else None  # noqa: PLR2004
    return None


def _is_seen_from_above(corners: Grille) -> bool:
    """Tell whether opposite sides compare: a shadow across the sheet makes a wedge."""
    top, right, bottom, left = sides(corners)
    return min(top, bottom) >= SIDES_MIN * max(top, bottom) and min(
        left, right
    ) >= SIDES_MIN * max(left, right)


def sides(corners: Grille) -> tuple[float, float, float, float]:
    """Return the lengths of the top, right, bottom and left sides."""
    lengths = [
        float(np.linalg.norm(corners[(rank + 1) % CORNERS] - corners[rank]))
        for rank in range(CORNERS)
    ]
    return lengths[0], lengths[1], lengths[2], lengths[3]


def _ordered(corners: Grille) -> Grille:
    total, gap = corners.sum(axis=1), corners[:, 0] - corners[:, 1]
    order = (total.argmin(), gap.argmax(), total.argmax(), gap.argmin())
    return np.array([corners[rank] for rank in order], np.float32)


def unwarp(couleur: Grille, corners: Grille) -> Grille:
    """Show the sheet as from above."""
    top, right, bottom, left = sides(corners)
    width, height = round(max(top, bottom)), round(max(left, right))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    return cv2.warpPerspective(
        couleur,
        matrix,
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
