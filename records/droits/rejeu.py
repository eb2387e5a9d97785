"""One agent's leaves replayed in order, each family with its own way of counting."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from records.bareme import Bareme, Valeur
from records.droits import longs
from records.droits.calendrier import in_force, tier
from records.droits.cmo import MoteurCMO
from records.droits.compteurs import JOURS_DU_MOIS, months_after
from records.droits.profils import Profil, Quota
from records.droits.resultat import Paie, Position, Tranche, merge
from records.droits.situation import AvisArret, Famille, Situation, Statut
from records.periodes import Periode

MAINTIEN, FIN_CDD = "maintien-demi", "fin-de-contrat"
_FIN_CONTRAT, _OFFICE = "contractuels/fin_contrat", "disponibilite_office"
_LONG = {Famille.CLM: "longs/clm", Famille.CGM: "longs/cgm", Famille.CLD: "longs/cld"}
_MOIS_CGM = "contractuels/anciennete_cgm"


class Rejeu:
    """Replays the avis of one agent; each family keeps its own counts.

    `assumed_returns` are the gaps after an exhaustion, taken as a return to work.
    """

    def __init__(self, situation: Situation, profil: Profil, bareme: Bareme) -> None:
        self._situation = situation
        self._profil = profil
        self._bareme = bareme
        self._is_contractuel = situation.statut is Statut.CONTRACTUEL
        self.cmo = MoteurCMO(situation, profil, bareme)
        self._clm, self._cgm = longs.MoteurLongueMaladie(), longs.MoteurLongueMaladie()
        self._cld: dict[str | None, longs.MoteurLongueDuree] = {}
        self._away_until: dt.date | None = None
        self._conge: AvisArret | None = None
        self._conge_debut = dt.date.min
        self._accident_debut: dt.date | None = None
        self._accident_jours = 0
        self.assumed_returns: list[Periode] = []

    def run(self, avis: AvisArret) -> list[Tranche]:
        """Return the tranches of one avis, later than every avis before it."""
        fin = self._situation.fin_contrat
        if fin is not None and fin < avis.periode.fin and self._is_contractuel:
            return self._until_the_term(avis, fin)
        return self._granted(avis)

    def _until_the_term(self, avis: AvisArret, fin: dt.date) -> list[Tranche]:
        """Grant the days of the contract only: no leave goes beyond its term."""
        debut, found = avis.periode.debut, []
        if debut < fin:
            found = self._granted(replace(avis, periode=Periode(debut, fin)))
        regle = self._rule(_FIN_CONTRAT, avis)
        beyond = _tranche(
            avis,
            Periode(max(debut, fin), avis.periode.fin),
            Position.SANS_TRAITEMENT,
            regle["taux"],
            regle.source,
            "Le contrat à durée déterminée est arrivé à son terme : aucun congé n'est "
            "accordé au-delà, l'assurance maladie verse seule ses indemnités.",
        )
        return [*found, replace(beyond, paie=replace(beyond.paie, regle=FIN_CDD))]

    def _granted(self, avis: AvisArret) -> list[Tranche]:
        self._see_return(avis)
        self._see_leave(avis)
        match avis.famille:
            case Famille.CMO:
                found = self.cmo.replay(avis)
            case Famille.CLM | Famille.CGM | Famille.CLD:
                found = list(self._long_leave(avis))
            case Famille.ACCIDENT:
                found = list(self._accident(avis))
            case _:
                found = [self._whole(avis)]
        if avis.is_decision_attendue and self._situation.statut.is_fonctionnaire:
            found = [self._kept(avis, tranche) for tranche in found]
        return merge(found)

    def _see_return(self, avis: AvisArret) -> None:
        """Take a day without leave, or part-time for health, as a return to work."""
        debut, away = avis.periode.debut, self._away_until
        if away is not None and away < debut:
            if self.cmo.is_exhausted:
                self.assumed_returns.append(Periode(away, debut))
            self.cmo.return_to_work()
        if avis.famille is Famille.TPT:
            self.cmo.return_to_work()  # part-time for health is work
            return
        self._away_until = avis.periode.fin
        self._clm.note_absence(avis.periode)
        self._cgm.note_absence(avis.periode)

    def _see_leave(self, avis: AvisArret) -> None:
        """Note where the leave starts: a prolongation is no new start for the seniority."""
        before = self._conge
        is_same = (
            before is not None
            and avis.is_prolongation
            and before.nature == avis.nature
            and before.periode.fin == avis.periode.debut
        )
        if not is_same:
            self._conge_debut = avis.periode.debut
        self._conge = avis

    def _kept(self, avis: AvisArret, tranche: Tranche) -> Tranche:
        """Keep half pay after exhaustion, while the decision is awaited."""
        if tranche.position is not Position.EPUISE:
            return tranche
        regle = self._rule("divers/maintien_demi", avis)
        kept = replace(
            tranche.paie,
            position=Position.DEMI,
            taux=regle["taux"],
            regle=MAINTIEN,
            source=regle.source,
        )
        return Tranche(
            tranche.periode,
            kept,
            "Droits épuisés : le demi-traitement est maintenu tant que l'avis du "
            "conseil médical ou la décision est attendu.",
        )

    def _rule(self, name: str, avis: AvisArret) -> Valeur:
        return self._bareme.au(name, in_force(avis.periode.debut), avis.nature)

    # --- long leaves --------------------------------------------------------------

    def _long_leave(self, avis: AvisArret) -> Iterator[Tranche]:
        name = _LONG[avis.famille]
        if avis.famille is Famille.CLD:
            name = "longs/cld_imputable" if avis.is_imputable else name
            engine = self._cld.setdefault(
                avis.groupe, longs.MoteurLongueDuree(self._clm)
            )
            phases = engine.phases(avis, self._rule(name, avis))
        else:
            if self._lacks_seniority(avis, _MOIS_CGM) and avis.famille is Famille.CGM:
                special = self._bareme.parametres["longs/cgm_r326_6"]
                is_special = self._situation.is_contrat_r326_6
                if not is_special or special.find(self._conge_debut) is None:
                    yield self._unpaid_for_seniority(avis, _MOIS_CGM)
                    return
                name = "longs/cgm_r326_6"
            right = self._clm if avis.famille is Famille.CLM else self._cgm
            phases = right.phases(avis, self._rule(name, avis))
        rule = self._rule(name, avis)
        yield from longs.tranches_of(phases, avis, rule, avis.famille.value)

    def _lacks_seniority(self, avis: AvisArret, name: str) -> bool:
        if not self._is_contractuel:
            return False
        months = self._situation.anciennete_mois(self._conge_debut)
        return months is not None and months < self._seniority_rule(name, avis)["mois"]

    def _seniority_rule(self, name: str, avis: AvisArret) -> Valeur:
        return self._bareme.au(name, in_force(self._conge_debut), avis.nature)

    def _unpaid_for_seniority(self, avis: AvisArret, name: str) -> Tranche:
        regle = self._seniority_rule(name, avis)
        return _tranche(
            avis,
            avis.periode,
            Position.SANS_TRAITEMENT,
            Decimal(0),
            regle.source,
            f"Il faut {regle['mois']} mois de services pour ce congé : l'employeur ne "
            "verse rien, l'assurance maladie verse ses indemnités.",
        )

    # --- accidents ----------------------------------------------------------------

    def _accident(self, avis: AvisArret) -> Iterator[Tranche]:
        if not (avis.is_prolongation and self._accident_debut):
            self._accident_debut, self._accident_jours = avis.periode.debut, 0
        months, source = self._accident_limit(avis)
        if months is None:
            yield _tranche(
                avis,
                avis.periode,
                Position.PLEIN,
                Decimal(1),
                source,
                "Plein traitement pendant toute la durée du congé, sans jour de carence.",
            )
            return
        limit = self._days_of(months)
        left = max(0, limit - self._accident_jours)
        fin = min(avis.periode.fin, avis.periode.debut + dt.timedelta(days=left))
        self._accident_jours += avis.periode.nb_jours
        yield from _cut_accident(avis, fin, source, limit)

    def _days_of(self, months: int) -> int:
        if self._profil.quota is not Quota.MOIS:
            return months * JOURS_DU_MOIS
        assert self._accident_debut is not None
        return (months_after(self._accident_debut, months) - self._accident_debut).days

    def _accident_limit(self, avis: AvisArret) -> tuple[int | None, str]:
        """Return the limit in months (None: without) and its source."""
        match self._situation.statut:
            case Statut.CNRACL:
                return None, self._rule("accidents/fonctionnaire", avis).source
            case Statut.IRCANTEC:
                limit = self._profil.accident_ircantec_mois
                return limit, self._rule("accidents/ircantec", avis).source
            case Statut.CONTRACTUEL:
                regle = self._rule("contractuels/accident", avis)
                start = self._accident_debut or avis.periode.debut
                palier = tier(regle["paliers"], self._situation.anciennete_mois(start))
                return palier["plein"], regle.source

    # --- the others ---------------------------------------------------------------

    def _whole(self, avis: AvisArret) -> Tranche:
        position = Position.PLEIN
        match avis.famille:
            case Famille.PARENTALITE:
                name = "parentalite/anciennete_contractuel"
                if avis.nature != "NAISSANCE" and self._lacks_seniority(avis, name):
                    return self._unpaid_for_seniority(avis, name)
                regle = self._rule("parentalite/taux", avis)
                text = "Plein traitement pendant le congé, qui n'entre dans aucun décompte."
            case Famille.TPT:
                regle = self._rule("divers/tpt", avis)
                text = "Plein traitement : le temps partiel thérapeutique vaut reprise."
            case Famille.SUPPLEMENTAIRE:
                return self._supplementaire(avis)
            case Famille.MAINTIEN:
                regle, position = (
                    self._rule("divers/maintien_demi", avis),
                    Position.DEMI,
                )
                text = (
                    "Demi-traitement maintenu tant que l'avis du conseil médical ou la "
                    "décision est attendu."
                )
            case _:
                name = "sans_traitement" if avis.nature == "CST" else _OFFICE
                regle = self._rule(f"divers/{name}", avis)
                position = Position.SANS_TRAITEMENT
                text = "Position sans rémunération de l'employeur."
        return _tranche(avis, avis.periode, position, regle["taux"], regle.source, text)

    def _supplementaire(self, avis: AvisArret) -> Tranche:
        regle = self._rule("parentalite/supplementaire", avis)
        return _tranche(
            avis,
            avis.periode,
            Position.DEMI,
            None,
            regle.source,
            "Congé supplémentaire de naissance : au moins 50 % du traitement, le taux "
            "exact est laissé à un décret qui n'est pas paru.",
        )


def _cut_accident(
    avis: AvisArret, fin: dt.date, source: str, limit: int
) -> Iterator[Tranche]:
    if avis.periode.debut < fin:
        yield _tranche(
            avis,
            Periode(avis.periode.debut, fin),
            Position.PLEIN,
            Decimal(1),
            source,
            f"Plein traitement dans la limite de {limit} jours par accident.",
        )
    if fin < avis.periode.fin:
        yield _tranche(
            avis,
            Periode(fin, avis.periode.fin),
            Position.SANS_TRAITEMENT,
            Decimal(0),
            source,
            f"Au-delà de {limit} jours par accident, l'assurance maladie verse seule "
            "ses indemnités.",
        )


def _tranche(
    avis: AvisArret,
    periode: Periode,
    position: Position,
    taux: Decimal | None,
    source: str,
    explication: str,
) -> Tranche:
    paie = Paie(
        position=position,
        taux=taux,
        nature=avis.nature,
        regle=f"{avis.famille.value}-{position.value}",
        source=source,
        poids=avis.poids,
    )
    return Tranche(periode, paie, explication)
