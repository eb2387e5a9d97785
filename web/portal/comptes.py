"""Accounts, for the administrator: opened, narrowed, suspended, reset, signed out."""

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from records.comptes import EVERYTHING, Perimetre
from records.journal import FaitNouveau, Tag
from records.parties import Collectivite
from records.store import (
    collectivites,
    comptes,
    gestion_comptes,
    journal,
    services,
    sessions,
)
from records.store.comptes import NouveauCompte
from records.store.curseurs import PageDe
from records.store.gestion_comptes import CompteVu
from records.store.services import ServiceVu
from records.vocabulary import Role
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, NotFoundError, RefusedError
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES, SESSION
from web.portal.acces import Connexion, connexions
from web.portal.forms import MAX_TEXT, read_form
from web.portal.page import see_other, show, tell
from web.problems import status_of

PAGE = 50
_ROLES = tuple((role.code, role.label) for role in Role)
_MAX_CHOSEN = 2000


async def get_comptes(request: web.Request) -> web.Response:
    """Show the accounts, by identifier, with filters."""
    ctx, asked = contexte_of(request), request.query
    texte, role = asked.get("texte", "").strip()[:MAX_TEXT], asked.get("role", "")
    curseur = asked.get("curseur") or None

    def read(session: ReadSession) -> PageDe[CompteVu]:
        found = gestion_comptes.listing(
            session, texte=texte, role=role, curseur=ctx.open_cursor(curseur),
            limite=PAGE,
        )  # fmt: skip
        return PageDe(
            elements=tuple(found.rows),
            suivant=ctx.close_cursor(found.suivant),
            total=found.total,
        )

    page = await request.app[SERVICES].db.aread(read)
    return await show(
        request, "comptes.html", page=page, texte=texte, role=role, roles=_ROLES,
        curseur=curseur or "", maintenant=ctx.now,
    )  # fmt: skip


# --- opening --------------------------------------------------------------------------


async def get_nouveau(request: web.Request) -> web.Response:
    """Show the form of a new account."""
    return await _form(request, {}, (), "")


async def _form(
    request: web.Request,
    typed: dict[str, str],
    chosen: tuple[str, ...],
    erreur: str,
    status: int = 200,
) -> web.Response:
    ctx = contexte_of(request)
    homes = await request.app[SERVICES].db.aread(collectivites.listing, ctx.perimetre)
    return await show(
        request, "compte_nouveau.html", status=status, typed=typed, choisies=chosen,
        erreur=erreur, roles=_ROLES, collectivites=homes,
    )  # fmt: skip


async def post_nouveau(request: web.Request) -> web.Response:
    """Open an account; its activation link is shown once, here."""
    ctx, form = contexte_of(request), await read_form(request)
    chosen = await _chosen(request, "collectivites")

    def act(session: WriteSession) -> tuple[str, str]:
        homes = [collectivites.get(session, ref, ctx.perimetre).id for ref in chosen]
        nouveau = NouveauCompte(
            identifiant=form.get("identifiant", ""),
            role=form.get("role", ""),
            collectivites=homes if form.get("role") not in EVERYTHING else (),
            has_secret_medical=form.get("secret_medical") == "oui",
        )
        made, secret = comptes.create_compte(
            session, nouveau, now=ctx.now, auteur=ctx.auteur
        )
        return made.reference, secret

    try:
        reference, secret = await request.app[SERVICES].db.awrite(act)
    except (RefusedError, ConflictError, NotFoundError) as error:
        return await _form(request, form, chosen, error.detail, status_of(error))
    return await _link(request, reference, secret)


async def _chosen(request: web.Request, name: str) -> tuple[str, ...]:
    """Return the choices of a list of several."""
    given = (await request.post()).getall(name, [])
    return tuple(dict.fromkeys(str(one) for one in given if one))[:_MAX_CHOSEN]


async def _link(request: web.Request, reference: str, secret: str) -> web.Response:
    """Show a one-time activation link: nothing of it is kept in clear."""
    services_ = request.app[SERVICES]
    compte = await services_.db.aread(gestion_comptes.get, reference)
    link = f"{services_.settings.public_url}/activation?code={secret}"
    return await show(request, "compte_lien.html", compte=compte, lien=link)


# --- one account ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class VueCompte:
    """An account as its page shows it; services are offered for one collectivité."""

    compte: CompteVu
    voit_tout: bool
    connexions: tuple[Connexion, ...]
    collectivites: tuple[Collectivite, ...]
    choisies: frozenset[int]
    services: tuple[ServiceVu, ...]
    limites: frozenset[int]


