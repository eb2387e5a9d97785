"""From what is declared to what is asked: the requirements an event implies. Pure.

`derive` always answers the same lines, in any order of declaration, each under a stable
key; `records.ecarts` compares them with what exists.
"""

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from records.conditions import CONDITIONS, LEAVES, THERAPEUTIC, Cas, day_of, spells
from records.evenements import Consequence, Evenement
from records.natures import EVENEMENT, Catalogue, Regle
from records.periodes import Periode, union
from records.pieces import Substitut

DEFAULT_REGIME = "CNRACL"
_DATES = ("date", "date_soins", "constatation_le", "effet_le")
_KNOWN_SINCE = ("declaration_agent_le", "avis_employeur_le", "connaissance_le")
FROM_END = "fin_de_periode"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exigence:
    """One requirement as derived, before it has a row."""

    cle: str
    type: str
    precision: str | None
    consequence_id: int | None
    periode: Periode | None
    date_reference: dt.date
    exigible_le: dt.date
    echeance: dt.date
    base: str
    substituts: tuple[Substitut, ...]
    montant_eur: Decimal | None = None
    exigible_depuis: str = "reference"


def derive(
    evenement: Evenement,
    regime: str | None,
    delai_jours: int,
    catalogue: Catalogue,
    *,
    statut: str | None = None,
) -> tuple[Exigence, ...]:
    """Return the requirements of an event, sorted by key.

    `delai_jours` is the contract's delay to produce a paper once it is due. Each rule is
    the one in force on the day of what it is about, not on the day of the event.
    """
    found: dict[str, Exigence] = {}
    for regle in catalogue.histoire:
        if evenement.nature not in regle.natures:
            continue
        if (regime or DEFAULT_REGIME) not in regle.regimes:
            continue
        cas = Cas(evenement=evenement, regime=regime or DEFAULT_REGIME, statut=statut)
        for exigence in _apply(regle, cas):
            limit = exigence.exigible_le + dt.timedelta(days=delai_jours)
            found.setdefault(exigence.cle, replace(exigence, echeance=limit))
    return tuple(found[cle] for cle in sorted(found))


def _holds(regle: Regle, cas: Cas) -> bool:
    return all(CONDITIONS[name](cas) for name in regle.si)


def _apply(regle: Regle, cas: Cas) -> Iterator[Exigence]:
    evenement = cas.evenement
    if regle.periode in {"arrets", "mois", "evenement"}:
        if _holds(regle, cas):
            yield from _over_leaves(regle, cas)
        return
    if regle.par == (EVENEMENT,):
        day = evenement.date_survenance
        if regle.is_valid(day) and _holds(regle, cas):
            yield _exigence(regle, cas, _event_period(regle, day), suffix="")
        return
    if regle.periode == "consequence" and "ARRET" in regle.par:
        yield from _first_leave(regle, cas)
    triggers = [
        (c, replace(cas, consequence=c))
        for c in evenement.consequences
        if c.type in regle.par and regle.is_valid(reference_day(evenement, c))
    ]
    kept = [(c, trigger) for c, trigger in triggers if _holds(regle, trigger)]
    kept.sort(key=lambda pair: (reference_day(evenement, pair[0]), pair[0].id))
    for consequence, trigger in kept[:1] if regle.is_unique else kept:
        periode = consequence.periode if regle.periode == "consequence" else None
        yield _exigence(regle, trigger, periode, suffix="")


def _first_leave(regle: Regle, cas: Cas) -> Iterator[Exigence]:
    """Ask for the paper of the leave told by the event's own form."""
    for consequence, periode in spells(cas.evenement, LEAVES):
        is_own = consequence is None and regle.is_valid(periode.debut)
        if is_own and _holds(regle, cas):
            yield _exigence(regle, cas, periode, suffix="")


def _event_period(regle: Regle, day: dt.date) -> Periode | None:
    if regle.periode != "mois_precedent":
        return None
    last = day.replace(day=1) - dt.timedelta(days=1)
    return Periode.month(last.year, last.month)


def _over_leaves(regle: Regle, cas: Cas) -> Iterator[Exigence]:
    kinds = regle.par
    if kinds == (EVENEMENT,):
        kinds = (THERAPEUTIC,) if cas.evenement.nature == "TPT" else LEAVES
    away = [
        periode
        for _, periode in spells(cas.evenement, kinds)
        if regle.is_valid(periode.debut)
    ]
    if regle.periode == "mois":
        for month in sorted({m for periode in away for m in periode.months()}):
            yield _exigence(regle, cas, month, suffix=f"{month.debut:%Y-%m}")
        return
    for rank, periode in enumerate(union(away)):
        # a leave whose end moves is still the same line; a later one is another
        suffix = f"{periode.debut}" if rank else ""
        yield _exigence(regle, cas, periode, suffix=suffix)
    is_dateless = not away and regle.periode == "evenement"
    if is_dateless and regle.is_valid(cas.evenement.date_survenance):
        yield _exigence(regle, cas, None, suffix="")


def _exigence(
    regle: Regle, cas: Cas, periode: Periode | None, *, suffix: str
) -> Exigence:
    consequence = None if regle.is_unique else cas.consequence
    shown = cas.consequence
    reference = periode.debut if periode else reference_day(cas.evenement, shown)
    exigible = _exigible(regle, cas.evenement, reference, periode)
    parts = (
        regle.type,
        regle.precision or "",
        consequence.reference if consequence else "",
        suffix,
    )
    return Exigence(
        cle="|".join(parts),
        type=regle.type,
        precision=regle.precision,
        consequence_id=consequence.id if consequence else None,
        periode=periode,
        date_reference=reference,
        exigible_le=exigible,
        echeance=exigible,
        base=regle.base,
        substituts=tuple(Substitut(type=t, cas=cas_) for t, cas_ in regle.substituts),
        montant_eur=_amount(consequence),
        exigible_depuis=regle.exigible_depuis,
    )


def reference_day(evenement: Evenement, consequence: Consequence | None) -> dt.date:
    """Return the day a conséquence is about; that of the event without one."""
    if consequence:
        if consequence.periode:
            return consequence.periode.debut
        for name in _DATES:
            day = day_of(consequence.champs.get(name))
            if day:
                return day
    return evenement.date_survenance


def _exigible(
    regle: Regle, evenement: Evenement, reference: dt.date, periode: Periode | None
) -> dt.date:
    start = reference
    champs = evenement.champs
    if regle.exigible_depuis == FROM_END and periode:
        start = periode.dernier
    elif regle.exigible_depuis == "naissance":
        born = day_of(champs.get("accouchement_le")) or day_of(champs.get("dpa"))
        start = born or reference
    elif regle.exigible_depuis == "connaissance":
        known = [day for name in _KNOWN_SINCE if (day := day_of(champs.get(name)))]
        start = min(known, default=reference)
    later = _months_after(start, regle.exigible_apres_mois)
    return later + dt.timedelta(days=regle.exigible_apres_jours)


def _months_after(day: dt.date, months: int) -> dt.date:
    """Return the same day of a later month, its last day when it has none.

    >>> _months_after(dt.date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _amount(consequence: Consequence | None) -> Decimal | None:
    if consequence is None or consequence.type != "FRAIS":
        return None
    text = str(consequence.champs.get("montant", "")).replace(",", ".").replace(" ", "")
    try:
        return Decimal(text).quantize(Decimal("0.01"))
    except InvalidOperation:
        return None
