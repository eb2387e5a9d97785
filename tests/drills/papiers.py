"""Small invented files made in no time: text PDF, multi-page TIFF, scans."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

_PAGE = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {} 0 R /Resources << /Font << /F1 3 0 R >> >> >>"  # noqa: E501 - one line of a PDF
_PROSE = (
    "Le maire de la commune certifie que la piece jointe est conforme.",
    "Fait pour servir et valoir ce que de droit.",
)


def text_pdf(pages: Sequence[Sequence[str]], *, poids: int = 0) -> bytes:
    """Make a PDF whose pages hold these lines as text (latin letters).

    `poids`: bytes of an object that nothing shows, to weigh as a scan does.
    """
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", _font()]
    kids = []
    for lines in pages:
        number = len(objects) + 1
        kids.append(f"{number} 0 R")
        body = _body(lines)
        objects.append(_PAGE.format(number + 1))
        objects.append(f"<< /Length {len(body)} >>\nstream\n{body}\nendstream")
    if poids:
        objects.append(f"<< /Length {poids} >>\nstream\n{'x' * poids}\nendstream")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    return _file(objects)


def _font() -> str:
    return "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"  # noqa: E501


def _body(lines: Sequence[str]) -> str:
    escaped = [
        line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        for line in lines
    ]
    shown = "\n".join(f"({line}) Tj 0 -22 Td" for line in escaped)
    return f"BT /F1 12 Tf 60 780 Td\n{shown}\nET"


def _file(objects: Sequence[str]) -> bytes:
    out = io.BytesIO(b"")
    out.write(b"%PDF-1.4\n")
    places = []
    for rank, content in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(f"{rank} 0 obj\n{content}\nendobj\n".encode("cp1252"))
    start = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    for place in places:
        out.write(f"{place:010} 00000 n \n".encode())
    trailer = f"<< /Size {len(objects) + 1} /Root 1 0 R >>"
    out.write(f"trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def letter(rank: int, pages: int = 1, *, poids: int = 0) -> bytes:
    """Make a short text PDF that differs from all others."""
    return text_pdf(
        [
            [f"Courrier numero {rank}, page {page + 1} sur {pages}", *_PROSE]
            for page in range(pages)
        ],
        poids=poids,
    )


def picture(text: str) -> Image.Image:
    """Draw a small sheet with one line of text."""
    sheet = Image.new("L", (827, 1169), 255)
    font = ImageFont.load_default(36)
    ImageDraw.Draw(sheet).text((60, 200), text, fill=0, font=font)
    return sheet


def tiff(rank: int, pages: int = 2) -> bytes:
    """Make a multi-page black and white TIFF that differs from all others."""
    first, *rest = [
        picture(f"Feuille {rank} page {page + 1}").convert("1") for page in range(pages)
    ]
    stream = io.BytesIO()
    first.save(
        stream,
        "TIFF",
        save_all=True,
        append_images=rest,
        compression="group4",
        dpi=(100, 100),
    )
    return stream.getvalue()


def png(rank: int) -> bytes:
    """Make a one-page PNG scan that differs from all others."""
    stream = io.BytesIO()
    picture(f"Scan {rank}").save(stream, "PNG", dpi=(100, 100))
    return stream.getvalue()
