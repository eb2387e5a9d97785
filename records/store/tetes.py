"""The head of a list over several collectivités, each giving its own first rows.

An index that starts by the collectivité gives the list of one of them in order. Asked for
thirty at once, planners read everything and sort it (15 s for a million papers on SQLite).
So each collectivité gives the head of its list, by its index, and only heads are sorted:
as many short walks as collectivités, whatever they hold (decision 0024).
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from records import tables as t
from records.comptes import Perimetre
from records.store.perimetres import narrow
from socle.db import ReadSession


def head(
    session: ReadSession,
    kept: Any,  # noqa: ANN401 - a select of `table.id`, with its filters
    table: Any,  # noqa: ANN401 - a mapped class with `collectivite_id`
    order: Sequence[Any],
    perimetre: Perimetre,
    limite: int,
) -> Any:  # noqa: ANN401 - a select
    """Select the `limite` first ids of `table` inside the perimeter, by `order`."""
    if perimetre.collectivites is None or len(perimetre.collectivites) == 1:
        found = narrow(kept, table, perimetre)
    else:
        heads = _heads(session, kept, table, order, perimetre, limite)
        found = kept.where(table.id.in_(heads))
    return found.order_by(*order).limit(limite).correlate(None)


def _heads(
    session: ReadSession,
    kept: Any,  # noqa: ANN401 - a select
    table: Any,  # noqa: ANN401 - a mapped class
    order: Sequence[Any],
    perimetre: Perimetre,
    limite: int,
) -> Any:  # noqa: ANN401 - a select of ids
    """Select the first ids of each collectivité: more than the page needs, never less."""
    homes = narrow(sa.select(t.Collectivite.id), t.Collectivite, perimetre)
    home = homes.correlate(None).subquery("lieu")
    inside = dataclasses.replace(perimetre, collectivites=None)
    own = (
        narrow(kept, table, inside)
        .where(table.collectivite_id == home.c.id)
        .order_by(*order)
        .limit(limite)
        .correlate(home)
    )
    if session.get_bind().dialect.name == "postgresql":
        side = own.lateral("tete")
        found = sa.select(side.c.id).select_from(home).join(side, sa.true())
    else:
        # SQLite has no LATERAL; a correlated list, searched by identifier, is one
        side = aliased(table)
        found = sa.select(side.id).select_from(home).join(side, side.id.in_(own))
    return found.correlate(None)
