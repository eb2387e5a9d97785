"""« Mes actions en cours », the basket « document manquant », and the other typologies."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from intake import depots
from intake.depots import Depot
from records.parties import Collectivite
from records.store import (
    actions,
    affectations,
    collectivites,
    pieces,
    taches,
)
from records.store.actions import Action
from records.store.curseurs import PageDe
from records.store.pieces import FiltrePieces, LignePiece
from records.vocabulary import OPEN_PIECE_STATES, Typologie
from socle.db import ReadSession
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal import prises, suivi
from web.portal.forms import SORTS, Saisie, read_list
from web.portal.page import STAFF, show
from web.portal.presentation import types_on
from web.portal.suivi import Suivi

PAGE = 50
HELP = {
    Typologie.RECOURS_A_ENVOYER: "Demandes enregistrées ou à ouvrir, pas encore envoyées.",
    Typologie.DOCUMENT_MANQUANT: "Dossiers incomplets : joignez le document attendu.",
    Typologie.DOSSIER_A_CLOTURER: (
        "Aucune date de reprise alors que le dernier arrêt est ancien."
    ),
    Typologie.DOSSIER_EN_ANOMALIE: "Documents qui n’ont pas pu être intégrés correctement.",
    Typologie.A_VERIFIER: "Documents lus avec un doute : une personne doit trancher.",
    Typologie.REGULARISATION: "Congés dont la nature est à régulariser.",
    Typologie.CONTESTATION: (
        "Documents qu’une collectivité ne peut pas fournir, ou dit mal lus."
    ),
    Typologie.COURRIEL_NON_REMIS: (
        "Avis qu’un serveur de courriel a refusés : corrigez l’adresse, puis réessayez."
    ),
    Typologie.SECRET_MEDICAL: "Documents réservés aux personnes tenues au secret médical.",
}
BASKET = (
    Typologie.RECOURS_A_ENVOYER,
    Typologie.DOCUMENT_MANQUANT,
    Typologie.DOSSIER_A_CLOTURER,
    Typologie.DOSSIER_EN_ANOMALIE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Volet:
    """One typology as shown: how many, already due, where it leads."""

    typologie: Typologie
    nombre: int
    exigibles: int
    aide: str
    lien: str
    is_du_panier: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Panier:
    """The volumes of « mes actions en cours »."""

    volets: tuple[Volet, ...]
    nb_secrets: int
    nb_en_verification: int


def basket(session: ReadSession, ctx: Contexte) -> Panier:
    """Count what waits for this person; what others do is told, not listed."""
    found = actions.counts(session, ctx.perimetre, ctx.today)
    mine = {action.typologie: action for action in found}
    is_staff = ctx.identite.role in STAFF
    shown = [t for t in Typologie if t in BASKET or (is_staff and concerns(ctx, t))]
    everything = dataclasses.replace(ctx.perimetre, has_secret_medical=True)
    secret = taches.counts(session, everything).get(Typologie.SECRET_MEDICAL.code, 0)
    waiting = mine[Typologie.A_VERIFIER].nombre
    return Panier(
        volets=tuple(_volet(mine[t]) for t in _ordered(shown)),
        nb_secrets=0 if ctx.perimetre.has_secret_medical else secret,
        nb_en_verification=0 if is_staff else waiting,
    )


def concerns(ctx: Contexte, typologie: Typologie) -> bool:
    """Tell whether a typology is for this person to see."""
    is_secret = typologie is Typologie.SECRET_MEDICAL
    return ctx.perimetre.has_secret_medical or not is_secret


def _ordered(shown: list[Typologie]) -> list[Typologie]:
    return [*BASKET, *(t for t in shown if t not in BASKET)]


def _volet(action: Action) -> Volet:
    typologie = action.typologie
    is_missing = typologie is Typologie.DOCUMENT_MANQUANT
    return Volet(
        typologie=typologie,
        nombre=action.nombre,
        exigibles=action.exigibles if is_missing else 0,
        aide=HELP[typologie],
        lien="/documents-manquants" if is_missing else f"/actions/{typologie.code}",
        is_du_panier=typologie in BASKET,
    )


async def get_actions(request: web.Request) -> web.Response:
    """Show « mes actions en cours » (S01)."""
    ctx = contexte_of(request)
    panier = await request.app[SERVICES].db.aread(basket, ctx)
    return await show(request, "actions.html", panier=panier)


# --- the basket « document manquant » (S02, S14) ------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Manquants:
    """One page of missing documents.

    `en_lecture` has the lines whose paper is read, `prises` those someone holds (by
    reference), `vues` the views this person keeps.
    """

    page: PageDe[LignePiece]
    en_lecture: dict[int, Depot]
    prises: dict[str, dict[str, Any]]
    vues: tuple[tuple[str, str], ...]
    collectivites: tuple[Collectivite, ...]
    panier: Panier
    suivi: Suivi | None


def filtre_of(ctx: Contexte, saisie: Saisie) -> FiltrePieces:
    """Return what narrows the missing documents."""
    return FiltrePieces(
        etats=OPEN_PIECE_STATES,
        type=saisie.type or None,
        collectivite=saisie.collectivite or None,
        exigible_avant=saisie.exigible_avant,
        texte=saisie.texte or None,
        affecte=prises.asked(ctx, saisie.affecte),
    )


def missing(
    session: ReadSession, ctx: Contexte, saisie: Saisie, recu: str | None
) -> Manquants:
    """Read one page of missing documents, and the deposit just made."""
    page = pieces.listing(
        session,
        ctx.perimetre,
        filtre_of(ctx, saisie),
        curseur=ctx.open_cursor(saisie.curseur),
        limite=PAGE,
        tri=saisie.tri,
    )
    lines = [line.piece for line in page.elements]
    return Manquants(
        page=dataclasses.replace(page, suivant=ctx.close_cursor(page.suivant)),
        en_lecture=depots.awaiting(session, [piece.id for piece in lines]),
        prises=prises.holders(session, ctx, [piece.reference for piece in lines]),
        vues=affectations.views(
            session, ctx.identite.compte_id, Typologie.DOCUMENT_MANQUANT.code
        ),
        collectivites=collectivites.listing(session, ctx.perimetre),
        panier=basket(session, ctx),
        suivi=suivi.followed(session, ctx, recu),
    )


async def get_manquants(request: web.Request) -> web.Response:
    """Show the exhaustive list of missing documents."""
    ctx = contexte_of(request)
    saisie = read_list(request.query, ctx.catalogue)
    recu = request.query.get("recu")
    found = await request.app[SERVICES].db.aread(missing, ctx, saisie, recu)
    return await show(
        request,
        "manquants.html",
        liste=found,
        saisie=saisie,
        suivi=found.suivi,
        types=types_on(ctx.today),
        tris=SORTS,
        affectes=prises.AFFECTES,
        ici=request.rel_url.path_qs,
    )
