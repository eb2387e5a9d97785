"""The second factor on disk: sealed secret, last step spent, recovery codes as hashes.

A sign-in half done is kept here too: it opens nothing, dies in ten minutes, and allows
five tries.
"""

import datetime as dt
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from records import tables_comptes as c
from records.journal import FaitNouveau, Tag
from records.store import journal
from records.store.comptes import digest
from socle.db import ReadSession, WriteSession

STEP_LIVES = dt.timedelta(minutes=10)
MAX_TRIES = 5
SECOND_FACTEUR = "second_facteur"
OIDC = "oidc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facteur:
    """What an account has of a second factor; asked for only once `actif_at` is set."""

    scelle: bytes | None
    actif_at: dt.datetime | None
    dernier_pas: int | None
    nb_secours: int

    @property
    def is_actif(self) -> bool:
        """Tell whether signing in asks for it."""
        return self.actif_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Etape:
    """A sign-in half done."""

    empreinte: str
    genre: str
    compte_id: int | None
    contenu: dict[str, Any] = field(default_factory=dict)


def get(session: ReadSession, compte_id: int) -> Facteur:
    """Return what an account has."""
    row = session.get_one(c.Compte, compte_id)
    left = sa.select(sa.func.count()).where(
        c.CodeSecours.compte_id == compte_id, c.CodeSecours.utilise_at.is_(None)
    )
    return Facteur(
        scelle=row.totp_scelle,
        actif_at=row.totp_at,
        dernier_pas=row.totp_pas,
        nb_secours=session.scalar(left) or 0,
    )


def begin(session: WriteSession, compte_id: int, scelle: bytes) -> None:
    """Keep a new secret that is not asked for yet; an active one is left alone."""
    row = session.get_one(c.Compte, compte_id, with_for_update=True)
    if row.totp_at is None:
        row.totp_scelle = scelle


def activate(
    session: WriteSession,
    compte_id: int,
    *,
    pas: int,
    codes: Iterable[str],
    now: dt.datetime,
) -> None:
    """Ask for the second factor from now on; `codes` are the hashes of the spare ones."""
    row = session.get_one(c.Compte, compte_id, with_for_update=True)
    row.totp_at, row.totp_pas = now, pas
    replace_codes(session, compte_id, codes)
    _note(session, row, Tag.FACTEUR_ACTIVE, row.reference, now)


def replace_codes(session: WriteSession, compte_id: int, codes: Iterable[str]) -> None:
    """Forget the former recovery codes, keep these hashes."""
    session.execute(
        sa.delete(c.CodeSecours).where(c.CodeSecours.compte_id == compte_id)
    )
    session.add_all(
        c.CodeSecours(compte_id=compte_id, empreinte=code) for code in codes
    )
    session.flush()


def remove(
    session: WriteSession, compte_id: int, *, auteur: str, now: dt.datetime
) -> None:
    """Ask for it no more: a lost telephone, or its owner's wish."""
    row = session.get_one(c.Compte, compte_id, with_for_update=True)
    row.totp_scelle = row.totp_at = row.totp_pas = None
    replace_codes(session, compte_id, ())
    _note(session, row, Tag.FACTEUR_RETIRE, auteur, now)


def spend_step(session: WriteSession, compte_id: int, pas: int) -> bool:
    """Spend a step of the clock; False when it, or a later one, was already spent."""
    row = session.get_one(c.Compte, compte_id, with_for_update=True)
    if row.totp_pas is not None and pas <= row.totp_pas:
        return False
    row.totp_pas = pas
    session.flush()
    return True


def spend_code(
    session: WriteSession, compte_id: int, empreinte: str, *, now: dt.datetime
) -> bool:
    """Spend a recovery code; False when it is unknown or already spent."""
    row = session.scalar(
        sa.select(c.CodeSecours)
        .where(
            c.CodeSecours.compte_id == compte_id,
            c.CodeSecours.empreinte == empreinte,
            c.CodeSecours.utilise_at.is_(None),
        )
        .with_for_update()
    )
    if row is None:
        return False
    row.utilise_at = now
    compte = session.get_one(c.Compte, compte_id)
    _note(session, compte, Tag.FACTEUR_SECOURS, compte.reference, now)
    return True


def _note(
    session: WriteSession, row: c.Compte, tag: Tag, auteur: str, now: dt.datetime
) -> None:
    session.flush()
    fait = FaitNouveau(tag=tag, sujet=row.reference, auteur=auteur)
    journal.append(session, fait, now)


# --- sign-ins half done ---------------------------------------------------------------


def open_step(
    session: WriteSession,
    genre: str,
    *,
    now: dt.datetime,
    compte_id: int | None = None,
    contenu: dict[str, Any] | None = None,
) -> str:
    """Begin a sign-in; return the value of the cookie that names it (shown once)."""
    session.execute(
        sa.delete(c.EtapeConnexion).where(c.EtapeConnexion.expire_at <= now)
    )
    cookie = secrets.token_urlsafe(32)
    session.add(
        c.EtapeConnexion(
            empreinte=digest(cookie),
            genre=genre,
            compte_id=compte_id,
            contenu=contenu or {},
            nb_essais=0,
            expire_at=now + STEP_LIVES,
        )
    )
    session.flush()
    return cookie


def find_step(
    session: ReadSession, cookie: str, genre: str, *, now: dt.datetime
) -> Etape | None:
    """Return the live step of a cookie, None when it is dead or of another kind."""
    row = session.get(c.EtapeConnexion, digest(cookie))
    if row is None or row.genre != genre or row.expire_at <= now:
        return None
    return Etape(
        empreinte=row.empreinte,
        genre=row.genre,
        compte_id=row.compte_id,
        contenu=dict(row.contenu),
    )


def note_try(session: WriteSession, empreinte: str) -> bool:
    """Count a try; False when there are no more: the step is forgotten."""
    row = session.get(c.EtapeConnexion, empreinte, with_for_update=True)
    if row is None:
        return False
    row.nb_essais += 1
    if row.nb_essais > MAX_TRIES:
        session.delete(row)
        return False
    return True


def close_step(session: WriteSession, empreinte: str) -> bool:
    """Forget a step; False when another request already did: it is used once."""
    row = session.get(c.EtapeConnexion, empreinte, with_for_update=True)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True
