"""The reader of scans: one tesseract kept warm, inherited by every child."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from intake.boite.mots import MotLu, Unite

try:
    import tesserocr
except ImportError:  # a machine without it: every page goes to the photo engine
    tesserocr = None

Grille = np.ndarray[Any, Any]

LANGUE = "fra"
FOLDERS = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
)
DPI = 200
WORD_LEVEL = 5
RECOGNIZE_MS = 25_000
_COLUMNS = 12

_api: Any = None


def warm() -> str | None:
    """Load the French model once; answer the engine's version, or None without it."""
    global _api  # noqa: PLW0603 one engine per process, inherited by fork
    folder = next((name for name in FOLDERS if _has_french(name)), None)
    if tesserocr is None or folder is None:
        return None
    _api = tesserocr.PyTessBaseAPI(path=folder, lang=LANGUE, psm=tesserocr.PSM.AUTO)
    return str(tesserocr.tesseract_version().split("\n")[0])


def _has_french(folder: str) -> bool:
    return (Path(folder) / f"{LANGUE}.traineddata").is_file()


def read(gris: Grille) -> list[Unite]:
    """Read a grey page at 200 dpi: words in pixels, grouped by line."""
    height, width = gris.shape
    _api.SetImageBytes(np.ascontiguousarray(gris).tobytes(), width, height, 1, width)
    _api.SetSourceResolution(DPI)
    _api.Recognize(RECOGNIZE_MS)
    text = _api.GetTSVText(0)
    _api.Clear()
    return _units(text)


def read_symbols(gris: Grille) -> list[tuple[float, float, str, float]]:
    """Read a block of tight lines: each symbol with its middle and its confidence."""
    height, width = gris.shape
    _api.SetPageSegMode(tesserocr.PSM.SINGLE_BLOCK)
    _api.SetImageBytes(np.ascontiguousarray(gris).tobytes(), width, height, 1, width)
    _api.SetSourceResolution(DPI)
    _api.Recognize(RECOGNIZE_MS)
    symbols = list(_symbols(_api.GetIterator()))
    _api.Clear()
    _api.SetPageSegMode(tesserocr.PSM.AUTO)
    return symbols


def _symbols(found: Any) -> Iterator[tuple[float, float, str, float]]:  # noqa: ANN401
    level = tesserocr.RIL.SYMBOL
    for symbol in tesserocr.iterate_level(found, level) if found else ():
        box = symbol.BoundingBox(level)
        try:
            text = symbol.GetUTF8Text(level)
        except RuntimeError:  # a blank between two words
            continue
        if box and text:
            x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
            yield x, y, text, symbol.Confidence(level) / 100


def _units(text: str) -> list[Unite]:
    lines: dict[tuple[str, ...], list[MotLu]] = {}
    for entry in text.splitlines():
        fields = entry.split("\t")
        if len(fields) < _COLUMNS or fields[0] != str(WORD_LEVEL):
            continue
        mot = _word(fields)
        if mot is not None:
            lines.setdefault(tuple(fields[2:5]), []).append(mot)
    return [Unite(mots) for mots in lines.values()]


def _word(fields: Sequence[str]) -> MotLu | None:
    texte = fields[11].strip()
    if not texte:
        return None
    left, top, width, height = (int(value) for value in fields[6:10])
    return MotLu(
        texte=texte,
        x0=left,
        y0=top,
        x1=left + width,
        y1=top + height,
        confiance=max(float(fields[10]), 0.0) / 100,
    )


def mean_confidence(unites: Sequence[Unite]) -> float:
    """Return the mean confidence of the letters read, 0 to 1 (0 for nothing)."""
    weighted = [
        (mot.confiance * len(mot.texte), len(mot.texte))
        for unite in unites
        for mot in unite.mots
    ]
    letters = sum(weight for _, weight in weighted)
    return sum(value for value, _ in weighted) / letters if letters else 0.0
