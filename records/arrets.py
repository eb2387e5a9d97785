"""Spells of leave as lists and figures see them: a chain of avis that follow one another.

Pure: conséquences in, spells out. Nothing here decides a right.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from records.evenements import Evenement
from records.parties import Agent
from records.periodes import Periode, union

ARRETS = ("ARRET", "PROLONG")
REPRISES = ("REPRISE", "REPRISE_TPT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arret:
    """A spell of leave of one event; `reprise_le` is the return declared after it."""

    evenement: Evenement
    agent: Agent
    service: str | None
    periode: Periode
    nb_avis: int
    reprise_le: dt.date | None = None

    @property
    def budget(self) -> str | None:
        """The contract or budget the event was declared under, None when not said."""
        said = str(self.evenement.champs.get("budget") or "").strip()
        return said or None


def spells(evenement: Evenement, agent: Agent, service: str | None) -> list[Arret]:
    """Return the spells of an event, oldest first: avis that touch make one spell."""
    avis = [
        suite.periode
        for suite in evenement.consequences
        if suite.type in ARRETS and suite.periode
    ]
    returns = sorted(_returns(evenement))
    found = union(avis)
    return [
        Arret(
            evenement=evenement,
            agent=agent,
            service=service,
            periode=periode,
            nb_avis=sum(periode.covers(one) for one in avis),
            reprise_le=_first(returns, periode, found),
        )
        for periode in found
    ]


def _returns(evenement: Evenement) -> Iterable[dt.date]:
    for suite in evenement.consequences:
        if suite.type not in REPRISES:
            continue
        if suite.periode:
            yield suite.periode.debut
        elif said := _day(suite.champs.get("date")):
            yield said


def _day(value: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        return None


def _first(
    returns: list[dt.date], periode: Periode, every: tuple[Periode, ...]
) -> dt.date | None:
    """Return the first return after a spell and before the next one."""
    later = [other.debut for other in every if other.debut > periode.debut]
    limit = min(later, default=dt.date.max)
    return next((day for day in returns if periode.debut < day <= limit), None)
