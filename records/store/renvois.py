"""References ⇄ identifiers: what people write, and what rows point at."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from records import tables as t
from records.comptes import Perimetre
from records.references import parse_reference
from records.store.perimetres import narrow
from socle.db import ReadSession
from socle.errors import NotFoundError

_LABELS = {
    t.Collectivite: "collectivité",
    t.Service: "service",
    t.Agent: "agent",
    t.Evenement: "évènement",
    t.PieceAttendue: "pièce attendue",
    t.Justificatif: "document",
}


def id_of(
    session: ReadSession,
    table: Any,  # noqa: ANN401 - any mapped class with a reference
    reference: str,
    *,
    perimetre: Perimetre,
) -> int:
    """Return the row of a reference; `NotFoundError` when foreign or inexistent."""
    canonical = parse_reference(reference) or reference
    statement = sa.select(table.id).where(table.reference == canonical)
    found = session.scalar(narrow(statement, table, perimetre))
    if found is None:
        label = _LABELS.get(table, "objet")
        raise NotFoundError("introuvable", f"Aucun {label} à cette référence.")
    return int(found)


def references_of(
    session: ReadSession,
    table: Any,  # noqa: ANN401 - any mapped class with a reference
    ids: Iterable[int | None],
) -> dict[int, str]:
    """Return the references of rows already known to be visible."""
    wanted = {i for i in ids if i is not None}
    if not wanted:
        return {}
    rows = session.execute(
        sa.select(table.id, table.reference).where(table.id.in_(sorted(wanted)))
    )
    return {row[0]: row[1] for row in rows}


def consequences(session: ReadSession, ids: Iterable[int | None]) -> dict[int, str]:
    """Return the references of conséquences."""
    return references_of(session, t.Consequence, ids)


def agents(session: ReadSession, ids: Iterable[int | None]) -> dict[int, str]:
    """Return the references of agents."""
    return references_of(session, t.Agent, ids)


def evenements(session: ReadSession, ids: Iterable[int | None]) -> dict[int, str]:
    """Return the references of events."""
    return references_of(session, t.Evenement, ids)


def collectivites(session: ReadSession, ids: Iterable[int | None]) -> dict[int, str]:
    """Return the references of collectivités."""
    return references_of(session, t.Collectivite, ids)


def services(session: ReadSession, ids: Iterable[int | None]) -> dict[int, str]:
    """Return the references of services."""
    return references_of(session, t.Service, ids)


def pieces(session: ReadSession, ids: Iterable[int | None]) -> dict[int, str]:
    """Return the references of requirements."""
    return references_of(session, t.PieceAttendue, ids)


def find_collectivite(
    session: ReadSession, reference: str | None, perimetre: Perimetre
) -> int | None:
    """Return the id of a collectivité named in a filter; None when none is named."""
    return _found(session, t.Collectivite, reference, perimetre)


def find_agent(
    session: ReadSession, reference: str | None, perimetre: Perimetre
) -> int | None:
    """Return the id of an agent named in a filter; None when none is named."""
    return _found(session, t.Agent, reference, perimetre)


def find_evenement(
    session: ReadSession, reference: str | None, perimetre: Perimetre
) -> int | None:
    """Return the id of an event named in a filter; None when none is named."""
    return _found(session, t.Evenement, reference, perimetre)


def find_piece(
    session: ReadSession, reference: str | None, perimetre: Perimetre
) -> int | None:
    """Return the id of a requirement named in a filter; None when none is named."""
    return _found(session, t.PieceAttendue, reference, perimetre)


def _found(
    session: ReadSession,
    table: Any,  # noqa: ANN401 - any mapped class with a reference
    reference: str | None,
    perimetre: Perimetre,
) -> int | None:
    if reference is None:
        return None
    return id_of(session, table, reference, perimetre=perimetre)


def justificatifs(session: ReadSession, ids: Iterable[int | None]) -> dict[int, str]:
    """Return the references of papers."""
    return references_of(session, t.Justificatif, ids)


def sees_every_paper(
    session: ReadSession, depot_id: int, *, perimetre: Perimetre
) -> bool:
    """Tell whether nothing of a deposit is kept from this person."""
    whole = (
        sa.select(sa.func.count())
        .select_from(t.Justificatif)
        .where(t.Justificatif.depot_id == depot_id)
    )
    visible = narrow(whole, t.Justificatif, perimetre)
    return session.scalar(whole) == session.scalar(visible)
