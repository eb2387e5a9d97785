"""Simulations kept on disk, and the past leaves of the agents they are about.

A kept simulation never changes: it is what was asked, what was answered, and by which
version of the rules.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from records import tables as t
from records import tables_espace as te
from records.comptes import Perimetre
from records.historiques import LEAVES, LigneHistorique, lines_of
from records.journal import FaitNouveau, Tag
from records.parties import Agent
from records.references import Sujet, new_reference, parse_reference
from records.store import agents, evenements, journal
from records.store.perimetres import narrow
from socle.db import ReadSession, WriteSession
from socle.errors import NotFoundError

if TYPE_CHECKING:
    from records.evenements import Evenement

MAX_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationGardee:
    """A kept simulation, with its agent when it is about one of the register."""

    reference: str
    collectivite_id: int
    agent: Agent | None
    auteur: str
    entrees: Mapping[str, Any]
    resultat: Mapping[str, Any]
    version_regles: str
    cree_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationNouvelle:
    """A simulation to keep, in a collectivité already known to be visible."""

    collectivite_id: int
    agent_id: int | None
    entrees: Mapping[str, Any]
    resultat: Mapping[str, Any]
    version_regles: str


def keep(
    session: WriteSession,
    nouvelle: SimulationNouvelle,
    *,
    auteur: str,
    now: dt.datetime,
) -> str:
    """Write a simulation and its fact; return its reference."""
    row = te.Simulation(
        reference=new_reference(Sujet.SIMULATION, now.year),
        collectivite_id=nouvelle.collectivite_id,
        agent_id=nouvelle.agent_id,
        auteur=auteur,
        entrees=dict(nouvelle.entrees),
        resultat=dict(nouvelle.resultat),
        version_regles=nouvelle.version_regles,
        cree_at=now,
    )
    session.add(row)
    session.flush()
    fait = FaitNouveau(
        tag=Tag.SIMULATION_CONSERVEE,
        sujet=row.reference,
        auteur=auteur,
        collectivite_id=row.collectivite_id,
    )
    journal.append(session, fait, now)
    return row.reference


def get(
    session: ReadSession, reference: str, *, perimetre: Perimetre, auteur: str
) -> SimulationGardee:
    """Return a simulation; `NotFoundError` when foreign or inexistent."""
    canonical = parse_reference(reference) or reference
    statement = sa.select(te.Simulation).where(te.Simulation.reference == canonical)
    row = session.scalar(_visible(statement, perimetre, auteur))
    if row is None:
        raise NotFoundError("introuvable", "Aucune simulation à cette référence.")
    people = agents.by_ids(session, [row.agent_id] if row.agent_id else [])
    return _value(row, people)


def listing(
    session: ReadSession, *, perimetre: Perimetre, auteur: str
) -> tuple[SimulationGardee, ...]:
    """Return the last simulations kept, the newest first."""
    statement = (
        sa.select(te.Simulation)
        .order_by(te.Simulation.cree_at.desc(), te.Simulation.id.desc())
        .limit(MAX_SHOWN)
    )
    rows = list(session.scalars(_visible(statement, perimetre, auteur)))
    people = agents.by_ids(session, [row.agent_id for row in rows if row.agent_id])
    return tuple(_value(row, people) for row in rows)


def history(
    session: ReadSession, ids: Iterable[int]
) -> dict[int, tuple[LigneHistorique, ...]]:
    """Return the past leaves of agents already known to be visible, by agent."""
    wanted = list(ids)
    found: dict[int, list[Evenement]] = {one: [] for one in wanted}
    for event in evenements.of_agents(session, wanted):
        found[event.agent_id].append(event)
    return {one: lines_of(events) for one, events in found.items()}


def on_leave(
    session: ReadSession, perimetre: Perimetre, on: dt.date, *, limite: int
) -> list[int]:
    """Return the agents one may see whose leave runs on a day, at most `limite`."""
    statement = (
        sa.select(t.Evenement.agent_id)
        .join(t.Consequence, t.Consequence.evenement_id == t.Evenement.id)
        .where(
            t.Consequence.type.in_(LEAVES),
            t.Consequence.debut <= on,
            t.Consequence.fin > on,
        )
        .distinct()
        .order_by(t.Evenement.agent_id)
        .limit(limite)
    )
    return list(session.scalars(narrow(statement, t.Evenement, perimetre)))


def _visible(statement: Any, perimetre: Perimetre, auteur: str) -> Any:  # noqa: ANN401
    """Narrow; one who sees services only also sees their own, about nobody known."""
    if perimetre.services is None:
        return narrow(statement, te.Simulation, perimetre)
    whole = replace(perimetre, services=None)
    about = sa.select(te.Simulation.id)
    inside = narrow(about, te.Simulation, perimetre)
    mine = narrow(about, te.Simulation, whole).where(
        te.Simulation.agent_id.is_(None), te.Simulation.auteur == auteur
    )
    return statement.where(
        sa.or_(te.Simulation.id.in_(inside), te.Simulation.id.in_(mine))
    )


def _value(row: te.Simulation, people: Mapping[int, Agent]) -> SimulationGardee:
    return SimulationGardee(
        reference=row.reference,
        collectivite_id=row.collectivite_id,
        agent=people.get(row.agent_id or 0),
        auteur=row.auteur,
        entrees=dict(row.entrees),
        resultat=dict(row.resultat),
        version_regles=row.version_regles,
        cree_at=row.cree_at,
    )


__all__ = [
    "LigneHistorique",
    "SimulationGardee",
    "SimulationNouvelle",
    "get",
    "history",
    "keep",
    "listing",
    "on_leave",
]
