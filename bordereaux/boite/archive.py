"""A ZIP of strangers, looked at before anything is inflated, then read under a counter.

Members are read by index and never written anywhere: a name is shown, not used.
"""

import io
import stat
import zipfile
import zlib
from dataclasses import dataclass
from typing import Protocol

from socle.sandbox_server import CodedError

MAX_MEMBERS = 2_000
MAX_MEMBER = 64 << 20
MAX_TOTAL = 400 << 20
MAX_RATIO = 100
MIN_FOR_RATIO = 1 << 20  # small members may be very regular
MAX_NAME = 255
_READABLE = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 0x1
_NESTED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Membre:
    """One member: its name as shown, and where it stands in the directory."""

    nom: str
    rang: int


class Archive:
    """An archive accepted by its directory; raises `CodedError` under closed codes."""

    def __init__(self, octets: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(octets))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise CodedError("archive-illisible", repr(error)) from None
        self._entries = self._zip.infolist()
        if len(self._entries) > MAX_MEMBERS:
            raise CodedError("trop-d-elements", str(len(self._entries)))
        self._check_places(len(octets))
        for entry in self._entries:
            _check(entry)
        if sum(entry.file_size for entry in self._entries) > MAX_TOTAL:
            raise CodedError("archive-bombe", "total")
        self._left = MAX_TOTAL

    def _check_places(self, size: int) -> None:
        """Refuse members that overlap: one file would be inflated many times."""
        end = 0
        for entry in sorted(self._entries, key=lambda one: one.header_offset):
            if entry.header_offset < end:
                raise CodedError("archive-bombe", "overlap")
            end = entry.header_offset + 30 + entry.compress_size
        if end > size:
            raise CodedError("archive-illisible", "a member past the end")

    @property
    def membres(self) -> list[Membre]:
        """The files inside, in the order of the directory."""
        return [
            Membre(nom=entry.filename, rang=rank)
            for rank, entry in enumerate(self._entries)
            if not entry.is_dir()
        ]

    def read(self, membre: Membre) -> bytes:
        """Return the bytes of a member, counted while they inflate."""
        entry = self._entries[membre.rang]
        limit = min(entry.file_size, self._left)
        try:
            with self._zip.open(entry) as source:
                octets = _bounded(source, limit)
        except (
            zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError,
        ) as error:  # fmt: skip
            raise CodedError("archive-illisible", repr(error)) from None
        self._left -= len(octets)
        if octets.startswith(_NESTED):
            raise CodedError("archive-imbriquee", membre.nom)
        return octets


def _check(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    if entry.flag_bits & _ENCRYPTED:
        raise CodedError("archive-protegee", name)
    if entry.compress_type not in _READABLE:
        raise CodedError("archive-illisible", f"method {entry.compress_type}")
    parts = name.replace("\\", "/").split("/")
    is_outside = name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]
    if (
        is_outside
        or len(name.encode("utf-8", "replace")) > MAX_NAME
        or not name.isprintable()
    ):
        raise CodedError("archive-chemin-interdit", name[:80])
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise CodedError("archive-chemin-interdit", "symlink")
    if entry.file_size > MAX_MEMBER:
        raise CodedError("archive-bombe", "member")
    if entry.file_size > MIN_FOR_RATIO and entry.file_size > MAX_RATIO * max(
        entry.compress_size, 1
    ):
        raise CodedError("archive-bombe", "ratio")


def _bounded(source: _Readable, limit: int) -> bytes:
    """Read at most what the directory announces; more is a lie."""
    held = bytearray()
    while chunk := source.read(1 << 16):
        held += chunk
        if len(held) > limit:
            raise CodedError("archive-bombe", "more than announced")
    return bytes(held)
