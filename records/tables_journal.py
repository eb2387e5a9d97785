"""The schema of what lets the past be told: states as they were, heads of the chains.

Only `records.store` reads and writes these rows, as those of `records.tables`.
"""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import CODE, REFERENCE, Json
from socle.db import Base, Instant


class Revision(Base):
    """One object as an act left it: what the fiche shows « as known on that day ».

    The journal says who did what and holds no personal content; this holds the content,
    and is erased with the object it describes.
    """

    __tablename__ = "revision"
    id: Mapped[int] = mapped_column(primary_key=True)
    collectivite_id: Mapped[int] = mapped_column(sa.ForeignKey("collectivite.id"))
    evenement_id: Mapped[int | None] = mapped_column(sa.ForeignKey("evenement.id"))
    # the name of the table of `sujet`, which is its reference
    genre: Mapped[str] = mapped_column(CODE)
    sujet: Mapped[str] = mapped_column(REFERENCE)
    auteur: Mapped[str] = mapped_column(sa.String(80))
    ecrite_at: Mapped[dt.datetime] = mapped_column(Instant)
    contenu: Mapped[dict[str, Any]] = mapped_column(Json)
    __table_args__ = (
        sa.Index("ix_revision_sujet", "sujet", "id"),
        sa.Index("ix_revision_evenement", "evenement_id", "id"),
    )


class TeteJournal(Base):
    """The last entry of a chain, kept apart: cutting the tail of the journal shows."""

    __tablename__ = "tete_journal"
    chaine: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rang: Mapped[int]
    empreinte: Mapped[str] = mapped_column(sa.String(64))
