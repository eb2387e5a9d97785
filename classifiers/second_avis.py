"""What the learned voter may say once the rules have abstained, and how far it binds.

It never speaks against rules that lean to something, never names a paper outside the
catalogue, and alone it only proposes: a person confirms before a line closes.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from classifiers.feuille import Feuille
from classifiers.fields import read_fields
from classifiers.modele import Modele, Suggestion
from classifiers.verdict import INCONNU, Certitude, Raison, Verdict

# the confidence from which the learned voter speaks, unless a threshold says more
SEUIL_APPRIS = 0.95
# the share from which the rules are said to lean to a type
PENCHANT = 0.5


def second_opinion(
    first: Verdict,
    feuilles: Sequence[Feuille],
    modele: Modele,
    seuils: Mapping[str, float],
) -> Verdict:
    """Return the verdict after the learned voter: the same, or the type it proposes.

    `first` is an abstention of the rules. When they leaned to the same type, the two
    agree and the paper is treated as any other; otherwise it is to be confirmed.
    """
    if any(feuille.evidence.is_illisible for feuille in feuilles):
        return first
    found = modele.propose(feuilles)
    if found.type == INCONNU:
        return first
    leaning = {code for code, share in first.suggestions if share >= PENCHANT}
    needed = max(SEUIL_APPRIS, seuils.get(found.type, 0.0))
    if found.confiance < needed or (leaning and found.type not in leaning):
        return _suggested(first, found)
    return _proposed(first, found, feuilles, modele.numero, agrees=bool(leaning))


def _suggested(first: Verdict, found: Suggestion) -> Verdict:
    """Add what the model thinks to what the paper could be: a person sees it."""
    others = tuple(pair for pair in first.suggestions if pair[0] != found.type)
    known = dict(first.suggestions).get(found.type, 0.0)
    share = max(known, round(found.confiance, 3))
    mine = ((found.type, share),) if share >= PENCHANT or known else ()
    ranked = sorted((*others, *mine), key=lambda pair: -pair[1])
    return replace(first, suggestions=tuple(ranked))


def _proposed(
    first: Verdict,
    found: Suggestion,
    feuilles: Sequence[Feuille],
    numero: int,
    *,
    agrees: bool,
) -> Verdict:
    lecture = read_fields(found.type, feuilles)
    share = math.floor(100 * found.confiance)
    how = "comme les règles, qui hésitaient" if agrees else "les règles se taisaient"
    why = Raison(
        code="modele-appris",
        detail=f"Proposé par le modèle appris n° {numero} ({share} %) : {how}.",
        poids=round(found.confiance, 3),
    )
    said = [raison for raison in first.raisons if raison.code != "abstention"]
    return Verdict(
        type=found.type,
        certitude=Certitude.PROBABLE,
        confiance=round(found.confiance, 3),
        raisons=(why, *found.raisons, *(said if agrees else ())),
        champs=lecture.champs,
        lignes=lecture.lignes,
        suggestions=tuple(p for p in first.suggestions if p[0] != found.type),
        is_medical=lecture.is_medical,
        modele=numero,
        is_to_confirm=not agrees,
    )
