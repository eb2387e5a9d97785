"""The reader's child: triage, text layers and scans. Imported once by its fork server.

Yields, for each page, its picture first, then its words: a page that hangs loses only
its words.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import cv2
import numpy as np
from PIL import Image as Pillow

from intake.boite import (
    apercu,
    blancs,
    chrono,
    codes,
    feuille,
    lignes,
    ocr,
    pdf_page,
    peignes,
    peignes_lus,
    relecture,
    traits,
)
from intake.boite.messages import blank, page_read, picture, squares, unreadable
from intake.boite.mots import MotLu, Unite, is_within_word, ranger
from intake.boite.plausible import is_plausible_text, nb_common, plausible_share
from intake.boite.signatures import JPEG, LIBRARY, PDF
from intake.boite.tri import examiner
from intake.boite.tri_images import open_image
from intake.boite.tri_pdf import open_pdf
from socle.sandbox_server import Answer, CodedError

__all__ = ["examiner", "lire", "warm"]

Grille = np.ndarray[Any, Any]

ENOUGH_NATIVE, ENOUGH_OVER_SCAN = 3, 20
PICTURE_DPI = 120
GOOD_CONFIDENCE, GOOD_PLAUSIBLE = 0.7, 0.6
FEW_WORDS, MANY_COMMON = 3, 10
# a long page read upside down still yields « no », « se », « ne » by chance
COMMON_SHARE = 0.12
LONG = 4


def warm() -> dict[str, Any]:
    """Prepare the engines; say which are there."""
    cv2.setNumThreads(1)
    Pillow.init()
    version = ocr.warm()
    lignes.warm(whole=True)
    if version:
        _read_a_first_page()
    return {
        "ocr": "tesseract" if version else "photo",
        "tesseract": version,
        "magic": LIBRARY,
    }


def _read_a_first_page() -> None:
    """Have every library load what it loads late, before the walls and the forks."""
    gris = np.full((1170, 827), 255, np.uint8)
    for rank in range(12):
        place = (60, 80 + 60 * rank)
        cv2.putText(gris, "le jour de la", place, cv2.FONT_HERSHEY_SIMPLEX, 1, (0,), 2)
        cv2.rectangle(gris, (400, 60 + 60 * rank), (420, 80 + 60 * rank), (0,), 2)
    for _ in _read_scan(pdf_page.Image(gris=gris, dpi=100), 1, {}):
        pass


def lire(file: BinaryIO, params: Mapping[str, Any]) -> Iterator[Answer]:
    """Read pages of a file.

    `params`: `type`, `pages` (numbers from 1), `pixels_max`, `page_s` (seconds of
    processor for one page), `ocr` (False: a page that needs it is sent to the photo
    engine), `relecture` (True: a second, slower reading).
    """
    octets = file.read()
    kind = str(params["type"])
    source: Any = open_pdf(octets) if kind == PDF else open_image(octets, kind)
    for numero in params["pages"]:
        start = time.process_time()
        chrono.start_page(float(params["page_s"]))
        try:
            if kind == PDF:
                page = pdf_page.load_page(source, numero - 1)
                yield from _read_pdf_page(page, numero, params)
                page.close()
            else:
                image = _frame(source, numero, params)
                if kind == JPEG and not image.dpi and feuille.is_photo(image.gris):
                    yield {"numero": numero, "renvoi": "photo"}, b""
                else:
                    yield from _read_scan(image, numero, params)
        except CodedError as error:
            yield unreadable(numero, error.code), b""
        except Exception as error:  # noqa: BLE001 one page lost, not the file
            yield unreadable(numero, repr(error)), b""
        yield {"fin": numero, "cpu_s": round(time.process_time() - start, 3)}, b""


def _frame(source: Any, numero: int, params: Mapping[str, Any]) -> pdf_page.Image:  # noqa: ANN401
    """Decode one frame of a TIFF, or the only image of a JPEG or PNG, in grey."""
    source.seek(numero - 1)
    if source.width * source.height > params["pixels_max"]:
        raise CodedError("image-trop-grande")
    dpi = float(source.info.get("dpi", (0, 0))[0] or 0)
    frame = source
    if frame.mode in ("RGBA", "LA", "PA") or "transparency" in frame.info:
        frame = frame.convert("RGBA")
        white = Pillow.new("RGBA", frame.size, "white")
        frame = Pillow.alpha_composite(white, frame)
    gris = np.asarray(frame.convert("L"))
    height, width = gris.shape
    # a resolution that makes the sheet absurd is a screen's or a phone's
    if not 4 < max(height, width) / max(dpi, 1) < 20:  # noqa: PLR2004 inches
        dpi = 0
    return pdf_page.Image(gris=gris, dpi=dpi, is_line_art=source.mode in ("1", "P"))


def _read_pdf_page(
    page: Any,  # noqa: ANN401 pypdfium2 ships no types
    numero: int,
    params: Mapping[str, Any],
) -> Iterator[Answer]:
    couche = pdf_page.read_layer(page)
    over_scan = pdf_page.has_full_page_image(page)
    if is_good_layer(couche, over_scan=over_scan):
        yield from _read_with_layer(page, couche, numero)
        return
    image = pdf_page.read_image(page, int(params["pixels_max"]))
    yield from _read_scan(image, numero, params)


def is_good_layer(couche: pdf_page.Couche, *, over_scan: bool) -> bool:
    """Judge a text layer: enough words, French ones, on an upright page if scanned."""
    words = [mot.texte for mot in couche.mots]
    enough = ENOUGH_OVER_SCAN if over_scan else ENOUGH_NATIVE
    if len(words) < enough or (over_scan and couche.rotation):
        return False
    return is_plausible_text(words)


def _read_with_layer(
    page: Any,  # noqa: ANN401 pypdfium2 ships no types
    couche: pdf_page.Couche,
    numero: int,
) -> Iterator[Answer]:
    """Keep the layer's words; look at the pixels for boxes and codes only."""
    _, height = page.get_size()
    dpi = min(PICTURE_DPI, apercu.HEIGHT_MAX * 72 / max(height, 1))
    gris = pdf_page.rasterise(page, dpi)
    back = (360 - couche.rotation) % 360
    gris = np.ascontiguousarray(feuille.turn(gris, back))
    yield picture(numero, gris, is_line_art=not pdf_page.has_pictures(page))
    ink = traits.binarise(gris)
    mots = _turned(couche)
    height_px, width_px = gris.shape
    scaled = [_scaled(mot, width_px, height_px) for mot in mots]
    cases = [
        carre
        for carre in traits.find_boxes(ink, dpi).cases
        if traits.is_isolated(ink, carre) or not is_within_word(carre.cadre, scaled)
    ]
    unites = [Unite([mot]) for mot in mots]
    yield page_read(
        numero,
        origine="couche_texte",
        mots=ranger(unites, 1.0, 1.0),
        cases=squares(cases, gris.shape),
        codes=codes.find_codes(gris, gris, len(mots)),
        rotation=couche.rotation,
        shape=gris.shape,
        compteurs={"couche": 1},
    )


