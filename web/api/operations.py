"""An API operation: a route, and what its description says."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from web.security import SIGNED_IN, Handler, Policy, Route

PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation under `/api/v1`, declared once for the router and the description.

    `reponse` is a pydantic model, or a media type for bytes. `erreurs` are the statuses
    it may answer beside 400, 401, 403, 422 and, with a path parameter, 404.
    """

    method: str
    path: str
    handler: Handler
    resume: str
    etiquette: str
    policy: Policy = SIGNED_IN
    query: type[BaseModel] | None = None
    corps: type[BaseModel] | None = None
    reponse: Any = None
    statut: int = 200
    # another status that is an answer too: nothing new, or only tried
    statut_essai: int | None = None
    erreurs: tuple[int, ...] = ()
    detail: str = ""
    is_upload: bool = False
    formulaire: dict[str, Any] | None = None
    # an upload that the same bytes make idempotent by themselves needs no key
    has_cle: bool = True

    @property
    def nom(self) -> str:
        """The identifier of the operation, from its handler."""
        return getattr(self.handler, "__name__", "operation")

    def route(self) -> Route:
        """Return the route to hang on the router."""
        return Route(
            method=self.method,
            path=PREFIX + self.path,
            handler=self.handler,
            policy=self.policy,
            name=f"api-{self.nom.replace('_', '-')}",
            is_upload=self.is_upload,
        )
