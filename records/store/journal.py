"""The journal on disk: one hash chain per collectivité, append-only, verifiable.

Appending takes the chain's lock (SQLite: the write transaction; PostgreSQL: an advisory
lock), so ranks have no hole and no double.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from records import tables as t
from records.journal import FaitNouveau, Tag, sentence
from records.tables_journal import TeteJournal
from socle.db import ReadSession, WriteSession

ORIGIN = "0" * 64
_LOCK_SPACE = 0x4A4F5552  # « JOUR »
HOUSE_CHAIN = 0
# facts that someone looked, not that something happened
READS = (Tag.JUSTIFICATIF_CONSULTE.code,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tete:
    """The last entry of a chain: with it, a chain cut short is seen to be."""

    chaine: int
    rang: int
    empreinte: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rupture:
    """Where a chain stops being true."""

    chaine: int
    rang: int
    detail: str


def append(session: WriteSession, fait: FaitNouveau, now: dt.datetime) -> None:
    """Write one fact at the end of its collectivité's chain."""
    append_all(session, (fait,), now)


def append_all(
    session: WriteSession, faits: Sequence[FaitNouveau], now: dt.datetime
) -> None:
    """Write facts at the end of the chain of each one's collectivité, in order."""
    chaines = sorted({fait.collectivite_id or HOUSE_CHAIN for fait in faits})
    for chaine in chaines:
        _lock(session, chaine)
    former = _last(session, chaines)
    ends = {chaine: former.get(chaine, (0, ORIGIN)) for chaine in chaines}
    for fait in faits:
        chaine = fait.collectivite_id or HOUSE_CHAIN
        row = _row(fait, chaine, now)
        row.rang, row.precedente = ends[chaine][0] + 1, ends[chaine][1]
        row.empreinte = digest(row)
        session.add(row)
        ends[chaine] = (row.rang, row.empreinte)
    session.flush()
    heads_now = [
        Tete(chaine=chaine, rang=end[0], empreinte=end[1])
        for chaine, end in ends.items()
    ]
    _set_heads(session, heads_now, known=former.keys())


def _last(session: ReadSession, chaines: Sequence[int]) -> dict[int, tuple[int, str]]:
    """Return the last rank and hash of the chains that have begun."""
    f = t.Fait
    found: dict[int, tuple[int, str]] = {}
    for chaine in chaines:
        row = session.execute(
            sa.select(f.rang, f.empreinte)
            .where(f.chaine == chaine)
            .order_by(f.rang.desc())
            .limit(1)
        ).first()
        if row:
            found[chaine] = (row[0], row[1])
    return found


def _row(fait: FaitNouveau, chaine: int, now: dt.datetime) -> t.Fait:
    return t.Fait(
        collectivite_id=fait.collectivite_id,
        chaine=chaine,
        tag=fait.tag.code,
        version=1,
        auteur=fait.auteur,
        survenu_at=now,
        evenement_id=fait.evenement_id,
        sujet=fait.sujet,
        contenu=fait.contenu,
    )


def _set_heads(
    session: WriteSession, heads_now: Sequence[Tete], known: Collection[int]
) -> None:
    rows = [
        {"chaine": head.chaine, "rang": head.rang, "empreinte": head.empreinte}
        for head in heads_now
    ]
    new = [row for row in rows if row["chaine"] not in known]
    moved = [row for row in rows if row["chaine"] in known]
    if new:
        session.execute(sa.insert(TeteJournal), new)
    if moved:
        session.execute(sa.update(TeteJournal), moved)


def heads(session: ReadSession) -> tuple[Tete, ...]:
    """Return the last entry of every chain, as the chains themselves say."""
    last = (
        sa.select(t.Fait.chaine, sa.func.max(t.Fait.rang).label("rang"))
        .group_by(t.Fait.chaine)
        .subquery()
    )
    rows = session.execute(
        sa.select(t.Fait.chaine, t.Fait.rang, t.Fait.empreinte)
        .join(last, sa.and_(last.c.chaine == t.Fait.chaine, last.c.rang == t.Fait.rang))
        .order_by(t.Fait.chaine)
    )
    return tuple(Tete(chaine=r[0], rang=r[1], empreinte=r[2]) for r in rows)


def lock(session: WriteSession, collectivite_id: int) -> None:
    """Hold a collectivité's chain until the end of the transaction.

    Every receipt and every act writes a fact: until then, nothing of theirs is committed.
    """
    _lock(session, collectivite_id)


def _lock(session: WriteSession, chaine: int) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            sa.text("SELECT pg_advisory_xact_lock(:space, :chain)"),
            {"space": _LOCK_SPACE, "chain": chaine},
        )


def digest(row: Any) -> str:  # noqa: ANN401 - an entry, mapped or not
    """Return the hash of an entry and of the one before it."""
    return hashlib.sha256(f"{row.precedente}{canonical(row)}".encode()).hexdigest()


