"""Pages → the bytes a user would send: PDF, TIFF, JPEG, PNG, HEIC."""

import io
import zlib
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

Words = list[tuple[str, float, float, float]]
ORIENTATION = 0x0112


def jpeg(page: np.ndarray, quality: int = 70) -> bytes:
    """Compress one page as JPEG."""
    picture = page if page.ndim == 2 else cv2.cvtColor(page, cv2.COLOR_RGB2BGR)
    _, made = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(made)


def scan_jpeg(page: np.ndarray, dpi: int, quality: int) -> bytes:
    """Compress one scanned page as the copier does, with its resolution."""
    target = io.BytesIO()
    Image.fromarray(page).save(target, "JPEG", quality=quality, dpi=(dpi, dpi))
    return target.getvalue()


def photo_jpeg(page: np.ndarray, dpi: int, turn: int) -> bytes:
    """Compress a telephone photo; `turn` is told by EXIF, not by the pixels."""
    clockwise = {0: 1, 90: 6, 180: 3, 270: 8}
    sensor = np.ascontiguousarray(np.rot90(page, turn // 90))
    picture = Image.fromarray(sensor)
    exif = Image.Exif()
    exif[ORIENTATION] = clockwise[turn]
    exif[0x010F] = "Telephone"
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=78, exif=exif, dpi=(dpi, dpi))
    return target.getvalue()


def png(page: np.ndarray, dpi: int) -> bytes:
    """Compress a screen capture."""
    target = io.BytesIO()
    Image.fromarray(page).save(target, "PNG", dpi=(dpi, dpi))
    return target.getvalue()


def heic(page: np.ndarray) -> bytes | None:
    """Compress as HEIC; None where the library cannot."""
    try:
        import pi_heif

        picture = Image.fromarray(page)
        target = io.BytesIO()
        pi_heif.from_pillow(picture).save(target, quality=60)
        return target.getvalue()
    except (ImportError, AttributeError, RuntimeError, ValueError, OSError):
        return None


def tiff(pages: Sequence[np.ndarray], dpi: int, *, bitonal: bool) -> bytes:
    """Write a multi-page TIFF: G4 when bitonal, JPEG when grey."""
    pictures = [Image.fromarray(page) for page in pages]
    if bitonal:
        pictures = [
            picture.convert("1", dither=Image.Dither.NONE) for picture in pictures
        ]
    target = io.BytesIO()
    pictures[0].save(
        target, "TIFF", save_all=True, append_images=pictures[1:], dpi=(dpi, dpi),
        compression="group4" if bitonal else "jpeg",
    )  # fmt: skip
    return target.getvalue()


def g4(page: np.ndarray) -> bytes:
    """Return the CCITT G4 strip of a bitonal page."""
    picture = Image.fromarray(page).convert("1", dither=Image.Dither.NONE)
    target = io.BytesIO()
    picture.save(target, "TIFF", compression="group4", strip_size=1 << 28)
    with Image.open(io.BytesIO(target.getvalue())) as again:
        offset = again.tag_v2[273][0]  # type: ignore[attr-defined]
        length = again.tag_v2[279][0]  # type: ignore[attr-defined]
    return target.getvalue()[offset : offset + length]


def pdf(
    pages: Sequence[np.ndarray],
    dpi: int,
    *,
    bitonal: bool,
    quality: int = 65,
    rotate: int = 0,
    layers: Sequence[Words] | None = None,
) -> bytes:
    """Write an image PDF, with an invisible text layer if `layers`."""
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    def stream(head: bytes, body: bytes) -> int:
        return add(b"<< " + head + b" /Length %d >>\nstream\n" % len(body) + body
                   + b"\nendstream")  # fmt: skip

    add(b"")  # the catalogue, known at the end
    add(b"")  # the page tree
    font = add(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica "
               b"/Encoding /WinAnsiEncoding >>")  # fmt: skip
    kids = []
    for rank, page in enumerate(pages):
        high, wide = page.shape[:2]
        size = b"/Width %d /Height %d" % (wide, high)
        if bitonal:
            image = stream(
                b"/Type /XObject /Subtype /Image " + size + b" /BitsPerComponent 1 "
                b"/ColorSpace /DeviceGray /Filter /CCITTFaxDecode /DecodeParms "
                b"<< /K -1 /Columns %d /Rows %d /BlackIs1 true >>" % (wide, high),
                g4(page),
            )
        else:
            space = b"/DeviceGray" if page.ndim == 2 else b"/DeviceRGB"
            image = stream(
                b"/Type /XObject /Subtype /Image " + size + b" /BitsPerComponent 8 "
                b"/ColorSpace " + space + b" /Filter /DCTDecode",
                jpeg(page, quality),
            )
        w, h = wide * 72 / dpi, high * 72 / dpi
        drawn = f"q {w:.2f} 0 0 {h:.2f} 0 0 cm /Im0 Do Q".encode()
        if layers:
            drawn += _hidden(layers[rank])
        content = stream(b"/Filter /FlateDecode", zlib.compress(drawn))
        turn = b" /Rotate %d" % rotate if rotate else b""
        kids.append(
            add(
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.2f %.2f]" % (w, h)
                + turn
                + b" /Resources << /XObject << /Im0 %d 0 R >> /Font << /F1 %d 0 R >> >>"
                % (image, font)
                + b" /Contents %d 0 R >>" % content
            )
        )
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (
        len(kids), b" ".join(b"%d 0 R" % kid for kid in kids))  # fmt: skip
    return _assemble(objects)  # fmt: skip


def _hidden(layer: Words) -> bytes:
    """Write words as an OCR does: render mode 3, nothing is painted."""
    parts = [b"\nBT 3 Tr\n"]
    for text, x, y, high in layer:
        plain = text.encode("cp1252", "replace")
        for char in (b"\\", b"(", b")"):
            plain = plain.replace(char, b"\\" + char)
        size = max(high, 5.0) * 1.05
        parts.append(
            b"/F1 %.1f Tf 1 0 0 1 %.2f %.2f Tm (%s ) Tj\n" % (size, x, y, plain)
        )
    parts.append(b"ET")
    return b"".join(parts)


def _assemble(objects: Sequence[bytes]) -> bytes:
    made = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        made += b"%010d 00000 n \n" % place
    made += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, start)  # fmt: skip
    return bytes(made)
