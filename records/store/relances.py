"""What the letters read of the register: open lines, and what suspends asking for them.

Everything is read inside the transaction that issues the letter, after the collectivité's
chain is locked: a deposit received before is seen, one received after comes after.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from records import tables as t
from records.comptes import Perimetre
from records.evenements import Consequence, Evenement
from records.parties import Agent
from records.pieces import PieceAttendue
from records.store import contestations, valeurs
from records.store.perimetres import narrow
from records.vocabulary import (
    OPEN_PIECE_STATES,
    EtatDepot,
    EtatJustificatif,
    EtatPiece,
)
from socle.db import ReadSession

# the counter's table, by its name: this floor does not import the counter
_DEPOT = sa.table(
    "depot",
    sa.column("id"),
    sa.column("collectivite_id"),
    sa.column("etat"),
    sa.column("piece_id"),
    sa.column("evenement_id"),
    sa.column("agent_id"),
)
# the type of a paper nobody could name
UNKNOWN = "INCONNU"
_UNREAD = (EtatDepot.RECU.code, EtatDepot.EN_COURS.code)
_DOUBTS = (EtatJustificatif.A_VERIFIER.code, EtatJustificatif.QUARANTAINE.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneOuverte:
    """An open requirement with all a letter says of it."""

    piece: PieceAttendue
    agent: Agent
    evenement: Evenement
    consequence: Consequence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attentes:
    """What came and is not read or not settled yet, by what it may concern.

    `is_tout` is true when an unread file names nothing: it may answer any line. `types`
    are those of papers that wait for a person and name nobody: they may answer any line
    that accepts them.
    """

    is_tout: bool = False
    contestees: frozenset[int] = frozenset()
    pieces: frozenset[int] = frozenset()
    evenements: frozenset[int] = frozenset()
    agents: frozenset[int] = frozenset()
    types: frozenset[str] = frozenset()

    def why(self, piece: PieceAttendue) -> str | None:
        """Return the code of what suspends asking for a line, None when nothing does."""
        is_like = any(type_ == UNKNOWN or piece.accepts(type_) for type_ in self.types)
        reasons = (
            (piece.etat == EtatPiece.RECUE_A_VERIFIER.code, "recue-a-verifier"),
            (piece.id in self.contestees, "contestation"),
            (piece.id in self.pieces, "depot-sur-la-ligne"),
            (piece.evenement_id in self.evenements, "depot-sur-l-evenement"),
            (piece.agent_id in self.agents, "depot-sur-l-agent"),
            (self.is_tout, "depot-non-lu"),
            (is_like, "document-a-verifier"),
        )
        return next((code for is_so, code in reasons if is_so), None)


def open_lines(
    session: ReadSession,
    collectivite_ids: Sequence[int],
    only: Collection[int] | None = None,
) -> dict[int, tuple[LigneOuverte, ...]]:
    """Return the open requirements of each collectivité, by name, then by event.

    `only` keeps some of them, by id.
    """
    p, a, e, c = t.PieceAttendue, t.Agent, t.Evenement, t.Consequence
    chosen = sa.true() if only is None else p.id.in_(sorted(only))
    rows = session.execute(
        sa.select(p, a, e, c)
        .join(a, a.id == p.agent_id)
        .join(e, e.id == p.evenement_id)
        .outerjoin(c, c.id == p.consequence_id)
        .where(p.collectivite_id.in_(collectivite_ids), p.etat.in_(OPEN_PIECE_STATES))
        .where(chosen)
        .order_by(a.recherche, a.id, e.date_survenance, e.id, p.exigible_le, p.id)
    ).all()
    found: dict[int, list[LigneOuverte]] = {place: [] for place in collectivite_ids}
    for row in rows:
        line = LigneOuverte(
            piece=valeurs.piece(row[0]),
            agent=valeurs.agent(row[1]),
            evenement=valeurs.evenement(row[2], ()),
            consequence=valeurs.consequence(row[3]) if row[3] is not None else None,
        )
        found[row[0].collectivite_id].append(line)
    return {place: tuple(lines) for place, lines in found.items()}


def waiting(
    session: ReadSession, collectivite_ids: Sequence[int]
) -> dict[int, Attentes]:
    """Return what was received from each collectivité and does not speak yet."""
    unread = [*_unread(session, collectivite_ids), *_aside(session, collectivite_ids)]
    rows, doubts = _by_place(unread), _by_place(_doubts(session, collectivite_ids))
    named = {name for found in doubts.values() for row in found for name in _named(row)}
    ids = _ids(session, named)
    contested = contestations.open_pieces(session, collectivite_ids)
    return {
        place: _attentes(
            rows[place], doubts[place], ids, contested.get(place, frozenset())
        )
        for place in collectivite_ids
    }


def _by_place(rows: Iterable[tuple[Any, ...]]) -> defaultdict[int, list[Any]]:
    """Sort rows by their first column, a collectivité, which is taken off."""
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for place, *row in rows:
        found[place].append(tuple(row))
    return found


def _named(doubt: tuple[Any, ...]) -> set[str]:
    """Return the references of the lines proposed for a paper that waits."""
    return {str(c["piece"]) for c in doubt[2] or () if c.get("piece")}


def _attentes(
    rows: Sequence[tuple[Any, ...]],
    doubts: Sequence[tuple[Any, ...]],
    ids: dict[str, int],
    contestees: frozenset[int],
) -> Attentes:
    lines, events, people, nothing = _targets(rows)
    types: set[str] = set()
    for doubt in doubts:
        event, agent, _, type_, *claimed = doubt
        proposed = _named(doubt)
        aimed = _targets([(claimed[0], event or claimed[1], agent or claimed[2])])
        lines |= aimed[0] | {ids[name] for name in proposed if name in ids}
        events, people = events | aimed[1], people | aimed[2]
        if aimed[3] and not proposed:
            types.add(type_)
    return Attentes(
        is_tout=nothing,
        contestees=contestees,
        pieces=frozenset(lines),
        evenements=frozenset(events),
        agents=frozenset(people),
        types=frozenset(types),
    )


def _unread(
    session: ReadSession, collectivite_ids: Sequence[int]
) -> list[tuple[Any, ...]]:
    d = _DEPOT.c
    statement = sa.select(
        d.collectivite_id, d.piece_id, d.evenement_id, d.agent_id
    ).where(d.collectivite_id.in_(collectivite_ids), d.etat.in_(_UNREAD))
    return [tuple(row) for row in session.execute(statement)]


def _aside(
    session: ReadSession, collectivite_ids: Sequence[int]
) -> list[tuple[Any, ...]]:
    """Return the files put aside before anybody read them: they wait for a person."""
    d = _DEPOT.c
    statement = (
        sa.select(d.collectivite_id, d.piece_id, d.evenement_id, d.agent_id)
        .join(t.Tache, t.Tache.depot_id == d.id)
        .where(
            d.collectivite_id.in_(collectivite_ids),
            d.etat == EtatDepot.QUARANTAINE.code,
            t.Tache.is_ouverte,
        )
    )
    return [tuple(row) for row in session.execute(statement)]


def _doubts(
    session: ReadSession, collectivite_ids: Sequence[int]
) -> list[tuple[Any, ...]]:
    """Return the papers that wait for a person, with what their sender said of them."""
    d, j = _DEPOT.c, t.Justificatif
    statement = (
        sa.select(
            j.collectivite_id, j.evenement_id, j.agent_id, j.candidats, j.type,
            d.piece_id, d.evenement_id, d.agent_id,
        )
        .join(_DEPOT, d.id == j.depot_id)
        .where(j.collectivite_id.in_(collectivite_ids), j.etat.in_(_DOUBTS))
    )  # fmt: skip
    return [tuple(row) for row in session.execute(statement)]


def _ids(session: ReadSession, references: set[str]) -> dict[str, int]:
    if not references:
        return {}
    p = t.PieceAttendue
    rows = session.execute(
        sa.select(p.reference, p.id).where(p.reference.in_(references))
    )
    return {row[0]: row[1] for row in rows}


def _targets(
    rows: Sequence[tuple[int | None, ...]],
) -> tuple[set[int], set[int], set[int], bool]:
    """Return lines, events and agents aimed at, and whether a row aims at nothing.

    Of each row, the most precise counts.
    """
    found: tuple[set[int], set[int], set[int]] = (set(), set(), set())
    nothing = False
    for row in rows:
        aimed = next((n for n, value in enumerate(row) if value is not None), None)
        if aimed is None:
            nothing = True
        else:
            found[aimed].add(int(row[aimed] or 0))
    return (*found, nothing)


def collectivites_with_lines(
    session: ReadSession, perimetre: Perimetre
) -> tuple[int, ...]:
    """Return the collectivités of whom something is asked, by id."""
    statement = (
        sa.select(t.PieceAttendue.collectivite_id)
        .where(t.PieceAttendue.etat.in_(OPEN_PIECE_STATES))
        .distinct()
        .order_by(t.PieceAttendue.collectivite_id)
    )
    return tuple(session.scalars(narrow(statement, t.PieceAttendue, perimetre)))
