"""What a view hands to the register: who acts, what they see, when, with which keys."""

import datetime as dt
import hmac
from dataclasses import dataclass

from aiohttp import web

from records.comptes import Identite, Perimetre
from records.natures import Catalogue, catalogue
from socle.clock import legal_day
from socle.crypto import Coffre
from socle.errors import RefusedError
from web.identity import identite
from web.keys import SERVICES

_SIGNATURE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Contexte:
    """The values one request needs beside its own."""

    identite: Identite
    now: dt.datetime
    coffre: Coffre

    @property
    def perimetre(self) -> Perimetre:
        """What this person may see."""
        return self.identite.perimetre

    @property
    def auteur(self) -> str:
        """Who signs the facts."""
        return self.identite.reference

    @property
    def today(self) -> dt.date:
        """The legal day."""
        return legal_day(self.now)

    def close_cursor(self, curseur: str | None) -> str | None:
        """Sign the cursor given out, so that only ours come back to the stores."""
        if curseur is None:
            return None
        return f"{curseur}.{self._signature(curseur)}"

    def open_cursor(self, given: str | None) -> str | None:
        """Return the cursor of a list; `RefusedError` when it is not one of ours."""
        if given is None:
            return None
        curseur, _, signature = given.rpartition(".")
        if not hmac.compare_digest(
            signature.encode(), self._signature(curseur).encode()
        ):
            raise RefusedError(
                "curseur-invalide",
                "Cette page de liste n'existe pas : reprenez la liste au début.",
            )
        return curseur

    def _signature(self, curseur: str) -> str:
        return self.coffre.sign(f"curseur\0{curseur}".encode())[:_SIGNATURE]

    @property
    def catalogue(self) -> Catalogue:
        """The natures, conséquences, types and matrix in force today."""
        return catalogue(self.today)


def contexte_of(request: web.Request) -> Contexte:
    """Build the context of a request."""
    services = request.app[SERVICES]
    return Contexte(
        identite=identite(request),
        now=services.clock.now(),
        coffre=services.coffre,
    )
