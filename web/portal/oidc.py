"""Coming in by the identity provider: leave, come back, be known."""

import dataclasses

from aiohttp import hdrs, web

from records.store import facteurs, identites
from records.store.facteurs import OIDC
from socle.db import WriteSession
from socle.errors import NotFoundError, RefusedError, UnavailableError
from web import identity, oidc
from web.keys import LIMITES, SERVICES
from web.oidc import Depart
from web.portal.acces import CODE, show_connexion
from web.portal.forms import safe_place
from web.portal.page import see_other
from web.problems import TropDeDemandesError

_UNKNOWN = (
    "oidc-sans-compte",
    "Aucun compte n'est ouvert à votre adresse : demandez-en un à votre administrateur.",
)


async def get_depart(request: web.Request) -> web.Response:
    """Send the browser to the provider, with what its return must prove."""
    services = request.app[SERVICES]
    settings, now = services.settings, services.clock.now()
    if not settings.oidc_emetteur:
        raise NotFoundError("introuvable", "Aucun fournisseur d'identité n'est réglé.")
    suite = safe_place(request.query.get("suite"))
    try:
        limites = request.app[LIMITES]
        limites.spend(
            limites.login_address, identity.client_address(request), now.timestamp(),
            "Trop d'essais depuis votre adresse.",
        )  # fmt: skip
        provider, depart = await oidc.discover(settings), oidc.new_depart()
    except (RefusedError, UnavailableError, TropDeDemandesError) as error:
        return await show_connexion(request, suite=suite, error=error)
    cookie = await services.db.awrite(
        facteurs.open_step, OIDC, now=now,
        contenu={**dataclasses.asdict(depart), "suite": suite},
    )  # fmt: skip
    response = see_other(oidc.leave(settings, provider, depart))
    identity.set_cookie(request, response, cookie)
    return response


async def get_retour(request: web.Request) -> web.Response:
    """Take the return of the provider: once, for the browser that left, for an account."""
    services = request.app[SERVICES]
    etape = await identity.find_step(request, OIDC)
    if etape is None or not await services.db.awrite(
        facteurs.close_step, etape.empreinte
    ):
        return see_other("/connexion")
    suite = safe_place(etape.contenu.get("suite"))
    depart = Depart(**{name: etape.contenu[name] for name in _KEPT})
    try:
        who = await _known(request, depart)
        response = see_other(suite)
        found = await identity.admit(
            request, response, who[0], suite=suite, is_strong=who[1]
        )
    except (RefusedError, UnavailableError) as error:
        return await show_connexion(request, suite=suite, error=error)
    if found is None:
        response.headers[hdrs.LOCATION] = CODE
    return response


_KEPT = tuple(field.name for field in dataclasses.fields(Depart))


async def _known(request: web.Request, depart: Depart) -> tuple[int, bool]:
    """Return the account of whoever comes back, and whether two proofs were asked."""
    services = request.app[SERVICES]
    settings, now = services.settings, services.clock.now()
    provider = await oidc.discover(settings)
    who = await oidc.come_back(settings, provider, depart, request.query, now)

    def act(session: WriteSession) -> int | None:
        return identites.known(
            session,
            emetteur=who.emetteur,
            sujet=who.sujet,
            adresse=who.adresse if who.has_adresse_sure else "",
            now=now,
        )

    found = await services.db.awrite(act)
    if found is None:
        raise RefusedError(*_UNKNOWN)
    return found, who.is_forte
