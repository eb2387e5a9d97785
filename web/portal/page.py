"""What every page shares: menu, messages, anti-forgery token, dates, the error page."""

import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import hdrs, web

from records.store.justificatifs import Justificatif, is_sensible
from records.vocabulary import Role
from socle.clock import legal_day
from web import aide, identity
from web.keys import ERROR_PAGE, IDENTITE, REQUETE, SERVICES, SESSION
from web.portal import frise
from web.portal import mots_colis as mc
from web.portal import presentation as p
from web.portal.menu import menu_of
from web.routes import STATICS

FOLDER = "portail"
STAFF = frozenset(
    role.code for role in (Role.GESTIONNAIRE, Role.OPERATEUR, Role.ADMINISTRATEUR)
)
_DECLARANTS = frozenset(
    role.code for role in (Role.COLLECTIVITE, Role.GESTIONNAIRE, Role.ADMINISTRATEUR)
)
_FILTERS = (
    p.jour, p.jour_long, p.moment, p.moment_long, p.periode, frise.manque, p.taille,
    p.nombre, p.montant, p.pourcent, p.accord, p.mot_role, p.mot_piece, p.mot_papier,
    p.mot_depot, p.mot_evenement, p.mot_typologie, p.ton, p.nom_champ, p.valeur_champ,
    p.requete, p.typo, frise.jours_prouves, frise.mois, p.mot_recours,
    frise.veille,
    mc.mot_colis, mc.mot_verdict, mc.mot_ecart, mc.mot_enveloppe,
    mc.mot_canal, mc.mot_proprietaire, mc.ton_colis,
)  # fmt: skip


def setup(app: web.Application, environment: jinja2.Environment) -> None:
    """Give the templates their words, and the errors their page."""
    for function in _FILTERS:
        environment.filters[function.__name__] = function
    clock = app[SERVICES].clock

    def nom_type(code: str) -> str:
        return p.nom_type(code, legal_day(clock.now()))

    def nom_nature(code: str) -> str:
        return app[SERVICES].catalogue(legal_day(clock.now())).nature(code)

    def nom_consequence(code: str) -> str:
        return app[SERVICES].catalogue(legal_day(clock.now())).consequence(code)

    def est_sensible(papier: Justificatif) -> bool:
        known = app[SERVICES].catalogue(legal_day(clock.now()))
        return is_sensible(papier, known)

    environment.filters |= {
        "est_sensible": est_sensible,
        "nom_type": nom_type,
        "nom_nature": nom_nature,
        "nom_consequence": nom_consequence,
        "retard": lambda day: p.retard(day, legal_day(clock.now())),
        "depuis": lambda instant: p.depuis(instant, clock.now()),
    }
    environment.globals["asset"] = asset
    app[ERROR_PAGE] = error_page


@functools.cache
def asset(path: str) -> str:
    """Return the address of a packaged file, marked by its content: cached for long."""
    for static in STATICS:
        file = static.source / path.removeprefix(f"{static.prefix}/")
        if path.startswith(f"{static.prefix}/") and file.is_file():
            return f"{path}?v={_digest(file)}"
    return path


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def is_staff(request: web.Request) -> bool:
    """Tell whether the person works here: handler, mailroom or administrator."""
    found = request.get(IDENTITE)
    return found is not None and found.role in STAFF


def is_fragment(request: web.Request) -> bool:
    """Tell whether htmx asks for a part of a page."""
    return "HX-Request" in request.headers


async def show(
    request: web.Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,  # noqa: ANN401 - what the template shows
) -> web.Response:
    """Render a page for this person; the messages left for them are shown once."""
    messages = [] if is_fragment(request) else await _take_messages(request)
    context = {**_common(request), "messages": messages, **values}
    response = aiohttp_jinja2.render_template(
        f"{FOLDER}/{template}", request, context, status=status
    )
    response.headers.update(headers or {})
    return response


def _common(request: web.Request) -> dict[str, Any]:
    services = request.app[SERVICES]
    moi = request.get(IDENTITE) if SESSION in request else None
    staff = moi is not None and moi.role in STAFF
    return {
        "moi": moi,
        "is_staff": staff,
        "jeton": identity.jeton_anti_forgery(request),
        "chemin": request.path,
        "menu": menu_of(request.app, moi.role if moi else "", request.path),
        "is_declarant": moi is not None and moi.role in _DECLARANTS,
        "aujourdhui": legal_day(services.clock.now()),
        "page_aide": aide.page_for(request.path),
        "has_antivirus": bool(services.settings.clamd),
        "messages": [],
    }


async def tell(
    request: web.Request,
    genre: str,
    texte: str,
    *,
    defaire: Mapping[str, Any] | None = None,
) -> None:
    """Leave a message for the next page: `bon`, `info` or `erreur`.

    `defaire` is the act that undoes: its `adresse`, its `mot` and its `champs`.
    """
    opened = request.get(SESSION)
    if opened is None:
        return
    left = {"genre": genre, "texte": texte, "defaire": dict(defaire or {})}
    opened.contenu.setdefault("messages", []).append(left)
    await identity.remember(request, opened.contenu)


async def _take_messages(request: web.Request) -> list[dict[str, Any]]:
    opened = request.get(SESSION)
    if opened is None or not opened.contenu.get("messages"):
        return []
    taken: list[dict[str, Any]] = opened.contenu.pop("messages")
    await identity.remember(request, opened.contenu)
    return taken


def see_other(place: str) -> web.Response:
    """Send the browser to a page by GET."""
    return web.Response(status=303, headers={hdrs.LOCATION: place})


_ADVICE = {
    403: "Si vous pensez devoir y accéder, demandez à votre administrateur.",
    404: (
        "L’adresse est peut-être incomplète, ou l’élément n’est plus dans votre "
        "périmètre."
    ),
    409: "Rien n’a été changé. Revenez à la page précédente et rechargez-la.",
    413: "Numérisez en noir et blanc à 200 points par pouce, ou en plusieurs fichiers.",
    429: "Patientez un instant avant de recommencer.",
    500: "Rien n’a été enregistré à moitié. Vous pouvez recommencer.",
}


def error_page(request: web.Request, problem: dict[str, Any]) -> str:
    """Render the page of an error."""
    context = {
        **_common(request),
        "probleme": problem,
        "conseil": _ADVICE.get(problem["status"], ""),
        "requete_id": request.get(REQUETE, ""),
    }
    return aiohttp_jinja2.render_string(f"{FOLDER}/erreur.html", request, context)
