"""What every request goes through, outermost first: `ALL` is the order.

log → errors → limits → identity → policy → anti-forgery → the view.
"""

import asyncio
import secrets
import time
from urllib.parse import quote, urlsplit

import structlog
from aiohttp import hdrs, web
from sqlalchemy.exc import IntegrityError, OperationalError

from socle.db import is_busy
from socle.errors import (
    ConflictError,
    ForbiddenError,
    RefusedError,
    UnavailableError,
    VaguemestreError,
)
from web import identity, metrics, problems, security
from web.keys import (
    ANTI_FORGERY_DUE,
    IDENTITE,
    REQUETE,
    ROUTES,
    SERVICES,
    SESSION,
)
from web.logs import describe
from web.security import Handler, Route

BODY_TIMEOUT_S = 30
ENROLMENT = "/compte/second-facteur"
STATIC_CACHE = "public, max-age=3600"
_FORMS = ("application/x-www-form-urlencoded",)
_TAKEN = ConflictError(
    "valeur-deja-prise",
    "Une autre fiche porte déjà cette valeur (référence externe, numéro, SIRET…). Rien n'a "
    "été changé : rechargez, puis corrigez.",
)
_BUSY = UnavailableError(
    "service-occupe",
    "Le service est momentanément occupé ; rien n'a été enregistré. Recommencez.",
)
log = structlog.get_logger()


def declared(request: web.Request) -> Route | None:
    """Return the declared route this request fell on, None for 404 and 405."""
    return request.app[ROUTES].get(request.match_info.route)


def template_of(request: web.Request) -> str:
    """Return the shape of the address: what may be logged and counted."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "inconnue"


@web.middleware
async def log_and_count(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request its number; write one line and one measure when it is over."""
    request[REQUETE] = secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(requete=request[REQUETE])
    started = time.perf_counter()
    status = 499  # the client went away
    try:
        response = await handler(request)
        status = response.status
        return response
    finally:
        elapsed = time.perf_counter() - started
        route = template_of(request)
        metrics.observe_request(request.method, route, status, elapsed)
        log.info(
            "requete",
            methode=request.method,
            route=route,
            statut=status,
            duree_ms=round(elapsed * 1000, 1),
        )


@web.middleware
async def errors_to_answers(
    request: web.Request, handler: Handler
) -> web.StreamResponse:
    """Turn whatever is raised into a problem document or an error page."""
    try:
        return await handler(request)
    except VaguemestreError as error:
        return _from_error(request, error)
    except web.HTTPException as error:
        if error.status < 400:  # noqa: PLR2004 - a redirect is an answer
            raise
        return _from_http(request, error)
    except ConnectionError:
        raise
    except Exception as error:  # noqa: BLE001 - the last wall before the client
        return _from_anything(request, error)


def _from_anything(request: web.Request, error: Exception) -> web.StreamResponse:
    if isinstance(error, TimeoutError):
        return _simple(request, 408, "delai-depasse", "L'envoi s'est interrompu.")
    if isinstance(error, IntegrityError):
        # the last guard of the base: two people, or two sendings, wanted the same place
        log.info("conflit", **describe(error))
        return _from_error(request, _TAKEN)
    if isinstance(error, OperationalError) and is_busy(error):
        log.warning("base-occupee", **describe(error))
        return _from_error(request, _BUSY)
    # the message and its values stay out of the log as of the answer
    log.error("erreur-interne", **describe(error))
    return _simple(request, 500, *problems.INTERNAL)


def _from_error(request: web.Request, error: VaguemestreError) -> web.StreamResponse:
    status = problems.status_of(error)
    if isinstance(error, problems.NonAuthentifieError) and problems.wants_html(request):
        return _to_sign_in(request)
    body = problems.problem(
        request,
        status,
        error.code,
        error.detail,
        erreurs=error.erreurs,
        present=error.present if isinstance(error, ConflictError) else None,
    )
    response = problems.answer(request, body)
    if isinstance(error, problems.TropDeDemandesError):
        response.headers[hdrs.RETRY_AFTER] = str(error.retry_after)
    elif status in {503, 507}:
        response.headers[hdrs.RETRY_AFTER] = "60"
    if status == 401:  # noqa: PLR2004
        response.headers[hdrs.WWW_AUTHENTICATE] = 'Bearer realm="vaguemestre"'
    if status >= 500:  # noqa: PLR2004
        log.warning("indisponible", code=error.code)
    return response


def _to_sign_in(request: web.Request) -> web.StreamResponse:
    """Send a person to the sign-in page, and back where they were going."""
    target = request.rel_url.path_qs if request.method in {"GET", "HEAD"} else "/"
    place = "/connexion" if target == "/" else f"/connexion?suite={quote(target)}"
    if "HX-Request" in request.headers:
        # htmx follows a 3xx inside the fragment; this header moves the whole page
        return web.Response(status=401, headers={"HX-Redirect": place})
    return web.Response(status=303, headers={hdrs.LOCATION: place})


