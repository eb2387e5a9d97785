"""What a rights simulation is asked with, as pydantic models, and the values they make.

The same models read the API, the command line, the scenarios and what is pasted.
"""

import datetime as dt
import re
from typing import Any, Literal

from pydantic import Field, model_validator

from records.bareme import shipped
from records.droits import AvisArret, Carence, Profil, Situation, Statut
from records.droits.controle import line_name
from records.droits.profils import (
    Consommation,
    Declencheur,
    Evaluation,
    Fenetre,
    Quota,
    Unite,
)
from records.droits.resultat import Position
from records.periodes import Periode
from socle.errors import ErreurChamp, RefusedError
from web.api import models as m
from web.api.forms import check

MAX_LIGNES = 500
MAX_LOT = 1_000
MAX_SERVICES = 60
Nature = Literal[
    "CMO", "CLM", "CLD", "CGM", "AS", "AT", "TRAJET", "MP", "CITIS", "MAT", "ADO", "PAT",
    "NAISSANCE", "CSN", "TPT", "MDT", "DORS", "CST",
]  # fmt: skip
Motif = Literal[
    "cause_exceptionnelle", "meme_cause_48h", "grossesse", "deces_enfant", "covid",
    "fausse_couche", "img",
]  # fmt: skip
Groupe = Literal["tuberculose", "mentale", "cancer", "poliomyelite", "immunitaire"]


def _refuse_disorder(debut: dt.date, fin: dt.date) -> None:
    if fin < debut:
        raise ValueError(
            f"la fin ({fin:%d/%m/%Y}) précède le début ({debut:%d/%m/%Y}) : corrigez "
            "l'une des deux dates"
        )


class ServicesEntree(m.Modele):
    """A period of service; `fin` is its last day."""

    debut: m.Jour
    fin: m.Jour = Field(description="Dernier jour inclus.")

    @model_validator(mode="after")
    def _in_order(self) -> "ServicesEntree":
        _refuse_disorder(self.debut, self.fin)
        return self


class SituationEntree(m.Modele):
    """The person: the regime, and what seniority is counted from."""

    statut: Literal["CNRACL", "IRCANTEC", "CONTRACTUEL"] = Field(
        description="CNRACL : fonctionnaire à 28 heures ou plus ; IRCANTEC : "
        "fonctionnaire à moins de 28 heures ; CONTRACTUEL : de droit public."
    )
    stagiaire: bool = False
    date_entree: m.Jour | None = Field(
        None, description="Premier jour de services, d'où se compte l'ancienneté."
    )
    contrat_r326_6: bool = Field(
        default=False, description="Recruté par contrat de l'article R326-6 du CGFP."
    )

    services: list[ServicesEntree] = Field(
        default_factory=list,
        max_length=MAX_SERVICES,
        description="Contractuel : périodes de services, de la plus ancienne à la plus "
        "récente, quand elles ne se suivent pas. L'année glissante devient trois cents "
        "jours de services.",
    )
    date_fin_contrat: m.Jour | None = Field(
        None, description="Contractuel : dernier jour du contrat à durée déterminée."
    )

    def value(self) -> Situation:
        """Return what the engine reads."""
        dernier = self.date_fin_contrat
        return Situation(
            statut=Statut(self.statut),
            is_stagiaire=self.stagiaire,
            date_entree=self.date_entree,
            is_contrat_r326_6=self.contrat_r326_6,
            services=tuple(
                Periode.inclusive(one.debut, one.fin) for one in self.services
            ),
            fin_contrat=dernier + dt.timedelta(days=1) if dernier else None,
        )


class ArretEntree(m.Modele):
    """One avis; `fin` is its last day."""

    nature: Nature
    debut: m.Jour
    fin: m.Jour = Field(description="Dernier jour inclus.")
    prolongation: bool = False
    carence: Literal["appliquee", "exoneree", "ald"] = "appliquee"
    motif_exoneration: Motif | None = Field(
        None,
        description="Pourquoi il n'y a pas de carence, si la loi le prévoit alors.",
    )
    demi_journees: bool = Field(
        default=False, description="Traitement périodique compté par demi-journées."
    )
    position: Literal["plein", "demi", "sans_traitement"] | None = Field(
        None, description="CMO : position déjà connue du dossier, prise telle quelle."
    )
    decision_attendue: bool = Field(
        default=False,
        description="Après épuisement, un avis ou une décision est attendu : le "
        "demi-traitement est maintenu.",
    )
    imputable: bool = Field(
        default=False, description="CLD contractée en service, avant le 13/04/2019."
    )
    groupe: Groupe | None = Field(None, description="CLD : groupe de maladies.")

    @model_validator(mode="after")
    def _in_order(self) -> "ArretEntree":
        _refuse_disorder(self.debut, self.fin)
        return self

    def value(self) -> AvisArret:
        """Return what the engine reads."""
        return AvisArret(
            nature=self.nature,
            periode=Periode.inclusive(self.debut, self.fin),
            is_prolongation=self.prolongation,
            carence=_CARENCES[self.carence],
            is_demi_journees=self.demi_journees,
            motif_exoneration=self.motif_exoneration,
            position_connue=Position(self.position) if self.position else None,
            is_decision_attendue=self.decision_attendue,
            is_imputable=self.imputable,
            groupe=self.groupe,
        )


