"""The photo reader's child: a sheet found in a picture, flattened, read by onnx models.

Imported once by its own fork server, which starts at the first photo.
"""

import io
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import cv2
import numpy as np
import pi_heif
from PIL import Image as Pillow
from PIL import ImageOps

from intake.boite import (
    blancs,
    chrono,
    codes,
    feuille,
    lignes,
    pdf_page,
    peignes,
    peignes_lus,
    traits,
)
from intake.boite.cadre import find_sheet, unwarp
from intake.boite.messages import blank, page_read, picture, squares, unreadable
from intake.boite.mots import Unite, ranger
from intake.boite.relecture import share_out
from intake.boite.signatures import HEIC, PDF
from intake.boite.tri_images import open_image
from intake.boite.tri_pdf import open_pdf
from socle.sandbox_server import Answer, CodedError

__all__ = ["lire", "warm"]

Grille = np.ndarray[Any, Any]

LONG_SIDE = 2200
SCORE_MIN = 0.5
CLASSIFIED = 16
RASTER_DPI = 200


def warm() -> dict[str, Any]:
    """Load the models that find, turn and read the lines of a photo."""
    cv2.setNumThreads(1)
    Pillow.init()
    lignes.warm(whole=True)
    return {"photo": "rapidocr"}


def lire(file: BinaryIO, params: Mapping[str, Any]) -> Iterator[Answer]:
    """Read pages of a file with the photo engine; same parameters as for scans."""
    octets = file.read()
    kind = str(params["type"])
    for numero in params["pages"]:
        start = time.process_time()
        chrono.start_page(float(params["page_s"]))
        try:
            couleur = _pixels(octets, kind, numero, int(params["pixels_max"]))
            yield from _read(couleur, numero)
        except CodedError as error:
            yield unreadable(numero, error.code), b""
        except Exception as error:  # noqa: BLE001 one page lost, not the file
            yield unreadable(numero, repr(error)), b""
        yield {"fin": numero, "cpu_s": round(time.process_time() - start, 3)}, b""


def _pixels(octets: bytes, kind: str, numero: int, pixels_max: int) -> Grille:
    """Return the colours of a page as displayed."""
    if kind == PDF:
        document = open_pdf(octets)
        page = pdf_page.load_page(document, numero - 1)
        gris = pdf_page.read_image(page, pixels_max).gris
        return cv2.cvtColor(gris, cv2.COLOR_GRAY2RGB)
    if kind == HEIC:
        # the codec applies the turn written in the file
        image = pi_heif.open_heif(io.BytesIO(octets)).to_pillow()
    else:
        image = open_image(octets, kind)
        image.seek(numero - 1)
        if image.width * image.height > pixels_max:
            raise CodedError("image-trop-grande")
        image.draft("RGB", (LONG_SIDE, LONG_SIDE))
        image = ImageOps.exif_transpose(image)
    return np.asarray(image.convert("RGB"))


def _read(couleur: Grille, numero: int) -> Iterator[Answer]:
    couleur = _reduced(couleur)
    sheet = find_sheet(couleur)
    if sheet is not None:
        couleur = unwarp(couleur, sheet)
    yield picture(numero, couleur)
    gris = feuille.flatten_background(cv2.cvtColor(couleur, cv2.COLOR_RGB2GRAY))
    gris = feuille.to_reading_size(gris, 0)
    compteurs = {"photo": 1, "redressee": int(sheet is not None)}
    boxes = lignes.find(gris)
    rotation = _orientation(gris, boxes)
    if rotation:
        gris = np.ascontiguousarray(feuille.turn(gris, 360 - rotation))
        couleur = feuille.turn(couleur, 360 - rotation)
        yield picture(numero, couleur)
        boxes = lignes.find(gris)
    height, width = gris.shape
    if not boxes and blancs.is_blank(feuille.halve(gris)):
        yield blank(numero, rotation, gris.shape, compteurs)
        return
    ink = traits.binarise(gris)
    combs = peignes.find_combs(ink, traits.find_rules(ink))
    if combs:
        # read with its walls, a comb is a row of strokes
        cleared = gris.copy()
        peignes.erase(cleared, combs)
        boxes = lignes.find(cleared)
    in_combs = peignes_lus.read_combs(gris, combs, _nothing_typed, lignes.read)
    compteurs["peignes"] = len(combs)
    cases = peignes.outside(traits.find_boxes(ink).cases, combs)
    yield page_read(
        numero,
        origine="photo",
        mots=ranger(_recognise(gris, boxes) + in_combs, width, height),
        cases=squares(cases, ink.shape),
        codes=codes.read_codes(gris, thorough=True),
        rotation=rotation,
        shape=gris.shape,
        compteurs=compteurs,
    )


def _reduced(couleur: Grille) -> Grille:
    height, width = couleur.shape[:2]
    scale = LONG_SIDE / max(height, width)
    if scale >= 1:
        return couleur
    size = (round(width * scale), round(height * scale))
    return cv2.resize(couleur, size, interpolation=cv2.INTER_AREA)


def _nothing_typed(_: Grille) -> list[peignes_lus.Symbole]:
    """Leave every comb to the reader of lines: tesseract is not in this room."""
    return []


def _orientation(gris: Grille, boxes: Sequence[Grille]) -> int:
    """Return how far clockwise the writing is turned."""
    if not boxes:
        return 0
    sizes = [lignes.size(box) for box in boxes]
    sideways = sum(width for width, height in sizes if height > 1.5 * width)
    upright = sum(height for width, height in sizes if width > 1.5 * height)
    rotation = 0
    if sideways > upright:
        rotation = 90
        boxes = [_quarter_back(box, gris.shape) for box in boxes]
        gris = feuille.turn(gris, 270)
    widest = sorted(boxes, key=lambda box: -lignes.size(box)[0])[:CLASSIFIED]
    crops = [lignes.crop(gris, box) for box in widest]
    upside_down = lignes.count_upside_down(crops) > 0
    return (rotation + 180) % 360 if upside_down else rotation


def _quarter_back(box: Grille, shape: tuple[int, ...]) -> Grille:
    """Follow a box through a quarter turn counterclockwise."""
    turned = np.stack((box[:, 1], shape[1] - 1 - box[:, 0]), axis=1)
    return np.roll(turned, -1, axis=0).astype(np.float32)


def _recognise(gris: Grille, boxes: Sequence[Grille]) -> list[Unite]:
    read = lignes.read([lignes.crop(gris, box) for box in boxes])
    return [
        Unite(share_out(text, score, _frame(box)))
        for box, (text, score) in zip(boxes, read, strict=True)
        if score >= SCORE_MIN and text.strip()
    ]


def _frame(box: Grille) -> tuple[float, float, float, float]:
    (x0, y0), (x1, y1) = box.min(axis=0), box.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)
