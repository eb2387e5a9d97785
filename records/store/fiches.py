"""The fiche évènement unique: all that hangs on one event, today or on a past day."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from records import tables as t
from records.comptes import Perimetre
from records.evenements import Evenement
from records.parties import Agent
from records.pieces import Couverture, PieceAttendue, coverage
from records.store import (
    agents,
    collectivites,
    evenements,
    journal,
    justificatifs,
    revisions,
    salaires,
    valeurs,
)
from records.store import pieces as pieces_store
from records.store import recours as recours_store
from records.store.justificatifs import Justificatif
from records.store.perimetres import narrow
from records.store.pieces import LienActif
from records.store.recours import Recours
from socle.db import ReadSession
from socle.errors import RefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Fiche:
    """What hangs on one event; `au` is the instant it is told at, None for now.

    `couvertures` is by requirement; `liens` are the ties active at that instant.
    """

    evenement: Evenement
    agent: Agent
    collectivite_nom: str
    pieces: tuple[PieceAttendue, ...]
    couvertures: dict[int, Couverture]
    liens: tuple[LienActif, ...]
    papiers: tuple[Justificatif, ...]
    salaires: list[dict[str, Any]]
    recours: tuple[Recours, ...]
    faits: tuple[dict[str, Any], ...]
    au: dt.datetime | None = None


def fiche(session: ReadSession, reference: str, perimetre: Perimetre) -> Fiche:
    """Return an event with all that hangs on it; `NotFoundError` when foreign."""
    event = evenements.get(session, reference, perimetre)
    asked = pieces_store.of_evenement(session, event.id)
    ids = [piece.id for piece in asked]
    return Fiche(
        evenement=event,
        agent=agents.by_id(session, event.agent_id),
        collectivite_nom=collectivites.by_id(session, event.collectivite_id).nom,
        pieces=asked,
        couvertures=pieces_store.coverages(session, asked),
        liens=pieces_store.links_of(session, piece_ids=ids),
        papiers=justificatifs.of_evenement(session, event.id, perimetre),
        salaires=salaires.of_evenement(session, event.id),
        recours=recours_store.of_evenements(session, [event.id])[event.id],
        faits=journal.of_evenement(session, event.id),
    )


def fiche_at(
    session: ReadSession, reference: str, perimetre: Perimetre, at: dt.datetime
) -> Fiche:
    """Return what was known of an event at a past instant.

    Raises `RefusedError` (`pas-encore-declare`) when it was not declared yet.
    """
    event = evenements.get(session, reference, perimetre)
    was = revisions.of_event(session, event.id, t.Evenement, at).get(event.reference)
    if was is None:
        raise RefusedError(
            "pas-encore-declare",
            "À cette date, l'évènement n'était pas encore déclaré.",
        )
    known = revisions.of_event(session, event.id, t.Consequence, at).values()
    asked = tuple(
        valeurs.piece(row)
        for row in revisions.of_event(session, event.id, t.PieceAttendue, at).values()
    )
    links = _links_at(session, [piece.id for piece in asked], at)
    return Fiche(
        evenement=valeurs.evenement(was, sorted(known, key=_first_day)),
        agent=agents.by_id(session, event.agent_id),
        collectivite_nom=collectivites.by_id(session, event.collectivite_id).nom,
        pieces=tuple(sorted(asked, key=lambda piece: (piece.echeance, piece.id))),
        couvertures=_coverages(asked, links),
        liens=links,
        papiers=_papers_at(session, event.id, perimetre, at),
        salaires=list(was.salaires or ()),
        recours=tuple(
            recours_store.value_of(row)
            for row in revisions.of_event(session, event.id, t.Recours, at).values()
        ),
        faits=journal.of_evenement(session, event.id, until=at),
        au=at,
    )


def _first_day(row: t.Consequence) -> tuple[dt.date, int]:
    return (row.debut or dt.date.max, row.id)


def _papers_at(
    session: ReadSession, evenement_id: int, perimetre: Perimetre, at: dt.datetime
) -> tuple[Justificatif, ...]:
    """Return the papers then filed on the event, those one may see today."""
    were = revisions.of_event(session, evenement_id, t.Justificatif, at)
    statement = sa.select(t.Justificatif.reference).where(
        t.Justificatif.reference.in_(were)
    )
    seen = set(session.scalars(narrow(statement, t.Justificatif, perimetre)))
    papers = [justificatifs.value(row) for ref, row in were.items() if ref in seen]
    return tuple(sorted(papers, key=lambda paper: -paper.id))


def _links_at(
    session: ReadSession, piece_ids: list[int], at: dt.datetime
) -> tuple[LienActif, ...]:
    tie = t.Rattachement
    rows = session.scalars(
        sa.select(tie)
        .where(
            tie.piece_id.in_(piece_ids),
            tie.cree_at <= at,
            sa.or_(tie.retire_at.is_(None), tie.retire_at > at),
        )
        .order_by(tie.id)
    )
    return tuple(pieces_store.link_of(row) for row in rows)


def _coverages(
    asked: tuple[PieceAttendue, ...], links: tuple[LienActif, ...]
) -> dict[int, Couverture]:
    return {
        piece.id: coverage(
            piece.periode,
            [
                link.periode or piece.periode
                for link in links
                if link.piece_id == piece.id
            ],
        )
        for piece in asked
        if piece.periode is not None
    }