_CARENCES = {one.value: one for one in Carence}


class ProfilEntree(m.Modele):
    """The choices P1 to P10; each has the default of the centres de gestion."""

    consommation: Literal["plein", "tous"] = Field(
        "plein", description="P1 : ce qui consomme les jours à plein traitement."
    )
    fenetre: Literal["plus_un", "meme_jour"] = Field(
        "plus_un", description="P2 : premier jour de l'année glissante."
    )
    unite: Literal["calendaire", "30_360"] = Field(
        "calendaire", description="P3 : façon de compter les jours."
    )
    quota: Literal["90_jours", "3_mois"] = Field(
        "90_jours", description="P4 : mesure des trois mois."
    )
    carence_comptee: bool = Field(
        default=True, description="P5 : le jour de carence compte dans le quota."
    )
    plafond_demi: int | None = Field(
        None, ge=1, le=366, description="P6 : jours à demi-traitement, sinon l'année."
    )
    evaluation: Literal["quotidienne", "debut"] = Field(
        "quotidienne", description="P7 : quand l'année passée est regardée."
    )
    declencheur: Literal["avis", "arret", "jour"] = Field(
        "avis", description="P8 : la date qui amène les 90 % du 1er mars 2025."
    )
    palier: Literal["debut", "quotidien"] = Field(
        "debut", description="P9 : quand l'ancienneté d'un contractuel est regardée."
    )
    accident_ircantec_mois: int | None = Field(
        None, ge=1, le=120, description="P10 : accident IRCANTEC, limite en mois."
    )

    def value(self) -> Profil:
        """Return what the engine reads."""
        return Profil(
            consommation=Consommation(self.consommation),
            fenetre=Fenetre(self.fenetre),
            unite=Unite(self.unite),
            quota=Quota(self.quota),
            is_carence_comptee=self.carence_comptee,
            plafond_demi=self.plafond_demi,
            evaluation=Evaluation(self.evaluation),
            declencheur=Declencheur(self.declencheur),
            is_palier_quotidien=self.palier == "quotidien",
            accident_ircantec_mois=self.accident_ircantec_mois,
        )


class SimulationEntree(m.Modele):
    """A simulation: a person and a history, or an agent of the register, and a leave."""

    agent: m.Reference | None = Field(
        None, description="Remplace `situation` et `historique` par ceux du registre."
    )
    situation: SituationEntree | None = None
    historique: list[ArretEntree] = Field(default_factory=list, max_length=MAX_LIGNES)
    arret: ArretEntree
    profil: ProfilEntree = Field(
        default_factory=lambda: ProfilEntree.model_validate({})
    )
    conserver: bool = Field(default=False, description="Garde la simulation.")

    @model_validator(mode="after")
    def _known(self) -> "SimulationEntree":
        if self.agent is None and self.situation is None:
            raise ValueError("indiquez la situation de la personne, ou un agent")
        if self.agent is not None and (self.situation or self.historique):
            raise ValueError(
                "l'agent donne sa situation et son historique : retirez les vôtres, ou "
                "retirez l'agent"
            )
        return self


class LotEntree(m.Modele):
    """Many simulations at once, answered in the same order."""

    simulations: list[SimulationEntree] = Field(min_length=1, max_length=MAX_LOT)


_INDEX = re.compile(r"\.(\d+)")
_LINE = re.compile(r"(historique\[\d+\]|arret)")


def read(given: dict[str, Any]) -> SimulationEntree:
    """Validate a simulation; raises `RefusedError` naming each wrong line and field."""
    try:
        return check(SimulationEntree, given)
    except RefusedError as error:
        raise named(error) from None


def named(error: RefusedError) -> RefusedError:
    """Return a refusal whose fields read `historique[3].debut`, its lines told."""
    if error.code != "demande-invalide" or not error.erreurs:
        return error  # the engine names its lines itself
    erreurs = tuple(_named(one) for one in error.erreurs)
    names = ", ".join(dict.fromkeys(one.champ for one in erreurs)) or "la demande"
    return RefusedError(
        error.code, f"Corrigez, puis relancez le calcul : {names}.", erreurs=erreurs
    )


def _named(erreur: ErreurChamp) -> ErreurChamp:
    champ = _INDEX.sub(r"[\1]", erreur.champ)
    found = _LINE.search(champ)
    detail = erreur.detail
    if found is not None:
        line = line_name(found.group(1))
        detail = f"{line[0].upper()}{line[1:]} : {detail[0].lower()}{detail[1:]}"
    return ErreurChamp(champ=champ, code=erreur.code, detail=detail)


def motifs() -> tuple[tuple[str, str], ...]:
    """Return the motives of exemption, code and label, as the barème says them."""
    known = shipped()
    return tuple(
        (code, known.parametres[f"exonerations/{code}"].valeurs[-1]["libelle"])
        for code in known.motifs_exoneration
    )
