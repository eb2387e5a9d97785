"""« Mes actions en cours »: the exact volume of what waits for a person."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from records import tables as t
from records.comptes import Perimetre
from records.evenements import Evenement
from records.store import clotures, evenements, taches
from records.store.perimetres import narrow
from records.store.pieces_lues import IS_OPEN
from records.vocabulary import Typologie
from socle.db import ReadSession

_BACK_OFFICE = (
    Typologie.RECOURS_A_ENVOYER,
    Typologie.DOSSIER_EN_ANOMALIE,
    Typologie.A_VERIFIER,
    Typologie.REGULARISATION,
    Typologie.CONTESTATION,
    Typologie.COURRIEL_NON_REMIS,
    Typologie.SECRET_MEDICAL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One typologie and how many wait; `exigibles` are those already due."""

    typologie: Typologie
    nombre: int
    exigibles: int


def counts(
    session: ReadSession, perimetre: Perimetre, on: dt.date
) -> tuple[Action, ...]:
    """Return the four typologies of the basket, and the back-office ones after.

    Three queries, whatever the volume: open lines, open tasks, files to close.
    """
    waiting, due = _missing(session, perimetre, on)
    open_tasks = taches.counts(session, perimetre)
    closing = session.scalar(
        sa.select(sa.func.count()).select_from(
            clotures.to_close(session, perimetre, on).subquery()
        )
    )
    found = {Typologie.DOCUMENT_MANQUANT: (waiting, due)}
    for typologie in _BACK_OFFICE:
        number = open_tasks.get(typologie.code, 0)
        found[typologie] = (number, number)
    found[Typologie.DOSSIER_A_CLOTURER] = (closing or 0, closing or 0)
    order = (
        Typologie.RECOURS_A_ENVOYER,
        Typologie.DOCUMENT_MANQUANT,
        Typologie.DOSSIER_A_CLOTURER,
        Typologie.DOSSIER_EN_ANOMALIE,
        Typologie.A_VERIFIER,
        Typologie.REGULARISATION,
        Typologie.CONTESTATION,
        Typologie.COURRIEL_NON_REMIS,
        Typologie.SECRET_MEDICAL,
    )
    return tuple(
        Action(typologie=k, nombre=found[k][0], exigibles=found[k][1]) for k in order
    )


def _missing(
    session: ReadSession, perimetre: Perimetre, on: dt.date
) -> tuple[int, int]:
    due = sa.case((t.PieceAttendue.exigible_le <= on, 1), else_=0)
    statement = sa.select(
        sa.func.count(t.PieceAttendue.id), sa.func.coalesce(sa.func.sum(due), 0)
    ).where(IS_OPEN)
    row = session.execute(narrow(statement, t.PieceAttendue, perimetre)).one()
    return int(row[0]), int(row[1])


def to_close(
    session: ReadSession, perimetre: Perimetre, on: dt.date
) -> tuple[Evenement, ...]:
    """Return the events with no return date although the last leave is old."""
    statement = clotures.to_close(session, perimetre, on).order_by(
        t.Evenement.date_survenance, t.Evenement.id
    )
    ids = list(session.scalars(statement))
    found = evenements.by_ids(session, ids)
    return tuple(found[i] for i in ids)
