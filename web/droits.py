"""Rights simulations: what is asked, run, and told as JSON; shared by API and command."""

import datetime as dt
import functools
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from records.bareme import shipped
from records.droits import (
    AvisArret,
    Profil,
    Resultat,
    Situation,
    Tranche,
    simulate,
)
from records.droits.resultat import Total
from records.periodes import Periode
from socle.errors import VaguemestreError
from web.api.modeles_droits import SimulationEntree

Json = dict[str, Any]
UN_JOUR, UN_AN = dt.timedelta(days=1), dt.timedelta(days=365)


def run(asked: SimulationEntree) -> Resultat:
    """Simulate what was given, agent left out; raises `RefusedError` naming the lines."""
    assert asked.situation is not None
    return simulate(
        asked.situation.value(),
        tuple(row.value() for row in asked.historique),
        asked.arret.value(),
        profil=asked.profil.value(),
    )


def resultat_json(found: Resultat) -> Json:
    """Tell a result."""
    return {
        "tranches": [tranche_json(one) for one in found.tranches],
        "historique_calcule": [tranche_json(one) for one in found.historique_calcule],
        "recapitulatif": [_total(one) for one in found.recapitulatif],
        "passage_demi_traitement": _day(found.passage_demi_traitement),
        "epuisement_le": _day(found.epuisement_le),
        "retour_plein_le": _day(found.retour_plein_le),
        "profil": profil_json(found.profil),
        "avertissements": list(found.avertissements),
        "version_regles": shipped().version,
        "reference": None,
    }


def tranche_json(one: Tranche) -> Json:
    """Tell a tranche; `fin` is its last day."""
    periode, paie = one.periode, one.paie
    return {
        "debut": periode.debut.isoformat(),
        "fin": periode.dernier.isoformat(),
        "jours": _number(periode.nb_jours, is_half=paie.poids != 1),
        "position": paie.position.value,
        "taux": _rate(paie.taux),
        "nature": paie.nature,
        "regle": paie.regle,
        "source": paie.source,
        "explication": one.explication,
    }


def _number(days: int, *, is_half: bool) -> int | float:
    if not is_half:
        return days
    return days // 2 if days % 2 == 0 else days / 2


def _total(one: Total) -> Json:
    whole = one.jours == one.jours.to_integral_value()
    return {
        "position": one.position.value,
        "taux": _rate(one.taux),
        "jours": int(one.jours) if whole else float(one.jours),
    }


def profil_json(profil: Profil) -> Json:
    """Tell the ten choices, by the names they are asked with."""
    return {
        "consommation": profil.consommation.value,
        "fenetre": profil.fenetre.value,
        "unite": profil.unite.value,
        "quota": profil.quota.value,
        "carence_comptee": profil.is_carence_comptee,
        "plafond_demi": profil.plafond_demi,
        "evaluation": profil.evaluation.value,
        "declencheur": profil.declencheur.value,
        "palier": "quotidien" if profil.is_palier_quotidien else "debut",
        "accident_ircantec_mois": profil.accident_ircantec_mois,
    }


def situation_json(situation: Situation) -> Json:
    """Tell a situation, by the names it is asked with."""
    return {
        "statut": situation.statut.value,
        "stagiaire": situation.is_stagiaire,
        "date_entree": _day(situation.date_entree),
        "contrat_r326_6": situation.is_contrat_r326_6,
        "services": [
            {"debut": one.debut.isoformat(), "fin": one.dernier.isoformat()}
            for one in situation.services
        ],
        "date_fin_contrat": _day(
            situation.fin_contrat - UN_JOUR if situation.fin_contrat else None
        ),
    }


def avis_json(avis: AvisArret) -> Json:
    """Tell an avis, by the names it is asked with."""
    return {
        "nature": avis.nature,
        "debut": avis.periode.debut.isoformat(),
        "fin": avis.periode.dernier.isoformat(),
        "prolongation": avis.is_prolongation,
        "carence": avis.carence.value,
        "motif_exoneration": avis.motif_exoneration,
        "demi_journees": avis.is_demi_journees,
        "position": avis.position_connue.value if avis.position_connue else None,
        "decision_attendue": avis.is_decision_attendue,
        "imputable": avis.is_imputable,
        "groupe": avis.groupe,
    }


def today_leave(avis: Iterable[AvisArret], today: dt.date) -> tuple[AvisArret, bool]:
    """Return the leave of the day, or a CMO of one year that would start today.

    The boolean tells whether it really runs.
    """
    for one in avis:
        if today in one.periode:
            return one, True
    return AvisArret(nature="CMO", periode=Periode(today, today + UN_AN)), False


def refusal_json(error: VaguemestreError) -> Json:
    """Tell why one simulation of many was refused."""
    return {
        "code": error.code,
        "detail": error.detail,
        "erreurs": [
            {"champ": e.champ, "code": e.code, "detail": e.detail}
            for e in error.erreurs
        ],
    }


@functools.lru_cache(maxsize=64)
def _rate(taux: Decimal | None) -> str | None:
    return None if taux is None else f"{taux:.2f}"


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