def _turned(couche: pdf_page.Couche) -> list[MotLu]:
    """Turn the words back with the page."""
    return [_turn_back(mot, couche.rotation) for mot in couche.mots]


def _scaled(mot: MotLu, width: int, height: int) -> MotLu:
    return MotLu(
        texte=mot.texte,
        x0=mot.x0 * width,
        y0=mot.y0 * height,
        x1=mot.x1 * width,
        y1=mot.y1 * height,
    )


def _turn_back(mot: MotLu, rotation: int) -> MotLu:
    x0, y0, x1, y1 = mot.x0, mot.y0, mot.x1, mot.y1
    if rotation == 90:  # noqa: PLR2004 quarter turns
        x0, y0, x1, y1 = y0, 1 - x1, y1, 1 - x0
    elif rotation == 180:  # noqa: PLR2004
        x0, y0, x1, y1 = 1 - x1, 1 - y1, 1 - x0, 1 - y0
    elif rotation == 270:  # noqa: PLR2004
        x0, y0, x1, y1 = 1 - y1, x0, 1 - y0, x1
    return MotLu(texte=mot.texte, x0=x0, y0=y0, x1=x1, y1=y1)


@dataclass(slots=True)
class _Feuille:
    """A sheet being read: its pixels, upright as far as known, and what was done."""

    gris: Grille
    small: Grille
    rotation: int
    is_line_art: bool
    compteurs: dict[str, int]
    # a second reading: what the first one doubts is worth the price
    is_thorough: bool = False
    combs: Sequence[peignes.Peigne] = ()
    unites: list[Unite] = field(default_factory=list)

    def turn_over(self) -> None:
        self.gris = np.ascontiguousarray(feuille.turn(self.gris, 180))
        self.small = np.ascontiguousarray(feuille.turn(self.small, 180))
        self.rotation = (self.rotation + 180) % 360

    def read(self) -> list[Unite]:
        """Read combs cell by cell, and the rest without its rules."""
        self.compteurs["ocr"] += 1
        ink = traits.binarise(self.gris)
        regles = traits.find_rules(ink)
        combs = peignes.find_combs(ink, regles)
        self.combs = combs
        cleaned = self.gris.copy()
        traits.erase_rules(cleaned, ink, regles)
        peignes.erase(cleaned, combs)
        in_combs = peignes_lus.read_combs(
            self.gris, combs, ocr.read_symbols, self._read_hand
        )
        self.compteurs["peignes"] = len(combs)
        unites = ocr.read(cleaned)
        if self.is_thorough:
            boxes = self._lines_outside(combs)
            unites = relecture.read_thoroughly(
                unites, self.gris, boxes, self._read_hand
            )
        else:
            unites = relecture.read_again(unites, cleaned, self._read_hand)
        return unites + in_combs

    def _lines_outside(self, combs: Sequence[peignes.Peigne]) -> list[Grille]:
        """Find the lines of the sheet, its combs excepted: their rules would be read."""
        cleared = self.gris.copy()
        peignes.erase(cleared, combs)
        return lignes.find(cleared)

    def _read_hand(self, crops: Sequence[Grille]) -> list[tuple[str, float]]:
        self.compteurs["manuscrits"] = self.compteurs.get("manuscrits", 0) + len(crops)
        return lignes.read(crops)


