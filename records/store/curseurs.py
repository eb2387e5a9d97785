"""Pages of a list: an opaque cursor on (sort value, id), never an offset."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from socle.errors import RefusedError

T = TypeVar("T")
MAX_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PageDe(Generic[T]):
    """One page: its lines, the cursor of the next one, and how many in all."""

    elements: tuple[T, ...]
    suivant: str | None
    total: int


def encode(*values: Any) -> str:  # noqa: ANN401 - any JSON value
    """Make the cursor that starts after these sort values."""
    text = json.dumps([str(v) for v in values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str, size: int) -> tuple[str, ...]:
    """Read a cursor; raises `RefusedError` when it is not ours."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        (*kept,) = (str(values[rank]) for rank in range(size))
        return tuple(kept)
    except (ValueError, TypeError, LookupError, binascii.Error) as error:
        raise RefusedError(
            "curseur-invalide",
            "Cette page de liste n'existe pas. Revenez au début de la liste.",
        ) from error


def bounded(limit: int) -> int:
    """Keep a page size between 1 and the maximum."""
    return max(1, min(limit, MAX_PAGE))


def after(columns: list[Any], values: list[Any]) -> sa.ColumnElement[bool]:
    """Keep the rows that come after these sort values, ascending."""
    return sa.tuple_(*columns) > sa.tuple_(*values)


def before(columns: list[Any], values: list[Any]) -> sa.ColumnElement[bool]:
    """Keep the rows that come after these sort values, descending."""
    return sa.tuple_(*columns) < sa.tuple_(*values)
