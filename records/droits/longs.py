"""Long leaves: CLM and CGM (one year full, two years half), CLD (three and two).

Years run date to date while the leave is unbroken; once it is split, days are counted in
the rolling reference (`droits.md` §6 and §7).
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from records.bareme import Valeur
from records.droits.compteurs import Compteur, months_after, years_after
from records.droits.resultat import Paie, Position, Tranche
from records.droits.situation import AvisArret
from records.periodes import Periode

_DAYS_OF_YEAR = 365
_MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """Days under one position, and why."""

    periode: Periode
    position: Position
    explication: str


def years_back(day: dt.date, years: int) -> dt.date:
    """Return the same date some years earlier; 29 February gives the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return dt.date(day.year - years, 2, 28)


def length(months: int) -> str:
    """Say a length in months: « 1 an », « 18 mois ».

    >>> length(36), length(18)
    ('3 ans', '18 mois')
    """
    years, rest = divmod(months, _MONTHS)
    if rest or not years:
        return f"{months} mois"
    return f"{years} an{'s' if years > 1 else ''}"


def date_to_date(
    periode: Periode, origine: dt.date, plein: int, total: int
) -> Iterator[Phase]:
    """Cut a period at `plein` then `total` months from `origine`."""
    half, end = months_after(origine, plein), months_after(origine, total)
    cuts = ((Position.PLEIN, half), (Position.DEMI, end), (Position.EPUISE, None))
    day = periode.debut
    for position, until in cuts:
        fin = periode.fin if until is None else min(until, periode.fin)
        if day < fin:
            yield Phase(
                periode=Periode(day, fin),
                position=position,
                explication=_say(position, origine, plein, total),
            )
            day = fin


def _say(position: Position, origine: dt.date, plein: int, total: int) -> str:
    if position is Position.PLEIN:
        return (
            f"Dans la limite de {length(plein)} à plein traitement depuis le "
            f"{origine:%d/%m/%Y}, de date à date."
        )
    if position is Position.DEMI:
        return (
            f"Au-delà de {length(plein)} à plein traitement comptés de date à date "
            f"depuis le {origine:%d/%m/%Y}, dans la limite de {length(total)}."
        )
    return (
        f"Les {length(total)} de congé ouverts le {origine:%d/%m/%Y} sont épuisés ; un "
        "nouveau droit suppose une reprise effective."
    )


class MoteurLongueMaladie:
    """Replays CLM or CGM: a right of three years, renewed after one year back at work.

    The year back at work starts with the first day that no leave covers (part-time for
    health is work); what is taken inside it does not push it away (`droits.md` §6).
    """

    def __init__(self) -> None:
        self.origine: dt.date | None = None
        self.fin: dt.date | None = None
        self.jours_pleins = 0
        self._away_until = dt.date.min
        self._is_split = False
        self._is_spent = False
        self._worked = 0
        self._days = Compteur()

    def note_absence(self, periode: Periode) -> None:
        """Push the return to work: another leave follows without a day between."""
        if periode.debut == self._away_until:
            self._away_until = periode.fin

    def phases(self, avis: AvisArret, regle: Valeur) -> Iterator[Phase]:
        """Yield the phases of one avis, later than every avis before it."""
        debut = avis.periode.debut
        if self.fin is None or self._is_renewed(debut, regle["reprise"]):
            self.origine, self._days, self.jours_pleins = debut, Compteur(), 0
            self._is_split = self._is_spent = False
            self._worked = 0
        elif self.fin != debut:
            self._is_split = True
        for phase in self._found(avis.periode, regle):
            if phase.position is Position.EPUISE:
                self._is_spent = True
            else:
                self._add(phase)
            yield phase
        self.fin = self._away_until = avis.periode.fin

    def _is_renewed(self, debut: dt.date, years: int) -> bool:
        """Tell whether a new right opens: a year of work, in one piece or, spent, in all.

        Days of work between the parts of a split leave add up to the year that renews a
        right whose days are all taken.
        """
        if years_after(self._away_until, years) <= debut:
            return True
        # an avis that follows another absence has pushed the return past its own start
        self._worked += max(0, (debut - self._away_until).days)
        return self._is_spent and self._worked >= years * _DAYS_OF_YEAR

    def _found(self, periode: Periode, regle: Valeur) -> Iterator[Phase]:
        assert self.origine is not None
        if self._is_split:
            return self._split_phases(periode, regle)
        return date_to_date(periode, self.origine, regle["plein"], regle["total"])

    def _add(self, phase: Phase) -> None:
        debut, fin = phase.periode.debut, phase.periode.fin
        self._days.add(debut.toordinal(), fin.toordinal(), 1)
        if phase.position is Position.PLEIN:
            self.jours_pleins += phase.periode.nb_jours

    def _split_phases(self, periode: Periode, regle: Valeur) -> Iterator[Phase]:
        plein, total = _days(regle["plein"]), _days(regle["total"])
        day = periode.debut
        while day < periode.fin:
            low = years_back(day, regle["reference"]) + dt.timedelta(days=1)
            self._days.drop_before(low.toordinal())
            taken = self._days.total
            position = Position.EPUISE
            if self._is_spent or taken >= total:
                fin = periode.fin
            elif taken < plein:
                # days that leave only lengthen it: it is looked at again at its end
                position, fin = Position.PLEIN, day + dt.timedelta(days=plein - taken)
            else:
                position = Position.DEMI
                fin = self._half_end(day, low, taken, total)
            phase = Phase(
                periode=Periode(day, min(fin, periode.fin)),
                position=position,
                explication=_say_split(
                    position, taken, plein, total, regle["reference"]
                ),
            )
            yield phase
            day = phase.periode.fin

    def _half_end(self, day: dt.date, low: dt.date, taken: int, total: int) -> dt.date:
        """Return until when half pay surely lasts: the limit, or a day that leaves."""
        weight, until = self._days.leaving(low.toordinal())
        # four years always hold one leap day: the window moves by one day each day
        change = day + dt.timedelta(days=until - low.toordinal())
        if weight:
            return change  # each day that leaves is replaced by the day taken
        end = day + dt.timedelta(days=total - taken)
        return min(end, change) if until else end


