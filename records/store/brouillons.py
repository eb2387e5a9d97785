"""Drafts of declarations: kept as typed, seen by who may see the agent."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from records import tables_espace as te
from records.comptes import Perimetre
from records.parties import Agent
from records.references import Sujet, new_reference, parse_reference
from records.store import agents
from records.store.agents import refuse_stale
from records.store.perimetres import narrow
from socle.db import ReadSession, WriteSession
from socle.errors import NotFoundError

MAX_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class BrouillonVu:
    """A draft with the agent it is about."""

    reference: str
    agent: Agent
    auteur: str
    champs: Mapping[str, Any]
    modifie_at: dt.datetime
    version: int


def keep(
    session: WriteSession,
    agent: Agent,
    champs: Mapping[str, Any],
    *,
    perimetre: Perimetre,
    auteur: str,
    now: dt.datetime,
    reference: str = "",
    version: int | None = None,
) -> str:
    """Write a draft (a new one without `reference`); return its reference.

    Raises `ConflictError` (`etat-modifie`) when someone wrote it in between.
    """
    if reference:
        row = _row(session, reference, perimetre)
        refuse_stale(row.version, version)
        row.version += 1
    else:
        row = te.Brouillon(
            reference=new_reference(Sujet.BROUILLON, now.year),
            collectivite_id=agent.collectivite_id,
            agent_id=agent.id,
            version=1,
        )
        session.add(row)
    row.auteur, row.champs, row.modifie_at = auteur, dict(champs), now
    session.flush()
    return row.reference


def get(session: ReadSession, reference: str, *, perimetre: Perimetre) -> BrouillonVu:
    """Return a draft; `NotFoundError` when foreign, declared since, or inexistent."""
    row = _row(session, reference, perimetre)
    return _value(row, agents.by_id(session, row.agent_id))


def drop(session: WriteSession, reference: str, *, perimetre: Perimetre) -> bool:
    """Remove a draft; False when it was no longer there."""
    try:
        session.delete(_row(session, reference, perimetre))
    except NotFoundError:
        return False
    session.flush()
    return True


def listing(session: ReadSession, perimetre: Perimetre) -> tuple[BrouillonVu, ...]:
    """Return the drafts one may see, the last touched first."""
    statement = (
        sa.select(te.Brouillon)
        .order_by(te.Brouillon.modifie_at.desc(), te.Brouillon.id)
        .limit(MAX_SHOWN)
    )
    rows = list(session.scalars(narrow(statement, te.Brouillon, perimetre)))
    people = agents.by_ids(session, [row.agent_id for row in rows])
    return tuple(_value(row, people[row.agent_id]) for row in rows)


def of_agent(
    session: ReadSession, agent_id: int, perimetre: Perimetre
) -> tuple[BrouillonVu, ...]:
    """Return the drafts about an agent already known to be visible."""
    return tuple(one for one in listing(session, perimetre) if one.agent.id == agent_id)


def _row(session: ReadSession, reference: str, perimetre: Perimetre) -> te.Brouillon:
    canonical = parse_reference(reference) or reference
    statement = sa.select(te.Brouillon).where(te.Brouillon.reference == canonical)
    row: te.Brouillon | None = session.scalar(
        narrow(statement, te.Brouillon, perimetre)
    )
    if row is None:
        raise NotFoundError("introuvable", "Aucun brouillon à cette référence.")
    return row


def _value(row: te.Brouillon, agent: Agent) -> BrouillonVu:
    return BrouillonVu(
        reference=row.reference,
        agent=agent,
        auteur=row.auteur,
        champs=dict(row.champs),
        modifie_at=row.modifie_at,
        version=row.version,
    )
