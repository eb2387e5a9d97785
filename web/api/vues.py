"""Views of the register: request → model → one transaction → JSON. Five lines each."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from aiohttp import hdrs, web

from socle.db import ReadSession, WriteSession
from web.api import corbeille, exigences, prises, referentiel, sinistres
from web.api import models as m
from web.api.conflits import with_present_state
from web.api.contexte import Contexte, contexte_of
from web.api.forms import read_body, read_query
from web.keys import SERVICES

P = ParamSpec("P")
Json = dict[str, Any]


def reply(value: Any, status: int = 200) -> web.Response:  # noqa: ANN401 - JSON
    """Answer JSON in UTF-8."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return web.Response(text=text, status=status, content_type="application/json")


async def look(
    request: web.Request,
    function: Callable[Concatenate[ReadSession, Contexte, P], Json],
    *args: P.args,
    **kwargs: P.kwargs,
) -> web.Response:
    """Answer what `function(session, contexte, …)` reads."""
    db = request.app[SERVICES].db
    return reply(await db.aread(function, contexte_of(request), *args, **kwargs))


async def change(
    request: web.Request,
    function: Callable[Concatenate[WriteSession, Contexte, P], Json],
    *args: P.args,
    **kwargs: P.kwargs,
) -> web.Response:
    """Answer what `function(session, contexte, …)` made, as one transaction."""
    db = request.app[SERVICES].db
    work = db.awrite(function, contexte_of(request), *args, **kwargs)
    return reply(await with_present_state(request, work))


async def think(
    request: web.Request,
    function: Callable[Concatenate[WriteSession, Contexte, P], Json],
    *args: P.args,
    **kwargs: P.kwargs,
) -> web.Response:
    """Do what `change` does for acts that judge a paper again: not on the loop."""
    db = request.app[SERVICES].db
    ctx = contexte_of(request)
    work = asyncio.to_thread(lambda: db.write(function, ctx, *args, **kwargs))
    # once begun, the departure of the caller cuts nothing
    done = asyncio.shield(asyncio.ensure_future(work))
    return reply(await with_present_state(request, done))


async def create(
    request: web.Request,
    function: Callable[Concatenate[WriteSession, Contexte, P], Json],
    *args: P.args,
    **kwargs: P.kwargs,
) -> web.Response:
    """Do what `change` does, and answer 201 with the address of what was made."""
    db = request.app[SERVICES].db
    work = db.awrite(function, contexte_of(request), *args, **kwargs)
    made = await with_present_state(request, work)
    response = reply(made, 201)
    if "reference" in made:
        response.headers[hdrs.LOCATION] = f"{request.path}/{made['reference']}"
    return response


def reference(request: web.Request, name: str = "reference") -> str:
    """Return the reference of the address."""
    return request.match_info[name]


# --- reference data -----------------------------------------------------------


async def list_collectivites(request: web.Request) -> web.Response:
    """List the collectivités one may see."""
    asked = read_query(request, m.ParReferenceExterne)
    return await look(request, referentiel.list_collectivites, asked)


async def create_collectivite(request: web.Request) -> web.Response:
    """Create a collectivité."""
    given = await read_body(request, m.CollectiviteEntree)
    return await create(request, referentiel.create_collectivite, given)


async def get_collectivite(request: web.Request) -> web.Response:
    """Show one collectivité."""
    return await look(request, referentiel.get_collectivite, reference(request))


async def change_collectivite(request: web.Request) -> web.Response:
    """Change one collectivité."""
    given = await read_body(request, m.CollectiviteChangement)
    return await change(
        request, referentiel.change_collectivite, reference(request), given
    )


async def list_services(request: web.Request) -> web.Response:
    """List services."""
    asked = read_query(request, m.ServiceRecherche)
    return await look(request, referentiel.list_services, asked)


async def create_service(request: web.Request) -> web.Response:
    """Create a service."""
    given = await read_body(request, m.ServiceEntree)
    return await create(request, referentiel.create_service, given)


async def get_service(request: web.Request) -> web.Response:
    """Show one service."""
    return await look(request, referentiel.get_service, reference(request))


async def change_service(request: web.Request) -> web.Response:
    """Change one service."""
    given = await read_body(request, m.ServiceChangement)
    return await change(request, referentiel.change_service, reference(request), given)


async def list_agents(request: web.Request) -> web.Response:
    """List or search agents."""
    asked = read_query(request, m.AgentRecherche)
    return await look(request, referentiel.list_agents, asked)


async def create_agent(request: web.Request) -> web.Response:
    """Create an agent."""
    given = await read_body(request, m.AgentEntree)
    return await create(request, referentiel.create_agent, given)


async def get_agent(request: web.Request) -> web.Response:
    """Show one agent."""
    return await look(request, referentiel.get_agent, reference(request))


async def change_agent(request: web.Request) -> web.Response:
    """Change one agent."""
    given = await read_body(request, m.AgentChangement)
    return await change(request, referentiel.change_agent, reference(request), given)


async def get_natures(request: web.Request) -> web.Response:
    """Give the vocabulary from which forms are drawn."""
    return reply(referentiel.lexique(contexte_of(request)))


# --- the event record ---------------------------------------------------------


