"""Papers → PDF by Typst → grey pages by PDFium."""

import json
import random
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import typst

from tests.fabrique.papiers.base import Papier

MODELE = Path(__file__).with_name("modele.typ")
# each list starts with what we would like; Typst always embeds the last one
TEXTES = (
    ["Liberation Sans", "Nimbus Sans", "DejaVu Sans", "Libertinus Serif"],
    ["Liberation Serif", "Nimbus Roman", "Libertinus Serif"],
    ["DejaVu Sans", "Liberation Sans", "Libertinus Serif"],
    ["C059", "Liberation Serif", "New Computer Modern"],
    ["P052", "Liberation Serif", "Libertinus Serif"],
)
MACHINES = ("Liberation Mono", "GNUTypewriter", "Liberation Sans", "DejaVu Sans Mono")
MAINS = (
    ("DkgHandwriting", 13.0), ("Breip", 15.0), ("femkeklaver", 13.0), ("Rufscript", 12.5),
    ("Because We Learn", 12.0), ("Because We Mentor", 12.0), ("Dancing Script", 13.0),
)  # fmt: skip
ENCRES = ("#16256b", "#101010", "#1d2f8a", "#262626")


@cache
def families() -> frozenset[str]:
    """Return the fonts this machine can draw with."""
    return frozenset(typst.Fonts().families())


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler()


@cache
def _source() -> bytes:
    return MODELE.read_bytes()


def style(papier: Papier, tirage: random.Random) -> dict[str, Any]:
    """Choose the typefaces and measures of one paper."""
    text = list(tirage.choice(TEXTES))
    corps = papier.style.get("corps", 10) * tirage.uniform(0.96, 1.05)
    pick, size = tirage.choice(MAINS), corps
    fonts = [tirage.choice(MACHINES), *text]
    if papier.main:
        if pick[0] in families():
            fonts, size = [pick[0], "Z003", *text], pick[1] * tirage.uniform(0.95, 1.1)
        elif "Z003" in families():
            fonts, size = ["Z003", *text], 13.0
    known = families()
    kept = [name for name in text if name in known] or ["Libertinus Serif"]
    chosen = {
        "police": kept, "main": [name for name in fonts if name in known] or kept,
        "main_taille": size, "encre": tirage.choice(ENCRES) if papier.main else "#000000",
        "trait": tirage.choice((0.4, 0.6, 0.8)), "hauteur": 297, "mx": 15, "my": 14,
        "interligne": 0.55, "espace": 0.8, "etiquette": corps * 0.88,
        "case": tirage.uniform(2.6, 3.4), "dent": 4.5,
    }  # fmt: skip
    return chosen | papier.style | {"corps": corps}


def to_pdf(papier: Papier, tirage: random.Random) -> bytes:
    """Compose one paper as PDF."""
    payload = json.dumps({"style": style(papier, tirage), "blocs": papier.blocs})
    made = _compiler().compile(
        _source(), format="pdf", sys_inputs={"d": payload}, pdf_tags=False, timestamp=0
    )
    assert isinstance(made, bytes)
    return made


def to_pages(pdf: bytes, dpi: int, *, colour: bool = False) -> list[np.ndarray]:
    """Rasterise every page: grey (h, w) or colour (h, w, 3) bytes."""
    document = pdfium.PdfDocument(pdf)
    try:
        return [
            page.render(scale=dpi / 72, grayscale=not colour, rev_byteorder=True)
            .to_numpy()
            .squeeze()[..., :3] if colour else
            page.render(scale=dpi / 72, grayscale=True).to_numpy().squeeze().copy()
            for page in document
        ]  # fmt: skip
    finally:
        document.close()


def words(pdf: bytes) -> list[list[tuple[str, float, float, float]]]:
    """Return per page (word, x, y, height), in points from the bottom left."""
    document = pdfium.PdfDocument(pdf)
    found = []
    for page in document:
        text = page.get_textpage()
        row, start = "", 0
        kept: list[tuple[str, float, float, float]] = []
        for rank in range(text.count_chars() + 1):
            char = text.get_text_range(rank, 1) if rank < text.count_chars() else " "
            if char.isspace() or not char:
                if row.strip():
                    left, bottom, _, top = text.get_charbox(start)
                    kept.append((row, left, bottom, max(top - bottom, 4.0)))
                row = ""
                continue
            if not row:
                start = rank
            row += char
        found.append(kept)
    document.close()
    return found
