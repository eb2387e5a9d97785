"""Views of the lists of leaves: asked for, made again, opened to the same bytes."""

import asyncio
import datetime as dt
from typing import Any, Literal

from aiohttp import hdrs, web
from pydantic import Field

from bordereaux import listes_registre, listes_tirage
from bordereaux.listes_registre import Execution, ListeVue, file_name, owner_of
from records.store import renvois
from socle import tableurs
from socle.db import ReadSession, WriteSession
from web import downloads
from web import listes as desk
from web.api import models as m
from web.api import present
from web.api import reponses as r
from web.api.contexte import Contexte, contexte_of
from web.api.forms import read_body, read_query
from web.api.vues import change, look, reference, reply
from web.keys import SERVICES

Json = dict[str, Any]
MEDIA = {"pdf": "application/pdf", "xlsx": tableurs.XLSX}
_MAX_DIGITS = 6


class ListeEntree(m.Modele):
    """A list asked for; without `risques`, every risk; `jour` of the week or the month."""

    collectivite: m.Reference | None = None
    categorie: Literal["toutes", "CNRACL", "IRCANTEC"] = "toutes"
    type: Literal["en_cours", "presents", "debutes", "termines", "sans_reprise"] = (
        "en_cours"
    )
    budget: str | None = Field(None, max_length=200)
    risques: list[str] = Field([], max_length=30)
    format: Literal["pdf", "xlsx"] = "pdf"
    destinataires: list[str] = Field(
        [],
        max_length=desk.MAX_DESTINATAIRES,
        description="Adresses ; elles reçoivent un lien, jamais la liste.",
    )
    frequence: Literal["une_fois", "hebdomadaire", "mensuelle", "trimestrielle"] = (
        "une_fois"
    )
    jour: int | None = Field(None, ge=1, le=28)
    du: m.Jour | None = None
    au: m.Jour | None = None


class OctetsLus(r.Reponse):
    """One of the two files of a run."""

    lien: str
    empreinte: str
    taille: int


class ChangementsLus(r.Reponse):
    """How many lines differ from the run before."""

    nouveaux: int
    modifies: int
    disparus: int


class ExecutionLue(r.Reponse):
    """One run, frozen."""

    rang: int
    editee_le: r.Instant
    prevue_le: dt.date | None
    periode: r.PeriodeLue
    nb_arrets: int
    nb_agents: int
    nb_jours: int
    changements: ChangementsLus
    pdf: OctetsLus
    xlsx: OctetsLus


class ListeLue(r.Reponse):
    """A list asked for."""

    reference: str
    collectivite: str
    categorie: str
    type: str
    budget: str | None
    risques: list[str]
    format: str
    destinataires: list[str]
    frequence: str
    jour: int | None
    du: dt.date | None
    au: dt.date | None
    prochaine_le: dt.date | None
    nb_executions: int
    cree_le: r.Instant


class ListeFiche(ListeLue):
    """A list and its runs, the last first."""

    executions: list[ExecutionLue]


def _list(session: ReadSession, ctx: Contexte, asked: m.Page) -> Json:
    found = listes_registre.listing(
        session,
        ctx.perimetre,
        curseur=ctx.open_cursor(asked.curseur),
        limite=asked.limite,
    )
    return present.page(ctx, found, desk.listes_json(session, found.rows))


async def list_listes(request: web.Request) -> web.Response:
    """List what was asked for, the last first."""
    return await look(request, _list, read_query(request, m.Page))


def _fiche(session: ReadSession, ctx: Contexte, ref: str) -> Json:
    liste = listes_registre.get(session, ref, ctx.perimetre)
    (shown,) = desk.listes_json(session, [liste])
    runs = listes_registre.executions(session, liste)
    return {
        **shown,
        "executions": [desk.execution_json(liste.reference, run) for run in runs],
    }


async def get_liste(request: web.Request) -> web.Response:
    """Show a list and its runs."""
    return await look(request, _fiche, reference(request))


