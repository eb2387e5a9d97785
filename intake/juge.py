"""The judge of one deposit: rules, thresholds of the collectivité, learned voter."""

from collections.abc import Callable
from functools import partial

from classifiers import ensemble
from classifiers.evidence import Liasse
from classifiers.verdict import Verdict
from intake import seuils
from intake.modeles import Lecteur
from socle.crypto import Coffre
from socle.db import ReadSession

Judge = Callable[[Liasse], Verdict]


def judge_for(
    session: ReadSession, lecteur: Lecteur, coffre: Coffre, collectivite_id: int
) -> Judge:
    """Return how the papers of a collectivité are judged now."""
    return partial(
        ensemble.judge,
        seuils=seuils.of(session, collectivite_id),
        modele=lecteur.current(session, coffre),
    )
