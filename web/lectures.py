"""Sensitive papers are not opened silently: the read is written before the bytes go out."""

from collections.abc import Iterable

from aiohttp import hdrs, web

from records.store import justificatifs, lectures
from records.store.justificatifs import Justificatif, is_sensible
from socle.db import ReadSession
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES


async def note_paper(request: web.Request, reference: str) -> None:
    """Note that this person opens a paper, when it is a sensitive one."""
    ctx, db = contexte_of(request), request.app[SERVICES].db
    await _note(request, await db.aread(_paper, ctx, reference))


async def note_depot(request: web.Request, depot_id: int) -> None:
    """Note that this person opens a whole file, for each sensitive paper in it."""
    ctx, db = contexte_of(request), request.app[SERVICES].db
    await _note(request, await db.aread(_papers, ctx, depot_id))


async def _note(request: web.Request, papers: tuple[Justificatif, ...]) -> None:
    if request.method == hdrs.METH_HEAD or not papers:
        return
    ctx, db = contexte_of(request), request.app[SERVICES].db
    await db.awrite(lectures.note, papers, auteur=ctx.auteur, now=ctx.now)


def _paper(
    session: ReadSession, ctx: Contexte, reference: str
) -> tuple[Justificatif, ...]:
    return _sensitive(
        session, ctx, [justificatifs.get(session, reference, ctx.perimetre)]
    )


def _papers(
    session: ReadSession, ctx: Contexte, depot_id: int
) -> tuple[Justificatif, ...]:
    found = justificatifs.of_depot(session, depot_id, ctx.perimetre)
    return _sensitive(session, ctx, found)


def _sensitive(
    session: ReadSession, ctx: Contexte, papers: Iterable[Justificatif]
) -> tuple[Justificatif, ...]:
    kept = [paper for paper in papers if is_sensible(paper, ctx.catalogue)]
    if not kept:
        return ()
    return lectures.unnoted(session, kept, auteur=ctx.auteur, now=ctx.now)
