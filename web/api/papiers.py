"""Views of deposits and papers: bytes in, bytes out, and the clerk's corrections."""

from typing import Any

from aiohttp import hdrs, web

from intake import depots
from intake import renvois as registre
from intake.depots import Depot
from intake.reception import Recepisse, owner_of
from records.store import justificatifs as papers
from records.store import renvois
from records.vocabulary import Canal
from socle.db import ReadSession, WriteSession
from socle.errors import NotFoundError
from web import downloads, lectures
from web.api import corrections, justificatifs, present
from web.api import models_papiers as mp
from web.api.contexte import Contexte, contexte_of
from web.api.forms import read_body, read_query
from web.api.vues import change, look, reference, reply, think
from web.deposits import location_of, receive_deposits
from web.keys import SERVICES

Json = dict[str, Any]


async def post_depots(request: web.Request) -> web.Response:
    """Receive files: 201 when the bytes are durable, 200 when all were known."""
    receipts = await receive_deposits(request, canal=Canal.API)
    shown = [receipt_json(receipt) for receipt in receipts]
    status = 200 if all(r.is_deja_recu for r in receipts) else 201
    body = {**shown[0], "elements": shown, "suivant": None, "total": len(shown)}
    response = reply(body, status)
    response.headers.update(location_of(receipts))
    return response


def receipt_json(receipt: Recepisse) -> Json:
    """Return a receipt."""
    return {
        "reference": receipt.reference,
        "empreinte": receipt.empreinte,
        "taille": receipt.taille,
        "nom": receipt.nom,
        "recu_le": present.instant(receipt.recu_le),
        "etat": receipt.etat,
        "recepisse": receipt.signature,
        "deja_recu": receipt.is_deja_recu,
        "code": "deja-recu" if receipt.is_deja_recu else None,
    }


def _brief(depot: Depot) -> Json:
    return {
        "reference": depot.reference,
        "etat": depot.etat,
        "code": depot.code,
        "motif": depot.motif,
        "empreinte": depot.empreinte,
        "taille": depot.taille,
        "nom": depot.nom_fichier,
        "canal": depot.canal,
        "recu_le": present.instant(depot.recu_at),
        "pages": depot.nb_pages,
    }


def _list_depots(session: ReadSession, ctx: Contexte, asked: mp.DepotRecherche) -> Json:
    place = renvois.find_collectivite(session, asked.collectivite, ctx.perimetre)
    found = registre.listing(
        session,
        perimetre=ctx.perimetre,
        etat=asked.etat,
        collectivite_id=place,
        curseur=ctx.open_cursor(asked.curseur),
        limite=asked.limite,
    )
    return present.page(ctx, found, [_brief(depot) for depot in found.rows])


async def list_depots(request: web.Request) -> web.Response:
    """List deposits, the last first."""
    return await look(request, _list_depots, read_query(request, mp.DepotRecherche))


def show_depot(session: ReadSession, ctx: Contexte, ref: str) -> Json:
    """Return a deposit and its papers."""
    depot = depots.get(session, ref, ctx.perimetre)
    return {
        **_brief(depot),
        "antivirus": depot.tri.get("antivirus", "non analysé"),
        "documents": justificatifs.of_depot(session, ctx, depot.id),
    }


async def get_depot(request: web.Request) -> web.Response:
    """Show a deposit, its papers and their reasons."""
    return await look(request, show_depot, reference(request))


async def split_depot(request: web.Request) -> web.Response:
    """Correct how the pages make papers."""
    given = await read_body(request, mp.DecoupageEntree)

    def split(session: WriteSession, ctx: Contexte) -> Json:
        corrections.split(session, ctx, reference(request), given)
        return show_depot(session, ctx, reference(request))

    return await think(request, split)


async def list_documents(request: web.Request) -> web.Response:
    """List the papers integrated."""
    asked = read_query(request, mp.JustificatifRecherche)
    return await look(request, justificatifs.list_documents, asked)


