"""Days of absence added up: by month, by risk, by service; delays of papers by band.

Pure. Two spells of one agent that overlap count once, in each of the three sums.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from itertools import pairwise

from records.arrets import Arret
from records.periodes import Periode, union

# upper bounds, in days after the paper could be asked for; None: beyond
BANDES: tuple[tuple[int | None, str], ...] = (
    (-1, "avant la date d'exigibilité"),
    (15, "de 0 à 15 jours"),
    (30, "de 16 à 30 jours"),
    (60, "de 31 à 60 jours"),
    (90, "de 61 à 90 jours"),
    (None, "plus de 90 jours"),
)


def year(annee: int) -> Periode:
    """Return the days of a calendar year.

    >>> year(2026).nb_jours
    365
    """
    return Periode(dt.date(annee, 1, 1), dt.date(annee + 1, 1, 1))


def by_month(arrets: Iterable[Arret], annee: int) -> tuple[int, ...]:
    """Return the days of absence of each month, January first."""
    spells = _by(arrets, lambda _: None).get(None, ())
    starts = [dt.date(annee, month, 1) for month in range(1, 13)]
    months = [Periode(a, b) for a, b in pairwise([*starts, dt.date(annee + 1, 1, 1)])]
    return tuple(sum(_inside(spell, month) for spell in spells) for month in months)


def by_group(
    arrets: Iterable[Arret], periode: Periode, group: Callable[[Arret], str]
) -> tuple[tuple[str, int], ...]:
    """Return the days of absence of each group in a period, the most first."""
    found = {
        name or "": sum(_inside(spell, periode) for spell in spells)
        for name, spells in _by(arrets, group).items()
    }
    return tuple(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _by(
    arrets: Iterable[Arret], group: Callable[[Arret], str | None]
) -> dict[str | None, tuple[Periode, ...]]:
    """Return the days of each group: joined agent by agent, then put together."""
    days: dict[tuple[str | None, int], list[Periode]] = {}
    for arret in arrets:
        key = (group(arret), arret.agent.id)
        days.setdefault(key, []).append(arret.periode)
    found: dict[str | None, tuple[Periode, ...]] = {}
    for (name, _), spells in days.items():
        found[name] = (*found.get(name, ()), *union(spells))
    return found


def _inside(spell: Periode, periode: Periode) -> int:
    common = spell.overlap(periode)
    return common.nb_jours if common else 0


def by_delay(delays: Iterable[int]) -> tuple[tuple[str, int], ...]:
    """Count delays (days, negative when early) by band, every band shown.

    >>> [n for _, n in by_delay([-3, 0, 15, 16, 91])]
    [1, 2, 1, 0, 0, 1]
    """
    counted = dict.fromkeys((label for _, label in BANDES), 0)
    for delay in delays:
        label = next(said for bound, said in BANDES if bound is None or delay <= bound)
        counted[label] += 1
    return tuple(counted.items())
