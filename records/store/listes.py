"""Lists paged by cursor: the rows, the cursor of the next page, how many in all.

The cursor is opaque to callers: the sort values of the last row, in base64. It gives no
right: the perimeter is applied again on each page.
"""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import sqlalchemy as sa

from socle.db import ReadSession
from socle.errors import RefusedError

T = TypeVar("T")
MAX_ROWS = 200


class Liste(NamedTuple, Generic[T]):
    """One page; `suivant` is None on the last one."""

    rows: list[T]
    suivant: str | None
    total: int


def encode(values: Sequence[Any]) -> str:
    """Make a cursor of the sort values of a row."""
    text = json.dumps([_plain(value) for value in values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _plain(value: Any) -> Any:  # noqa: ANN401 - a sort value
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return value.isoformat() if isinstance(value, dt.date) else value


def decode(cursor: str, kinds: Sequence[Callable[[Any], Any]]) -> tuple[Any, ...]:
    """Read the sort values back; `RefusedError` when it is not one of ours."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.urlsafe_b64decode(padded.encode()))
        return tuple(k(v) for k, v in zip(kinds, values, strict=True))
    except (ValueError, TypeError, binascii.Error) as error:
        raise RefusedError(
            "curseur-invalide",
            "Cette page de liste n'existe pas : reprenez la liste depuis le début.",
        ) from error


def after(
    columns: Sequence[Any], values: Sequence[Any], *, is_descending: bool = False
) -> "sa.ColumnElement[bool]":
    """Keep the rows that come after `values` in the order of `columns`."""
    left, right = sa.tuple_(*columns), sa.tuple_(*(sa.literal(v) for v in values))
    return left < right if is_descending else left > right


def count(
    session: ReadSession, statement: "sa.Select[Any]", plafond: int | None = None
) -> int:
    """Count the rows of a statement, its order left out.

    With `plafond` the count stops just above it: what is past is « more than that ».
    """
    inner = statement.order_by(None)
    if plafond is not None:
        inner = inner.limit(plafond + 1)
    counted = sa.select(sa.func.count()).select_from(inner.subquery())
    return session.scalar(counted) or 0


def bounded(limite: int) -> int:
    """Bring a page size between 1 and `MAX_ROWS`."""
    return max(1, min(limite, MAX_ROWS))


def introuvable(label: str) -> str:
    """Say that nothing answers: the same words when it is someone else's."""
    return f"Aucun objet « {label} » à cette référence."
