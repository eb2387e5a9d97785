"""One PDF page: its text layer with boxes, its scan taken out, or its raster."""

import ctypes
import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium_c

from intake.boite.mots import MotLu
from socle.sandbox_server import CodedError

Grille = np.ndarray[Any, Any]

FULL_PAGE, TOO_LARGE = 0.8, 1.1
DARK = 90
# the tangent of half a degree: an image turned by more is drawn, not taken out
SLANT = 0.01
RASTER_PIXELS_MAX = 40_000_000
DPI = 200
TEXT_MAX = 100_000
INVISIBLE = 3
SPACES = frozenset(
    {0x09, 0x0A, 0x0D, 0x20, 0xA0, 0x2002, 0x2003, 0x2009, 0x202F, 0xFFFE}
)
_UNIT = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Couche:
    """The text layer, as displayed: words in fractions of the displayed page.

    `rotation` is how far clockwise the words are turned.
    """

    mots: tuple[MotLu, ...]
    rotation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """Pixels of a page as displayed: grey, with their resolution (0: unknown)."""

    gris: Grille
    dpi: float
    is_taken_out: bool = False
    is_line_art: bool = False


def load_page(document: pypdfium2.PdfDocument, rank: int) -> pypdfium2.PdfPage:
    """Load a page; filled form fields become part of it."""
    page = document[rank]
    if pdfium_c.FPDFPage_GetAnnotCount(page) > 0:
        pdfium_c.FPDFPage_Flatten(page, pdfium_c.FLAT_NORMALDISPLAY)
        page.close()
        page = document[rank]
    return page


def read_layer(page: pypdfium2.PdfPage) -> Couche:
    """Read the words of the text layer with their boxes."""
    textpage = page.get_textpage()
    to_display = _to_display(page)
    count = min(textpage.count_chars(), TEXT_MAX)
    words: list[MotLu] = []
    flow = [0, 0, 0, 0]
    letters: list[str] = []
    boxes: list[tuple[float, float, float, float]] = []
    box = pdfium_c.FS_RECTF()
    for index in range(count + 1):
        code = pdfium_c.FPDFText_GetUnicode(textpage, index) if index < count else 0x20
        if code in SPACES or code < 0x20:  # noqa: PLR2004 the controls of ASCII
            _end_word(letters, boxes, words, flow)
            continue
        if pdfium_c.FPDFText_GetLooseCharBox(textpage, index, box):
            letters.append(chr(code))
            boxes.append(_display_box(box, to_display))
    textpage.close()
    turned = max(range(4), key=lambda side: flow[side]) * 90 if any(flow) else 0
    return Couche(mots=tuple(words), rotation=turned)


def _end_word(
    letters: list[str],
    boxes: list[tuple[float, float, float, float]],
    words: list[MotLu],
    flow: list[int],
) -> None:
    """Close the word being read, and note which way it runs."""
    if not letters:
        return
    x0, y0 = min(box[0] for box in boxes), min(box[1] for box in boxes)
    x1, y1 = max(box[2] for box in boxes), max(box[3] for box in boxes)
    words.append(MotLu(texte="".join(letters), x0=x0, y0=y0, x1=x1, y1=y1))
    if len(boxes) > 1:
        first, last = boxes[0], boxes[-1]
        dx, dy = last[0] + last[2] - first[0] - first[2], last[1] - first[1]
        side = (0 if dx >= 0 else 2) if abs(dx) >= abs(dy) else (1 if dy >= 0 else 3)
        flow[side] += len(boxes)
    letters.clear()
    boxes.clear()


def _to_display(page: pypdfium2.PdfPage) -> tuple[float, ...]:
    """Return the affine map from page space to fractions of the displayed page."""
    x, y = ctypes.c_int(), ctypes.c_int()

    def at(page_x: float, page_y: float) -> tuple[float, float]:
        pdfium_c.FPDF_PageToDevice(
            page,
            0,
            0,
            _UNIT,
            _UNIT,
            0,
            page_x,
            page_y,
            ctypes.byref(x),
            ctypes.byref(y),
        )
        return x.value / _UNIT, y.value / _UNIT

    origin, right, up = at(0, 0), at(1000, 0), at(0, 1000)
    return (
        (right[0] - origin[0]) / 1000,
        (up[0] - origin[0]) / 1000,
        origin[0],
        (right[1] - origin[1]) / 1000,
        (up[1] - origin[1]) / 1000,
        origin[1],
    )


def _display_box(
    box: Any,  # noqa: ANN401 a ctypes structure without a type
    to_display: tuple[float, ...],
) -> tuple[float, float, float, float]:
    a, b, c, d, e, f = to_display
    left, right, top, bottom = box.left, box.right, box.top, box.bottom
    xs = (a * left + b * top + c, a * right + b * bottom + c)
    ys = (d * left + e * top + f, d * right + e * bottom + f)
    return min(xs), min(ys), max(xs), max(ys)


def has_full_page_image(page: pypdfium2.PdfPage) -> bool:
    """Tell whether one image covers the page: a scan, whatever lies over it."""
    return _full_page_image(page)[0] is not None


