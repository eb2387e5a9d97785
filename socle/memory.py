"""Twins in memory of the storage and of the queue: same promises, nothing on the disk.

For tests and trials: they pass the contract tests of the real ones.
"""

import contextlib
import hashlib
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import event

from socle.db import WriteSession
from socle.storage import CHUNK, Recu, absent, full, too_large


@dataclass(slots=True)
class MemoryStorage:
    """Bytes in a dictionary; `capacity` makes it a storage that fills up."""

    capacity: int | None = None
    _kept: dict[tuple[str, str], tuple[bytes, float]] = field(default_factory=dict)

    async def receive(
        self, owner: str, chunks: AsyncIterator[bytes], limit: int
    ) -> Recu:
        """Receive a stream; nothing is kept of a stream that fails."""
        self.ping()
        content = bytearray()
        async for chunk in chunks:
            content += chunk
            if len(content) > limit:
                raise too_large(limit)
        return self.put(owner, bytes(content))

    def put(self, owner: str, content: bytes) -> Recu:
        """Keep small bytes; raises `stockage-plein` beyond the capacity."""
        empreinte = hashlib.sha256(content).hexdigest()
        added = 0 if self.exists(owner, empreinte) else len(content)
        if self.capacity is not None and self._used() + added > self.capacity:
            raise full()
        self._kept[owner, empreinte] = (content, _now_s())
        return Recu(empreinte=empreinte, taille=len(content))

    def _used(self) -> int:
        return sum(len(content) for content, _ in self._kept.values())

    async def stream(self, owner: str, empreinte: str) -> AsyncIterator[bytes]:
        """Yield the bytes by chunks of a mebibyte."""
        content = self._get(owner, empreinte)[0]
        for start in range(0, len(content), CHUNK):
            yield content[start : start + CHUNK]

    @contextlib.contextmanager
    def local(self, owner: str, empreinte: str) -> Iterator[Path]:
        """Lend a temporary file for the length of the `with`."""
        content = self._get(owner, empreinte)[0]
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            yield Path(file.name)

    def _get(self, owner: str, empreinte: str) -> tuple[bytes, float]:
        if (owner, empreinte) not in self._kept:
            raise absent()
        return self._kept[owner, empreinte]

    def exists(self, owner: str, empreinte: str) -> bool:
        """Tell whether the bytes are there."""
        return (owner, empreinte) in self._kept

    def delete(self, owner: str, empreinte: str) -> None:
        """Forget the bytes."""
        self._kept.pop((owner, empreinte), None)

    def walk(self) -> Iterator[tuple[str, str]]:
        """Yield every (owner, hash) kept, sorted."""
        yield from sorted(self._kept)

    def age_s(self, owner: str, empreinte: str) -> float:
        """Return how long ago the bytes were written."""
        return _now_s() - self._get(owner, empreinte)[1]

    def sweep(self) -> int:
        """Remove nothing: there is no temporary file here."""
        return 0

    def ping(self) -> None:
        """Raise `stockage-plein` when nothing more can be kept."""
        if self.capacity is not None and self._used() >= self.capacity:
            raise full()


def _now_s() -> float:
    return time.time()  # noqa: TID251 - the storage's own clock


@dataclass(slots=True)
class MemoryQueue:
    """A queue in this process: a job is there once its transaction is committed."""

    waiting: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    done: dict[str, str] = field(default_factory=dict)

    def defer(
        self, session: WriteSession, job: str, *args: str, key: str, priority: int = 0
    ) -> None:
        """Put a job in the queue if the caller's transaction commits; once per key."""
        del priority

        def keep(_session: object) -> None:
            if key not in self.done:
                self.waiting.setdefault(key, (job, args))

        event.listen(session, "after_commit", keep, once=True)

    def unfinished(self, prefixes: list[str]) -> set[str]:
        """Return which of these keys (or their retries, `key#n`) wait."""
        found = {key.partition("#")[0] for key in self.waiting}
        return found & set(prefixes)

    def states(self, keys: list[str]) -> Mapping[str, str]:
        """Return the state of these jobs, in the engine's words."""
        known = dict.fromkeys(self.waiting, "ENQUEUED") | self.done
        return {key: known[key] for key in keys if key in known}

    def depth(self) -> int:
        """Return how many jobs wait."""
        return len(self.waiting)

    def run(self, jobs: Mapping[str, Callable[..., None]]) -> int:
        """Run what waits, in order; a job that fails is kept as such. Return how many."""
        count = 0
        while self.waiting:
            key = next(iter(self.waiting))
            job, args = self.waiting.pop(key)
            try:
                jobs[job](*args)
            except Exception:  # noqa: BLE001 - like the engine, whatever a job does
                self.done[key] = "ERROR"
            else:
                self.done[key] = "SUCCESS"
            count += 1
        return count

    def close(self) -> None:
        """Give nothing back: there is nothing to give."""
