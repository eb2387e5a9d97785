"""« Je ne peux pas la fournir », « vous l'avez mal lue »: said of a line, answered in time.

While one is open, nobody is reminded of its line. Silence has a stated effect: the paper
said impossible is no longer asked for; the paper said misread goes to the administrator.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from records import tables as t
from records.comptes import HOUSE, Perimetre
from records.journal import FaitNouveau, Tag
from records.store import journal, pieces, taches
from records.store.taches import TacheNouvelle
from records.tables_courriers import Contestation as Row
from records.vocabulary import (
    EtatPiece,
    NatureContestation,
    ReponseContestation,
    Typologie,
)
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, RefusedError

HEAD = "administrateur"
_SILENT = "Aucune réponse à la date dite."


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestation:
    """What was said of a line, until when we answer, and what we answered."""

    id: int
    piece_id: int
    nature: NatureContestation
    motif: str
    ouverte_at: dt.datetime
    echeance: dt.date
    reponse: ReponseContestation | None
    reponse_motif: str | None
    reponse_at: dt.datetime | None

    @property
    def effet(self) -> str:
        """Return what silence does, with its day."""
        return f"Sans réponse au {self.echeance:%d/%m/%Y}, {self.nature.effet}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Acteur:
    """Who acts, over what they see, when."""

    perimetre: Perimetre
    auteur: str
    now: dt.datetime


def _value(row: Row) -> Contestation:
    return Contestation(
        id=row.id,
        piece_id=row.piece_id,
        nature=_nature(row.nature),
        motif=row.motif,
        ouverte_at=row.ouverte_at,
        echeance=row.echeance,
        reponse=_reponse(row.reponse),
        reponse_motif=row.reponse_motif,
        reponse_at=row.reponse_at,
    )


def _nature(code: str) -> NatureContestation:
    return next(word for word in NatureContestation if word.code == code)


def _reponse(code: str | None) -> ReponseContestation | None:
    return next((word for word in ReponseContestation if word.code == code), None)


def code_of(piece_reference: str) -> str:
    """Return the code of the task about a line: one task a line."""
    return f"ligne:{piece_reference}"


def piece_of(code: str) -> str | None:
    """Return the line a task is about, by its code."""
    return code.removeprefix("ligne:") if code.startswith("ligne:") else None


def say(
    session: WriteSession,
    reference: str,
    nature: NatureContestation,
    *,
    acteur: Acteur,
    motif: str,
    echeance: dt.date,
) -> Contestation:
    """Open a demand about a line, with its task.

    A paper said impossible is closed at once, until the answer. Raises `ConflictError`
    when one is already open (`deja-contestee`) or the line no longer is.
    """
    if not motif.strip():
        raise RefusedError("motif-absent", "Dites pourquoi, en une phrase.")
    piece = pieces.get(session, reference, acteur.perimetre)
    journal.lock(session, piece.collectivite_id)
    if _open_row(session, piece.id) is not None:
        raise ConflictError(
            "deja-contestee", "Une demande sur ce document attend déjà notre réponse."
        )
    if nature is NatureContestation.IMPOSSIBLE:
        _decide(session, piece.reference, EtatPiece.IMPOSSIBLE_DECLAREE, acteur, motif)
    elif not piece.is_open:
        raise ConflictError(
            "piece-deja-satisfaite",
            "Ce document n'est plus attendu : rien à contester.",
        )
    limit = f"{echeance:%d/%m/%Y}"
    task = TacheNouvelle(
        typologie=Typologie.CONTESTATION,
        code=code_of(piece.reference),
        detail=f"{nature.label} : {motif} Sans réponse au {limit}, {nature.effet}.",
        collectivite_id=piece.collectivite_id,
        evenement_id=piece.evenement_id,
    )
    opened = taches.open_task(session, task, auteur=acteur.auteur, now=acteur.now)
    row = Row(
        piece_id=piece.id, collectivite_id=piece.collectivite_id, tache_id=opened.id,
        nature=nature.code, motif=motif, auteur=acteur.auteur, ouverte_at=acteur.now,
        echeance=echeance,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _note(session, row, Tag.CONTESTATION_OUVERTE, acteur)
    return _value(row)


def answer(
    session: WriteSession,
    reference: str,
    reponse: ReponseContestation,
    *,
    acteur: Acteur,
    motif: str,
) -> Contestation:
    """Answer the open demand about a line; a refusal opens an impossible line again."""
    if not motif.strip():
        raise RefusedError("motif-absent", "Dites pourquoi, en une phrase.")
    piece = pieces.get(session, reference, acteur.perimetre)
    journal.lock(session, piece.collectivite_id)
    row = _open_row(session, piece.id)
    if row is None:
        raise ConflictError(
            "deja-repondue", "Aucune demande sur ce document n'attend de réponse."
        )
    is_impossible = row.nature == NatureContestation.IMPOSSIBLE.code
    if is_impossible and reponse is ReponseContestation.REFUSEE and not piece.is_open:
        _decide(session, piece.reference, EtatPiece.ATTENDUE, acteur, motif)
    _end(session, row, reponse, acteur, motif)
    return _value(row)


def expire(session: WriteSession, on: dt.date, now: dt.datetime) -> int:
    """Give silence its effect on every demand past its day; return how many."""
    acteur = Acteur(perimetre=HOUSE, auteur="silence", now=now)
    rows = session.scalars(
        sa.select(Row).where(Row.reponse.is_(None), Row.echeance < on).order_by(Row.id)
    ).all()
    for row in rows:
        if row.nature == NatureContestation.IMPOSSIBLE.code:
            _end(session, row, ReponseContestation.SILENCE, acteur, _SILENT)
        else:
            session.get_one(t.Tache, row.tache_id).proprietaire = HEAD
    session.flush()
    return len(rows)


def _decide(
    session: WriteSession, reference: str, etat: EtatPiece, acteur: Acteur, motif: str
) -> None:
    pieces.decide(
        session, reference, etat, perimetre=acteur.perimetre, auteur=acteur.auteur,
        motif=motif, now=acteur.now,
    )  # fmt: skip


def _end(
    session: WriteSession,
    row: Row,
    reponse: ReponseContestation,
    acteur: Acteur,
    motif: str,
) -> None:
    row.reponse, row.reponse_motif = reponse.code, motif
    row.reponse_par, row.reponse_at = acteur.auteur, acteur.now
    task = session.get_one(t.Tache, row.tache_id)
    if task.is_ouverte:
        taches.close(
            session, task.reference, perimetre=HOUSE, auteur=acteur.auteur,
            motif=reponse.label, now=acteur.now,
        )  # fmt: skip
    _note(session, row, Tag.CONTESTATION_REPONDUE, acteur)


def _note(session: WriteSession, row: Row, tag: Tag, acteur: Acteur) -> None:
    piece = session.get_one(t.PieceAttendue, row.piece_id)
    contenu = {"nature": row.nature, "reponse": row.reponse, "type": piece.type}
    fait = FaitNouveau(
        tag=tag, sujet=piece.reference, auteur=acteur.auteur,
        collectivite_id=row.collectivite_id, evenement_id=piece.evenement_id,
        contenu=contenu,
    )  # fmt: skip
    journal.append(session, fait, acteur.now)


def _open_row(session: ReadSession, piece_id: int) -> Row | None:
    return session.scalar(
        sa.select(Row).where(Row.piece_id == piece_id, Row.reponse.is_(None))
    )


def open_pieces(
    session: ReadSession, collectivite_ids: Sequence[int]
) -> dict[int, frozenset[int]]:
    """Return, by collectivité, the lines about which a demand waits for its answer."""
    statement = sa.select(Row.collectivite_id, Row.piece_id).where(
        Row.collectivite_id.in_(collectivite_ids), Row.reponse.is_(None)
    )
    found: dict[int, frozenset[int]] = {}
    for place, line in session.execute(statement):
        found[place] = found.get(place, frozenset()) | {line}
    return found


def last_of(session: ReadSession, piece_id: int) -> Contestation | None:
    """Return the last demand about a line (already known to be seen), if there was one."""
    row = session.scalar(
        sa.select(Row).where(Row.piece_id == piece_id).order_by(Row.id.desc()).limit(1)
    )
    return _value(row) if row is not None else None
