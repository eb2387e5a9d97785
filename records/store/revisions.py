"""Objects as they were: one revision per act, read back as the values of that instant.

The caller has narrowed what may be seen; nothing here decides who looks.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import sqlalchemy as sa

from records import tables as t
from records.tables_journal import Revision
from socle.db import ReadSession, WriteSession

R = TypeVar("R")
# what an act may change; identifiers and references never do. No NIR.
COLUMNS: dict[type[Any], tuple[str, ...]] = {
    t.Evenement: (
        "nature", "date_survenance", "numero", "sans_arret", "tiers_implique", "etat",
        "champs", "salaires", "reference_externe",
    ),
    t.Consequence: ("type", "debut", "fin", "champs", "evenement_id"),
    t.PieceAttendue: (
        "type", "precision", "debut", "fin", "date_reference", "exigible_le",
        "echeance", "etat", "base", "substituts", "montant_eur", "origine", "motif",
        "consequence_id", "evenement_id",
    ),
    t.Justificatif: ("type", "etat", "agent_id", "evenement_id", "rotation"),
    t.Recours: ("etat", "champs", "envoye_at"),
    t.Agent: (
        "nom_famille", "nom_usage", "prenoms", "sexe", "date_naissance", "matricule",
        "regime", "statut", "service_id", "situation", "reference_externe",
    ),
    t.Service: ("code", "libelle", "debut", "fin", "reference_externe"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Changement:
    """What one act changed in an object: by column, (before, after)."""

    sujet: str
    genre: str
    auteur: str
    ecrite_at: dt.datetime
    colonnes: dict[str, tuple[Any, Any]]


def keep(
    session: WriteSession,
    row: Any,  # noqa: ANN401 - a row of one of `COLUMNS`
    *,
    auteur: str,
    now: dt.datetime,
    collectivite_id: int | None = None,
    evenement_id: int | None = None,
) -> None:
    """Keep an object as it stands after an act; the row is flushed."""
    session.add(
        Revision(
            collectivite_id=collectivite_id or row.collectivite_id,
            evenement_id=evenement_id or _event_of(row),
            genre=row.__tablename__,
            sujet=row.reference,
            auteur=auteur,
            ecrite_at=now,
            contenu={name: _plain(getattr(row, name)) for name in COLUMNS[type(row)]},
        )
    )


def _event_of(row: Any) -> int | None:  # noqa: ANN401 - a row of one of `COLUMNS`
    if isinstance(row, t.Evenement):
        return row.id
    return getattr(row, "evenement_id", None)


def _plain(value: Any) -> Any:  # noqa: ANN401 - a column's value
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def of_event(
    session: ReadSession, evenement_id: int, table: type[R], at: dt.datetime
) -> dict[str, R]:
    """Return the objects that hung on an event at an instant, as they were, by reference.

    They are rows out of any session: to be read, never written.
    """
    name = str(table.__tablename__)  # type: ignore[attr-defined]
    hung = sa.select(Revision.sujet).where(
        Revision.evenement_id == evenement_id,
        Revision.genre == name,
        Revision.ecrite_at <= at,
    )
    last = (
        sa.select(sa.func.max(Revision.id))
        .where(Revision.sujet.in_(hung), Revision.ecrite_at <= at)
        .group_by(Revision.sujet)
    )
    found = session.scalars(
        sa.select(Revision).where(Revision.id.in_(last)).order_by(Revision.id)
    )
    kept = [one for one in found if one.evenement_id == evenement_id]
    present = _present(session, table, [one.sujet for one in kept])
    return {
        one.sujet: _as_it_was(table, present[one.sujet], one.contenu)
        for one in kept
        if one.sujet in present
    }


def _present(
    session: ReadSession, table: type[Any], references: list[str]
) -> dict[str, Any]:
    rows = session.scalars(sa.select(table).where(table.reference.in_(references)))
    return {row.reference: row for row in rows}


def _as_it_was(table: type[R], row: Any, contenu: dict[str, Any]) -> R:  # noqa: ANN401
    """Build a row out of any session, the changed columns as they were then."""
    columns = sa.inspect(table).columns
    values = {column.key: getattr(row, column.key) for column in columns}
    for name, value in contenu.items():
        values[name] = _typed(columns[name].type.python_type, value)
    return table(**values)


def _typed(kind: type[Any], value: Any) -> Any:  # noqa: ANN401 - a column's value
    if value is None:
        return None
    if kind in {dt.date, dt.datetime}:
        return kind.fromisoformat(value)
    return Decimal(value) if kind is Decimal else value


def history(session: ReadSession, *sujets: str) -> tuple[Changement, ...]:
    """Return what each act changed in these objects, the newest first.

    The making of an object is no change of it.
    """
    rows = session.scalars(
        sa.select(Revision)
        .where(Revision.sujet.in_(sorted(set(sujets))))
        .order_by(Revision.id)
    )
    found: list[Changement] = []
    before: dict[str, dict[str, Any]] = {}
    for row in rows:
        moved = _moved(before.get(row.sujet), row.contenu)
        if moved:
            found.append(
                Changement(
                    sujet=row.sujet,
                    genre=row.genre,
                    auteur=row.auteur,
                    ecrite_at=row.ecrite_at,
                    colonnes=moved,
                )
            )
        before[row.sujet] = row.contenu
    return tuple(reversed(found))


def _moved(
    before: dict[str, Any] | None, after: dict[str, Any]
) -> dict[str, tuple[Any, Any]]:
    if before is None:
        return {}
    return {
        name: (before.get(name), value)
        for name, value in after.items()
        if before.get(name) != value
    }
