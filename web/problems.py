"""Errors → answers: RFC 9457 problem documents for machines, a plain page for people.

The body never holds a stack, a path, a query or a version.
"""

import html
import json
from collections.abc import Iterable
from typing import Any

import structlog
from aiohttp import web

from socle.errors import (
    ConflictError,
    ErreurChamp,
    ForbiddenError,
    NotFoundError,
    RefusedError,
    UnavailableError,
    VaguemestreError,
)
from web.keys import ERROR_PAGE, REQUETE
from web.logs import describe

log = structlog.get_logger()
TYPE_PREFIX = "/api/docs#probleme-"


class NonAuthentifieError(VaguemestreError):
    """Nobody is signed in."""


class TropDeDemandesError(VaguemestreError):
    """Too many requests: come back in `retry_after` seconds."""

    def __init__(self, code: str, detail: str, *, retry_after: int) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after


STATUS_BY_CODE = {
    "envoi-tronque": 400,
    "corps-illisible": 400,
    "hote-refuse": 400,
    "deja-recu": 200,
    "delai-depasse": 408,
    "trop-volumineux": 413,
    "fichier-trop-gros": 413,
    "format-refuse": 415,
    "type-non-accepte": 415,
    "encodage-refuse": 415,
    "stockage-plein": 507,
    "fichier-vide": 422,
}
STATUS_BY_KIND: tuple[tuple[type[VaguemestreError], int], ...] = (
    (NonAuthentifieError, 401),
    (TropDeDemandesError, 429),
    (NotFoundError, 404),
    (ConflictError, 409),
    (ForbiddenError, 403),
    (RefusedError, 422),
    (UnavailableError, 503),
)
TITLES = {
    400: "Demande mal formée",
    401: "Identification nécessaire",
    403: "Action non autorisée",
    404: "Introuvable",
    405: "Action impossible ici",
    408: "Délai dépassé",
    409: "État actuel incompatible",
    413: "Envoi trop volumineux",
    415: "Format refusé",
    422: "Demande refusée",
    429: "Trop de demandes",
    500: "Erreur interne",
    503: "Service momentanément indisponible",
    507: "Stockage plein",
}
HTTP_CODES = {
    400: ("corps-illisible", "La demande n'est pas lisible. Vérifiez son format."),
    401: ("non-authentifie", "Identifiez-vous, puis recommencez."),
    403: ("interdit", "Votre rôle ne permet pas cette action."),
    404: ("introuvable", "Rien à cette adresse, ou rien que vous puissiez voir."),
    405: ("methode-refusee", "Cette adresse n'accepte pas cette méthode."),
    413: ("trop-volumineux", "L'envoi dépasse la taille admise. Réduisez-le."),
    415: ("format-refuse", "Ce format de contenu n'est pas accepté ici."),
}
INTERNAL = (
    "erreur-interne",
    (
        "Une erreur inattendue s'est produite ; rien n'a été enregistré à moitié. "
        "Recommencez, et si cela persiste transmettez le numéro de requête."
    ),
)


def status_of(error: VaguemestreError) -> int:
    """Return the HTTP status of one of our errors."""
    if error.code in STATUS_BY_CODE:
        return STATUS_BY_CODE[error.code]
    for kind, status in STATUS_BY_KIND:
        if isinstance(error, kind):
            return status
    return 422


def problem(
    request: web.Request,
    status: int,
    code: str,
    detail: str,
    *,
    erreurs: Iterable[ErreurChamp] = (),
    present: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the problem document; `present` is what stands, for a conflict."""
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + code,
        "title": TITLES.get(status, "Erreur"),
        "status": status,
        "code": code,
        "detail": detail,
        "requete": request.get(REQUETE, ""),
    }
    listed = [{"champ": e.champ, "code": e.code, "detail": e.detail} for e in erreurs]
    if listed:
        body["erreurs"] = listed
    if present is not None:
        body["etat_present"] = present
    return body


def wants_html(request: web.Request) -> bool:
    """Tell whether a person in a browser is asking: the portal, not the API."""
    return not request.path.startswith(("/api/v1", "/sante", "/metrics"))


def answer(request: web.Request, body: dict[str, Any]) -> web.Response:
    """Return the answer carrying this problem, in the form the caller reads."""
    if wants_html(request):
        return _page(request, body)
    return web.Response(
        text=json.dumps(body, ensure_ascii=False),
        status=body["status"],
        content_type="application/problem+json",
        charset="utf-8",
    )


def _page(request: web.Request, body: dict[str, Any]) -> web.Response:
    render = request.config_dict.get(ERROR_PAGE)
    try:
        text = render(request, body) if render else _plain_page(body)
    except Exception as error:  # noqa: BLE001 - the page that says what broke cannot break
        log.warning("page-d-erreur", **describe(error))
        text = _plain_page(body)
    return web.Response(text=text, status=body["status"], content_type="text/html")


def _plain_page(body: dict[str, Any]) -> str:
    title, detail = html.escape(body["title"]), html.escape(body["detail"])
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8">'
        f"<title>{title} – Vaguemestre</title></head><body><main><h1>{title}</h1>"
        f"<p>{detail}</p><p>Numéro de requête : {html.escape(body['requete'])}</p>"
        f'<p><a href="/">Retour à l\'accueil</a></p></main></body></html>'
    )
