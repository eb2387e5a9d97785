"""Spells of leave read from the register, narrowed by the perimeter."""

import sqlalchemy as sa

from records import tables as t
from records.arrets import ARRETS, Arret, spells
from records.comptes import Perimetre
from records.periodes import Periode
from records.store import evenements, valeurs
from records.store.perimetres import narrow
from socle.db import ReadSession

_BATCH = 500


def touching(
    session: ReadSession,
    perimetre: Perimetre,
    periode: Periode,
    *,
    collectivite_id: int | None = None,
) -> list[Arret]:
    """Return the spells that have a day in a period, by event and day.

    A spell is returned whole, even when its first avis is older than the period.
    """
    found = [
        arret
        for ids in _batches(_events(session, perimetre, periode, collectivite_id))
        for arret in _spells(session, ids)
        if arret.periode.overlap(periode)
    ]
    return sorted(found, key=lambda a: (a.periode.debut, a.evenement.id))


def _events(
    session: ReadSession,
    perimetre: Perimetre,
    periode: Periode,
    collectivite_id: int | None,
) -> list[int]:
    c, e = t.Consequence, t.Evenement
    inside = (
        sa.select(c.evenement_id)
        .where(c.type.in_(ARRETS), c.debut < periode.fin, c.fin > periode.debut)
        .distinct()
    )
    statement = narrow(sa.select(e.id).where(e.id.in_(inside)), e, perimetre)
    if collectivite_id is not None:
        statement = statement.where(e.collectivite_id == collectivite_id)
    return list(session.scalars(statement.order_by(e.id)))


def _batches(ids: list[int]) -> list[list[int]]:
    return [ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH)]


def _spells(session: ReadSession, ids: list[int]) -> list[Arret]:
    events = evenements.by_ids(session, ids)
    agent_ids = {event.agent_id for event in events.values()}
    rows = session.execute(
        sa.select(t.Agent, t.Service.libelle)
        .outerjoin(t.Service, t.Service.id == t.Agent.service_id)
        .where(t.Agent.id.in_(agent_ids))
    ).all()
    people = {row[0].id: (valeurs.agent(row[0]), row[1]) for row in rows}
    return [
        arret
        for event in events.values()
        for arret in spells(event, *people[event.agent_id])
    ]
