"""A task about nothing we hold (a file not taken): read, then closed with a reason."""

from aiohttp import web

from records.store import taches
from records.store.taches import TacheVue
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, RefusedError
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal.forms import read_form, reason_of
from web.portal.page import see_other, show, tell


def _read(session: ReadSession, ctx: Contexte, reference: str) -> TacheVue:
    return taches.get(session, reference, ctx.perimetre)


async def get_tache(request: web.Request) -> web.Response:
    """Show a task and the way to close it."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    found = await request.app[SERVICES].db.aread(_read, ctx, reference)
    return await show(request, "tache.html", t=found)


def _close(
    session: WriteSession, ctx: Contexte, reference: str, motif: str
) -> TacheVue:
    if not motif:
        raise RefusedError("motif-obligatoire", "Dites ce qui a été fait.")
    return taches.close(
        session,
        reference,
        perimetre=ctx.perimetre,
        auteur=ctx.auteur,
        motif=motif,
        now=ctx.now,
    )


async def post_tache(request: web.Request) -> web.Response:
    """Close a task, with what was done."""
    ctx, form = contexte_of(request), await read_form(request)
    reference = request.match_info["reference"]
    try:
        db = request.app[SERVICES].db
        closed = await db.awrite(_close, ctx, reference, reason_of(form))
    except (RefusedError, ConflictError) as error:
        await tell(request, "erreur", error.detail)
        return see_other(f"/taches/{reference}")
    await tell(request, "bon", "C’est fait : la tâche est close, avec votre motif.")
    return see_other(f"/actions/{closed.typologie}")
