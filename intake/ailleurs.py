"""A paper that names somebody of another collectivité than the one it was given to.

A provider may swap two envelopes: what is sure (a NIR) is looked up
in the whole register; the paper is then kept from everybody until the house has seen it.
"""

from dataclasses import replace

from classifiers.verdict import Raison
from intake.integration import ELSEWHERE
from intake.proposition import Contexte, Proposition, Registre
from records.store import agents
from records.vocabulary import EtatJustificatif
from socle.db import ReadSession

_DETAIL = (
    "Ce papier désigne un agent d’une autre collectivité que celle à qui le colis le "
    "donne : il est gardé à part, à rendre à la bonne."
)


def check(
    session: ReadSession,
    known: Registre,
    contexte: Contexte,
    proposition: Proposition,
) -> Proposition:
    """Put a paper aside when what it surely says belongs to another collectivité."""
    empreintes = sorted(known.nir_empreintes.values())
    if not empreintes:
        return proposition
    homes = agents.homes_of_nirs(session, empreintes)
    if not homes or contexte.collectivite_id in homes:
        return proposition
    why = Raison(code=ELSEWHERE, detail=_DETAIL, poids=-1.0)
    return replace(
        proposition,
        etat=EtatJustificatif.ANOMALIE.code,
        code=ELSEWHERE,
        detail=_DETAIL,
        agent_id=None,
        evenement_id=None,
        liens=(),
        candidats=(),
        raisons=(why,),
        remarques=(),
    )
