"""« Données journalières » (guide S12): what was entered on a day, from the journal."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from records import tables as t
from records.comptes import Perimetre
from records.journal import Tag
from records.store import curseurs, valeurs
from records.store.perimetres import narrow
from socle.clock import end_of_day
from socle.db import ReadSession

# what a person (or a file, or the API) entered; not what followed from it
ENTRIES = (
    Tag.EVENEMENT_DECLARE, Tag.EVENEMENT_MODIFIE, Tag.EVENEMENT_CLOS,
    Tag.CONSEQUENCE_DECLAREE, Tag.CONSEQUENCE_MODIFIEE, Tag.SALAIRES_SAISIS,
    Tag.RECOURS_SAISI, Tag.RECOURS_MODIFIE, Tag.RECOURS_ENVOYE, Tag.DEPOT_RECU,
    Tag.PIECE_DISPENSEE, Tag.PIECE_IMPOSSIBLE, Tag.AGENT_CREE, Tag.AGENT_MODIFIE,
    Tag.SERVICE_CREE, Tag.SERVICE_MODIFIE,
)  # fmt: skip
_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saisie:
    """One thing entered: the fact, and what it is about when that can be opened."""

    id: int
    tag: str
    auteur: str
    survenu_at: dt.datetime
    sujet: str
    contenu: dict[str, Any]
    collectivite: str
    evenement: str | None
    agent: str | None
    agent_libelle: str | None


def counts(session: ReadSession, perimetre: Perimetre, jour: dt.date) -> dict[str, int]:
    """Return how many things of each kind (the words before « : ») were entered."""
    statement = sa.select(t.Fait.tag, sa.func.count()).group_by(t.Fait.tag)
    found: dict[str, int] = {}
    for tag, number in session.execute(_of_day(statement, perimetre, jour)):
        kind = tag.split(":", 1)[0]
        found[kind] = found.get(kind, 0) + number
    return found


def listing(
    session: ReadSession,
    perimetre: Perimetre,
    jour: dt.date,
    *,
    curseur: str | None = None,
    limite: int = 50,
) -> curseurs.PageDe[Saisie]:
    """Return one page of what was entered on a legal day, in order."""
    limite = curseurs.bounded(limite)
    f, e, a, c = t.Fait, t.Evenement, t.Agent, t.Collectivite
    statement = (
        sa.select(f, e.reference, a, c.reference)
        .join(c, c.id == f.collectivite_id)
        .outerjoin(e, e.id == f.evenement_id)
        .outerjoin(a, sa.or_(a.id == e.agent_id, a.reference == f.sujet))
    )
    statement = _of_day(statement, perimetre, jour)
    if curseur:
        (last,) = curseurs.decode(curseur, 1)
        statement = statement.where(f.id > int(last))
    rows = session.execute(statement.order_by(f.id).limit(limite + 1)).all()
    total = sum(counts(session, perimetre, jour).values())
    kept = tuple(_saisie(*row) for row in rows[:limite])
    suivant = curseurs.encode(kept[-1].id) if len(rows) > limite else None
    return curseurs.PageDe(elements=kept, suivant=suivant, total=total)


def _of_day(statement: Any, perimetre: Perimetre, jour: dt.date) -> Any:  # noqa: ANN401
    since, until = end_of_day(jour - _ONE_DAY), end_of_day(jour)
    kept = statement.where(
        t.Fait.survenu_at > since,
        t.Fait.survenu_at <= until,
        t.Fait.tag.in_([tag.code for tag in ENTRIES]),
        t.Fait.collectivite_id.is_not(None),
    )
    return narrow(kept, t.Fait, perimetre)


def _saisie(
    fait: t.Fait, evenement: str | None, agent: t.Agent | None, collectivite: str
) -> Saisie:
    person = valeurs.agent(agent) if agent else None
    return Saisie(
        id=fait.id,
        tag=fait.tag,
        auteur=fait.auteur,
        survenu_at=fait.survenu_at,
        sujet=fait.sujet,
        contenu=fait.contenu,
        collectivite=collectivite,
        evenement=evenement,
        agent=person.reference if person else None,
        agent_libelle=person.libelle if person else None,
    )