def _view(session: ReadSession, ctx: Contexte, reference: str, here: str) -> VueCompte:
    compte = gestion_comptes.get(session, reference)
    chosen, limited = gestion_comptes.perimeter_ids(session, compte.id)
    offered: tuple[ServiceVu, ...] = ()
    if len(chosen) == 1:
        offered = services.listing(session, Perimetre(collectivites=chosen))
    return VueCompte(
        compte=compte,
        voit_tout=compte.role in EVERYTHING,
        connexions=tuple(connexions(session, ctx, compte.id, here)),
        collectivites=collectivites.listing(session, ctx.perimetre),
        choisies=chosen,
        services=offered,
        limites=limited,
    )


async def get_compte(request: web.Request) -> web.Response:
    """Show an account: what it sees, its browsers, what may be done about it."""
    return await _fiche(request)


async def _fiche(
    request: web.Request, erreur: str = "", status: int = 200
) -> web.Response:
    ctx, reference = contexte_of(request), request.match_info["reference"]
    opened = request.get(SESSION)
    found = await request.app[SERVICES].db.aread(
        _view, ctx, reference, opened.empreinte if opened else ""
    )
    return await show(
        request, "compte_fiche.html", status=status, v=found, erreur=erreur
    )


async def post_perimetre(request: web.Request) -> web.Response:
    """Give an account another perimeter."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    homes = await _chosen(request, "collectivites")
    narrowed = await _chosen(request, "services")

    def act(session: WriteSession) -> None:
        gestion_comptes.change_perimeter(
            session,
            reference,
            collectivites=[
                collectivites.get(session, ref, ctx.perimetre).id for ref in homes
            ],
            services=[services.get(session, ref, ctx.perimetre).id for ref in narrowed],
            auteur=ctx.auteur,
            now=ctx.now,
        )

    return await _do(
        request, act, "Le périmètre est modifié ; la personne se reconnecte."
    )


async def _do(
    request: web.Request, act: Callable[[WriteSession], None], done: str
) -> web.Response:
    """Do an act on an account, or show its page with what is wrong."""
    try:
        await request.app[SERVICES].db.awrite(act)
    except RefusedError as error:
        return await _fiche(request, error.detail, status_of(error))
    await tell(request, "bon", done)
    return see_other(f"/comptes/{request.match_info['reference']}")


async def post_suspendre(request: web.Request) -> web.Response:
    """Suspend an account: everything it had open is closed."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    return await _do(
        request,
        lambda session: gestion_comptes.suspend(
            session, reference, auteur=ctx.auteur, now=ctx.now
        ),
        "Le compte est suspendu et toutes ses connexions sont fermées.",
    )


async def post_retablir(request: web.Request) -> web.Response:
    """Open a suspended account again."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    return await _do(
        request,
        lambda session: gestion_comptes.restore(
            session, reference, auteur=ctx.auteur, now=ctx.now
        ),
        "Le compte est rétabli, avec son ancien mot de passe.",
    )


async def post_reinitialiser(request: web.Request) -> web.Response:
    """Give a new activation link: the former password is dead."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    try:
        secret = await request.app[SERVICES].db.awrite(
            gestion_comptes.reset, reference, auteur=ctx.auteur, now=ctx.now
        )
    except RefusedError as error:
        return await _fiche(request, error.detail, status_of(error))
    return await _link(request, reference, secret)


async def post_oublier_facteur(request: web.Request) -> web.Response:
    """Remove the second factor of someone who lost it."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    return await _do(
        request,
        lambda session: gestion_comptes.forget_factor(
            session, reference, auteur=ctx.auteur, now=ctx.now
        ),
        "Le second facteur est retiré ; la personne se reconnecte.",
    )


async def post_deconnecter(request: web.Request) -> web.Response:
    """Close one browser of an account, or all of them."""
    ctx, form = contexte_of(request), await read_form(request)
    reference = request.match_info["reference"]

    def act(session: WriteSession) -> None:
        compte = gestion_comptes.get(session, reference)
        for row in sessions.list_sessions(session, compte.id, now=ctx.now):
            if form.get("connexion", row.empreinte[:16]) == row.empreinte[:16]:
                sessions.close_session(session, row.empreinte)
        fait = FaitNouveau(
            tag=Tag.COMPTE_DECONNECTE, sujet=compte.reference, auteur=ctx.auteur
        )
        journal.append(session, fait, ctx.now)

    return await _do(request, act, "La connexion est fermée.")
