"""The schema of what goes out and comes back: return coupons, numbers, bytes we issued.

Here and not with the letters: reading a scan needs the coupons, sweeping needs the bytes,
and every outgoing register takes its numbers the same way.
"""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import CODE, REFERENCE
from socle.db import Base, Instant


class Coupon(Base):
    """A return code printed for one requirement; `jeton` is all the paper carries.

    Used once: `utilise_at` is the instant a paper behind it closed the line.
    """

    __tablename__ = "coupon"
    id: Mapped[int] = mapped_column(primary_key=True)
    jeton: Mapped[str] = mapped_column(sa.String(16), unique=True)
    collectivite_id: Mapped[int] = mapped_column(sa.ForeignKey("collectivite.id"))
    piece_id: Mapped[int] = mapped_column(
        sa.ForeignKey("piece_attendue.id"), index=True
    )
    # the letter that carries it; None for a cover sheet printed from the portal
    courrier: Mapped[str | None] = mapped_column(REFERENCE)
    emis_le: Mapped[dt.date]
    expire_le: Mapped[dt.date]
    utilise_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    utilise_depot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("depot.id"))


class Compteur(Base):
    """The last number a register gave in a year, taken in the transaction that issues."""

    __tablename__ = "compteur"
    registre: Mapped[str] = mapped_column(CODE, primary_key=True)
    collectivite_id: Mapped[int] = mapped_column(
        sa.ForeignKey("collectivite.id"), primary_key=True
    )
    annee: Mapped[int] = mapped_column(primary_key=True)
    dernier: Mapped[int]


class Contestation(Base):
    """What a collectivité says of a line instead of sending its paper, and our answer.

    One open at a time for a line; `echeance` is the day by which a person answers.
    """

    __tablename__ = "contestation"
    id: Mapped[int] = mapped_column(primary_key=True)
    piece_id: Mapped[int] = mapped_column(sa.ForeignKey("piece_attendue.id"))
    collectivite_id: Mapped[int] = mapped_column(sa.ForeignKey("collectivite.id"))
    tache_id: Mapped[int] = mapped_column(sa.ForeignKey("tache.id"))
    nature: Mapped[str] = mapped_column(CODE)
    motif: Mapped[str] = mapped_column(sa.Text)
    auteur: Mapped[str] = mapped_column(sa.String(80))
    ouverte_at: Mapped[dt.datetime] = mapped_column(Instant)
    echeance: Mapped[dt.date]
    reponse: Mapped[str | None] = mapped_column(CODE)
    reponse_motif: Mapped[str | None] = mapped_column(sa.Text)
    reponse_par: Mapped[str | None] = mapped_column(sa.String(80))
    reponse_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    __table_args__ = (
        sa.Index(
            "uq_contestation_ouverte",
            "piece_id",
            unique=True,
            sqlite_where=sa.text("reponse IS NULL"),
            postgresql_where=sa.text("reponse IS NULL"),
        ),
        sa.Index("ix_contestation_echeance", "reponse", "echeance"),
    )


class OctetsEmis(Base):
    """Bytes the house made and keeps for good: a sweep of orphans leaves them alone."""

    __tablename__ = "octets_emis"
    proprietaire: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    empreinte: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    # the reference of the letter, of the run…
    objet: Mapped[str] = mapped_column(sa.String(40))
    emis_at: Mapped[dt.datetime] = mapped_column(Instant)
