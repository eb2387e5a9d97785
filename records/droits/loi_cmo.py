"""What the law says of a CMO on a day: quotas, rates, and the unpaid first day."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from records.bareme import Bareme
from records.droits.calendrier import in_force, tier
from records.droits.compteurs import (
    JOURS_DU_MOIS,
    UNITE,
    months_after,
    years_after,
)
from records.droits.profils import Profil
from records.droits.situation import AvisArret, Carence, Situation

_ALD_YEARS = 3
_FAR = dt.date(9000, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """Full-pay and half-pay quotas (weights); None is without limit."""

    plein: int
    demi: int | None
    mois_plein: int
    source: str


class LoiCMO:
    """The barème of one agent; answers are remembered for the length of a replay."""

    def __init__(self, situation: Situation, profil: Profil, bareme: Bareme) -> None:
        self._situation = situation
        self._profil = profil
        self._is_fonctionnaire = situation.statut.is_fonctionnaire
        found = bareme.parametres
        self._bareme = bareme
        self._carence = found["cmo/carence"]
        self._demi = found["cmo/taux_demi"]
        self._pleins = found[
            "cmo/taux_plein"
            if self._is_fonctionnaire
            else "contractuels/taux_plein_cmo"
        ]
        self._durees = found[
            "cmo/durees_fonctionnaire"
            if self._is_fonctionnaire
            else "contractuels/durees_cmo"
        ]
        self._changes = [v.des.toordinal() for v in self._pleins.valeurs]
        self._known: dict[tuple[dt.date, int], Quotas] = {}
        self._ald_since: dt.date | None = None

    def quotas(self, day: dt.date) -> Quotas:
        """Return the quotas in force on a day; the same object while they stay."""
        valeur = self._durees.au(in_force(day), "CMO")
        months = -1
        content = valeur.contenu
        if not self._is_fonctionnaire:
            content = tier(content["paliers"], self._situation.anciennete_mois(day))
            months = content["anciennete_mois"]
        found = self._known.get((valeur.des, months))
        if found is None:
            plafond = self._profil.plafond_demi
            demi = None if plafond is None else plafond * UNITE
            if not self._is_fonctionnaire:
                demi = content["demi"] * JOURS_DU_MOIS * UNITE
            found = self._known[valeur.des, months] = Quotas(
                plein=content["plein"] * JOURS_DU_MOIS * UNITE,
                demi=demi,
                mois_plein=content["plein"],
                source=valeur.source,
            )
        return found

    def taux_plein(self, selected: dt.date) -> tuple[Decimal, str]:
        """Return the rate of the first phase and its source, by the selecting date."""
        valeur = self._pleins.au(in_force(selected), "CMO")
        return valeur["taux"], valeur.source

    def taux_demi(self, selected: dt.date) -> tuple[Decimal, str]:
        """Return the rate of the second phase and its source."""
        valeur = self._demi.au(in_force(selected), "CMO")
        return valeur["taux"], valeur.source

    def source_carence(self, day: dt.date) -> str:
        """Return the text behind the unpaid first day."""
        return self._carence.au(day, "CMO").source

    def has_carence(self, avis: AvisArret) -> bool:
        """Tell whether the first day of an avis is unpaid."""
        debut = avis.periode.debut
        if avis.is_prolongation or avis.carence is Carence.EXONEREE:
            return False
        if not self._carence.au(debut, "CMO")["jours"] or self._is_exempt(avis):
            return False
        if not self._is_fonctionnaire and not self.quotas(debut).plein:
            return False  # under four months, the employer pays nothing: no carence
        return avis.carence is not Carence.ALD or self._opens_ald(debut)

    def changes_rate(self, day: int) -> bool:
        """Tell whether the first-phase rate changes on a day."""
        return day in self._changes

    def next_rate(self, after: int) -> int:
        """Return the next day, later than `after`, when the first-phase rate changes."""
        return min((des for des in self._changes if des > after), default=_FAR)

    def next_tier(self, after: int) -> int:
        """Return when seniority reaches its next tier, if it is looked at each day."""
        entry = self._situation.date_entree
        if not self._profil.is_palier_quotidien or entry is None:
            return _FAR
        if self._is_fonctionnaire:
            return _FAR
        day = in_force(dt.date.fromordinal(after))
        reached = [v.des for v in self._durees.valeurs]
        paliers = self._durees.au(day)["paliers"]
        reached += [months_after(entry, p["anciennete_mois"]) for p in paliers]
        ordinals = (one.toordinal() for one in reached)
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