async def get_document(request: web.Request) -> web.Response:
    """Show one paper."""
    await lectures.note_paper(request, reference(request))
    return await look(request, justificatifs.get_document, reference(request))


# --- bytes out ------------------------------------------------------------------


def _depot_of(session: ReadSession, ctx: Contexte, ref: str) -> tuple[Depot, list[int]]:
    """Return the deposit of a paper one may see, and the pages of that paper."""
    paper = papers.get(session, ref, ctx.perimetre)
    found = depots.by_ids(session, [paper.depot_id])
    return found[paper.depot_id], list(paper.pages)


async def get_original(request: web.Request) -> web.StreamResponse:
    """Send the bytes received, unchanged, as an attachment.

    Only when every paper of the deposit may be seen: a file also holding a paper kept
    aside for medical secrecy is not handed over whole.
    """
    services = request.app[SERVICES]
    ctx = contexte_of(request)
    depot, _ = await services.db.aread(_whole_depot, ctx, reference(request))
    await lectures.note_depot(request, depot.id)
    chunks = services.storage.stream(owner_of(depot.collectivite_id), depot.empreinte)
    return await downloads.stream(
        request,
        chunks,
        headers=downloads.original_headers(depot.nom_fichier, depot.empreinte),
        size=depot.taille,
    )


def _whole_depot(
    session: ReadSession, ctx: Contexte, ref: str
) -> tuple[Depot, list[int]]:
    depot, pages = _depot_of(session, ctx, ref)
    if not renvois.sees_every_paper(session, depot.id, perimetre=ctx.perimetre):
        raise NotFoundError(
            "introuvable",
            "Ce fichier contient une partie réservée : seuls les aperçus de vos pages "
            "sont visibles.",
        )
    return depot, pages


def _preview(
    session: ReadSession, ctx: Contexte, ref: str, page: int
) -> tuple[Depot, str]:
    depot, pages = _depot_of(session, ctx, ref)
    key = depots.preview_key(session, depot.id, page) if page in pages else None
    if key is None:
        raise NotFoundError("introuvable", "Aucun aperçu de cette page.")
    return depot, key


async def get_apercu(request: web.Request) -> web.StreamResponse:
    """Send the picture of one page of a paper."""
    services = request.app[SERVICES]
    page = int(request.match_info["page"])
    depot, key = await services.db.aread(
        _preview, contexte_of(request), reference(request), page
    )
    await lectures.note_paper(request, reference(request))
    headers: dict[str, str] = {
        hdrs.CONTENT_TYPE: "image/webp",
        hdrs.CACHE_CONTROL: "private, no-store",
        hdrs.ETAG: f'"{key}"',
    }
    chunks = services.storage.stream(owner_of(depot.collectivite_id), key)
    return await downloads.stream(request, chunks, headers=headers)


# --- the clerk's corrections ------------------------------------------------------


async def retype_document(request: web.Request) -> web.Response:
    """Say the right type."""
    given = await read_body(request, mp.Retypage)
    return await think(request, corrections.retype, reference(request), given)


async def link_document(request: web.Request) -> web.Response:
    """Say where the paper belongs."""
    given = await read_body(request, mp.RattachementEntree)
    return await change(request, corrections.link, reference(request), given)


async def unlink_document(request: web.Request) -> web.Response:
    """Undo links."""
    given = await read_body(request, mp.DetachementEntree)
    return await change(request, corrections.unlink, reference(request), given)


async def set_anomaly(request: web.Request) -> web.Response:
    """Say that the paper cannot be integrated."""
    given = await read_body(request, mp.AnomalieEntree)
    return await change(request, corrections.anomaly, reference(request), given)


async def rotate_document(request: web.Request) -> web.Response:
    """Turn pages."""
    given = await read_body(request, mp.RotationEntree)
    return await change(request, corrections.rotate, reference(request), given)
