"""Browser sessions and bearer tokens: kept as hashes, listed, killed.

A session dies idle (30 min), old (10 h), killed, or with its account.
"""

import datetime as dt
import secrets
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from records import tables_comptes as c
from records.comptes import Identite
from records.store.comptes import NouveauCompte, create_compte, digest, identity
from socle.db import ReadSession, WriteSession

# the public mark of our tokens, so that secret scanners recognise them
TOKEN_PREFIX = "vg_"  # noqa: S105
IDLE = dt.timedelta(minutes=30)
ABSOLUTE = dt.timedelta(hours=10)
SEEN_EVERY = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOuverte:
    """A signed-in browser."""

    empreinte: str
    identite: Identite
    anti_forgery: str
    cree_at: dt.datetime
    vue_at: dt.datetime
    expire_at: dt.datetime
    contenu: dict[str, Any] = field(default_factory=dict)
    has_second_facteur: bool = False


def open_session(
    session: WriteSession, compte_id: int, *, now: dt.datetime
) -> tuple[str, SessionOuverte]:
    """Sign a browser in; return its cookie value (shown once) and the session."""
    compte = session.get_one(c.Compte, compte_id)
    compte.nb_echecs = 0
    compte.bloque_jusqu_at = None
    session.execute(sa.delete(c.SessionWeb).where(c.SessionWeb.expire_at <= now))
    cookie = secrets.token_urlsafe(32)
    row = c.SessionWeb(
        empreinte=digest(cookie),
        compte_id=compte_id,
        anti_forgery=secrets.token_urlsafe(32),
        contenu={},
        cree_at=now,
        vue_at=now,
        expire_at=now + ABSOLUTE,
    )
    session.add(row)
    session.flush()
    return cookie, _opened(session, row, compte)


def find_session(
    session: ReadSession, cookie: str, *, now: dt.datetime
) -> SessionOuverte | None:
    """Return the live session of a cookie: neither idle, nor too old, nor killed."""
    found = session.execute(
        sa.select(c.SessionWeb, c.Compte)
        .join(c.Compte, c.Compte.id == c.SessionWeb.compte_id)
        .where(
            c.SessionWeb.empreinte == digest(cookie),
            c.SessionWeb.expire_at > now,
            c.SessionWeb.vue_at > now - IDLE,
            c.Compte.is_actif,
        )
    ).one_or_none()
    return None if found is None else _opened(session, *found)


def _opened(
    session: ReadSession, row: c.SessionWeb, compte: c.Compte
) -> SessionOuverte:
    return SessionOuverte(
        empreinte=row.empreinte,
        identite=identity(session, compte),
        anti_forgery=row.anti_forgery,
        cree_at=row.cree_at,
        vue_at=row.vue_at,
        expire_at=row.expire_at,
        contenu=dict(row.contenu),
        has_second_facteur=compte.totp_at is not None,
    )


def touch_session(session: WriteSession, empreinte: str, *, now: dt.datetime) -> None:
    """Note that the browser was seen: the idle delay starts again."""
    session.execute(
        sa.update(c.SessionWeb)
        .where(c.SessionWeb.empreinte == empreinte)
        .values(vue_at=now)
    )


def put_contenu(session: WriteSession, empreinte: str, contenu: dict[str, Any]) -> None:
    """Replace what the portal remembers about this browser (messages to show)."""
    session.execute(
        sa.update(c.SessionWeb)
        .where(c.SessionWeb.empreinte == empreinte)
        .values(contenu=contenu)
    )


def list_sessions(
    session: ReadSession, compte_id: int, *, now: dt.datetime
) -> list[c.SessionWeb]:
    """Return the live sessions of an account, the last seen first."""
    rows = session.scalars(
        sa.select(c.SessionWeb)
        .where(
            c.SessionWeb.compte_id == compte_id,
            c.SessionWeb.expire_at > now,
            c.SessionWeb.vue_at > now - IDLE,
        )
        .order_by(c.SessionWeb.vue_at.desc())
    )
    return list(rows)


def close_session(session: WriteSession, empreinte: str) -> None:
    """Sign one browser out."""
    session.execute(sa.delete(c.SessionWeb).where(c.SessionWeb.empreinte == empreinte))


# --- tokens -----------------------------------------------------------------


def create_jeton(
    session: WriteSession,
    nouveau: NouveauCompte,
    *,
    now: dt.datetime,
    expire_at: dt.datetime | None = None,
) -> tuple[Identite, str]:
    """Make a machine account and its bearer token; the token is shown once.

    The account has no password and no activation: only the token opens it.
    """
    found, _ = create_compte(session, nouveau, now=now)
    compte = session.get_one(c.Compte, found.compte_id)
    compte.activation_empreinte = None
    compte.activation_expire_at = None
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    session.add(
        c.Jeton(
            compte_id=compte.id,
            empreinte=digest(token),
            cree_at=now,
            expire_at=expire_at,
        )
    )
    session.flush()
    return found, token


def find_jeton(
    session: ReadSession, token: str, *, now: dt.datetime
) -> Identite | None:
    """Return the identity of a live token: neither expired nor revoked."""
    compte = session.scalar(
        sa.select(c.Compte)
        .join(c.Jeton, c.Jeton.compte_id == c.Compte.id)
        .where(
            c.Jeton.empreinte == digest(token),
            c.Jeton.revoque_at.is_(None),
            sa.or_(c.Jeton.expire_at.is_(None), c.Jeton.expire_at > now),
            c.Compte.is_actif,
        )
    )
    return None if compte is None else identity(session, compte, moyen="jeton")


def revoke_jeton(session: WriteSession, token: str, *, now: dt.datetime) -> None:
    """Make a token useless from now on."""
    session.execute(
        sa.update(c.Jeton)
        .where(c.Jeton.empreinte == digest(token), c.Jeton.revoque_at.is_(None))
        .values(revoque_at=now)
    )
