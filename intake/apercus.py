"""The picture of a page, checked before it is kept: only pixels, of a sensible size."""

import struct

OCTETS_MAX = 4 << 20
SIDE_MAX = 4096
SIGNATURE_END = 12
_METADATA = (b"EXIF", b"XMP ", b"ICCP")


def checked(octets: bytes) -> bytes | None:
    """Return the WebP picture a child made, or None when it is anything else."""
    if not 20 < len(octets) <= OCTETS_MAX:  # noqa: PLR2004 shorter than its headers
        return None
    if octets[:4] != b"RIFF" or octets[8:SIGNATURE_END] != b"WEBP":
        return None
    if struct.unpack_from("<I", octets, 4)[0] + 8 != len(octets):
        return None
    sizes = []
    position = SIGNATURE_END
    while position + 8 <= len(octets):
        name, size = octets[position : position + 4], _size(octets, position + 4)
        if name in _METADATA:
            return None
        if name in _SIZES:
            sizes.append(_SIZES[name](octets, position + 8))
        position += 8 + size + size % 2
    is_sensible = len(sizes) == 1 and max(sizes[0]) <= SIDE_MAX
    return octets if is_sensible else None


def _size(octets: bytes, position: int) -> int:
    return int(struct.unpack_from("<I", octets, position)[0])


def _lossy_size(octets: bytes, position: int) -> tuple[int, int]:
    if position + 10 > len(octets):
        return SIDE_MAX + 1, SIDE_MAX + 1
    width, height = struct.unpack_from("<HH", octets, position + 6)
    return width & 0x3FFF, height & 0x3FFF


def _lossless_size(octets: bytes, position: int) -> tuple[int, int]:
    if position + 5 > len(octets):
        return SIDE_MAX + 1, SIDE_MAX + 1
    bits = _size(octets, position + 1)
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


_SIZES = {b"VP8 ": _lossy_size, b"VP8L": _lossless_size}
