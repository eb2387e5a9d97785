"""The schema of the outgoing register: letters and their lines."""

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import CODE, REFERENCE, Json, Money
from socle.db import Base, Instant


class Courrier(Base):
    """One letter issued: its number, its bytes, and the list as it stood. Never changed.

    `contenu` is what was printed, value by value; `numero` is unique per collectivité.
    """

    __tablename__ = "courrier"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(REFERENCE, unique=True)
    collectivite_id: Mapped[int] = mapped_column(sa.ForeignKey("collectivite.id"))
    nature: Mapped[str] = mapped_column(CODE)
    annee: Mapped[int]
    rang: Mapped[int]
    # rank of the reminder, 1 for the first letter; 0 for what asks for nothing
    relance: Mapped[int] = mapped_column(default=0)
    date_courrier: Mapped[dt.date]
    emis_at: Mapped[dt.datetime] = mapped_column(Instant)
    emis_par: Mapped[str] = mapped_column(sa.String(80))
    agent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agent.id"))
    evenement_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("evenement.id"), index=True
    )
    objet: Mapped[str] = mapped_column(sa.String(200))
    nb_lignes: Mapped[int]
    montant_eur: Mapped[Decimal | None] = mapped_column(Money)
    empreinte: Mapped[str] = mapped_column(sa.String(64))
    taille: Mapped[int]
    contenu: Mapped[dict[str, Any]] = mapped_column(Json)
    # folded words the search looks into
    recherche: Mapped[str] = mapped_column(sa.Text, default="")
    lu_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    __table_args__ = (
        sa.UniqueConstraint("collectivite_id", "annee", "rang"),
        sa.Index("ix_courrier_liste", "collectivite_id", "emis_at", "id"),
    )


class LigneCourrier(Base):
    """One requirement asked for by a letter, and the state the letter was based on.

    A requirement is asked for once per rank: the same night run again asks nothing new.
    """

    __tablename__ = "ligne_courrier"
    id: Mapped[int] = mapped_column(primary_key=True)
    courrier_id: Mapped[int] = mapped_column(sa.ForeignKey("courrier.id"), index=True)
    piece_id: Mapped[int] = mapped_column(sa.ForeignKey("piece_attendue.id"))
    relance: Mapped[int]
    date_courrier: Mapped[dt.date]
    # what the register said at that instant: state, version, days due, threshold passed
    fonde_sur: Mapped[dict[str, Any]] = mapped_column(Json)
    __table_args__ = (sa.UniqueConstraint("piece_id", "relance"),)


class ModeleCourrier(Base):
    """One version of the wording of a nature of letter, for a collectivité or for all.

    `textes` holds the texts that differ from those shipped. Never changed: a new version
    follows.
    """

    __tablename__ = "modele_courrier"
    id: Mapped[int] = mapped_column(primary_key=True)
    collectivite_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("collectivite.id")
    )
    nature: Mapped[str] = mapped_column(CODE)
    version: Mapped[int]
    textes: Mapped[dict[str, str]] = mapped_column(Json)
    auteur: Mapped[str] = mapped_column(sa.String(80))
    cree_at: Mapped[dt.datetime] = mapped_column(Instant)
    __table_args__ = (sa.UniqueConstraint("collectivite_id", "nature", "version"),)
