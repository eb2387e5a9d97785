"""The lists of the simulator's form, and the hypotheses a result is compared with."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from records.droits import AvisArret, Profil, Situation, Statut
from records.droits.profils import Consommation, Evaluation, Quota, Unite
from records.droits.situation import Famille
from records.periodes import Periode
from socle.errors import ErreurChamp, RefusedError
from web.api.modeles_droits import motifs
from web.portal.forms import day_in
from web.portal.simulation_lue import SimulationLue

Liste = tuple[tuple[str, str], ...]
REQUALIFIER, PROLONGER = "requalifier", "prolonger"


class Choix:
    """What each list of the form offers: code and words."""

    natures: Liste = (
        ("CMO", "Maladie ordinaire (CMO)"), ("CLM", "Longue maladie (CLM)"),
        ("CLD", "Longue durée (CLD)"), ("CGM", "Grave maladie (CGM)"),
        ("AS", "Accident de service"), ("AT", "Accident du travail"),
        ("TRAJET", "Accident de trajet"), ("MP", "Maladie professionnelle"),
        ("CITIS", "CITIS"), ("MAT", "Maternité"), ("ADO", "Adoption"),
        ("PAT", "Paternité"), ("NAISSANCE", "Naissance"),
        ("CSN", "Supplémentaire de naissance"),
        ("TPT", "Temps partiel thérapeutique"), ("MDT", "Maintien du demi-traitement"),
        ("DORS", "Disponibilité d’office"), ("CST", "Congé sans traitement"),
    )  # fmt: skip
    statuts: Liste = (
        ("CNRACL", "Fonctionnaire CNRACL (28 heures ou plus)"),
        ("IRCANTEC", "Fonctionnaire IRCANTEC (moins de 28 heures)"),
        ("CONTRACTUEL", "Contractuel de droit public"),
    )
    carences: Liste = (
        ("appliquee", "Jour de carence appliqué"),
        ("exoneree", "Sans jour de carence"),
        ("ald", "Affection de longue durée"),
        *((f"motif:{code}", libelle) for code, libelle in motifs()),
    )
    groupes: Liste = (
        ("tuberculose", "Tuberculose"), ("mentale", "Maladie mentale"),
        ("cancer", "Affection cancéreuse"), ("poliomyelite", "Poliomyélite"),
        ("immunitaire", "Déficit immunitaire grave et acquis"),
    )  # fmt: skip
    profil: tuple[tuple[str, str, Liste], ...] = (
        ("consommation", "P1. Ce qui consomme les 90 jours",
         (("plein", "les jours à plein traitement"), ("tous", "tous les jours de CMO"))),
        ("fenetre", "P2. Début de l’année glissante",
         (("plus_un", "même date + 1 jour"), ("meme_jour", "même date"))),
        ("unite", "P3. Façon de compter",
         (("calendaire", "jours de calendrier"), ("30_360", "mois de 30 jours"))),
        ("quota", "P4. Mesure des trois mois",
         (("90_jours", "90 jours"), ("3_mois", "3 mois de date à date"))),
        ("evaluation", "P7. Regard sur l’année passée",
         (("quotidienne", "chaque jour"), ("debut", "au premier jour de l’arrêt"))),
        ("declencheur", "P8. Ce qui amène les 90 %",
         (("avis", "la date de l’avis"), ("arret", "la date de l’arrêt initial"),
          ("jour", "le jour payé"))),
        ("palier", "P9. Ancienneté d’un contractuel",
         (("debut", "au premier jour"), ("quotidien", "chaque jour"))),
    )  # fmt: skip
    comparaisons: Liste = (
        ("profil:tous", "Autre profil : tous les jours de CMO consomment"),
        ("profil:debut", "Autre profil : année regardée au premier jour"),
        ("profil:mois", "Autre profil : trois mois de date à date"),
        ("profil:360", "Autre profil : mois de 30 jours"),
        ("profil:270", "Autre profil : 270 jours à demi-traitement au plus"),
        (REQUALIFIER, "Et si la maladie était requalifiée (CLM, CLD ou CGM)"),
        (PROLONGER, "Et si une prolongation arrivait"),
    )


_PROFILS = {
    "tous": {"consommation": Consommation.TOUS},
    "debut": {"evaluation": Evaluation.DEBUT},
    "mois": {"quota": Quota.MOIS},
    "360": {"unite": Unite.TRENTE_360},
    "270": {"plafond_demi": 270},
}


_OTHERS = (
    ("carence_comptee", "P5. Jour de carence dans les 90 jours", "sans limite"),
    ("plafond_demi", "P6. Jours à demi-traitement", "sans autre limite que l’année"),
    ("accident_ircantec_mois", "P10. Accident IRCANTEC, en mois", "sans limite"),
)


def profile_words(profil: Mapping[str, Any]) -> Liste:
    """Say the ten choices of a computation, as label and words, from P1 to P10."""
    said = [(label, dict(words)[profil[name]]) for name, label, words in Choix.profil]
    for name, label, without in _OTHERS:
        value = profil[name]
        words = (
            {True: "oui", False: "non"}.get(value) if isinstance(value, bool) else None
        )
        said.append((label, words or (without if value is None else str(value))))
    return tuple(sorted(said, key=lambda pair: int(pair[0][1:].partition(".")[0])))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cas:
    """A simulation about to run."""

    situation: Situation
    passe: tuple[AvisArret, ...]
    arret: AvisArret
    profil: Profil


def compared(lue: SimulationLue, cas: Cas) -> tuple[str, Cas] | None:
    """Return the other case of a comparison and its title, None when not asked.

    Raises `RefusedError` when the day that makes the hypothesis is missing.
    """
    wanted = lue.typed.get("comparer", "")
    title = dict(Choix.comparaisons).get(wanted)
    if title is None:
        return None
    if wanted == REQUALIFIER:
        return title, _requalified(lue, cas)
    if wanted == PROLONGER:
        return title, _prolonged(lue, cas)
    changes = _PROFILS[wanted.removeprefix("profil:")]
    return title, dataclasses.replace(
        cas,
        profil=dataclasses.replace(cas.profil, **changes),  # type: ignore[arg-type]
    )


def _requalified(lue: SimulationLue, cas: Cas) -> Cas:
    """Suppose that the CMO from a day on are of another nature (`droits.md` §12)."""
    since = day_in(lue.typed.get("comparer_le", ""))
    if since is None:
        raise _missing("Indiquez la date d'effet de la requalification.")
    usual = "CLM" if cas.situation.statut is Statut.CNRACL else "CGM"
    target = lue.typed.get("comparer_nature") or usual

    def moved(avis: AvisArret) -> AvisArret:
        is_after = avis.famille is Famille.CMO and avis.periode.debut >= since
        return dataclasses.replace(avis, nature=target) if is_after else avis

    return dataclasses.replace(
        cas, passe=tuple(moved(one) for one in cas.passe), arret=moved(cas.arret)
    )


def _prolonged(lue: SimulationLue, cas: Cas) -> Cas:
    """Suppose that a certificate prolongs the leave studied until a day."""
    until = day_in(lue.typed.get("comparer_le", ""))
    if until is None or until < cas.arret.periode.fin:
        raise _missing("Indiquez le dernier jour de la prolongation, après l'arrêt.")
    prolonged = dataclasses.replace(
        cas.arret,
        periode=Periode.inclusive(cas.arret.periode.fin, until),
        is_prolongation=True,
    )
    return dataclasses.replace(cas, passe=(*cas.passe, cas.arret), arret=prolonged)


def _missing(detail: str) -> RefusedError:
    erreur = ErreurChamp(champ="comparer_le", code="date-manquante", detail=detail)
    return RefusedError("comparaison-incomplete", detail, erreurs=(erreur,))
