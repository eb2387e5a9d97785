"""Closing a file whose last leave is old (S01): the return is entered, or it is closed."""

from aiohttp import web

from records.store import clotures
from socle.db import ReadSession
from socle.errors import ConflictError, RefusedError
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal.forms import read_form, reason_of, version_of
from web.portal.modifier import Modification, open_page
from web.portal.page import see_other, show, tell
from web.problems import status_of

MOTIFS = (
    "L’agent a repris son service.",
    "L’agent a quitté la collectivité.",
    "Plus rien n’est attendu pour ce dossier.",
)


def _page(session: ReadSession, ctx: Contexte, reference: str) -> Modification:
    page = open_page(session, ctx, reference)
    page.lue.typed = {"version": str(page.evenement.version)}
    return page


async def get_cloturer(request: web.Request) -> web.Response:
    """Show what may end a file: a return to enter, or its closing."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    page = await request.app[SERVICES].db.aread(_page, ctx, reference)
    return await show(request, "cloturer.html", p=page, motifs=MOTIFS)


async def post_cloturer(request: web.Request) -> web.Response:
    """Close a file with its reason; already closed is told, and nothing is lost."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    form, db = await read_form(request), request.app[SERVICES].db
    try:
        await db.awrite(
            clotures.close, reference, motif=reason_of(form), perimetre=ctx.perimetre,
            auteur=ctx.auteur, now=ctx.now, version=version_of(form),
        )  # fmt: skip
    except (ConflictError, RefusedError) as error:
        page = await db.aread(_page, ctx, reference)
        page.lue.typed |= {n: form.get(n, "") for n in ("motif", "precision")}
        page.lue.erreurs["motif"] = error.detail
        return await show(
            request, "cloturer.html", p=page, motifs=MOTIFS, status=status_of(error)
        )
    await tell(request, "bon", "Dossier clôturé. Il se rouvre par « Modifier ».")
    return see_other(f"/evenements/{reference}")
