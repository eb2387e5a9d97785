"""Collectivités and their contracts on disk."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from records import tables as t
from records.comptes import Perimetre
from records.journal import FaitNouveau, Tag
from records.parties import Collectivite, Contrat
from records.references import Sujet, new_reference, parse_reference
from records.store import journal, valeurs
from records.store.perimetres import narrow
from socle.db import ReadSession, WriteSession
from socle.errors import NotFoundError

DEFAULT_DELAY_DAYS = 90


def create(
    session: WriteSession,
    *,
    nom: str,
    auteur: str,
    now: dt.datetime,
    siret: str | None = None,
    reference_externe: str | None = None,
    adresse: dict[str, Any] | None = None,
    budgets: list[str] | None = None,
    contrats: tuple[Contrat, ...] = (),
) -> Collectivite:
    """Create a collectivité with its contracts."""
    row = t.Collectivite(
        reference=new_reference(Sujet.COLLECTIVITE, now.year),
        reference_externe=reference_externe,
        nom=nom,
        siret=siret,
        adresse=adresse or {},
        budgets=budgets or [],
    )
    session.add(row)
    session.flush()
    for contrat in contrats:
        put_contrat(session, row.id, contrat)
    fait = FaitNouveau(
        tag=Tag.COLLECTIVITE_CREEE,
        sujet=row.reference,
        auteur=auteur,
        collectivite_id=row.id,
    )
    journal.append(session, fait, now)
    return valeurs.collectivite(row)


def put_contrat(session: WriteSession, collectivite_id: int, contrat: Contrat) -> bool:
    """Write a contract by its number; tell whether anything changed."""
    row = session.scalar(
        sa.select(t.Contrat).where(
            t.Contrat.collectivite_id == collectivite_id,
            t.Contrat.numero == contrat.numero,
        )
    )
    if row is None:
        row = t.Contrat(collectivite_id=collectivite_id, numero=contrat.numero)
        session.add(row)
    elif valeurs.contrat(row) == contrat:
        return False
    row.debut, row.fin = contrat.debut, contrat.fin
    row.delai_pieces_jours = contrat.delai_pieces_jours
    row.parametres = contrat.parametres
    session.flush()
    return True


def update(
    session: WriteSession,
    reference: str,
    changes: dict[str, Any],
    *,
    perimetre: Perimetre,
    auteur: str,
    now: dt.datetime,
) -> Collectivite:
    """Change some of nom, siret, adresse, budgets, reference_externe."""
    row = _row(session, reference, perimetre)
    for name, value in changes.items():
        setattr(row, name, value)
    session.flush()
    fait = FaitNouveau(
        tag=Tag.COLLECTIVITE_MODIFIEE,
        sujet=row.reference,
        auteur=auteur,
        collectivite_id=row.id,
        contenu={"champs": sorted(changes)},
    )
    journal.append(session, fait, now)
    return valeurs.collectivite(row)


def _row(session: ReadSession, reference: str, perimetre: Perimetre) -> t.Collectivite:
    canonical = parse_reference(reference) or reference
    statement = sa.select(t.Collectivite).where(t.Collectivite.reference == canonical)
    row = session.scalar(narrow(statement, t.Collectivite, perimetre))
    if row is None:
        raise NotFoundError("introuvable", "Aucune collectivité à cette référence.")
    return row


def get(session: ReadSession, reference: str, perimetre: Perimetre) -> Collectivite:
    """Return a collectivité; `NotFoundError` when foreign or inexistent."""
    return valeurs.collectivite(_row(session, reference, perimetre))


def by_id(session: ReadSession, collectivite_id: int) -> Collectivite:
    """Return a collectivité already known to be visible."""
    row = session.get(t.Collectivite, collectivite_id)
    if row is None:
        raise NotFoundError("introuvable", "Cette collectivité n'existe pas.")
    return valeurs.collectivite(row)


def by_ids(session: ReadSession, ids: Sequence[int]) -> dict[int, Collectivite]:
    """Return collectivités already known to be visible, by id."""
    rows = session.scalars(sa.select(t.Collectivite).where(t.Collectivite.id.in_(ids)))
    return {row.id: valeurs.collectivite(row) for row in rows}


def find(session: ReadSession, word: str, perimetre: Perimetre) -> Collectivite | None:
    """Return the collectivité of this reference, external reference or SIRET."""
    canonical = parse_reference(word) or word
    c = t.Collectivite
    statement = sa.select(c).where(
        sa.or_(c.reference == canonical, c.reference_externe == word, c.siret == word)
    )
    row = session.scalar(narrow(statement, c, perimetre))
    return valeurs.collectivite(row) if row else None


def listing(session: ReadSession, perimetre: Perimetre) -> tuple[Collectivite, ...]:
    """Return every collectivité one may see, by name."""
    statement = sa.select(t.Collectivite).order_by(t.Collectivite.nom)
    rows = session.scalars(narrow(statement, t.Collectivite, perimetre))
    return tuple(valeurs.collectivite(row) for row in rows)


def contrats(session: ReadSession, collectivite_id: int) -> tuple[Contrat, ...]:
    """Return the contracts of a collectivité, oldest first."""
    rows = session.scalars(
        sa.select(t.Contrat)
        .where(t.Contrat.collectivite_id == collectivite_id)
        .order_by(t.Contrat.debut)
    )
    return tuple(valeurs.contrat(row) for row in rows)


def contrat_au(
    session: ReadSession, collectivite_id: int, jour: dt.date
) -> Contrat | None:
    """Return the contract running on a day, None when there is none."""
    return contrats_au(session, [collectivite_id], jour).get(collectivite_id)


def contrats_au(
    session: ReadSession, ids: Sequence[int], jour: dt.date
) -> dict[int, Contrat]:
    """Return the contract running on a day, by collectivité; the last begun wins."""
    c = t.Contrat
    rows = session.scalars(
        sa.select(c)
        .where(c.collectivite_id.in_(ids), c.debut <= jour)
        .where(sa.or_(c.fin.is_(None), c.fin > jour))
        .order_by(c.debut)
    )
    return {row.collectivite_id: valeurs.contrat(row) for row in rows}


def delai_au(session: ReadSession, collectivite_id: int, jour: dt.date) -> int:
    """Return the delay (days) to produce a paper under the contract of a day."""
    contrat = contrat_au(session, collectivite_id, jour)
    return contrat.delai_pieces_jours if contrat else DEFAULT_DELAY_DAYS
