"""Half-open `[debut, fin)` arithmetic on days: union, gaps, overlap.

People say « du 3 au 15 inclus »; the register keeps the day after as `fin`, so that
lengths subtract and neighbours touch. Conversion happens only at the edges.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Periode:
    """Days from `debut` (included) to `fin` (excluded); never empty.

    >>> Periode(dt.date(2026, 2, 1), dt.date(2026, 3, 1)).nb_jours
    28
    """

    debut: dt.date
    fin: dt.date

    def __post_init__(self) -> None:
        if self.fin <= self.debut:
            raise ValueError(f"empty period: {self.debut} .. {self.fin}")

    @classmethod
    def inclusive(cls, debut: dt.date, dernier: dt.date) -> "Periode":
        """Build from the two days people say, both included.

        >>> Periode.inclusive(dt.date(2026, 2, 3), dt.date(2026, 2, 3)).nb_jours
        1
        """
        return cls(debut, dernier + _ONE_DAY)

    @classmethod
    def month(cls, year: int, month: int) -> "Periode":
        """Build the calendar month.

        >>> Periode.month(2026, 12).fin
        datetime.date(2027, 1, 1)
        """
        nxt = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004
        return cls(dt.date(year, month, 1), dt.date(*nxt, 1))

    @property
    def dernier(self) -> dt.date:
        """The last day included."""
        return self.fin - _ONE_DAY

    @property
    def nb_jours(self) -> int:
        """How many calendar days."""
        return (self.fin - self.debut).days

    def __contains__(self, day: dt.date) -> bool:
        return self.debut <= day < self.fin

    def covers(self, other: "Periode") -> bool:
        """Tell whether every day of `other` is here."""
        return self.debut <= other.debut and other.fin <= self.fin

    def overlap(self, other: "Periode") -> "Periode | None":
        """Return the days in common, or None.

        >>> january = Periode.month(2026, 1)
        >>> january.overlap(Periode.month(2026, 2)) is None
        True
        """
        debut, fin = max(self.debut, other.debut), min(self.fin, other.fin)
        return Periode(debut, fin) if debut < fin else None

    def months(self) -> Iterator["Periode"]:
        """Yield the calendar months touched, whole.

        >>> p = Periode.inclusive(dt.date(2026, 1, 19), dt.date(2026, 2, 1))
        >>> [m.debut.month for m in p.months()]
        [1, 2]
        """
        month = Periode.month(self.debut.year, self.debut.month)
        while month.debut < self.fin:
            yield month
            month = Periode.month(month.fin.year, month.fin.month)


def union(periodes: Iterable[Periode]) -> tuple[Periode, ...]:
    """Merge into the fewest disjoint periods, sorted; neighbours that touch are joined.

    >>> union([Periode.month(2026, 2), Periode.month(2026, 1)])[0].nb_jours
    59
    """
    merged: list[Periode] = []
    for periode in sorted(periodes):
        if merged and periode.debut <= merged[-1].fin:
            fin = max(merged[-1].fin, periode.fin)
            merged[-1] = Periode(merged[-1].debut, fin)
        else:
            merged.append(periode)
    return tuple(merged)


def gaps(wanted: Periode, covered: Iterable[Periode]) -> tuple[Periode, ...]:
    """Return the days of `wanted` that nothing covers, as sorted disjoint periods.

    >>> january = Periode.month(2026, 1)
    >>> gaps(january, [Periode.inclusive(dt.date(2026, 1, 1), dt.date(2026, 1, 10))])
    (Periode(debut=datetime.date(2026, 1, 11), fin=datetime.date(2026, 2, 1)),)
    """
    found: list[Periode] = []
    day = wanted.debut
    for periode in union(covered):
        if periode.fin <= day or periode.debut >= wanted.fin:
            continue
        if periode.debut > day:
            found.append(Periode(day, periode.debut))
        day = max(day, periode.fin)
    if day < wanted.fin:
        found.append(Periode(day, wanted.fin))
    return tuple(found)
