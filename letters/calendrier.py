"""Working days in mainland France: Saturdays, Sundays and legal holidays left out. Pure."""

import datetime as dt
import functools

_FRIDAY = 4
_ONE_DAY = dt.timedelta(days=1)


@functools.lru_cache(maxsize=64)
def _closed(year: int) -> frozenset[dt.date]:
    import holidays  # 6 MB of calendars: for those who count days

    return frozenset(holidays.country_holidays("FR", years=year))


def is_ouvre(day: dt.date) -> bool:
    """Tell whether offices are open.

    >>> is_ouvre(dt.date(2026, 4, 6)), is_ouvre(dt.date(2026, 4, 7))  # Easter Monday
    (False, True)
    """
    return day.weekday() <= _FRIDAY and day not in _closed(day.year)


def after_ouvres(day: dt.date, count: int) -> dt.date:
    """Return the day offices have been open `count` more days.

    >>> after_ouvres(dt.date(2026, 4, 30), 2)  # a Thursday before the first of May
    datetime.date(2026, 5, 5)
    """
    for _ in range(count):
        day = next_ouvre(day + _ONE_DAY)
    return day


def next_ouvre(day: dt.date) -> dt.date:
    """Return the day itself when offices are open, else the next one they are.

    >>> next_ouvre(dt.date(2026, 5, 1))
    datetime.date(2026, 5, 4)
    """
    while not is_ouvre(day):
        day += _ONE_DAY
    return day
