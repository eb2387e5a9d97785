"""The schema of the lists of leaves: what was asked, for whom, and each run as frozen."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import CODE, REFERENCE, Json
from socle.db import Base, Instant


class ListeArrets(Base):
    """A list asked for: its parameters, its recipients, and when it is made again.

    `is_restreinte`: asked by someone who sees some services only (`ListeService`).
    """

    __tablename__ = "liste_arrets"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(REFERENCE, unique=True)
    collectivite_id: Mapped[int] = mapped_column(sa.ForeignKey("collectivite.id"))
    is_restreinte: Mapped[bool] = mapped_column(default=False)
    categorie: Mapped[str] = mapped_column(CODE)
    type: Mapped[str] = mapped_column(CODE)
    budget: Mapped[str | None] = mapped_column(sa.String(200))
    risques: Mapped[list[str]] = mapped_column(Json, default=list)
    format: Mapped[str] = mapped_column(CODE)
    destinataires: Mapped[list[str]] = mapped_column(Json, default=list)
    frequence: Mapped[str] = mapped_column(CODE)
    jour: Mapped[int | None]
    du: Mapped[dt.date | None]
    au: Mapped[dt.date | None]
    # None: made once, or stopped
    prochaine_le: Mapped[dt.date | None] = mapped_column(index=True)
    nb_executions: Mapped[int] = mapped_column(default=0)
    auteur: Mapped[str] = mapped_column(sa.String(80))
    cree_at: Mapped[dt.datetime] = mapped_column(Instant)
    __table_args__ = (
        sa.Index("ix_liste_arrets_liste", "collectivite_id", "cree_at", "id"),
    )


class ListeService(Base):
    """One service a restricted list is about."""

    __tablename__ = "liste_service"
    liste_id: Mapped[int] = mapped_column(
        sa.ForeignKey("liste_arrets.id"), primary_key=True
    )
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service.id"), primary_key=True
    )


class ExecutionListe(Base):
    """One run: its bytes and what they say, never changed.

    `prevue_le` is the day a scheduled run was due; None when someone asked for it.
    """

    __tablename__ = "execution_liste"
    id: Mapped[int] = mapped_column(primary_key=True)
    liste_id: Mapped[int] = mapped_column(sa.ForeignKey("liste_arrets.id"))
    rang: Mapped[int]
    prevue_le: Mapped[dt.date | None]
    executee_at: Mapped[dt.datetime] = mapped_column(Instant)
    auteur: Mapped[str] = mapped_column(sa.String(80))
    debut: Mapped[dt.date]
    fin: Mapped[dt.date]
    nb_arrets: Mapped[int]
    nb_agents: Mapped[int]
    nb_jours: Mapped[int]
    pdf_empreinte: Mapped[str] = mapped_column(sa.String(64))
    pdf_taille: Mapped[int]
    xlsx_empreinte: Mapped[str] = mapped_column(sa.String(64))
    xlsx_taille: Mapped[int]
    contenu: Mapped[dict[str, Any]] = mapped_column(Json)
    __table_args__ = (
        sa.UniqueConstraint("liste_id", "rang"),
        sa.UniqueConstraint("liste_id", "prevue_le"),
    )