def _read_scan(
    image: pdf_page.Image, numero: int, params: Mapping[str, Any]
) -> Iterator[Answer]:
    """Prepare the sheet, show it, read it; turn it over when it makes no sense."""
    if not params.get("ocr", True):
        yield {"numero": numero, "renvoi": "photo"}, b""
        return
    sheet = _lay_flat(image)
    sheet.is_thorough = bool(params.get("relecture", False))
    shown = sheet.rotation
    yield picture(numero, sheet.gris, is_line_art=sheet.is_line_art)
    has_strong_ink = not blancs.is_blank(sheet.small)
    if has_strong_ink or blancs.is_faint(sheet.small):
        read = _read_all_ways(image, sheet)
        if read is not sheet or read.rotation != shown:
            yield picture(numero, read.gris, is_line_art=read.is_line_art)
        sheet = read
        if has_strong_ink or nb_common(_words(sheet.unites)) >= FEW_WORDS:
            yield _as_read(numero, sheet)
            return
    yield blank(numero, sheet.rotation, sheet.gris.shape, sheet.compteurs)


def _read_all_ways(image: pdf_page.Image, sheet: _Feuille) -> _Feuille:
    """Read as the rows seem to lie; if words run otherwise, a quarter turn away."""
    _read_both_ways(sheet)
    was_turned = sheet.rotation in (90, 270)
    if _is_upright(sheet.unites) or (_runs_across(sheet.unites) and not was_turned):
        return sheet
    other = _lay_flat(image, is_sideways=not was_turned)
    other.is_thorough = sheet.is_thorough
    _read_both_ways(other)
    return other if _sense(other.unites) > _sense(sheet.unites) else sheet