async def post_liste(request: web.Request) -> web.Response:
    """Ask for a list: it is made at once, then at its frequency."""
    given = await read_body(request, ListeEntree)
    ctx, db = contexte_of(request), request.app[SERVICES].db
    demande = desk.Demande(
        **given.model_dump(exclude={"risques", "destinataires"}),
        risques=tuple(given.risques),
        destinataires=tuple(given.destinataires),
    )
    liste = await db.awrite(desk.create, ctx, demande)
    await make(request, liste)
    made = await db.aread(_fiche, ctx, liste.reference)
    response = reply(made, 201)
    response.headers[hdrs.LOCATION] = f"{request.path}/{liste.reference}"
    return response


async def make(request: web.Request, liste: ListeVue) -> Execution:
    """Make one run now, not on the loop; the departure of the caller cuts nothing."""
    services, ctx = request.app[SERVICES], contexte_of(request)
    bureau = desk.bureau_of(services, ctx.auteur)
    work = asyncio.to_thread(listes_tirage.edit, bureau, liste, ctx.now)
    return await asyncio.shield(asyncio.ensure_future(work))


async def post_execution(request: web.Request) -> web.Response:
    """Make one more run of a list."""
    ctx, db = contexte_of(request), request.app[SERVICES].db
    liste = await db.aread(listes_registre.get, reference(request), ctx.perimetre)
    run = await make(request, liste)
    return reply(desk.execution_json(liste.reference, run), 201)


def _stop(session: WriteSession, ctx: Contexte, ref: str) -> Json:
    liste = listes_registre.stop(
        session, ref, ctx.perimetre, auteur=ctx.auteur, now=ctx.now
    )
    homes = renvois.collectivites(session, [liste.collectivite_id])
    return desk.liste_json(liste, homes[liste.collectivite_id])


async def stop_liste(request: web.Request) -> web.Response:
    """Make a list no more; its runs stay."""
    return await change(request, _stop, reference(request))


def open_run(
    session: WriteSession, ctx: Contexte, ref: str, rang: int
) -> tuple[ListeVue, Execution]:
    """Return a run and write the fact that it is read."""
    liste = listes_registre.get(session, ref, ctx.perimetre)
    run = listes_registre.execution(session, liste, rang)
    listes_registre.note_read(session, liste, rang=rang, auteur=ctx.auteur, now=ctx.now)
    return liste, run


async def get_execution_pdf(request: web.Request) -> web.StreamResponse:
    """Send the PDF of a run, as it was made; the reading is a fact."""
    return await _send(request, "pdf")


async def get_execution_xlsx(request: web.Request) -> web.StreamResponse:
    """Send the spreadsheet of a run, as it was made; the reading is a fact."""
    return await _send(request, "xlsx")


def rank_of(request: web.Request) -> int:
    """Return the rank of the address; one nobody can reach is inexistent."""
    given = request.match_info["n"]
    return int(given) if len(given) <= _MAX_DIGITS else 0


async def _send(request: web.Request, suffixe: str) -> web.StreamResponse:
    services, ctx, rang = request.app[SERVICES], contexte_of(request), rank_of(request)
    if request.method == hdrs.METH_HEAD:
        liste, run = await services.db.aread(look_at, ctx, reference(request), rang)
    else:
        liste, run = await services.db.awrite(open_run, ctx, reference(request), rang)
    recu = run.octets(suffixe)
    headers: dict[str, str] = {
        **downloads.original_headers(file_name(liste, rang, suffixe), recu.empreinte),
        hdrs.CONTENT_TYPE: MEDIA[suffixe],
    }
    chunks = services.storage.stream(owner_of(liste.collectivite_id), recu.empreinte)
    return await downloads.stream(request, chunks, headers=headers, size=recu.taille)


def look_at(
    session: ReadSession, ctx: Contexte, ref: str, rang: int
) -> tuple[ListeVue, Execution]:
    """Return a run; `NotFoundError` when foreign or inexistent."""
    liste = listes_registre.get(session, ref, ctx.perimetre)
    return liste, listes_registre.execution(session, liste, rang)