def _days(months: int) -> int:
    """Return months in days, a year being 365 (`droits.md` §6: 1 095 days)."""
    return months * _DAYS_OF_YEAR // _MONTHS


def _say_split(
    position: Position, taken: int, plein: int, total: int, reference: int
) -> str:
    counted = f"{taken} jours de congé pris sur les {reference} dernières années"
    if position is Position.PLEIN:
        return f"{counted} : moins de {plein}, plein traitement."
    if position is Position.DEMI:
        return (
            f"{counted} : {plein} ou plus, demi-traitement, dans la limite de {total}."
        )
    return (
        f"{counted} : les {total} jours sont épuisés ; un nouveau droit suppose un an de "
        "reprise."
    )


class MoteurLongueDuree:
    """Replays the CLD of one group of diseases: over the career, CLM year included."""

    def __init__(self, clm: MoteurLongueMaladie) -> None:
        self._clm = clm
        self._origine: dt.date | None = None
        self._fin: dt.date | None = None
        self._is_split = False
        self._taken = 0

    def phases(self, avis: AvisArret, regle: Valeur) -> Iterator[Phase]:
        """Yield the phases of one avis, later than every avis before it."""
        debut = avis.periode.debut
        if self._fin is None:
            self._open(debut)
        elif self._fin != debut:
            self._is_split = True
        assert self._origine is not None
        if self._is_split:
            found = self._counted(avis.periode, regle)
        else:
            found = date_to_date(
                avis.periode, self._origine, regle["plein"], regle["total"]
            )
        for phase in found:
            if phase.position is not Position.EPUISE:
                self._taken += phase.periode.nb_jours
            yield phase
        self._fin = avis.periode.fin

    def _open(self, debut: dt.date) -> None:
        """Count the full-pay year of CLM as the first year of CLD (CGFP L822-14)."""
        self._taken = min(self._clm.jours_pleins, _DAYS_OF_YEAR)
        self._origine = debut
        if self._clm.fin == debut and self._clm.origine is not None:
            self._origine = max(self._clm.origine, years_back(debut, 1))
        elif self._taken:
            self._is_split = True

    def _counted(self, periode: Periode, regle: Valeur) -> Iterator[Phase]:
        plein, total = _days(regle["plein"]), _days(regle["total"])
        day, taken = periode.debut, self._taken
        while day < periode.fin:
            position, left = Position.EPUISE, periode.nb_jours
            if taken < plein:
                position, left = Position.PLEIN, plein - taken
            elif taken < total:
                position, left = Position.DEMI, total - taken
            fin = min(periode.fin, day + dt.timedelta(days=left))
            yield Phase(
                periode=Periode(day, fin),
                position=position,
                explication=f"{taken} jours de congé de longue durée déjà pris dans la "
                f"carrière (année de longue maladie comprise), {plein} à plein "
                f"traitement sur {total}.",
            )
            taken += (fin - day).days
            day = fin


def tranches_of(
    phases: Iterator[Phase], avis: AvisArret, regle: Valeur, nom: str
) -> Iterator[Tranche]:
    """Dress the phases of a long leave with their rate, rule and source."""
    rates = {
        Position.PLEIN: regle["taux_plein"],
        Position.DEMI: regle["taux_demi"],
        Position.EPUISE: Decimal(0),
    }
    for phase in phases:
        paie = Paie(
            position=phase.position,
            taux=rates[phase.position],
            nature=avis.nature,
            regle=f"{nom}-{phase.position.value}",
            source=regle.source,
            poids=avis.poids,
        )
        yield Tranche(phase.periode, paie, phase.explication)
