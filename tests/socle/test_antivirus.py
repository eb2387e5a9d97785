"""The scanner's hook fails closed, and « OK » is never claimed without a scanner."""

import asyncio
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from socle.antivirus import Antivirus, EtatAnalyse
from socle.errors import UnavailableError

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class ClamdPeer:
    """A real peer on loopback that speaks clamd's INSTREAM protocol."""

    def __init__(self) -> None:
        self.limit = 1_000_000
        self.hangs_up = False
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        future = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._talk, "127.0.0.1", 0), self.loop
        )
        self.server = future.result(5)
        self.port = self.server.sockets[0].getsockname()[1]

    async def _talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        command = await reader.readline()
        if not self.hangs_up:
            if command.strip() == b"nVERSION":
                writer.write(b"ClamAV 1.4.0/27000/Mon Sep 28 2026\n")
            else:
                writer.write(self._verdict(await self._body(reader)))
            await writer.drain()
        writer.close()

    @staticmethod
    async def _body(reader: asyncio.StreamReader) -> bytes:
        body = b""
        while (size := struct.unpack("!I", await reader.readexactly(4))[0]) > 0:
            body += await reader.readexactly(size)
        return body

    def _verdict(self, body: bytes) -> bytes:
        if len(body) > self.limit:
            return b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\n"
        if EICAR in body:
            return b"stream: Eicar-Signature FOUND\n"
        return b"stream: OK\n"

    def stop(self) -> None:
        """Close the door and end the thread."""
        self.loop.call_soon_threadsafe(self.server.close)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)


@pytest.fixture
def peer() -> Iterator[ClamdPeer]:
    """Run the peer for one test."""
    peer = ClamdPeer()
    yield peer
    peer.stop()


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """Give an innocent file."""
    path = tmp_path / "papier"
    path.write_bytes(b"%PDF-1.7 rien de mal")
    return path


def test_without_a_scanner_nothing_is_claimed(paper: Path) -> None:
    """No scanner: « non analysé », never « sain »."""
    assert EtatAnalyse.NON_ANALYSE is Antivirus("").scan(paper).etat


def test_a_clean_file_is_dated_by_its_scanner(peer: ClamdPeer, paper: Path) -> None:
    """An « OK » carries the engine and its database."""
    analyse = Antivirus(f"127.0.0.1:{peer.port}").scan(paper)

    assert EtatAnalyse.RIEN_TROUVE is analyse.etat
    assert "27000" in analyse.moteur


def test_a_virus_is_named(peer: ClamdPeer, paper: Path) -> None:
    """The signature is kept for the person who must deal with it."""
    paper.write_bytes(b"%PDF-1.7 " + EICAR)

    analyse = Antivirus(f"127.0.0.1:{peer.port}").scan(paper)

    assert (EtatAnalyse.VIRUS, "Eicar-Signature") == (analyse.etat, analyse.signature)


def test_a_scanner_that_stopped_at_its_limit_said_nothing(
    peer: ClamdPeer, paper: Path
) -> None:
    """A file the scanner could not finish is not a clean file."""
    peer.limit = 4

    assert EtatAnalyse.LIMITE is Antivirus(f"127.0.0.1:{peer.port}").scan(paper).etat


def test_a_silent_scanner_fails_closed(peer: ClamdPeer, paper: Path) -> None:
    """Hanging up, or nobody there: an error to retry, not a verdict."""
    peer.hangs_up = True

    with pytest.raises(UnavailableError, match="antivirus-indisponible"):
        Antivirus(f"127.0.0.1:{peer.port}").scan(paper)
    with pytest.raises(UnavailableError, match="antivirus-indisponible"):
        Antivirus("127.0.0.1:9").scan(paper)
