"""The schema of what people keep for themselves in the client space.

Only `records.store` reads and writes these rows, as those of `records.tables`.
"""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import REFERENCE, Json
from socle.db import Base, Instant


class Brouillon(Base):
    """A declaration begun and not declared: what was typed, as it was typed."""

    __tablename__ = "brouillon"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(REFERENCE, unique=True)
    collectivite_id: Mapped[int] = mapped_column(sa.ForeignKey("collectivite.id"))
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agent.id"))
    auteur: Mapped[str] = mapped_column(sa.String(80))
    champs: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    modifie_at: Mapped[dt.datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        sa.Index("ix_brouillon_liste", "collectivite_id", "modifie_at", "id"),
    )


class Simulation(Base):
    """A rights simulation kept: what it was asked, what it answered, by which rules.

    `agent_id` is null for a person who is not in the register.
    """

    __tablename__ = "simulation"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(REFERENCE, unique=True)
    collectivite_id: Mapped[int] = mapped_column(sa.ForeignKey("collectivite.id"))
    agent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agent.id"))
    auteur: Mapped[str] = mapped_column(sa.String(80))
    entrees: Mapped[dict[str, Any]] = mapped_column(Json)
    resultat: Mapped[dict[str, Any]] = mapped_column(Json)
    version_regles: Mapped[str] = mapped_column(sa.String(40))
    cree_at: Mapped[dt.datetime] = mapped_column(Instant)
    __table_args__ = (
        sa.Index("ix_simulation_liste", "collectivite_id", "cree_at", "id"),
    )


class Affectation(Base):
    """Who takes charge of a line of the basket; `objet` is its reference."""

    __tablename__ = "affectation"
    objet: Mapped[str] = mapped_column(REFERENCE, primary_key=True)
    compte: Mapped[str] = mapped_column(REFERENCE)
    affecte_at: Mapped[dt.datetime] = mapped_column(Instant)
    __table_args__ = (sa.Index("ix_affectation_compte", "compte"),)


class VueGardee(Base):
    """The filters of a list a person keeps under a name."""

    __tablename__ = "vue_gardee"
    id: Mapped[int] = mapped_column(primary_key=True)
    compte_id: Mapped[int] = mapped_column(sa.ForeignKey("compte.id"))
    liste: Mapped[str] = mapped_column(sa.String(40))
    nom: Mapped[str] = mapped_column(sa.String(60))
    requete: Mapped[str] = mapped_column(sa.Text, default="")
    __table_args__ = (sa.UniqueConstraint("compte_id", "liste", "nom"),)
