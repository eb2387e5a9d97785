"""The schema of the counter: bytes as received, and the pages read from them."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import CODE, REFERENCE, Json
from socle.db import Base, Instant


class Depot(Base):
    """One file received once, untouched, and where its treatment stands."""

    __tablename__ = "depot"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(REFERENCE, unique=True)
    collectivite_id: Mapped[int] = mapped_column(sa.ForeignKey("collectivite.id"))
    canal: Mapped[str] = mapped_column(CODE)
    depose_par: Mapped[str] = mapped_column(sa.String(80))
    # the sender's name for it: shown, never used as a path
    nom_fichier: Mapped[str] = mapped_column(sa.String(255))
    empreinte: Mapped[str] = mapped_column(sa.String(64))
    taille: Mapped[int] = mapped_column(sa.BigInteger)
    recu_at: Mapped[dt.datetime] = mapped_column(Instant)
    # the legal day of reception; a delivery by post or a replay may precede `recu_at`
    date_reception: Mapped[dt.date]
    etat: Mapped[str] = mapped_column(CODE, default="recu")
    code: Mapped[str | None] = mapped_column(CODE)
    motif: Mapped[str | None] = mapped_column(sa.Text)
    # what the sender said: requirement, event, agent, type
    piece_id: Mapped[int | None] = mapped_column(sa.ForeignKey("piece_attendue.id"))
    evenement_id: Mapped[int | None] = mapped_column(sa.ForeignKey("evenement.id"))
    agent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agent.id"))
    type_declare: Mapped[str | None] = mapped_column(CODE)
    nb_pages: Mapped[int | None]
    # real type, producer, notes of the triage
    tri: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    # counted before the work starts: a poison file stops after three
    nb_essais: Mapped[int] = mapped_column(default=0)
    # attempts cut short because the whole service stopped: not the file's fault
    nb_reprises: Mapped[int] = mapped_column(default=0)
    # the life of the service in which the last attempt was made
    essai_vie: Mapped[str | None] = mapped_column(sa.String(80))
    recepisse: Mapped[str] = mapped_column(sa.String(128), default="")
    # where its papers begin and end: announced, found, suspected, decided
    decoupage: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    __table_args__ = (
        sa.Index("uq_depot_octets", "collectivite_id", "empreinte", unique=True),
        sa.Index("ix_depot_liste", "collectivite_id", "recu_at", "id"),
        sa.Index("ix_depot_etat", "etat", "recu_at"),
    )


class Page(Base):
    """One page read: its words with their boxes, its boxes with their ink."""

    __tablename__ = "page"
    id: Mapped[int] = mapped_column(primary_key=True)
    depot_id: Mapped[int] = mapped_column(sa.ForeignKey("depot.id"))
    numero: Mapped[int]
    # couche_texte | ocr | photo | illisible
    origine: Mapped[str] = mapped_column(CODE)
    is_blanche: Mapped[bool] = mapped_column(default=False)
    # a sheet that only parts papers: it belongs to none
    is_separateur: Mapped[bool] = mapped_column(default=False)
    rotation: Mapped[int] = mapped_column(default=0)
    texte: Mapped[str] = mapped_column(sa.Text, default="")
    # the whole `classifiers.evidence.Page`, as JSON compressed by zlib
    lecture: Mapped[bytes] = mapped_column(sa.LargeBinary)
    # key of the preview image (WebP) in the storage
    apercu: Mapped[str | None] = mapped_column(sa.String(64))
    # what it looks like, 64 bits kept signed; null when blank or never seen
    image: Mapped[int | None] = mapped_column(sa.BigInteger)
    __table_args__ = (sa.UniqueConstraint("depot_id", "numero"),)


class BandePage(Base):
    """A quarter of what a page looks like: the key by which a second scan finds it."""

    __tablename__ = "bande_page"
    collectivite_id: Mapped[int] = mapped_column(
        sa.ForeignKey("collectivite.id"), primary_key=True
    )
    # rank of the quarter (bits 16 and up) and its value
    bande: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    page_id: Mapped[int] = mapped_column(
        sa.ForeignKey("page.id"), primary_key=True, index=True
    )


class Doublon(Base):
    """Two papers that look the same, and what a person said of them."""

    __tablename__ = "doublon"
    id: Mapped[int] = mapped_column(primary_key=True)
    # the one that came after
    justificatif_id: Mapped[int] = mapped_column(sa.ForeignKey("justificatif.id"))
    premier_id: Mapped[int] = mapped_column(
        sa.ForeignKey("justificatif.id"), index=True
    )
    # memes-pages | memes-faits
    genre: Mapped[str] = mapped_column(CODE)
    score: Mapped[float]
    detail: Mapped[str] = mapped_column(sa.Text)
    # a_voir | confirme | ecarte
    etat: Mapped[str] = mapped_column(CODE)
    motif: Mapped[str | None] = mapped_column(sa.Text)
    decide_par: Mapped[str | None] = mapped_column(sa.String(80))
    decide_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    vu_at: Mapped[dt.datetime] = mapped_column(Instant)
    __table_args__ = (sa.UniqueConstraint("justificatif_id", "premier_id"),)


class CleIdempotence(Base):
    """What was answered to an `Idempotency-Key`, so that a retry gets the same."""

    __tablename__ = "cle_idempotence"
    id: Mapped[int] = mapped_column(primary_key=True)
    compte: Mapped[str] = mapped_column(sa.String(80))
    cle: Mapped[str] = mapped_column(sa.String(200))
    empreintes: Mapped[list[str]] = mapped_column(Json)
    depots: Mapped[list[str]] = mapped_column(Json)
    cree_at: Mapped[dt.datetime] = mapped_column(Instant)
    __table_args__ = (sa.UniqueConstraint("compte", "cle"),)


class OctetsOrphelins(Base):
    """Bytes that no row names, about to be removed; who sends them again must wait."""

    __tablename__ = "octets_orphelins"
    proprietaire: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    empreinte: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    vu_at: Mapped[dt.datetime] = mapped_column(Instant)


class ModeleTypage(Base):
    """A version of the learned model: figures, signed by the house; one serves at most."""

    __tablename__ = "modele_typage"
    numero: Mapped[int] = mapped_column(primary_key=True)
    # sert | ancien | refuse | arrete
    etat: Mapped[str] = mapped_column(CODE)
    octets: Mapped[bytes] = mapped_column(sa.LargeBinary)
    empreinte: Mapped[str] = mapped_column(sa.String(64))
    signature: Mapped[str] = mapped_column(sa.String(64))
    # hash of what taught it: the same lessons are not learned twice
    lecons: Mapped[str] = mapped_column(sa.String(64))
    nb_lecons: Mapped[int]
    nb_corrections: Mapped[int]
    # measured while fitting, and against the former model on corrections held back
    mesures: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    comparaison: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    # what clerks made of its proposals since it serves
    suivi: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    motif: Mapped[str] = mapped_column(sa.Text)
    auteur: Mapped[str] = mapped_column(sa.String(80))
    fait_at: Mapped[dt.datetime] = mapped_column(Instant)
    __table_args__ = (
        sa.Index(
            "uq_modele_typage_sert",
            "etat",
            unique=True,
            sqlite_where=sa.text("etat = 'sert'"),
            postgresql_where=sa.text("etat = 'sert'"),
        ),
    )


class SeuilTypage(Base):
    """The confidence under which a type is withheld; `portee` 0 is the whole house."""

    __tablename__ = "seuil_typage"
    # 0, or the id of a collectivité
    portee: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    type: Mapped[str] = mapped_column(CODE, primary_key=True)
    seuil: Mapped[float]
    auteur: Mapped[str] = mapped_column(sa.String(80))
    fixe_at: Mapped[dt.datetime] = mapped_column(Instant)
