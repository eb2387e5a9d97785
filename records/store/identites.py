"""Accounts known by an identity provider: tied once, by a verified address."""

import datetime as dt

import sqlalchemy as sa

from records import tables_comptes as c
from records.journal import FaitNouveau, Tag
from records.store import journal
from records.store.comptes import canonical
from socle.db import WriteSession


def known(
    session: WriteSession,
    *,
    emetteur: str,
    sujet: str,
    adresse: str,
    now: dt.datetime,
) -> int | None:
    """Return the active account of a subject of the provider, None when there is none.

    The first time, `adresse` (verified, or "") must be an account's identifier that no
    other subject took; afterwards only the subject counts.
    """
    k = c.Compte
    tied = session.scalar(
        sa.select(k).where(k.oidc_emetteur == emetteur, k.oidc_sujet == sujet)
    )
    if tied is not None:
        return tied.id if tied.is_actif else None
    if not adresse:
        return None
    row = session.scalar(
        sa.select(k)
        .where(k.identifiant == canonical(adresse), k.is_actif, k.oidc_sujet.is_(None))
        .with_for_update()
    )
    if row is None:
        return None
    row.oidc_emetteur, row.oidc_sujet = emetteur, sujet
    session.flush()
    fait = FaitNouveau(tag=Tag.COMPTE_RELIE, sujet=row.reference, auteur=row.reference)
    journal.append(session, fait, now)
    return row.id
