"""Accounts as their administrator handles them: listed, narrowed, suspended, reset."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from records import tables as t
from records import tables_comptes as c
from records.comptes import EVERYTHING
from records.journal import FaitNouveau, Tag
from records.references import parse_reference
from records.store import facteurs, journal
from records.store.comptes import (
    NouveauCompte,
    close_every_session,
    deactivate,
    give_perimeter,
    renew_activation,
)
from records.store.listes import Liste, after, bounded, count, decode, encode
from records.vocabulary import Role
from socle.db import ReadSession, WriteSession
from socle.errors import NotFoundError, RefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class CompteVu:
    """An account as its administrator sees it; `lieux` are (collectivité, service)."""

    id: int
    reference: str
    identifiant: str
    role: str
    is_actif: bool
    has_secret_medical: bool
    has_second_facteur: bool
    has_mot_de_passe: bool
    is_machine: bool
    activation_expire_at: dt.datetime | None
    cree_at: dt.datetime
    lieux: tuple[tuple[str, str | None], ...]


def listing(
    session: ReadSession,
    *,
    texte: str = "",
    role: str = "",
    curseur: str | None = None,
    limite: int = 50,
) -> Liste[CompteVu]:
    """List the accounts of people and machines, by identifier."""
    k = c.Compte
    statement = sa.select(k)
    if texte:
        wanted = texte.strip().lower()
        statement = statement.where(k.identifiant.contains(wanted, autoescape=True))
    if role:
        statement = statement.where(k.role == role)
    total, size = count(session, statement), bounded(limite)
    if curseur:
        seen = decode(curseur, (str, int))
        statement = statement.where(after((k.identifiant, k.id), seen))
    rows = session.scalars(
        statement.order_by(k.identifiant, k.id).limit(size + 1)
    ).all()
    suivant = None
    if len(rows) > size:
        suivant = encode((rows[size - 1].identifiant, rows[size - 1].id))
    return Liste(_values(session, rows[:size]), suivant, total)


def get(session: ReadSession, reference: str) -> CompteVu:
    """Return an account; `NotFoundError` when there is none."""
    (found,) = _values(session, [_row(session, reference)])
    return found


def _row(session: ReadSession, reference: str, *, is_locked: bool = False) -> c.Compte:
    canonical = parse_reference(reference) or reference
    statement = sa.select(c.Compte).where(c.Compte.reference == canonical)
    row = session.scalar(statement.with_for_update() if is_locked else statement)
    if row is None:
        raise NotFoundError("introuvable", "Aucun compte à cette référence.")
    return row


def _values(session: ReadSession, rows: Sequence[c.Compte]) -> list[CompteVu]:
    ids = [row.id for row in rows]
    places: dict[int, list[tuple[str, str | None]]] = {}
    for compte_id, home, service in session.execute(
        sa.select(c.PerimetreCompte.compte_id, t.Collectivite.nom, t.Service.libelle)
        .join(t.Collectivite, t.Collectivite.id == c.PerimetreCompte.collectivite_id)
        .outerjoin(t.Service, t.Service.id == c.PerimetreCompte.service_id)
        .where(c.PerimetreCompte.compte_id.in_(ids))
        .order_by(t.Collectivite.nom, t.Service.libelle)
    ):
        places.setdefault(compte_id, []).append((home, service))
    machines = set(
        session.scalars(sa.select(c.Jeton.compte_id).where(c.Jeton.compte_id.in_(ids)))
    )
    return [
        CompteVu(
            id=row.id, reference=row.reference, identifiant=row.identifiant,
            role=row.role, is_actif=row.is_actif,
            has_secret_medical=row.has_secret_medical,
            has_second_facteur=row.totp_at is not None,
            has_mot_de_passe=row.mot_de_passe is not None,
            is_machine=row.id in machines,
            activation_expire_at=row.activation_expire_at, cree_at=row.cree_at,
            lieux=tuple(places.get(row.id, ())),
        )
        for row in rows
    ]  # fmt: skip


def perimeter_ids(
    session: ReadSession, compte_id: int
) -> tuple[frozenset[int], frozenset[int]]:
    """Return the collectivités and the services an account is limited to."""
    rows = session.execute(
        sa.select(
            c.PerimetreCompte.collectivite_id, c.PerimetreCompte.service_id
        ).where(c.PerimetreCompte.compte_id == compte_id)
    ).all()
    services = frozenset(service for _, service in rows if service is not None)
    return frozenset(home for home, _ in rows), services


def change_perimeter(
    session: WriteSession,
    reference: str,
    *,
    collectivites: Sequence[int],
    services: Sequence[int],
    auteur: str,
    now: dt.datetime,
) -> None:
    """Give an account another perimeter: whole collectivités, or services of one.

    Raises `RefusedError` when it is empty, ambiguous, or names a foreign service. Every
    session of the account ends: what is open was opened under the former perimeter.
    """
    row = _row(session, reference, is_locked=True)
    if row.role in EVERYTHING:
        raise RefusedError(
            "perimetre-sans-objet", "Ce rôle voit toutes les collectivités."
        )
    _check(session, collectivites, services)
    session.execute(
        sa.delete(c.PerimetreCompte).where(c.PerimetreCompte.compte_id == row.id)
    )
    nouveau = NouveauCompte(
        identifiant=row.identifiant, role=row.role, collectivites=collectivites,
        services=services,
    )  # fmt: skip
    give_perimeter(session, row.id, nouveau)
    close_every_session(session, row.id)
    _note(session, row, Tag.COMPTE_MODIFIE, auteur, now)


def _check(
    session: ReadSession, collectivites: Sequence[int], services: Sequence[int]
) -> None:
    if not collectivites:
        raise RefusedError("perimetre-vide", "Indiquez au moins une collectivité.")
    if services and len(collectivites) != 1:
        raise RefusedError(
            "perimetre-ambigu",
            "Un compte limité à des services porte sur une seule collectivité.",
        )
    inside = sa.select(sa.func.count()).where(
        t.Service.id.in_(services), t.Service.collectivite_id.in_(collectivites)
    )
    if services and session.scalar(inside) != len(set(services)):
        raise RefusedError(
            "service-inconnu", "Choisissez des services de cette collectivité."
        )


def suspend(
    session: WriteSession, reference: str, *, auteur: str, now: dt.datetime
) -> None:
    """Close an account for now: sessions end, tokens die, nothing is erased.

    Raises `RefusedError` for one's own account and for the last administrator.
    """
    row = _row(session, reference, is_locked=True)
    if row.reference == auteur:
        raise RefusedError(
            "compte-a-soi", "Vous ne pouvez pas suspendre votre propre compte."
        )
    if row.role == Role.ADMINISTRATEUR.code and row.is_actif:
        _refuse_last(session, row.id)
    if row.is_actif:
        deactivate(session, row.identifiant, now=now)
        _note(session, row, Tag.COMPTE_SUSPENDU, auteur, now)


def _refuse_last(session: ReadSession, compte_id: int) -> None:
    others = sa.select(sa.func.count()).where(
        c.Compte.role == Role.ADMINISTRATEUR.code,
        c.Compte.is_actif,
        c.Compte.mot_de_passe.is_not(None),
        c.Compte.id != compte_id,
    )
    if not session.scalar(others):
        raise RefusedError(
            "dernier-administrateur",
            "C'est le dernier administrateur : ouvrez d'abord un autre compte.",
        )


def restore(
    session: WriteSession, reference: str, *, auteur: str, now: dt.datetime
) -> None:
    """Open a suspended account again, with its former password; its tokens stay dead."""
    row = _row(session, reference, is_locked=True)
    if not row.is_actif:
        row.is_actif = True
        _note(session, row, Tag.COMPTE_RETABLI, auteur, now)


def reset(
    session: WriteSession, reference: str, *, auteur: str, now: dt.datetime
) -> str:
    """Give a new activation secret; the former password no longer opens the account."""
    row = _row(session, reference, is_locked=True)
    if not row.is_actif:
        raise RefusedError(
            "compte-suspendu", "Ce compte est suspendu : rétablissez-le d'abord."
        )
    secret = renew_activation(session, row.identifiant, now=now)
    row.mot_de_passe = None
    _note(session, row, Tag.COMPTE_REINITIALISE, auteur, now)
    return secret


def forget_factor(
    session: WriteSession, reference: str, *, auteur: str, now: dt.datetime
) -> None:
    """Remove the second factor of someone who lost it; their sessions end."""
    row = _row(session, reference, is_locked=True)
    close_every_session(session, row.id)
    if row.totp_scelle is not None:
        facteurs.remove(session, row.id, auteur=auteur, now=now)


def _note(
    session: WriteSession, row: c.Compte, tag: Tag, auteur: str, now: dt.datetime
) -> None:
    session.flush()
    fait = FaitNouveau(
        tag=tag, sujet=row.reference, auteur=auteur, contenu={"role": row.role}
    )
    journal.append(session, fait, now)
