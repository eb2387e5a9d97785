"""Pages of collectivités, services and events, narrowed to what one may see."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from records import tables as t
from records.comptes import Perimetre
from records.evenements import Evenement
from records.parties import Collectivite
from records.references import parse_reference
from records.store import curseurs, valeurs
from records.store.curseurs import PageDe
from records.store.perimetres import narrow
from records.store.services import ServiceVu
from records.store.services import _value as service_value
from socle.db import ReadSession
from socle.errors import RefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Demande:
    """One page asked: where it starts, how long, and the caller's own reference."""

    curseur: str | None = None
    limite: int = 50
    reference_externe: str | None = None


def collectivites(
    session: ReadSession, perimetre: Perimetre, demande: Demande
) -> PageDe[Collectivite]:
    """Return one page of collectivités, by name."""
    statement = narrow(sa.select(t.Collectivite), t.Collectivite, perimetre)
    found = _page(session, statement, t.Collectivite, [t.Collectivite.nom], demande)
    return _valued(found, valeurs.collectivite)


def services(
    session: ReadSession,
    perimetre: Perimetre,
    demande: Demande,
    *,
    collectivite: str | None = None,
) -> PageDe[ServiceVu]:
    """Return one page of services, by code."""
    statement = narrow(sa.select(t.Service), t.Service, perimetre)
    statement = _within(statement, t.Service, collectivite)
    found = _page(session, statement, t.Service, [t.Service.code], demande)
    return _valued(found, service_value)


def evenements(
    session: ReadSession,
    perimetre: Perimetre,
    demande: Demande,
    *,
    collectivite: str | None = None,
    agent: str | None = None,
    nature: str | None = None,
    etat: str | None = None,
) -> PageDe[Evenement]:
    """Return one page of events, the last happened first; conséquences left out."""
    e = t.Evenement
    statement = narrow(sa.select(e), e, perimetre)
    statement = _within(statement, e, collectivite)
    if agent is not None:
        ids = sa.select(t.Agent.id).where(t.Agent.reference == _canonical(agent))
        statement = statement.where(e.agent_id.in_(ids))
    if nature is not None:
        statement = statement.where(e.nature == nature)
    if etat is not None:
        statement = statement.where(e.etat == etat)
    found = _page(session, statement, e, [e.date_survenance], demande, descending=True)
    return _valued(found, valeurs.evenement)


def same_event(
    session: ReadSession, agent_id: int, nature: str, day: dt.date
) -> str | None:
    """Return the event already declared for this agent, nature and day."""
    e = t.Evenement
    statement = sa.select(e.reference).where(
        e.agent_id == agent_id, e.nature == nature, e.date_survenance == day
    )
    found: str | None = session.scalar(statement.order_by(e.id).limit(1))
    return found


def _canonical(reference: str) -> str:
    return parse_reference(reference) or reference


def _within(statement: Any, table: Any, collectivite: str | None) -> Any:  # noqa: ANN401
    if collectivite is None:
        return statement
    ids = sa.select(t.Collectivite.id).where(
        t.Collectivite.reference == _canonical(collectivite)
    )
    return statement.where(table.collectivite_id.in_(ids))


def _page(
    session: ReadSession,
    statement: Any,  # noqa: ANN401 - a select of `table`
    table: Any,  # noqa: ANN401 - any mapped class with a reference
    order: list[Any],
    demande: Demande,
    *,
    descending: bool = False,
) -> PageDe[Any]:
    if demande.reference_externe is not None:
        statement = statement.where(
            table.reference_externe == demande.reference_externe
        )
    total = session.scalar(sa.select(sa.func.count()).select_from(statement.subquery()))
    limite = curseurs.bounded(demande.limite)
    columns = [*order, table.id]
    if demande.curseur:
        first, last = curseurs.decode(demande.curseur, 2)
        values = [_typed(order[0], first), _typed(table.id, last)]
        keep = curseurs.before if descending else curseurs.after
        statement = statement.where(keep(columns, values))
    if descending:
        columns = [column.desc() for column in columns]
    rows = session.scalars(statement.order_by(*columns).limit(limite + 1)).all()
    suivant = None
    if len(rows) > limite:
        kept = rows[limite - 1]
        suivant = curseurs.encode(getattr(kept, order[0].key), kept.id)
    return PageDe(elements=tuple(rows[:limite]), suivant=suivant, total=total or 0)


def _typed(column: Any, text: str) -> Any:  # noqa: ANN401 - a value of that column
    kind = column.type.python_type
    try:
        return dt.date.fromisoformat(text) if kind is dt.date else kind(text)
    except ValueError as error:
        raise RefusedError(
            "curseur-invalide", "Cette page de liste n'existe pas. Revenez au début."
        ) from error


def _valued(found: PageDe[Any], build: Any) -> PageDe[Any]:  # noqa: ANN401 - row → value
    return PageDe(
        elements=tuple(build(row) for row in found.elements),
        suivant=found.suivant,
        total=found.total,
    )
