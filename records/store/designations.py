"""Agents, events and requirements as another tool names them, read in bulk.

A matricule, a number, a code: looked up inside one collectivité only, so that a line can
never be tied to somebody else's register.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from records import tables as t
from records.designations import (
    AgentDesigne,
    Annuaire,
    EvenementDesigne,
    PieceDesignee,
    words_of,
)
from records.store import valeurs
from socle.db import ReadSession

_AT_ONCE = 400


def directory(
    session: ReadSession,
    collectivite_id: int,
    matricules: Iterable[str],
    numeros: Iterable[str],
) -> Annuaire:
    """Read the agents of these matricules and their events, and those of these numbers."""
    found = Annuaire()
    named = list(_agents(session, collectivite_id, t.Agent.matricule, matricules))
    events: dict[int, t.Evenement] = {}
    for column in (t.Evenement.numero, t.Evenement.reference_externe,
                   t.Evenement.reference):  # fmt: skip
        events |= _events(session, collectivite_id, column, numeros)
    ids = [agent.id for agent in named]
    events |= _events(session, collectivite_id, t.Evenement.agent_id, ids)
    missing = {row.agent_id for row in events.values()} - set(ids)
    named += _agents(session, collectivite_id, t.Agent.id, missing)
    for agent in named:
        found.agents[agent.id] = agent
        if agent.matricule:
            found.par_matricule[agent.matricule] = agent
    _file_events(session, found, list(events.values()))
    return found


def _chunks(wanted: Iterable[Any]) -> Iterator[list[Any]]:
    ordered = sorted(set(wanted))
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]


def _agents(
    session: ReadSession,
    collectivite_id: int,
    column: Any,  # noqa: ANN401 - a mapped column
    wanted: Iterable[Any],
) -> Iterator[AgentDesigne]:
    a = t.Agent
    for chunk in _chunks(wanted):
        rows = session.execute(
            sa.select(a.id, a.matricule, a.nom_famille, a.nom_usage, a.prenoms).where(
                a.collectivite_id == collectivite_id, column.in_(chunk)
            )
        )
        for row in rows:
            yield AgentDesigne(
                id=row.id, matricule=row.matricule,
                noms=words_of(row.nom_famille, row.nom_usage),
                prenoms=words_of(*row.prenoms),
            )  # fmt: skip


def _events(
    session: ReadSession,
    collectivite_id: int,
    column: Any,  # noqa: ANN401 - a mapped column
    wanted: Iterable[Any],
) -> dict[int, t.Evenement]:
    found: dict[int, t.Evenement] = {}
    for chunk in _chunks(wanted):
        rows = session.scalars(
            sa.select(t.Evenement).where(
                t.Evenement.collectivite_id == collectivite_id, column.in_(chunk)
            )
        )
        found |= {row.id: row for row in rows}
    return found


def _file_events(
    session: ReadSession, found: Annuaire, rows: Sequence[t.Evenement]
) -> None:
    ids = [row.id for row in rows]
    consequences, pieces = defaultdict(list), defaultdict(list)
    for chunk in _chunks(ids):
        c, p = t.Consequence, t.PieceAttendue
        for cause in session.scalars(sa.select(c).where(c.evenement_id.in_(chunk))):
            consequences[cause.evenement_id].append(valeurs.consequence(cause))
        for line in session.scalars(sa.select(p).where(p.evenement_id.in_(chunk))):
            piece = _piece(line)
            pieces[piece.evenement_id].append(piece)
            for word in piece.mots:
                found.pieces_par_mot.setdefault(word, []).append(piece)
    for row in sorted(rows, key=lambda one: one.id):
        words = (row.reference, row.numero, row.reference_externe)
        event = EvenementDesigne(
            id=row.id, agent_id=row.agent_id, nature=row.nature,
            date_survenance=row.date_survenance, mots=frozenset(filter(None, words)),
            consequences=tuple(consequences[row.id]), pieces=tuple(pieces[row.id]),
        )  # fmt: skip
        found.par_agent.setdefault(event.agent_id, []).append(event)
        for word in event.mots:
            found.par_mot.setdefault(word, []).append(event)


def _piece(row: t.PieceAttendue) -> PieceDesignee:
    words = (row.reference, row.reference_externe)
    value = valeurs.piece(row)
    return PieceDesignee(
        id=row.id, evenement_id=row.evenement_id, type=row.type, periode=value.periode,
        consequence_id=row.consequence_id, is_open=value.is_open,
        mots=frozenset(filter(None, words)),
    )  # fmt: skip
