"""Deposits on disk: bytes as received, once; where their treatment stands; their pages."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from classifiers.evidence import Page
from intake import tables as t
from intake.codec import page_from_bytes, page_to_bytes
from intake.pages import PageLue
from records.comptes import Perimetre
from records.journal import FaitNouveau, Tag
from records.references import parse_reference
from records.store import curseurs, journal
from records.store.perimetres import narrow
from records.vocabulary import EtatDepot
from socle.db import ReadSession, WriteSession
from socle.errors import NotFoundError

UNFINISHED = (EtatDepot.RECU.code, EtatDepot.EN_COURS.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Depot:
    """One file received once, untouched."""

    id: int
    reference: str
    collectivite_id: int
    canal: str
    depose_par: str
    nom_fichier: str
    empreinte: str
    taille: int
    recu_at: dt.datetime
    date_reception: dt.date
    etat: str
    code: str | None
    motif: str | None
    piece_id: int | None
    evenement_id: int | None
    agent_id: int | None
    type_declare: str | None
    nb_pages: int | None
    nb_essais: int
    nb_reprises: int
    recepisse: str
    tri: dict[str, Any] = field(default_factory=dict)
    # `lot`, `annonce` (pages of each paper), `coupures` once they are found
    decoupage: dict[str, Any] = field(default_factory=dict)


def value(row: t.Depot) -> Depot:
    """Return a deposit as a value."""
    return Depot(
        id=row.id,
        reference=row.reference,
        collectivite_id=row.collectivite_id,
        canal=row.canal,
        depose_par=row.depose_par,
        nom_fichier=row.nom_fichier,
        empreinte=row.empreinte,
        taille=row.taille,
        recu_at=row.recu_at,
        date_reception=row.date_reception,
        etat=row.etat,
        code=row.code,
        motif=row.motif,
        piece_id=row.piece_id,
        evenement_id=row.evenement_id,
        agent_id=row.agent_id,
        type_declare=row.type_declare,
        nb_pages=row.nb_pages,
        nb_essais=row.nb_essais,
        nb_reprises=row.nb_reprises,
        recepisse=row.recepisse,
        tri=row.tri,
        decoupage=row.decoupage,
    )


def get(session: ReadSession, reference: str, perimetre: Perimetre) -> Depot:
    """Return a deposit; `NotFoundError` when foreign or inexistent."""
    canonical = parse_reference(reference) or reference
    statement = sa.select(t.Depot).where(t.Depot.reference == canonical)
    row = session.scalar(narrow(statement, t.Depot, perimetre))
    if row is None:
        raise NotFoundError("introuvable", "Aucun dépôt à cette référence.")
    return value(row)


def by_ids(session: ReadSession, ids: list[int]) -> dict[int, Depot]:
    """Return deposits already known to be visible, by id."""
    rows = session.scalars(sa.select(t.Depot).where(t.Depot.id.in_(ids)))
    return {row.id: value(row) for row in rows}


def same_bytes(
    session: ReadSession, collectivite_id: int, empreinte: str
) -> Depot | None:
    """Return the first deposit of the same bytes by the same collectivité."""
    row = session.scalar(
        sa.select(t.Depot).where(
            t.Depot.collectivite_id == collectivite_id, t.Depot.empreinte == empreinte
        )
    )
    return value(row) if row else None


def awaiting(session: ReadSession, piece_ids: list[int]) -> dict[int, Depot]:
    """Return, for each requirement, a deposit made for it and not yet read."""
    rows = session.scalars(
        sa.select(t.Depot).where(
            t.Depot.piece_id.in_(piece_ids),
            t.Depot.etat.in_(UNFINISHED),
        )
    )
    return {row.piece_id: value(row) for row in rows if row.piece_id is not None}


def listing(
    session: ReadSession,
    perimetre: Perimetre,
    *,
    etats: tuple[str, ...] = (),
    curseur: str | None = None,
    limite: int = 50,
) -> curseurs.PageDe[Depot]:
    """Return one page of deposits, newest first."""
    limite = curseurs.bounded(limite)
    base = narrow(sa.select(t.Depot), t.Depot, perimetre)
    if etats:
        base = base.where(t.Depot.etat.in_(etats))
    total = session.scalar(sa.select(sa.func.count()).select_from(base.subquery())) or 0
    statement = base.order_by(t.Depot.id.desc()).limit(limite + 1)
    if curseur:
        (last,) = curseurs.decode(curseur, 1)
        statement = statement.where(t.Depot.id < int(last))
    rows = list(session.scalars(statement))
    suivant = curseurs.encode(rows[limite - 1].id) if len(rows) > limite else None
    elements = tuple(value(row) for row in rows[:limite])
    return curseurs.PageDe(elements=elements, suivant=suivant, total=total)


_FACTS = {
    EtatDepot.TRAITE: Tag.DEPOT_TRAITE,
    EtatDepot.REFUSE: Tag.DEPOT_REFUSE,
    EtatDepot.QUARANTAINE: Tag.DEPOT_QUARANTAINE,
    EtatDepot.RECU: Tag.DEPOT_REPRIS,
}


def move(
    session: WriteSession,
    depot_id: int,
    etat: EtatDepot,
    *,
    now: dt.datetime,
    auteur: str,
    code: str | None = None,
    motif: str | None = None,
) -> Depot:
    """Bring a deposit to a state, with its fact; the same state twice writes nothing."""
    row = session.get_one(t.Depot, depot_id, with_for_update=True)
    if row.etat == etat.code and row.code == code:
        return value(row)
    row.etat, row.code, row.motif = etat.code, code, motif
    session.flush()
    fait = FaitNouveau(
        tag=_FACTS[etat],
        sujet=row.reference,
        auteur=auteur,
        collectivite_id=row.collectivite_id,
        contenu={"code": code} if code else {},
    )
    journal.append(session, fait, now)
    return value(row)


def take(session: WriteSession, reference: str, vie: str) -> Depot:
    """Start an attempt, counted before the work: a killer file stops at three.

    `vie` names the life of the service. An attempt cut short in another life was cut by
    the stop of the whole service: it is counted apart, for it says nothing of the file.
    """
    row = session.scalar(sa.select(t.Depot).where(t.Depot.reference == reference))
    if row is None:
        raise NotFoundError("introuvable", f"Aucun dépôt {reference}.")
    if row.etat in UNFINISHED:
        is_cut = row.etat == EtatDepot.EN_COURS.code and row.essai_vie != vie
        row.etat, row.code, row.motif = EtatDepot.EN_COURS.code, None, None
        row.essai_vie = vie
        if is_cut:
            row.nb_reprises += 1
        else:
            row.nb_essais += 1
        session.flush()
    return value(row)


def give_back(session: WriteSession, depot_id: int, code: str, motif: str) -> None:
    """Put a deposit back for later, its attempt not counted: something else is missing."""
    row = session.get_one(t.Depot, depot_id)
    if row.etat == EtatDepot.EN_COURS.code:
        row.etat, row.code, row.motif = EtatDepot.RECU.code, code, motif
        row.nb_essais = max(0, row.nb_essais - 1)
        session.flush()


def forget_attempts(session: WriteSession, depot_id: int) -> None:
    """Start counting again: a person asked for another reading."""
    row = session.get_one(t.Depot, depot_id)
    row.nb_essais = row.nb_reprises = 0
    session.flush()


def lock_unfinished(session: WriteSession, depot_id: int) -> bool:
    """Hold the deposit to the end of the transaction; False when it already ended."""
    row = session.get_one(t.Depot, depot_id, with_for_update=True)
    return row.etat in UNFINISHED


def keep_triage(session: WriteSession, depot_id: int, tri: dict[str, Any]) -> None:
    """Write what the triage found."""
    row = session.get_one(t.Depot, depot_id)
    row.tri, row.nb_pages = tri, tri["nb_pages"]
    session.flush()


def keep_pages(
    session: WriteSession, depot_id: int, lues: list[tuple[PageLue, str | None]]
) -> None:
    """Write pages read, with the key of their picture; a page already there stays."""
    known = page_numbers(session, depot_id)
    session.add_all(
        _page_row(depot_id, lue, apercu)
        for lue, apercu in lues
        if lue.page.numero not in known
    )
    session.flush()


def replace_pages(session: WriteSession, depot_id: int, pages_: Iterable[Page]) -> None:
    """Write what a second reading found; the pictures stay."""
    for page in pages_:
        session.execute(
            sa.update(t.Page)
            .where(t.Page.depot_id == depot_id, t.Page.numero == page.numero)
            .values(texte=page.texte, lecture=page_to_bytes(page))
        )


def keep_cuts(
    session: WriteSession,
    depot_id: int,
    decoupage: dict[str, Any],
    separateurs: Iterable[int],
) -> None:
    """Write where papers begin, and which sheets belong to none."""
    row = session.get_one(t.Depot, depot_id)
    row.decoupage = decoupage
    apart = sorted(separateurs)
    session.execute(
        sa.update(t.Page)
        .where(t.Page.depot_id == depot_id)
        .values(is_separateur=t.Page.numero.in_(apart))
    )
    session.flush()


def separators(session: ReadSession, depot_id: int) -> set[int]:
    """Return the numbers of the sheets that belong to no paper."""
    return set(
        session.scalars(
            sa.select(t.Page.numero).where(
                t.Page.depot_id == depot_id, t.Page.is_separateur
            )
        )
    )


def _page_row(depot_id: int, lue: PageLue, apercu: str | None) -> t.Page:
    page = lue.page
    return t.Page(
        depot_id=depot_id,
        numero=page.numero,
        origine=page.origine.value,
        is_blanche=page.is_blanche,
        rotation=page.rotation,
        texte=page.texte,
        lecture=page_to_bytes(page),
        apercu=apercu,
        image=None if page.is_blanche else signed(lue.image),
    )


def signed(look: int | None) -> int | None:
    """Return the 64 bits of a look as databases keep them."""
    return look - 2**64 if look is not None and look >= 2**63 else look


def pages(session: ReadSession, depot_id: int) -> tuple[Page, ...]:
    """Return the pages read, in order."""
    rows = session.scalars(
        sa.select(t.Page.lecture)
        .where(t.Page.depot_id == depot_id)
        .order_by(t.Page.numero)
    )
    return tuple(page_from_bytes(row) for row in rows)


def page_numbers(session: ReadSession, depot_id: int) -> set[int]:
    """Return the numbers of the pages already read."""
    return set(
        session.scalars(sa.select(t.Page.numero).where(t.Page.depot_id == depot_id))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Aspect:
    """What one sees of a page without reading it; `apercu` is the key of its picture."""

    numero: int
    is_blanche: bool
    apercu: str | None


def looks(session: ReadSession, depot_id: int) -> tuple[Aspect, ...]:
    """Return how the pages of a deposit look, in order."""
    rows = session.execute(
        sa.select(t.Page.numero, t.Page.is_blanche, t.Page.apercu)
        .where(t.Page.depot_id == depot_id)
        .order_by(t.Page.numero)
    )
    return tuple(
        Aspect(numero=row[0], is_blanche=row[1], apercu=row[2]) for row in rows
    )


def preview_key(session: ReadSession, depot_id: int, numero: int) -> str | None:
    """Return the storage key of a page's picture, None when there is none."""
    return session.scalar(
        sa.select(t.Page.apercu).where(
            t.Page.depot_id == depot_id, t.Page.numero == numero
        )
    )
