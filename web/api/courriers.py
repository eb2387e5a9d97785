"""Views of letters: listed, downloaded one by one or together, issued for a day."""

import asyncio
import datetime as dt
import zipfile
from collections.abc import AsyncIterator
from typing import Any, Literal

from aiohttp import hdrs, web
from pydantic import Field

from letters import courriers, tournee
from letters.courriers import Courrier, FiltreCourriers
from records.store import renvois
from records.vocabulary import Role
from socle.db import ReadSession, WriteSession
from socle.errors import RefusedError
from web import downloads
from web.api import models as m
from web.api import present
from web.api import reponses as r
from web.api.contexte import Contexte, contexte_of
from web.api.forms import read_body, read_query
from web.api.vues import look, reference, reply
from web.courriers import (
    bureau_of,
    courriers_json,
    edition_json,
    places,
    plan_json,
)
from web.keys import SERVICES

Json = dict[str, Any]
PDF = "application/pdf"
ZIP_MAX = 500
Nature = Literal["document_manquant", "relance", "attestation", "enquete"]


class CourrierFiltre(m.Modele):
    """Which letters."""

    collectivite: m.Reference | None = None
    nature: Nature | None = None
    evenement: m.Reference | None = None
    du: m.Jour | None = None
    au: m.Jour | None = None
    texte: str | None = Field(None, max_length=120, description="Nom, n° ou référence.")


class CourrierRecherche(CourrierFiltre):
    """How letters are listed."""

    curseur: str | None = Field(
        None, max_length=400, description="Valeur de `suivant`."
    )
    limite: int = Field(50, ge=1, le=200)


class EditionEntree(m.Modele):
    """A run asked for: the day, and which collectivités (all those you see by default)."""

    date: m.Jour | None = None
    collectivites: list[m.Reference] | None = Field(None, max_length=500)
    essai: bool = Field(
        default=False,
        description="Dit ce qui partirait et pourquoi, sans rien émettre.",
    )


class CourrierLu(r.Reponse):
    """A letter."""

    reference: str
    numero: str
    collectivite: str
    evenement: str | None
    nature: str
    relance: int
    objet: str
    date: dt.date
    emis_le: r.Instant
    nb_documents: int
    montant_bloque: r.Montant | None
    empreinte: str
    taille: int
    telecharge_le: r.Instant | None
    pdf: str


class LigneFondee(r.Reponse):
    """One requirement asked for, and the state of the register it was based on."""

    piece_attendue: str
    relance: int
    fonde_sur: dict[str, Any]


class CourrierFiche(CourrierLu):
    """A letter with the list as it stood."""

    contenu: dict[str, Any]
    lignes: list[LigneFondee]


class EditionLue(r.Reponse):
    """What a run issued, or would issue."""

    date: dt.date
    essai: bool
    courriers: list[CourrierLu]
    plans: list[dict[str, Any]]
    echecs: list[dict[str, Any]]


def filtre_of(
    session: ReadSession, ctx: Contexte, asked: CourrierFiltre
) -> FiltreCourriers:
    """Turn references into identifiers; `NotFoundError` for a foreign one."""
    return FiltreCourriers(
        collectivite_id=renvois.find_collectivite(
            session, asked.collectivite, ctx.perimetre
        ),
        evenement_id=renvois.find_evenement(session, asked.evenement, ctx.perimetre),
        nature=asked.nature,
        du=asked.du,
        au=asked.au,
        texte=asked.texte,
    )


def _list(session: ReadSession, ctx: Contexte, asked: CourrierRecherche) -> Json:
    found = courriers.listing(
        session,
        ctx.perimetre,
        filtre_of(session, ctx, asked),
        curseur=ctx.open_cursor(asked.curseur),
        limite=asked.limite,
    )
    return present.page(ctx, found, courriers_json(session, found.rows))


async def list_courriers(request: web.Request) -> web.Response:
    """List the letters, the last first."""
    return await look(request, _list, read_query(request, CourrierRecherche))


def _show(session: ReadSession, ctx: Contexte, ref: str) -> Json:
    letter = courriers.get(session, ref, ctx.perimetre)
    (shown,) = courriers_json(session, [letter])
    lines = [
        {"piece_attendue": piece, "relance": rank, "fonde_sur": state}
        for piece, rank, state in courriers.grounds(session, letter.id)
    ]
    return {**shown, "contenu": letter.contenu, "lignes": lines}


async def get_courrier(request: web.Request) -> web.Response:
    """Show a letter and the list as it stood."""
    return await look(request, _show, reference(request))


