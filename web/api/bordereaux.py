"""Views of bordereaux, décomptes and relevés: imported, listed, issued, downloaded."""

from collections.abc import AsyncIterator
from typing import Any

from aiohttp import hdrs, web

from bordereaux import imports, listes_reception, releves, render
from bordereaux import registre_prestations as prestations
from bordereaux.registre import Edition, note
from bordereaux.registre_prestations import FiltreBordereaux
from bordereaux.releves import FiltreReleve
from records.journal import FaitNouveau, Tag
from records.store import journal, renvois
from records.vocabulary import Canal
from socle.db import ReadSession, WriteSession
from socle.errors import ErreurChamp, RefusedError
from socle.storage import Recu
from web import downloads, uploads
from web.api import models as m
from web.api import models_bordereaux as mb
from web.api import present
from web.api.contexte import Contexte, contexte_of
from web.api.forms import read_query
from web.api.vues import look, reference, reply
from web.bordereaux import (
    MAX_FILE,
    bordereaux_json,
    decomptes_json,
    import_for,
    issue_prestations,
    issue_reception,
    prestations_json,
    releve_json,
)
from web.keys import LIMITES, SERVICES
from web.uploads import Formulaire

Json = dict[str, Any]


# --- in --------------------------------------------------------------------------------


async def receive_file(request: web.Request) -> tuple[str, Recu]:
    """Keep the one file of a sending; nothing of it is opened."""
    services, ctx = request.app[SERVICES], contexte_of(request)
    limites, at = request.app[LIMITES], services.clock.now().timestamp()
    sentence = "Vous avez importé beaucoup de fichiers en peu de temps."
    limites.spend(limites.uploads, ctx.auteur, at, sentence)
    formulaire: Formulaire[tuple[str, Recu]] = Formulaire()

    async def keep(nom: str, chunks: AsyncIterator[bytes]) -> tuple[str, Recu]:
        return nom, await services.storage.receive(imports.OWNER, chunks, MAX_FILE)

    await uploads.read_multipart(request, keep, formulaire)
    if len(formulaire.fichiers) != 1 or formulaire.champs:
        detail = "Envoyez un fichier, et un seul, dans le champ « fichier »."
        faute = ErreurChamp(champ="fichier", code="un-seul", detail=detail)
        raise RefusedError("demande-invalide", detail, erreurs=(faute,))
    return formulaire.fichiers[0]


async def post_bordereaux(request: web.Request) -> web.Response:
    """Import a file of the manager's tool; answer line by line."""
    services, ctx = request.app[SERVICES], contexte_of(request)
    nom, recu = await receive_file(request)
    rapport = await import_for(services, ctx, recu, nom, Canal.API.code)
    status = 201 if rapport.nombre("creee") else 200
    return reply(rapport.plain(), status)


# --- lists -----------------------------------------------------------------------------


def _list(session: ReadSession, ctx: Contexte, asked: mb.BordereauRecherche) -> Json:
    filtre = FiltreBordereaux(
        collectivite_id=renvois.find_collectivite(
            session, asked.collectivite, ctx.perimetre
        ),
        colis=asked.colis, du=asked.du, au=asked.au,
    )  # fmt: skip
    found = prestations.listing(
        session, ctx.perimetre, filtre, curseur=ctx.open_cursor(asked.curseur),
        limite=asked.limite,
    )  # fmt: skip
    return present.page(ctx, found, bordereaux_json(session, found.rows))


async def list_bordereaux(request: web.Request) -> web.Response:
    """List the bordereaux of prestations, the last first."""
    return await look(request, _list, read_query(request, mb.BordereauRecherche))


def _show(session: ReadSession, ctx: Contexte, ref: str, asked: m.Page) -> Json:
    found = prestations.get(session, ref, ctx.perimetre)
    lines = prestations.lines_of(
        session, found.id, curseur=ctx.open_cursor(asked.curseur), limite=asked.limite
    )
    (shown,) = bordereaux_json(session, [found])
    detail = present.page(ctx, lines, prestations_json(session, lines.rows))
    return {**shown, "detail": detail}


async def get_bordereau(request: web.Request) -> web.Response:
    """Show a bordereau and a page of its lines."""
    asked = read_query(request, m.Page)
    return await look(request, _show, reference(request), asked)


def _list_decomptes(
    session: ReadSession, ctx: Contexte, asked: mb.DecompteRecherche
) -> Json:
    place = renvois.find_collectivite(session, asked.collectivite, ctx.perimetre)
    found = prestations.decomptes(
        session, ctx.perimetre, collectivite_id=place,
        curseur=ctx.open_cursor(asked.curseur), limite=asked.limite,
    )  # fmt: skip
    return present.page(ctx, found, decomptes_json(session, found.rows))


async def list_decomptes(request: web.Request) -> web.Response:
    """List the décomptes, the last first."""
    return await look(
        request, _list_decomptes, read_query(request, mb.DecompteRecherche)
    )


