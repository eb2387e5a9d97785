"""Letters on paper: the run of a day in one file to print, the cover of one line."""

import asyncio

from aiohttp import hdrs, web

from letters import gardes, impression
from letters.courriers import Courrier
from records.store import renvois
from socle.db import ReadSession
from web import downloads
from web.api import models as m
from web.api.contexte import Contexte, contexte_of
from web.api.forms import read_query
from web.api.vues import reference
from web.courriers import bureau_of
from web.keys import SERVICES

PDF = "application/pdf"


class TourneeRecherche(m.Modele):
    """Which run: its day (today by default), one collectivité or all those you see."""

    date: m.Jour | None = None
    collectivite: m.Reference | None = None


def _letters(
    session: ReadSession, ctx: Contexte, asked: TourneeRecherche
) -> list[Courrier]:
    place = renvois.find_collectivite(session, asked.collectivite, ctx.perimetre)
    return impression.of_day(session, ctx.perimetre, asked.date or ctx.today, place)


async def get_tournee(request: web.Request) -> web.Response:
    """Send the letters of a day in one file, behind their list, ready to print."""
    ctx, asked = contexte_of(request), read_query(request, TourneeRecherche)
    on = asked.date or ctx.today
    letters = await request.app[SERVICES].db.aread(_letters, ctx, asked)
    body = await asyncio.to_thread(impression.pdf, letters, on)
    return _download(body, f"tournee-{on.isoformat()}.pdf")


async def post_garde(request: web.Request) -> web.Response:
    """Print the cover of a line: its code leads the paper behind it."""
    services, ctx = request.app[SERVICES], contexte_of(request)
    bureau = bureau_of(services, ctx.auteur)
    ref = reference(request)
    work = asyncio.to_thread(
        gardes.cover, bureau, ref, ctx.perimetre, ctx.today, ctx.now
    )
    body = await asyncio.shield(asyncio.ensure_future(work))
    return _download(body, f"page-de-garde-{ref}.pdf")


def _download(body: bytes, name: str) -> web.Response:
    headers = {hdrs.CONTENT_DISPOSITION: downloads.attachment(name)}
    return web.Response(body=body, content_type=PDF, headers=headers)
