"""The services of a collectivité (S17): created, renamed, ended on a day."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from records.parties import Collectivite
from records.store import collectivites, services
from records.store.services import ServiceVu
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, RefusedError
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal import personnel_lu as lire
from web.portal.forms import read_form, version_of
from web.portal.page import see_other, show, tell
from web.problems import status_of

_ONE_DAY = dt.timedelta(days=1)


@dataclass(slots=True, kw_only=True)
class PageServices:
    """The services one may see, and the form: a new one, or `choisi`."""

    services: tuple[ServiceVu, ...]
    lieux: dict[int, Collectivite]
    choisi: ServiceVu | None = None
    typed: dict[str, str] = field(default_factory=dict)
    erreurs: dict[str, str] = field(default_factory=dict)


def _page(session: ReadSession, ctx: Contexte, reference: str | None) -> PageServices:
    homes = collectivites.listing(session, ctx.perimetre)
    page = PageServices(
        services=services.listing(session, ctx.perimetre),
        lieux={home.id: home for home in homes},
    )
    if reference is not None:
        one = page.choisi = services.get(session, reference, ctx.perimetre)
        page.typed = {
            "code": one.code,
            "libelle": one.libelle,
            "debut": one.debut.isoformat() if one.debut else "",
            "fin": (one.fin - _ONE_DAY).isoformat() if one.fin else "",
            "version": str(one.version),
        }
    return page


async def get_services(request: web.Request) -> web.Response:
    """List the services, with the form of a new one or of the one chosen."""
    ctx, which = contexte_of(request), request.match_info.get("reference")
    page = await request.app[SERVICES].db.aread(_page, ctx, which)
    return await show(request, "services.html", p=page)


async def post_services(request: web.Request) -> web.Response:
    """Create a service, or change the one chosen."""
    ctx, which = contexte_of(request), request.match_info.get("reference")
    typed, db, status = await read_form(request), request.app[SERVICES].db, 422
    try:
        erreurs = await db.awrite(_write, ctx, which, typed)
    except (ConflictError, RefusedError) as error:
        erreurs = {e.champ: e.detail for e in error.erreurs}
        erreurs, status = erreurs or {"code": error.detail}, status_of(error)
    if erreurs:
        page = await db.aread(_page, ctx, which)
        page.typed, page.erreurs = typed, erreurs
        return await show(request, "services.html", p=page, status=status)
    said = "modifié" if which else "créé"
    await tell(request, "bon", f"Service {said} : {typed.get('libelle', '')[:100]}.")
    return see_other("/services")


def _write(
    session: WriteSession, ctx: Contexte, which: str | None, typed: Mapping[str, str]
) -> dict[str, str]:
    lue = lire.read_service(typed)
    homes = collectivites.listing(session, ctx.perimetre)
    named = typed.get("collectivite", "")
    if which is None and not named and len(homes) != 1:
        lue.erreurs["collectivite"] = "Choisissez la collectivité."
    if lue.erreurs:
        return lue.erreurs
    if which is not None:
        services.update(
            session, which, lue.valeurs, perimetre=ctx.perimetre, auteur=ctx.auteur,
            now=ctx.now, version=version_of(typed),
        )  # fmt: skip
        return {}
    home = collectivites.get(session, named, ctx.perimetre) if named else homes[0]
    services.create(
        session, collectivite_id=home.id, auteur=ctx.auteur, now=ctx.now, **lue.valeurs
    )
    return {}