def _read(session: WriteSession, ctx: Contexte, ref: str) -> Courrier:
    (found,) = courriers.mark_read(
        session, [ref], ctx.perimetre, auteur=ctx.auteur, now=ctx.now,
        is_destinataire=ctx.identite.has_role(Role.COLLECTIVITE),
    )  # fmt: skip
    return found


async def get_courrier_pdf(request: web.Request) -> web.StreamResponse:
    """Send the bytes of a letter, as they were issued; the reading is a fact."""
    services, ctx = request.app[SERVICES], contexte_of(request)
    if request.method == hdrs.METH_HEAD:
        letter = await services.db.aread(
            courriers.get, reference(request), ctx.perimetre
        )
    else:
        letter = await services.db.awrite(_read, ctx, reference(request))
    owner = courriers.owner_of(letter.collectivite_id)
    headers: dict[str, str] = {
        **downloads.original_headers(letter.nom_fichier, letter.empreinte),
        hdrs.CONTENT_TYPE: PDF,
    }
    chunks = services.storage.stream(owner, letter.empreinte)
    return await downloads.stream(request, chunks, headers=headers, size=letter.taille)


async def get_courriers_zip(request: web.Request) -> web.StreamResponse:
    """Send the letters of a filter in one ZIP, the last issued first."""
    services, ctx = request.app[SERVICES], contexte_of(request)
    asked = read_query(request, CourrierFiltre)
    letters = await services.db.aread(_whole, ctx, asked)
    if request.method != hdrs.METH_HEAD:
        references = [letter.reference for letter in letters]
        await services.db.awrite(
            courriers.mark_read, references, ctx.perimetre, auteur=ctx.auteur,
            now=ctx.now, is_destinataire=ctx.identite.has_role(Role.COLLECTIVITE),
        )  # fmt: skip
    headers: dict[str, str] = {
        hdrs.CONTENT_TYPE: "application/zip",
        hdrs.CONTENT_DISPOSITION: downloads.attachment("courriers.zip"),
    }
    return await downloads.stream(request, _zipped(request, letters), headers=headers)


def _whole(
    session: ReadSession, ctx: Contexte, asked: CourrierFiltre
) -> list[Courrier]:
    filtre = filtre_of(session, ctx, asked)
    found: list[Courrier] = []
    curseur: str | None = None
    while True:
        page = courriers.listing(
            session, ctx.perimetre, filtre, curseur=curseur, limite=200
        )
        if page.total > ZIP_MAX:
            raise RefusedError(
                "trop-de-courriers",
                f"{page.total} courriers répondent à ces critères, {ZIP_MAX} au plus "
                "tiennent dans une archive : précisez les dates ou la nature.",
            )
        found += page.rows
        curseur = page.suivant
        if curseur is None:
            return found


async def _zipped(
    request: web.Request, letters: list[Courrier]
) -> AsyncIterator[bytes]:
    """Yield the archive as it is made: one letter in memory at a time."""
    storage = request.app[SERVICES].storage
    buffer = downloads.Draining()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for letter in letters:
            owner = courriers.owner_of(letter.collectivite_id)
            parts = [part async for part in storage.stream(owner, letter.empreinte)]
            day = letter.date_courrier
            entry = zipfile.ZipInfo(
                f"{letter.reference}-{letter.nom_fichier}",
                (day.year, day.month, day.day, 0, 0, 0),
            )
            archive.writestr(entry, b"".join(parts))
            yield buffer.drain()
    yield buffer.drain()


async def post_edition(request: web.Request) -> web.Response:
    """Issue the letters due on a day, or say which would be."""
    given = await read_body(request, EditionEntree)
    services, ctx = request.app[SERVICES], contexte_of(request)
    on = given.date or ctx.today
    ids = await services.db.aread(places, ctx, given.collectivites)
    bureau = bureau_of(services, ctx.auteur)
    if given.essai:
        plans = await asyncio.to_thread(
            lambda: [plan_json(p) for p in tournee.rehearse(bureau, ids, on)]
        )
        kept = [p for p in plans if p["demandes"] or p["suspendues"]]
        shown = edition_json(on, [], []) | {"essai": True, "plans": kept}
        return reply(shown)
    work = asyncio.to_thread(lambda: list(tournee.go(bureau, ids, on, ctx.now)))
    passages = await asyncio.shield(asyncio.ensure_future(work))
    return reply(await services.db.aread(_told, on, passages), 201)


def _told(session: ReadSession, on: dt.date, passages: list[tournee.Passage]) -> Json:
    letters = [letter for passage in passages for letter in passage.courriers]
    failed = [passage for passage in passages if passage.code]
    names = renvois.collectivites(session, [p.collectivite_id for p in failed])
    return edition_json(
        on,
        courriers_json(session, letters),
        [(names[p.collectivite_id], p) for p in failed],
    )
