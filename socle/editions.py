"""Values + layout → PDF (Typst, PDF/A-3a and PDF/UA-1): the only place that composes pages.

Values travel as JSON through `sys.inputs`: they are shown, never read as markup. The same
values, layout and instant give the same bytes. Only the fonts shipped here are used.
"""

import datetime as dt
import functools
import json
import re
import struct
import threading
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from socle.errors import RefusedError

if TYPE_CHECKING:
    import typst

FONTS = Path(__file__).parent / "polices"
STANDARDS: list["typst.PDFStandard"] = ["a-3a", "ua-1"]
_INPUT = "valeurs"
_UNICODE_TABLES = {(3, 10), (3, 1), (0, 3), (0, 4)}
_SEGMENTS, _GROUPS = 4, 12
_LAST = 0xFFFF
_local = threading.local()


def compose(layout: Path, values: dict[str, Any], *, instant: dt.datetime) -> bytes:
    """Return the PDF of these values; `instant` is the date written inside the file.

    Text that the fonts cannot draw, or that hides (direction marks, controls), is shown
    by its code (« [U+202E] »), so that nothing is lost and nothing deceives. Raises
    `RefusedError` when it cannot be laid out: one document stops no other.
    """
    text = json.dumps(shown(values), ensure_ascii=False)
    try:
        made = _compiler(layout).compile(
            sys_inputs={_INPUT: text},
            format="pdf",
            pdf_standards=STANDARDS,
            timestamp=int(instant.timestamp()),
        )
    except RuntimeError as error:  # what the library calls TypstError
        raise RefusedError(
            "mise-en-page-impossible",
            "Ce document ne peut pas être mis en page : prévenez l'exploitant.",
        ) from error
    assert isinstance(made, bytes)
    return made


def _compiler(layout: Path) -> "typst.Compiler":
    """Return this thread's compiler of a layout: fonts are read once."""
    import typst

    known: dict[Path, typst.Compiler] = _local.__dict__.setdefault("compilers", {})
    if layout not in known:
        known[layout] = typst.Compiler(
            layout, root=layout.parent, font_paths=_fonts(), ignore_system_fonts=True
        )
    return known[layout]


@functools.cache
def _fonts() -> "typst.Fonts":
    import typst

    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS]
    )


def shown(value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """Return a JSON value whose every text can be drawn."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {name: shown(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [shown(part) for part in value]
    return value


def printable(text: str) -> str:
    r"""Return a text the fonts can draw; what they cannot is named by its code.

    >>> printable("Anaïs\u202e $x$ 🙂")
    'Anaïs[U+202E] $x$ [U+1F642]'
    """
    if text.isascii() and text.isprintable():
        return text
    return _uncovered().sub(
        lambda found: f"[U+{ord(found[0]):04X}]", unicodedata.normalize("NFC", text)
    )


@functools.cache
def _uncovered() -> re.Pattern[str]:
    """Return what matches one sign the fonts cannot draw, a new line apart."""
    kept = "".join(re.escape(chr(point)) for point in sorted(covered()))
    return re.compile(f"[^\n{kept}]")


@functools.cache
def covered() -> frozenset[int]:
    """Return the code points every shipped font draws, hidden marks left out."""
    fonts = [coverage(path.read_bytes()) for path in sorted(FONTS.glob("*.ttf"))]
    common = frozenset.intersection(*fonts)
    return frozenset(
        point for point in common if unicodedata.category(chr(point))[0] != "C"
    )


def coverage(font: bytes) -> frozenset[int]:
    """Return the code points of a TrueType font, from its character map."""
    (tables,) = struct.unpack_from(">H", font, 4)
    for rank in range(tables):
        tag, _, start, _ = struct.unpack_from(">4sLLL", font, 12 + 16 * rank)
        if tag == b"cmap":
            return frozenset(_points(font, start))
    raise ValueError("a font without a character map")


def _points(font: bytes, start: int) -> set[int]:
    (count,) = struct.unpack_from(">H", font, start + 2)
    points: set[int] = set()
    for rank in range(count):
        platform, kind, offset = struct.unpack_from(">HHL", font, start + 4 + 8 * rank)
        if (platform, kind) in _UNICODE_TABLES:
            points |= _subtable(font, start + offset)
    return points


def _subtable(font: bytes, at: int) -> set[int]:
    (form,) = struct.unpack_from(">H", font, at)
    if form == _GROUPS:
        (count,) = struct.unpack_from(">L", font, at + 12)
        ranges = [
            struct.unpack_from(">LL", font, at + 16 + 12 * rank)
            for rank in range(count)
        ]
        return {point for first, last in ranges for point in range(first, last + 1)}
    if form != _SEGMENTS:
        return set()
    (double,) = struct.unpack_from(">H", font, at + 6)
    ends = struct.unpack_from(f">{double // 2}H", font, at + 14)
    starts = struct.unpack_from(f">{double // 2}H", font, at + 16 + double)
    return {
        point
        for first, last in zip(starts, ends, strict=True)
        for point in range(first, last + 1)
        if point != _LAST
    }
