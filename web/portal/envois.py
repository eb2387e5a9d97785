"""« Déposer des documents », the receipt of each file, and its life until its end."""

from dataclasses import dataclass

from aiohttp import web

from intake import depots, reception
from intake import renvois as registre
from intake.depots import Depot
from records.parties import Collectivite
from records.store import collectivites, evenements, taches
from records.store.curseurs import PageDe
from records.store.renvois import sees_every_paper
from records.vocabulary import Canal, EtatDepot
from socle.db import ReadSession, WriteSession
from socle.errors import (
    ForbiddenError,
    NotFoundError,
    RefusedError,
    VaguemestreError,
)
from socle.queue import Queue
from web import downloads, lectures
from web.api.contexte import Contexte, contexte_of
from web.deposits import receive_deposits
from web.keys import SERVICES
from web.portal.forms import read_form, reason_of
from web.portal.page import STAFF, see_other, show, tell
from web.portal.presentation import types_on
from web.portal.suivi import follow
from web.problems import status_of

PAGE = 25
OWN = "collectivite"
VIRUS = "virus-detecte"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guichet:
    """What the deposit form offers."""

    collectivites: tuple[Collectivite, ...]
    evenement: str


def _counter(session: ReadSession, ctx: Contexte, evenement: str) -> Guichet:
    if evenement:
        evenement = evenements.get(session, evenement, ctx.perimetre).reference
    homes = collectivites.listing(session, ctx.perimetre)
    return Guichet(collectivites=homes, evenement=evenement)


async def get_deposer(request: web.Request) -> web.Response:
    """Show the deposit form, for many files at once."""
    return await _show_form(request, request.query.get("evenement", ""))


async def _show_form(
    request: web.Request,
    evenement: str,
    *,
    status: int = 200,
    erreur: str = "",
    recepisses: tuple[reception.Recepisse, ...] = (),
    refus: tuple[tuple[str, RefusedError], ...] = (),
) -> web.Response:
    ctx, services = contexte_of(request), request.app[SERVICES]
    guichet = await services.db.aread(_counter, ctx, evenement)
    return await show(
        request,
        "deposer.html",
        status=status,
        guichet=guichet,
        types=types_on(ctx.today),
        taille_max=services.settings.taille_max,
        pages_max=services.settings.pages_max,
        erreur=erreur,
        recepisses=recepisses,
        refus=refus,
    )


async def post_deposer(request: web.Request) -> web.Response:
    """Receive several files from a plain form: each one gets its receipt or its refusal."""
    refus: list[tuple[str, RefusedError]] = []
    try:
        receipts = await receive_deposits(request, canal=Canal.PORTAIL, refus=refus)
    except NotFoundError:
        raise
    except VaguemestreError as error:
        status = status_of(error)
        return await _show_form(request, "", status=status, erreur=error.detail)
    return await _show_form(
        request,
        "",
        status=200 if receipts else 422,
        recepisses=receipts,
        refus=tuple(refus),
    )


async def get_depot(request: web.Request) -> web.Response:
    """Show the receipt of a deposit, printable, and where it stands."""
    ctx, services = contexte_of(request), request.app[SERVICES]
    reference = request.match_info["reference"]
    found = await services.db.aread(follow, ctx, reference)
    return await show(
        request,
        "depot.html",
        suivi=found,
        cle_publique=reception.public_key(services.coffre),
        may_close=any(_may_close(ctx, task.proprietaire) for task in found.taches),
    )


def _may_close(ctx: Contexte, proprietaire: str) -> bool:
    """Tell whether a task is this person's to close: theirs, or the mailroom's."""
    return ctx.identite.role in STAFF or proprietaire == OWN


def _deposits(
    session: ReadSession, ctx: Contexte, etat: str, curseur: str | None
) -> PageDe[Depot]:
    found = registre.listing(
        session,
        perimetre=ctx.perimetre,
        etat=etat or None,
        curseur=ctx.open_cursor(curseur),
        limite=PAGE,
    )
    return PageDe(
        elements=tuple(found.rows),
        suivant=ctx.close_cursor(found.suivant),
        total=found.total,
    )


