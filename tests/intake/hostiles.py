"""Hostile files by family, made on the spot: reduced sizes, same tricks."""

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence

import numpy as np
import pypdf
from PIL import Image

from tests.intake import feuillets

MIB = 1 << 20


def pdf(
    objects: Sequence[bytes], *, header: bytes = b"%PDF-1.7\n", root: int = 1
) -> bytes:
    """Write a PDF from its objects (numbered from 1), with a true cross-reference."""
    out = bytearray(header)
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += b"trailer\n<< /Size %d /Root %d 0 R >>\n" % (len(objects) + 1, root)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """Write a stream object."""
    head = b"<< /Length %d %b >>\nstream\n" % (len(content), entries)
    return head + content + b"\nendstream"


TEXTE = b"BT /F1 24 Tf 72 700 Td (Bonjour le monde de la mairie) Tj ET"
CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"
POLICE = b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"


def page(box: bytes = b"0 0 595 842", more: bytes = b"") -> bytes:
    """Write a page object whose content is object 4."""
    return (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [%b] /Resources %b /Contents 4 0 R %b >>"
        % (box, POLICE, more)
    )


def simple(
    *,
    content: bytes | None = None,
    box: bytes = b"0 0 595 842",
    catalogue: bytes = b"",
    more: bytes = b"",
    header: bytes = b"%PDF-1.7\n",
    extra: Sequence[bytes] = (),
) -> bytes:
    """Write a one-page PDF with a text layer."""
    return pdf(
        [
            CATALOGUE[:-2] + catalogue + b" >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            page(box, more),
            stream(TEXTE) if content is None else content,
            *extra,
        ],
        header=header,
    )


