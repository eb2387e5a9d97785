"""The loop: coupons of real letters, printed, worn, sent back with papers behind them."""

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp

from intake.boite import feuille
from records.periodes import Periode
from tests.fabrique import formats, rendu, usure
from tests.fabrique.usure import Image

A4 = (3508, 2480)  # at 300 dpi
# what such a paper says, in few words
WORDS: dict[str, tuple[str, ...]] = {
    "AAT": ("Avis d’arrêt de travail", "initial", "à adresser à l’employeur"),
    "ARRETE": ("Arrêté", "plaçant un agent en congé de maladie ordinaire",
               "Le maire, vu le code général de la fonction publique,", "ARRÊTE",
               "Article 1er : l’agent est placé en congé de maladie ordinaire."),
    "BULLETIN": ("Bulletin de paie", "Traitement de base indiciaire 1 890,12",
                 "Supplément familial 2,29", "Net à payer 1 602,35"),
}  # fmt: skip
FIRST = ("BAR", "CHAL", "DEL", "FOUR", "HUR", "LAM", "MOR", "PEL", "ROU", "VAL")
LAST = ("DOUX", "VIGNE", "MONT", "TIER", "GEON")


def surname(rank: int) -> str:
    """Return one of fifty names that nobody reads one for another."""
    return FIRST[rank % len(FIRST)] + LAST[rank // len(FIRST) % len(LAST)]


WEARS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("propre", ()),
    ("biais", ("biais",)),
    ("bruit", ("bruit", "biais")),
    ("pale", ("contraste faible", "biais")),
    ("fond", ("fond sombre",)),
    ("photocopie", ("photocopie",)),
    ("flou", ("flou",)),
    ("stries", ("stries", "mouchetures")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupure:
    """A slip cut off a printed letter: what its code says, and its picture at 300 dpi."""

    contenu: str
    image: Image


def cut_slips(pdf: bytes) -> list[Coupure]:
    """Cut the slips off the pages of a letter, as scissors would."""
    slips = []
    for page in rendu.to_pages(pdf, 300):
        for found in zxingcpp.read_barcodes(page):
            corner = found.position.top_left
            top, left = max(0, corner.y - 80), max(0, corner.x - 100)
            piece = page[top : corner.y + 560, left : corner.x + 950]
            slips.append(Coupure(contenu=found.text, image=piece))
    return slips


def on_sheet(slip: Coupure, tirage: random.Random) -> Image:
    """Lay a slip alone on a sheet, anywhere."""
    page = np.full(A4, 255, np.uint8)
    high, wide = slip.image.shape
    top = tirage.randint(100, A4[0] - high - 100)
    left = tirage.randint(60, A4[1] - wide - 60)
    page[top : top + high, left : left + wide] = slip.image
    return page


def worn(page: Image, gestes: Sequence[str], dpi: int, tirage: random.Random) -> Image:
    """Scan a page badly, at a resolution."""
    scale = dpi / 300
    small = cv2.resize(page, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return usure.wear(small, list(gestes), tirage)


def packed(
    pages: Sequence[Image], dpi: int, genre: str, tirage: random.Random
) -> bytes:
    """Put pages in one file: a fax (bitonal TIFF) or a scanner's grey TIFF."""
    if genre == "fax":
        kept = [usure.noir_et_blanc(page, tirage) for page in pages]
        return formats.tiff(kept, dpi, bitonal=True)
    kept = [
        cv2.imdecode(
            cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, 45])[1],
            cv2.IMREAD_GRAYSCALE,
        )
        for page in pages
    ]
    return formats.tiff(kept, dpi, bitonal=False)


def is_decodable(page: Image, dpi: int, contenu: str) -> bool:
    """Tell whether a patient reader finds the code on this page."""
    found = zxingcpp.read_barcodes(feuille.to_reading_size(page, dpi))
    return any(code.text == contenu for code in found)


def photographed(page: Image, tirage: random.Random) -> bytes:
    """Take a picture of a sheet with a phone."""
    small = cv2.resize(page, None, fx=0.66, fy=0.66, interpolation=cv2.INTER_AREA)
    return formats.photo_jpeg(usure.photo(small, tirage), 72, 0)


def paper(nom: str, type_: str, periode: Periode | None) -> Image:
    """Draw a plain paper of a type, for a person and some days."""
    page = np.full(A4, 255, np.uint8)
    title, *rest = WORDS.get(type_, (type_,))
    rows = [title.upper(), "", f"Agent : {nom}", ""]
    if periode is not None:
        rows.append(f"du {periode.debut:%d/%m/%Y} au {periode.dernier:%d/%m/%Y}")
    rows += [*rest, *["Fait pour servir et valoir ce que de droit."] * 3]
    return _written(page, rows)


def _written(page: Image, rows: Sequence[str]) -> Image:
    from PIL import Image as Pillow
    from PIL import ImageDraw, ImageFont

    from socle.editions import FONTS

    made = Pillow.fromarray(page)
    font = ImageFont.truetype(
        io.BytesIO((FONTS / "LiberationSans-Regular.ttf").read_bytes()), 46
    )
    draw = ImageDraw.Draw(made)
    for rank, row in enumerate(rows):
        draw.text((260, 340 + 110 * rank), row, fill=20, font=font)
    return np.asarray(made).copy()
