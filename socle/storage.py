"""Bytes kept once, by their hash, under their owner; streams, never a whole file in memory.

The receipt protocol (bytes durable before anybody is told): temporary file on the same
volume, hashed on the way, fsync, rename, fsync of the folder. Nothing here parses.
"""

import contextlib
import errno
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import aiofiles
import aiofiles.os

from socle.errors import NotFoundError, RefusedError, UnavailableError
from socle.settings import Settings

CHUNK = 1 << 20
STALE_S = 600
_SAFE = re.compile(r"[A-Za-z0-9_-]+")
_DIGEST = re.compile(r"[0-9a-f]{64}")
FULL = {errno.ENOSPC, errno.EDQUOT}
_ILL = {errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE}
FOLDER_MODE, FILE_MODE = 0o700, 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class Recu:
    """What was received: SHA-256 (hex) and size in bytes."""

    empreinte: str
    taille: int


class Storage(Protocol):
    """Where bytes live; `owner` is the folder of one collectivité."""

    async def receive(
        self, owner: str, chunks: AsyncIterator[bytes], limit: int
    ) -> Recu:
        """Make a stream durable; raises `RefusedError` over `limit` bytes."""
        ...

    def stream(self, owner: str, empreinte: str) -> AsyncIterator[bytes]:
        """Yield the bytes in order; raises `NotFoundError` when absent."""
        ...

    def local(
        self, owner: str, empreinte: str
    ) -> "contextlib.AbstractContextManager[Path]":
        """Lend a read-only local file for the length of a `with`."""
        ...

    def put(self, owner: str, content: bytes) -> Recu:
        """Keep small derived bytes (a preview)."""
        ...

    def exists(self, owner: str, empreinte: str) -> bool:
        """Tell whether the bytes are there."""
        ...

    def delete(self, owner: str, empreinte: str) -> None:
        """Forget the bytes; nothing when absent."""
        ...

    def walk(self) -> Iterator[tuple[str, str]]:
        """Yield every (owner, hash) kept."""
        ...

    def age_s(self, owner: str, empreinte: str) -> float:
        """Return how long ago, in seconds, the bytes were last written here."""
        ...

    def sweep(self) -> int:
        """Remove temporary files of interrupted receptions; return how many."""
        ...

    def ping(self) -> None:
        """Raise `UnavailableError` when nothing can be written now."""
        ...


def too_large(limit: int) -> RefusedError:
    """Say that a file is over the limit."""
    return RefusedError(
        "fichier-trop-gros",
        f"Ce fichier dépasse la limite de {limit // 1_000_000} Mo. Numérisez-le en noir "
        "et blanc à 200 ppp, ou envoyez-le en plusieurs fichiers.",
    )


def full() -> UnavailableError:
    """Say that nothing more can be kept for now."""
    return UnavailableError(
        "stockage-plein",
        "Le service ne peut plus garder de fichier pour le moment. Rien n'a été perdu : "
        "gardez votre fichier et renvoyez-le plus tard. L'exploitant est prévenu.",
    )


def unreachable() -> UnavailableError:
    """Say that the storage does not answer, or that its disk fails."""
    return UnavailableError(
        "stockage-injoignable",
        "Le stockage ne répond pas pour le moment. Rien n'a été enregistré : renvoyez "
        "votre fichier dans quelques minutes.",
    )


def absent() -> NotFoundError:
    """Say that no bytes answer."""
    return NotFoundError("introuvable", "Ces octets ne sont pas conservés ici.")


def is_digest(word: str) -> bool:
    """Tell whether a word is a SHA-256 in hexadecimal."""
    return _DIGEST.fullmatch(word) is not None


def checked_key(owner: str, empreinte: str) -> tuple[str, str]:
    """Return the key unchanged; raise `ValueError` when it could leave the storage."""
    if not _SAFE.fullmatch(owner) or not is_digest(empreinte):
        raise ValueError("not a key of this storage")
    return owner, empreinte