def _lay_flat(image: pdf_page.Image, *, is_sideways: bool | None = None) -> _Feuille:
    """Bring a page to reading size, without border, straight and on white."""
    gris = feuille.to_reading_size(image.gris, image.dpi)
    small = feuille.halve(gris)
    clean = feuille.whiten_border(gris, small)
    pose = feuille.measure_pose(small, is_sideways=is_sideways)
    rotation = 90 if pose.is_sideways else 0
    straight = feuille.straighten(
        feuille.turn(clean, (360 - rotation) % 360), pose.biais
    )
    small = small if straight is gris else feuille.halve(straight)
    flat = feuille.flatten_background(straight, small)
    return _Feuille(
        gris=flat,
        small=small if flat is straight else feuille.halve(flat),
        rotation=rotation,
        is_line_art=image.is_line_art,
        compteurs={"image": int(image.is_taken_out), "ocr": 0},
    )


def _as_read(numero: int, sheet: _Feuille) -> Answer:
    height, width = sheet.gris.shape
    ink = traits.binarise(sheet.gris)
    carres = traits.find_boxes(ink).cases
    mots = [mot for unite in sheet.unites for mot in unite.mots]
    cases = [
        carre
        for carre in peignes.outside(carres, sheet.combs)
        if traits.is_isolated(ink, carre) or not is_within_word(carre.cadre, mots)
    ]
    return page_read(
        numero,
        origine="ocr",
        mots=ranger(sheet.unites, width, height),
        cases=squares(cases, sheet.gris.shape),
        codes=codes.find_codes(sheet.small, sheet.gris, len(mots)),
        rotation=sheet.rotation,
        shape=sheet.gris.shape,
        compteurs=sheet.compteurs,
    )


def _read_both_ways(sheet: _Feuille) -> None:
    """Read upright; when it makes no sense, read upside down too, keep the better."""
    sheet.unites = sheet.read()
    if _is_upright(sheet.unites):
        return
    first, sense = sheet.unites, _sense(sheet.unites)
    sheet.turn_over()
    sheet.unites = sheet.read()
    if _sense(sheet.unites) > 1.2 * sense + 1:
        return
    sheet.turn_over()
    sheet.unites = first


def _words(unites: Sequence[Unite]) -> list[str]:
    return [mot.texte for unite in unites for mot in unite.mots]


def _is_upright(unites: Sequence[Unite]) -> bool:
    """Tell whether a reading makes sense: upside down, no common word comes out."""
    words = _words(unites)
    common = nb_common(words)
    if not _runs_across(unites):
        return False
    if common >= max(MANY_COMMON, COMMON_SHARE * len(words)):
        return True
    return common >= FEW_WORDS and (
        ocr.mean_confidence(unites) >= GOOD_CONFIDENCE
        and plausible_share(words) >= GOOD_PLAUSIBLE
    )


def _runs_across(unites: Sequence[Unite]) -> bool:
    """Tell whether words are wider than tall: tesseract also reads down the page."""
    long = [mot for unite in unites for mot in unite.mots if len(mot.texte) >= LONG]
    tall = sum(mot.y1 - mot.y0 > mot.x1 - mot.x0 for mot in long)
    return tall <= len(long) / 2


def _sense(unites: Sequence[Unite]) -> float:
    """Weigh a reading: common French words, and words the reader is sure of."""
    if not _runs_across(unites):
        return 0.0
    sure = sum(mot.confiance > GOOD_CONFIDENCE for u in unites for mot in u.mots)
    return 3 * nb_common(_words(unites)) + sure
