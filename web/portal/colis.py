"""The operator's colis: received, followed, reconciled, and acted upon with a reason."""

from dataclasses import dataclass

from aiohttp import web

from intake import etabli_colis
from intake.etabli_colis import ActeColis, Demande
from records.colis import Colis, EtatColis, Sens
from records.parties import Collectivite
from records.store import colis as store
from records.store import colis_contenu as contenu
from records.store import collectivites
from records.store.curseurs import PageDe
from records.vocabulary import Canal, Role
from socle.db import ReadSession, WriteSession
from socle.errors import RefusedError, VaguemestreError
from web import colis as shared
from web.api.contexte import Contexte, contexte_of
from web.deposits import guichet_of
from web.keys import SERVICES
from web.portal.forms import read_form, reason_of, version_of
from web.portal.mots_colis import TERMES
from web.portal.page import see_other, show, tell
from web.problems import status_of
from web.uploads import Formulaire

PAGE = 25
LINES = 200
_OPERATORS = (Role.OPERATEUR, Role.ADMINISTRATEUR)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeColis:
    """One page of colis, and how many disagreements each still has."""

    page: PageDe[Colis]
    ecarts: dict[int, int]
    collectivites: tuple[Collectivite, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtre:
    """What the list is narrowed to."""

    etat: str = ""
    sens: str = ""
    curseur: str | None = None


def _filter(request: web.Request) -> Filtre:
    query = request.query
    etat, sens = query.get("etat", ""), query.get("sens", "")
    return Filtre(
        etat=etat if etat in {word.code for word in EtatColis} else "",
        sens=sens if sens in {word.code for word in Sens} else "",
        curseur=query.get("curseur") or None,
    )


def _listed(session: ReadSession, ctx: Contexte, filtre: Filtre) -> ListeColis:
    found = store.listing(
        session,
        ctx.perimetre,
        sens=filtre.sens or None,
        etat=filtre.etat or None,
        curseur=ctx.open_cursor(filtre.curseur),
        limite=PAGE,
    )
    return ListeColis(
        page=PageDe(
            elements=found.elements,
            suivant=ctx.close_cursor(found.suivant),
            total=found.total,
        ),
        ecarts={
            one.id: sum(
                line.is_ouvert
                for line in contenu.ecarts(session, one.id, ctx.perimetre)
            )
            for one in found.elements
        },
        collectivites=collectivites.listing(session, ctx.perimetre),
    )


async def get_liste(request: web.Request) -> web.Response:
    """List the colis, the last first, and offer to receive one."""
    return await _show_list(request)


async def _show_list(
    request: web.Request, *, status: int = 200, erreur: str = ""
) -> web.Response:
    ctx, filtre = contexte_of(request), _filter(request)
    liste = await request.app[SERVICES].db.aread(_listed, ctx, filtre)
    return await show(
        request,
        "colis_liste.html",
        status=status,
        liste=liste,
        filtre=filtre,
        erreur=erreur,
        etats=[(word.code, word.label) for word in EtatColis],
        may_act=ctx.identite.has_role(*_OPERATORS),
        taille_max=request.app[SERVICES].settings.colis_max,
    )


async def post_liste(request: web.Request) -> web.Response:
    """Receive a colis from a plain form."""
    formulaire: Formulaire[shared.Octets] = Formulaire()
    try:
        receipt = await shared.receive(request, Canal.PORTAIL, formulaire)
    except VaguemestreError as error:
        return await _show_list(request, status=status_of(error), erreur=error.detail)
    if receipt.is_deja_recu:
        await tell(request, "info", "Ce colis avait déjà été reçu : le voici.")
    return see_other(f"/colis/{receipt.reference}")


async def get_colis(request: web.Request) -> web.Response:
    """Show a colis: custody, items, disagreements, equation, and what can be done."""
    return await _show_colis(request)


async def _show_colis(
    request: web.Request,
    *,
    status: int = 200,
    erreur: str = "",
    demande: Demande | None = None,
    effet: str = "",
) -> web.Response:
    ctx, reference = contexte_of(request), request.match_info["reference"]
    raw = request.query.get("page", "1")
    rank = max(1, int(raw)) if raw.isascii() and raw.isdigit() and len(raw) < 6 else 1  # noqa: PLR2004
    tranche = slice((rank - 1) * LINES, rank * LINES)
    found = await request.app[SERVICES].db.aread(
        shared.view, ctx.perimetre, reference, tranche=tranche
    )
    may_act = ctx.identite.has_role(*_OPERATORS)
    return await show(
        request,
        "colis.html",
        status=status,
        v=found,
        termes=TERMES,
        rang_page=rank,
        nb_pages_liste=max(1, -(-found.nb_lignes // LINES)),
        erreur=erreur,
        demande=demande,
        effet=effet,
        may_act=may_act,
        actes=etabli_colis.acts_on(found.colis) if may_act else (),
        actes_fichier={
            ligne.fichier.rang: etabli_colis.acts_on_file(
                ligne.fichier, ligne.depot.etat if ligne.depot else None
            )
            for ligne in found.lignes
            if ligne.fichier is not None and may_act
        },
    )


async def post_acte(request: web.Request) -> web.Response:
    """Say what an act would do, then do it once it is confirmed."""
    ctx, form = contexte_of(request), await read_form(request)
    reference, services = request.match_info["reference"], request.app[SERVICES]
    try:
        demande = _demande(ctx, form)
        if form.get("confirme") != "1":
            effet = await services.db.aread(etabli_colis.plan, reference, demande)
            return await _show_colis(request, demande=demande, effet=effet)
        guichet = guichet_of(services)
        done = await services.db.awrite(etabli_colis.act, guichet, reference, demande)
    except RefusedError as error:
        return await _show_colis(request, status=422, erreur=error.detail)
    await tell(request, "bon", f"C’est fait. {done}")
    return see_other(f"/colis/{reference}")


def _demande(ctx: Contexte, form: dict[str, str]) -> Demande:
    """Read an act; an unknown one, or one without a reason, is refused."""
    acte = next((one for one in ActeColis if one.code == form.get("acte")), None)
    if acte is None:
        raise RefusedError("acte-inconnu", "Choisissez ce qu’il faut faire.")
    motif = reason_of(form)
    if len(motif) < etabli_colis.REASON_MIN:
        raise RefusedError("motif-obligatoire", "Dites pourquoi, en une phrase.")
    rang = form.get("rang", "")
    return Demande(
        acte=acte,
        motif=motif,
        auteur=ctx.auteur,
        now=ctx.now,
        perimetre=ctx.perimetre,
        rang=int(rang) if rang.isascii() and rang.isdigit() else None,
        collectivite=form.get("collectivite") or None,
        version=version_of(form),
    )


def _close(session: WriteSession, ctx: Contexte, ecart: str, motif: str) -> None:
    contenu.close_ecart(
        session,
        ecart,
        perimetre=ctx.perimetre,
        auteur=ctx.auteur,
        motif=motif,
        now=ctx.now,
    )


async def post_ecart(request: web.Request) -> web.Response:
    """Settle a disagreement, with a reason."""
    ctx, form = contexte_of(request), await read_form(request)
    reference, motif = request.match_info["reference"], reason_of(form)
    if len(motif) < etabli_colis.REASON_MIN:
        erreur = "Dites comment cet écart est réglé, en une phrase."
        return await _show_colis(request, status=422, erreur=erreur)
    db = request.app[SERVICES].db
    await db.awrite(_close, ctx, request.match_info["ecart"], motif)
    await tell(request, "bon", "L’écart est clos, avec son motif.")
    return see_other(f"/colis/{reference}")
