"""Every address of the house on one screen, and how they are hung on the router."""

import importlib
from collections.abc import Iterable
from pathlib import Path

from aiohttp import web

from web import aide, metrics, sante
from web.api.routes import ROUTES as API
from web.keys import ROUTES
from web.security import PUBLIC, PolicyError, Route, Static

_HERE = Path(__file__).parent
_NPM = _HERE.parent / "node_modules"

STATICS = (
    Static(prefix="/static/bootstrap", source=_NPM / "bootstrap/dist"),
    Static(prefix="/static/htmx", source=_NPM / "htmx.org/dist"),
    Static(prefix=aide.IMAGES, source=aide.FOLDER / "images"),
    Static(prefix="/static", source=_HERE / "static"),
)
SYSTEM = (
    Route(method="GET", path="/sante", handler=sante.get_sante, policy=PUBLIC),
    Route(method="GET", path="/metrics", handler=metrics.get_metrics, policy=PUBLIC),
)


def every_route() -> tuple[Route, ...]:
    """Return all declared routes: system, API, portal."""
    portal = (
        importlib.import_module("web.portal.routes").ROUTES if _has_portal() else ()
    )
    return (*SYSTEM, *API, *portal)


def _has_portal() -> bool:
    return (_HERE / "portal/routes.py").exists()


def hang(app: web.Application, routes: Iterable[Route]) -> None:
    """Put the routes on the router; raise `PolicyError` for one without a policy."""
    declared: dict[web.AbstractRoute, Route] = {}
    for route in routes:
        if route.policy is None:
            raise PolicyError(f"{route.method} {route.path}: who may call it?")
        resource = app.router.add_resource(route.path, name=route.name)
        methods = ("GET", "HEAD") if route.method == "GET" else (route.method,)
        for method in methods:
            declared[resource.add_route(method, route.handler)] = route
    app[ROUTES] = declared
    for static in STATICS:
        if static.source.is_dir():
            app.router.add_static(static.prefix, static.source, show_index=False)
