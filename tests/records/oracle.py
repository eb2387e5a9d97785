"""The oracle: the reference algorithm of the law note, one day at a time, and slowly.

Written apart from the engine, with sets of days and sums over them, so that both may only
be wrong together. It is also the baseline of `benchmarks/droits.py`.
"""

import datetime as dt
from collections.abc import Iterable

from records.droits import AvisArret, Carence, Profil, Situation, Statut
from records.droits.profils import (
    Consommation,
    Declencheur,
    Evaluation,
    Fenetre,
    Quota,
    Unite,
)
from records.droits.resultat import Position
from records.droits.situation import Famille

ONE = dt.timedelta(days=1)
DAY = 2 * 28 * 29 * 30 * 31  # parts in a day: a half, or a 30th of any month, is whole
MARS_2025 = dt.date(2025, 3, 1)
P = Position
Jour = tuple[Position, str | None]


def same_date(day: dt.date, years: int) -> dt.date:
    """Return the same date some years back or later, from the 28th or to 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return dt.date(day.year + years, *((2, 28) if years < 0 else (3, 1)))


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the same day some months later, or the first of the month after."""
    total = day.year * 12 + day.month - 1 + months
    try:
        return dt.date(total // 12, total % 12 + 1, day.day)
    except ValueError:
        return dt.date((total + 1) // 12, (total + 1) % 12 + 1, 1)


def seniority(situation: Situation, on: dt.date) -> int:
    """Return whole months of service; a career when the entry is unknown."""
    entree = situation.date_entree
    if entree is None and situation.services:
        entree = entered(situation, on)
    if entree is None:
        return 999
    months = 0
    while add_months(entree, months + 1) <= on and months < 60:
        months += 1
    return months - (on < entree)


def entered(situation: Situation, on: dt.date) -> dt.date:
    """Return the first day of the services no more than four months interrupted."""
    served = [one for one in situation.services if one.debut <= on]
    if not served:
        return situation.services[0].debut
    first = served[-1].debut
    for before in reversed(served[:-1]):
        if add_months(before.fin, 4) < first:
            break
        first = before.debut
    return first


class Oracle:
    """Replays one agent day after day."""

    def __init__(self, situation: Situation, profil: Profil) -> None:
        self.situation, self.profil = situation, profil
        self.paid: dict[dt.date, Jour] = {}
        self.cmo: list[tuple[int, Position, int]] = []
        self.cmo_days: set[int] = set()
        self.absent: set[dt.date] = set()
        self.exhausted, self.last = False, P.PLEIN
        self.spell = dt.date.min
        self.ald: dt.date | None = None
        self.long = {name: Long(self) for name in ("CLM", "CGM")}
        self.cld: dict[str | None, dict[dt.date, Position]] = {}
        self.cld_from: dict[str | None, dt.date | None] = {}
        self.cld_deemed: dict[str | None, int] = {}
        self.accident: dt.date | None = None
        self.accident_days = 0
        self.leave: AvisArret | None = None
        self.leave_from = dt.date.min

    def run(self, avis: Iterable[AvisArret]) -> dict[dt.date, Jour]:
        """Return the position and the rate of every day."""
        for one in sorted(avis, key=lambda a: a.periode.debut):
            debut = one.periode.debut
            worked_before = debut - ONE not in self.absent
            if worked_before or one.famille is Famille.TPT:
                self.exhausted = False
            if not self._over(debut):
                self._begin(one)
            day = debut
            while day < one.periode.fin:
                if self._over(day):
                    self.paid[day] = P.SANS_TRAITEMENT, "0"
                    day += ONE
                    continue
                self.paid[day] = self._kept(one, self._day(one, day))
                if one.famille is not Famille.TPT:
                    self.absent.add(day)
                day += ONE
        return self.paid

    def _over(self, day: dt.date) -> bool:
        """Tell whether the contract is over."""
        fin = self.situation.fin_contrat
        return not self.is_f and fin is not None and day >= fin

    def _kept(self, one: AvisArret, found: Jour) -> Jour:
        is_kept = found[0] is P.EPUISE and one.is_decision_attendue
        return (P.DEMI, "0.50") if is_kept and self.is_f else found

    @property
    def is_f(self) -> bool:
        return self.situation.statut is not Statut.CONTRACTUEL

    def _begin(self, one: AvisArret) -> None:
        debut = one.periode.debut
        last = self.leave
        if not (
            one.is_prolongation
            and last is not None
            and (last.nature, last.periode.fin) == (one.nature, debut)
        ):
            self.leave_from = debut
        self.leave = one
        follows = debut.toordinal() - 1 in self.cmo_days and one.famille is Famille.CMO
        if one.famille is Famille.CMO and not (follows and one.is_prolongation):
            self.spell = debut
        if one.nature in self.long:
            self.long[one.nature].begin(debut)
        if one.famille is Famille.CLD and one.groupe not in self.cld:
            self._open_cld(one.groupe, debut)
        if one.famille is Famille.ACCIDENT and not (
            one.is_prolongation and self.accident
        ):
            self.accident, self.accident_days = debut, 0

    def _day(self, one: AvisArret, day: dt.date) -> Jour:  # noqa: PLR0911
        match one.famille:
            case Famille.CMO:
                return self._cmo(one, day)
            case Famille.CLM:
                return _rated(self.long["CLM"].day(day))
            case Famille.CGM:
                months = seniority(self.situation, self.leave_from)
                if not self.is_f and months < 36:
                    return P.SANS_TRAITEMENT, "0"
                return _rated(self.long["CGM"].day(day))
            case Famille.CLD:
                return _rated(self._cld(one.groupe, day))
            case Famille.ACCIDENT:
                return self._accident(day)
            case Famille.SANS_TRAITEMENT:
                return P.SANS_TRAITEMENT, "0"
            case Famille.MAINTIEN:
                return P.DEMI, "0.50"
            case Famille.PARENTALITE:
                is_old = self.leave_from < dt.date(2021, 7, 1)
                months = seniority(self.situation, self.leave_from)
                if (
                    is_old
                    and not self.is_f
                    and months < 6
                    and one.nature != "NAISSANCE"
                ):
                    return P.SANS_TRAITEMENT, "0"
        return P.PLEIN, "1"

    # --- CMO ----------------------------------------------------------------------

    def _low(self, day: dt.date) -> dt.date:
        if self.profil.evaluation is Evaluation.DEBUT:
            day = min(day, self.spell)
        is_plus_un = self.profil.fenetre is Fenetre.PLUS_UN
        if self.situation.is_service_discontinu:
            return self._served_back(day, 300 if is_plus_un else 301)
        low = same_date(day, -1)
        return low + ONE if is_plus_un else low

    def _served_back(self, day: dt.date, wanted: int) -> dt.date:
        """Go back day by day until so many days of service are counted."""
        services = self.situation.services
        while True:
            # nothing is known outside: the first has no beginning, the last no end
            is_outside = day < services[0].debut or day >= services[-1].debut
            wanted -= is_outside or any(day in one for one in services)
            if wanted <= 0:
                return day
            day -= ONE

    def _weight(self, one: AvisArret, day: dt.date) -> int:
        weight = DAY
        if self.profil.unite is Unite.TRENTE_360:
            last = (day + ONE).month == 3 and day.month == 2
            weight = DAY * (31 - day.day if last else 0 if day.day == 31 else 1)
        elif self.profil.quota is Quota.MOIS:
            rank = 0
            while add_months(self.spell, rank + 1) <= day:
                rank += 1
            start, end = (add_months(self.spell, rank + n) for n in (0, 1))
            weight = 30 * DAY // (end - start).days
        return weight // 2 if one.is_demi_journees else weight

    def _quotas(self, day: dt.date) -> tuple[int, int | None]:
        if self.is_f:
            return 90, self.profil.plafond_demi
        on = day if self.profil.is_palier_quotidien else self.spell
        months = seniority(self.situation, on)
        quota = 0 if months < 4 else 30 if months < 24 else 60 if months < 36 else 90
        return quota, quota

    def _class(self, one: AvisArret, day: dt.date, weight: int) -> Position:
        if one.position_connue:
            return one.position_connue
        plein = demi = 0
        low = self._low(day).toordinal()
        is_all = self.profil.consommation is Consommation.TOUS
        for past, found, weighed in reversed(self.cmo):
            if past < low:
                break
            plein += weighed if is_all or found is P.PLEIN else 0
            demi += weighed if found is P.DEMI else 0
        quota, cap = self._quotas(day)
        start, end = same_date(day, -1).toordinal(), day.toordinal()
        if self.cmo_days.issuperset(range(start, end)):
            self.exhausted = True
        if self.is_f and cap is not None:
            is_over = plein >= quota * DAY and demi >= cap * DAY
            self.exhausted = self.exhausted or is_over
        if weight == 0 and day.toordinal() - 1 in self.cmo_days:
            return self.last
        if self.exhausted:
            return P.EPUISE
        if plein < quota * DAY:
            return P.PLEIN
        return P.DEMI if cap is None or demi < cap * DAY else P.SANS_TRAITEMENT

    def _cmo(self, one: AvisArret, day: dt.date) -> Jour:
        weight = self._weight(one, day)
        found = self.last = self._class(one, day, weight)
        self.cmo_days.add(day.toordinal())
        is_carence = day == one.periode.debut and self._has_carence(one)
        if self.profil.is_carence_comptee or not is_carence:
            self.cmo.append((day.toordinal(), found, weight))
        if is_carence and found in {P.PLEIN, P.DEMI}:
            return P.CARENCE, "0"
        if found is P.PLEIN:
            asked = {
                Declencheur.AVIS: one.periode.debut,
                Declencheur.ARRET: self.spell,
                Declencheur.JOUR: day,
            }[self.profil.declencheur]
            return found, "0.90" if asked >= MARS_2025 else "1"
        return found, "0.50" if found is P.DEMI else "0"

    def _has_carence(self, one: AvisArret) -> bool:  # noqa: PLR0911
        debut = one.periode.debut
        if one.is_prolongation or one.carence is Carence.EXONEREE:
            return False
        if debut < dt.date(2018, 1, 1):
            return False
        if dt.date(2020, 3, 24) <= debut <= dt.date(2020, 7, 10):
            return False
        if one.motif_exoneration and _exempts(one.motif_exoneration, debut):
            return False
        if not self.is_f and seniority(self.situation, debut) < 4:
            return False
        if one.carence is Carence.ALD:
            if self.ald is not None and debut < same_date(self.ald, 3):
                return False
            self.ald = debut
        return True

    # --- CLD and accidents --------------------------------------------------------

    def _open_cld(self, groupe: str | None, debut: dt.date) -> None:
        self.cld[groupe] = {}
        clm = self.long["CLM"]
        deemed = min(sum(1 for p in clm.paid.values() if p is P.PLEIN), 365)
        self.cld_deemed[groupe] = deemed
        self.cld_from[groupe] = debut if not deemed else None
        if clm.last is not None and clm.last == debut - ONE:
            self.cld_from[groupe] = max(clm.origin, same_date(debut, -1))

    def _cld(self, groupe: str | None, day: dt.date) -> Position:
        days, origin = self.cld[groupe], self.cld_from[groupe]
        if days and day - ONE not in days:
            origin = self.cld_from[groupe] = None
        if origin is not None:
            found = _by_months(day, origin, 36, 60)
        else:
            count = self.cld_deemed[groupe]
            count += sum(1 for paid in days.values() if paid is not P.EPUISE)
            found = P.PLEIN if count < 1095 else P.DEMI if count < 1825 else P.EPUISE
        days[day] = found
        return found

    def _accident(self, day: dt.date) -> Jour:
        assert self.accident is not None
        months: int | None = None
        if self.situation.statut is Statut.IRCANTEC:
            months = self.profil.accident_ircantec_mois
        if self.situation.statut is Statut.CONTRACTUEL:
            old = seniority(self.situation, self.accident)
            months = 1 if old < 12 else 2 if old < 36 else 3
        self.accident_days += 1
        if months is None:
            return P.PLEIN, "1"
        limit = months * 30
        if self.profil.quota is Quota.MOIS:
            limit = (add_months(self.accident, months) - self.accident).days
        if self.accident_days <= limit:
            return P.PLEIN, "1"
        return P.SANS_TRAITEMENT, "0"


class Long:
    """CLM or CGM, by its days."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle = oracle
        self.paid: dict[dt.date, Position] = {}
        self.origin = dt.date.min
        self.last: dt.date | None = None
        self.is_split = self.is_spent = False
        self.worked = 0

    def begin(self, debut: dt.date) -> None:
        """Open a new right, or go on with the one that runs."""
        is_new = self.last is None
        if self.last is not None:
            back = self.last + ONE
            while back in self.oracle.absent and back < debut:
                back += ONE
            self.worked += (debut - back).days
            is_new = same_date(back, 1) <= debut or (
                self.is_spent and self.worked >= 365
            )
            self.is_split = self.is_split or self.last != debut - ONE
        if is_new:
            self.paid, self.origin = {}, debut
            self.is_split = self.is_spent = False
            self.worked = 0

    def day(self, day: dt.date) -> Position:
        """Return the position of a day, the days before it being known."""
        self.last = day
        if self.is_split:
            low = same_date(day, -4)
            taken = sum(1 for d in self.paid if low < d < day)
            found = P.PLEIN if taken < 365 else P.DEMI if taken < 1095 else P.EPUISE
            if self.is_spent:
                found = P.EPUISE
        else:
            found = _by_months(day, self.origin, 12, 36)
        if found is P.EPUISE:
            self.is_spent = True
        else:
            self.paid[day] = found
        return found


def _by_months(day: dt.date, origin: dt.date, plein: int, total: int) -> Position:
    if day < add_months(origin, plein):
        return P.PLEIN
    return P.DEMI if day < add_months(origin, total) else P.EPUISE


def _rated(position: Position) -> Jour:
    return position, {P.PLEIN: "1", P.DEMI: "0.50"}.get(position, "0")


def _exempts(motif: str, debut: dt.date) -> bool:
    first, last = {
        "grossesse": ("2019-08-08", "9999-01-01"),
        "covid": ("2021-01-10", "2023-01-31"),
        "fausse_couche": ("2024-01-01", "9999-01-01"),
    }[motif]
    return dt.date.fromisoformat(first) <= debut <= dt.date.fromisoformat(last)
