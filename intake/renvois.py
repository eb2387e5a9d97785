"""Deposits named by reference, listed, and found by the words read on their pages."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from intake import tables as t
from intake.depots import Depot, value
from records.comptes import Perimetre
from records.store.listes import Liste, bounded, count, decode, encode
from records.store.perimetres import narrow
from records.store.renvois import references_of
from records.vocabulary import EtatDepot
from socle.db import ReadSession

_MAX_WORDS = 8


def references(session: ReadSession, ids: Iterable[int | None]) -> dict[int, str]:
    """Return the references of deposits already known to be visible."""
    return references_of(session, t.Depot, ids)


def with_text(words: str) -> Any:  # noqa: ANN401 - a select of ids
    """Return the ids of the deposits on one page of which all these words were read."""
    statement = sa.select(t.Page.depot_id)
    for word in words.split()[:_MAX_WORDS]:
        statement = statement.where(t.Page.texte.icontains(word, autoescape=True))
    return statement.distinct()


def listing(
    session: ReadSession,
    *,
    perimetre: Perimetre,
    collectivite_id: int | None = None,
    etat: str | None = None,
    curseur: str | None = None,
    limite: int = 50,
) -> Liste[Depot]:
    """List deposits, the last received first."""
    statement = narrow(sa.select(t.Depot), t.Depot, perimetre)
    if collectivite_id is not None:
        statement = statement.where(t.Depot.collectivite_id == collectivite_id)
    if etat is not None:
        statement = statement.where(t.Depot.etat == etat)
    total = count(session, statement)
    if curseur:
        (seen,) = decode(curseur, (int,))
        statement = statement.where(t.Depot.id < seen)
    size = bounded(limite)
    rows = session.scalars(statement.order_by(t.Depot.id.desc()).limit(size + 1)).all()
    suivant = encode((rows[size - 1].id,)) if len(rows) > size else None
    return Liste([value(row) for row in rows[:size]], suivant, total)


def backlog(session: ReadSession) -> tuple[int, dt.datetime | None]:
    """Return how many deposits wait for their end, and since when the oldest does."""
    unfinished = (EtatDepot.RECU.code, EtatDepot.EN_COURS.code)
    row = session.execute(
        sa.select(sa.func.count(), sa.func.min(t.Depot.recu_at)).where(
            t.Depot.etat.in_(unfinished)
        )
    ).one()
    return row[0], row[1]
