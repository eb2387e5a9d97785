"""Agents found by name, and their page: their events, what is still asked of them."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from records.evenements import Evenement
from records.parties import Agent
from records.store import agents, collectivites, evenements, pieces, services
from records.store.pieces import FiltrePieces, LignePiece
from records.vocabulary import OPEN_PIECE_STATES
from socle.db import ReadSession
from socle.errors import RefusedError
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal import personnel_lu
from web.portal.page import show
from web.portal.presentation import valeur_champ

FOUND = 20
MAX_LINES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Recherche:
    """What a search by name found, or why it did not start."""

    q: str
    agents: tuple[Agent, ...] = ()
    total: int = 0
    suivant: str | None = None
    conseil: str = ""
    lieux: dict[int, str] | None = None


def search(
    session: ReadSession, ctx: Contexte, q: str, curseur: str | None
) -> Recherche:
    """Search agents from three characters of any of their names."""
    if not q:
        return Recherche(q="")
    try:
        found = agents.search(
            session,
            perimetre=ctx.perimetre,
            q=q,
            curseur=ctx.open_cursor(curseur),
            limite=FOUND,
        )
    except RefusedError as error:
        return Recherche(q=q, conseil=error.detail)
    homes = collectivites.listing(session, ctx.perimetre)
    return Recherche(
        q=q,
        agents=tuple(found.rows),
        total=found.total,
        suivant=ctx.close_cursor(found.suivant),
        lieux={home.id: home.nom for home in homes} if len(homes) > 1 else {},
    )


async def get_agents(request: web.Request) -> web.Response:
    """Search an agent (S04)."""
    ctx, query = contexte_of(request), request.query
    q = query.get("q", "").strip()[:80]
    db = request.app[SERVICES].db
    found = await db.aread(search, ctx, q, query.get("curseur") or None)
    return await show(request, "recherche.html", r=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """An agent part by part, with the events and the open lines."""

    agent: Agent
    collectivite: str
    service: str
    parties: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]
    evenements: tuple[Evenement, ...]
    lignes: tuple[LignePiece, ...]


def of_agent(session: ReadSession, ctx: Contexte, reference: str) -> Dossier:
    """Read an agent's file; `NotFoundError` when foreign or inexistent."""
    agent = agents.find(session, reference, perimetre=ctx.perimetre)
    nirs = agents.masked_nirs(session, [agent.id], coffre=ctx.coffre)
    filtre = FiltrePieces(etats=OPEN_PIECE_STATES, agent=agent.reference)
    lines = pieces.listing(session, ctx.perimetre, filtre, limite=MAX_LINES)
    return Dossier(
        agent=agent,
        collectivite=collectivites.by_id(session, agent.collectivite_id).nom,
        service=services.label(session, agent.service_id),
        parties=_parts(agent, nirs.get(agent.id, "")),
        evenements=evenements.of_agents(session, [agent.id]),
        lignes=lines.elements,
    )


def _parts(
    agent: Agent, nir: str
) -> tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]:
    """Return the parts of an agent, the fields that are filled; the NIR masked."""
    found = []
    for partie, (titre, champs) in personnel_lu.PARTIES.items():
        values = personnel_lu.shown(agent, partie) | {"nir": nir}
        filled = [
            (libelle, _worded(genre, values[nom]))
            for nom, libelle, genre, *_ in champs
            if values[nom]
        ]
        found.append((partie, titre, tuple(filled)))
    return tuple(found)


def _worded(genre: Any, value: str) -> str:  # noqa: ANN401 - an input or its choices
    return (
        valeur_champ(value) if isinstance(genre, str) else dict(genre).get(value, value)
    )


async def get_agent(request: web.Request) -> web.Response:
    """Show an agent."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    found = await request.app[SERVICES].db.aread(of_agent, ctx, reference)
    return await show(request, "agent.html", d=found)