def _from_http(request: web.Request, error: web.HTTPException) -> web.StreamResponse:
    status = error.status
    code, detail = problems.HTTP_CODES.get(status, problems.HTTP_CODES[400])
    response = _simple(request, status, code, detail)
    for name in (hdrs.ALLOW,):
        if name in error.headers:
            response.headers[name] = error.headers[name]
    return response


def _simple(request: web.Request, status: int, code: str, detail: str) -> web.Response:
    body = problems.problem(request, status, code, detail)
    return problems.answer(request, body)


@web.middleware
async def limits(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse unknown hosts and compressed bodies; bound the time to send a body."""
    host = urlsplit(f"//{request.headers.get(hdrs.HOST, '')}").hostname
    settings = request.app[SERVICES].settings
    if host not in security.allowed_hosts(settings.public_url):
        raise RefusedError(
            "hote-refuse",
            "Cette adresse n'est pas celle du service (réglage URL_PUBLIQUE).",
        )
    encoding = request.headers.get(hdrs.CONTENT_ENCODING, "").strip().lower()
    if encoding not in {"", "identity"}:
        raise RefusedError(
            "encodage-refuse", "Envoyez le contenu sans compression (Content-Encoding)."
        )
    route = declared(request)
    if request.can_read_body and not (route and route.is_upload):
        async with asyncio.timeout(BODY_TIMEOUT_S):
            await request.read()
    return await handler(request)


@web.middleware
async def who(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find who is asking, when the route cares."""
    if declared(request) is not None:
        await identity.identify(request)
        found = request.get(IDENTITE)
        if found is not None:
            structlog.contextvars.bind_contextvars(
                compte=found.reference, moyen=found.moyen
            )
    return await handler(request)


@web.middleware
async def policy(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let in those the route is for: anonymous → sign in, wrong role → 403."""
    route = declared(request)
    if route is not None and route.policy is not None:
        found = request.get(IDENTITE)
        if not route.policy.allows(found.role if found else None):
            if found is None:
                raise problems.NonAuthentifieError(
                    "non-authentifie",
                    "Cette adresse demande un jeton valable ou une session ouverte.",
                )
            raise ForbiddenError("interdit", "Votre rôle ne permet pas cette action.")
        if identity.needs_second_facteur(request) and not _is_for_enrolling(route):
            return _to_enrol(request)
    return await handler(request)


def _is_for_enrolling(route: Route) -> bool:
    """Tell whether someone without their second factor may still open this route."""
    return (
        route.policy is None
        or route.policy.roles is None
        or route.path == "/deconnexion"
        or route.path.startswith(("/compte", "/aide"))
    ) and not route.path.startswith("/comptes")


def _to_enrol(request: web.Request) -> web.StreamResponse:
    """Lead a person to where the second factor is given; refuse a machine's call."""
    if request.method in {"GET", "HEAD"} and problems.wants_html(request):
        return web.Response(status=303, headers={hdrs.LOCATION: ENROLMENT})
    raise ForbiddenError(
        "second-facteur-exige",
        "Activez d'abord votre second facteur, dans « Mon compte ».",
    )


@web.middleware
async def anti_forgery(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Accept a change from a browser only when our own page asked for it.

    A bearer token proves intent by itself: no other site can make a browser send it.
    """
    if request.method not in security.UNSAFE or declared(request) is None:
        return await handler(request)
    by_token = request.get(IDENTITE) is not None and SESSION not in request
    if by_token:
        return await handler(request)
    public_url = request.app[SERVICES].settings.public_url
    if not security.same_origin(request, public_url):
        raise _forged()
    if SESSION in request:
        await _demand_proof(request)
    return await handler(request)


async def _demand_proof(request: web.Request) -> None:
    header = request.headers.get(security.ANTI_FORGERY_HEADER)
    if header is not None:
        given: str | None = header
    elif request.content_type in _FORMS:
        value = (await request.post()).get(security.ANTI_FORGERY_FIELD)
        given = value if isinstance(value, str) else None
    elif request.content_type == "multipart/form-data" and _reads_uploads(request):
        # the reader checks the first part, before any file is read
        request[ANTI_FORGERY_DUE] = True
        return
    else:
        given = None
    if not identity.has_proof(request, given):
        raise _forged()


def _reads_uploads(request: web.Request) -> bool:
    route = declared(request)
    return route is not None and route.is_upload


def _forged() -> ForbiddenError:
    return ForbiddenError(
        "anti-contrefacon",
        "Cette page n'est plus à jour ou la demande vient d'ailleurs. "
        "Rechargez la page, puis recommencez.",
    )


async def finish_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Complete the headers of every answer, streams and errors included."""
    response.headers.pop(hdrs.SERVER, None)
    if isinstance(request.match_info.route.resource, web.StaticResource):
        response.headers.setdefault(hdrs.CACHE_CONTROL, STATIC_CACHE)
    settings = request.app[SERVICES].settings
    for name, value in security.default_headers(settings.public_url).items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("X-Request-Id", request.get(REQUETE, ""))


ALL = (log_and_count, errors_to_answers, limits, who, policy, anti_forgery)
