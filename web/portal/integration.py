"""The integration window: type the paper, pick the scan, the line is chosen by itself."""

from dataclasses import dataclass, replace

from aiohttp import web

from records.evenements import Evenement
from records.parties import Agent
from records.store import agents, contestations, evenements, pieces
from records.store.contestations import Contestation
from records.store.pieces import FiltrePieces, LignePiece
from records.vocabulary import (
    OPEN_PIECE_STATES,
    Canal,
    NatureContestation,
    Role,
)
from socle.db import ReadSession
from socle.errors import NotFoundError, VaguemestreError
from web.api.contexte import Contexte, contexte_of
from web.deposits import Octets, receive_deposits
from web.keys import SERVICES
from web.portal.page import see_other, show, tell
from web.portal.presentation import types_on
from web.problems import status_of
from web.uploads import Formulaire

MAX_LINES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Fenetre:
    """What the window shows: whose paper, which type, which lines, which one is chosen.

    `concordantes` accept the type; `autres` are the agent's other open lines.
    """

    agent: Agent
    evenement: Evenement | None
    ligne: LignePiece | None
    type: str
    concordantes: tuple[LignePiece, ...]
    autres: tuple[LignePiece, ...]
    choisie: str
    adresse: str
    retour: str
    contestation: Contestation | None = None


def window(
    session: ReadSession,
    ctx: Contexte,
    reference: str,
    type_: str | None,
    piece: str | None = None,
) -> Fenetre:
    """Open the window on a missing document (S03)."""
    line = pieces.line(session, reference, ctx.perimetre)
    chosen = _known(ctx, type_) or line.piece.type
    filtre = FiltrePieces(etats=OPEN_PIECE_STATES, agent=line.agent_reference)
    found = pieces.listing(session, ctx.perimetre, filtre, limite=MAX_LINES).elements
    fenetre = Fenetre(
        agent=agents.by_id(session, line.piece.agent_id),
        evenement=None,
        ligne=line,
        type=chosen,
        concordantes=(),
        autres=(),
        choisie="",
        adresse=f"/pieces-attendues/{line.piece.reference}/integration",
        retour="/documents-manquants",
        contestation=contestations.last_of(session, line.piece.id),
    )
    return _sorted(fenetre, found, piece if piece is not None else reference)


def window_of_event(
    session: ReadSession,
    ctx: Contexte,
    reference: str,
    type_: str | None,
    piece: str | None = None,
) -> Fenetre:
    """Open the window on an event (S08): its open lines, or none."""
    evenement = evenements.get(session, reference, ctx.perimetre)
    filtre = FiltrePieces(etats=OPEN_PIECE_STATES, evenement=evenement.reference)
    found = pieces.listing(session, ctx.perimetre, filtre, limite=MAX_LINES).elements
    fenetre = Fenetre(
        agent=agents.by_id(session, evenement.agent_id),
        evenement=evenement,
        ligne=None,
        type=_known(ctx, type_) or (found[0].piece.type if found else ""),
        concordantes=(),
        autres=(),
        choisie="",
        adresse=f"/evenements/{evenement.reference}/joindre",
        retour=f"/evenements/{evenement.reference}",
    )
    return _sorted(fenetre, found, piece or "")


def _known(ctx: Contexte, type_: str | None) -> str | None:
    return type_ if type_ in ctx.catalogue.types else None


def _sorted(fenetre: Fenetre, lines: tuple[LignePiece, ...], wanted: str) -> Fenetre:
    """Put the lines the type answers first; choose the wanted one, else the first due."""
    fits = tuple(line for line in lines if line.piece.accepts(fenetre.type))
    references = [line.piece.reference for line in fits]
    chosen = wanted if wanted in references else (references or [""])[0]
    return replace(
        fenetre,
        concordantes=fits,
        autres=tuple(line for line in lines if line not in fits),
        choisie=chosen,
    )


_WINDOWS = {"piece": window, "evenement": window_of_event}


async def _open(
    request: web.Request, kind: str, type_: str | None, piece: str | None
) -> Fenetre:
    ctx, reference = contexte_of(request), request.match_info["reference"]
    db = request.app[SERVICES].db
    return await db.aread(_WINDOWS[kind], ctx, reference, type_, piece)


async def _window(request: web.Request, kind: str) -> web.Response:
    asked = request.query
    fenetre = await _open(request, kind, asked.get("type"), asked.get("piece_attendue"))
    return await _show(request, fenetre)


async def _show(
    request: web.Request, fenetre: Fenetre, *, erreur: str = "", status: int = 200
) -> web.Response:
    ctx, settings = contexte_of(request), request.app[SERVICES].settings
    return await show(
        request,
        "integration.html",
        status=status,
        f=fenetre,
        is_seul=False,
        erreur=erreur,
        types=types_on(ctx.today),
        taille_max=settings.taille_max,
        pages_max=settings.pages_max,
        c=fenetre.contestation,
        natures_contestation=tuple(NatureContestation),
        peut_repondre=ctx.identite.has_role(Role.GESTIONNAIRE, Role.ADMINISTRATEUR),
    )


async def get_integration(request: web.Request) -> web.Response:
    """Show the integration window of a missing document (S03)."""
    return await _window(request, "piece")


async def get_joindre(request: web.Request) -> web.Response:
    """Show the integration window of an event (S08)."""
    return await _window(request, "evenement")


async def get_lignes(request: web.Request) -> web.Response:
    """Send the lines a type answers, when the type changes (htmx)."""
    fenetre = await _open(request, "piece", request.query.get("type"), None)
    return await show(request, "_lignes.html", f=fenetre, is_seul=True)


async def get_lignes_evenement(request: web.Request) -> web.Response:
    """Send the lines of the event that a type answers (htmx)."""
    fenetre = await _open(request, "evenement", request.query.get("type"), None)
    return await show(request, "_lignes.html", f=fenetre, is_seul=True)


async def post_integration(request: web.Request) -> web.Response:
    """Receive the scan, then back to the table of actions."""
    return await _receive(request, "piece", "/documents-manquants")


async def post_joindre(request: web.Request) -> web.Response:
    """Receive the scan, then back to the event."""
    place = f"/evenements/{request.match_info['reference']}"
    return await _receive(request, "evenement", place)


async def _receive(request: web.Request, kind: str, place: str) -> web.Response:
    """Receive one scan; a refusal is said in the window, its choices kept."""
    formulaire: Formulaire[Octets] = Formulaire()
    try:
        (receipt, *_) = await receive_deposits(
            request, canal=Canal.PORTAIL, formulaire=formulaire
        )
    except NotFoundError:
        raise
    except VaguemestreError as error:
        typed = formulaire.champs
        fenetre = await _open(
            request, kind, typed.get("type"), typed.get("piece_attendue")
        )
        return await _show(
            request, fenetre, erreur=error.detail, status=status_of(error)
        )
    if receipt.is_deja_recu:
        await tell(
            request,
            "info",
            "Ces mêmes octets avaient déjà été reçus : le premier récépissé reste "
            "valable, rien n’a été enregistré deux fois.",
        )
    return see_other(f"{place}?recu={receipt.reference}")
