"""Papers whose person is not the agent: the bank account of a payee.

Kept apart so that the general order of `intake.rattachement` stays readable. Pure.
"""

from classifiers.verdict import Raison
from intake.constats import Lecture
from intake.identite import Identification
from intake.proposition import Candidat, Contexte, Lien, Proposition, Registre
from records.noms import fold
from records.parties import Agent
from records.pieces import PieceAttendue
from records.vocabulary import EtatJustificatif

_NAME_MIN = 3


def bank_account(
    lecture: Lecture,
    registre: Registre,
    contexte: Contexte,
    personnes: tuple[Identification, ...],
) -> Proposition:
    """Link a RIB: to the payee's line when the holder bears the name of the deceased.

    The account of the collectivité, or of an agent for whom none is asked, is filed.
    """
    holder = fold(lecture.valeur("titulaire") or lecture.texte)
    lines = [
        (piece, agent)
        for piece in registre.pieces
        if piece.is_open and piece.accepts("RIB")
        for agent in registre.agents
        if agent.id == piece.agent_id and _bears_name(agent, holder)
    ]
    if _is_collectivite(holder, contexte) or not lines:
        full = [p for p in personnes if p.is_full and not p.contre]
        return Proposition(
            etat=EtatJustificatif.INTEGRE_SANS_PIECE.code,
            code="rien-demande",
            detail="Aucun relevé d'identité bancaire n'est demandé pour ce titulaire.",
            agent_id=full[0].agent.id if len(full) == 1 else None,
        )
    entitled = [
        (piece, agent)
        for piece, agent in lines
        if _is_entitled(holder, agent, piece, registre)
    ]
    if len(entitled) == 1:
        return _payee(*entitled[0])
    return Proposition(
        etat=EtatJustificatif.A_VERIFIER.code,
        code="titulaire-inconnu",
        detail="Le titulaire porte le nom d'un dossier, mais rien ne dit qu'il en est "
        "l'ayant droit.",
        candidats=tuple(
            Candidat(
                agent_id=agent.id,
                evenement_id=piece.evenement_id,
                piece_id=piece.id,
                score=0.5,
            )
            for piece, agent in lines
        ),
    )


def _payee(piece: PieceAttendue, agent: Agent) -> Proposition:
    detail = (
        f"Le titulaire est l'ayant droit déclaré au dossier de {agent.libelle}, où un "
        "relevé est demandé."
    )
    return Proposition(
        etat=EtatJustificatif.RATTACHE.code,
        code="preuve",
        detail=detail,
        agent_id=agent.id,
        evenement_id=piece.evenement_id,
        liens=(Lien(piece_id=piece.id),),
        raisons=(Raison(code="titulaire", detail=detail, poids=0.5),),
    )


def _is_entitled(
    holder: str, agent: Agent, piece: PieceAttendue, registre: Registre
) -> bool:
    """Tell whether the declaration names the holder among the entitled."""
    evenement = next(e for e in registre.evenements if e.id == piece.evenement_id)
    declared = set(fold(str(evenement.champs.get("ayants_droit") or "")).split())
    own = {
        w for n in (agent.nom_usage, agent.nom_famille) if n for w in fold(n).split()
    }
    first_names = {
        word for word in holder.split() if len(word) >= _NAME_MIN and word not in own
    }
    return bool(first_names & declared)


def _bears_name(agent: Agent, holder: str) -> bool:
    words = set(holder.split())
    names = [n for n in (agent.nom_usage, agent.nom_famille) if n]
    return any(set(fold(name).split()) <= words for name in names)


def _is_collectivite(holder: str, contexte: Contexte) -> bool:
    words = {w for w in fold(contexte.collectivite_nom).split() if len(w) > 3}  # noqa: PLR2004
    return bool(words) and words <= set(holder.split())
