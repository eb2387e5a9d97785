"""How often one caller may ask: token buckets in memory, one set per process.

They bound what a script can do to one process; account lock-outs are in the database.
"""

import math
from collections import OrderedDict
from dataclasses import dataclass, field

from web.problems import TropDeDemandesError

_REMEMBERED = 50_000
GB = 1024**3
DAY = 86_400.0


@dataclass(slots=True)
class Bucket:
    """Allows `capacity` at once, refilled evenly in `period` seconds."""

    capacity: float
    period: float
    _levels: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, key: str, at: float, *, cost: float = 1) -> float:
        """Spend `cost` for `key`; return 0, or the seconds to wait (nothing spent)."""
        level, seen = self._levels.pop(key, (self.capacity, at))
        rate = self.capacity / self.period
        level = min(self.capacity, level + max(0.0, at - seen) * rate)
        waiting = 0.0 if level >= cost else (min(cost, self.capacity) - level) / rate
        self._levels[key] = (level if waiting else level - cost, at)
        while len(self._levels) > _REMEMBERED:
            self._levels.popitem(last=False)
        return waiting


@dataclass(slots=True, kw_only=True)
class Limites:
    """The limits of promises §8; a machine's token deposits in bulk, a person does not.

    A person may drop 300 files at once, then 60 per minute.
    """

    login_address: Bucket = field(default_factory=lambda: Bucket(30, 60))
    login_account: Bucket = field(default_factory=lambda: Bucket(5, 60))
    exports: Bucket = field(default_factory=lambda: Bucket(10, 3600))
    activation: Bucket = field(default_factory=lambda: Bucket(10, 60))
    uploads: Bucket = field(default_factory=lambda: Bucket(300, 300))
    bytes_person: Bucket = field(default_factory=lambda: Bucket(2 * GB, DAY))
    bytes_machine: Bucket = field(default_factory=lambda: Bucket(20 * GB, DAY))

    def spend(
        self, bucket: Bucket, key: str, at: float, sentence: str, *, cost: float = 1
    ) -> None:
        """Raise `TropDeDemandesError` when the bucket of `key` is empty."""
        waiting = bucket.take(key, at, cost=cost)
        if waiting:
            raise too_many(sentence, waiting)


def too_many(sentence: str, waiting: float) -> TropDeDemandesError:
    """Return the refusal to raise, naming how long to wait (seconds)."""
    seconds = max(1, math.ceil(waiting))
    return TropDeDemandesError(
        "trop-de-demandes",
        f"{sentence} Recommencez dans {_plain(seconds)}.",
        retry_after=seconds,
    )


def _plain(seconds: int) -> str:
    if seconds < 60:  # noqa: PLR2004
        return f"{seconds} s"
    if seconds < 5400:  # noqa: PLR2004
        return f"{math.ceil(seconds / 60)} min"
    return f"{math.ceil(seconds / 3600)} h"
