"""Connections that do not move are closed; the others are left in peace."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from web import connections
from web.connections import GuardedSite


@pytest.fixture
async def adresse(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[str, int]]:
    """Listen with short delays: 0.4 s for headers, three connections per address."""
    monkeypatch.setattr(connections, "HEADER_TIMEOUT_S", 0.4)
    monkeypatch.setattr(connections, "MAX_PER_ADDRESS", 3)

    async def slow(_request: web.Request) -> web.Response:
        await asyncio.sleep(1)
        return web.Response(text="fait")

    async def read(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    app = web.Application()
    app.router.add_get("/lent", slow)
    app.router.add_post("/corps", read)
    runner = web.AppRunner(app)
    await runner.setup()
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    await GuardedSite(runner, sock).start()
    yield sock.getsockname()
    await runner.cleanup()


async def _closed_within(reader: asyncio.StreamReader, seconds: float) -> bool:
    try:
        return await asyncio.wait_for(reader.read(), seconds) == b""
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True


async def test_silent_connection_is_closed(adresse: tuple[str, int]) -> None:
    """A socket that never speaks does not stay."""
    reader, _ = await asyncio.open_connection(*adresse)

    assert await _closed_within(reader, 1.5)


async def test_dripping_headers_are_closed(adresse: tuple[str, int]) -> None:
    """One byte of header now and then does not keep the place."""
    reader, writer = await asyncio.open_connection(*adresse)

    async def drip() -> None:
        for sign in b"GET /lent HTTP/1.1\r\nX: " + b"a" * 100:
            writer.write(bytes([sign]))
            await asyncio.sleep(0.05)

    task = asyncio.create_task(drip())
    closed = await _closed_within(reader, 2)
    task.cancel()

    assert closed


async def test_dripping_after_a_good_request_is_closed(
    adresse: tuple[str, int],
) -> None:
    """Keep-alive gives no right to drip the next headers."""
    reader, writer = await asyncio.open_connection(*adresse)
    writer.write(b"POST /corps HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na")
    first = await reader.readuntil(b"\r\n\r\n1")
    writer.write(b"GET /le")

    assert first.startswith(b"HTTP/1.1 200")
    assert await _closed_within(reader, 1.5)


async def test_slow_answers_and_slow_bodies_are_not_cut(
    adresse: tuple[str, int],
) -> None:
    """The delay is for headers only: work and bodies have their own limits."""
    reader, writer = await asyncio.open_connection(*adresse)
    writer.write(b"POST /corps HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na")
    await asyncio.sleep(0.8)
    writer.write(b"bGET /lent HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 5)

    assert 2 == answer.count(b"HTTP/1.1 200")
    assert answer.endswith(b"fait")


async def test_too_many_connections_from_one_address(
    adresse: tuple[str, int],
) -> None:
    """The fourth is closed at once; a place given back can be taken again."""
    opened = [await asyncio.open_connection(*adresse) for _ in range(3)]
    fourth, _ = await asyncio.open_connection(*adresse)
    refused = await _closed_within(fourth, 0.3)
    for _, writer in opened:
        writer.close()
        await writer.wait_closed()
    await asyncio.sleep(0.1)
    reader, writer = await asyncio.open_connection(*adresse)
    writer.write(
        b"POST /corps HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
        b"Connection: close\r\n\r\na"
    )
    answer = await asyncio.wait_for(reader.read(), 2)

    assert refused
    assert answer.startswith(b"HTTP/1.1 200")
