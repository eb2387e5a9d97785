"""One paper under examination: the lines it meets, and the answers that can be given.

`intake.rattachement` decides among them. Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from classifiers.verdict import Raison, Verdict
from intake.constats import Correspondance, Lecture, Niveau
from intake.correspondances import compare
from intake.identite import Identification
from intake.proposition import Candidat, Contexte, Proposition, Registre
from records.evenements import Evenement
from records.pieces import PieceAttendue
from records.vocabulary import EtatJustificatif

MAX_CANDIDATES = 6
A_VERIFIER = EtatJustificatif.A_VERIFIER.code
SANS_PIECE = EtatJustificatif.INTEGRE_SANS_PIECE.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Cas:
    """One paper under examination, with everything known about it."""

    verdict: Verdict
    lecture: Lecture
    registre: Registre
    contexte: Contexte
    personnes: tuple[Identification, ...]

    def evenement(self, piece: PieceAttendue) -> Evenement:
        """Return the event of a line."""
        return next(e for e in self.registre.evenements if e.id == piece.evenement_id)

    def of_agent(self, agent_id: int) -> list[PieceAttendue]:
        """Return the lines of an agent."""
        return [p for p in self.registre.pieces if p.agent_id == agent_id]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rencontre:
    """A line the paper meets."""

    piece: PieceAttendue
    correspondance: Correspondance


def meet(cas: Cas, agent_id: int) -> list[Rencontre]:
    """Return the lines of an agent that the paper meets, best first."""
    found = []
    for piece in cas.of_agent(agent_id):
        evenement = cas.evenement(piece)
        if _names_other_event(cas, evenement):
            continue
        met = compare(cas.lecture, piece, evenement)
        if met is not None:
            found.append(Rencontre(piece=piece, correspondance=met))
    return sorted(
        found, key=lambda m: (-m.correspondance.niveau, m.piece.exigible_le, m.piece.id)
    )


def _names_other_event(cas: Cas, evenement: Evenement) -> bool:
    """Tell whether the paper prints the number of another event."""
    printed = cas.lecture.valeur("evenement")
    if not printed:
        return False
    known = {e.numero for e in cas.registre.evenements if e.numero}
    return printed in known and printed != evenement.numero


def split(
    meetings: list[Rencontre],
) -> tuple[list[Rencontre], list[Rencontre]]:
    """Return the meetings on open lines, then on settled ones."""
    open_ = [m for m in meetings if m.piece.is_open]
    return open_, [m for m in meetings if not m.piece.is_open]


def only_event(cas: Cas, agent_id: int) -> int | None:
    """Return the only event of an agent, None when there are several."""
    found = [e.id for e in cas.registre.evenements if e.agent_id == agent_id]
    return found[0] if len(found) == 1 else None


def file(
    code: str,
    detail: str,
    *,
    who: Identification | None = None,
    evenement: int | None = None,
    remarques: tuple[str, ...] = (),
) -> Proposition:
    """File a paper: it closes nothing and asks nothing."""
    return Proposition(
        etat=SANS_PIECE,
        code=code,
        detail=detail,
        agent_id=who.agent.id if who else None,
        evenement_id=evenement,
        raisons=who.raisons if who else (),
        remarques=remarques,
    )


def filed(cas: Cas, code: str, detail: str) -> Proposition:
    """File a paper that closes nothing, with its person and event when they are sure."""
    full = [p for p in cas.personnes if p.is_full and not p.contre]
    who = full[0] if len(full) == 1 else None
    evenement = _printed_event(cas)
    if who is None or (who.agent.id not in {e.agent_id for e in evenement}):
        evenement = []
    found = evenement[0].id if evenement else None
    if who is not None and found is None:
        found = only_event(cas, who.agent.id)
    return file(code, detail, who=who, evenement=found)


def _printed_event(cas: Cas) -> list[Evenement]:
    printed = cas.lecture.valeur("evenement")
    return [e for e in cas.registre.evenements if printed and e.numero == printed]


def ask(
    cas: Cas,
    code: str,
    detail: str,
    *,
    who: Identification | None = None,
    meetings: list[Rencontre] | None = None,
    chosen: PieceAttendue | None = None,
) -> Proposition:
    """Send the paper to a person, candidates side by side, best first."""
    candidates = _candidates(cas, who, meetings, chosen)
    unique = {(c.agent_id, c.evenement_id, c.piece_id): c for c in candidates}
    raisons = [r for p in cas.personnes[:3] for r in p.raisons]
    return Proposition(
        etat=A_VERIFIER,
        code=code,
        detail=detail,
        agent_id=who.agent.id if who and who.is_full and not who.contre else None,
        candidats=tuple(unique.values())[:MAX_CANDIDATES],
        raisons=(Raison(code=code, detail=detail, poids=-0.5), *raisons),
    )


def _candidates(
    cas: Cas,
    who: Identification | None,
    meetings: list[Rencontre] | None,
    chosen: PieceAttendue | None,
) -> Iterator[Candidat]:
    if chosen is not None:
        yield _candidate(chosen, 0.9, "Ligne choisie par le déposant.")
    for meeting in meetings or ():
        score = meeting.correspondance.niveau / len(Niveau)
        yield _candidate(meeting.piece, score, meeting.correspondance.detail)
    people = [who] if who else list(cas.personnes)
    for one in people[:MAX_CANDIDATES]:
        found = [m for m in meet(cas, one.agent.id) if m.piece.is_open]
        for meeting in found[:3]:
            score = one.score * (0.4 + meeting.correspondance.niveau / 8)
            yield _candidate(meeting.piece, score, meeting.correspondance.detail)
        for piece in _same_type(cas, one.agent.id) if not found else ():
            detail = "Ligne ouverte du même type, que les dates lues ne confirment pas."
            yield _candidate(piece, one.score * 0.3, detail)
    for one in people[:MAX_CANDIDATES]:
        yield Candidat(
            agent_id=one.agent.id,
            evenement_id=only_event(cas, one.agent.id),
            score=round(one.score * 0.3, 3),
            raisons=one.raisons,
        )


def _same_type(cas: Cas, agent_id: int) -> list[PieceAttendue]:
    return [
        piece
        for piece in cas.of_agent(agent_id)
        if piece.is_open and piece.accepts(cas.verdict.type, cas.lecture.valeur("cas"))
    ][:3]


def _candidate(piece: PieceAttendue, score: float, detail: str) -> Candidat:
    return Candidat(
        agent_id=piece.agent_id,
        evenement_id=piece.evenement_id,
        piece_id=piece.id,
        score=round(min(score, 1.0), 3),
        raisons=(Raison(code="ligne-possible", detail=detail, poids=0.2),),
    )
