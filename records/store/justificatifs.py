"""Recognised papers on disk: written once by the reader, corrected by people."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from records import tables as t
from records.comptes import Perimetre
from records.journal import FaitNouveau, Tag
from records.natures import Catalogue
from records.noms import fold
from records.parties import Agent
from records.references import Sujet, new_reference, parse_reference
from records.store import curseurs, journal, revisions, valeurs
from records.store.listes import count
from records.store.perimetres import narrow
from records.store.tetes import head
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, NotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class Justificatif:
    """A paper recognised inside a deposit, and what was made of it.

    `champs`, `motifs` and `candidats` are the JSON written by the reader.
    """

    id: int
    reference: str
    collectivite_id: int
    depot_id: int
    rang: int
    pages: tuple[int, ...]
    type: str
    type_propose: str
    confiance: float
    modele: int | None
    agent_id: int | None
    evenement_id: int | None
    etat: str
    is_secret_medical: bool
    integre_at: dt.datetime
    version: int
    champs: dict[str, Any] = field(default_factory=dict)
    motifs: list[dict[str, Any]] = field(default_factory=list)
    candidats: list[dict[str, Any]] = field(default_factory=list)
    remarques: list[str] = field(default_factory=list)
    rotation: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FiltreJustificatifs:
    """What a list of papers is narrowed to; None means all. `au` is excluded."""

    type: str | None = None
    etat: str | None = None
    agent: str | None = None
    evenement: str | None = None
    collectivite: str | None = None
    du: dt.date | None = None
    au: dt.date | None = None
    texte: str | None = None
    depot_id: int | None = None
    # a select of deposit ids: how the counter, which owns the pages, adds words read
    depots: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneJustificatif:
    """A paper as lists show it."""

    justificatif: Justificatif
    agent: Agent | None
    evenement_reference: str | None
    evenement_numero: str | None
    nature: str | None
    collectivite_reference: str
    collectivite_nom: str


def value(row: t.Justificatif) -> Justificatif:
    """Return a paper as a value."""
    return Justificatif(
        id=row.id,
        reference=row.reference,
        collectivite_id=row.collectivite_id,
        depot_id=row.depot_id,
        rang=row.rang,
        pages=tuple(row.pages),
        type=row.type,
        type_propose=row.type_propose,
        confiance=row.confiance,
        modele=row.modele,
        agent_id=row.agent_id,
        evenement_id=row.evenement_id,
        etat=row.etat,
        is_secret_medical=row.secret_medical,
        integre_at=row.integre_at,
        version=row.version,
        champs=row.champs,
        motifs=row.motifs,
        candidats=row.candidats,
        remarques=row.remarques,
        rotation=row.rotation,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class JustificatifNouveau:
    """What the reader writes of one paper."""

    collectivite_id: int
    depot_id: int
    rang: int
    pages: tuple[int, ...]
    type: str
    confiance: float
    etat: str
    agent_id: int | None = None
    evenement_id: int | None = None
    is_secret_medical: bool = False
    # the version of the learned model that proposed the type
    modele: int | None = None
    champs: dict[str, Any] = field(default_factory=dict)
    motifs: list[dict[str, Any]] = field(default_factory=list)
    candidats: list[dict[str, Any]] = field(default_factory=list)
    remarques: list[str] = field(default_factory=list)


def add(
    session: WriteSession,
    nouveau: JustificatifNouveau,
    *,
    auteur: str,
    now: dt.datetime,
) -> Justificatif:
    """Write a recognised paper; the same rank of the same deposit is returned as is."""
    row = session.scalar(
        sa.select(t.Justificatif).where(
            t.Justificatif.depot_id == nouveau.depot_id,
            t.Justificatif.rang == nouveau.rang,
        )
    )
    if row is not None:
        return value(row)
    row = t.Justificatif(
        reference=new_reference(Sujet.JUSTIFICATIF, now.year),
        collectivite_id=nouveau.collectivite_id,
        depot_id=nouveau.depot_id,
        rang=nouveau.rang,
        pages=list(nouveau.pages),
        type=nouveau.type,
        type_propose=nouveau.type,
        confiance=nouveau.confiance,
        modele=nouveau.modele,
        agent_id=nouveau.agent_id,
        evenement_id=nouveau.evenement_id,
        etat=nouveau.etat,
        secret_medical=nouveau.is_secret_medical,
        champs=nouveau.champs,
        motifs=nouveau.motifs,
        candidats=nouveau.candidats,
        remarques=nouveau.remarques,
        integre_at=now,
    )
    session.add(row)
    session.flush()
    note(session, row, Tag.JUSTIFICATIF_TYPE, auteur, now, {"type": row.type})
    return value(row)


def change(
    session: WriteSession,
    justificatif_id: int,
    changes: dict[str, Any],
    *,
    tag: Tag,
    auteur: str,
    now: dt.datetime,
    contenu: dict[str, Any] | None = None,
    version: int | None = None,
) -> Justificatif:
    """Change columns of a paper and write the fact; refuse a stale version."""
    row = session.get(t.Justificatif, justificatif_id, with_for_update=True)
    if row is None:
        raise NotFoundError("introuvable", "Ce document n'existe plus.")
    if version is not None and version != row.version:
        raise ConflictError(
            "etat-modifie",
            f"Le document {row.reference} vient d'être traité par quelqu'un d'autre. "
            "Rien n'a été changé : rechargez la page pour voir son état.",
        )
    for name, new in changes.items():
        setattr(row, name, new)
    row.version += 1
    session.flush()
    note(session, row, tag, auteur, now, contenu or {})
    return value(row)


def note(
    session: WriteSession,
    row: t.Justificatif,
    tag: Tag,
    auteur: str,
    now: dt.datetime,
    contenu: dict[str, Any],
) -> None:
    """Write the fact of an act on a paper, and the paper as it leaves it."""
    revisions.keep(session, row, auteur=auteur, now=now)
    fait = FaitNouveau(
        tag=tag,
        sujet=row.reference,
        auteur=auteur,
        collectivite_id=row.collectivite_id,
        evenement_id=row.evenement_id,
        contenu={"type": row.type, **contenu},
    )
    journal.append(session, fait, now)


def is_sensible(paper: Justificatif, known: Catalogue) -> bool:
    """Tell whether opening a paper is itself noted: it may speak of someone's health."""
    kind = known.types.get(paper.type)
    return paper.is_secret_medical or kind is None or kind.is_sensible


