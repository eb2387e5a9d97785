"""The one function that narrows every query to what an identity may see."""

from typing import Any, TypeVar

import sqlalchemy as sa

from records import tables as t
from records.comptes import Perimetre

# SQLAlchemy types a select by the tuple of its columns, which a bound cannot name.
Q = TypeVar("Q", bound=sa.sql.base.Executable)


def narrow(
    statement: Q,
    table: Any,  # noqa: ANN401 - any mapped class of the register
    perimetre: Perimetre,
) -> Q:
    """Keep only the rows of `table` inside the perimeter.

    A table is tied to its collectivité by `collectivite_id` (its own `id` for
    `Collectivite`); to a service by its agent. A row tied to no collectivité is seen only
    by those who see them all.
    """
    kept: Any = statement
    if perimetre.collectivites is not None:
        column = table.id if table is t.Collectivite else table.collectivite_id
        kept = kept.where(column.in_(sorted(perimetre.collectivites)))
    if perimetre.services is not None:
        kept = _narrow_services(kept, table, perimetre.services)
    if table is t.Justificatif and not perimetre.has_secret_medical:
        kept = kept.where(t.Justificatif.secret_medical.is_(False))
    return kept  # type: ignore[no-any-return]


def _narrow_services(
    statement: Any,  # noqa: ANN401 - a select
    table: Any,  # noqa: ANN401 - any mapped class of the register
    services: frozenset[int],
) -> Any:  # noqa: ANN401 - the same select
    if table is t.Service:
        return statement.where(t.Service.id.in_(sorted(services)))
    if table is t.Agent:
        return statement.where(t.Agent.service_id.in_(sorted(services)))
    if hasattr(table, "agent_id"):
        agents = sa.select(t.Agent.id).where(t.Agent.service_id.in_(sorted(services)))
        return statement.where(table.agent_id.in_(agents))
    if hasattr(table, "evenement_id"):
        # a task about no event belongs to the whole collectivité, not to a service
        inside = (
            sa.select(t.Evenement.id)
            .join(t.Agent, t.Agent.id == t.Evenement.agent_id)
            .where(t.Agent.service_id.in_(sorted(services)))
        )
        return statement.where(table.evenement_id.in_(inside))
    return statement
