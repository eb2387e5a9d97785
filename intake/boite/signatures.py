"""What a file really is, from its first bytes; its name is only compared with it."""

import zlib
from collections.abc import Iterator

try:
    import magic

    LIBRARY = "systeme"
except ImportError:  # no libmagic on this machine: the wheel brings one
    import pylibmagic  # noqa: F401, I001 it first: it tells ctypes where its library is
    import magic

    LIBRARY = "pylibmagic"

PDF, TIFF, JPEG, PNG, HEIC = "pdf", "tiff", "jpeg", "png", "heic"
ACCEPTES = (PDF, TIFF, JPEG, PNG, HEIC)
EXTENSIONS = {
    "pdf": PDF,
    "tif": TIFF,
    "tiff": TIFF,
    "jpg": JPEG,
    "jpeg": JPEG,
    "jpe": JPEG,
    "jfif": JPEG,
    "png": PNG,
    "heic": HEIC,
    "heif": HEIC,
    "hif": HEIC,
}
PDF_START_MAX = 1023
STILL_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2"})
MOVING_BRANDS = frozenset({b"hevc", b"hevx", b"msf1", b"avis"})
HEAD = 4096
ZIP_TAIL = 22 + 65535


def real_type(octets: bytes) -> str | None:
    """Return the accepted type whose strict signature comes first, or None."""
    if octets.startswith((b"II\x2a\x00", b"MM\x00\x2a")):
        return TIFF
    if octets.startswith(b"\xff\xd8\xff"):
        return JPEG
    if octets.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if octets[4:8] == b"ftyp":
        return HEIC if _is_still_heic(octets) else None
    starts = octets.find(b"%PDF-", 0, PDF_START_MAX + 5) >= 0
    if starts and not _is_foreign(octets):
        return PDF
    return None


def _is_still_heic(octets: bytes) -> bool:
    brands = {octets[8:12]} | set(_compatible_brands(octets))
    if octets[8:12] in MOVING_BRANDS or b"avif" in brands:
        return False
    return bool(brands & STILL_BRANDS)


def _compatible_brands(octets: bytes) -> Iterator[bytes]:
    size = int.from_bytes(octets[:4], "big")
    for start in range(16, min(size, 256), 4):
        yield octets[start : start + 4]


def _is_foreign(octets: bytes) -> bool:
    """Tell another container whose bytes happen to hold `%PDF-` near the start."""
    return octets.startswith((b"PK\x03\x04", b"GIF8", b"MZ", b"\x7fELF", b"Rar!"))


def described_type(octets: bytes) -> str:
    """Name any content (libmagic): for the reason of a refusal only."""
    return str(magic.from_buffer(octets[:HEAD], mime=True))


def has_double_nature(octets: bytes, kind: str) -> bool:
    """Tell whether the bytes also open as something else (archive, page, PDF)."""
    tail = octets[-ZIP_TAIL:]
    end = tail.rfind(b"PK\x05\x06")
    if end >= 0:
        comment = int.from_bytes(tail[end + 20 : end + 22], "little")
        if abs(end + 22 + comment - len(tail)) <= HEAD:
            return True
    if kind != PDF:
        return b"%PDF-" in octets
    head = octets[:HEAD].lower()
    return any(mark in head for mark in (b"<html", b"<script", b"<!doctype", b"<svg"))


def inflated_size(octets: bytes, ceiling: int) -> int:
    """Count the bytes a deflate stream gives, stopping just above the ceiling."""
    inflater = zlib.decompressobj()
    total, rest = 0, octets
    while rest and not inflater.eof and total <= ceiling:
        try:
            total += len(inflater.decompress(rest, 1 << 20))
        except zlib.error:
            break
        rest = inflater.unconsumed_tail
    return total
