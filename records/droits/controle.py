"""Whether a history can be true: each line that cannot is named, with what to do.

A simulation computes nothing from impossible dates, overlaps, duplicates, or a leave that
the statute does not know.
"""

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise

from records.bareme import Bareme
from records.droits.calendrier import in_force
from records.droits.situation import AvisArret, Famille, Situation, Statut
from records.periodes import Periode
from socle.errors import ErreurChamp, RefusedError

PREMIER_JOUR, DERNIER_JOUR = dt.date(1950, 1, 1), dt.date(2100, 12, 31)
MAX_JOURS = 40 * 366  # a career
_FONCTIONNAIRES = (Statut.CNRACL, Statut.IRCANTEC)
_RESERVED = {
    "CLM": (Statut.CNRACL,),
    "CLD": (Statut.CNRACL,),
    "CGM": (Statut.IRCANTEC, Statut.CONTRACTUEL),
    "DORS": _FONCTIONNAIRES,
    "MDT": _FONCTIONNAIRES,
    "CST": (Statut.CONTRACTUEL, Statut.CNRACL, Statut.IRCANTEC),
}
_MOTS = {
    Statut.CNRACL: "fonctionnaire CNRACL",
    Statut.IRCANTEC: "fonctionnaire IRCANTEC",
    Statut.CONTRACTUEL: "contractuel",
}


def refuse_untrue(
    situation: Situation,
    historique: tuple[AvisArret, ...],
    arret: AvisArret,
    bareme: Bareme,
) -> tuple[AvisArret, ...]:
    """Return every avis in the order of its days.

    Raises `RefusedError` (`historique-incoherent`) naming each line that cannot be true.
    """
    lines = [(f"historique[{n}]", avis) for n, avis in enumerate(historique)]
    lines.append(("arret", arret))
    erreurs = list(_situation(situation))
    for champ, avis in lines:
        if not _is_ordinary(avis):
            erreurs += _own(champ, avis, situation, bareme)
    lines.sort(key=_by_days)
    for (earlier, before), (later, after) in pairwise(lines):
        if before.periode.fin > after.periode.debut:
            erreurs.append(_overlap((earlier, before), (later, after)))
    if erreurs:
        raise RefusedError(
            "historique-incoherent",
            "L'historique contient des lignes qui ne peuvent pas être vraies ensemble. "
            "Corrigez les lignes indiquées, puis relancez le calcul.",
            erreurs=tuple(erreurs),
        )
    return tuple(avis for _, avis in lines)


def _situation(situation: Situation) -> Iterator[ErreurChamp]:
    """Yield what is wrong with the periods of service."""
    is_contractuel = situation.statut is Statut.CONTRACTUEL
    for champ, is_given in (
        ("services", bool(situation.services)),
        ("date_fin_contrat", situation.fin_contrat is not None),
    ):
        if is_given and not is_contractuel:
            yield ErreurChamp(
                champ=f"situation.{champ}",
                code="reserve-aux-contractuels",
                detail="Ce champ ne concerne que les contractuels : laissez-le vide, ou "
                "changez le statut.",
            )
    for rank, (before, after) in enumerate(pairwise(situation.services), start=1):
        if after.debut <= before.fin:
            yield ErreurChamp(
                champ=f"situation.services[{rank}].debut",
                code="services-en-desordre",
                detail=f"La période de services {rank + 1} ({_days(after)}) commence "
                f"avant la fin de la précédente ({_days(before)}), ou la suit sans "
                "interruption : corrigez ses dates, ou réunissez les deux lignes.",
            )


def _by_days(line: tuple[str, AvisArret]) -> tuple[dt.date, dt.date]:
    periode = line[1].periode
    return periode.debut, periode.fin


def line_name(champ: str) -> str:
    """Name a line as people count them: « la ligne 1 de l'historique ».

    >>> line_name("historique[0]")
    "la ligne 1 de l'historique"
    """
    if not champ.startswith("historique["):
        return "l'arrêt à étudier"
    rank = int(champ.removeprefix("historique[").partition("]")[0])
    return f"la ligne {rank + 1} de l'historique"


