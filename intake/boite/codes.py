"""Machine-readable codes: formats named, upright first, everything only when asked."""

from typing import Any

import numpy as np
import zxingcpp

from intake.boite import barres

Grille = np.ndarray[Any, Any]

FORMATS = zxingcpp.BarcodeFormats(
    [
        zxingcpp.BarcodeFormat.QRCode,
        zxingcpp.BarcodeFormat.DataMatrix,
        zxingcpp.BarcodeFormat.Code128,
        zxingcpp.BarcodeFormat.Code39,
        zxingcpp.BarcodeFormat.PDF417,
    ]
)


# a sheet that says little may be a slip: worth a slow look
FEW_WORDS = 110


def find_codes(small: Grille, gris: Grille, nb_words: int) -> list[list[object]]:
    """Return the codes of a page: quickly at half size, then as fine as it takes."""
    found = read_codes(small) or read_codes(gris)
    if not found and nb_words <= FEW_WORDS:
        return read_codes(gris, thorough=True) or barres.find_patch(small)
    return found


def read_codes(small: Grille, *, thorough: bool = False) -> list[list[object]]:
    """Return the codes of a half-size page as JSON lists, zones in fractions."""
    found = zxingcpp.read_barcodes(
        small,
        formats=FORMATS,
        try_rotate=thorough,
        try_invert=thorough,
        try_downscale=thorough,
    )
    height, width = small.shape[:2]
    return [_entry(code, width, height) for code in found if code.valid]


def _entry(code: Any, width: int, height: int) -> list[object]:  # noqa: ANN401
    place = code.position
    corners = (place.top_left, place.top_right, place.bottom_left, place.bottom_right)
    xs, ys = [corner.x for corner in corners], [corner.y for corner in corners]
    return [
        str(code.format).rpartition(".")[2],
        code.text,
        *(
            round(value, 5)
            for value in (
                min(xs) / width,
                min(ys) / height,
                (max(xs) - min(xs)) / width,
                (max(ys) - min(ys)) / height,
            )
        ),
    ]
