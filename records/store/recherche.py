"""Agents found by the first letters of any of their names, quickly among 100,000."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from records import tables as t
from records.comptes import Perimetre
from records.noms import fold
from records.parties import Agent
from records.store import valeurs
from records.store.listes import Liste, after, bounded, count, decode, encode
from records.store.perimetres import narrow
from socle.db import ReadSession
from socle.errors import RefusedError

MIN_SEARCH = 3
_PAST_LETTERS = "{"  # the sign after « z »: folded words are a-z and 0-9
# beyond this, walking the list in order beats sorting what the words give
_BROAD = 1000


def search(
    session: ReadSession,
    *,
    perimetre: Perimetre,
    q: str | None = None,
    collectivite_id: int | None = None,
    reference_externe: str | None = None,
    curseur: str | None = None,
    limite: int = 20,
) -> Liste[Agent]:
    """List agents by name; `q` keeps those whose names start with each of its words.

    Raises `RefusedError` (`recherche-trop-courte`) under three letters.
    """
    conditions = []
    if collectivite_id is not None:
        conditions.append(t.Agent.collectivite_id == collectivite_id)
    if reference_externe is not None:
        conditions.append(t.Agent.reference_externe == reference_externe)
    statement = narrow(sa.select(t.Agent), t.Agent, perimetre).where(*conditions)
    if q is not None:
        words = _words(q)
        total = _count_named(session, words, perimetre, conditions)
        statement = _named(session, statement, words, perimetre, total)
    else:
        total = count(session, statement.with_only_columns(t.Agent.id))
    key = (t.Agent.recherche, t.Agent.id)
    if curseur:
        statement = statement.where(after(key, decode(curseur, (str, int))))
    size = bounded(limite)
    rows = session.scalars(statement.order_by(*key).limit(size + 1)).all()
    kept = rows[:size]
    more = len(rows) > size
    suivant = encode((kept[-1].recherche, kept[-1].id)) if more else None
    return Liste([valeurs.agent(row) for row in kept], suivant, total)


def _words(q: str) -> list[str]:
    """Return the folded words of a search, the most telling first."""
    words = sorted(fold(q).split(), key=lambda word: (-len(word), word))
    if len("".join(words)) < MIN_SEARCH:
        raise RefusedError(
            "recherche-trop-courte",
            "Tapez au moins trois lettres du nom, du nom de naissance ou du prénom.",
        )
    return words


def _prefix(table: Any, word: str) -> "sa.ColumnElement[bool]":  # noqa: ANN401
    return sa.and_(table.mot >= word, table.mot < word + _PAST_LETTERS)


def _ids(words: list[str], perimetre: Perimetre) -> Any:  # noqa: ANN401 - a select
    """Return, from the words alone, the agents that have each of them."""
    first: Any = aliased(t.AgentMot)
    ids = sa.select(first.agent_id).where(_prefix(first, words[0]))
    if perimetre.collectivites is not None:
        inside = sorted(perimetre.collectivites)
        ids = ids.where(first.collectivite_id.in_(inside))
    for word in words[1:]:
        other: Any = aliased(t.AgentMot)
        ids = ids.where(
            sa.exists().where(other.agent_id == first.agent_id, _prefix(other, word))
        )
    return ids


def _count_named(
    session: ReadSession,
    words: list[str],
    perimetre: Perimetre,
    conditions: "list[sa.ColumnElement[bool]]",
) -> int:
    ids = _ids(words, perimetre)
    if conditions or perimetre.services is not None:
        statement = narrow(sa.select(t.Agent.id), t.Agent, perimetre)
        return count(session, statement.where(t.Agent.id.in_(ids), *conditions))
    return count(session, ids.distinct())


def _named(
    session: ReadSession,
    statement: "sa.Select[Any]",
    words: list[str],
    perimetre: Perimetre,
    total: int,
) -> "sa.Select[Any]":
    """Keep the agents that have each word.

    When they are many, each agent is asked in the order of the list, which stops at the
    end of the page; when they are few, the words give them at once. Left to choose, the
    planners walk the whole list for a rare name (measured: 60 ms against 4).
    """
    if total <= _BROAD:
        found = session.scalars(_ids(words, perimetre).distinct())
        return statement.where(t.Agent.id.in_(sorted(found)))
    for word in words:
        table = aliased(t.AgentMot)
        statement = statement.where(
            sa.exists().where(table.agent_id == t.Agent.id, _prefix(table, word))
        )
    return statement
