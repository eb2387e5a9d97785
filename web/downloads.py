"""Bytes going out: originals as attachments in a sandbox, previews as images."""

import io
import unicodedata
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from aiohttp import hdrs, web

SANDBOX = "sandbox; default-src 'none'"
_SAFE = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._-()+,=@"
)


def attachment(name: str) -> str:
    """Return the Content-Disposition of a download (RFC 6266).

    >>> print(attachment("arrêt.pdf"))
    attachment; filename="arret.pdf"; filename*=UTF-8''arr%C3%AAt.pdf
    """
    folded = unicodedata.normalize("NFKD", name)
    plain = "".join(
        sign if sign in _SAFE else "_"
        for sign in folded
        if not unicodedata.combining(sign)
    ).strip(" .")
    starred = quote(name.encode("utf-8", "replace"), safe="")
    return f"attachment; filename=\"{plain or 'document'}\"; filename*=UTF-8''{starred}"


class Draining(io.RawIOBase):
    """A file one only writes to, whose content is taken away as it comes."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        """Tell that it is one only writes to."""
        return True

    def write(self, part: Any) -> int:  # noqa: ANN401 - a buffer
        """Keep a part until the next `drain`."""
        self._parts.append(bytes(part))
        return len(self._parts[-1])

    def drain(self) -> bytes:
        """Return what was written since the last time."""
        taken, self._parts = b"".join(self._parts), []
        return taken


async def stream(
    request: web.Request,
    chunks: AsyncIterator[bytes],
    *,
    headers: dict[str, str],
    size: int | None = None,
) -> web.StreamResponse:
    """Send chunks as they come, never the whole file in memory."""
    response = web.StreamResponse(headers=headers)
    if size is not None:
        response.content_length = size
    await response.prepare(request)
    if request.method != hdrs.METH_HEAD:
        async for chunk in chunks:
            await response.write(chunk)
    await response.write_eof()
    return response


def original_headers(name: str, empreinte: str) -> dict[str, str]:
    """Return the headers of received bytes: whatever they hold, nothing runs here."""
    return {
        hdrs.CONTENT_TYPE: "application/octet-stream",
        hdrs.CONTENT_DISPOSITION: attachment(name),
        "Content-Security-Policy": SANDBOX,
        hdrs.ETAG: f'"{empreinte}"',
    }
