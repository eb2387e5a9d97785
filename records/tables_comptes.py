"""The schema of signing in: browsers signed in, recovery codes, sign-ins half done.

Only `records.store` reads and writes these rows, as those of `records.tables`.
"""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import CODE, Json
from socle.db import Base, Instant


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
