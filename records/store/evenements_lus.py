"""Events read from disk, with their conséquences; nothing here writes."""

import sqlalchemy as sa

from records import tables as t
from records.comptes import Perimetre
from records.evenements import Evenement
from records.references import parse_reference
from records.store import valeurs
from records.store.perimetres import narrow
from socle.db import ReadSession
from socle.errors import NotFoundError


def row_of(
    session: ReadSession,
    reference: str,
    perimetre: Perimetre,
    *,
    is_locked: bool = False,
) -> t.Evenement:
    """Return the row of a reference; `NotFoundError` when foreign or inexistent."""
    canonical = parse_reference(reference) or reference
    statement = sa.select(t.Evenement).where(t.Evenement.reference == canonical)
    if is_locked:
        # two changes of one event are derived one after the other
        statement = statement.with_for_update()
    row = session.scalar(narrow(statement, t.Evenement, perimetre))
    if row is None:
        raise NotFoundError("introuvable", "Aucun évènement à cette référence.")
    return row


def row_by_id(
    session: ReadSession, evenement_id: int, perimetre: Perimetre
) -> t.Evenement:
    """Return the row of an identifier; `NotFoundError` when foreign or inexistent."""
    statement = sa.select(t.Evenement).where(t.Evenement.id == evenement_id)
    row = session.scalar(narrow(statement, t.Evenement, perimetre))
    if row is None:
        raise NotFoundError("introuvable", "Aucun évènement à cette référence.")
    return row


def _with_consequences(
    session: ReadSession, rows: list[t.Evenement]
) -> tuple[Evenement, ...]:
    found: dict[int, list[t.Consequence]] = {row.id: [] for row in rows}
    statement = (
        sa.select(t.Consequence)
        .where(t.Consequence.evenement_id.in_(found))
        .order_by(t.Consequence.debut, t.Consequence.id)
    )
    for consequence in session.scalars(statement):
        found[consequence.evenement_id].append(consequence)
    return tuple(valeurs.evenement(row, found[row.id]) for row in rows)


def by_id(session: ReadSession, evenement_id: int) -> Evenement:
    """Return an event already known to be visible, with its conséquences."""
    row = session.get(t.Evenement, evenement_id)
    if row is None:
        raise NotFoundError("introuvable", "Cet évènement n'existe pas.")
    return _with_consequences(session, [row])[0]


def by_ids(session: ReadSession, ids: list[int]) -> dict[int, Evenement]:
    """Return events already known to be visible, by id."""
    rows = list(session.scalars(sa.select(t.Evenement).where(t.Evenement.id.in_(ids))))
    return {e.id: e for e in _with_consequences(session, rows)}


def of_agents(session: ReadSession, ids: list[int]) -> tuple[Evenement, ...]:
    """Return every event of these agents, newest first, with their conséquences."""
    rows = session.scalars(
        sa.select(t.Evenement)
        .where(t.Evenement.agent_id.in_(ids))
        .order_by(t.Evenement.date_survenance.desc(), t.Evenement.id)
    )
    return _with_consequences(session, list(rows))


def get(session: ReadSession, reference: str, perimetre: Perimetre) -> Evenement:
    """Return an event; `NotFoundError` when foreign or inexistent."""
    row = row_of(session, reference, perimetre)
    return _with_consequences(session, [row])[0]
