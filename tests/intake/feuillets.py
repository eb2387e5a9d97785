"""Invented sheets drawn for the tests: text, combs, tick boxes, scanner defects."""

import io
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

DPI = 200
A4 = (1654, 2339)
MM = DPI / 25.4
# no accents: the typeface that travels with Pillow has none
PROSE = (
    "La commune atteste que cet agent titulaire a repris son service lundi matin.",
    "Vu la demande du responsable de la direction des ressources humaines,",
    "le maire de la commune accorde pour trois semaines le maintien du traitement.",
    "Le directeur transmet ces documents avec les originaux dans le dossier complet.",
    "Fait pour servir et valoir ce que de droit, avec le cachet de la mairie.",
)


def police(size: float) -> ImageFont.FreeTypeFont:
    """Give the typeface that travels with Pillow: no font of the machine is needed."""
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def blanche(size: tuple[int, int] = A4) -> Image.Image:
    """Make an empty white sheet."""
    return Image.new("L", size, 255)


def texte(lines: Sequence[str] = PROSE * 5, *, size: float = 32) -> Image.Image:
    """Make a sheet of prose."""
    sheet = blanche()
    pen = ImageDraw.Draw(sheet)
    for rank, line in enumerate(lines):
        pen.text((150, 160 + rank * 1.9 * size), line, fill=20, font=police(size))
    return sheet


def peigne(
    pen: ImageDraw.ImageDraw,
    place: tuple[float, float],
    content: str,
    *,
    style: str,
    font: ImageFont.FreeTypeFont | None = None,
) -> None:
    """Draw a comb: one cell per character (`cellules`, `dents` or `boites`)."""
    x, y = place
    width, height, gap = 5 * MM, 6 * MM, (1.2 * MM if style == "boites" else 0)
    font = font or police(4.3 * MM)
    for rank, letter in enumerate(content):
        left = x + rank * (width + gap)
        if style == "dents":
            pen.line((left, y + height, left + width, y + height), fill=0, width=2)
            pen.line((left, y + 0.6 * height, left, y + height), fill=0, width=2)
        else:
            pen.rectangle((left, y, left + width, y + height), outline=0, width=2)
        middle = (left + width / 2, y + height / 2)
        pen.text(middle, letter, fill=20, font=font, anchor="mm")
    if style == "dents":
        right = x + len(content) * width
        pen.line((right, y + 0.6 * height, right, y + height), fill=0, width=2)


def case(
    pen: ImageDraw.ImageDraw, place: tuple[float, float], mark: str, side: float = 4
) -> None:
    """Draw a tick box: `vide`, `croix`, `coche`, `noircie` or `debordante`."""
    x, y = place
    size = side * MM
    pen.rectangle((x, y, x + size, y + size), outline=0, width=2)
    over = 0.35 * size if mark == "debordante" else -0.15 * size
    if mark in ("croix", "debordante"):
        pen.line((x - over, y - over, x + size + over, y + size + over), 0, 4)
        pen.line((x - over, y + size + over, x + size + over, y - over), 0, 4)
    elif mark == "coche":
        points = (x + 4, y + size / 2, x + size / 2, y + size - 4)
        pen.line((*points, x + size + 8, y - 8), 0, 4)
    elif mark == "noircie":
        pen.rectangle((x + 2, y + 2, x + size - 2, y + size - 2), fill=10)


def numeriser(
    sheet: Image.Image, *, biais: float = 0.0, bruit: float = 0.0, seed: int = 0
) -> Image.Image:
    """Degrade a sheet as a scanner does: slant (degrees clockwise), blur, grain."""
    pixels = np.asarray(sheet)
    height, width = pixels.shape
    if biais:
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -biais, 1)
        pixels = cv2.warpAffine(
            pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=255
        )
    if bruit:
        grain = np.random.default_rng(seed).normal(0, bruit, pixels.shape)
        blurred = cv2.GaussianBlur(pixels, (3, 3), 0.7)
        pixels = np.clip(blurred + grain, 0, 255).astype(np.uint8)
    return Image.fromarray(pixels)


def as_bytes(sheet: Image.Image, kind: str, **options: object) -> bytes:
    """Encode a sheet."""
    stream = io.BytesIO()
    sheet.save(stream, kind, dpi=(DPI, DPI), **options)
    return stream.getvalue()


def pdf_of(sheets: Sequence[Image.Image], *, quality: int = 80) -> bytes:
    """Put scans in a PDF, one JPEG per page, as scanners do."""
    stream = io.BytesIO()
    first, *rest = sheets
    first.save(
        stream,
        "PDF",
        save_all=True,
        append_images=rest,
        resolution=DPI,
        quality=quality,
    )
    return stream.getvalue()
