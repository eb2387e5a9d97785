"""The window of a day, on ordinals: where it starts, and until when it moves evenly.

One year is date to date (`droits.md` §3.4): 365 days, 366 over a 29 February. The distance
between a day and the same date one year before changes twice in four years only, so it is
looked up, never computed day by day.

A contractuel whose services are not continuous has no year: the window holds three hundred
days of service, however far back they go (`droits.md` §4).
"""

import datetime as dt
from bisect import bisect_right
from calendar import isleap
from collections.abc import Sequence
from typing import Protocol

from records.periodes import Periode

FIRST_YEAR, LAST_YEAR = 1890, 2300


def _changes() -> tuple[list[int], list[int]]:
    starts, lengths = [0], [365]
    for year in range(FIRST_YEAR, LAST_YEAR):
        if isleap(year):
            starts += [
                dt.date(year, 2, 29).toordinal(),
                dt.date(year + 1, 3, 1).toordinal(),
            ]
            lengths += [366, 365]
    return starts, lengths


_STARTS, _LENGTHS = _changes()
_FAR = dt.date(LAST_YEAR, 1, 1).toordinal()


def year_length(day: int) -> tuple[int, int]:
    """Return the days since the same date one year before, and until when they last.

    29 February looks back to the 28th of the year before.

    >>> march = dt.date(2025, 3, 1).toordinal()
    >>> year_length(march - 1)[0], year_length(march)[0]
    (366, 365)
    """
    rank = bisect_right(_STARTS, day)
    until = _STARTS[rank] if rank < len(_STARTS) else _FAR
    return _LENGTHS[rank - 1], until


class PeriodeReference(Protocol):
    """What a day looks back at."""

    def low(self, day: int) -> tuple[int, int]:
        """Return the first day of the window of `day`, and until when both move alike."""
        ...


class AnneeGlissante:
    """One year, date to date; `plus` is 1 when the day examined is inside (P2)."""

    __slots__ = ("_length", "_plus", "_since", "_until")

    def __init__(self, plus: int) -> None:
        self._plus = plus
        self._since = self._until = self._length = 0

    def low(self, day: int) -> tuple[int, int]:
        """Return the first day of the year of `day`, and until when both move alike."""
        if not self._since <= day < self._until:
            self._since = day
            self._length, self._until = year_length(day)
        return day - self._length + self._plus, self._until


class JoursDeService:
    """A window of so many days of service: it waits while the agent is not employed."""

    __slots__ = ("_debuts", "_nb", "_rangs")

    def __init__(self, services: Sequence[Periode], nb: int) -> None:
        self._nb = nb
        self._debuts = [one.debut.toordinal() for one in services]
        # how many days of service come before each period
        self._rangs = [0]
        for one in services[:-1]:
            self._rangs.append(self._rangs[-1] + one.nb_jours)

    def low(self, day: int) -> tuple[int, int]:
        """Return the first day of the window of `day`, and until when both move alike.

        Days between two periods have the window of the last day served before them.
        Outside what is known, the first period has no beginning and the last no end.
        """
        place = max(0, bisect_right(self._debuts, day) - 1)
        served = self._rangs[place] + day + 1 - self._debuts[place]
        until = _FAR
        if place + 1 < len(self._debuts):
            whole = self._rangs[place + 1]
            until = self._debuts[place] + whole - self._rangs[place]
            served = min(served, whole)
        wanted = served - self._nb  # the rank of the first day of service inside
        first = max(0, bisect_right(self._rangs, wanted) - 1)
        low = self._debuts[first] + wanted - self._rangs[first]
        if first + 1 < len(self._rangs):
            until = min(until, day + self._rangs[first + 1] - wanted)
        return low, max(until, day + 1)
