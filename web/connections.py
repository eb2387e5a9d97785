"""Connections that do not move: slow headers, idle sockets, too many from one address.

aiohttp alone keeps a socket that sends nothing, or one byte of header a second, for as
long as its keep-alive; this guard closes it after ten seconds.
"""

import asyncio
from collections import Counter
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

HEADER_TIMEOUT_S = 10.0
MAX_PER_ADDRESS = 200
BACKLOG = 512


class GuardedHandler(RequestHandler):
    """One connection, given ten seconds to send the headers of a request."""

    __slots__ = ("_address", "_counts", "_header_timer", "_seen")

    def __init__(
        self,
        server: web.Server,
        counts: Counter[str],
        *,
        loop: asyncio.AbstractEventLoop,
        **options: Any,  # noqa: ANN401 - handed over as they are
    ) -> None:
        super().__init__(server, loop=loop, **options)
        self._counts = counts
        self._address = ""
        self._header_timer: asyncio.TimerHandle | None = None
        self._seen = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection; refuse the two hundred and first of one address."""
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if peer else ""
        self._counts[self._address] += 1
        if self._counts[self._address] > MAX_PER_ADDRESS:
            self.force_close()
            return
        self._start_timer()

    def data_received(self, data: bytes) -> None:
        """Stop the timer when a request is complete up to its headers."""
        super().data_received(data)
        if self._request_count != self._seen:
            self._seen = self._request_count
            self._stop_timer()
        elif not self._request_in_progress and self._header_timer is None:
            self._start_timer()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Give the place back."""
        self._stop_timer()
        if self._counts[self._address] <= 1:
            del self._counts[self._address]
        else:
            self._counts[self._address] -= 1
        super().connection_lost(exc)

    def _start_timer(self) -> None:
        self._header_timer = self._loop.call_later(HEADER_TIMEOUT_S, self._too_slow)

    def _stop_timer(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _too_slow(self) -> None:
        self._header_timer = None
        if not self._request_in_progress:
            self.force_close()


class GuardedSite(web.SockSite):
    """Listens on a socket, each connection under guard."""

    async def start(self) -> None:
        """Begin to accept."""
        await web.BaseSite.start(self)
        loop = asyncio.get_running_loop()
        server = self._runner.server
        assert isinstance(server, web.Server)
        counts: Counter[str] = Counter()
        options = server._kwargs  # noqa: SLF001 - aiohttp offers no factory hook
        self._server = await loop.create_server(
            lambda: GuardedHandler(server, counts, loop=loop, **options),
            sock=self._sock,
            backlog=BACKLOG,
        )
