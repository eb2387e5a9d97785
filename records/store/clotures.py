"""« Dossier à clôturer » by the guide's rule, and the act that closes a file."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from records import tables as t
from records.comptes import Perimetre
from records.evenements import Evenement
from records.journal import FaitNouveau, Tag
from records.noms import fold
from records.store import curseurs, evenements, journal, reprises, revisions
from records.store.affectations import held_by
from records.store.agents import refuse_stale
from records.store.evenements_lus import row_of
from records.store.listes import count
from records.store.perimetres import narrow
from records.store.tetes import head
from records.vocabulary import EtatEvenement
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, RefusedError

CLOSING_DELAY_DAYS = 30
# a contract may set another delay, by this name, in its parameters
CLOSING_DELAY = "delai_cloture_jours"


@dataclass(frozen=True, slots=True, kw_only=True)
class FiltreClotures:
    """What the list of files to close is narrowed to."""

    collectivite: str | None = None
    texte: str | None = None
    nature: str | None = None
    # the lines of one account; "" for those nobody holds; None for all
    affecte: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ACloturer:
    """A file to close: the event and the last day of its last leave."""

    evenement: Evenement
    dernier_jour: dt.date


def close(
    session: WriteSession,
    reference: str,
    *,
    motif: str,
    perimetre: Perimetre,
    auteur: str,
    now: dt.datetime,
    version: int | None = None,
) -> Evenement:
    """Close a file with its reason: it leaves the basket, its papers stay asked.

    Raises `ConflictError` (`deja-clos`) when it was, `RefusedError` without a reason.
    """
    row = row_of(session, reference, perimetre, is_locked=True)
    if row.etat == EtatEvenement.CLOS.code:
        raise ConflictError(
            "deja-clos", "Ce dossier est déjà clos. Rien n'a été changé."
        )
    refuse_stale(row.version, version)
    motif = motif.strip()[:500]
    if not motif:
        raise RefusedError("motif-absent", "Dites pourquoi, en une phrase.")
    row.etat = EtatEvenement.CLOS.code
    row.version += 1
    reprises.follow(session, row)
    revisions.keep(session, row, auteur=auteur, now=now)
    fait = FaitNouveau(
        tag=Tag.EVENEMENT_CLOS,
        sujet=row.reference,
        auteur=auteur,
        collectivite_id=row.collectivite_id,
        evenement_id=row.id,
        contenu={"motif": motif},
    )
    journal.append(session, fait, now)
    return evenements.by_id(session, row.id)


SORTS: dict[str, str] = {
    "ancien": "Le plus ancien d’abord",
    "recent": "Le plus récent d’abord",
}


def listing(
    session: ReadSession,
    perimetre: Perimetre,
    on: dt.date,
    filtre: FiltreClotures | None = None,
    *,
    tri: str = "ancien",
    curseur: str | None = None,
    limite: int = 50,
) -> curseurs.PageDe[ACloturer]:
    """Return one page of the files to close, by the last day of their last leave."""
    limite = curseurs.bounded(limite)
    e, asked = t.Evenement, filtre or FiltreClotures()
    last = e.sans_reprise_depuis
    kept = _filtered(_awaited(session, on), asked)
    total = count(session, narrow(kept, e, perimetre))
    is_recent = tri == "recent"
    if curseur:
        fin, evenement_id = curseurs.decode(curseur, 2)
        moved = curseurs.before if is_recent else curseurs.after
        position = [sa.literal(dt.date.fromisoformat(fin), sa.Date), int(evenement_id)]
        kept = kept.where(moved([last, e.id], position))
    order = [last.desc(), e.id.desc()] if is_recent else [last, e.id]
    ids = head(session, kept, e, order, perimetre, limite + 1)
    rows: Any = session.execute(
        sa.select(e.id, last).where(e.id.in_(ids)).order_by(*order)
    ).all()
    found = evenements.by_ids(session, [row[0] for row in rows[:limite]])
    lines = tuple(
        ACloturer(evenement=found[row[0]], dernier_jour=row[1] - dt.timedelta(days=1))
        for row in rows[:limite]
    )
    suivant = None
    if len(rows) > limite:
        kept_last = rows[limite - 1]
        suivant = curseurs.encode(kept_last[1].isoformat(), kept_last[0])
    return curseurs.PageDe(elements=lines, suivant=suivant, total=total)


def _filtered(statement: Any, filtre: FiltreClotures) -> Any:  # noqa: ANN401 - a select
    e, a = t.Evenement, t.Agent
    if filtre.texte:
        statement = statement.join(a, a.id == e.agent_id)
    if filtre.collectivite:
        home = sa.select(t.Collectivite.id).where(
            t.Collectivite.reference == filtre.collectivite
        )
        statement = statement.where(e.collectivite_id.in_(home))
    if filtre.nature:
        statement = statement.where(e.nature == filtre.nature)
    if filtre.affecte is not None:
        held = e.reference.in_(held_by(filtre.affecte or None))
        statement = statement.where(held if filtre.affecte else ~held)
    for word in fold(filtre.texte or "").split():
        statement = statement.where(a.recherche.contains(word, autoescape=True))
    return statement


def to_close(session: ReadSession, perimetre: Perimetre, on: dt.date) -> Any:  # noqa: ANN401
    """Select the events with no return date although the last leave is old."""
    return narrow(_awaited(session, on), t.Evenement, perimetre)


def _awaited(session: ReadSession, on: dt.date) -> Any:  # noqa: ANN401 - a select
    """Select them in every collectivité: a range of the index on the last leave."""
    e = t.Evenement
    own = _own_delays(session, on)
    shortest = min([CLOSING_DELAY_DAYS, *own.values()])
    statement = sa.select(e.id).where(
        e.sans_reprise_depuis <= on - dt.timedelta(days=shortest)
    )
    if not own:
        return statement
    usual = sa.literal(on - dt.timedelta(days=CLOSING_DELAY_DAYS), sa.Date)
    by_contract = (
        (e.collectivite_id == home, sa.literal(on - dt.timedelta(days=days), sa.Date))
        for home, days in sorted(own.items())
    )
    return statement.where(e.sans_reprise_depuis <= sa.case(*by_contract, else_=usual))


def _own_delays(session: ReadSession, on: dt.date) -> dict[int, int]:
    """Return, by collectivité, the delay its contract of the day agreed to, in days."""
    rows = session.execute(
        sa.select(t.Contrat.collectivite_id, t.Contrat.parametres).where(
            t.Contrat.debut <= on,
            sa.or_(t.Contrat.fin.is_(None), t.Contrat.fin > on),
        )
    )
    return {
        row.collectivite_id: int(row.parametres[CLOSING_DELAY])
        for row in rows
        if str(row.parametres.get(CLOSING_DELAY, "")).isdigit()
    }
