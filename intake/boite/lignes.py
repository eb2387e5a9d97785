"""The reader of single lines (onnx): photos, and handwriting that tesseract loses."""

import re
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from rapidocr import RapidOCR
from rapidocr.ch_ppocr_rec import TextRecInput

Grille = np.ndarray[Any, Any]

DETECTION_SIDE = 1600
_PARAMS = {
    "Global.log_level": "error",
    # one page is read by one thread
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    "Det.limit_type": "max",
    "Det.limit_side_len": DETECTION_SIDE,
}

# a zero written with its bar comes out as an at sign
_SLASHED_ZERO = re.compile(r"(?<=[\d/])@|@(?=[\d/])")
# « DUPONTMarie »: family names stand in capitals, first names do not
_GLUED_NAMES = re.compile(r"(?<=[A-ZÀ-Ý]{2})(?=[A-ZÀ-Ý][a-zà-ÿ]{2})")

_engine: Any = None


def warm(*, whole: bool) -> None:
    """Load the reader of lines, and with `whole` the finder of lines in a photo.

    The models load at their first use: a first word is read.
    """
    global _engine  # noqa: PLW0603 one engine per process, inherited by fork
    _engine = RapidOCR(params=_PARAMS)
    page = np.full((200, 600, 3), 255, np.uint8)
    cv2.putText(page, "Bonjour", (40, 120), cv2.FONT_HERSHEY_SIMPLEX, 2, (0, 0, 0), 4)
    _engine(page, use_det=whole, use_cls=whole, use_rec=True)


def find(gris: Grille) -> list[Grille]:
    """Return the four corners of each line of a photo, top left first."""
    found = _engine.text_det(cv2.cvtColor(gris, cv2.COLOR_GRAY2BGR)).boxes
    return [] if found is None else [np.asarray(box, np.float32) for box in found]


def size(box: Grille) -> tuple[float, float]:
    """Return the width and the height of a line, whatever its slope, in pixels."""
    return (
        float(np.linalg.norm(box[1] - box[0])),
        float(np.linalg.norm(box[3] - box[0])),
    )


def crop(gris: Grille, box: Grille) -> Grille:
    """Cut a line out, straightened."""
    width, height = (max(round(side), 1) for side in size(box))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(box, target)
    return cv2.warpPerspective(
        gris, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE
    )


def count_upside_down(crops: Sequence[Grille]) -> int:
    """Return how many more lines are upside down than upright (negative: fewer)."""
    votes = _engine.text_cls([_colours(crop) for crop in crops]).cls_res
    return sum(1 if label == "180" else -1 for label, _ in votes)


def read(crops: Sequence[Grille]) -> list[tuple[str, float]]:
    """Read grey lines; return the text and the confidence of each."""
    if not crops:
        return []
    images = [_colours(crop) for crop in crops]
    read_lines = _engine.text_rec(TextRecInput(img=images, return_word_box=False))
    return [
        (mended(str(text)), float(score))
        for text, score in zip(read_lines.txts, read_lines.scores, strict=True)
    ]


def mended(text: str) -> str:
    """Return a reading without the slips this reader is known for."""
    return _GLUED_NAMES.sub(" ", _SLASHED_ZERO.sub("0", text))


def _colours(gris: Grille) -> Grille:
    return cv2.cvtColor(np.ascontiguousarray(gris), cv2.COLOR_GRAY2BGR)