def _releve(session: ReadSession, ctx: Contexte, asked: mb.ReleveRecherche) -> Json:
    du, au = releves.window(asked.du, asked.au, ctx.today)
    place = renvois.find_collectivite(session, asked.collectivite, ctx.perimetre)
    found = releves.releve(
        session,
        ctx.perimetre,
        FiltreReleve(
            du=du, au=au, collectivite_id=place, type=asked.type, texte=asked.texte
        ),
        curseur=ctx.open_cursor(asked.curseur),
        limite=asked.limite,
    )
    shown = releve_json(session, found.lignes.rows)
    return {
        **present.page(ctx, found.lignes, shown),
        "du": present.day(du),
        "au": present.day(au),
        "total_rembourse": present.money(found.total_eur),
    }


async def get_releves(request: web.Request) -> web.Response:
    """Show what was reimbursed over a period, six months at most."""
    return await look(request, _releve, read_query(request, mb.ReleveRecherche))


# --- bytes -----------------------------------------------------------------------------


async def _send(
    request: web.Request, edition: Edition, kind: str
) -> web.StreamResponse:
    """Send a file of an edition, as it was issued; the reading is a fact."""
    services, ctx = request.app[SERVICES], contexte_of(request)
    recu = edition.fichiers[kind]
    await services.db.awrite(note, edition, Tag.BORDEREAU_LU, ctx.auteur, ctx.now)
    headers: dict[str, str] = {
        **downloads.original_headers(edition.nom_fichier(kind), recu.empreinte),
        hdrs.CONTENT_TYPE: render.TYPES[kind],
    }
    owner = prestations.owner_of(edition.collectivite_id)
    chunks = services.storage.stream(owner, recu.empreinte)
    return await downloads.stream(request, chunks, headers=headers, size=recu.taille)


async def _prestations(request: web.Request, kind: str) -> web.StreamResponse:
    services, ctx = request.app[SERVICES], contexte_of(request)
    if request.method == hdrs.METH_HEAD:  # asking is not issuing
        await services.db.aread(prestations.get, reference(request), ctx.perimetre)
        return web.Response(content_type=render.TYPES[kind])
    edition = await issue_prestations(services, ctx, reference(request))
    return await _send(request, edition, kind)


async def get_bordereau_pdf(request: web.Request) -> web.StreamResponse:
    """Send a bordereau of prestations as PDF."""
    return await _prestations(request, "pdf")


async def get_bordereau_xlsx(request: web.Request) -> web.StreamResponse:
    """Send a bordereau of prestations as XLSX."""
    return await _prestations(request, "xlsx")


async def get_bordereau_csv(request: web.Request) -> web.StreamResponse:
    """Send a bordereau of prestations as CSV."""
    return await _prestations(request, "csv")


async def _reception(request: web.Request, kind: str) -> web.StreamResponse:
    services, ctx = request.app[SERVICES], contexte_of(request)
    asked = read_query(request, mb.ReceptionRecherche)
    if request.method == hdrs.METH_HEAD:
        await services.db.aread(
            listes_reception.addressee, reference(request), asked.collectivite,
            ctx.perimetre,
        )  # fmt: skip
        return web.Response(content_type=render.TYPES[kind])
    edition = await issue_reception(
        services, ctx, reference(request), asked.collectivite
    )
    return await _send(request, edition, kind)


async def get_reception_pdf(request: web.Request) -> web.StreamResponse:
    """Send the bordereau of what a colis brought, as PDF."""
    return await _reception(request, "pdf")


async def get_reception_xlsx(request: web.Request) -> web.StreamResponse:
    """Send the bordereau of what a colis brought, as XLSX."""
    return await _reception(request, "xlsx")


async def get_reception_csv(request: web.Request) -> web.StreamResponse:
    """Send the bordereau of what a colis brought, as CSV."""
    return await _reception(request, "csv")


def _read_decompte(session: WriteSession, ctx: Contexte, ref: str) -> Any:  # noqa: ANN401
    found = prestations.decompte(session, ref, ctx.perimetre)
    fait = FaitNouveau(
        tag=Tag.DECOMPTE_LU, sujet=found.reference, auteur=ctx.auteur,
        collectivite_id=found.collectivite_id, contenu={"empreinte": found.empreinte},
    )  # fmt: skip
    journal.append(session, fait, ctx.now)
    return found


async def get_decompte_pdf(request: web.Request) -> web.StreamResponse:
    """Send the bytes of a décompte, as received; the reading is a fact."""
    services, ctx = request.app[SERVICES], contexte_of(request)
    if request.method == hdrs.METH_HEAD:
        found = await services.db.aread(
            prestations.decompte, reference(request), ctx.perimetre
        )
    else:
        found = await services.db.awrite(_read_decompte, ctx, reference(request))
    headers: dict[str, str] = {
        **downloads.original_headers(found.nom_fichier, found.empreinte),
        hdrs.CONTENT_TYPE: render.PDF,
    }
    owner = prestations.owner_of(found.collectivite_id)
    chunks = services.storage.stream(owner, found.empreinte)
    return await downloads.stream(request, chunks, headers=headers, size=found.taille)
