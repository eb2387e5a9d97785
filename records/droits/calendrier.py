"""Where the counts of a rolling year change their step, and the arithmetic of a change.

Days of the calendar and whole numbers only: no rule of law but the date of the first
dated values.
"""

import datetime as dt

from records.droits.compteurs import JOURS_DU_MOIS

_FEBRUARY, _MARCH = 2, 3
# later than any day of the calendar, in days
NEVER = 10**7
day_of = dt.date.fromordinal
_LAST_ACCOUNTING_DAY = 31

# What applied before the first dated value was already in force then: histories that go
# further back than the barème read its first value.
_FIRST_VALUES = dt.date(2018, 1, 1)


def in_force(day: dt.date) -> dt.date:
    """Return the day to ask the barème for: never before its first values."""
    return max(day, _FIRST_VALUES)


def tier(paliers: list[dict[str, int]], months: int | None) -> dict[str, int]:
    """Return the tier of a seniority in months; unknown seniority gives the longest."""
    if months is None:
        return paliers[-1]
    reached = [p for p in paliers if p["anciennete_mois"] <= months]
    return reached[-1] if reached else paliers[0]


def up_to(total: int, quota: int, step: int) -> int:
    """Return the first count of days after which `total` reaches `quota`."""
    return -((total - quota) // step) if step > 0 else NEVER


def down_below(total: int, quota: int, step: int) -> int:
    """Return the first count of days after which `total` is under `quota`."""
    return (total - quota) // -step + 1 if step < 0 else NEVER


def accounting_days(day: dt.date) -> int:
    """Return what a day weighs when every month has 30 days."""
    if day.day == _LAST_ACCOUNTING_DAY:
        return 0
    if day.month == _FEBRUARY and (day + dt.timedelta(days=1)).month == _MARCH:
        return JOURS_DU_MOIS - day.day + 1
    return 1


def next_accounting_break(day: dt.date) -> dt.date:
    """Return the next day that weighs otherwise in 30/360."""
    nxt = day + dt.timedelta(days=1)
    if accounting_days(day) != 1:
        return nxt
    while accounting_days(nxt) == 1:
        if nxt.day < 28:  # noqa: PLR2004 - no odd day before the 28th
            nxt = nxt.replace(day=28)
        else:
            nxt += dt.timedelta(days=1)
    return nxt