async def list_evenements(request: web.Request) -> web.Response:
    """List events."""
    asked = read_query(request, m.EvenementRecherche)
    return await look(request, sinistres.list_evenements, asked)


async def create_evenement(request: web.Request) -> web.Response:
    """Declare an event: its requirements open by themselves."""
    given = await read_body(request, m.EvenementEntree)
    return await create(request, sinistres.create_evenement, given)


async def get_evenement(request: web.Request) -> web.Response:
    """Show the fiche évènement unique, today or as known on a past day."""
    asked = read_query(request, m.FicheAu)
    return await look(request, sinistres.fiche_on, reference(request), asked)


async def change_evenement(request: web.Request) -> web.Response:
    """Change an event; its requirements are derived again."""
    given = await read_body(request, m.EvenementChangement)
    return await change(request, sinistres.change_evenement, reference(request), given)


async def close_evenement(request: web.Request) -> web.Response:
    """Close a file."""
    given = await read_body(request, m.ClotureEntree)
    return await change(request, sinistres.close_evenement, reference(request), given)


async def list_consequences(request: web.Request) -> web.Response:
    """List the conséquences of an event."""
    return await look(request, sinistres.list_consequences, reference(request))


async def create_consequence(request: web.Request) -> web.Response:
    """Add a conséquence."""
    given = await read_body(request, m.ConsequenceEntree)
    return await create(
        request, sinistres.create_consequence, reference(request), given
    )


async def change_consequence(request: web.Request) -> web.Response:
    """Change a conséquence."""
    given = await read_body(request, m.ConsequenceChangement)
    return await change(
        request,
        sinistres.change_consequence,
        reference(request),
        reference(request, "consequence"),
        given,
    )


async def get_salaires(request: web.Request) -> web.Response:
    """Show the pay elements of an event."""
    return await look(request, sinistres.get_salaires, reference(request))


async def set_salaires(request: web.Request) -> web.Response:
    """Enter the pay elements of an event."""
    given = await read_body(request, m.SalairesEntree)
    return await change(request, sinistres.set_salaires, reference(request), given)


async def list_recours(request: web.Request) -> web.Response:
    """List the recours of an event."""
    return await look(request, sinistres.list_recours, reference(request))


async def create_recours(request: web.Request) -> web.Response:
    """Save or send a recours."""
    given = await read_body(request, m.RecoursEntree)
    return await create(request, sinistres.create_recours, reference(request), given)


async def change_recours(request: web.Request) -> web.Response:
    """Change a recours."""
    given = await read_body(request, m.RecoursChangement)
    return await change(
        request,
        sinistres.change_recours,
        reference(request),
        reference(request, "recours"),
        given,
    )


# --- requirements -------------------------------------------------------------


async def list_pieces(request: web.Request) -> web.Response:
    """List requirements."""
    asked = read_query(request, m.PieceRecherche)
    return await look(request, exigences.list_pieces, asked)


async def create_piece(request: web.Request) -> web.Response:
    """Open a requirement by hand."""
    given = await read_body(request, m.PieceEntree)
    return await create(request, exigences.create_piece, given)


async def get_piece(request: web.Request) -> web.Response:
    """Show one requirement."""
    return await look(request, exigences.get_piece, reference(request))


async def waive_piece(request: web.Request) -> web.Response:
    """Waive a requirement."""
    given = await read_body(request, m.Acte)
    return await change(request, exigences.waive_piece, reference(request), given.motif)


async def reopen_piece(request: web.Request) -> web.Response:
    """Open a requirement again."""
    given = await read_body(request, m.Acte)
    return await change(
        request, exigences.reopen_piece, reference(request), given.motif
    )


# --- the basket ---------------------------------------------------------------


async def get_actions(request: web.Request) -> web.Response:
    """Count what there is to do."""
    return await look(request, corbeille.count_actions)


async def list_actions(request: web.Request) -> web.Response:
    """List what there is to do, of one kind."""
    asked = read_query(request, m.ActionRecherche)
    return await look(
        request, corbeille.list_actions, reference(request, "typologie"), asked
    )


async def list_day(request: web.Request) -> web.Response:
    """List what was entered on a day."""
    asked = read_query(request, m.JourneeRecherche)
    return await look(request, corbeille.list_day, asked)


async def get_affectation(request: web.Request) -> web.Response:
    """Say who holds a line."""
    return await look(request, prises.show, reference(request))


async def take_line(request: web.Request) -> web.Response:
    """Take charge of a line."""
    return await change(request, prises.take, reference(request))


async def give_line_back(request: web.Request) -> web.Response:
    """Leave a line to the others."""
    return await change(request, prises.give_back, reference(request))


async def get_vues(request: web.Request) -> web.Response:
    """List the views kept of a list."""
    return await look(
        request, prises.list_views, read_query(request, prises.VueRecherche)
    )


async def post_vue(request: web.Request) -> web.Response:
    """Keep filters under a name."""
    return await create(
        request, prises.keep_view, await read_body(request, prises.VueEntree)
    )


async def delete_vue(request: web.Request) -> web.Response:
    """Forget a view."""
    return await change(
        request, prises.drop_view, read_query(request, prises.VueNommee)
    )
