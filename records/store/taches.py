"""Tasks on disk: what a person must look at, opened once, closed with a reason."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from records import tables as t
from records import tables_espace as te
from records.comptes import Perimetre
from records.journal import FaitNouveau, Tag
from records.noms import fold
from records.references import Sujet, new_reference, parse_reference
from records.store import curseurs, journal
from records.store.perimetres import narrow
from records.vocabulary import Typologie
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, NotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class TacheNouvelle:
    """A task about to be opened."""

    typologie: Typologie
    code: str
    detail: str
    collectivite_id: int | None
    depot_id: int | None = None
    justificatif_id: int | None = None
    evenement_id: int | None = None
    proprietaire: str = "gestionnaire"


@dataclass(frozen=True, slots=True, kw_only=True)
class TacheVue:
    """A task as lists show it."""

    id: int
    reference: str
    typologie: str
    code: str
    detail: str
    collectivite_id: int | None
    depot_id: int | None
    justificatif_id: int | None
    evenement_id: int | None
    proprietaire: str
    is_ouverte: bool
    ouverte_at: dt.datetime


def _value(row: t.Tache) -> TacheVue:
    return TacheVue(
        id=row.id,
        reference=row.reference,
        typologie=row.typologie,
        code=row.code,
        detail=row.detail,
        collectivite_id=row.collectivite_id,
        depot_id=row.depot_id,
        justificatif_id=row.justificatif_id,
        evenement_id=row.evenement_id,
        proprietaire=row.proprietaire,
        is_ouverte=row.is_ouverte,
        ouverte_at=row.ouverte_at,
    )


def open_task(
    session: WriteSession, tache: TacheNouvelle, *, auteur: str, now: dt.datetime
) -> TacheVue:
    """Open a task; the same one already open is returned, not doubled."""
    k = t.Tache
    row = session.scalar(
        sa.select(k).where(
            k.is_ouverte,
            k.typologie == tache.typologie.code,
            k.code == tache.code,
            k.depot_id.is_not_distinct_from(tache.depot_id),
            k.justificatif_id.is_not_distinct_from(tache.justificatif_id),
            k.evenement_id.is_not_distinct_from(tache.evenement_id),
            # about nothing we hold: only what it says tells two tasks apart
            sa.or_(
                k.depot_id.is_not(None),
                k.justificatif_id.is_not(None),
                k.evenement_id.is_not(None),
                k.detail == tache.detail,
            ),
        )
    )
    if row is not None:
        return _value(row)
    row = t.Tache(
        reference=new_reference(Sujet.TACHE, now.year),
        collectivite_id=tache.collectivite_id,
        typologie=tache.typologie.code,
        code=tache.code,
        detail=tache.detail,
        depot_id=tache.depot_id,
        justificatif_id=tache.justificatif_id,
        evenement_id=tache.evenement_id,
        proprietaire=tache.proprietaire,
        ouverte_at=now,
    )
    session.add(row)
    session.flush()
    _note(session, row, Tag.TACHE_OUVERTE, auteur, now)
    return _value(row)


def _row(session: ReadSession, reference: str, perimetre: Perimetre) -> t.Tache:
    canonical = parse_reference(reference) or reference
    statement = sa.select(t.Tache).where(t.Tache.reference == canonical)
    row = session.scalar(narrow(statement, t.Tache, perimetre))
    if row is None:
        raise NotFoundError("introuvable", "Aucune tâche à cette référence.")
    return row


def get(session: ReadSession, reference: str, perimetre: Perimetre) -> TacheVue:
    """Return a task; `NotFoundError` when foreign or absent."""
    return _value(_row(session, reference, perimetre))


def close(
    session: WriteSession,
    reference: str,
    *,
    perimetre: Perimetre,
    auteur: str,
    motif: str,
    now: dt.datetime,
) -> TacheVue:
    """Close a task with a reason; `ConflictError` (`deja-close`) when it was."""
    row = _row(session, reference, perimetre)
    if not row.is_ouverte:
        raise ConflictError("deja-close", "Cette tâche est déjà close.")
    _close(session, row, auteur, motif, now)
    return _value(row)


def close_of(
    session: WriteSession,
    *,
    auteur: str,
    motif: str,
    now: dt.datetime,
    justificatif_id: int | None = None,
    depot_id: int | None = None,
) -> int:
    """Close every open task of a paper or a deposit; return how many."""
    k = t.Tache
    column = k.justificatif_id if justificatif_id is not None else k.depot_id
    wanted = justificatif_id if justificatif_id is not None else depot_id
    rows = list(session.scalars(sa.select(k).where(k.is_ouverte, column == wanted)))
    for row in rows:
        _close(session, row, auteur, motif, now)
    return len(rows)


def close_event_task(
    session: WriteSession,
    evenement_id: int,
    code: str,
    *,
    auteur: str,
    motif: str,
    now: dt.datetime,
) -> int:
    """Close the open tasks of one code about an event; return how many."""
    k = t.Tache
    statement = sa.select(k).where(
        k.is_ouverte, k.evenement_id == evenement_id, k.code == code
    )
    rows = list(session.scalars(statement))
    for row in rows:
        _close(session, row, auteur, motif, now)
    return len(rows)


def _close(
    session: WriteSession, row: t.Tache, auteur: str, motif: str, now: dt.datetime
) -> None:
    row.is_ouverte = False
    row.close_at, row.close_par, row.motif_cloture = now, auteur, motif
    session.flush()
    _note(session, row, Tag.TACHE_CLOSE, auteur, now)


def _note(
    session: WriteSession, row: t.Tache, tag: Tag, auteur: str, now: dt.datetime
) -> None:
    fait = FaitNouveau(
        tag=tag,
        sujet=row.reference,
        auteur=auteur,
        collectivite_id=row.collectivite_id,
        evenement_id=row.evenement_id,
        contenu={"code": row.code, "typologie": row.typologie},
    )
    journal.append(session, fait, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class FiltreTaches:
    """What a list of tasks is narrowed to; None means all."""

    code: str | None = None
    collectivite: str | None = None
    texte: str | None = None
    # the lines of one account; "" for those nobody holds
    affecte: str | None = None


def listing(
    session: ReadSession,
    perimetre: Perimetre,
    typologies: tuple[str, ...] = (),
    filtre: FiltreTaches | None = None,
    *,
    tri: str = "ancien",
    curseur: str | None = None,
    limite: int = 50,
) -> curseurs.PageDe[TacheVue]:
    """Return one page of open tasks, oldest first (`tri` « recent »: newest first)."""
    limite = curseurs.bounded(limite)
    base = visible(sa.select(t.Tache).where(t.Tache.is_ouverte), perimetre)
    if typologies:
        base = base.where(t.Tache.typologie.in_(typologies))
    base = _narrowed(base, filtre or FiltreTaches())
    total = session.scalar(sa.select(sa.func.count()).select_from(base.subquery())) or 0
    is_recent = tri == "recent"
    order = t.Tache.id.desc() if is_recent else t.Tache.id
    statement = base.order_by(order).limit(limite + 1)
    if curseur:
        (last,) = curseurs.decode(curseur, 1)
        position = t.Tache.id < int(last) if is_recent else t.Tache.id > int(last)
        statement = statement.where(position)
    rows = list(session.scalars(statement))
    suivant = curseurs.encode(rows[limite - 1].id) if len(rows) > limite else None
    elements = tuple(_value(row) for row in rows[:limite])
    return curseurs.PageDe(elements=elements, suivant=suivant, total=total)


def _narrowed(statement: Any, filtre: FiltreTaches) -> Any:  # noqa: ANN401 - a select
    k = t.Tache
    if filtre.code:
        statement = statement.where(k.code == filtre.code)
    if filtre.collectivite:
        home = sa.select(t.Collectivite.id).where(
            t.Collectivite.reference == filtre.collectivite
        )
        statement = statement.where(k.collectivite_id.in_(home))
    if filtre.affecte is not None:
        held = sa.select(te.Affectation.objet)
        if filtre.affecte:
            held = held.where(te.Affectation.compte == filtre.affecte)
        is_held = k.reference.in_(held)
        statement = statement.where(is_held if filtre.affecte else ~is_held)
    for word in fold(filtre.texte or "").split():
        people = sa.select(t.Agent.id).where(
            t.Agent.recherche.contains(word, autoescape=True)
        )
        papers = sa.select(t.Justificatif.id).where(t.Justificatif.agent_id.in_(people))
        events = sa.select(t.Evenement.id).where(t.Evenement.agent_id.in_(people))
        statement = statement.where(
            sa.or_(k.justificatif_id.in_(papers), k.evenement_id.in_(events))
        )
    return statement


def codes(
    session: ReadSession, perimetre: Perimetre, typologie: str
) -> tuple[str, ...]:
    """Return the reasons met among the open tasks of a typology one may see."""
    statement = (
        sa.select(t.Tache.code)
        .where(t.Tache.is_ouverte, t.Tache.typologie == typologie)
        .distinct()
        .order_by(t.Tache.code)
    )
    return tuple(session.scalars(visible(statement, perimetre)))


def details(session: ReadSession, depot_id: int) -> dict[int, str]:
    """Return, for each paper of a deposit, why it waits for a person."""
    rows = session.execute(
        sa.select(t.Tache.justificatif_id, t.Tache.detail)
        .where(t.Tache.depot_id == depot_id, t.Tache.is_ouverte)
        .order_by(t.Tache.id.desc())
    )
    return {row[0]: row[1] for row in rows if row[0] is not None}


def visible(statement: Any, perimetre: Perimetre) -> Any:  # noqa: ANN401 - a select
    """Narrow tasks to the perimeter; medical secrecy only to who may see it."""
    narrowed = narrow(statement, t.Tache, perimetre)
    if not perimetre.has_secret_medical:
        narrowed = narrowed.where(t.Tache.typologie != Typologie.SECRET_MEDICAL.code)
    return narrowed


def counts(session: ReadSession, perimetre: Perimetre) -> dict[str, int]:
    """Return how many open tasks of each typologie one may see."""
    statement = (
        sa.select(t.Tache.typologie, sa.func.count())
        .where(t.Tache.is_ouverte)
        .group_by(t.Tache.typologie)
    )
    rows = session.execute(visible(statement, perimetre))
    return {row[0]: row[1] for row in rows}


def of_depot(
    session: ReadSession, depot_id: int, perimetre: Perimetre
) -> tuple[TacheVue, ...]:
    """Return the open tasks of a deposit and of its papers, oldest first."""
    statement = sa.select(t.Tache).where(
        t.Tache.is_ouverte, t.Tache.depot_id == depot_id
    )
    rows = session.scalars(visible(statement, perimetre).order_by(t.Tache.id))
    return tuple(_value(row) for row in rows)
