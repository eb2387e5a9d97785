"""Where the seconds of a reading go: the reader's own functions, timed one by one.

Runs the reader in this process (no box), each named function counted to its stage and only
once: what it calls is taken off the caller. Seconds of processor: a busy machine does not
change the ratios.
"""

import io
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import tesserocr

from intake.boite import feuille, lecture, lignes, ocr, pdf_page, peignes, traits

PIXELS_MAX = 80_000_000
# module, function, stage
NAMED = (
    (pdf_page, "load_page", "pages"), (pdf_page, "read_layer", "pages"),
    (pdf_page, "read_image", "pages"), (pdf_page, "rasterise", "pages"),
    (lecture, "picture", "apercu"),
    (lecture, "_lay_flat", "remise à plat"), (traits, "binarise", "traits et cases"),
    (traits, "find_rules", "traits et cases"), (traits, "find_boxes", "traits et cases"),
    (peignes, "find_combs", "traits et cases"),
    (ocr, "read", "OCR"), (ocr, "read_symbols", "OCR des peignes"),
    (lignes, "read", "second lecteur"), (lignes, "find", "second lecteur"),
)  # fmt: skip


@dataclass(slots=True)
class Chrono:
    """Processor seconds per stage, without counting one inside another twice."""

    spent: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    images: list[Any] = field(default_factory=list)
    _open: list[float] = field(default_factory=list)

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, its own seconds counted to a stage."""

        def call(*args: Any, **kwargs: Any) -> Any:
            self._open.append(0.0)
            started = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                whole = time.process_time() - started
                self.spent[stage] += whole - self._open.pop()
                if self._open:
                    self._open[-1] += whole

        return call


@contextmanager
def watched(chrono: Chrono) -> Iterator[None]:
    """Time the named functions, and keep what pages the scan engine was given."""
    kept = [(module, name, getattr(module, name)) for module, name, _ in NAMED]
    for module, name, stage in NAMED:
        setattr(module, name, chrono.timed(stage, getattr(module, name)))
    flat = lecture._lay_flat  # noqa: SLF001 - the door to the scan engine

    def seen(image: pdf_page.Image, **kwargs: Any) -> Any:
        if not kwargs:
            chrono.images.append(feuille.to_reading_size(image.gris, image.dpi))
        return flat(image, **kwargs)

    lecture._lay_flat = seen  # type: ignore[assignment]  # noqa: SLF001
    try:
        yield
    finally:
        for module, name, function in kept:
            setattr(module, name, function)


def read_here(octets: bytes, kind: str, nb_pages: int, chrono: Chrono) -> float:
    """Read a file in this process under watch; return the processor seconds."""
    params = {
        "type": kind,
        "pages": list(range(1, nb_pages + 1)),
        "pixels_max": PIXELS_MAX,
        "page_s": 0,
        "ocr": True,
    }
    with watched(chrono):
        started = time.process_time()
        for _ in lecture.lire(io.BytesIO(octets), params):
            pass
        return time.process_time() - started


def bare(images: list[Any]) -> float:
    """Read the same pages with tesserocr and nothing else; return the processor seconds."""
    folder = next(name for name in ocr.FOLDERS if ocr._has_french(name))  # noqa: SLF001
    with tesserocr.PyTessBaseAPI(
        path=folder, lang=ocr.LANGUE, psm=tesserocr.PSM.AUTO
    ) as api:
        started = time.process_time()
        for gris in images:
            height, width = gris.shape
            api.SetImageBytes(gris.tobytes(), width, height, 1, width)
            api.SetSourceResolution(ocr.DPI)
            api.GetUTF8Text()
        return time.process_time() - started