async def get_depots(request: web.Request) -> web.Response:
    """List the deposits, the last first."""
    ctx, query = contexte_of(request), request.query
    etat = query.get("etat", "")
    etat = etat if etat in {mot.code for mot in EtatDepot} else ""
    db = request.app[SERVICES].db
    page = await db.aread(_deposits, ctx, etat, query.get("curseur") or None)
    etats = [(mot.code, mot.label) for mot in EtatDepot]
    return await show(request, "depots.html", page=page, etat=etat, etats=etats)


def _whole(session: ReadSession, ctx: Contexte, reference: str) -> Depot:
    depot = depots.get(session, reference, ctx.perimetre)
    if not sees_every_paper(session, depot.id, perimetre=ctx.perimetre):
        raise NotFoundError("introuvable", "Ce fichier contient une partie réservée.")
    if depot.code == VIRUS:
        raise ForbiddenError("interdit", depot.motif or "Ce fichier est dangereux.")
    return depot


async def get_original(request: web.Request) -> web.StreamResponse:
    """Send the bytes received, unchanged, as an attachment."""
    ctx, services = contexte_of(request), request.app[SERVICES]
    depot = await services.db.aread(_whole, ctx, request.match_info["reference"])
    await lectures.note_depot(request, depot.id)
    owner = reception.owner_of(depot.collectivite_id)
    return await downloads.stream(
        request,
        services.storage.stream(owner, depot.empreinte),
        headers=downloads.original_headers(depot.nom_fichier, depot.empreinte),
        size=depot.taille,
    )


def _retry(session: WriteSession, ctx: Contexte, queue: Queue, reference: str) -> None:
    depot = depots.get(session, reference, ctx.perimetre)
    taches.close_of(
        session,
        depot_id=depot.id,
        auteur=ctx.auteur,
        motif="Lecture relancée",
        now=ctx.now,
    )
    reception.retry(session, queue, depot, auteur=ctx.auteur, now=ctx.now)


async def post_relire(request: web.Request) -> web.Response:
    """Have a stuck deposit read again (mailroom)."""
    ctx, services = contexte_of(request), request.app[SERVICES]
    reference = request.match_info["reference"]
    try:
        await services.db.awrite(_retry, ctx, services.queue, reference)
    except VaguemestreError as error:
        await tell(request, "erreur", error.detail)
    else:
        await tell(request, "bon", "La lecture de ce fichier est relancée.")
    return see_other(f"/depots/{reference}")


def _close(session: WriteSession, ctx: Contexte, reference: str, motif: str) -> None:
    depot = depots.get(session, reference, ctx.perimetre)
    found = [
        task
        for task in taches.of_depot(session, depot.id, ctx.perimetre)
        if task.justificatif_id is None
    ]
    if not all(_may_close(ctx, task.proprietaire) for task in found):
        raise ForbiddenError(
            "interdit", "Cette anomalie est traitée par votre gestionnaire."
        )
    for task in found:
        taches.close(
            session,
            task.reference,
            perimetre=ctx.perimetre,
            auteur=ctx.auteur,
            motif=motif,
            now=ctx.now,
        )


async def post_clore(request: web.Request) -> web.Response:
    """Close the anomaly of a file, with a reason: the file itself stays kept."""
    ctx, form = contexte_of(request), await read_form(request)
    reference = request.match_info["reference"]
    motif = reason_of(form)
    if not motif:
        await tell(request, "erreur", "Dites pourquoi cette anomalie est classée.")
        return see_other(f"/depots/{reference}")
    await request.app[SERVICES].db.awrite(_close, ctx, reference, motif)
    await tell(request, "bon", "L’anomalie est classée ; le fichier reste conservé.")
    return see_other("/actions/dossier_en_anomalie")
