"""The rolling year of a day, on ordinals: where it starts, and until when it moves evenly.

One year is date to date (`droits.md` §3.4): 365 days, 366 over a 29 February. The distance
between a day and the same date one year before changes twice in four years only, so it is
looked up, never computed day by day.
"""

import datetime as dt
from bisect import bisect_right
from calendar import isleap

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
