"""The root error and its kinds: what a caller may catch, and what a person is told.

This room does not know HTTP: `web` maps each kind to a status.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ErreurChamp:
    """One invalid field: where, a closed code, and what to do about it (French)."""

    champ: str
    code: str
    detail: str


class VaguemestreError(Exception):
    """What went wrong, under a closed code, with a French sentence saying what to do.

    `code` is for machines (closed list, kebab case); `detail` is for people.
    """

    def __init__(
        self, code: str, detail: str, *, erreurs: tuple[ErreurChamp, ...] = ()
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.erreurs = erreurs


class NotFoundError(VaguemestreError):
    """The thing does not exist, or not for this person: both look the same."""


class ConflictError(VaguemestreError):
    """The present state does not allow the act; nothing was changed.

    `present` is what stands now, when the one who asked may read it.
    """

    present: dict[str, Any] | None = None


class RefusedError(VaguemestreError):
    """The input was understood and is not accepted."""


class ForbiddenError(VaguemestreError):
    """This role never has that function."""


class UnavailableError(VaguemestreError):
    """A resource is missing for now (disk, database, service): try again later."""
