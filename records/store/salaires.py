"""The pay elements of an event: entered whole, replaced whole (guide S07)."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from records import tables as t
from records.comptes import Perimetre
from records.journal import FaitNouveau, Tag
from records.store import agents, journal, revisions
from records.store.renvois import id_of
from socle.db import ReadSession, WriteSession


def of_evenement(session: ReadSession, evenement_id: int) -> list[dict[str, Any]]:
    """Return the lines of an event already known to be visible, one per month."""
    statement = sa.select(t.Evenement.salaires).where(t.Evenement.id == evenement_id)
    return list(session.scalar(statement) or ())


def replace(
    session: WriteSession,
    evenement: str,
    lines: list[dict[str, Any]],
    *,
    perimetre: Perimetre,
    auteur: str,
    now: dt.datetime,
    version: int | None = None,
) -> None:
    """Write the lines of an event (by its reference), ordered by month.

    Raises `ConflictError` (`etat-modifie`) when the event changed since `version`.
    """
    found = id_of(session, t.Evenement, evenement, perimetre=perimetre)
    row = session.get_one(t.Evenement, found, with_for_update=True)
    agents.refuse_stale(row.version, version)
    row.salaires = sorted(lines, key=lambda line: str(line["mois"]))
    row.version += 1
    session.flush()
    revisions.keep(session, row, auteur=auteur, now=now)
    fait = FaitNouveau(
        tag=Tag.SALAIRES_SAISIS,
        sujet=row.reference,
        auteur=auteur,
        collectivite_id=row.collectivite_id,
        evenement_id=row.id,
        contenu={"mois": [line["mois"] for line in row.salaires]},
    )
    journal.append(session, fait, now)