def deflated_zeros(size: int) -> bytes:
    """Deflate many zeros without holding them."""
    deflater = zlib.compressobj(9)
    chunk = bytes(MIB)
    parts = [deflater.compress(chunk) for _ in range(size // MIB)]
    return b"".join(parts) + deflater.flush()


def bombe_contenu(size: int = 512 * MIB) -> bytes:
    """G01: a page whose content unfolds a thousand times."""
    return simple(content=stream(deflated_zeros(size), b"/Filter /FlateDecode"))


def bombe_emboitee() -> bytes:
    """G01: a bomb deflated again, small enough to pass a look at its size."""
    body = zlib.compress(deflated_zeros(512 * MIB), 9)
    filters = b"/Filter [/FlateDecode /FlateDecode]"
    return simple(content=stream(body, filters))


def nombreuses_bombes() -> bytes:
    """G01: many streams, each below the cap of one stream."""
    body = stream(deflated_zeros(48 * MIB), b"/Filter /FlateDecode")
    return simple(extra=[body] * 8)


def boucle_arbre() -> bytes:
    """G02: a page tree that holds itself."""
    return pdf([CATALOGUE, b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 >>", page()])


def boucle_prev() -> bytes:
    """G02: cross-reference tables that point at each other for ever."""
    octets = simple()
    start = octets.rindex(b"startxref\n") + 10
    place = octets[start : octets.index(b"\n", start)]
    return octets.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev " + place)


def arbre_profond(depth: int = 3000) -> bytes:
    """G02: a page tree thousands of levels deep."""
    kids = [
        b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (number + 1)
        for number in range(2, depth + 2)
    ]
    return pdf([CATALOGUE, *kids, page().replace(b"/Contents 4 0 R", b"")])


def pages(count: int) -> bytes:
    """G03: many pages, each a reference to the same few objects."""
    kids = b" ".join(b"%d 0 R" % (number + 5) for number in range(count))
    leaf = page()
    tree = b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, count)
    return pdf([CATALOGUE, tree, b"null", stream(TEXTE), *[leaf] * count])


def chiffre(*, user: str, algorithm: str = "AES-256") -> bytes:
    """G07: a PDF locked by an owner, and by a user's password unless empty."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(simple()))
    writer.encrypt(user, "proprietaire", algorithm=algorithm)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


ACTIFS = {
    "javascript": b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>",
    "nom-echappe": b"/OpenAction << /S /J#61vaScript /J#53 (app.alert\\(1\\)) >>",
    "lancement": b"/OpenAction << /S /Launch /F (cmd.exe) >>",
    "envoi": b"/OpenAction << /S /SubmitForm /F (http://exemple.invalid) >>",
    "chemin-unc": b"/OpenAction << /S /GoToR /F (\\\\\\\\hote\\\\partage) >>",
    "fichier-joint": b"/Names << /EmbeddedFiles << /Names [] >> >>",
    "xfa": b"/AcroForm << /XFA (x) /Fields [] >>",
    "media": b"/Annots [<< /Subtype /RichMedia >>]",
}


def tiff(frames: Sequence[tuple[int, int]], *, loop: bool = False) -> bytes:
    """G11, G12: a TIFF made of directories only, of the announced sizes."""
    out = bytearray(b"II\x2a\x00\x08\x00\x00\x00")
    for rank, (width, height) in enumerate(frames):
        tags = [
            (256, 4, 1, width),
            (257, 4, 1, height),
            (258, 3, 1, 1),
            (259, 3, 1, 1),
            (262, 3, 1, 1),
            (273, 4, 1, 0),
            (278, 4, 1, height),
            (279, 4, 1, 1),
        ]
        out += struct.pack("<H", len(tags))
        for tag in tags:
            out += struct.pack("<HHII", *tag)
        last = rank == len(frames) - 1
        following = len(out) + 4 if not last else (8 if loop else 0)
        out += struct.pack("<I", following)
    return bytes(out)


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def png(width: int, height: int, *, extra: bytes = b"", rows: int = 0) -> bytes:
    """G13: a PNG whose header announces a size its pixels need not reach."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    pixels = zlib.compress(bytes((width // 8 + 2) * rows), 9)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + extra
        + _chunk(b"IDAT", pixels)
        + _chunk(b"IEND", b"")
    )


def png_texte() -> bytes:
    """G13: a PNG with a compressed text of a hundred megabytes."""
    text = b"cle\x00\x00" + deflated_zeros(128 * MIB)
    return png(64, 64, extra=_chunk(b"zTXt", text), rows=64)


def png_morceaux(count: int = 20_000) -> bytes:
    """G13: a PNG with a crowd of empty chunks."""
    return png(64, 64, extra=_chunk(b"tEXt", b"a\x00b") * count, rows=64)


def jpeg_geant() -> bytes:
    """G14: a JPEG whose header announces 65,500 × 65,500 pixels."""
    octets = bytearray(feuillets.as_bytes(Image.new("L", (64, 64), 200), "JPEG"))
    start = octets.index(b"\xff\xc0")
    octets[start + 5 : start + 9] = struct.pack(">HH", 65_500, 65_500)
    return bytes(octets)


def polyglotte(kind: str) -> bytes:
    """G24: bytes that open as two things."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as members:
        members.writestr("a.txt", "bonjour")
    image = Image.new("L", (300, 200), 255)
    if kind == "pdf-zip":
        return simple() + archive.getvalue()
    if kind == "pdf-html":
        return simple(header=b"<html><script>alert(1)</script>%PDF-1.7\n")
    if kind == "jpeg-zip":
        return feuillets.as_bytes(image, "JPEG") + archive.getvalue()
    if kind == "png-pdf":
        return feuillets.as_bytes(image, "PNG") + simple()
    raise ValueError(kind)


def office() -> bytes:
    """G26: a word processor's file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as members:
        members.writestr("[Content_Types].xml", "<Types/>")
        members.writestr("word/document.xml", "<w:document/>")
    return out.getvalue()


DEGUISES = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<!DOCTYPE html><html><body>bonjour</body></html>",
    "xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "eml": b"From: a@exemple.invalid\r\nSubject: b\r\n\r\nbonjour tout le monde",
    "rtf": rb"{\rtf1\ansi bonjour tout le monde}",
    "exe": b"MZ" + bytes(62) + b"PE\x00\x00" + bytes(range(256)),
    "elf": b"\x7fELF\x02\x01\x01" + bytes(9) + bytes(range(256)),
    "gif": b"GIF89a" + bytes(range(200)),
    "docx": office(),
}


def bruit(side: int = 2400) -> Image.Image:
    """G34: nothing but noise."""
    grain = np.random.default_rng(7).integers(0, 256, (side, side))
    return Image.fromarray(grain.astype(np.uint8))


def damier(side: int = 2400, step: int = 6) -> Image.Image:
    """G34: a checkerboard of small squares."""
    rows, columns = np.indices((side, side)) // step
    return Image.fromarray(((rows + columns) % 2 * 255).astype(np.uint8))
