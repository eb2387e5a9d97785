"""Congé de maladie ordinaire: full pay while less than the quota was consumed in the year.

The rolling year is looked at *for each day* (`droits.md` §3, profile of §17), yet nothing
here loops over days: between two dates where something changes (a day leaving the window,
a month end, 29 February…), the counts move by a constant step, so the next change of
class is computed, not searched.
"""

import datetime as dt

from records.bareme import Bareme
from records.droits import textes
from records.droits.calendrier import accounting_days, day_of, next_accounting_break
from records.droits.compteurs import (
    JOURS_DU_MOIS,
    UNITE,
    Compteur,
    months_after,
    years_after,
)
from records.droits.fenetre import (
    AnneeGlissante,
    JoursDeService,
    PeriodeReference,
)
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
from records.droits.resultat import Paie, Position, Tranche
from records.droits.situation import AvisArret, Situation
from records.periodes import Periode

_DEUX_ANS = 731
_YEAR = 365
_FIRST, _FAR = dt.date(1950, 1, 1).toordinal(), dt.date(9000, 1, 1).toordinal()
_HALF = UNITE // 2
_PAID = (Position.PLEIN, Position.DEMI)
_JOURS_DE_SERVICE = 300
# the window of a day, the quotas of that day, and what it weighs
Jour = tuple[int, Quotas, int]


