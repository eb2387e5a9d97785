"""A sheet made ready for reading: 200 dpi, grey, no black border, straight, lines known.

Everything is measured on a half-size copy; the full one is touched as little as needed.
"""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

Grille = np.ndarray[Any, Any]

DPI = 200
DPI_TOLERANCE = 0.12
A4_LONG_IN = 11.69
SIDE_MAX = 5000
SKEW_MAX = 5.0
SKEW_MIN = 0.25
WHITE = 255
# a background darker than this, or uneven by this much, is flattened
BACKGROUND_MIN, BACKGROUND_SPREAD = 215, 30
# paper seen by a scanner, along each edge of the picture
PAPER_MIN, PAPER_SPREAD = 190, 35


def to_reading_size(gris: Grille, dpi: float) -> Grille:
    """Bring a page to about 200 dpi; an unknown resolution is taken for an A4 sheet."""
    height, width = gris.shape
    if dpi <= 0:
        dpi = max(height, width) / A4_LONG_IN
    scale = DPI / dpi
    if abs(scale - 1) < DPI_TOLERANCE:
        scale = 1.0
    scale = min(scale, SIDE_MAX / max(height, width), 3.0)
    if scale == 1.0:
        return gris
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(gris, size, interpolation=how)


def halve(gris: Grille) -> Grille:
    """Return the half-size copy on which things are measured."""
    height, width = gris.shape
    # an exact half is fifty times cheaper than nearly a half
    even = gris[: max(height - height % 2, 1), : max(width - width % 2, 1)]
    size = (max(width // 2, 1), max(height // 2, 1))
    return cv2.resize(even, size, interpolation=cv2.INTER_AREA)


def turn(gris: Grille, clockwise: int) -> Grille:
    """Turn by quarter turns, clockwise."""
    codes = {
        90: cv2.ROTATE_90_CLOCKWISE,
        180: cv2.ROTATE_180,
        270: cv2.ROTATE_90_COUNTERCLOCKWISE,
    }
    return cv2.rotate(gris, codes[clockwise]) if clockwise else gris


def flatten_background(gris: Grille, small: Grille | None = None) -> Grille:
    """Make an uneven or dark background white, leaving good scans untouched."""
    height, width = gris.shape
    tiny = _shrink(halve(gris) if small is None else small, 8)
    paper = cv2.medianBlur(cv2.dilate(tiny, np.ones((3, 3), np.uint8)), 7)
    low, high = np.percentile(paper, (10, 90))
    if low >= BACKGROUND_MIN and high - low <= BACKGROUND_SPREAD:
        return gris
    paper = cv2.GaussianBlur(np.maximum(paper, 60), (0, 0), 3)
    large = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.divide(gris, large, scale=WHITE - 10)


def _shrink(small: Grille, times: int) -> Grille:
    height, width = small.shape
    size = (max(width // times, 8), max(height // times, 8))
    even = small[: max(height // times, 1) * times, : max(width // times, 1) * times]
    return cv2.resize(even, size, interpolation=cv2.INTER_AREA)


def is_photo(gris: Grille) -> bool:
    """Tell a photo by its edges: a table, a shadow, where a scan shows even paper."""
    tiny = _shrink(halve(gris), 8)
    edge_y, edge_x = max(tiny.shape[0] // 40, 1), max(tiny.shape[1] // 40, 1)
    edges = (tiny[:edge_y], tiny[-edge_y:], tiny[:, :edge_x], tiny[:, -edge_x:])
    levels = [float(np.percentile(edge, 30)) for edge in edges]
    return min(levels) < PAPER_MIN or max(levels) - min(levels) > PAPER_SPREAD


def whiten_border(gris: Grille, small: Grille) -> Grille:
    """Paint white the black surround of a sheet scanned with the lid open.

    Returns the same array when there is none.
    """
    dark = (_shrink(small, 4) < 80).astype(np.uint8)  # noqa: PLR2004 darker than any paper
    if not _touches_edges(dark):
        return gris
    # thick only: a frame printed near the edge stays
    thick = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, labels = cv2.connectedComponents(thick)
    edges = np.concatenate((labels[0], labels[-1], labels[:, 0], labels[:, -1]))
    on_edge = np.isin(labels, np.unique(edges[edges > 0])).astype(np.uint8)
    if not on_edge.any():
        return gris
    wide = cv2.dilate(on_edge, np.ones((3, 3), np.uint8))
    mask = cv2.resize(wide, gris.shape[::-1], interpolation=cv2.INTER_NEAREST)
    cleaned = gris.copy()
    cleaned[mask > 0] = WHITE
    return cleaned


def _touches_edges(dark: Grille) -> bool:
    edges = (dark[0], dark[-1], dark[:, 0], dark[:, -1])
    return any(int(edge.sum()) > 0.1 * edge.size for edge in edges)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """How a sheet lies: sideways or not, and its slant in degrees (clockwise > 0)."""

    is_sideways: bool
    biais: float


def measure_pose(small: Grille, *, is_sideways: bool | None = None) -> Pose:
    """Find the slant that makes text rows sharpest, and whether rows run sideways.

    `is_sideways` answers the second question beforehand.
    """
    height, width = small.shape
    scale = min(600 / max(height, width), 1.0)
    tiny = cv2.resize(
        small,
        (max(round(width * scale), 16), max(round(height * scale), 16)),
        interpolation=cv2.INTER_AREA,
    )
    ink = _ink(tiny)
    if is_sideways is None:
        is_sideways = _row_contrast(ink.T) > SIDEWAYS_MARGIN * _row_contrast(ink)
    turned = np.ascontiguousarray(np.rot90(ink)) if is_sideways else ink
    return Pose(is_sideways=is_sideways, biais=_slant(turned))


SIDEWAYS_MARGIN = 1.25
LONG = 40


def _ink(tiny: Grille) -> Grille:
    """Return how dark each point is against its surroundings, edges left out."""
    paper = cv2.blur(tiny, (25, 25))
    ink = cv2.subtract(paper, tiny).astype(np.float32)
    ink[ink < 12] = 0  # noqa: PLR2004 grain of the paper
    height, width = ink.shape
    edge_y, edge_x = height // 25, width // 25
    ink[:edge_y], ink[height - edge_y :] = 0, 0
    ink[:, :edge_x], ink[:, width - edge_x :] = 0, 0
    # rules and scanner streaks are straight, but a page is read along its text
    marked = (ink > 0).astype(np.uint8)
    for kernel in (np.ones((LONG, 1), np.uint8), np.ones((1, LONG), np.uint8)):
        ink[cv2.morphologyEx(marked, cv2.MORPH_OPEN, kernel) > 0] = 0
    return np.minimum(ink, 80)


def _row_contrast(ink: Grille) -> float:
    """Return how strongly sums along rows alternate between text and white."""
    sums = ink.sum(axis=1)
    return float(np.abs(np.diff(sums)).sum() / max(float(sums.sum()), 1.0))


def _slant(ink: Grille) -> float:
    best = 0.0
    for step, reach in ((1.0, SKEW_MAX), (0.25, 0.75), (0.1, 0.2)):
        tried = np.arange(best - reach, best + reach + step / 2, step)
        best = max(tried, key=lambda angle: _sharpness(ink, float(angle)))
    return float(best) if abs(best) <= SKEW_MAX + 1 else 0.0


def _sharpness(ink: Grille, angle: float) -> float:
    """Shear rather than turn: the same row sums for small angles, much cheaper."""
    height, width = ink.shape
    slope = math.tan(math.radians(angle))
    matrix = np.array([[1, 0, 0], [-slope, 1, slope * width / 2]], np.float32)
    sheared = cv2.warpAffine(ink, matrix, (width, height), flags=cv2.INTER_LINEAR)
    sums = cv2.reduce(sheared, 1, cv2.REDUCE_SUM).ravel()
    return float(np.square(np.diff(sums)).sum())


def straighten(gris: Grille, biais: float) -> Grille:
    """Turn back by the slant; a slant too small to matter is left."""
    if abs(biais) < SKEW_MIN:
        return gris
    height, width = gris.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), biais, 1.0)
    return cv2.warpAffine(
        gris, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=WHITE
    )
