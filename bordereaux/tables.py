"""The schema of bordereaux: those of prestations as imported, those we issue.

Lines and editions are never changed: a trigger refuses it on each engine.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import CODE, REFERENCE, Json
from socle.db import Base, Instant

_CENTS = 100


class Euros(sa.types.TypeDecorator[Decimal]):
    """An amount kept in whole cents, so that a sum made by any database is exact."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(
        self, value: Decimal | None, dialect: sa.Dialect
    ) -> int | None:
        """Refuse a fraction of a cent: nobody could pay it."""
        del dialect
        if value is None:
            return None
        cents = value * _CENTS
        if cents != cents.to_integral_value():
            raise ValueError(f"a fraction of a cent: {value}")
        return int(cents)

    def process_result_value(
        self, value: int | Decimal | None, dialect: sa.Dialect
    ) -> Decimal | None:
        """Give the amount back, with two decimals."""
        del dialect
        return None if value is None else Decimal(int(value)).scaleb(-2)


class Bordereau(Base):
    """One bordereau of prestations, as the manager's tool issued it to a collectivité.

    Totals are those of the lines kept; `annonce` is what the file said they were.
    """

    __tablename__ = "bordereau"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(REFERENCE, unique=True)
    collectivite_id: Mapped[int] = mapped_column(sa.ForeignKey("collectivite.id"))
    colis_id: Mapped[int] = mapped_column(sa.ForeignKey("colis.id"), index=True)
    # the manager's numbers
    numero: Mapped[str] = mapped_column(sa.String(80))
    numero_colis: Mapped[str] = mapped_column(sa.String(80))
    date_emission: Mapped[dt.date]
    contrat: Mapped[str | None] = mapped_column(sa.String(80))
    budget: Mapped[str | None] = mapped_column(sa.String(120))
    mode_paiement: Mapped[str | None] = mapped_column(sa.String(80))
    # masked before it is kept: the last four signs
    iban: Mapped[str | None] = mapped_column(sa.String(40))
    nb_lignes: Mapped[int] = mapped_column(default=0)
    nb_reglees: Mapped[int] = mapped_column(default=0)
    nb_bloquees: Mapped[int] = mapped_column(default=0)
    brut_eur: Mapped[Decimal] = mapped_column(Euros)
    rembourse_eur: Mapped[Decimal] = mapped_column(Euros)
    bloque_eur: Mapped[Decimal] = mapped_column(Euros)
    annonce: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    # [{"champ", "annonce", "trouve"}]: where the file contradicts its own lines
    ecarts: Mapped[list[dict[str, str]]] = mapped_column(Json, default=list)
    importe_at: Mapped[dt.datetime] = mapped_column(Instant)
    importe_par: Mapped[str] = mapped_column(sa.String(80))
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        sa.UniqueConstraint("collectivite_id", "numero"),
        sa.Index("ix_bordereau_liste", "collectivite_id", "date_emission", "id"),
    )


class LignePrestation(Base):
    """One line of a bordereau of prestations, settled or blocked. Never changed.

    `cle` is what it pays; `date_emission` is that of its bordereau. `fin` is excluded.
    """

    __tablename__ = "ligne_prestation"
    id: Mapped[int] = mapped_column(primary_key=True)
    bordereau_id: Mapped[int] = mapped_column(sa.ForeignKey("bordereau.id"))
    collectivite_id: Mapped[int] = mapped_column(sa.ForeignKey("collectivite.id"))
    rang: Mapped[int]
    type: Mapped[str] = mapped_column(CODE)
    etat: Mapped[str] = mapped_column(CODE)
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agent.id"))
    evenement_id: Mapped[int] = mapped_column(sa.ForeignKey("evenement.id"), index=True)
    consequence_id: Mapped[int | None] = mapped_column(sa.ForeignKey("consequence.id"))
    piece_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("piece_attendue.id"), index=True
    )
    cle: Mapped[str] = mapped_column(sa.String(160))
    date_emission: Mapped[dt.date]
    debut: Mapped[dt.date | None]
    fin: Mapped[dt.date | None]
    date_soins: Mapped[dt.date | None]
    brut_eur: Mapped[Decimal] = mapped_column(Euros)
    rembourse_eur: Mapped[Decimal] = mapped_column(Euros)
    bloque_eur: Mapped[Decimal] = mapped_column(Euros)
    motif_blocage: Mapped[str | None] = mapped_column(sa.String(200))
    # the missing paper, as the manager names it
    piece_libelle: Mapped[str | None] = mapped_column(sa.String(200))
    # days, rates, base of pay, deductions, care: as written, by name of column
    champs: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    __table_args__ = (
        sa.UniqueConstraint("bordereau_id", "rang"),
        sa.Index("ix_ligne_prestation_releve", "collectivite_id", "etat",
                 "date_emission", "id"),
    )  # fmt: skip


class Decompte(Base):
    """The bytes of a décompte that came with a bordereau."""

    __tablename__ = "decompte"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(REFERENCE, unique=True)
    collectivite_id: Mapped[int] = mapped_column(sa.ForeignKey("collectivite.id"))
    bordereau_id: Mapped[int] = mapped_column(sa.ForeignKey("bordereau.id"), index=True)
    nom_fichier: Mapped[str] = mapped_column(sa.String(255))
    empreinte: Mapped[str] = mapped_column(sa.String(64))
    taille: Mapped[int]
    recu_at: Mapped[dt.datetime] = mapped_column(Instant)
    __table_args__ = (sa.UniqueConstraint("bordereau_id", "empreinte"),)


class RapportImport(Base):
    """What an import answered: counts, and each line that was wrong or unsure."""

    __tablename__ = "rapport_import"
    id: Mapped[int] = mapped_column(primary_key=True)
    colis_id: Mapped[int] = mapped_column(sa.ForeignKey("colis.id"), index=True)
    fait_at: Mapped[dt.datetime] = mapped_column(Instant)
    auteur: Mapped[str] = mapped_column(sa.String(80))
    contenu: Mapped[dict[str, Any]] = mapped_column(Json)


class EditionBordereau(Base):
    """A bordereau we issued: its number, its list, the bytes of its files. Never changed.

    `objet` is the reference of what it lists (a colis, a bordereau of prestations); a list
    that grew since is issued again under a new number.
    """

    __tablename__ = "edition_bordereau"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(REFERENCE, unique=True)
    collectivite_id: Mapped[int] = mapped_column(sa.ForeignKey("collectivite.id"))
    nature: Mapped[str] = mapped_column(CODE)
    objet: Mapped[str] = mapped_column(REFERENCE)
    annee: Mapped[int]
    rang: Mapped[int]
    date_edition: Mapped[dt.date]
    emis_at: Mapped[dt.datetime] = mapped_column(Instant)
    emis_par: Mapped[str] = mapped_column(sa.String(80))
    nb_lignes: Mapped[int]
    # of the lines alone: the same list is not issued twice
    empreinte_lignes: Mapped[str] = mapped_column(sa.String(64))
    contenu: Mapped[dict[str, Any]] = mapped_column(Json)
    # {"pdf": {"empreinte", "taille"}, "xlsx": …, "csv": …}
    fichiers: Mapped[dict[str, Any]] = mapped_column(Json)
    __table_args__ = (
        sa.UniqueConstraint("collectivite_id", "annee", "rang"),
        sa.UniqueConstraint("collectivite_id", "objet", "empreinte_lignes"),
    )
