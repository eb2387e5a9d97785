"""The requirements of an event on disk, kept in step with what it declares."""

import datetime as dt

import sqlalchemy as sa

from records import tables as t
from records.ecarts import has_moved, reconcile
from records.evenements import Evenement
from records.exigences import Exigence, derive
from records.journal import Tag
from records.natures import catalogue
from records.pieces import PieceAttendue
from records.references import Sujet, new_reference
from records.store import agents, collectivites, pieces, valeurs
from records.vocabulary import EtatPiece
from socle.db import ReadSession, WriteSession

__all__ = [
    "FROM_IMPORT",
    "FROM_MATRIX",
    "has_moved",
    "implied",
    "open_piece",
    "redate",
    "refresh",
    "withdraw",
]
FROM_MATRIX = "matrice"
FROM_IMPORT = "import"
NO_LONGER = "La déclaration ne l'implique plus."


def implied(session: ReadSession, evenement: Evenement) -> tuple[Exigence, ...]:
    """Return what an event implies now, under the contract of its day."""
    agent = agents.by_id(session, evenement.agent_id)
    delai = collectivites.delai_au(
        session, evenement.collectivite_id, evenement.date_survenance
    )
    known = catalogue(evenement.date_survenance)
    return derive(evenement, agent.regime, delai, known, statut=agent.statut)


def refresh(
    session: WriteSession,
    evenement: Evenement,
    *,
    auteur: str,
    now: dt.datetime,
    before: tuple[Exigence, ...] | None = None,
) -> None:
    """Derive the requirements again; what was proved is never touched.

    `before` is what the event implied before the change. When its requirements were given
    by their owner (import), only what the change adds is opened.
    """
    rows = list(
        session.scalars(
            sa.select(t.PieceAttendue)
            .where(t.PieceAttendue.evenement_id == evenement.id)
            .order_by(t.PieceAttendue.id)
            .with_for_update()
        )
    )
    is_given = any(row.origine == FROM_IMPORT for row in rows)
    if is_given and before is None:
        return
    ecart = reconcile(
        ((row.cle, valeurs.piece(row)) for row in rows),
        implied(session, evenement),
        before=before if is_given else None,
    )
    by_id = {row.id: row for row in rows}
    for exigence in ecart.a_ouvrir:
        open_piece(session, evenement, exigence, auteur=auteur, now=now)
    for piece in ecart.a_retirer:
        withdraw(session, by_id[piece.id], NO_LONGER, auteur=auteur, now=now)
    for piece in ecart.a_rouvrir:
        _bring_back(session, by_id[piece.id], auteur, now)
    for piece, exigence in ecart.a_dater:
        redate(session, by_id[piece.id], exigence, auteur, now)
    for piece in ecart.sans_objet:
        by_id[piece.id].motif = by_id[piece.id].motif or NO_LONGER
    session.flush()


def withdraw(
    session: WriteSession,
    row: t.PieceAttendue,
    motif: str,
    *,
    auteur: str,
    now: dt.datetime,
) -> None:
    """Take an open line away: it stays visible as « sans objet », with the reason."""
    row.etat = EtatPiece.RETIREE.code
    row.motif = motif
    row.version += 1
    session.flush()
    pieces.note(session, row, Tag.PIECE_RETIREE, auteur, now, {})


def _bring_back(
    session: WriteSession, row: t.PieceAttendue, auteur: str, now: dt.datetime
) -> None:
    row.etat = EtatPiece.ATTENDUE.code
    row.motif = None
    row.version += 1
    session.flush()
    pieces.note(session, row, Tag.PIECE_ROUVERTE, auteur, now, {})
    pieces.recompute(session, row, auteur=auteur, now=now)


def redate(
    session: WriteSession,
    row: t.PieceAttendue,
    exigence: Exigence,
    auteur: str,
    now: dt.datetime,
) -> None:
    """Write new days, dates, amount and substitutes on a line; its proofs stay."""
    periode = exigence.periode
    row.debut, row.fin = (periode.debut, periode.fin) if periode else (None, None)
    row.date_reference = exigence.date_reference
    row.exigible_le, row.echeance = exigence.exigible_le, exigence.echeance
    row.montant_eur = exigence.montant_eur
    row.base = exigence.base
    row.substituts = [{"type": s.type, "cas": s.cas} for s in exigence.substituts]
    row.version += 1
    session.flush()
    pieces.note(session, row, Tag.PIECE_MODIFIEE, auteur, now, {})
    pieces.recompute(session, row, auteur=auteur, now=now)


def open_piece(
    session: WriteSession,
    evenement: Evenement,
    exigence: Exigence,
    *,
    auteur: str,
    now: dt.datetime,
    origine: str = FROM_MATRIX,
    reference_externe: str | None = None,
    etat: EtatPiece = EtatPiece.ATTENDUE,
    motif: str | None = None,
) -> PieceAttendue:
    """Write one requirement of an event."""
    periode = exigence.periode
    row = t.PieceAttendue(
        reference=new_reference(Sujet.PIECE, now.year),
        reference_externe=reference_externe,
        collectivite_id=evenement.collectivite_id,
        evenement_id=evenement.id,
        consequence_id=exigence.consequence_id,
        agent_id=evenement.agent_id,
        type=exigence.type,
        precision=exigence.precision,
        debut=periode.debut if periode else None,
        fin=periode.fin if periode else None,
        date_reference=exigence.date_reference,
        exigible_le=exigence.exigible_le,
        echeance=exigence.echeance,
        etat=etat.code,
        base=exigence.base,
        substituts=[{"type": s.type, "cas": s.cas} for s in exigence.substituts],
        montant_eur=exigence.montant_eur,
        origine=origine,
        cle=exigence.cle,
        motif=motif,
    )
    session.add(row)
    session.flush()
    pieces.note(session, row, Tag.PIECE_OUVERTE, auteur, now, {})
    if etat is EtatPiece.SATISFAITE:
        pieces.note(session, row, Tag.PIECE_SATISFAITE, auteur, now, {})
    return valeurs.piece(row)
