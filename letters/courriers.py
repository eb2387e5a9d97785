"""The outgoing register: letters issued once, numbered without a hole, found again."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from letters import tables as t
from records.comptes import Perimetre
from records.journal import FaitNouveau, Tag
from records.noms import fold
from records.references import parse_reference
from records.store import journal
from records.store.emissions import Registre, keep_all_bytes, numero, take_rank
from records.store.listes import Liste, after, bounded, count, decode, encode
from records.store.perimetres import narrow
from records.tables import PieceAttendue
from records.vocabulary import Mot
from socle.db import ReadSession, WriteSession
from socle.errors import NotFoundError
from socle.storage import Recu


class NatureCourrier(Mot):
    """What a letter is for."""

    DOCUMENT_MANQUANT = ("document_manquant", "Documents manquants")
    RELANCE = ("relance", "Relance")
    ATTESTATION = ("attestation", "Attestation de prise en charge")
    ENQUETE = ("enquete", "Enquête administrative")


@dataclass(frozen=True, slots=True, kw_only=True)
class Courrier:
    """One letter issued; `contenu` is what was printed."""

    id: int
    reference: str
    numero: str
    collectivite_id: int
    nature: str
    relance: int
    date_courrier: dt.date
    emis_at: dt.datetime
    objet: str
    nb_lignes: int
    montant_eur: Decimal | None
    empreinte: str
    taille: int
    agent_id: int | None
    evenement_id: int | None
    lu_at: dt.datetime | None
    contenu: dict[str, Any]

    @property
    def nom_fichier(self) -> str:
        """How its file is called: no name, no diagnosis."""
        return f"courrier-{self.numero}.pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneNouvelle:
    """A requirement asked for by a letter, and what that was based on."""

    piece_id: int
    piece_reference: str
    evenement_id: int
    type: str
    relance: int
    fonde_sur: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CourrierNouveau:
    """A letter about to be issued, its bytes already kept."""

    reference: str
    collectivite_id: int
    nature: NatureCourrier
    annee: int
    rang: int
    date: dt.date
    objet: str
    recu: Recu
    contenu: dict[str, Any]
    relance: int = 0
    montant_eur: Decimal | None = None
    agent_id: int | None = None
    evenement_id: int | None = None
    lignes: tuple[LigneNouvelle, ...] = ()
    mots: tuple[str, ...] = ()


def owner_of(collectivite_id: int) -> str:
    """Return the storage folder of the letters of a collectivité."""
    return f"courriers{collectivite_id}"


def issue(
    session: WriteSession, new: CourrierNouveau, *, auteur: str, now: dt.datetime
) -> Courrier:
    """Write one letter, as `issue_all` does."""
    return issue_all(session, (new,), auteur=auteur, now=now)[0]


def issue_all(
    session: WriteSession,
    letters: Sequence[CourrierNouveau],
    *,
    auteur: str,
    now: dt.datetime,
) -> list[Courrier]:
    """Write letters, their lines, bytes and facts; their numbers are taken here.

    A number printed must be the one taken: otherwise `RuntimeError`, nothing is kept.
    """
    for new in letters:
        taken = take_rank(session, Registre.COURRIERS, new.collectivite_id, new.annee)
        if taken != new.rang:
            raise RuntimeError("another letter took this number meanwhile")
    keep_all_bytes(
        session,
        {
            (owner_of(new.collectivite_id), new.recu.empreinte): new.reference
            for new in letters
        },
        now,
    )
    rows = [_row(new, auteur, now) for new in letters]
    session.add_all(rows)
    session.flush()
    session.add_all(
        t.LigneCourrier(
            courrier_id=row.id, piece_id=line.piece_id, relance=line.relance,
            date_courrier=new.date, fonde_sur=line.fonde_sur,
        )
        for row, new in zip(rows, letters, strict=True)
        for line in new.lignes
    )  # fmt: skip
    facts = [fact for new in letters for fact in _facts(new, auteur)]
    journal.append_all(session, facts, now)
    return [value(row) for row in rows]


def _row(new: CourrierNouveau, auteur: str, now: dt.datetime) -> t.Courrier:
    return t.Courrier(
        reference=new.reference, collectivite_id=new.collectivite_id,
        nature=new.nature.code, annee=new.annee, rang=new.rang, relance=new.relance,
        date_courrier=new.date, emis_at=now, emis_par=auteur, agent_id=new.agent_id,
        evenement_id=new.evenement_id, objet=new.objet[:200],
        nb_lignes=len(new.lignes), montant_eur=new.montant_eur,
        empreinte=new.recu.empreinte, taille=new.recu.taille, contenu=new.contenu,
        recherche=_folded(new),
    )  # fmt: skip


def _folded(new: CourrierNouveau) -> str:
    words = (numero(new.annee, new.rang), new.reference, *new.mots)
    return " ".join(dict.fromkeys(fold(word) for word in words))


def _facts(new: CourrierNouveau, auteur: str) -> list[FaitNouveau]:
    shown = numero(new.annee, new.rang)
    contenu = {
        "numero": shown, "nature": new.nature.code, "empreinte": new.recu.empreinte,
        "lignes": len(new.lignes),
    }  # fmt: skip
    return [
        FaitNouveau(
            tag=Tag.COURRIER_EMIS, sujet=new.reference, auteur=auteur,
            collectivite_id=new.collectivite_id, evenement_id=new.evenement_id,
            contenu=contenu,
        ),
        *(
            FaitNouveau(
                tag=Tag.PIECE_DEMANDEE, sujet=line.piece_reference, auteur=auteur,
                collectivite_id=new.collectivite_id, evenement_id=line.evenement_id,
                contenu={"numero": shown, "courrier": new.reference,
                         "type": line.type, "relance": line.relance},
            )
            for line in new.lignes
        ),
    ]  # fmt: skip


def value(row: t.Courrier) -> Courrier:
    """Return a letter as a value."""
    return Courrier(
        id=row.id, reference=row.reference, numero=numero(row.annee, row.rang),
        collectivite_id=row.collectivite_id, nature=row.nature, relance=row.relance,
        date_courrier=row.date_courrier, emis_at=row.emis_at, objet=row.objet,
        nb_lignes=row.nb_lignes, montant_eur=row.montant_eur, empreinte=row.empreinte,
        taille=row.taille, agent_id=row.agent_id, evenement_id=row.evenement_id,
        lu_at=row.lu_at, contenu=row.contenu,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FiltreCourriers:
    """What a list of letters is narrowed to; None means all."""

    collectivite_id: int | None = None
    nature: str | None = None
    evenement_id: int | None = None
    du: dt.date | None = None
    au: dt.date | None = None
    texte: str | None = None


def _filtered(perimetre: Perimetre, filtre: FiltreCourriers) -> Any:  # noqa: ANN401
    k = t.Courrier
    # a letter to the collectivité names agents of every service: only who sees the
    # whole collectivité reads it
    statement = narrow(sa.select(k), k, perimetre)
    for column, wanted in (
        (k.collectivite_id, filtre.collectivite_id),
        (k.nature, filtre.nature),
        (k.evenement_id, filtre.evenement_id),
    ):
        if wanted is not None:
            statement = statement.where(column == wanted)
    if filtre.du is not None:
        statement = statement.where(k.date_courrier >= filtre.du)
    if filtre.au is not None:
        statement = statement.where(k.date_courrier <= filtre.au)
    for word in fold(filtre.texte or "").split():
        statement = statement.where(k.recherche.contains(word, autoescape=True))
    return statement


def listing(
    session: ReadSession,
    perimetre: Perimetre,
    filtre: FiltreCourriers,
    *,
    curseur: str | None = None,
    limite: int = 50,
) -> Liste[Courrier]:
    """List the letters, the last issued first."""
    statement = _filtered(perimetre, filtre)
    total = count(session, statement)
    size = bounded(limite)
    columns = (t.Courrier.emis_at, t.Courrier.id)
    if curseur:
        seen = decode(curseur, (dt.datetime.fromisoformat, int))
        statement = statement.where(after(columns, seen, is_descending=True))
    ordered = statement.order_by(*(column.desc() for column in columns))
    rows = session.scalars(ordered.limit(size + 1)).all()
    suivant = None
    if len(rows) > size:
        suivant = encode((rows[size - 1].emis_at, rows[size - 1].id))
    return Liste([value(row) for row in rows[:size]], suivant, total)


def get(session: ReadSession, reference: str, perimetre: Perimetre) -> Courrier:
    """Return a letter; `NotFoundError` when foreign or inexistent."""
    canonical = parse_reference(reference) or reference
    statement = sa.select(t.Courrier).where(t.Courrier.reference == canonical)
    row = session.scalar(narrow(statement, t.Courrier, perimetre))
    if row is None:
        raise NotFoundError("introuvable", "Aucun courrier à cette référence.")
    return value(row)


def mark_read(
    session: WriteSession,
    references: Iterable[str],
    perimetre: Perimetre,
    *,
    auteur: str,
    now: dt.datetime,
    is_destinataire: bool = True,
) -> list[Courrier]:
    """Note that someone downloads these letters: each time is a fact.

    The first time by its addressee is kept on the letter.
    """
    found = []
    for reference in references:
        letter = get(session, reference, perimetre)
        row = session.get(t.Courrier, letter.id)
        if row is not None and row.lu_at is None and is_destinataire:
            row.lu_at = now
        fait = FaitNouveau(
            tag=Tag.COURRIER_LU, sujet=letter.reference, auteur=auteur,
            collectivite_id=letter.collectivite_id, evenement_id=letter.evenement_id,
            contenu={"numero": letter.numero},
        )  # fmt: skip
        journal.append(session, fait, now)
        found.append(letter)
    session.flush()
    return found


def sent_of(
    session: ReadSession, piece_ids: Sequence[int]
) -> dict[int, dict[int, dt.date]]:
    """Return, by requirement, the day each rank was asked for."""
    found: dict[int, dict[int, dt.date]] = {}
    k = t.LigneCourrier
    for start in range(0, len(piece_ids), 500):
        rows = session.execute(
            sa.select(k.piece_id, k.relance, k.date_courrier).where(
                k.piece_id.in_(piece_ids[start : start + 500])
            )
        )
        for piece_id, relance, day in rows:
            found.setdefault(piece_id, {})[relance] = day
    return found


def grounds(
    session: ReadSession, courrier_id: int
) -> list[tuple[str, int, dict[str, Any]]]:
    """Return, line by line, the requirement, the rank, and the state it was based on."""
    k = t.LigneCourrier
    rows = session.execute(
        sa.select(PieceAttendue.reference, k.relance, k.fonde_sur)
        .join(PieceAttendue, PieceAttendue.id == k.piece_id)
        .where(k.courrier_id == courrier_id)
        .order_by(k.id)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def of_piece(
    session: ReadSession, piece_id: int
) -> list[tuple[Courrier, dict[str, Any]]]:
    """Return the letters that asked for a requirement, with what each was based on."""
    rows = session.execute(
        sa.select(t.Courrier, t.LigneCourrier.fonde_sur)
        .join(t.LigneCourrier, t.LigneCourrier.courrier_id == t.Courrier.id)
        .where(t.LigneCourrier.piece_id == piece_id)
        .order_by(t.Courrier.id)
    )
    return [(value(row[0]), row[1]) for row in rows]


def of_evenement(
    session: ReadSession, evenement_id: int, perimetre: Perimetre
) -> tuple[Courrier, ...]:
    """Return the letters about an event, or asking for its papers, the newest first."""
    k, line = t.Courrier, t.LigneCourrier
    asking = (
        sa.select(line.courrier_id)
        .join(PieceAttendue, PieceAttendue.id == line.piece_id)
        .where(PieceAttendue.evenement_id == evenement_id)
    )
    statement = sa.select(k).where(
        sa.or_(k.evenement_id == evenement_id, k.id.in_(asking))
    )
    rows = session.scalars(narrow(statement, k, perimetre).order_by(k.id.desc()))
    return tuple(value(row) for row in rows)
