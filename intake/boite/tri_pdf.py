"""Triage of a PDF: opened, counted, weighed; what it would run is noted, never run.

Bombs are looked for in the bytes before any parser sees them.
"""

import io
import logging
import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import pypdf
import pypdfium2
import pypdfium2.raw as pdfium_c

from intake.boite import signatures
from socle.sandbox_server import CodedError

logging.getLogger("pypdf").setLevel(logging.CRITICAL)

STREAM_MAX = 64 << 20
TOTAL_MAX = 256 << 20
# deflate never gives more than about a thousand times its size
DEFLATE_RATIO = 1032
DEFLATE_ROUNDS_MAX = 4
OBJECT_HEAD = 2048
OBJECT_STREAM_MAX = 4 << 20
SIDE_MAX_PT = 14_400

_STREAM = re.compile(rb"stream\r?\n")
_NAME_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_NUMBER = {
    name: re.compile(rb"/" + name + rb"\s+(\d{1,10})(?!\s+\d+\s+R)")
    for name in (b"Width", b"Height", b"Length")
}
_ACTIVE = re.compile(
    rb"/(JavaScript|JS|Launch|SubmitForm|ImportData|GoToR|GoToE|EmbeddedFiles?|XFA"
    rb"|RichMedia|Movie|Sound|Rendition)\b"
)
_SIGNATURE = re.compile(rb"/ByteRange\s*\[|/Type\s*/Sig\b")


def examine(octets: bytes, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the findings about a PDF, or raise the code that refuses it."""
    skeleton = _weigh(octets, int(params["pixels_max"]))
    document = open_pdf(octets)
    nb_pages = len(document)
    if nb_pages == 0:
        raise CodedError("pdf-sans-page")
    if nb_pages > params["pages_max"]:
        raise CodedError("trop-de-pages", str(nb_pages))
    if is_truncated(octets):
        raise CodedError("pdf-illisible", "truncated")
    _check_sizes(document)
    notes = []
    if _ACTIVE.search(skeleton):
        notes.append("contenu-actif")
    if _SIGNATURE.search(skeleton):
        notes.append("signature-presente")
    producer = document.get_metadata_dict(skip_empty=True)
    return {
        "nb_pages": nb_pages,
        "notes": notes,
        "producteur": str(producer.get("Producer", ""))[:200],
        "createur": str(producer.get("Creator", ""))[:200],
    }


def open_pdf(octets: bytes) -> pypdfium2.PdfDocument:
    """Open a PDF, or raise `pdf-protege`, `pdf-sans-page` or `pdf-illisible`.

    What the renderer cannot open is written afresh by the other parser, if it can.
    """
    try:
        return pypdfium2.PdfDocument(octets)
    except pypdfium2.PdfiumError as error:
        code = getattr(error, "err_code", None)
        locked = (pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY)
        if code in locked:
            raise CodedError("pdf-protege") from None
    try:
        return pypdfium2.PdfDocument(_rewritten(octets))
    except pypdfium2.PdfiumError as error:
        raise CodedError("pdf-illisible", str(error)) from None


def _rewritten(octets: bytes) -> bytes:
    out = io.BytesIO()
    try:
        reader = pypdf.PdfReader(io.BytesIO(octets))
        nb_pages = len(reader.pages)
        writer = pypdf.PdfWriter(clone_from=reader)
        writer.write(out)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 it raises anything on broken bytes
        raise CodedError("pdf-illisible", repr(error)) from None
    if nb_pages == 0:
        raise CodedError("pdf-sans-page")
    return out.getvalue()


def _check_sizes(document: pypdfium2.PdfDocument) -> None:
    for rank in range(len(document)):
        try:
            width, height = document.get_page_size(rank)
        except pypdfium2.PdfiumError:
            continue
        if max(width, height) > SIDE_MAX_PT:
            raise CodedError("image-trop-grande", f"page {rank + 1}")


def is_truncated(octets: bytes) -> bool:
    """Tell whether the end is missing: pdfium would quietly show what is left.

    Complete files end with `%%EOF`, whatever trails; an object after the last one is
    the start of an update that was cut.
    """
    end = octets.rfind(b"%%EOF")
    if end < 0 or re.search(rb"\d\s+obj\b", octets[end:]):
        return True
    announced = re.search(
        rb"/Linearized\s.{0,120}?/L\s+(\d+)", octets[:1536], re.DOTALL
    )
    return announced is not None and int(announced[1]) > len(octets)


def _weigh(octets: bytes, pixels_max: int) -> bytes:
    """Refuse bombs; return the bytes outside streams, object streams unfolded."""
    outside: list[bytes] = []
    position = 0
    weighed: list[tuple[bytes, int, int]] = []
    for head, start, end in _streams(octets):
        outside.append(octets[position:start])
        position = end
        is_image = b"/Image" in head
        if is_image and _pixels(head) > pixels_max:
            raise CodedError("image-trop-grande", "image of a page")
        if not is_image:
            weighed.append((head, start, end))
        if b"/ObjStm" in head:
            outside.append(_unfolded(octets[start:end]))
    outside.append(octets[position:])
    _weigh_streams(octets, weighed)
    return _NAME_ESCAPE.sub(lambda m: bytes([int(m[1], 16)]), b"\n".join(outside))


def _streams(octets: bytes) -> Iterator[tuple[bytes, int, int]]:
    position = 0
    while found := _STREAM.search(octets, position):
        start = found.end()
        if octets[found.start() - 3 : found.start()] == b"end":
            position = start
            continue
        head = octets[max(position, found.start() - OBJECT_HEAD) : found.start()]
        head = head[max(head.rfind(b" obj"), 0) :]
        end = _end_of_stream(octets, head, start)
        yield head, start, end
        position = end


def _end_of_stream(octets: bytes, head: bytes, start: int) -> int:
    announced = _NUMBER[b"Length"].search(head)
    if announced:
        end = start + int(announced[1])
        if octets[end : end + 16].lstrip().startswith(b"endstream"):
            return end
    end = octets.find(b"endstream", start)
    return len(octets) if end < 0 else end


def _weigh_streams(octets: bytes, found: list[tuple[bytes, int, int]]) -> None:
    """Refuse a document that unfolds beyond the caps; most cannot, by their size."""
    rounds = [_rounds(head) for head, _, _ in found]
    size = sum(end - start for _, start, end in found)
    if max(rounds, default=0) <= 1 and size * DEFLATE_RATIO < STREAM_MAX:
        return
    total = 0
    for count, (_, start, end) in zip(rounds, found, strict=True):
        total += _weigh_stream(count, octets[start:end])
        if total > TOTAL_MAX:
            raise CodedError("pdf-trop-complexe", "document")


def _rounds(head: bytes) -> int:
    return min(head.count(b"/FlateDecode") + head.count(b"/Fl "), DEFLATE_ROUNDS_MAX)


def _weigh_stream(rounds: int, body: bytes) -> int:
    """Return how much a stream unfolds to; raise when it is a bomb."""
    if rounds == 0:
        return len(body)
    for _ in range(rounds - 1):
        body = _unfolded(body)
    size = signatures.inflated_size(body, STREAM_MAX)
    if size > STREAM_MAX:
        raise CodedError("pdf-trop-complexe", "stream")
    return size


def _unfolded(body: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(body, OBJECT_STREAM_MAX)
    except zlib.error:
        return b""


def _pixels(head: bytes) -> int:
    width, height = (_NUMBER[name].search(head) for name in (b"Width", b"Height"))
    return int(width[1]) * int(height[1]) if width and height else 0