def get(session: ReadSession, reference: str, perimetre: Perimetre) -> Justificatif:
    """Return a paper; `NotFoundError` when foreign, secret to this person or absent."""
    canonical = parse_reference(reference) or reference
    statement = sa.select(t.Justificatif).where(t.Justificatif.reference == canonical)
    row = session.scalar(narrow(statement, t.Justificatif, perimetre))
    if row is None:
        raise NotFoundError("introuvable", "Aucun document à cette référence.")
    return value(row)


def of_depot(
    session: ReadSession, depot_id: int, perimetre: Perimetre
) -> tuple[Justificatif, ...]:
    """Return the papers of a deposit, in order."""
    statement = (
        sa.select(t.Justificatif)
        .where(t.Justificatif.depot_id == depot_id)
        .order_by(t.Justificatif.rang)
    )
    rows = session.scalars(narrow(statement, t.Justificatif, perimetre))
    return tuple(value(row) for row in rows)


def of_depots(
    session: ReadSession, depot_ids: list[int], perimetre: Perimetre
) -> dict[int, tuple[Justificatif, ...]]:
    """Return the papers of many deposits, by deposit, in the order of the pages."""
    found: dict[int, list[Justificatif]] = {}
    for first in range(0, len(depot_ids), 500):
        statement = sa.select(t.Justificatif).where(
            t.Justificatif.depot_id.in_(depot_ids[first : first + 500])
        )
        narrowed = narrow(statement, t.Justificatif, perimetre)
        for row in session.scalars(
            narrowed.order_by(t.Justificatif.depot_id, t.Justificatif.rang)
        ):
            found.setdefault(row.depot_id, []).append(value(row))
    return {depot_id: tuple(papers) for depot_id, papers in found.items()}


def of_evenement(
    session: ReadSession, evenement_id: int, perimetre: Perimetre
) -> tuple[Justificatif, ...]:
    """Return the papers tied to an event, newest first."""
    statement = (
        sa.select(t.Justificatif)
        .where(t.Justificatif.evenement_id == evenement_id)
        .order_by(t.Justificatif.id.desc())
    )
    rows = session.scalars(narrow(statement, t.Justificatif, perimetre))
    return tuple(value(row) for row in rows)


