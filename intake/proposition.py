"""What linking takes and gives: the context, the register, the proposal. Values only.

`intake.rattachement` decides; `intake.integration` writes.
"""

import datetime as dt
from dataclasses import dataclass, replace

from classifiers.verdict import Raison
from records.evenements import Evenement
from records.parties import Agent
from records.periodes import Periode
from records.pieces import PieceAttendue
from records.vocabulary import EtatJustificatif


@dataclass(frozen=True, slots=True, kw_only=True)
class Contexte:
    """What is known about the deposit before reading: facts, or the sender's claims."""

    collectivite_id: int
    collectivite_nom: str
    collectivite_siret: str | None
    date_reception: dt.date
    piece_choisie: int | None = None
    evenement_choisi: int | None = None
    agent_choisi: int | None = None
    type_declare: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registre:
    """The part of the register a paper of this collectivité may concern.

    `pieces` holds open and already settled lines (a second paper for a settled line must
    be recognised). `nir_empreintes` maps each NIR read on the page to its keyed hash, so
    that this room compares without ever seeing an agent's NIR.
    """

    agents: tuple[Agent, ...]
    evenements: tuple[Evenement, ...]
    pieces: tuple[PieceAttendue, ...]
    nir_empreintes: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lien:
    """One requirement answered, with the days proved (None: the whole line)."""

    piece_id: int
    periode: Periode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidat:
    """One possible answer shown to a person, best first."""

    agent_id: int | None = None
    evenement_id: int | None = None
    piece_id: int | None = None
    score: float = 0.0
    raisons: tuple[Raison, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposition:
    """What is proposed for one paper.

    `etat` is a code of `EtatJustificatif`: « rattache » only with `liens` and proof;
    « a_verifier » with candidates; « integre_sans_piece » when it answers nothing and
    nobody needs to look; « anomalie » when it could not be integrated;
    « quarantaine » for medical secrecy. `remarques` are codes of expected effects:
    `recours_a_ouvrir`, `regularisation`, `reprise_a_reporter`, `doublon`.
    """

    etat: str
    code: str
    detail: str
    agent_id: int | None = None
    evenement_id: int | None = None
    liens: tuple[Lien, ...] = ()
    candidats: tuple[Candidat, ...] = ()
    raisons: tuple[Raison, ...] = ()
    remarques: tuple[str, ...] = ()


def as_question(found: Proposition, code: str, detail: str) -> Proposition:
    """Leave to a person what was about to be done; the lines are kept as candidates."""
    proposed = tuple(
        Candidat(
            agent_id=found.agent_id,
            evenement_id=found.evenement_id,
            piece_id=lien.piece_id,
            score=1.0,
            raisons=found.raisons,
        )
        for lien in found.liens
    )
    return replace(
        found,
        etat=EtatJustificatif.A_VERIFIER.code,
        code=code,
        detail=detail,
        liens=(),
        candidats=(*proposed, *found.candidats),
    )