class DiskStorage:
    """A folder of this machine: `<owner>/<ab>/<sha256>`, 0700 and 0600."""

    def __init__(self, folder: Path, *, reserve: int = 0) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"
        self._reserve = reserve
        # folders whose own name is known to be on the disk
        self._durable: set[Path] = set()
        # a disk that failed to write once may lie the next time: no more promises
        self._has_failed = False
        for path in (folder, self._incoming):
            path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)

    def _path(self, owner: str, empreinte: str) -> Path:
        owner, empreinte = checked_key(owner, empreinte)
        return self._folder / owner / empreinte[:2] / empreinte

    def ping(self) -> None:
        """Raise `stockage-plein` (reserve eaten) or `stockage-injoignable` (disk ill)."""
        if self._has_failed:
            raise unreachable()
        if shutil.disk_usage(self._folder).free < self._reserve:
            raise full()

    async def receive(
        self, owner: str, chunks: AsyncIterator[bytes], limit: int
    ) -> Recu:
        """Receive a stream; the temporary file is gone whatever happens."""
        async with self.spooled(chunks, limit) as (recu, temporary):
            await aiofiles.os.wrap(self._publish)(owner, recu.empreinte, temporary)
        return recu

    @contextlib.asynccontextmanager
    async def spooled(
        self, chunks: AsyncIterator[bytes], limit: int
    ) -> AsyncIterator[tuple[Recu, Path]]:
        """Lend a stream as a synced temporary file, removed at the end of the `with`."""
        self.ping()
        temporary = self._temporary()
        try:
            yield await self._spool(temporary, chunks, limit), temporary
        except OSError as error:
            raise self._failed(error) from error
        finally:
            temporary.unlink(missing_ok=True)

    def _temporary(self) -> Path:
        return self._incoming / f"{secrets.token_hex(16)}.tmp"

    def _failed(self, error: OSError) -> Exception:
        """Say what a failed write means; the sender's own broken stream stays itself."""
        if error.errno in FULL:
            return full()
        if error.errno in _ILL:
            self._has_failed = self._has_failed or error.errno == errno.EIO
            return unreachable()
        return error

    async def _spool(
        self, temporary: Path, chunks: AsyncIterator[bytes], limit: int
    ) -> Recu:
        digest, size = hashlib.sha256(), 0
        async with aiofiles.open(temporary, "xb", opener=private) as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise too_large(limit)
                digest.update(chunk)
                await file.write(chunk)
            await file.flush()
            await aiofiles.os.wrap(os.fsync)(file.fileno())
        return Recu(empreinte=digest.hexdigest(), taille=size)

    def _publish(self, owner: str, empreinte: str, temporary: Path) -> None:
        path = self._path(owner, empreinte)
        for folder in (path.parent.parent, path.parent):
            if folder not in self._durable:
                folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
                _fsync_folder(folder.parent)
                self._durable.add(folder)
        try:
            temporary.rename(path)
        except FileNotFoundError:
            # somebody removed the folder under us: make it again, once
            self._durable.clear()
            path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            temporary.rename(path)
        _fsync_folder(path.parent)

    def put(self, owner: str, content: bytes) -> Recu:
        """Keep small derived bytes durably."""
        self.ping()
        recu = Recu(empreinte=hashlib.sha256(content).hexdigest(), taille=len(content))
        if self.exists(owner, recu.empreinte):
            return recu
        temporary = self._temporary()
        try:
            with open(temporary, "xb", opener=private) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            self._publish(owner, recu.empreinte, temporary)
        except OSError as error:
            raise self._failed(error) from error
        finally:
            temporary.unlink(missing_ok=True)
        return recu

    async def stream(self, owner: str, empreinte: str) -> AsyncIterator[bytes]:
        """Yield the bytes by chunks of a mebibyte."""
        try:
            async with aiofiles.open(self._path(owner, empreinte), "rb") as file:
                while chunk := await file.read(CHUNK):
                    yield chunk
        except FileNotFoundError as error:
            raise absent() from error

    @contextlib.contextmanager
    def local(self, owner: str, empreinte: str) -> Iterator[Path]:
        """Lend the file itself: it is already local."""
        path = self._path(owner, empreinte)
        if not path.exists():
            raise absent()
        yield path

    def exists(self, owner: str, empreinte: str) -> bool:
        """Tell whether the bytes are there."""
        return self._path(owner, empreinte).exists()

    def delete(self, owner: str, empreinte: str) -> None:
        """Forget the bytes."""
        self._path(owner, empreinte).unlink(missing_ok=True)

    def walk(self) -> Iterator[tuple[str, str]]:
        """Yield every (owner, hash) kept, sorted."""
        for owner in sorted(self._folder.iterdir()):
            if owner.is_dir() and owner != self._incoming:
                for path in sorted(owner.glob("??/*")):
                    yield owner.name, path.name

    def age_s(self, owner: str, empreinte: str) -> float:
        """Return how long ago the bytes were written, by the disk's clock."""
        try:
            return now_s() - self._path(owner, empreinte).stat().st_mtime
        except FileNotFoundError as error:
            raise absent() from error

    def sweep(self) -> int:
        """Remove temporary files older than ten minutes."""
        return sweep_folder(self._incoming)


def sweep_folder(folder: Path) -> int:
    """Remove the stale temporary files of a folder; return how many."""
    removed = 0
    for path in folder.glob("*.tmp"):
        with contextlib.suppress(FileNotFoundError):
            if now_s() - path.stat().st_mtime > STALE_S:
                path.unlink()
                removed += 1
    return removed


def now_s() -> float:
    """Return the storage's own clock, in seconds: ages are told by it alone."""
    return time.time()  # noqa: TID251 - compared with the storage's own clock


def private(path: str, flags: int) -> int:
    """Open a file readable by its owner only."""
    return os.open(path, flags, FILE_MODE)


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_storage(settings: Settings) -> Storage:
    """Open the storage the settings name: a folder, or `s3://bucket/prefix`."""
    url = settings.storage_url
    if url.startswith("s3://"):
        # imported here: who keeps files in a folder does not load the client
        from socle.storage_s3 import open_bucket

        return open_bucket(settings)
    return DiskStorage(Path(url), reserve=settings.reserve_disque)
