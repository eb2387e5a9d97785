"""Days consumed inside a moving window, kept as intervals of constant weight.

Weights are whole numbers of `UNITE`, which every way of counting divides exactly: a day,
a half-day, the 30ths of an accounting month, or the share of a month counted date to date.
Days are ordinals: this is where a simulation spends its time.
"""

import datetime as dt
from collections.abc import Iterator

# lcm(28, 29, 30, 31) × 2: one day, exactly divisible by every month length and by two
UNITE = 755_160
JOURS_DU_MOIS = 30
_BISSEXTE = (2, 29)


def year_before(day: dt.date) -> dt.date:
    """Return the same date of the previous year; 29 February gives the 28th.

    >>> year_before(dt.date(2024, 2, 29))
    datetime.date(2023, 2, 28)
    """
    if (day.month, day.day) == _BISSEXTE:
        return dt.date(day.year - 1, 2, 28)
    return day.replace(year=day.year - 1)


def years_after(day: dt.date, years: int) -> dt.date:
    """Return the same date some years later; 29 February gives 1 March.

    >>> years_after(dt.date(2024, 2, 29), 1)
    datetime.date(2025, 3, 1)
    """
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return dt.date(day.year + years, 3, 1)


def months_after(day: dt.date, months: int) -> dt.date:
    """Return the same day some months later, or the first of the next when absent.

    >>> months_after(dt.date(2026, 1, 31), 1)
    datetime.date(2026, 3, 1)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    try:
        return day.replace(year=year, month=month + 1)
    except ValueError:
        return dt.date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)


class Compteur:
    """The weight of one class of days inside `[low, …)`."""

    __slots__ = ("_first", "_segments", "total")

    def __init__(self) -> None:
        self._segments: list[tuple[int, int, int]] = []
        self._first = 0
        self.total = 0

    def add(self, debut: int, fin: int, poids: int) -> None:
        """Consume the days `[debut, fin)`, later than any before, at one weight."""
        if not poids:
            return
        segments = self._segments
        self.total += (fin - debut) * poids
        if len(segments) > self._first:
            start, end, weight = segments[-1]
            if end == debut and weight == poids:
                segments[-1] = (start, fin, poids)
                return
        segments.append((debut, fin, poids))

    def drop_before(self, low: int) -> None:
        """Forget the days before `low`: they left the window."""
        segments, first = self._segments, self._first
        count = len(segments)
        if first == count or segments[first][0] >= low:
            return
        while first < count:
            debut, fin, poids = segments[first]
            if debut >= low:
                break
            if fin > low:
                self.total -= (low - debut) * poids
                segments[first] = (low, fin, poids)
                break
            self.total -= (fin - debut) * poids
            first += 1
        self._first = first

    def leaving(self, low: int) -> tuple[int, int]:
        """Return the weight of day `low`, and the first later day weighing otherwise.

        That day is 0 when nothing is left to leave.
        """
        if self._first >= len(self._segments):
            return 0, 0
        debut, fin, poids = self._segments[self._first]
        return (0, debut) if low < debut else (poids, fin)

    def reached_after(self, quota: int, poids: int, low: int, day: int) -> int:
        """Return after how many days, from `day`, the total reaches `quota` (or more).

        Each day brings `poids` and lets one day of the window go, `low` first; the answer
        never goes past the days already known.
        """
        total, at = self.total, low
        for until, leaving in self._leaving(low, day):
            step = poids - leaving
            if step > 0 and total + (until - at) * step >= quota:
                return at - low - (total - quota) // step
            total += (until - at) * step
            at = until
        return day - low

    def under_after(self, quota: int, poids: int, low: int, day: int) -> int:
        """Return after how many days, from `day`, the total is under `quota`.

        Counts as `reached_after` does.
        """
        total, at = self.total, low
        for until, leaving in self._leaving(low, day):
            step = poids - leaving
            if step < 0 and total + (until - at) * step < quota:
                return at - low + (total - quota) // -step + 1
            total += (until - at) * step
            at = until
        return day - low

    def _leaving(self, low: int, day: int) -> Iterator[tuple[int, int]]:
        """Yield until which day, `day` at most, the days from `low` weigh the same."""
        segments = self._segments
        for rank in range(self._first, len(segments)):
            debut, fin, poids = segments[rank]
            if low < debut:
                yield debut, 0
            yield fin, poids
            low = fin
        if low < day:
            yield day, 0

    def under_from(self, quota: int) -> int:
        """Return the least `low` from which less than `quota` (> 0) is left."""
        left = self.total
        if left < quota:
            return 0
        for debut, fin, poids in self._segments[self._first :]:
            days = (left - quota) // poids + 1
            if days <= fin - debut:
                return debut + days
            left -= (fin - debut) * poids
        return 0
