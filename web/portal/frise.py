"""The days of an event on a calendar: one line per month, one cell per day.

Pure. What a cell means is also said in words by the list of conséquences: the calendar is
there to be seen at a glance, and carries letters, not colour alone.
"""

import calendar
import datetime as dt
from dataclasses import dataclass

from records.evenements import Evenement
from records.periodes import Periode
from records.pieces import Couverture
from web.portal.presentation import NBSP, accord, nombre, periode

MAX_MONTHS = 36
# the letter and the look of each conséquence that lasts; the later wins on a shared day
MARKS = {
    "SOINS": ("S", "soins"),
    "PROLONG_SOINS": ("S", "soins"),
    "ARRET": ("A", "arret"),
    "PROLONG": ("P", "prolongation"),
    "RECHUTE": ("R", "rechute"),
    "REPRISE_TPT": ("T", "partiel"),
}
DAYS = {
    "REPRISE": ("F", "fin"),
    "CONSOLID": ("C", "fin"),
    "DECES_C": ("D", "fin"),
    "DISPO": ("F", "fin"),
}
WORDS = {
    "A": "arrêt initial",
    "P": "prolongation",
    "R": "rechute",
    "S": "soins sans arrêt",
    "T": "temps partiel thérapeutique",
    "F": "fin ou reprise",
    "C": "consolidation",
    "D": "décès",
    "E": "évènement",
}
_ONE_DAY = dt.timedelta(days=1)
_SHORT_MONTHS = (
    "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.",
    "nov.", "déc.",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One day: its number, its letter (empty: nothing that day) and its look."""

    jour: int
    lettre: str = ""
    ton: str = ""
    is_repos: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Frise:
    """The months of an event; `nb_caches` are older ones left out."""

    mois: tuple[tuple[dt.date, tuple[Case, ...]], ...]
    legende: tuple[tuple[str, str, str], ...]
    nb_caches: int = 0


def frise(event: Evenement) -> Frise:
    """Lay the conséquences of an event on the months they touch."""
    marks = {event.date_survenance: ("E", "evenement")} | _marks(event)
    first, last = min(marks), max(marks)
    months = _months(first, last)
    kept = months[-MAX_MONTHS:]
    used = {marks[day] for day in marks}
    order = list(WORDS)
    return Frise(
        mois=tuple((month, _cases(month, marks)) for month in kept),
        legende=tuple(
            (letter, look, WORDS[letter])
            for letter, look in sorted(used, key=lambda mark: order.index(mark[0]))
        ),
        nb_caches=len(months) - len(kept),
    )


def _marks(event: Evenement) -> dict[dt.date, tuple[str, str]]:
    found: dict[dt.date, tuple[str, str]] = {}
    for kind, mark in MARKS.items():
        for one in event.consequences:
            if one.type == kind and one.periode:
                found |= dict.fromkeys(_days(one.periode), mark)
    for one in event.consequences:
        day = _day(one.champs.get("date"))
        if day and one.type in DAYS:
            found[day] = DAYS[one.type]
    return found


def _days(periode: Periode) -> list[dt.date]:
    """Return the days of a period, those of a century at most."""
    count = min(periode.nb_jours, 36_525)
    return [periode.debut + _ONE_DAY * rank for rank in range(count)]


def _day(value: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        return None


def _months(first: dt.date, last: dt.date) -> list[dt.date]:
    found, month = [], first.replace(day=1)
    while month <= last:
        found.append(month)
        month = (month + dt.timedelta(days=31)).replace(day=1)
    return found


def _cases(month: dt.date, marks: dict[dt.date, tuple[str, str]]) -> tuple[Case, ...]:
    length = calendar.monthrange(month.year, month.month)[1]
    days = [month.replace(day=number) for number in range(1, length + 1)]
    return tuple(
        Case(
            jour=day.day,
            lettre=marks.get(day, ("", ""))[0],
            ton=marks.get(day, ("", ""))[1],
            is_repos=day.weekday() >= calendar.SATURDAY,
        )
        for day in days
    )


def manque(value: Couverture | None) -> str:
    r"""Say which days are missing when part of them is proved, and which are twice.

    >>> june = Periode.month(2026, 6)
    >>> manque(Couverture(prouve=(june,), manque=(), en_double=(june,))).replace(
    ...     "\u00a0", " "
    ... )
    'prouvé deux fois : juin 2026'
    """
    if value is None or not value.prouve:
        return ""
    said = (("reste à prouver", value.manque), ("prouvé deux fois", value.en_double))
    return " ; ".join(
        f"{word}{NBSP}: {', '.join(map(periode, days))}" for word, days in said if days
    )


def jours_prouves(value: Couverture | None) -> str:
    r"""Say how many days of a requirement are proved, in days.

    >>> may = Periode.month(2026, 5)
    >>> jours_prouves(Couverture(prouve=(), manque=(may,))).replace("\u00a0", " ")
    '0 jour prouvé sur 31'
    """
    if value is None:
        return ""
    proved, missing = (
        sum(part.nb_jours for part in parts) for parts in (value.prouve, value.manque)
    )
    if proved + missing > 36_525:  # noqa: PLR2004 - days without an end
        return ""
    shown = accord(proved, "jour prouvé", "jours prouvés")
    return f"{shown} sur{NBSP}{nombre(proved + missing)}"


def veille(value: dt.date) -> dt.date:
    """Return the day before: the last day of what ends on an excluded one."""
    return value - dt.timedelta(days=1)


def mois(value: dt.date) -> str:
    """Return a month as calendars head it.

    >>> mois(dt.date(2026, 2, 1))
    'févr. 2026'
    """
    return f"{_SHORT_MONTHS[value.month - 1]} {value.year}"
