"""Triage of an image: header read, sizes refused before decoding, then decoded once."""

import io
import struct
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import pi_heif
from PIL import ExifTags, Image

from intake.boite.signatures import HEIC, JPEG, PNG, TIFF
from socle.sandbox_server import CodedError

Image.MAX_IMAGE_PIXELS = None  # our own limit is checked on the header, before decoding
# the box lets no thread start
pi_heif.options.DECODE_THREADS = 0
warnings.filterwarnings("ignore", module="PIL")

DRAFT = (512, 512)
FORMATS = {TIFF: "TIFF", JPEG: "JPEG", PNG: "PNG"}
TAGS_MAX = 4096
WIDTH, HEIGHT, OFFSETS, COUNTS, TILE_OFFSETS, TILE_COUNTS = 256, 257, 273, 279, 324, 325
_SIZES = {1: 1, 3: 2, 4: 4}


def examine(octets: bytes, kind: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the findings about an image, or raise the code that refuses it."""
    pixels_max = int(params["pixels_max"])
    if kind == HEIC:
        return _examine_heic(octets, pixels_max)
    nb_pages = 1
    if kind == TIFF:
        nb_pages = _count_frames(octets, int(params["pages_max"]), pixels_max)
    image = open_image(octets, kind)
    if image.width * image.height > pixels_max:
        raise CodedError("image-trop-grande", f"{image.width}x{image.height}")
    is_photo = _is_photo(image, kind)
    try:
        image.draft("L", DRAFT)
        image.load()
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 Pillow raises anything on broken bytes
        raise CodedError("image-illisible", repr(error)) from None
    return {"nb_pages": nb_pages, "notes": [], "is_photo": is_photo}


def open_image(octets: bytes, kind: str) -> Image.Image:
    """Open an image by its real type only, without decoding it."""
    try:
        return Image.open(io.BytesIO(octets), formats=[FORMATS[kind]])
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 Pillow raises anything on broken bytes
        raise CodedError("image-illisible", repr(error)) from None


def _is_photo(image: Image.Image, kind: str) -> bool:
    """Tell a photo by its origin: a camera named in EXIF.

    Messengers take that name off: without a resolution either, the reader looks at the
    edges of the picture.
    """
    if kind != JPEG:
        return False
    exif = image.getexif()
    return any(exif.get(tag) for tag in (ExifTags.Base.Make, ExifTags.Base.Model))


def _examine_heic(octets: bytes, pixels_max: int) -> dict[str, Any]:
    if any(end > len(octets) for end in _boxes(octets)):
        raise CodedError("image-illisible", "truncated")
    try:
        image = pi_heif.open_heif(io.BytesIO(octets), convert_hdr_to_8bit=True)
        width, height = image.size
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 the codec raises anything
        raise CodedError("image-illisible", repr(error)) from None
    if width * height > pixels_max:
        raise CodedError("image-trop-grande", f"{width}x{height}")
    return {"nb_pages": 1, "notes": [], "is_photo": True}


def _boxes(octets: bytes) -> Iterator[int]:
    """Yield where each top-level box of the container says it ends."""
    position = 0
    while position + 8 <= len(octets):
        size = int.from_bytes(octets[position : position + 4], "big")
        if size == 1:
            size = int.from_bytes(octets[position + 8 : position + 16], "big")
        if size == 0:
            return
        if size < 8:  # noqa: PLR2004 a box has at least its own header
            raise CodedError("image-illisible", "box")
        position += size
        yield position


def _count_frames(octets: bytes, frames_max: int, pixels_max: int) -> int:
    """Walk the directories of a TIFF: count, loops, sizes, strips within the file."""
    order = "<" if octets[:2] == b"II" else ">"
    seen: set[int] = set()
    (offset,) = struct.unpack_from(order + "I", octets, 4)
    while offset:
        if offset in seen or offset + 2 > len(octets):
            raise CodedError("image-illisible", "directory")
        seen.add(offset)
        if len(seen) > frames_max:
            raise CodedError("trop-de-pages", f"{len(seen)}+")
        offset = _check_frame(octets, order, offset, pixels_max)
    if not seen:
        raise CodedError("image-illisible", "no directory")
    return len(seen)


def _check_frame(octets: bytes, order: str, offset: int, pixels_max: int) -> int:
    """Check one directory; return where the next one starts (0: none)."""
    (count,) = struct.unpack_from(order + "H", octets, offset)
    end = offset + 2 + 12 * count
    if count == 0 or count > TAGS_MAX or end + 4 > len(octets):
        raise CodedError("image-illisible", "directory")
    tags = {}
    for start in range(offset + 2, end, 12):
        tag, kind, number = struct.unpack_from(order + "HHI", octets, start)
        tags[tag] = _values(octets, order, start, kind, number)
    width, height = tags.get(WIDTH, ()), tags.get(HEIGHT, ())
    if not width or not height:
        raise CodedError("image-illisible", "size")
    if width[0] * height[0] > pixels_max:
        raise CodedError("image-trop-grande", f"{width[0]}x{height[0]}")
    for offsets, counts in ((OFFSETS, COUNTS), (TILE_OFFSETS, TILE_COUNTS)):
        pairs = zip(tags.get(offsets, ()), tags.get(counts, ()), strict=False)
        if any(start + size > len(octets) for start, size in pairs):
            raise CodedError("image-illisible", "strip")
    return int(struct.unpack_from(order + "I", octets, end)[0])


def _values(
    octets: bytes, order: str, start: int, kind: int, number: int
) -> tuple[int, ...]:
    size = _SIZES.get(kind)
    if size is None or number > len(octets):
        return ()
    position = start + 8
    if size * number > 4:  # noqa: PLR2004 four bytes fit in the entry itself
        (position,) = struct.unpack_from(order + "I", octets, start + 8)
    if position + size * number > len(octets):
        raise CodedError("image-illisible", "tag")
    letter = {1: "B", 2: "H", 4: "I"}[size]
    return struct.unpack_from(f"{order}{number}{letter}", octets, position)
