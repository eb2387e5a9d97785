"""The schema of accounts and of signing in: who may act, browsers, codes, half sign-ins.

Only `records.store` reads and writes these rows, as those of `records.tables`.
"""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import CODE, REFERENCE, Json
from socle.db import Base, Instant


class Compte(Base):
    """A person (or a machine) who may act, and what they may see."""

    __tablename__ = "compte"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(REFERENCE, unique=True)
    identifiant: Mapped[str] = mapped_column(sa.String(120), unique=True)
    role: Mapped[str] = mapped_column(CODE)
    # may open papers kept aside for medical secrecy, whatever the role
    has_secret_medical: Mapped[bool] = mapped_column(default=False)
    mot_de_passe: Mapped[str | None] = mapped_column(sa.String(200))
    activation_empreinte: Mapped[str | None] = mapped_column(sa.String(64))
    activation_expire_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    is_actif: Mapped[bool] = mapped_column(default=True)
    cree_at: Mapped[dt.datetime] = mapped_column(Instant)
    # sign-in throttling: failures since the last success, and until when to wait
    nb_echecs: Mapped[int] = mapped_column(default=0)
    bloque_jusqu_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    # second factor: sealed secret, since when it is asked, last step spent
    totp_scelle: Mapped[bytes | None]
    totp_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    totp_pas: Mapped[int | None]
    # who this is for the identity provider, once they came through it
    oidc_emetteur: Mapped[str | None] = mapped_column(sa.String(200))
    oidc_sujet: Mapped[str | None] = mapped_column(sa.String(255))
    __table_args__ = (sa.UniqueConstraint("oidc_emetteur", "oidc_sujet"),)


class PerimetreCompte(Base):
    """One collectivité (or one of its services) that an account may see."""

    __tablename__ = "perimetre"
    id: Mapped[int] = mapped_column(primary_key=True)
    compte_id: Mapped[int] = mapped_column(sa.ForeignKey("compte.id"), index=True)
    collectivite_id: Mapped[int] = mapped_column(sa.ForeignKey("collectivite.id"))
    service_id: Mapped[int | None] = mapped_column(sa.ForeignKey("service.id"))


class Jeton(Base):
    """A bearer token for the API: shown once, kept as a hash."""

    __tablename__ = "jeton"
    id: Mapped[int] = mapped_column(primary_key=True)
    compte_id: Mapped[int] = mapped_column(sa.ForeignKey("compte.id"), index=True)
    empreinte: Mapped[str] = mapped_column(sa.String(64), unique=True)
    cree_at: Mapped[dt.datetime] = mapped_column(Instant)
    expire_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    revoque_at: Mapped[dt.datetime | None] = mapped_column(Instant)


class SessionWeb(Base):
    """A signed-in browser: kept here so that it can be listed and killed."""

    __tablename__ = "session_web"
    empreinte: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    compte_id: Mapped[int] = mapped_column(sa.ForeignKey("compte.id"), index=True)
    anti_forgery: Mapped[str] = mapped_column(sa.String(64))
    contenu: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    cree_at: Mapped[dt.datetime] = mapped_column(Instant)
    vue_at: Mapped[dt.datetime] = mapped_column(Instant)
    expire_at: Mapped[dt.datetime] = mapped_column(Instant)


class CodeSecours(Base):
    """A recovery code of the second factor: kept as a hash, spent once."""

    __tablename__ = "code_secours"
    id: Mapped[int] = mapped_column(primary_key=True)
    compte_id: Mapped[int] = mapped_column(sa.ForeignKey("compte.id"), index=True)
    empreinte: Mapped[str] = mapped_column(sa.String(64))
    utilise_at: Mapped[dt.datetime | None] = mapped_column(Instant)


class EtapeConnexion(Base):
    """A sign-in half done: the password was right, or the provider was asked.

    It opens nothing; the cookie that names it is replaced by the session's.
    """

    __tablename__ = "etape_connexion"
    empreinte: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    genre: Mapped[str] = mapped_column(CODE)
    compte_id: Mapped[int | None] = mapped_column(sa.ForeignKey("compte.id"))
    contenu: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    nb_essais: Mapped[int] = mapped_column(default=0)
    expire_at: Mapped[dt.datetime] = mapped_column(Instant)
