"""A refused act says what stands: the present state travels with the 409."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from aiohttp import web

from socle.db import ReadSession
from socle.errors import ConflictError, VaguemestreError
from web.api import exigences, justificatifs, prises, referentiel, sinistres
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES

T = TypeVar("T")
Json = dict[str, Any]
_SHOWN: Mapping[str, Callable[[ReadSession, Contexte, str], Json]] = MappingProxyType(
    {
        "collectivites": referentiel.get_collectivite,
        "services": referentiel.get_service,
        "agents": referentiel.get_agent,
        "evenements": sinistres.fiche,
        "pieces-attendues": exigences.get_piece,
        "documents": justificatifs.get_document,
        "affectations": prises.show,
    }
)


async def with_present_state(request: web.Request, work: Awaitable[T]) -> T:
    """Await an act; when it conflicts, read what stands and hand it with the refusal."""
    try:
        return await work
    except ConflictError as error:
        error.present = await _present(request)
        raise


async def _present(request: web.Request) -> Json | None:
    kind = request.path.removeprefix("/api/v1/").split("/", 1)[0]
    reference = request.match_info.get("reference")
    if reference is None or kind not in _SHOWN:
        return None
    db = request.app[SERVICES].db
    try:
        return await db.aread(_SHOWN[kind], contexte_of(request), reference)
    except VaguemestreError:
        return None