def by_ids(
    session: ReadSession, ids: list[int], perimetre: Perimetre
) -> dict[int, Justificatif]:
    """Return papers by id, those one may see."""
    statement = sa.select(t.Justificatif).where(t.Justificatif.id.in_(ids))
    rows = session.scalars(narrow(statement, t.Justificatif, perimetre))
    return {row.id: value(row) for row in rows}


def listing(
    session: ReadSession,
    perimetre: Perimetre,
    filtre: FiltreJustificatifs | None = None,
    *,
    curseur: str | None = None,
    limite: int = 50,
    plafond: int | None = None,
) -> curseurs.PageDe[LigneJustificatif]:
    """Return one page of papers, newest first; they are counted up to `plafond`."""
    limite = curseurs.bounded(limite)
    asked, j = filtre or FiltreJustificatifs(), t.Justificatif
    kept = _filtered(asked)
    total = count(session, narrow(kept, j, perimetre), plafond)
    if curseur:
        moment, last = curseurs.decode(curseur, 2)
        # a value bound by hand needs the column's type to be compared as stored
        instant = sa.literal(dt.datetime.fromisoformat(moment), j.integre_at.type)
        position = curseurs.before([j.integre_at, j.id], [instant, int(last)])
        kept = kept.where(position)
    order: list[Any] = [j.integre_at.desc(), j.id.desc()]
    ids = head(session, kept, j, order, perimetre, limite + 1)
    rows = session.execute(_SHOWN.where(j.id.in_(ids)).order_by(*order)).all()
    lines = tuple(_line(*row) for row in rows[:limite])
    suivant = None
    if len(rows) > limite:
        newest = lines[-1].justificatif
        suivant = curseurs.encode(newest.integre_at.isoformat(), newest.id)
    return curseurs.PageDe(elements=lines, suivant=suivant, total=total)


_SHOWN = (
    sa.select(t.Justificatif, t.Agent, t.Evenement, t.Collectivite)
    .outerjoin(t.Agent, t.Agent.id == t.Justificatif.agent_id)
    .outerjoin(t.Evenement, t.Evenement.id == t.Justificatif.evenement_id)
    .join(t.Collectivite, t.Collectivite.id == t.Justificatif.collectivite_id)
)


def _filtered(filtre: FiltreJustificatifs) -> Any:  # noqa: ANN401 - a select of ids
    """Select the papers of a filter; what it does not ask about is not joined."""
    j, a, e, c = t.Justificatif, t.Agent, t.Evenement, t.Collectivite
    statement = _own(sa.select(j.id), filtre)
    if filtre.agent is not None or filtre.texte:
        statement = statement.join(a, a.id == j.agent_id)
    if filtre.evenement is not None:
        statement = statement.join(e, e.id == j.evenement_id)
    if filtre.collectivite is not None:
        statement = statement.join(c, c.id == j.collectivite_id)
    for column, wanted in (
        (a.reference, filtre.agent),
        (e.reference, filtre.evenement),
        (c.reference, filtre.collectivite),
    ):
        if wanted is not None:
            statement = statement.where(column == wanted)
    for word in fold(filtre.texte or "").split():
        statement = statement.where(a.recherche.contains(word, autoescape=True))
    return statement


def _own(statement: Any, filtre: FiltreJustificatifs) -> Any:  # noqa: ANN401 - a select
    """Narrow a select to what a filter says of the paper itself."""
    j = t.Justificatif
    for column, wanted in (
        (j.type, filtre.type),
        (j.etat, filtre.etat),
        (j.depot_id, filtre.depot_id),
    ):
        if wanted is not None:
            statement = statement.where(column == wanted)
    if filtre.depots is not None:
        statement = statement.where(j.depot_id.in_(filtre.depots))
    if filtre.du is not None:
        statement = statement.where(j.integre_at >= _midnight(filtre.du))
    if filtre.au is not None:
        statement = statement.where(j.integre_at < _midnight(filtre.au))
    return statement


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def _line(
    row: t.Justificatif,
    agent: t.Agent | None,
    evenement: t.Evenement | None,
    collectivite: t.Collectivite,
) -> LigneJustificatif:
    return LigneJustificatif(
        justificatif=value(row),
        agent=valeurs.agent(agent) if agent else None,
        evenement_reference=evenement.reference if evenement else None,
        evenement_numero=evenement.numero if evenement else None,
        nature=evenement.nature if evenement else None,
        collectivite_reference=collectivite.reference,
        collectivite_nom=collectivite.nom,
    )
