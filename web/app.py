"""Composition root: settings → services → `Application`; the only place that constructs."""

import asyncio
import importlib
import importlib.util
from collections.abc import Iterable
from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

from socle.clock import Clock
from socle.settings import Settings
from web import middlewares
from web.api.openapi import describe
from web.api.routes import OPERATIONS
from web.keys import DESCRIPTION, HASHING, LIMITES, SERVICES
from web.limits import Limites
from web.routes import every_route, hang
from web.security import Route
from web.services import Services, build_services

MAX_BODY = 1024**2
MAX_HEADER = 8 * 1024
MAX_HEADERS = 64
KEEPALIVE_S = 75
VERSION = "0.1.0"
_TEMPLATES = Path(__file__).parent / "templates"


def create_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    services: Services | None = None,
    routes: Iterable[Route] | None = None,
) -> web.Application:
    """Build the application; refuses to open with a route that has no policy.

    `routes` replaces the declared ones, portal included (tests of the walls).
    """
    app = web.Application(
        client_max_size=MAX_BODY,
        middlewares=middlewares.ALL,
        handler_args={
            "keepalive_timeout": KEEPALIVE_S,
            "max_field_size": MAX_HEADER,
            "max_line_size": MAX_HEADER,
            "max_headers": MAX_HEADERS,
            "auto_decompress": False,
            "access_log": None,
        },
    )
    app[SERVICES] = services or build_services(settings, clock=clock)
    app[LIMITES] = Limites()
    app[HASHING] = asyncio.Semaphore(2)
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    app[DESCRIPTION] = describe(OPERATIONS, version=VERSION)
    if routes is None:
        _open_portal(app, environment)
        routes = every_route()
    hang(app, routes)
    app.on_response_prepare.append(middlewares.finish_headers)
    app.on_cleanup.append(_close)
    return app


def _open_portal(app: web.Application, environment: jinja2.Environment) -> None:
    """Let the portal add its filters, globals and error page."""
    if importlib.util.find_spec("web.portal") is None:
        return
    portal = importlib.import_module("web.portal")
    if hasattr(portal, "setup"):
        portal.setup(app, environment)


async def _close(app: web.Application) -> None:
    services = app[SERVICES]
    await asyncio.to_thread(services.queue.close)
    await services.db.aclose()
