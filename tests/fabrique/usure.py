"""What scanners, photocopiers and hands do to a page."""

import random
from collections.abc import Callable

import cv2
import numpy as np

Image = np.ndarray
WHITE = 255


def _rng(tirage: random.Random) -> np.random.Generator:
    return np.random.default_rng(tirage.getrandbits(32))


def biais(page: Image, tirage: random.Random, degres: float | None = None) -> Image:
    """Put the sheet crooked on the glass."""
    angle = degres if degres is not None else tirage.uniform(-3, 3)
    high, wide = page.shape[:2]
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), angle, 1)
    return cv2.warpAffine(page, turn, (wide, high), flags=cv2.INTER_LINEAR,
                          borderValue=(WHITE,) * 3)  # fmt: skip


def bruit(page: Image, tirage: random.Random, force: float = 9) -> Image:
    """Add sensor noise."""
    small = _rng(tirage).normal(
        0, force, (page.shape[0] // 2 + 1, page.shape[1] // 2 + 1)
    )
    noise = cv2.resize(small.astype(np.float32), (page.shape[1], page.shape[0]),
                       interpolation=cv2.INTER_NEAREST).astype(np.int16)  # fmt: skip
    noise = noise if page.ndim == 2 else noise[..., None]
    return np.clip(page.astype(np.int16) + noise, 0, WHITE).astype(np.uint8)


def mouchetures(page: Image, tirage: random.Random, combien: int = 350) -> Image:
    """Scatter specks."""
    made, rng = page.copy(), _rng(tirage)
    high, wide = page.shape[:2]
    for x, y, r in zip(rng.integers(0, wide, combien), rng.integers(0, high, combien),
                       rng.integers(0, 3, combien), strict=True):  # fmt: skip
        cv2.circle(made, (int(x), int(y)), int(r), 40, -1)
    return made


def stries(page: Image, tirage: random.Random) -> Image:
    """Draw the vertical streaks of dirty glass."""
    made = page.copy()
    for _ in range(tirage.randint(1, 4)):
        x = tirage.randrange(page.shape[1] - 3)
        band = made[:, x : x + tirage.randint(1, 2)]
        made[:, x : x + band.shape[1]] = np.minimum(band, tirage.randint(120, 190))
    return made


def pale(page: Image, tirage: random.Random) -> Image:
    """Fade the ink."""
    low = tirage.randint(105, 140)
    return (low + page.astype(np.float32) * (WHITE - low) / WHITE).astype(np.uint8)


def fond_gris(page: Image, tirage: random.Random) -> Image:
    """Darken the paper."""
    top = tirage.uniform(0.68, 0.8)
    return (page.astype(np.float32) * top).astype(np.uint8)


def rogne(page: Image, tirage: random.Random) -> Image:
    """Lose one edge."""
    cut = int(page.shape[1] * tirage.uniform(0.015, 0.035))
    return page[:, cut:] if tirage.random() < 0.5 else page[:, :-cut]


def trous(page: Image, tirage: random.Random) -> Image:
    """Punch two holes on the left."""
    made, high = page.copy(), page.shape[0]
    for part in (0.36, 0.64):
        center = (int(page.shape[1] * 0.035), int(high * part))
        cv2.circle(made, center, int(high * 0.009), tirage.randint(20, 90), -1)
    return made


def agrafe(page: Image, tirage: random.Random) -> Image:
    """Leave the staple of the corner."""
    made = page.copy()
    x, y = int(page.shape[1] * 0.05), int(page.shape[0] * 0.03)
    cv2.line(
        made, (x, y), (x + tirage.randint(30, 55), y + tirage.randint(8, 22)), 60, 4
    )
    return made


def plis(page: Image, tirage: random.Random) -> Image:
    """Fold the sheet in three."""
    made = page.astype(np.int16)
    for part in (0.333, 0.667):
        y = int(page.shape[0] * (part + tirage.uniform(-0.01, 0.01)))
        made[y : y + 3] -= 45
        made[y + 3 : y + 9] += 14
    return np.clip(made, 0, WHITE).astype(np.uint8)


def verso(page: Image, tirage: random.Random) -> Image:
    """Let the other side show through."""
    back = cv2.GaussianBlur(page[:, ::-1], (9, 9), 0).astype(np.float32)
    ghost = WHITE - (WHITE - back) * tirage.uniform(0.1, 0.18)
    return np.minimum(page, ghost.astype(np.uint8))


def bord_noir(page: Image, tirage: random.Random) -> Image:
    """Scan with the lid open."""
    side = int(page.shape[1] * tirage.uniform(0.02, 0.04))
    return cv2.copyMakeBorder(page, side, side // 2, side, side // 3,
                              cv2.BORDER_CONSTANT, value=(12, 12, 12))  # fmt: skip


def flou(page: Image, tirage: random.Random) -> Image:
    """Miss the focus."""
    return cv2.GaussianBlur(page, (0, 0), tirage.uniform(0.9, 1.3))


def photocopie(page: Image, tirage: random.Random) -> Image:
    """Photocopy a photocopy: broken strokes and blots."""
    soft = cv2.GaussianBlur(page, (0, 0), 1.1)
    cut = np.where(soft < tirage.randint(125, 165), 10, 250).astype(np.uint8)
    return mouchetures(cut, tirage, 700)


def photo(page: Image, tirage: random.Random) -> Image:
    """Hold a telephone over the sheet: table, perspective, shadow. Colour comes out."""
    colour = page if page.ndim == 3 else cv2.cvtColor(page, cv2.COLOR_GRAY2RGB)
    high, wide = colour.shape[:2]
    margin = int(wide * 0.08)
    table = np.array(
        tirage.choice(((96, 70, 48), (60, 64, 72), (120, 112, 98))), np.float32
    )
    canvas = np.empty((high + 2 * margin, wide + 2 * margin, 3), np.float32)
    canvas[:] = table
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    moved = corners + margin
    moved += np.array(
        [
            [tirage.uniform(-0.04, 0.04) * wide, tirage.uniform(-0.03, 0.03) * high]
            for _ in range(4)
        ],
        np.float32,
    )
    size = (canvas.shape[1], canvas.shape[0])
    turn = cv2.getPerspectiveTransform(corners, moved)
    sheet = cv2.warpPerspective(colour, turn, size, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full((high, wide), WHITE, np.uint8), turn, size)
    canvas = np.where(mask[..., None] > 128, sheet.astype(np.float32), canvas)
    small_h, small_w = 64, 48
    y, x = np.mgrid[0:small_h, 0:small_w]
    slope = tirage.uniform(-1, 1) * x / small_w + tirage.uniform(-1, 1) * y / small_h
    light = 0.86 + 0.14 * np.cos(slope * 2.2 + tirage.uniform(-0.5, 0.5))
    edge = tirage.uniform(0.2, 0.9) * small_w
    light *= np.where(x > edge, 0.84, 1.0)
    light = cv2.GaussianBlur(light.astype(np.float32), (0, 0), 2)
    light = cv2.resize(light, size)[..., None]
    warm = np.array([1.0, 0.985, 0.94], np.float32)
    return np.clip(canvas * light * warm, 0, WHITE).astype(np.uint8)


def noir_et_blanc(page: Image, tirage: random.Random) -> Image:
    """Keep one bit per pixel (0 or 255)."""
    grey = page if page.ndim == 2 else cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)
    cut = tirage.randint(150, 190)
    if grey.mean() < 190:
        cut = int(np.median(grey) * 0.72)
    return np.where(grey < cut, 0, WHITE).astype(np.uint8)


GESTES: dict[str, Callable[[Image, random.Random], Image]] = {
    "biais": biais, "bruit": bruit, "mouchetures": mouchetures, "stries": stries,
    "contraste faible": pale, "fond sombre": fond_gris, "bord rogné": rogne,
    "perforations": trous, "agrafe": agrafe, "pliures": plis, "transparence": verso,
    "bord noir": bord_noir, "flou": flou, "photocopie": photocopie,
}  # fmt: skip
LEGERS = ("biais", "bruit", "perforations", "agrafe", "pliures", "mouchetures")
MOYENS = ("contraste faible", "fond sombre", "bord noir", "transparence", "stries", "flou",
          "bord rogné")  # fmt: skip


def wear(page: Image, gestes: list[str], tirage: random.Random) -> Image:
    """Apply the named accidents in order."""
    for name in gestes:
        page = GESTES[name](page, tirage)
    return page
