"""The schema of the colis: shipments, envelopes inside, files found, papers announced.

Lines are written at the opening, even for what cannot be read, and are never deleted.
"""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import CODE, REFERENCE, Json
from socle.db import Base, Instant

NUMERO = sa.String(120)


class Colis(Base):
    """One shipment of papers, incoming or outgoing, and where it stands."""

    __tablename__ = "colis"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(REFERENCE, unique=True)
    sens: Mapped[str] = mapped_column(CODE)
    enveloppe: Mapped[str | None] = mapped_column(CODE)
    etat: Mapped[str] = mapped_column(CODE, default="recu")
    code: Mapped[str | None] = mapped_column(CODE)
    motif: Mapped[str | None] = mapped_column(sa.Text)
    # the sender's number for it
    numero: Mapped[str | None] = mapped_column(NUMERO, index=True)
    nom_fichier: Mapped[str] = mapped_column(sa.String(255))
    empreinte: Mapped[str] = mapped_column(sa.String(64))
    taille: Mapped[int] = mapped_column(sa.BigInteger)
    canal: Mapped[str] = mapped_column(CODE)
    depose_par: Mapped[str] = mapped_column(sa.String(80))
    # whose papers they are when the list does not say; None: the list says
    collectivite_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("collectivite.id")
    )
    recu_at: Mapped[dt.datetime] = mapped_column(Instant)
    date_reception: Mapped[dt.date]
    livre_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    ouvert_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    lot_cree_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    operateur: Mapped[str | None] = mapped_column(NUMERO)
    boite_postale: Mapped[str | None] = mapped_column(NUMERO)
    organisme: Mapped[str | None] = mapped_column(NUMERO)
    classification: Mapped[str | None] = mapped_column(NUMERO)
    ref_dossier: Mapped[str | None] = mapped_column(NUMERO)
    ref_client: Mapped[str | None] = mapped_column(NUMERO)
    renumerisation_de: Mapped[str | None] = mapped_column(sa.String(255))
    nb_plis_annonce: Mapped[int | None]
    nb_elements_annonce: Mapped[int | None]
    nb_pages_annonce: Mapped[int | None]
    non_numerisables: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    liste: Mapped[str | None] = mapped_column(sa.String(255))
    nb_fichiers: Mapped[int | None]
    nb_octets: Mapped[int | None] = mapped_column(sa.BigInteger)
    # counted before the work starts: a killer envelope stops after three
    nb_essais: Mapped[int] = mapped_column(default=0)
    nb_reprises: Mapped[int] = mapped_column(default=0)
    essai_vie: Mapped[str | None] = mapped_column(sa.String(80))
    depouille_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    clos_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    recepisse: Mapped[str] = mapped_column(sa.String(128), default="")
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        sa.Index("uq_colis_octets", "sens", "empreinte", unique=True),
        sa.Index("ix_colis_etat", "etat", "id"),
        sa.Index("ix_colis_collectivite", "collectivite_id", "id"),
    )


class Pli(Base):
    """One sealed envelope of a colis, as its list announces it."""

    __tablename__ = "colis_pli"
    id: Mapped[int] = mapped_column(primary_key=True)
    colis_id: Mapped[int] = mapped_column(sa.ForeignKey("colis.id"))
    numero: Mapped[str] = mapped_column(sa.String(40))
    collectivite_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("collectivite.id"), index=True
    )
    nb_elements_annonce: Mapped[int | None]
    recu_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    annonce: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    __table_args__ = (sa.UniqueConstraint("colis_id", "numero"),)


class Fichier(Base):
    """One file found in a colis; a deposit once its collectivité is known."""

    __tablename__ = "colis_fichier"
    id: Mapped[int] = mapped_column(primary_key=True)
    colis_id: Mapped[int] = mapped_column(sa.ForeignKey("colis.id"))
    rang: Mapped[int]
    nom: Mapped[str] = mapped_column(sa.String(255))
    # as written in the envelope: shown by `nom`, never used as a path
    nom_brut: Mapped[bytes] = mapped_column(sa.LargeBinary, default=b"")
    taille: Mapped[int] = mapped_column(sa.BigInteger)
    empreinte: Mapped[str | None] = mapped_column(sa.String(64))
    etat: Mapped[str] = mapped_column(CODE, default="trouve")
    code: Mapped[str | None] = mapped_column(CODE)
    motif: Mapped[str | None] = mapped_column(sa.Text)
    depot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("depot.id"), index=True)
    collectivite_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("collectivite.id"), index=True
    )
    __table_args__ = (sa.UniqueConstraint("colis_id", "rang"),)


class Element(Base):
    """One paper announced by the list of a colis."""

    __tablename__ = "colis_element"
    id: Mapped[int] = mapped_column(primary_key=True)
    colis_id: Mapped[int] = mapped_column(sa.ForeignKey("colis.id"))
    rang: Mapped[int]
    pli_id: Mapped[int | None] = mapped_column(sa.ForeignKey("colis_pli.id"))
    rang_pli: Mapped[int | None]
    fichier_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("colis_fichier.id"), index=True
    )
    nom_fichier: Mapped[str] = mapped_column(sa.String(255))
    numero_controle: Mapped[str | None] = mapped_column(NUMERO, index=True)
    type_annonce: Mapped[str | None] = mapped_column(CODE)
    sous_type: Mapped[str | None] = mapped_column(sa.String(80))
    nb_pages_annonce: Mapped[int | None]
    page_debut: Mapped[int | None]
    page_fin: Mapped[int | None]
    empreinte_annoncee: Mapped[str | None] = mapped_column(sa.String(64))
    numerise_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    collectivite_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("collectivite.id"), index=True
    )
    is_tardif: Mapped[bool] = mapped_column(default=False)
    # what the provider says it read: nom, periode, montant, confiance…
    index: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    __table_args__ = (sa.UniqueConstraint("colis_id", "rang"),)


class Ecart(Base):
    """One disagreement of a colis; `cle` makes a second reconciliation find it again."""

    __tablename__ = "colis_ecart"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(REFERENCE, unique=True)
    colis_id: Mapped[int] = mapped_column(sa.ForeignKey("colis.id"))
    cle: Mapped[str] = mapped_column(sa.String(200))
    code: Mapped[str] = mapped_column(CODE)
    detail: Mapped[str] = mapped_column(sa.Text)
    element_id: Mapped[int | None] = mapped_column(sa.ForeignKey("colis_element.id"))
    fichier_id: Mapped[int | None] = mapped_column(sa.ForeignKey("colis_fichier.id"))
    collectivite_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("collectivite.id")
    )
    proprietaire: Mapped[str] = mapped_column(sa.String(80))
    is_ouvert: Mapped[bool] = mapped_column(default=True)
    ouvert_at: Mapped[dt.datetime] = mapped_column(Instant)
    clos_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    clos_par: Mapped[str | None] = mapped_column(sa.String(80))
    motif_cloture: Mapped[str | None] = mapped_column(sa.Text)
    __table_args__ = (
        sa.UniqueConstraint("colis_id", "cle"),
        sa.Index("ix_colis_ecart_ouvert", "is_ouvert", "id"),
    )