def canonical(row: Any) -> str:  # noqa: ANN401 - an entry, mapped or not
    """Return the one JSON text of an entry, whatever engine kept it."""
    return json.dumps(
        [
            row.chaine,
            row.rang,
            row.tag,
            row.version,
            row.auteur,
            row.survenu_at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
            row.evenement_id,
            row.sujet,
            row.contenu,
        ],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )


def verify(session: ReadSession, sealed: Iterable[Tete] = ()) -> tuple[Rupture, ...]:
    """Read every chain from its start; return each place where it is broken.

    `sealed` are heads kept in a second place: an entry that was sealed must still be
    there, unchanged, which a chain rewritten or cut as a whole cannot imitate.
    """
    return tuple(_ruptures(session, sealed))


def _ruptures(session: ReadSession, sealed: Iterable[Tete]) -> Iterator[Rupture]:
    waited = {(head.chaine, head.rang): head.empreinte for head in sealed}
    table = sa.inspect(t.Fait).local_table
    statement = sa.select(table).order_by(table.c.chaine, table.c.rang)
    expected: dict[int, tuple[int, str]] = {}
    for row in session.execute(statement.execution_options(yield_per=1000)):
        rang, precedente = expected.get(row.chaine, (1, ORIGIN))
        for detail in _faults(row, rang, precedente):
            yield Rupture(chaine=row.chaine, rang=row.rang, detail=detail)
        was = waited.pop((row.chaine, row.rang), row.empreinte)
        if was != row.empreinte:
            detail = "n'est pas l'entrée scellée"
            yield Rupture(chaine=row.chaine, rang=row.rang, detail=detail)
        expected[row.chaine] = (row.rang + 1, row.empreinte)
    for chaine, rang in sorted(waited):
        yield Rupture(chaine=chaine, rang=rang, detail="entrée scellée disparue")
    yield from _cut(session, expected)


def _faults(row: Any, rang: int, precedente: str) -> Iterator[str]:  # noqa: ANN401
    if row.rang != rang:
        yield f"rang {rang} attendu"
    if row.precedente != precedente:
        yield "ne suit pas l'entrée précédente"
    if digest(row) != row.empreinte:
        yield "contenu modifié"


def _cut(
    session: ReadSession, expected: dict[int, tuple[int, str]]
) -> Iterator[Rupture]:
    """Find the chains that do not end where their head says."""
    heads_kept = {row.chaine: row for row in session.scalars(sa.select(TeteJournal))}
    for chaine in sorted(expected.keys() | heads_kept.keys()):
        rang, empreinte = expected.get(chaine, (1, ORIGIN))
        head = heads_kept.get(chaine)
        if head is None or (head.rang, head.empreinte) != (rang - 1, empreinte):
            wanted = head.rang if head else 0
            detail = f"la chaîne finit ici, {wanted} entrées attendues"
            yield Rupture(chaine=chaine, rang=rang - 1, detail=detail)


def of_evenement(
    session: ReadSession,
    evenement_id: int,
    limit: int = 500,
    *,
    until: dt.datetime | None = None,
) -> tuple[dict[str, Any], ...]:
    """Return the last facts around an event, oldest first; with `until`, those of then.

    The reads of its papers are facts too, but not of the event's life: they are left to
    the page of the paper and to the export.
    """
    statement = sa.select(t.Fait).where(
        t.Fait.evenement_id == evenement_id, t.Fait.tag.not_in(READS)
    )
    if until is not None:
        statement = statement.where(t.Fait.survenu_at <= until)
    rows = session.scalars(statement.order_by(t.Fait.id.desc()).limit(limit)).all()
    return tuple(
        {
            "tag": row.tag,
            "auteur": row.auteur,
            "survenu_at": row.survenu_at,
            "sujet": row.sujet,
            "contenu": row.contenu,
        }
        for row in reversed(rows)
    )


def whole_of_evenement(session: ReadSession, evenement_id: int) -> list[dict[str, Any]]:
    """Return every entry about an event, whole, reads included: what an export proves."""
    table = sa.inspect(t.Fait).local_table
    rows = session.execute(
        sa.select(table)
        .where(table.c.evenement_id == evenement_id)
        .order_by(table.c.rang)
    )
    return [
        {
            "chaine": row.chaine,
            "rang": row.rang,
            "tag": row.tag,
            "phrase": sentence(row.tag, row.contenu),
            "version": row.version,
            "auteur": row.auteur,
            "survenu_at": row.survenu_at.astimezone(dt.UTC).isoformat(),
            "evenement_id": row.evenement_id,
            "sujet": row.sujet,
            "contenu": row.contenu,
            "precedente": row.precedente,
            "empreinte": row.empreinte,
        }
        for row in rows
    ]