def has_pictures(page: pypdfium2.PdfPage) -> bool:
    """Tell whether any image is drawn on the page."""
    kinds = [pdfium_c.FPDF_PAGEOBJ_IMAGE]
    return next(page.get_objects(filter=kinds, max_depth=3), None) is not None


def read_image(page: pypdfium2.PdfPage, pixels_max: int) -> Image:
    """Take the scan out of the page, or rasterise the page at 200 dpi."""
    found, is_alone = _full_page_image(page)
    if found is not None and is_alone:
        width, height = found.get_px_size()
        if width * height > pixels_max:
            raise CodedError("image-trop-grande", f"{width}x{height}")
        taken = _take_out(page, found)
        if taken is not None:
            return taken
    return Image(gris=rasterise(page, DPI), dpi=DPI)


def rasterise(page: pypdfium2.PdfPage, dpi: float) -> Grille:
    """Draw the page in grey at this resolution, within a bounded number of pixels."""
    width, height = (max(side, 1.0) for side in page.get_size())
    scale = min(dpi / 72, math.sqrt(RASTER_PIXELS_MAX / (width * height)))
    bitmap = page.render(scale=scale, grayscale=True)
    pixels: Grille = np.array(bitmap.to_numpy(), copy=True)
    return pixels.reshape(pixels.shape[:2])


def _full_page_image(page: pypdfium2.PdfPage) -> tuple[Any, bool]:
    """Return the image that covers the page, and whether nothing else is visible."""
    width, height = page.get_size()
    if page.get_rotation() in (90, 270):
        width, height = height, width
    best, alone = None, True
    for found in page.get_objects(max_depth=1):
        if found.type == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = found.get_bounds()
            share = (right - left) * (top - bottom) / (width * height)
            if FULL_PAGE < share < TOO_LARGE and best is None:
                best = found
                continue
        if found.type == pdfium_c.FPDF_PAGEOBJ_TEXT and _is_invisible(found):
            continue
        alone = False
    return best, alone


def _is_invisible(found: Any) -> bool:  # noqa: ANN401 pypdfium2 ships no types
    return int(pdfium_c.FPDFTextObj_GetTextRenderMode(found)) == INVISIBLE


def _take_out(page: pypdfium2.PdfPage, found: Any) -> Image | None:  # noqa: ANN401
    """Decode the image itself and turn it as displayed; None when in doubt."""
    axes = _display_axes(page, found)
    if axes is None:
        return None
    dpi = found.get_px_size()[0] / _shown_inches(page, axes)
    pixels = _decode(found, dpi)
    if pixels is None:
        return None
    reduced = pixels.shape[1] / found.get_px_size()[0]
    upright = _turn(pixels, axes)
    if float(upright[::8, ::8].mean()) < DARK:
        # a negative (Decode array, mask): the renderer knows how to show it
        return None
    is_bilevel = found.get_metadata().bits_per_pixel == 1
    return Image(
        gris=upright, dpi=dpi * reduced, is_taken_out=True, is_line_art=is_bilevel
    )


def _display_axes(page: pypdfium2.PdfPage, found: Any) -> Any:  # noqa: ANN401
    """Return the displayed directions of the image's rightward and downward axes."""
    a, b, c, d, _, _ = found.get_matrix().get()
    m = _to_display(page)
    right = np.array([m[0] * a + m[1] * b, m[3] * a + m[4] * b])
    down = np.array([-(m[0] * c + m[1] * d), -(m[3] * c + m[4] * d)])
    for axis in (right, down):
        if min(abs(axis)) > SLANT * max(abs(axis)):
            return None
    if not (abs(right) + abs(down) > 0).all():
        return None
    return right, down


def _shown_inches(page: pypdfium2.PdfPage, axes: Any) -> float:  # noqa: ANN401
    right, _ = axes
    width, height = page.get_size()
    return max(float(abs(right[0]) * width + abs(right[1]) * height) / 72, 0.1)


def _decode(found: Any, dpi: float) -> Grille | None:  # noqa: ANN401
    filters = found.get_filters()
    if filters == ["DCTDecode"] and found.get_metadata().bits_per_pixel in (8, 24):
        raw = np.frombuffer(bytes(found.get_data()), np.uint8)
        half = dpi >= 2 * DPI
        mode = cv2.IMREAD_REDUCED_GRAYSCALE_2 if half else cv2.IMREAD_GRAYSCALE
        return cv2.imdecode(raw, mode | cv2.IMREAD_IGNORE_ORIENTATION)
    bitmap = found.get_bitmap(render=False)
    pixels: Grille = np.array(bitmap.to_numpy(), copy=True)
    mode = bitmap.mode
    if pixels.ndim == 2 or pixels.shape[2] == 1:  # noqa: PLR2004 grey
        return pixels.reshape(pixels.shape[:2])
    code = cv2.COLOR_BGRA2GRAY if mode in ("BGRA", "BGRX") else cv2.COLOR_BGR2GRAY
    return cv2.cvtColor(pixels, code)


def _turn(pixels: Grille, axes: Any) -> Grille:  # noqa: ANN401
    """Turn and mirror the decoded image as the page shows it."""
    right, down = axes
    if abs(right[0]) < abs(right[1]):
        pixels = pixels.T
        right, down = down, right
    if right[0] < 0:
        pixels = pixels[:, ::-1]
    if down[1] < 0:
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
