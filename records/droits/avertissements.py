"""What a simulation must say besides its figures: traps, choices, missing knowledge."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from records.bareme import EXONERATIONS, Bareme, Valeur
from records.droits.compteurs import months_after, year_before, years_after
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
    yield from _stage(done)


def _missing_knowledge(done: Rejouees) -> Iterator[str]:
    situation, tranches = done.situation, done.tranches
    is_contractuel = situation.statut is Statut.CONTRACTUEL
    if is_contractuel and situation.entree(done.arret.periode.debut) is None:
        yield (
            "La date d'entrée n'est pas connue : l'ancienneté la plus favorable est "
            "retenue. Renseignez-la pour un calcul exact."
        )
    if situation.is_service_discontinu:
        yield (
            "Les services ne sont pas continus : les jours pris sont comptés sur les "
            "trois cents derniers jours de services, et non sur douze mois (décret "
            "n° 88-145, art. 7)."
        )
    fin = situation.fin_contrat
    if is_contractuel and fin is not None and fin < done.arret.periode.fin:
        yield (
            f"Le contrat finit le {fin - dt.timedelta(days=1):%d/%m/%Y} : aucun congé "
            "n'est accordé au-delà. S'il est renouvelé, changez cette date."
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
    if arret.nature in _BY_CHILDREN:
        found = _value(done, "parentalite/durees")
        wording, usual, days = _BY_CHILDREN[arret.nature]
        if arret.periode.nb_jours > found[usual] * days:
            yield (
                f"Ce congé compte {arret.periode.nb_jours} jours ; la durée ordinaire "
                f"est de {wording.format(**found.contenu)}. Vérifiez ses dates. "
                f"Source : {found.source}."
            )
    elif arret.nature in _BY_MONTHS:
        found = _value(done, _BY_MONTHS[arret.nature])
        if months_after(arret.periode.debut, found["mois"]) < arret.periode.fin:
            yield (
                f"Ce congé compte {arret.periode.nb_jours} jours : {found['au_dela']}. "
                f"Source : {found.source}."
            )


def _value(done: Rejouees, name: str) -> Valeur:
    """Return what a parameter was when the leave started, or first was."""
    parametre = done.bareme.parametres[name]
    return parametre.find(done.arret.periode.debut) or parametre.valeurs[0]


# how a length is said, which value is the usual one, and its days
_BY_CHILDREN = {
    "MAT": (
        (
            "{maternite} semaines, {maternite_rang3} à partir du troisième enfant, "
            "{jumeaux} pour des jumeaux, {triples} pour des triplés ou plus"
        ),
        "maternite",
        _WEEK,
    ),
    "ADO": (
        (
            "{adoption} semaines, {adoption_rang3} à partir du troisième enfant, "
            "{adoption_multiple} pour plusieurs enfants"
        ),
        "adoption",
        _WEEK,
    ),
    "PAT": (
        "{paternite_jours} jours, {paternite_multiple_jours} pour plusieurs enfants",
        "paternite_jours",
        1,
    ),
    "NAISSANCE": ("{naissance_jours} jours", "naissance_jours", 1),
}
_BY_MONTHS = {
    "TPT": "divers/tpt",
    "DORS": "divers/disponibilite_office",
    "CST": "divers/sans_traitement",
    "CSN": "parentalite/supplementaire",
}


def _stage(done: Rejouees) -> Iterator[str]:
    """Say by how many days the paid leaves prolong a probation of one year."""
    debut = done.situation.date_entree
    if not done.situation.is_stagiaire or debut is None:
        return
    stage = Periode(debut, years_after(debut, 1))
    found = _value(done, "divers/stage")
    jours = sum(
        common.nb_jours
        for avis in done.ordered
        if avis.famille not in _NOT_PAID_LEAVES
        and (common := avis.periode.overlap(stage)) is not None
    )
    excess = jours - found["jours"]
    if excess > 0:
        last = stage.fin + dt.timedelta(days=excess - 1)
        yield (
            f"Stagiaire : {jours} jours de congés rémunérés pendant le stage, dont "
            f"{found['jours']} comptent comme stage. Il est prolongé de {excess} "
            f"jour{'s' if excess > 1 else ''}, jusqu'au {last:%d/%m/%Y}. "
            f"Source : {found.source}."
        )


_NOT_PAID_LEAVES = frozenset({Famille.TPT, Famille.SANS_TRAITEMENT})
