"""What a simulation must say besides its figures: traps, choices, missing knowledge."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from records.bareme import EXONERATIONS, Bareme
from records.droits.compteurs import year_before, years_after
from records.droits.profils import Consommation, Profil
from records.droits.resultat import UNPAID, Position, Tranche
from records.droits.situation import (
    AvisArret,
    Carence,
    Famille,
    Situation,
    Statut,
)
from records.periodes import Periode

_ALMOST_CONTINUOUS_DAYS = 7
_TWO_DAYS = 2
_WEEK = 7
_WITH_IJ = frozenset({Famille.CMO, Famille.CGM, Famille.ACCIDENT, Famille.PARENTALITE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejouees:
    """A replay that is over: what it started from and what it found."""

    situation: Situation
    ordered: tuple[AvisArret, ...]
    arret: AvisArret
    profil: Profil
    tranches: tuple[Tranche, ...]
    assumed_returns: tuple[Periode, ...]
    bareme: Bareme

    @property
    def past(self) -> tuple[AvisArret, ...]:
        """The avis before the one studied, oldest first."""
        return tuple(
            a for a in self.ordered if a.periode.debut < self.arret.periode.debut
        )


def warn(done: Rejouees) -> Iterator[str]:
    """Yield the sentences to show with the result, most important first."""
    yield from _missing_knowledge(done)
    if done.arret.famille is Famille.CMO:
        yield from _history(done)
        yield from _rolling_traps(done)
    yield from _carence(done)
    yield from _durations(done)


def _missing_knowledge(done: Rejouees) -> Iterator[str]:
    situation, tranches = done.situation, done.tranches
    if situation.statut is Statut.CONTRACTUEL and situation.date_entree is None:
        yield (
            "La date d'entrée n'est pas connue : l'ancienneté la plus favorable est "
            "retenue. Renseignez-la pour un calcul exact."
        )
    for gap in done.assumed_returns:
        yield (
            f"La reprise effective du {gap.debut:%d/%m/%Y} n'est pas connue : le calcul "
            "suppose que l'agent a travaillé, ce qui rouvre ses droits."
        )
    if any(t.position is Position.EPUISE for t in tranches):
        yield (
            "La reprise effective n'est pas connue : tant que l'avis du conseil médical "
            "ou la décision est attendu, le demi-traitement peut être maintenu."
        )
    if situation.statut is not Statut.CNRACL and done.arret.famille in _WITH_IJ:
        yield (
            "Les indemnités journalières de la sécurité sociale viennent en déduction "
            "du traitement maintenu."
        )
    if any(t.taux is None for t in tranches):
        yield "Un taux dépend d'un décret qui n'est pas paru : il n'est pas calculé."
    if any(a.famille is Famille.CLD and a.groupe is None for a in done.ordered):
        yield (
            "Le groupe de maladies n'est pas indiqué : les congés de longue durée sont "
            "comptés comme d'un seul groupe."
        )


def _history(done: Rejouees) -> Iterator[str]:
    past, arret = done.past, done.arret
    if not past:
        yield (
            "Aucun arrêt antérieur n'a été indiqué : le calcul suppose qu'il n'y en a "
            "pas eu dans l'année qui précède."
        )
    elif years_after(past[0].periode.debut, 1) > arret.periode.debut:
        yield (
            f"L'historique commence le {past[0].periode.debut:%d/%m/%Y} : un arrêt plus "
            "ancien, pris dans l'année, changerait le résultat."
        )
    elif _reads_before(past, arret):
        yield (
            f"L'historique commence le {past[0].periode.debut:%d/%m/%Y} : la position des "
            "arrêts de l'année dépend elle-même de l'année d'avant. Deux ans "
            "d'historique sont plus sûrs."
        )
    ends = {a.periode.fin for a in done.ordered}
    for avis in done.ordered:
        if avis.is_prolongation and avis.periode.debut not in ends:
            yield (
                f"La prolongation du {avis.periode.debut:%d/%m/%Y} ne suit aucun arrêt "
                "connu : vérifiez ses dates, il manque peut-être un avis."
            )
    if any(a.periode.debut > arret.periode.debut for a in done.ordered):
        yield (
            "L'historique contient des arrêts postérieurs à celui étudié : ils ne "
            "changent rien à ses jours."
        )


def _reads_before(past: tuple[AvisArret, ...], arret: AvisArret) -> bool:
    """Tell whether leaves of the year have a class that depends on days before."""
    start = year_before(arret.periode.debut)
    first = past[0].periode.debut
    counted = [a for a in past if a.periode.fin > start and a.famille is Famille.CMO]
    return bool(counted) and year_before(counted[0].periode.debut) < first


def _rolling_traps(done: Rejouees) -> Iterator[str]:
    cmo = [a.periode for a in done.ordered if a.famille is Famille.CMO]
    gaps = [(b.debut - a.fin).days for a, b in pairwise(cmo)]
    positions = [t.position for t in done.tranches]
    reopens = any(
        a in {Position.DEMI, *UNPAID} and b is Position.PLEIN
        for a, b in pairwise(positions)
    )
    is_small = any(0 < gap <= _ALMOST_CONTINUOUS_DAYS for gap in gaps)
    if reopens and is_small and done.profil.consommation is Consommation.PLEIN:
        yield (
            "L'arrêt est presque continu et retrouve du plein traitement à son "
            "anniversaire : les sources ne tranchent pas ce cas, faites-le confirmer."
        )
    if Position.SANS_TRAITEMENT in positions and reopens:
        yield (
            "Un jour isolé non payé peut précéder le retour de jours à plein traitement : "
            "c'est l'effet de l'année glissante."
        )


def _carence(done: Rejouees) -> Iterator[str]:
    """Say the motives the law did not know yet, and the near returns."""
    for avis in done.ordered:
        motif = avis.motif_exoneration
        if motif and not done.bareme.exempts(motif, avis.periode.debut):
            libelle = done.bareme.parametres[EXONERATIONS + motif].valeurs[-1][
                "libelle"
            ]
            yield (
                f"Arrêt du {avis.periode.debut:%d/%m/%Y} : le motif « {libelle} » "
                "n'exonérait pas du jour de carence à cette date, il est appliqué."
            )
    arret, past = done.arret, done.past
    if arret.famille is Famille.CMO and past and _may_be_same_cause(arret, past[-1]):
        yield (
            "Moins de 48 heures séparent cet arrêt du précédent : si la cause est la "
            "même, le jour de carence ne s'applique pas. Indiquez-le."
        )


def _may_be_same_cause(arret: AvisArret, last: AvisArret) -> bool:
    gap = (arret.periode.debut - last.periode.fin).days
    return (
        0 <= gap <= _TWO_DAYS
        and last.famille is Famille.CMO
        and arret.carence is Carence.APPLIQUEE
        and not arret.is_prolongation
        and arret.motif_exoneration is None
        and arret.periode.debut >= dt.date(2018, 1, 1)
    )


def _durations(done: Rejouees) -> Iterator[str]:
    """Say when a leave given by right is longer than the law gives."""
    arret = done.arret
    valeurs = done.bareme.parametres["parentalite/durees"]
    found = valeurs.find(arret.periode.debut) or valeurs.valeurs[0]
    limits = {
        "PAT": (found["paternite_jours"], found["paternite_multiple_jours"], "jours"),
        "NAISSANCE": (found["naissance_jours"], found["naissance_jours"], "jours"),
        "MAT": (found["maternite"], found["triples"], "semaines"),
        "ADO": (found["adoption"], found["adoption_multiple"], "semaines"),
    }
    if arret.nature not in limits:
        return
    usual, most, unit = limits[arret.nature]
    days = usual * (_WEEK if unit == "semaines" else 1)
    if arret.periode.nb_jours > days:
        more = f" ({most} au plus selon les naissances)" if most > usual else ""
        yield (
            f"Ce congé compte {arret.periode.nb_jours} jours ; la durée ordinaire est de "
            f"{usual} {unit}{more}. Vérifiez ses dates. Source : {found.source}."
        )
