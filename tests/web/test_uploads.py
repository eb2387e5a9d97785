"""Multipart bodies made to hurt: each is answered, none is taken for a whole file."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from socle.clock import ManualClock
from socle.db import Database
from tests.web.maison import Maison, started
from web import uploads
from web.security import PUBLIC, Route
from web.uploads import display_name

BOUNDARY = b"----limite"


async def _upload(request: web.Request) -> web.Response:
    kept: list[int] = []

    async def receive(name: str, chunks: AsyncIterator[bytes]) -> list[object]:
        size = 0
        async for chunk in chunks:
            size += len(chunk)
        kept.append(size)
        return [name, size]

    form: uploads.Formulaire[list[object]] = uploads.Formulaire()
    await uploads.read_multipart(request, receive, form)
    return web.json_response({"champs": form.champs, "fichiers": form.fichiers})


@pytest.fixture
async def porte(
    sqlite: Database, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[Maison]:
    """Start one open upload route behind the real middlewares."""
    route = Route(
        method="POST", path="/api/v1/envoi", handler=_upload, policy=PUBLIC,
        is_upload=True,
    )  # fmt: skip
    async with started(sqlite, clock, tmp_path / "var", routes=[route]) as made:
        yield made


def part(headers: bytes, body: bytes) -> bytes:
    """Return one part of a body, as sent."""
    return b"--" + BOUNDARY + b"\r\n" + headers + b"\r\n\r\n" + body + b"\r\n"


FILE = b'Content-Disposition: form-data; name="fichier"; filename="a.pdf"'
FIELD = b'Content-Disposition: form-data; name="type"'
END = b"--" + BOUNDARY + b"--\r\n"


async def send(
    maison: Maison, body: bytes, *, length: int | None = None, kind: bytes = b""
) -> tuple[int, str]:
    """Send raw bytes, close our half, return the status and the body."""
    host, port = maison.client.server.host, maison.client.server.port
    reader, writer = await asyncio.open_connection(host, port)
    declared = len(body) if length is None else length
    writer.write(
        b"POST /api/v1/envoi HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        b"Content-Type: " + (kind or b"multipart/form-data; boundary=" + BOUNDARY)
        + b"\r\nContent-Length: " + str(declared).encode() + b"\r\n\r\n" + body
    )  # fmt: skip
    if length is not None:
        writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    head, _, text = answer.partition(b"\r\n\r\n")
    status = int(head.split()[1]) if head else 0
    return status, text.decode()


async def test_a_whole_body_is_read(porte: Maison) -> None:
    """Files and fields come in any order."""
    status, text = await send(porte, part(FILE, b"abc") + part(FIELD, b"AAT") + END)

    assert 200 == status
    assert '{"champs": {"type": "AAT"}, "fichiers": [["a.pdf", 3]]}' == text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--" + BOUNDARY,
        part(FILE, b"abc")[:-2],
        part(FILE, b"abc"),
        part(FILE, b"abc") + part(FIELD, b"AAT"),
        part(FILE, b"abc") + b"--" + BOUNDARY,
        b"nothing of the kind\r\n",
        b"--" + BOUNDARY + b"\r\n" + FILE,
    ],
)
async def test_a_body_without_its_end_is_truncated(porte: Maison, body: bytes) -> None:
    """Without the closing boundary nobody knows whether the file is whole."""
    status, text = await send(porte, body)

    assert 400 == status
    assert "envoi-tronque" in text


@pytest.mark.parametrize("missing", [1, 5, 100_000])
async def test_a_cut_line_is_truncated(porte: Maison, missing: int) -> None:
    """Fewer bytes than announced: 400 when the client still listens, never 200."""
    body = part(FILE, b"x" * 10_000) + END
    status, text = await send(porte, body[:5000], length=5000 + missing)

    assert status in {0, 400}
    assert status == 0 or "envoi-tronque" in text


async def test_too_many_parts(porte: Maison) -> None:
    """20 parts pass, the twenty-first does not."""
    twenty = [
        part(b'Content-Disposition: form-data; name="c%d"' % n, b"v") for n in range(21)
    ]
    good, _ = await send(porte, b"".join(twenty[:20]) + END)
    bad, text = await send(porte, b"".join(twenty) + END)

    assert [200, 422] == [good, bad]
    assert "trop-d-elements" in text


async def test_nested_multipart_is_refused(porte: Maison) -> None:
    """A reader that follows nested parts never ends."""
    inner = b"--in\r\n\r\nx\r\n--in--\r\n"
    nested = FILE + b"\r\nContent-Type: multipart/mixed; boundary=in"
    status, text = await send(porte, part(nested, inner) + END)

    assert 415 == status
    assert "format-refuse" in text


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Transfer-Encoding: base64",
        b"Content-Encoding: gzip",
        b"Content-Transfer-Encoding: quoted-printable",
    ],
)
async def test_encoded_parts_are_refused(porte: Maison, header: bytes) -> None:
    """What is stored is what was sent: no hidden decoding."""
    status, _ = await send(porte, part(FILE + b"\r\n" + header, b"YWJj") + END)

    assert 415 == status


async def test_huge_part_header(porte: Maison) -> None:
    """A megabyte of header is refused without being kept."""
    huge = FILE + b"\r\nX-Long: " + b"a" * (1 << 20)
    status, _ = await send(porte, part(huge, b"abc") + END)

    assert status in {0, 400}


async def test_huge_field(porte: Maison) -> None:
    """A text field stops at 64 kB."""
    status, text = await send(porte, part(FIELD, b"a" * 70_000) + END)

    assert (413, True) == (status, "trop-volumineux" in text)


async def test_field_given_twice(porte: Maison) -> None:
    """Two answers to one question are no answer."""
    status, text = await send(porte, part(FIELD, b"AAT") + part(FIELD, b"RIB") + END)

    assert (422, True) == (status, "demande-invalide" in text)


@pytest.mark.parametrize(
    "kind",
    [b"multipart/form-data", b"multipart/mixed; boundary=----limite", b"text/plain"],
)
async def test_not_a_form(porte: Maison, kind: bytes) -> None:
    """Other kinds of content are told what to send."""
    status, text = await send(porte, part(FILE, b"abc") + END, kind=kind)

    assert (415, True) == (status, "format-refuse" in text)


async def test_empty_file_input_is_no_file(porte: Maison) -> None:
    """A form sent without choosing a file sends a part without name and bytes."""
    empty = b'Content-Disposition: form-data; name="fichier"; filename=""'
    status, text = await send(porte, part(empty, b"") + END)

    assert (200, '{"champs": {}, "fichiers": []}') == (status, text)


async def test_both_lengths_are_refused(porte: Maison) -> None:
    """Content-Length beside chunked is how requests are smuggled."""
    host, port = porte.client.server.host, porte.client.server.port
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(
        b"POST /api/v1/envoi HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n"
        b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n"
    )
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()

    assert b" 400 " in answer.split(b"\r\n")[0]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("arrêt mars.pdf", "arrêt mars.pdf"),
        ("arre\u0302t.pdf", "arrêt.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Documents\\scan.tif", "scan.tif"),
        ("a\r\nX-Injecte: 1.pdf", "aX-Injecte: 1.pdf"),
        ("fdp\u202egpj.exe", "fdpgpj.exe"),
        ("zero\0.pdf", "zero.pdf"),
        (b"arr\xeat.pdf".decode("utf-8", "surrogateescape"), "arrêt.pdf"),
        ("..", "sans-nom"),
        ("", "sans-nom"),
        ("é" * 200 + ".pdf", "é" * 125 + ".pdf"),
        ("x" * 300, "x" * 255),
    ],
)
def test_names_are_shown_never_obeyed(raw: str, expected: str) -> None:
    """A name keeps its accents and loses what could fool a screen, a header or a disk."""
    assert expected == display_name(raw)
