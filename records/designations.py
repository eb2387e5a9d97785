"""Agents, events and requirements as another tool names them, as values.

A matricule, a number, a code: what ties a line of a file to the register. Pure.
"""

import datetime as dt
from dataclasses import dataclass, field

from records.evenements import Consequence
from records.noms import fold
from records.periodes import Periode

_BETWEEN_NAMES = {"nee", "ne", "epouse"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDesigne:
    """An agent, and the words of their names."""

    id: int
    matricule: str | None
    noms: frozenset[str]
    prenoms: frozenset[str]

    def is_named(self, nom: str | None, prenom: str | None) -> bool:
        """Tell whether these names may be said of this person; empty says nothing."""
        said = set(fold(nom or "").split()) - _BETWEEN_NAMES
        first = set(fold(prenom or "").split())
        return said <= self.noms and first <= self.prenoms


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceDesignee:
    """A requirement, as much as tying needs."""

    id: int
    evenement_id: int
    type: str
    periode: Periode | None
    consequence_id: int | None
    is_open: bool
    mots: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvenementDesigne:
    """An event, every word it answers to, its conséquences and requirements."""

    id: int
    agent_id: int
    nature: str
    date_survenance: dt.date
    mots: frozenset[str]
    consequences: tuple[Consequence, ...] = ()
    pieces: tuple[PieceDesignee, ...] = ()


@dataclass(slots=True)
class Annuaire:
    """What a collectivité answers to; built once for all the lines of an import."""

    par_matricule: dict[str, AgentDesigne] = field(default_factory=dict)
    agents: dict[int, AgentDesigne] = field(default_factory=dict)
    par_mot: dict[str, list[EvenementDesigne]] = field(default_factory=dict)
    par_agent: dict[int, list[EvenementDesigne]] = field(default_factory=dict)
    pieces_par_mot: dict[str, list[PieceDesignee]] = field(default_factory=dict)


def words_of(*noms: str | None) -> frozenset[str]:
    """Return the folded words of names."""
    return frozenset(word for nom in noms for word in fold(nom or "").split())
