"""Who takes charge of a line of the basket, and the views a person keeps of a list."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import sqlalchemy as sa

from records import tables as t
from records import tables_espace as te
from records.comptes import Perimetre
from records.journal import FaitNouveau, Tag
from records.references import parse_reference
from records.store import journal
from records.store.perimetres import narrow
from records.store.taches import visible
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, NotFoundError, RefusedError

MAX_VIEWS = 20
_TAKEN = "Quelqu'un d'autre a pris cette ligne en charge. Rien n'a changé."
# what a line of the basket is: a requirement, an event to close, a task
_LINES: dict[str, Any] = {"PA": t.PieceAttendue, "EV": t.Evenement, "TA": t.Tache}


def take(
    session: WriteSession,
    reference: str,
    *,
    perimetre: Perimetre,
    auteur: str,
    now: dt.datetime,
) -> None:
    """Take charge of a line; `ConflictError` (`deja-affecte`) when another did."""
    row = _line(session, reference, perimetre)
    known = session.get(te.Affectation, row.reference, with_for_update=True)
    if known is not None and known.compte != auteur:
        raise ConflictError("deja-affecte", _TAKEN)
    if known is None:
        made = te.Affectation(objet=row.reference, compte=auteur, affecte_at=now)
        session.add(made)
        _note(session, Tag.ACTION_AFFECTEE, row, auteur, now)


def give_back(
    session: WriteSession,
    reference: str,
    *,
    perimetre: Perimetre,
    auteur: str,
    now: dt.datetime,
) -> None:
    """Leave a line to the others; leaving what nobody holds changes nothing.

    Raises `ConflictError` (`deja-affecte`) when another holds it.
    """
    row = _line(session, reference, perimetre)
    known = session.get(te.Affectation, row.reference, with_for_update=True)
    if known is not None and known.compte != auteur:
        raise ConflictError("deja-affecte", _TAKEN)
    if known is not None:
        session.delete(known)
        _note(session, Tag.ACTION_RENDUE, row, auteur, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prise:
    """Who holds a line (the reference of an account), and since when."""

    compte: str
    affecte_at: dt.datetime


def line(session: ReadSession, reference: str, perimetre: Perimetre) -> str:
    """Return the reference of a line; `NotFoundError` when foreign or inexistent."""
    return str(_line(session, reference, perimetre).reference)


def holder(session: ReadSession, reference: str) -> Prise | None:
    """Return who holds a line already known to be visible."""
    row = session.get(te.Affectation, reference)
    return Prise(compte=row.compte, affecte_at=row.affecte_at) if row else None


def _line(session: ReadSession, reference: str, perimetre: Perimetre) -> Any:  # noqa: ANN401 - a row of one of `_LINES`
    canonical = parse_reference(reference) or reference
    table = _LINES.get(canonical[:2])
    row = None
    if table is not None:
        statement = sa.select(table).where(table.reference == canonical)
        narrowed = (
            visible(statement, perimetre)
            if table is t.Tache
            else narrow(statement, table, perimetre)
        )
        row = session.scalar(narrowed)
    if row is None:
        raise NotFoundError("introuvable", "Aucune ligne à cette référence.")
    return row


def _note(
    session: WriteSession,
    tag: Tag,
    row: Any,  # noqa: ANN401 - a row of one of `_LINES`
    auteur: str,
    now: dt.datetime,
) -> None:
    fait = FaitNouveau(
        tag=tag,
        sujet=row.reference,
        auteur=auteur,
        collectivite_id=row.collectivite_id,
        evenement_id=row.id if isinstance(row, t.Evenement) else row.evenement_id,
    )
    journal.append(session, fait, now)


def holders(session: ReadSession, references: Iterable[str]) -> dict[str, str]:
    """Return who holds these lines: the reference of their account, by line."""
    a = te.Affectation
    rows = session.execute(
        sa.select(a.objet, a.compte).where(a.objet.in_(sorted(set(references))))
    )
    return {row[0]: row[1] for row in rows}


def held_by(auteur: str | None) -> Any:  # noqa: ANN401 - a select of references
    """Return the lines someone holds; None: those anybody holds."""
    statement = sa.select(te.Affectation.objet)
    return statement.where(te.Affectation.compte == auteur) if auteur else statement


# --- views kept --------------------------------------------------------------------


def keep_view(
    session: WriteSession, compte_id: int, liste: str, nom: str, requete: str
) -> None:
    """Keep the filters of a list under a name; the same name again replaces them."""
    nom = nom.strip()[:60]
    if not nom:
        raise RefusedError("nom-absent", "Donnez un nom à cette vue.")
    v = te.VueGardee
    mine = sa.select(v).where(v.compte_id == compte_id, v.liste == liste)
    row = session.scalar(mine.where(v.nom == nom))
    if row is None:
        if len(session.scalars(mine).all()) >= MAX_VIEWS:
            raise RefusedError(
                "trop-d-elements", f"{MAX_VIEWS} vues au plus : supprimez-en une."
            )
        row = v(compte_id=compte_id, liste=liste, nom=nom)
        session.add(row)
    row.requete = requete[:1000]
    session.flush()


def drop_view(session: WriteSession, compte_id: int, liste: str, nom: str) -> None:
    """Forget a view of this person."""
    v = te.VueGardee
    session.execute(
        sa.delete(v).where(v.compte_id == compte_id, v.liste == liste, v.nom == nom)
    )


def views(
    session: ReadSession, compte_id: int, liste: str
) -> tuple[tuple[str, str], ...]:
    """Return the views this person keeps of a list: (name, filters)."""
    v = te.VueGardee
    rows = session.execute(
        sa.select(v.nom, v.requete)
        .where(v.compte_id == compte_id, v.liste == liste)
        .order_by(v.nom)
    )
    return tuple((row[0], row[1]) for row in rows)


def written(filtres: Mapping[str, str]) -> str:
    """Return filters as a view keeps them: the query of the list's address."""
    return urlencode({name: value for name, value in filtres.items() if value})


def filters(requete: str) -> dict[str, str]:
    """Read the filters of a view kept."""
    return dict(parse_qsl(requete))
