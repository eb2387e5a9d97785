"""A result by month: one row a month, one cell a run of days, said in words.

Nothing here is drawn: a table whose cells span days, so that the meaning is in the text,
the pattern and the place, and colour only helps.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from records.droits.compteurs import year_before
from records.droits.textes import percent
from records.periodes import Periode
from web.portal.presentation import MONTHS

JOURS = 31
_LETTERS = {
    "carence": "C", "plein": "P", "demi": "D", "sans_traitement": "S", "epuise": "É",
}  # fmt: skip
MOTS = {
    "carence": "jour de carence",
    "plein": "plein traitement",
    "demi": "demi-traitement",
    "sans_traitement": "sans traitement",
    "epuise": "droits épuisés",
}
# a cell of fewer days only has room for its letter
_ROOM = 4
# months without leave, from this many on, are said on one row
_FEW = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Days of a month under one position; `position` is empty for days outside."""

    jours: int
    position: str = ""
    lettre: str = ""
    texte: str = ""
    dit: str = ""
    is_passe: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mois:
    """A month (or months without leave, to `jusqu_a`); its cells span 31 days."""

    nom: str
    cases: tuple[Case, ...]
    jusqu_a: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Jours:
    periode: Periode
    position: str
    taux: str
    is_passe: bool


def _days(told: Iterable[Mapping[str, Any]], *, is_passe: bool) -> Iterator[_Jours]:
    for one in told:
        debut, fin = (dt.date.fromisoformat(one[name]) for name in ("debut", "fin"))
        yield _Jours(
            periode=Periode.inclusive(debut, fin),
            position=one["position"],
            taux=percent(None if one["taux"] is None else Decimal(one["taux"])),
            is_passe=is_passe,
        )


def months(resultat: Mapping[str, Any]) -> tuple[Mois, ...]:
    """Return the months of a result as it is told: the leave, and the year before it."""
    studied = list(_days(resultat["tranches"], is_passe=False))
    since = year_before(min(one.periode.debut for one in studied))
    past = _days(resultat["historique_calcule"], is_passe=True)
    marked = [*studied, *(one for one in past if one.periode.fin > since)]
    marked.sort(key=lambda one: one.periode.debut)
    first = max(since, marked[0].periode.debut)
    whole = Periode(first, max(one.periode.fin for one in marked))
    return tuple(_gathered(_month(month, marked) for month in whole.months()))


def _gathered(rows: Iterable[Mois]) -> Iterator[Mois]:
    """Say months without any leave together, on one row."""
    empty: list[Mois] = []
    for row in rows:
        if any(case.position for case in row.cases):
            yield from _blank(empty)
            empty = []
            yield row
        else:
            empty.append(row)
    yield from _blank(empty)


def _blank(rows: list[Mois]) -> Iterator[Mois]:
    if len(rows) < _FEW:
        yield from rows
        return
    vide = Case(jours=JOURS, dit=f"{len(rows)} mois sans arrêt")
    yield Mois(nom=rows[0].nom, cases=(vide,), jusqu_a=rows[-1].nom)


def _month(month: Periode, marked: list[_Jours]) -> Mois:
    cases: list[Case] = []
    day = month.debut
    for one in marked:
        inside = month.overlap(one.periode)
        if inside is None:
            continue
        if inside.debut > day:
            cases.append(Case(jours=(inside.debut - day).days))
        cases.append(_case(one, inside))
        day = inside.fin
    left = JOURS - sum(case.jours for case in cases)
    if left:
        cases.append(Case(jours=left))
    name = f"{MONTHS[month.debut.month - 1]} {month.debut.year}"
    return Mois(nom=name, cases=tuple(cases))


def _case(one: _Jours, inside: Periode) -> Case:
    has_room = inside.nb_jours >= _ROOM and one.position in {"plein", "demi"}
    return Case(
        jours=inside.nb_jours,
        position=one.position,
        lettre=_LETTERS[one.position],
        texte=one.taux if has_room else "",
        dit=f"{MOTS[one.position]} à {one.taux}, du {inside.debut:%d/%m/%Y} au "
        f"{inside.dernier:%d/%m/%Y}{', historique' if one.is_passe else ''}",
        is_passe=one.is_passe,
    )
