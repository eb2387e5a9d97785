"""Requirements on disk, acted upon: settled, reopened, waived — each act with its fact.

The line's lock and the partial unique index on the active tie decide races: the loser is
told the present state (`ConflictError`), nothing of its act remains.
"""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from records import tables as t
from records.comptes import Perimetre
from records.journal import FaitNouveau, Tag
from records.natures import catalogue
from records.periodes import Periode
from records.pieces import PieceAttendue, coverage
from records.store import journal, revisions, valeurs
from records.store.pieces_lues import (
    FiltrePieces,
    LienActif,
    LignePiece,
    active_of,
    awaits,
    by_ids,
    coverage_of,
    coverages,
    get,
    line,
    link_of,
    links_of,
    listing,
    of_agents,
    of_evenement,
    row_of,
)
from records.vocabulary import OPEN_PIECE_STATES, EtatPiece
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, NotFoundError, RefusedError

__all__ = [
    "FiltrePieces",
    "LienActif",
    "LignePiece",
    "awaits",
    "by_ids",
    "clear_received",
    "coverage_of",
    "coverages",
    "decide",
    "get",
    "line",
    "link_of",
    "links_of",
    "listing",
    "mark_received",
    "note",
    "note_of",
    "of_agents",
    "of_evenement",
    "recompute",
    "settle",
    "unlink",
]
WHOLE_MONTH = "mois"


def settle(
    session: WriteSession,
    piece_id: int,
    justificatif_id: int,
    *,
    periode: Periode | None,
    auteur: str,
    motif: str | None,
    now: dt.datetime,
) -> PieceAttendue:
    """Tie a paper to a requirement, and close it when nothing more is missing.

    `periode` is what the paper proves; None: the whole line. Raises `ConflictError`
    (`piece-deja-satisfaite`) when the line is no longer open or these days are already
    proved, `RefusedError` (`periode-etrangere`) when they are none of the days asked.
    """
    row = _locked(session, piece_id)
    if row.etat not in OPEN_PIECE_STATES:
        raise _taken(row)
    proved = _proved(session, row, periode)
    tie = t.Rattachement(
        justificatif_id=justificatif_id,
        piece_id=piece_id,
        debut=proved.debut if proved else None,
        fin=proved.fin if proved else None,
        couverture=_span(row, proved),
        auteur=auteur,
        motif=motif,
        cree_at=now,
    )
    try:
        with session.begin_nested():
            session.add(tie)
            session.flush()
    except IntegrityError as error:
        raise _taken(row) from error
    contenu = {"justificatif": _ju(session, justificatif_id)}
    row.etat = EtatPiece.ATTENDUE.code
    if not recompute(session, row, auteur=auteur, now=now, contenu=contenu):
        note(session, row, Tag.PIECE_COUVERTE, auteur, now, contenu)
    return valeurs.piece(row)


def _locked(session: WriteSession, piece_id: int) -> t.PieceAttendue:
    row = session.get(t.PieceAttendue, piece_id, with_for_update=True)
    if row is None:
        raise NotFoundError("introuvable", "Cette pièce attendue n'existe plus.")
    return row


def _proved(
    session: ReadSession, row: t.PieceAttendue, periode: Periode | None
) -> Periode | None:
    """Return the days of the line that the paper proves, None when it has no days."""
    wanted = valeurs.periode_of(row.debut, row.fin)
    if wanted is None or periode is None:
        return wanted
    kept = wanted.overlap(periode)
    if kept is None:
        raise RefusedError(
            "periode-etrangere",
            f"Les jours de ce document ne sont pas ceux que demande {row.reference} "
            f"(du {wanted.debut:%d/%m/%Y} au {wanted.dernier:%d/%m/%Y}).",
        )
    known = catalogue(wanted.debut).types.get(row.type)
    if known is not None and known.unite == WHOLE_MONTH:
        return wanted  # one paper covers the month, whatever days it names
    already = coverage(
        wanted, [_days(tie, wanted) for tie in active_of(session, row.id)]
    )
    if not coverage(kept, already.prouve).manque:
        raise _taken(row)
    return kept


def _days(tie: t.Rattachement, wanted: Periode) -> Periode:
    return valeurs.periode_of(tie.debut, tie.fin) or wanted


def _span(row: t.PieceAttendue, proved: Periode | None) -> str:
    """Return the covered days as the unique index compares them, "" for a whole line."""
    is_whole = proved == valeurs.periode_of(row.debut, row.fin)
    return "" if proved is None or is_whole else f"{proved.debut}/{proved.fin}"


def _taken(row: t.PieceAttendue) -> ConflictError:
    state = EtatPiece.of(row.etat).label.lower()
    return ConflictError(
        "piece-deja-satisfaite",
        f"La pièce attendue {row.reference} ({state}) n'attend plus ce document. "
        "Rien n'a été changé : rechargez la page pour voir son état.",
    )


def recompute(
    session: WriteSession,
    row: t.PieceAttendue,
    *,
    auteur: str,
    now: dt.datetime,
    contenu: dict[str, Any] | None = None,
) -> bool:
    """Set the state of a line from its active ties; tell whether they close it.

    A line waived, declared impossible or withdrawn keeps its state.
    """
    row.version += 1
    ties = active_of(session, row.id)
    wanted = valeurs.periode_of(row.debut, row.fin)
    is_closed = bool(ties) and (
        wanted is None
        or coverage(wanted, [_days(tie, wanted) for tie in ties]).is_complete
    )
    if is_closed and row.etat in OPEN_PIECE_STATES:
        row.etat, row.motif = EtatPiece.SATISFAITE.code, None
        session.flush()
        note(session, row, Tag.PIECE_SATISFAITE, auteur, now, contenu or {})
    elif not is_closed and row.etat == EtatPiece.SATISFAITE.code:
        row.etat = EtatPiece.ATTENDUE.code
        session.flush()
        note(session, row, Tag.PIECE_ROUVERTE, auteur, now, contenu or {})
    session.flush()
    return is_closed


