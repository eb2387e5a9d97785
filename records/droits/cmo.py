"""Congé de maladie ordinaire: full pay while less than the quota was consumed in the year.

The rolling year is looked at *for each day* (`droits.md` §3, profile of §17), yet nothing
here loops over days: between two dates where something changes (a day leaving the window,
a month end, 29 February…), the counts move by a constant step, so the next change of
class is computed, not searched.
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from records.bareme import Bareme
from records.droits import textes
from records.droits.calendrier import (
    accounting_days,
    day_of,
    down_below,
    next_accounting_break,
    up_to,
)
from records.droits.compteurs import (
    JOURS_DU_MOIS,
    UNITE,
    Compteur,
    months_after,
    years_after,
)
from records.droits.fenetre import year_length
from records.droits.loi_cmo import LoiCMO, Quotas
from records.droits.profils import (
    Consommation,
    Declencheur,
    Evaluation,
    Fenetre,
    Profil,
    Quota,
    Unite,
)
from records.droits.resultat import Position, Tranche
from records.droits.situation import AvisArret, Situation
from records.periodes import Periode

_DEUX_ANS = 731
_ZERO = Decimal(0)


class MoteurCMO:
    """Replays the avis of CMO in order; its memory is the two moving counts."""

    def __init__(self, situation: Situation, profil: Profil, bareme: Bareme) -> None:
        self._profil = profil
        self._loi = LoiCMO(situation, profil, bareme)
        self._is_fonctionnaire = situation.statut.is_fonctionnaire
        self._plein, self._demi = Compteur(), Compteur()
        self._is_exhausted = False
        self._full_at = 0  # from then, every day of the past year was a CMO
        self._fin = 0
        self._spell = dt.date.min
        self._last, self._last_end = Position.PLEIN, 0
        self._plus = profil.fenetre is Fenetre.PLUS_UN
        self._is_all = profil.consommation is Consommation.TOUS
        self._is_once = profil.evaluation is Evaluation.DEBUT
        self._is_daily_rate = profil.declencheur is Declencheur.JOUR
        is_360 = profil.unite is Unite.TRENTE_360
        self._is_accounting = is_360
        self._is_monthly = profil.quota is Quota.MOIS and not is_360
        self._has_inner_breaks = (
            is_360 or self._is_monthly or profil.is_palier_quotidien
        )
        # what most profiles share: an avis far from its quota is told at once
        self._is_plain = not (
            self._has_inner_breaks or self._is_all or self._is_once
            or self._is_daily_rate
        )  # fmt: skip
        self._year = (0, 0, 0)  # from, until, length: the last looked up
        self._quotas = self._loi.quotas(_EPOCH)

    def return_to_work(self) -> None:
        """Clear a sticky exhaustion: at least one day was worked."""
        self._is_exhausted = False

    @property
    def is_exhausted(self) -> bool:
        """Tell whether no right is left until a return to work."""
        return self._is_exhausted

    def replay(self, avis: AvisArret) -> Iterator[Tranche]:
        """Yield the tranches of one avis, later than every avis before it."""
        debut, fin = avis.periode.debut.toordinal(), avis.periode.fin.toordinal()
        is_contiguous = self._fin == debut
        if not is_contiguous:
            self._full_at = years_after(avis.periode.debut, 1).toordinal()
        if not (is_contiguous and avis.is_prolongation):
            self._spell = avis.periode.debut
            self._quotas = self._loi.quotas(self._spell)
        has_carence = self._loi.has_carence(avis)
        if self._is_plain and self._stays_full(avis, debut, fin):
            yield from self._told_at_once(avis, debut, fin, has_carence=has_carence)
            self._fin = fin
            return
        if has_carence:
            yield from self._walk(avis, debut, debut + 1, carence=True)
            debut += 1
        yield from self._walk(avis, debut, fin, carence=False)
        self._fin = fin

    def _stays_full(self, avis: AvisArret, debut: int, fin: int) -> bool:
        """Tell whether the bounds alone prove that the whole avis is at full pay."""
        if self._is_exhausted or avis.position_connue is not None:
            return False
        low = self._low(debut)
        self._plein.drop_before(low)
        self._demi.drop_before(low)
        poids = _HALF if avis.is_demi_journees else UNITE
        most = self._plein.total + (fin - debut - 1) * poids
        return fin <= self._full_at and most < self._quotas.plein

    def _told_at_once(
        self, avis: AvisArret, debut: int, fin: int, *, has_carence: bool
    ) -> Iterator[Tranche]:
        poids = _HALF if avis.is_demi_journees else UNITE
        quotas, day = self._quotas, debut
        for end, carence in ((debut + has_carence, True), (fin, False)):
            if end == day:
                continue
            low = self._low(day)
            self._plein.drop_before(low)
            found = (low, self._plein.total, quotas)
            yield self._tranche(
                avis, (day, end), Position.PLEIN, found, carence=carence
            )
            if self._profil.is_carence_comptee or not carence:
                self._plein.add(day, end, poids)
            day = end
        self._last, self._last_end = Position.PLEIN, fin

    def full_pay_from(self, day: dt.date) -> dt.date | None:
        """Return the first day, from `day`, when a new avis would start at full pay.

        Looks without forgetting: avis replayed later still find their window whole. None
        when no day of the two years that follow would.
        """
        quota = self._loi.quotas(day).plein
        if not quota:
            return None
        found = self._day_of_low(self._plein.under_from(quota), day.toordinal())
        return day_of(found) if found < day.toordinal() + _DEUX_ANS else None

    # --- walking ------------------------------------------------------------------

    def _walk(
        self, avis: AvisArret, day: int, fin: int, *, carence: bool
    ) -> Iterator[Tranche]:
        """Yield what is uniform, whole: several constant steps may follow in one class."""
        if day >= fin:
            return
        is_counted = self._profil.is_carence_comptee or not carence
        low, quotas, poids = self._enter(day, avis)
        position = self._class(avis, day, quotas, poids)
        while day < fin:
            start, first_low, taken, first = day, low, self._plein.total, quotas
            while True:
                end = self._end(avis, day, fin, position, (low, poids, quotas))
                if is_counted:
                    self._consume(day, end, position, poids)
                self._last, self._last_end, day = position, end, end
                if day >= fin:
                    following = position
                    break
                low, quotas, poids = self._enter(day, avis)
                following = self._class(avis, day, quotas, poids)
                if following is not position or quotas is not first:
                    break
                if self._is_daily_rate and self._loi.changes_rate(day):
                    break
            yield self._tranche(
                avis, (start, day), position, (first_low, taken, first), carence=carence
            )
            position = following

    def _enter(self, day: int, avis: AvisArret) -> tuple[int, Quotas, int]:
        """Bring the counts to a day; return its window, its quotas and what it weighs."""
        low = self._low(day)
        self._plein.drop_before(low)
        self._demi.drop_before(low)
        quotas = self._quotas
        if self._profil.is_palier_quotidien:
            quotas = self._loi.quotas(day_of(day))
        return low, quotas, self._weight(day, avis)

    def _class(self, avis: AvisArret, day: int, quotas: Quotas, poids: int) -> Position:
        if avis.position_connue is not None:
            return avis.position_connue
        if not self._is_exhausted:
            self._is_exhausted = day >= self._full_at or self._is_capped(quotas)
        # an accounting month has 30 days: its 31st is paid as its 30th
        if poids == 0 and day == self._last_end:
            return self._last
        if self._is_exhausted:
            return Position.EPUISE
        if self._plein.total < quotas.plein:
            return Position.PLEIN
        if quotas.demi is None or self._demi.total < quotas.demi:
            return Position.DEMI
        return Position.SANS_TRAITEMENT

    def _is_capped(self, quotas: Quotas) -> bool:
        return (
            self._is_fonctionnaire
            and quotas.demi is not None
            and self._plein.total >= quotas.plein
            and self._demi.total >= quotas.demi
        )

    def _end(
        self,
        avis: AvisArret,
        day: int,
        fin: int,
        position: Position,
        step: tuple[int, int, Quotas],
    ) -> int:
        """Return the day until which the class surely stays, by one constant step."""
        _, poids, quotas = step
        end = min(fin, self._full_at) if day < self._full_at else fin
        if self._has_inner_breaks:
            end = min(end, self._next_inner(day))
        if self._is_daily_rate:
            end = min(end, self._loi.next_rate(day))
        if position is Position.EPUISE or avis.position_connue is not None:
            return end
        if position is Position.PLEIN:
            most = self._plein.total + (end - day - 1) * poids
            if most < quotas.plein:
                return end
        elif position is Position.DEMI and quotas.demi is None and not self._is_all:
            # nothing is added to the count: only leaving days bring full pay back
            return min(end, self._day_of_low(self._plein.under_from(quotas.plein), day))
        return min(end, self._stepped(day, position, step))

    def _stepped(
        self, day: int, position: Position, step: tuple[int, int, Quotas]
    ) -> int:
        """Return the first day where a count crosses its quota, or its step changes."""
        low, poids, quotas = step
        own_plein, own_demi = self._own(position, poids)
        end = _FAR
        if self._is_once:
            out_plein = out_demi = 0
        else:
            end = year_length(day)[1]
            out_plein, until = self._plein.leaving(low)
            if until:
                end = min(end, day + until - low)
            out_demi, until = self._demi.leaving(low)
            if until:
                end = min(end, day + until - low)
        plein, demi = own_plein - out_plein, own_demi - out_demi
        if position is Position.PLEIN:
            return min(end, day + up_to(self._plein.total, quotas.plein, plein))
        end = min(end, day + down_below(self._plein.total, quotas.plein, plein))
        if quotas.demi is not None:
            change = up_to if position is Position.DEMI else down_below
            end = min(end, day + change(self._demi.total, quotas.demi, demi))
        return end

    # --- the window and the weights -----------------------------------------------

    def _low(self, day: int) -> int:
        if self._is_once:
            day = min(day, self._spell.toordinal())
        since, until, length = self._year
        if not since <= day < until:
            length, until = year_length(day)
            self._year = (day, until, length)
        return day - length + self._plus

    def _day_of_low(self, low: int, day: int) -> int:
        """Return the first day, from `day`, whose window starts at `low` or later."""
        if self._is_once and day >= self._spell.toordinal():
            return day if self._low(day) >= low else _FAR
        found = max(day, low + 365 - self._plus)
        while found - year_length(found)[0] + self._plus < low:
            found += 1
        return found

    def _weight(self, day: int, avis: AvisArret) -> int:
        poids = UNITE
        if self._is_monthly:
            debut, fin = self._month_cycle(day)
            poids = UNITE * JOURS_DU_MOIS // (fin - debut)
        elif self._is_accounting:
            poids = UNITE * accounting_days(day_of(day))
        return poids // 2 if avis.is_demi_journees else poids

    def _next_inner(self, day: int) -> int:
        end = _FAR
        if self._is_monthly:
            end = self._month_cycle(day)[1]
        elif self._is_accounting:
            end = next_accounting_break(day_of(day)).toordinal()
        return min(end, self._loi.next_tier(day))

    def _month_cycle(self, day: int) -> tuple[int, int]:
        """Return the month, counted date to date from the spell's start, of `day`."""
        start, on = self._spell, day_of(day)
        rank = (on.year - start.year) * 12 + on.month - start.month
        while months_after(start, rank) > on:
            rank -= 1
        while months_after(start, rank + 1) <= on:
            rank += 1
        cycle = (months_after(start, rank), months_after(start, rank + 1))
        return cycle[0].toordinal(), cycle[1].toordinal()

    def _own(self, position: Position, poids: int) -> tuple[int, int]:
        plein = poids if position is Position.PLEIN or self._is_all else 0
        return plein, poids if position is Position.DEMI else 0

    def _consume(self, debut: int, fin: int, position: Position, poids: int) -> None:
        plein, demi = self._own(position, poids)
        self._plein.add(debut, fin, plein)
        self._demi.add(debut, fin, demi)

    # --- words --------------------------------------------------------------------

    def _tranche(
        self,
        avis: AvisArret,
        days: tuple[int, int],
        position: Position,
        found: tuple[int, int, Quotas],
        *,
        carence: bool,
    ) -> Tranche:
        low, taken, quotas = found
        debut = day_of(days[0])
        if carence and position in _PAID:
            position, taux = Position.CARENCE, _ZERO
            source = self._loi.source_carence(debut)
        else:
            taux, source = self._rate(avis, debut, position, quotas)
        return Tranche(
            periode=Periode(debut, day_of(days[1])),
            position=position,
            taux=taux,
            nature=avis.nature,
            regle=_REGLES[position],
            source=source,
            motif=textes.MotifCMO(
                position,
                taux,
                (low, days[0]),
                taken,
                quotas,
                is_all=self._is_all,
                is_known=avis.position_connue is not None,
            ),
            poids=avis.poids,
        )

    def _rate(
        self, avis: AvisArret, day: dt.date, position: Position, quotas: Quotas
    ) -> tuple[Decimal, str]:
        if position is Position.PLEIN:
            selected = avis.periode.debut
            if self._is_daily_rate:
                selected = day
            elif self._profil.declencheur is Declencheur.ARRET:
                selected = self._spell
            return self._loi.taux_plein(selected)
        if position is Position.DEMI:
            return self._loi.taux_demi(avis.periode.debut)
        return _ZERO, quotas.source


_EPOCH = dt.date(2018, 1, 1)
_FAR = dt.date(9000, 1, 1).toordinal()
_HALF = UNITE // 2
_PAID = (Position.PLEIN, Position.DEMI)
_REGLES = {position: f"cmo-{position.value}" for position in Position}
