"""Agents on leave who pass to half pay or exhaust their rights in the next thirty days."""

import asyncio
import dataclasses
import datetime as dt
from dataclasses import dataclass

from aiohttp import web

from records.droits import AvisArret, simulate
from records.historiques import LigneHistorique, situation_of
from records.parties import Agent
from records.periodes import Periode
from records.store import agents, collectivites, simulations
from socle.db import ReadSession
from socle.errors import VaguemestreError
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal.page import is_fragment, show

JOURS = dt.timedelta(days=30)
MAX_AGENTS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerte:
    """What happens to an agent, and when; `is_suppose` if only by a prolongation."""

    agent: Agent
    jour: dt.date
    nature: str
    fin: dt.date
    is_epuisement: bool
    is_suppose: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Alertes:
    """The alerts of one person, the nearest first."""

    alertes: tuple[Alerte, ...]
    jusqu_au: dt.date
    illisibles: int
    is_partiel: bool
    lieux: dict[int, str]


EnArret = list[tuple[Agent, tuple[LigneHistorique, ...]]]


def _on_leave(
    session: ReadSession, ctx: Contexte
) -> tuple[EnArret, dict[int, str], bool]:
    """Read the agents on leave today, with what their rights depend on."""
    ids = simulations.on_leave(session, ctx.perimetre, ctx.today, limite=MAX_AGENTS + 1)
    people = agents.by_ids(session, ids[:MAX_AGENTS])
    history = simulations.history(session, people)
    homes = collectivites.listing(session, ctx.perimetre)
    names = {home.id: home.nom for home in homes} if len(homes) > 1 else {}
    found = [(person, history[one]) for one, person in people.items()]
    return found, names, len(ids) > MAX_AGENTS


def foreseen(found: EnArret, on: dt.date) -> tuple[tuple[Alerte, ...], int]:
    """Return the alerts, the nearest first, and how many agents cannot be computed."""
    alertes, unread = [], 0
    for agent, lines in found:
        try:
            alertes += _of(agent, tuple(line.avis for line in lines), on)
        except VaguemestreError:
            unread += 1
    return tuple(sorted(alertes, key=lambda a: (a.jour, a.agent.libelle))), unread


def _of(agent: Agent, avis: tuple[AvisArret, ...], on: dt.date) -> list[Alerte]:
    running = next((one for one in avis if on in one.periode), None)
    if running is None:
        return []
    last = on + JOURS
    # what follows the leave that runs is looked at as its prolongation
    chain = [one for one in avis if one.periode.debut >= running.periode.debut]
    fin = max(one.periode.fin for one in chain if one.nature == running.nature)
    arret = dataclasses.replace(
        running, periode=Periode(running.periode.debut, max(fin, last))
    )
    past = tuple(one for one in avis if one.periode.fin <= running.periode.debut)
    result = simulate(situation_of(agent), past, arret)
    marks = (
        (result.passage_demi_traitement, False),
        (result.epuisement_le, True),
    )
    return [
        Alerte(
            agent=agent,
            jour=day,
            nature=running.nature,
            fin=fin - dt.timedelta(days=1),
            is_epuisement=is_over,
            is_suppose=day >= fin,
        )
        for day, is_over in marks
        if day is not None and on <= day <= last
    ]


async def read(request: web.Request) -> Alertes:
    """Compute the alerts of the person who asks, away from the loop."""
    ctx = contexte_of(request)
    found, names, is_cut = await request.app[SERVICES].db.aread(_on_leave, ctx)
    alertes, unread = await asyncio.to_thread(foreseen, found, ctx.today)
    return Alertes(
        alertes=alertes,
        jusqu_au=ctx.today + JOURS,
        illisibles=unread,
        is_partiel=is_cut,
        lieux=names,
    )


async def get_alertes(request: web.Request) -> web.Response:
    """Show the alerts: a page, or the part of the home page."""
    page = "_alertes.html" if is_fragment(request) else "alertes.html"
    return await show(request, page, a=await read(request))
