"""What the law says of a CMO on a day: quotas, rates, and the unpaid first day.

Between two changes of the barème the answer is one `Epoque`, made once for every agent of
a statute: asking for a day is a look at a sorted list of dates.
"""

import datetime as dt
import functools
from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal

from records.bareme import Bareme, Valeur
from records.droits.calendrier import in_force, tier
from records.droits.compteurs import (
    JOURS_DU_MOIS,
    UNITE,
    months_after,
    years_after,
)
from records.droits.profils import Profil
from records.droits.resultat import Paie, Position
from records.droits.situation import DEMI_JOUR, AvisArret, Carence, Situation

_ALD_YEARS = 3
_FAR = dt.date(9000, 1, 1).toordinal()
_ZERO = Decimal(0)
# the same pay, for whole days and for half-days
Paies = tuple[Paie, Paie]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """Full-pay and half-pay quotas (weights); None is without limit.

    Beyond them, the days are not paid, by the same text.
    """

    plein: int
    demi: int | None
    mois_plein: int
    sans_traitement: Paies
    epuise: Paies


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoque:
    """What the barème says between two of its changes, for one statute."""

    nb_carence: int
    durees: Valeur
    carence: Paies
    plein: Paies
    demi: Paies


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoques:
    """The epochs of a statute, by their first day (an ordinal), oldest first."""

    debuts: list[int]
    epoques: list[Epoque]
    nouveaux_taux: list[int]

    def at(self, day: int) -> Epoque:
        """Return what is in force on a day."""
        return self.epoques[bisect_right(self.debuts, day) - 1]


@functools.lru_cache(maxsize=8)
def epoques_of(bareme: Bareme, *, is_fonctionnaire: bool) -> Epoques:
    """Read the barème once for a statute."""
    found = bareme.parametres
    carence, demi = found["cmo/carence"], found["cmo/taux_demi"]
    plein, durees = (
        (found["cmo/taux_plein"], found["cmo/durees_fonctionnaire"])
        if is_fonctionnaire
        else (found["contractuels/taux_plein_cmo"], found["contractuels/durees_cmo"])
    )
    days = sorted({v.des for p in (carence, demi, plein, durees) for v in p.valeurs})
    epoques = []
    for day in days:
        since = in_force(day)
        full, half = plein.au(since, "CMO"), demi.au(since, "CMO")
        unpaid = carence.au(day, "CMO")
        epoques.append(
            Epoque(
                nb_carence=unpaid["jours"],
                durees=durees.au(since, "CMO"),
                carence=_paies(Position.CARENCE, _ZERO, unpaid.source),
                plein=_paies(Position.PLEIN, full["taux"], full.source),
                demi=_paies(Position.DEMI, half["taux"], half.source),
            )
        )
    return Epoques(
        debuts=[day.toordinal() for day in days],
        epoques=epoques,
        nouveaux_taux=[valeur.des.toordinal() for valeur in plein.valeurs],
    )


def _paies(position: Position, taux: Decimal, source: str) -> Paies:
    whole, half = (
        Paie(
            position=position,
            taux=taux,
            nature="CMO",
            regle=f"cmo-{position.value}",
            source=source,
            poids=poids,
        )
        for poids in (Decimal(1), DEMI_JOUR)
    )
    return whole, half


@functools.lru_cache(maxsize=256)
def _quotas(plein: int, demi: int | None, source: str) -> Quotas:
    """Return quotas given in months at full pay, and in days at half pay."""
    return Quotas(
        plein=plein * JOURS_DU_MOIS * UNITE,
        demi=None if demi is None else demi * UNITE,
        mois_plein=plein,
        sans_traitement=_paies(Position.SANS_TRAITEMENT, _ZERO, source),
        epuise=_paies(Position.EPUISE, _ZERO, source),
    )


class LoiCMO:
    """The barème as one agent meets it: status, seniority, and the choices made."""

    def __init__(self, situation: Situation, profil: Profil, bareme: Bareme) -> None:
        self._situation = situation
        self._profil = profil
        self._is_fonctionnaire = situation.statut.is_fonctionnaire
        self._bareme = bareme
        self._epoques = epoques_of(bareme, is_fonctionnaire=self._is_fonctionnaire)
        self.at = self._epoques.at
        self._ald_since: dt.date | None = None

    def quotas(self, day: int) -> Quotas:
        """Return the quotas in force on a day; the same object while they stay."""
        durees = self.at(day).durees
        if self._is_fonctionnaire:
            return _quotas(durees["plein"], self._profil.plafond_demi, durees.source)
        months = self._situation.anciennete_mois(dt.date.fromordinal(day))
        palier = tier(durees["paliers"], months)
        return _quotas(palier["plein"], palier["demi"] * JOURS_DU_MOIS, durees.source)

    def has_carence(self, avis: AvisArret, debut: int) -> bool:
        """Tell whether the first day of an avis is unpaid."""
        if avis.is_prolongation or avis.carence is Carence.EXONEREE:
            return False
        if not self.at(debut).nb_carence or self._is_exempt(avis):
            return False
        if not self._is_fonctionnaire and not self.quotas(debut).plein:
            return False  # under four months, the employer pays nothing: no carence
        return avis.carence is not Carence.ALD or self._opens_ald(avis.periode.debut)

    def next_rate(self, after: int) -> int:
        """Return the next day, later than `after`, when the first-phase rate changes."""
        changes = self._epoques.nouveaux_taux
        rank = bisect_right(changes, after)
        return changes[rank] if rank < len(changes) else _FAR

    def next_tier(self, after: int) -> int:
        """Return when seniority reaches its next tier, if it is looked at each day."""
        if not self._profil.is_palier_quotidien or self._is_fonctionnaire:
            return _FAR
        entry = self._situation.entree(dt.date.fromordinal(after))
        if entry is None:
            return _FAR
        paliers = self.at(after).durees["paliers"]
        reached = [months_after(entry, p["anciennete_mois"]) for p in paliers]
        reached += [one.debut for one in self._situation.services]
        ordinals = (*(one.toordinal() for one in reached), *self._epoques.debuts)
        return min((one for one in ordinals if one > after), default=_FAR)

    def _is_exempt(self, avis: AvisArret) -> bool:
        """Tell whether the motive given exempts, on the day the leave starts."""
        if avis.motif_exoneration is None:
            return False
        return self._bareme.exempts(avis.motif_exoneration, avis.periode.debut)

    def _opens_ald(self, debut: dt.date) -> bool:
        """Tell whether the three years of the same ALD start (again) here."""
        since = self._ald_since
        if since is not None and debut < years_after(since, _ALD_YEARS):
            return False
        self._ald_since = debut
        return True
