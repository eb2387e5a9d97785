"""Typed keys: what the application and each request carry."""

from typing import TYPE_CHECKING, Any

from aiohttp import web

from records.comptes import Identite
from records.store.sessions import SessionOuverte

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping

    from web.limits import Limites
    from web.security import Route
    from web.services import Services

SERVICES: "web.AppKey[Services]" = web.AppKey("services")
ROUTES: "web.AppKey[Mapping[web.AbstractRoute, Route]]" = web.AppKey("routes")
LIMITES: "web.AppKey[Limites]" = web.AppKey("limites")
# at most this many passwords are hashed at once: each takes 64 MB
HASHING: "web.AppKey[asyncio.Semaphore]" = web.AppKey("hashing")
ERROR_PAGE: "web.AppKey[Callable[[web.Request, dict[str, Any]], str]]" = web.AppKey(
    "error_page"
)
DESCRIPTION: web.AppKey[dict[str, Any]] = web.AppKey("description")

REQUETE: web.RequestKey[str] = web.RequestKey("requete")
IDENTITE: web.RequestKey[Identite] = web.RequestKey("identite")
SESSION: web.RequestKey[SessionOuverte] = web.RequestKey("session")
# the session's token was not proved yet: the upload reader must see it first
ANTI_FORGERY_DUE: web.RequestKey[bool] = web.RequestKey("anti_forgery_due")
