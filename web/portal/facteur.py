"""« Mon compte »: giving oneself a second factor, its recovery codes, giving it up."""

import asyncio
from collections.abc import Callable

from aiohttp import web

from records.store import facteurs
from records.store.facteurs import Facteur
from socle.db import WriteSession
from socle.errors import ConflictError, NotFoundError, RefusedError
from web import second_facteur as totp
from web.api.contexte import Contexte, contexte_of
from web.identity import needs_second_facteur
from web.keys import LIMITES, SERVICES
from web.portal.forms import read_form
from web.portal.page import see_other, show, tell
from web.problems import TropDeDemandesError, status_of

Act = Callable[[WriteSession], None]
_PLACE = "/compte/second-facteur"
_WRONG = (
    "code-refuse",
    "Ce code n'est pas celui du moment : vérifiez l'heure du téléphone, puis recommencez.",
)


async def get_facteur(request: web.Request) -> web.Response:
    """Show the state of the second factor; begin giving one when there is none."""
    ctx = contexte_of(request)
    known = await request.app[SERVICES].db.aread(facteurs.get, ctx.identite.compte_id)
    return await _page(request, ctx, known)


async def _page(
    request: web.Request,
    ctx: Contexte,
    known: Facteur,
    erreur: str = "",
    status: int = 200,
) -> web.Response:
    secret = ""
    if known.scelle is not None and not known.is_actif:
        secret = totp.unseal(ctx.coffre, ctx.identite.compte_id, known.scelle)
    return await show(
        request,
        "second_facteur.html",
        status=status,
        facteur=known,
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        erreur=erreur,
        is_exige=needs_second_facteur(request),
    )


async def post_commencer(request: web.Request) -> web.Response:
    """Draw a secret and keep it sealed; nothing is asked for yet."""
    ctx = contexte_of(request)
    mine = ctx.identite.compte_id
    scelle = totp.seal(ctx.coffre, mine, totp.new_secret())
    await request.app[SERVICES].db.awrite(facteurs.begin, mine, scelle)
    return see_other(_PLACE)


async def get_image(request: web.Request) -> web.Response:
    """Send the QR code of the secret being given; nothing once it is active."""
    ctx = contexte_of(request)
    mine = ctx.identite.compte_id
    known = await request.app[SERVICES].db.aread(facteurs.get, mine)
    if known.scelle is None or known.is_actif:
        raise NotFoundError("introuvable", "Aucun code à montrer.")
    secret = totp.unseal(ctx.coffre, mine, known.scelle)
    text = totp.address(secret, ctx.identite.identifiant)
    octets = await asyncio.to_thread(totp.picture, text)
    return web.Response(body=octets, content_type="image/png")


async def post_activer(request: web.Request) -> web.Response:
    """Check the first code, then ask for it from now on; show the recovery codes once."""
    ctx, form = contexte_of(request), await read_form(request)
    mine, db = ctx.identite.compte_id, request.app[SERVICES].db
    codes = totp.new_codes()
    hashes = [totp.fingerprint(ctx.coffre, mine, code) for code in codes]

    def act(session: WriteSession) -> None:
        known = facteurs.get(session, mine)
        if known.scelle is None or known.is_actif:
            raise ConflictError(
                "etat-modifie", "Le second facteur a changé : reprenez au début."
            )
        secret = totp.unseal(ctx.coffre, mine, known.scelle)
        step = totp.step_of(secret, form.get("code", ""), ctx.now)
        if step is None:
            raise RefusedError(*_WRONG)
        facteurs.activate(session, mine, pas=step, codes=hashes, now=ctx.now)

    try:
        await db.awrite(act)
    except (RefusedError, ConflictError) as error:
        known = await db.aread(facteurs.get, mine)
        return await _page(request, ctx, known, error.detail, status_of(error))
    return await show(request, "codes_secours.html", codes=codes)


async def post_codes(request: web.Request) -> web.Response:
    """Replace the recovery codes; the former ones are dead."""
    ctx, form = contexte_of(request), await read_form(request)
    codes = totp.new_codes()
    mine = ctx.identite.compte_id
    hashes = [totp.fingerprint(ctx.coffre, mine, code) for code in codes]

    def act(session: WriteSession) -> None:
        _prove(session, ctx, form.get("code", ""))
        facteurs.replace_codes(session, mine, hashes)

    refused = await _try(request, ctx, act)
    return refused or await show(request, "codes_secours.html", codes=codes)


async def post_retirer(request: web.Request) -> web.Response:
    """Give the second factor up, against one last code."""
    ctx, form = contexte_of(request), await read_form(request)

    def act(session: WriteSession) -> None:
        _prove(session, ctx, form.get("code", ""))
        facteurs.remove(session, ctx.identite.compte_id, auteur=ctx.auteur, now=ctx.now)

    refused = await _try(request, ctx, act)
    if refused is not None:
        return refused
    await tell(request, "info", "Le second facteur est retiré.")
    return see_other("/compte")


def _prove(session: WriteSession, ctx: Contexte, code: str) -> None:
    """Check a code before something of the second factor changes."""
    mine = ctx.identite.compte_id
    if not totp.spend(session, ctx.coffre, mine, code, ctx.now):
        raise RefusedError(*_WRONG)


async def _try(request: web.Request, ctx: Contexte, act: Act) -> web.Response | None:
    """Do an act, or return the page that says why not; tries are counted."""
    limites, db = request.app[LIMITES], request.app[SERVICES].db
    key = f"second-facteur-{ctx.identite.compte_id}"
    try:
        limites.spend(limites.login_account, key, ctx.now.timestamp(), "Trop d'essais.")
        await db.awrite(act)
    except (RefusedError, TropDeDemandesError) as error:
        known = await db.aread(facteurs.get, ctx.identite.compte_id)
        return await _page(request, ctx, known, error.detail, status_of(error))
    return None