class MoteurCMO:
    """Replays the avis of CMO in order; its memory is the two moving counts."""

    def __init__(self, situation: Situation, profil: Profil, bareme: Bareme) -> None:
        self._profil = profil
        self._loi = LoiCMO(situation, profil, bareme)
        self._is_fonctionnaire = situation.statut.is_fonctionnaire
        self._plein, self._demi = Compteur(), Compteur()
        self._is_exhausted = False
        self._since, self._fin = 0, 0  # the unbroken leave: its first day, its end
        self._full_at = _FAR  # from then, every day of the past year was a CMO
        self._spell, self._spell_day = dt.date.min, 0
        self._last, self._last_end = Position.PLEIN, 0
        self._reference = _reference(situation, profil)
        self._even_until = 0  # until when the window moves by one day each day
        self._is_all = profil.consommation is Consommation.TOUS
        self._is_once = profil.evaluation is Evaluation.DEBUT
        self._is_daily_rate = profil.declencheur is Declencheur.JOUR
        self._is_accounting = profil.unite is Unite.TRENTE_360
        self._is_monthly = profil.quota is Quota.MOIS and not self._is_accounting
        self._has_inner_breaks = (
            self._is_accounting or self._is_monthly or profil.is_palier_quotidien
        )
        self._quotas = self._loi.quotas(_FIRST)

    def return_to_work(self) -> None:
        """Clear a sticky exhaustion: at least one day was worked."""
        self._is_exhausted = False

    @property
    def is_exhausted(self) -> bool:
        """Tell whether no right is left until a return to work."""
        return self._is_exhausted

    def replay(self, avis: AvisArret) -> list[Tranche]:
        """Return the tranches of one avis, later than every avis before it."""
        debut, fin = avis.periode.debut.toordinal(), avis.periode.fin.toordinal()
        is_contiguous = self._fin == debut
        if not is_contiguous:
            self._since, self._full_at = debut, _FAR
        if fin - self._since >= _YEAR:
            self._full_at = years_after(day_of(self._since), 1).toordinal()
        if not (is_contiguous and avis.is_prolongation):
            self._spell, self._spell_day = avis.periode.debut, debut
            self._quotas = self._loi.quotas(debut)
        self._fin = fin
        if not self._loi.has_carence(avis, debut):
            return self._walk(avis, debut, fin, is_carence=False)
        found = self._walk(avis, debut, debut + 1, is_carence=True)
        found += self._walk(avis, debut + 1, fin, is_carence=False)
        return found

    def full_pay_from(self, day: dt.date) -> dt.date | None:
        """Return the first day, from `day`, when a new avis would start at full pay.

        Looks without forgetting: avis replayed later still find their window whole. None
        when no day of the two years that follow would.
        """
        start = day.toordinal()
        quota = self._loi.quotas(start).plein
        if not quota:
            return None
        found = self._day_of_low(self._plein.under_from(quota), start)
        return day_of(found) if found < start + _DEUX_ANS else None

    # --- walking ------------------------------------------------------------------

    def _walk(
        self, avis: AvisArret, day: int, fin: int, *, is_carence: bool
    ) -> list[Tranche]:
        """Return what is uniform, whole: several constant steps may follow in one class."""
        found: list[Tranche] = []
        if day >= fin:
            return found
        is_counted = self._profil.is_carence_comptee or not is_carence
        jour = self._look(avis, day)
        following = self._class(avis, day, jour)
        while day < fin:
            start, first, taken = day, jour, self._plein.total
            position = following
            while following is position and jour[1] is first[1]:
                end = (
                    fin if fin == day + 1 else self._end(avis, day, fin, position, jour)
                )
                if is_counted:
                    self._consume(day, end, position, jour[2])
                self._last, self._last_end = position, end
                day = end
                if day >= fin:
                    break
                jour = self._look(avis, day)
                following = self._class(avis, day, jour)
                if self._is_daily_rate and day == self._loi.next_rate(day - 1):
                    break
            paie = self._paie(avis, start, position, first[1], is_carence=is_carence)
            motif = textes.MotifCMO(
                paie,
                first[0],
                start,
                taken,
                first[1],
                is_all=self._is_all,
                is_known=avis.position_connue is not None,
            )
            found.append(Tranche(Periode(day_of(start), day_of(day)), paie, motif))
        return found

    def _look(self, avis: AvisArret, day: int) -> Jour:
        """Bring the counts to a day; return its window, its quotas and what it weighs."""
        low = self._low(day)
        self._plein.drop_before(low)
        self._demi.drop_before(low)
        if not self._has_inner_breaks:
            return low, self._quotas, _HALF if avis.is_demi_journees else UNITE
        quotas = self._quotas
        if self._profil.is_palier_quotidien:
            quotas = self._loi.quotas(day)
        return low, quotas, self._weight(day, avis)

    def _class(self, avis: AvisArret, day: int, jour: Jour) -> Position:
        if avis.position_connue is not None:
            return avis.position_connue
        _, quotas, poids = jour
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
            quotas.demi is not None
            and self._is_fonctionnaire
            and self._plein.total >= quotas.plein
            and self._demi.total >= quotas.demi
        )

    def _end(
        self, avis: AvisArret, day: int, fin: int, position: Position, jour: Jour
    ) -> int:
        """Return the day until which the class surely stays, by one constant step."""
        end = min(fin, self._full_at) if day < self._full_at else fin
        if self._has_inner_breaks:
            end = min(end, self._next_inner(day))
        if self._is_daily_rate:
            end = min(end, self._loi.next_rate(day))
        if position is Position.EPUISE or avis.position_connue is not None:
            return end
        # at least a day passes: a 31st keeps the class of the 30th, whatever the counts
        return min(end, max(day + 1, self._crossing(day, end, position, jour)))

    def _crossing(self, day: int, end: int, position: Position, jour: Jour) -> int:
        """Return the first day, before `end`, where a count may cross its quota."""
        low, quotas, poids = jour
        if self._is_once:
            low -= _FAR  # the window was looked at once: no day ever leaves it
        else:
            end = min(end, self._even_until)
        plein, demi = self._plein, self._demi
        if position is Position.PLEIN:
            if plein.total + (end - day - 1) * poids < quotas.plein:
                return end
            return min(end, day + plein.reached_after(quotas.plein, poids, low, day))
        own = poids if self._is_all else 0
        end = min(end, day + plein.under_after(quotas.plein, own, low, day))
        if quotas.demi is None:
            return end
        if position is Position.DEMI:
            return min(end, day + demi.reached_after(quotas.demi, poids, low, day))
        return min(end, day + demi.under_after(quotas.demi, 0, low, day))

    def _consume(self, debut: int, fin: int, position: Position, poids: int) -> None:
        if position is Position.PLEIN or self._is_all:
            self._plein.add(debut, fin, poids)
        if position is Position.DEMI:
            self._demi.add(debut, fin, poids)

    # --- the window and the weights -----------------------------------------------

    def _low(self, day: int) -> int:
        if self._is_once:
            day = min(day, self._spell_day)
        low, self._even_until = self._reference.low(day)
        return low

    def _day_of_low(self, low: int, day: int) -> int:
        """Return the first day, from `day`, whose window starts at `low` or later."""
        if self._is_once and day >= self._spell_day:
            return day if self._low(day) >= low else _FAR
        found, last = day, day + _DEUX_ANS
        at, until = self._reference.low(found)
        while at < low and found < last:
            found = min(found + low - at, until)
            at, until = self._reference.low(found)
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

    # --- words --------------------------------------------------------------------

    def _paie(
        self,
        avis: AvisArret,
        day: int,
        position: Position,
        quotas: Quotas,
        *,
        is_carence: bool,
    ) -> Paie:
        """Return how a day of this class is paid: its rate and its text of law."""
        if is_carence and position in _PAID:
            found = self._loi.at(day).carence
        elif position is Position.PLEIN:
            found = self._loi.at(self._rate_day(avis, day)).plein
        elif position is Position.DEMI:
            found = self._loi.at(avis.periode.debut.toordinal()).demi
        elif position is Position.EPUISE:
            found = quotas.epuise
        else:
            found = quotas.sans_traitement
        return found[avis.is_demi_journees]

    def _rate_day(self, avis: AvisArret, day: int) -> int:
        """Return the day that selects the rate of the first phase (P8)."""
        if self._is_daily_rate:
            return day
        if self._profil.declencheur is Declencheur.ARRET:
            return self._spell_day
        return avis.periode.debut.toordinal()


def _reference(situation: Situation, profil: Profil) -> PeriodeReference:
    """Return what a day looks back at: a year, or three hundred days of service."""
    is_plus_un = profil.fenetre is Fenetre.PLUS_UN
    if situation.is_service_discontinu:
        return JoursDeService(situation.services, _JOURS_DE_SERVICE + (not is_plus_un))
    return AnneeGlissante(int(is_plus_un))
