"""Requirements on disk, read: one, those of an event, pages of a list, their coverage."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from records import tables as t
from records.comptes import Perimetre
from records.noms import fold
from records.periodes import Periode
from records.pieces import Couverture, PieceAttendue, coverage
from records.references import parse_reference
from records.store import curseurs, valeurs
from records.store.affectations import held_by
from records.store.listes import count
from records.store.perimetres import narrow
from records.store.tetes import head
from records.vocabulary import OPEN_PIECE_STATES
from socle.db import ReadSession
from socle.errors import NotFoundError, RefusedError

# the open states as SQL text, not as values sent apart: the planner must recognise the
# condition of the indexes of the open lines
IS_OPEN = t.PieceAttendue.etat.in_(
    [sa.literal_column(f"'{etat}'") for etat in OPEN_PIECE_STATES]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FiltrePieces:
    """What a list of requirements is narrowed to; None means all."""

    etats: tuple[str, ...] = ()
    type: str | None = None
    agent: str | None = None
    evenement: str | None = None
    collectivite: str | None = None
    exigible_avant: dt.date | None = None
    texte: str | None = None
    reference_externe: str | None = None
    # the lines of one account; "" for those nobody holds; None for all
    affecte: str | None = None

    @property
    def names_someone(self) -> bool:
        """Tell whether it asks something of the agent."""
        return self.agent is not None or bool(self.texte)


@dataclass(frozen=True, slots=True, kw_only=True)
class LignePiece:
    """A requirement as lists show it, with its agent and event."""

    piece: PieceAttendue
    agent_reference: str
    agent_libelle: str
    nom: str
    prenom: str
    matricule: str | None
    evenement_reference: str
    evenement_numero: str | None
    nature: str
    date_survenance: dt.date
    collectivite_reference: str
    collectivite_nom: str

    def retard_jours(self, on: dt.date) -> int:
        """Return how many days the paper is late on a day; 0 when it is not."""
        return max(0, (on - self.piece.echeance).days)


def get(session: ReadSession, reference: str, perimetre: Perimetre) -> PieceAttendue:
    """Return a requirement; `NotFoundError` when foreign or inexistent."""
    return valeurs.piece(row_of(session, reference, perimetre))


def row_of(
    session: ReadSession, reference: str, perimetre: Perimetre
) -> t.PieceAttendue:
    """Return the row of a requirement; `NotFoundError` when foreign or inexistent."""
    canonical = parse_reference(reference) or reference
    statement = sa.select(t.PieceAttendue).where(t.PieceAttendue.reference == canonical)
    row = session.scalar(narrow(statement, t.PieceAttendue, perimetre))
    if row is None:
        raise NotFoundError("introuvable", "Aucune pièce attendue à cette référence.")
    return row


def awaits(session: ReadSession, collectivite_id: int) -> bool:
    """Tell whether any paper is still wanted from a collectivité."""
    wanted = sa.exists().where(
        t.PieceAttendue.collectivite_id == collectivite_id,
        IS_OPEN,
    )
    return bool(session.scalar(sa.select(wanted)))


def by_ids(session: ReadSession, ids: list[int]) -> dict[int, PieceAttendue]:
    """Return requirements already known to be visible, by id."""
    rows = session.scalars(
        sa.select(t.PieceAttendue).where(t.PieceAttendue.id.in_(ids))
    )
    return {row.id: valeurs.piece(row) for row in rows}


def of_agents(session: ReadSession, ids: list[int]) -> tuple[PieceAttendue, ...]:
    """Return every requirement of these agents, open or settled."""
    rows = session.scalars(
        sa.select(t.PieceAttendue)
        .where(t.PieceAttendue.agent_id.in_(ids))
        .order_by(t.PieceAttendue.id)
    )
    return tuple(valeurs.piece(row) for row in rows)


def of_evenement(session: ReadSession, evenement_id: int) -> tuple[PieceAttendue, ...]:
    """Return every requirement of an event, oldest due first."""
    rows = session.scalars(
        sa.select(t.PieceAttendue)
        .where(t.PieceAttendue.evenement_id == evenement_id)
        .order_by(t.PieceAttendue.exigible_le, t.PieceAttendue.id)
    )
    return tuple(valeurs.piece(row) for row in rows)


def listing(
    session: ReadSession,
    perimetre: Perimetre,
    filtre: FiltrePieces | None = None,
    *,
    curseur: str | None = None,
    limite: int = 50,
    tri: str = "echeance",
) -> curseurs.PageDe[LignePiece]:
    """Return one page of requirements, first due first, or by another of `SORTS`.

    Raises `RefusedError` (`curseur-invalide`) when the cursor is of another sort.
    """
    limite = curseurs.bounded(limite)
    asked, p = filtre or FiltrePieces(), t.PieceAttendue
    kept = _filtered(asked)
    total = count(session, narrow(kept, p, perimetre))
    column, parse = SORTS[tri]
    if tri == "nom" and not asked.names_someone:
        kept = kept.join(t.Agent, t.Agent.id == p.agent_id)
    order: list[Any] = [column, p.id]
    if curseur:
        kept = kept.where(curseurs.after(order, _position(curseur, tri, parse)))
    ids = head(session, kept, p, order, perimetre, limite + 1)
    shown = _SHOWN.add_columns(column).where(p.id.in_(ids)).order_by(*order)
    rows = session.execute(shown).all()
    lines = tuple(_line(*row[:4]) for row in rows[:limite])
    suivant = None
    if len(rows) > limite:
        suivant = curseurs.encode(tri, rows[limite - 1][4], lines[-1].piece.id)
    return curseurs.PageDe(elements=lines, suivant=suivant, total=total)


def _own(statement: Any, filtre: FiltrePieces) -> Any:  # noqa: ANN401 - a select
    """Narrow a select to what a filter says of the line itself."""
    p = t.PieceAttendue
    if filtre.type is not None:
        statement = statement.where(p.type == filtre.type)
    if filtre.reference_externe is not None:
        statement = statement.where(p.reference_externe == filtre.reference_externe)
    if filtre.etats == OPEN_PIECE_STATES:
        statement = statement.where(IS_OPEN)
    elif filtre.etats:
        statement = statement.where(p.etat.in_(filtre.etats))
    if filtre.exigible_avant is not None:
        statement = statement.where(p.exigible_le <= filtre.exigible_avant)
    return statement


SORTS: dict[str, tuple[Any, Callable[[str], Any]]] = {
    "echeance": (t.PieceAttendue.echeance, dt.date.fromisoformat),
    "exigible": (t.PieceAttendue.exigible_le, dt.date.fromisoformat),
    "nom": (t.Agent.recherche, str),
}


def _position(curseur: str, tri: str, parse: Callable[[str], Any]) -> list[Any]:
    """Return the sort values after which the page starts."""
    sort, value, last = curseurs.decode(curseur, 3)
    try:
        if sort == tri:
            return [parse(value), int(last)]
    except ValueError:
        pass
    raise RefusedError(
        "curseur-invalide",
        "Cette page de liste n'existe pas. Revenez au début de la liste.",
    )


_SHOWN = (
    sa.select(t.PieceAttendue, t.Agent, t.Evenement, t.Collectivite)
    .join(t.Agent, t.Agent.id == t.PieceAttendue.agent_id)
    .join(t.Evenement, t.Evenement.id == t.PieceAttendue.evenement_id)
    .join(t.Collectivite, t.Collectivite.id == t.PieceAttendue.collectivite_id)
)


def _filtered(filtre: FiltrePieces) -> Any:  # noqa: ANN401 - a select of ids
    """Select the lines of a filter; what it does not ask about is not joined."""
    p, a, e, c = t.PieceAttendue, t.Agent, t.Evenement, t.Collectivite
    statement = _own(sa.select(p.id), filtre)
    if filtre.names_someone:
        statement = statement.join(a, a.id == p.agent_id)
    if filtre.evenement is not None or filtre.texte:
        statement = statement.join(e, e.id == p.evenement_id)
    if filtre.collectivite is not None:
        statement = statement.join(c, c.id == p.collectivite_id)
    for column, value in (
        (a.reference, filtre.agent),
        (e.reference, filtre.evenement),
        (c.reference, filtre.collectivite),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if filtre.affecte is not None:
        held = p.reference.in_(held_by(filtre.affecte or None))
        statement = statement.where(held if filtre.affecte else ~held)
    for word in fold(filtre.texte or "").split():
        numbered = sa.func.lower(e.numero).contains(word, autoescape=True)
        named = a.recherche.contains(word, autoescape=True)
        statement = statement.where(sa.or_(named, numbered))
    return statement


def _canonical(reference: str | None) -> str | None:
    return None if reference is None else parse_reference(reference) or reference


def _line(
    piece: t.PieceAttendue, agent: t.Agent, evenement: t.Evenement, c: t.Collectivite
) -> LignePiece:
    value = valeurs.agent(agent)
    return LignePiece(
        piece=valeurs.piece(piece),
        agent_reference=agent.reference,
        agent_libelle=value.libelle,
        nom=value.nom_courant,
        prenom=value.prenoms[0] if value.prenoms else "",
        matricule=agent.matricule,
        evenement_reference=evenement.reference,
        evenement_numero=evenement.numero,
        nature=evenement.nature,
        date_survenance=evenement.date_survenance,
        collectivite_reference=c.reference,
        collectivite_nom=c.nom,
    )


def line(session: ReadSession, reference: str, perimetre: Perimetre) -> LignePiece:
    """Return one requirement as lists show it."""
    piece = row_of(session, reference, perimetre)
    row = session.execute(_SHOWN.where(t.PieceAttendue.id == piece.id)).one()
    return _line(*row)


def coverage_of(session: ReadSession, piece: PieceAttendue) -> Couverture | None:
    """Return which days are proved; None for a requirement without period."""
    return coverages(session, [piece]).get(piece.id)


def coverages(
    session: ReadSession, pieces: Iterable[PieceAttendue]
) -> dict[int, Couverture]:
    """Return which days are proved, by id, for the requirements that have days."""
    wanted = {p.id: p.periode for p in pieces if p.periode is not None}
    proofs: dict[int, list[Periode]] = {piece_id: [] for piece_id in wanted}
    if not wanted:
        return {}
    for link in links_of(session, piece_ids=sorted(wanted)):
        # a tie without days proves the whole line
        proofs[link.piece_id].append(link.periode or wanted[link.piece_id])
    return {
        piece_id: coverage(wanted[piece_id], proofs[piece_id]) for piece_id in wanted
    }


def active_of(session: ReadSession, piece_id: int) -> list[t.Rattachement]:
    """Return the active ties of a requirement, as rows."""
    return list(
        session.scalars(
            sa.select(t.Rattachement).where(
                t.Rattachement.piece_id == piece_id, t.Rattachement.is_actif
            )
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LienActif:
    """An active tie, seen from either end."""

    piece_id: int
    justificatif_id: int
    periode: Periode | None
    auteur: str
    cree_at: dt.datetime


def links_of(
    session: ReadSession,
    *,
    piece_ids: list[int] | None = None,
    justificatif_ids: list[int] | None = None,
) -> tuple[LienActif, ...]:
    """Return the active ties of these requirements, or of these papers."""
    statement = sa.select(t.Rattachement).where(t.Rattachement.is_actif)
    if piece_ids is not None:
        statement = statement.where(t.Rattachement.piece_id.in_(piece_ids))
    if justificatif_ids is not None:
        statement = statement.where(
            t.Rattachement.justificatif_id.in_(justificatif_ids)
        )
    rows = session.scalars(statement.order_by(t.Rattachement.id))
    return tuple(link_of(row) for row in rows)


def link_of(row: t.Rattachement) -> LienActif:
    """Return the value of a tie."""
    return LienActif(
        piece_id=row.piece_id,
        justificatif_id=row.justificatif_id,
        periode=valeurs.periode_of(row.debut, row.fin),
        auteur=row.auteur,
        cree_at=row.cree_at,
    )