def _is_ordinary(avis: AvisArret) -> bool:
    """Tell whether a line is a CMO of a plausible length in our days, as most are."""
    periode = avis.periode
    return (
        avis.nature == "CMO"
        and periode.debut >= PREMIER_JOUR
        and periode.fin <= DERNIER_JOUR
        and periode.nb_jours <= MAX_JOURS
    )


def _own(
    champ: str, avis: AvisArret, situation: Situation, bareme: Bareme
) -> Iterator[ErreurChamp]:
    """Yield what is wrong with one line, whatever the others say."""
    allowed = _RESERVED.get(avis.nature)
    if allowed is not None and situation.statut not in allowed:
        regimes = " ou ".join(_MOTS[statut] for statut in allowed)
        yield ErreurChamp(
            champ=f"{champ}.nature",
            code="nature-hors-statut",
            detail=f"{line_name(champ).capitalize()} : {avis.nature} n'existe que pour "
            f"le statut {regimes}. Changez la nature ou le statut.",
        )
    yield from _impossible_days(champ, avis)
    if avis.famille is Famille.SUPPLEMENTAIRE:
        first = bareme.parametres["parentalite/supplementaire"].valeurs[0].des
        if avis.periode.debut < first:
            yield ErreurChamp(
                champ=f"{champ}.debut",
                code="conge-pas-encore-ouvert",
                detail=f"{line_name(champ).capitalize()} : le congé supplémentaire de "
                f"naissance n'existe que depuis le {first:%d/%m/%Y}. Corrigez la date ou "
                "la nature.",
            )
    if avis.is_imputable and avis.famille is Famille.CLD:
        known = bareme.parametres["longs/cld_imputable"]
        if known.find(in_force(avis.periode.debut)) is None:
            yield ErreurChamp(
                champ=f"{champ}.imputable",
                code="imputable-devenu-citis",
                detail=f"{line_name(champ).capitalize()} : depuis le 13/04/2019, une "
                "maladie contractée en service ouvre un CITIS. Choisissez la nature "
                "CITIS, ou décochez « imputable ».",
            )


def _impossible_days(champ: str, avis: AvisArret) -> Iterator[ErreurChamp]:
    periode = avis.periode
    if periode.debut < PREMIER_JOUR or periode.dernier > DERNIER_JOUR:
        yield ErreurChamp(
            champ=f"{champ}.debut",
            code="date-impossible",
            detail=f"{line_name(champ).capitalize()} : les dates doivent être comprises "
            f"entre le {PREMIER_JOUR:%d/%m/%Y} et le {DERNIER_JOUR:%d/%m/%Y}. "
            "Vérifiez l'année.",
        )
    elif periode.nb_jours > MAX_JOURS:
        yield ErreurChamp(
            champ=f"{champ}.fin",
            code="duree-impossible",
            detail=f"{line_name(champ).capitalize()} : {periode.nb_jours} jours en un "
            "seul arrêt, c'est plus qu'une carrière. Vérifiez les deux dates.",
        )


def _overlap(
    before: tuple[str, AvisArret], after: tuple[str, AvisArret]
) -> ErreurChamp:
    (earlier, one), (later, other) = before, after
    # the line to look at is the last written, as a person reads them
    champ, twin = (
        (later, earlier) if _rank(later) >= _rank(earlier) else (earlier, later)
    )
    is_double = one.periode == other.periode and one.nature == other.nature
    what = "répète" if is_double else "recouvre"
    common = one.periode.overlap(other.periode)
    jours = common.nb_jours if common else 0
    first, second = (other, one) if champ == later else (one, other)
    return ErreurChamp(
        champ=champ,
        code="doublon" if is_double else "chevauchement",
        detail=f"{line_name(champ).capitalize()} ({_days(first.periode)}) {what} "
        f"{line_name(twin)} ({_days(second.periode)}) : {jours} "
        f"jour{'s' if jours > 1 else ''} en commun. Supprimez l'une des deux ou "
        "corrigez ses dates.",
    )


def _rank(champ: str) -> float:
    if not champ.startswith("historique["):
        return float("inf")
    return int(champ.removeprefix("historique[").partition("]")[0])


def _days(periode: Periode) -> str:
    return f"du {periode.debut:%d/%m/%Y} au {periode.dernier:%d/%m/%Y}"
