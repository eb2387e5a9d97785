"""What a page looks like, in 64 bits: two scans of one sheet differ by a few of them.

The coarse shapes of the page (discrete cosine transform, lowest frequencies) against their
median: scanner, noise and resolution hardly move them. Two fillings of one form look alike
too: the look only tells which pages are worth comparing, the words decide.
"""

from typing import Any

import cv2
import numpy as np

Grille = np.ndarray[Any, Any]

SIDE, KEPT = 32, 8
BITS = KEPT * KEPT


def look(pixels: Grille) -> str:
    """Return the look of a page as 16 hexadecimal digits."""
    gris = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)  # noqa: PLR2004 grey
    small = cv2.resize(gris, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    low = cv2.dct(small.astype(np.float32))[:KEPT, :KEPT].ravel()
    # the first coefficient is the mean grey: paper, not ink
    bits = low > np.median(low[1:])
    bits[0] = False
    return f"{int(''.join('1' if bit else '0' for bit in bits), 2):016x}"
