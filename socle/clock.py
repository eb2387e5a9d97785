"""The clock: the only place allowed to ask what time it is.

The domain receives the time as a value: `on: date` for law, `now: datetime` for facts.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Protocol
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


class Clock(Protocol):
    """Something that knows the present instant."""

    def now(self) -> dt.datetime:
        """Return the present instant, aware, in UTC."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> dt.datetime:
        """Return the present instant, aware, in UTC."""
        return dt.datetime.now(dt.UTC)  # noqa: TID251 - this is the place


@dataclass(slots=True)
class ManualClock:
    """A clock that stands still until told otherwise: for tests and replays."""

    instant: dt.datetime = field(
        default_factory=lambda: dt.datetime(2026, 9, 30, 10, tzinfo=dt.UTC)
    )

    def now(self) -> dt.datetime:
        """Return the instant it was set to."""
        return self.instant

    def advance(self, by: dt.timedelta) -> None:
        """Move forward (or back, when `by` is negative)."""
        self.instant += by


def legal_day(now: dt.datetime, zone: ZoneInfo = PARIS) -> dt.date:
    """Return the day the law sees at this instant, in the legal time zone.

    >>> legal_day(dt.datetime(2026, 7, 14, 22, 30, tzinfo=dt.UTC))
    datetime.date(2026, 7, 15)
    """
    return now.astimezone(zone).date()


def end_of_day(day: dt.date, zone: ZoneInfo = PARIS) -> dt.datetime:
    """Return the last instant of a legal day.

    >>> end_of_day(dt.date(2026, 7, 14)).isoformat()
    '2026-07-14T21:59:59.999999+00:00'
    """
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)
    return midnight.astimezone(dt.UTC) - dt.timedelta(microseconds=1)