def _ju(session: ReadSession, justificatif_id: int) -> str:
    statement = sa.select(t.Justificatif.reference).where(
        t.Justificatif.id == justificatif_id
    )
    return session.scalar(statement) or ""


def unlink(
    session: WriteSession,
    piece_id: int,
    justificatif_id: int,
    *,
    auteur: str,
    motif: str | None,
    now: dt.datetime,
) -> PieceAttendue:
    """Undo the ties between a paper and a requirement: the line opens again.

    Raises `ConflictError` (`deja-detache`) when there is none.
    """
    row = _locked(session, piece_id)
    ties = [
        tie
        for tie in active_of(session, piece_id)
        if tie.justificatif_id == justificatif_id
    ]
    if not ties:
        raise ConflictError(
            "deja-detache",
            "Ce document n'est plus rattaché à cette ligne. Rien n'a été changé.",
        )
    for tie in ties:
        tie.is_actif = False
        tie.retire_at = now
        tie.motif = motif
    session.flush()
    was_closed = row.etat == EtatPiece.SATISFAITE.code
    contenu = {"justificatif": _ju(session, justificatif_id)}
    recompute(session, row, auteur=auteur, now=now, contenu=contenu)
    if not was_closed:
        note(session, row, Tag.PIECE_MODIFIEE, auteur, now, contenu)
    return valeurs.piece(row)


def mark_received(
    session: WriteSession,
    piece_id: int,
    justificatif_id: int,
    *,
    auteur: str,
    now: dt.datetime,
) -> PieceAttendue:
    """Note that a paper came which a person must look at: no reminder until then."""
    row = _locked(session, piece_id)
    if row.etat == EtatPiece.ATTENDUE.code:
        row.etat = EtatPiece.RECUE_A_VERIFIER.code
        row.version += 1
        session.flush()
        contenu = {"justificatif": _ju(session, justificatif_id)}
        note(session, row, Tag.PIECE_RECUE, auteur, now, contenu)
    return valeurs.piece(row)


def clear_received(
    session: WriteSession, piece_id: int, *, auteur: str, now: dt.datetime
) -> PieceAttendue:
    """Take « reçue, à vérifier » away: what came was not this paper."""
    row = _locked(session, piece_id)
    if row.etat == EtatPiece.RECUE_A_VERIFIER.code:
        row.etat = EtatPiece.ATTENDUE.code
        row.version += 1
        session.flush()
        note(session, row, Tag.PIECE_ROUVERTE, auteur, now, {})
    return valeurs.piece(row)


_ACTS = {
    EtatPiece.DISPENSEE: Tag.PIECE_DISPENSEE,
    EtatPiece.IMPOSSIBLE_DECLAREE: Tag.PIECE_IMPOSSIBLE,
    EtatPiece.ATTENDUE: Tag.PIECE_ROUVERTE,
}


def decide(
    session: WriteSession,
    reference: str,
    etat: EtatPiece,
    *,
    perimetre: Perimetre,
    auteur: str,
    motif: str,
    now: dt.datetime,
) -> PieceAttendue:
    """Waive, declare impossible or reopen a requirement, with a reason."""
    row = _locked(session, row_of(session, reference, perimetre).id)
    if not motif.strip():
        raise RefusedError("motif-absent", "Dites pourquoi, en une phrase.")
    _refuse_act(session, row, is_reopening=etat is EtatPiece.ATTENDUE)
    row.etat, row.motif = etat.code, motif
    row.version += 1
    session.flush()
    note(session, row, _ACTS[etat], auteur, now, {})
    return valeurs.piece(row)


def _refuse_act(
    session: ReadSession, row: t.PieceAttendue, *, is_reopening: bool
) -> None:
    is_open = row.etat in OPEN_PIECE_STATES
    is_proved = row.etat == EtatPiece.SATISFAITE.code and active_of(session, row.id)
    if is_reopening and (is_open or is_proved):
        raise ConflictError(
            "piece-deja-ouverte",
            f"La pièce attendue {row.reference} est déjà ouverte, ou levée par un "
            "document : détachez-le pour la rouvrir.",
        )
    if not is_reopening and not is_open:
        raise _taken(row)


def note_of(
    session: WriteSession, piece_id: int, tag: Tag, auteur: str, now: dt.datetime
) -> None:
    """Write a fact about a requirement that changes nothing of it."""
    note(session, session.get_one(t.PieceAttendue, piece_id), tag, auteur, now, {})


def note(
    session: WriteSession,
    row: t.PieceAttendue,
    tag: Tag,
    auteur: str,
    now: dt.datetime,
    contenu: dict[str, Any],
) -> None:
    """Write the fact of an act on a requirement, and the line as it leaves it."""
    revisions.keep(session, row, auteur=auteur, now=now)
    journal.append(
        session,
        FaitNouveau(
            tag=tag,
            sujet=row.reference,
            auteur=auteur,
            collectivite_id=row.collectivite_id,
            evenement_id=row.evenement_id,
            contenu={"type": row.type, **contenu},
        ),
        now,
    )
