"""The schema of the register. Only `records.store` reads and writes these rows.

Days are half-open: `debut` included, `fin` excluded. Instants are UTC. `version` counts the
changes of a row that two people may want to change at once.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from socle.db import Base, Instant

Json = sa.JSON
Money = sa.Numeric(12, 2, asdecimal=True)
REFERENCE = sa.String(24)
CODE = sa.String(40)
# compared byte by byte on every engine, so that an index serves a search by prefix
FOLDED = sa.String(60).with_variant(sa.String(60, collation="C"), "postgresql")
FOLDED_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
# an index of the open lines alone serves only a query that says it in the same words
OPEN_PIECE = "etat IN ('attendue', 'recue_a_verifier')"


def _partial(name: str, *columns: str, where: str) -> sa.Index:
    """Declare an index of the rows of a condition, on both engines."""
    kept = sa.text(where)
    return sa.Index(name, *columns, sqlite_where=kept, postgresql_where=kept)


class Collectivite(Base):
    """The public employer that declares and is answered."""

    __tablename__ = "collectivite"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(REFERENCE, unique=True)
    reference_externe: Mapped[str | None] = mapped_column(sa.String(80), unique=True)
    nom: Mapped[str] = mapped_column(sa.String(200))
    siret: Mapped[str | None] = mapped_column(sa.String(14), unique=True)
    adresse: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    budgets: Mapped[list[str]] = mapped_column(Json, default=list)


class Contrat(Base):
    """What a collectivité is covered for, by dates, and the delays it agreed to."""

    __tablename__ = "contrat"
    id: Mapped[int] = mapped_column(primary_key=True)
    collectivite_id: Mapped[int] = mapped_column(
        sa.ForeignKey("collectivite.id"), index=True
    )
    numero: Mapped[str] = mapped_column(sa.String(80))
    debut: Mapped[dt.date]
    fin: Mapped[dt.date | None]
    delai_pieces_jours: Mapped[int] = mapped_column(default=90)
    parametres: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    __table_args__ = (sa.UniqueConstraint("collectivite_id", "numero"),)


class Service(Base):
    """A department of the collectivité, from a day, until a day."""

    __tablename__ = "service"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(REFERENCE, unique=True)
    reference_externe: Mapped[str | None] = mapped_column(sa.String(80))
    collectivite_id: Mapped[int] = mapped_column(sa.ForeignKey("collectivite.id"))
    code: Mapped[str] = mapped_column(sa.String(80))
    libelle: Mapped[str] = mapped_column(sa.String(200))
    debut: Mapped[dt.date | None]
    fin: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (sa.UniqueConstraint("collectivite_id", "code"),)


class Agent(Base):
    """The insured person. `recherche` is the folded text the search looks into."""

    __tablename__ = "agent"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(REFERENCE, unique=True)
    reference_externe: Mapped[str | None] = mapped_column(sa.String(80))
    collectivite_id: Mapped[int] = mapped_column(sa.ForeignKey("collectivite.id"))
    service_id: Mapped[int | None] = mapped_column(sa.ForeignKey("service.id"))
    matricule: Mapped[str | None] = mapped_column(sa.String(40))
    nom_famille: Mapped[str] = mapped_column(sa.String(120))
    nom_usage: Mapped[str | None] = mapped_column(sa.String(120))
    prenoms: Mapped[list[str]] = mapped_column(Json, default=list)
    sexe: Mapped[str | None] = mapped_column(sa.String(1))
    date_naissance: Mapped[dt.date | None]
    nir_scelle: Mapped[bytes | None]
    nir_empreinte: Mapped[str | None] = mapped_column(sa.String(64))
    regime: Mapped[str | None] = mapped_column(CODE)
    statut: Mapped[str | None] = mapped_column(CODE)
    # grade, echelon, indice_majore, nbi_points, quotite, date_entree, enfants, adresse
    situation: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    recherche: Mapped[str] = mapped_column(FOLDED_TEXT, default="")
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        sa.UniqueConstraint("collectivite_id", "reference_externe"),
        sa.UniqueConstraint("collectivite_id", "matricule"),
        sa.Index("ix_agent_liste", "recherche", "id"),
        sa.Index("ix_agent_collectivite_nom", "collectivite_id", "recherche", "id"),
    )


class AgentMot(Base):
    """One folded word of the names of an agent: what a search by prefix looks into."""

    __tablename__ = "agent_mot"
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agent.id"), primary_key=True)
    mot: Mapped[str] = mapped_column(FOLDED, primary_key=True)
    collectivite_id: Mapped[int] = mapped_column(sa.ForeignKey("collectivite.id"))
    __table_args__ = (
        sa.Index("ix_agent_mot_prefixe", "mot", "collectivite_id", "agent_id"),
    )


class Evenement(Base):
    """The insured happening that everything hangs on."""

    __tablename__ = "evenement"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(REFERENCE, unique=True)
    reference_externe: Mapped[str | None] = mapped_column(sa.String(80))
    numero: Mapped[str | None] = mapped_column(sa.String(40))
    collectivite_id: Mapped[int] = mapped_column(sa.ForeignKey("collectivite.id"))
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agent.id"), index=True)
    nature: Mapped[str] = mapped_column(CODE)
    date_survenance: Mapped[dt.date]
    sans_arret: Mapped[bool] = mapped_column(default=False)
    tiers_implique: Mapped[bool] = mapped_column(default=False)
    etat: Mapped[str] = mapped_column(CODE, default="en_cours")
    champs: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    salaires: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    declare_at: Mapped[dt.datetime] = mapped_column(Instant)
    # derived: end of the last leave of an open event whose return is not known
    sans_reprise_depuis: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        sa.UniqueConstraint("collectivite_id", "reference_externe"),
        sa.Index(
            "ix_evenement_collectivite_date", "collectivite_id", "date_survenance"
        ),
        sa.Index("ix_evenement_etat", "collectivite_id", "etat"),
        # « dossiers à clôturer » in their order, of one collectivité then of all: only
        # the events that await a return are in it, few beside those that are over
        _partial(
            "ix_evenement_sans_reprise", "collectivite_id", "sans_reprise_depuis", "id",
            where="sans_reprise_depuis IS NOT NULL",
        ),
        _partial(
            "ix_evenement_sans_reprise_tous", "sans_reprise_depuis", "id",
            where="sans_reprise_depuis IS NOT NULL",
        ),
    )  # fmt: skip


class Consequence(Base):
    """What follows from an event: a spell of leave, care, costs, an end."""

    __tablename__ = "consequence"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(REFERENCE, unique=True)
    reference_externe: Mapped[str | None] = mapped_column(sa.String(80))
    evenement_id: Mapped[int] = mapped_column(sa.ForeignKey("evenement.id"), index=True)
    type: Mapped[str] = mapped_column(CODE)
    debut: Mapped[dt.date | None]
    fin: Mapped[dt.date | None]
    champs: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (sa.UniqueConstraint("evenement_id", "reference_externe"),)


class PieceAttendue(Base):
    """A requirement: this paper, for this event and period, by this day.

    `cle` is what it is derived from (type, precision, period, conséquence): deriving twice
    finds the same line, so nothing already proved is lost.
    """

    __tablename__ = "piece_attendue"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(REFERENCE, unique=True)
    reference_externe: Mapped[str | None] = mapped_column(sa.String(80))
    collectivite_id: Mapped[int] = mapped_column(sa.ForeignKey("collectivite.id"))
    evenement_id: Mapped[int] = mapped_column(sa.ForeignKey("evenement.id"))
    consequence_id: Mapped[int | None] = mapped_column(sa.ForeignKey("consequence.id"))
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agent.id"), index=True)
    type: Mapped[str] = mapped_column(CODE)
    precision: Mapped[str | None] = mapped_column(sa.String(80))
    debut: Mapped[dt.date | None]
    fin: Mapped[dt.date | None]
    date_reference: Mapped[dt.date]
    exigible_le: Mapped[dt.date]
    echeance: Mapped[dt.date]
    etat: Mapped[str] = mapped_column(CODE, default="attendue")
    base: Mapped[str] = mapped_column(sa.Text)
    # [{"type": "CMATMP", "cas": "final"}]: papers accepted instead, in a given case
    substituts: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    montant_eur: Mapped[Decimal | None] = mapped_column(Money)
    # what the manager's bordereaux hold back for it; None: none ever spoke of it
    bloque_eur: Mapped[Decimal | None] = mapped_column(Money)
    origine: Mapped[str] = mapped_column(CODE, default="matrice")
    cle: Mapped[str] = mapped_column(sa.String(200))
    motif: Mapped[str | None] = mapped_column(sa.Text)
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        sa.UniqueConstraint("evenement_id", "cle"),
        sa.UniqueConstraint("collectivite_id", "reference_externe"),
        # the lines of a collectivité by deadline, in any state: what follows `id` is
        # there to filter without the line itself
        sa.Index("ix_piece_liste", "collectivite_id", "echeance", "id", "etat", "type"),
        sa.Index("ix_piece_agent_type", "agent_id", "type", "etat"),
        # « documents manquants » by each of its sorts: settled lines, the most, stay out.
        # Two states are open, so an index on the state would give two lists to merge.
        # Made after the first one: SQLite takes the last made of two that cost the same
        _partial(
            "ix_piece_ouverte", "collectivite_id", "echeance", "id", "etat", "type",
            "exigible_le", "agent_id", where=OPEN_PIECE,
        ),
        _partial(
            "ix_piece_ouverte_exigible", "collectivite_id", "exigible_le", "id", "etat",
            "type", where=OPEN_PIECE,
        ),
        # the same, for who sees every collectivité
        _partial("ix_piece_ouverte_toutes", "echeance", "id", where=OPEN_PIECE),
    )  # fmt: skip


class Justificatif(Base):
    """A paper recognised inside a deposit, and what was made of it."""

    __tablename__ = "justificatif"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(REFERENCE, unique=True)
    collectivite_id: Mapped[int] = mapped_column(sa.ForeignKey("collectivite.id"))
    depot_id: Mapped[int] = mapped_column(sa.ForeignKey("depot.id"))
    rang: Mapped[int]
    pages: Mapped[list[int]] = mapped_column(Json)
    type: Mapped[str] = mapped_column(CODE)
    type_propose: Mapped[str] = mapped_column(CODE)
    confiance: Mapped[float] = mapped_column(default=0.0)
    # the version of the learned model that proposed the type; null: the rules did
    modele: Mapped[int | None]
    agent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agent.id"))
    evenement_id: Mapped[int | None] = mapped_column(sa.ForeignKey("evenement.id"))
    etat: Mapped[str] = mapped_column(CODE)
    secret_medical: Mapped[bool] = mapped_column(default=False)
    # by name of field: valeur, lu, page, zone [x, y, l, h], confiance
    champs: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    motifs: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    candidats: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    remarques: Mapped[list[str]] = mapped_column(Json, default=list)
    # degrees clockwise to turn the pictures when they are shown
    rotation: Mapped[int] = mapped_column(default=0)
    integre_at: Mapped[dt.datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        sa.UniqueConstraint("depot_id", "rang"),
        # the list of a collectivité in its order; what follows `id` is there to filter
        # and count by the index alone (a paper weighs kilobytes of JSON)
        sa.Index(
            "ix_justificatif_liste", "collectivite_id", "integre_at", "id",
            "secret_medical", "type",
        ),
        # the same in one state: « à vérifier » is one paper in fifty
        sa.Index(
            "ix_justificatif_etat", "collectivite_id", "etat", "integre_at", "id",
            "secret_medical", "type",
        ),
        # the same, for who sees every collectivité
        sa.Index(
            "ix_justificatif_date", "integre_at", "id", "secret_medical", "etat", "type"
        ),
        sa.Index("ix_justificatif_evenement", "evenement_id"),
        sa.Index("ix_justificatif_agent", "agent_id", "type"),
    )  # fmt: skip


class Rattachement(Base):
    """The tie paper → requirement, with the days it proves.

    One active tie per requirement and covered period: the partial unique index decides
    races between two linkers, the loser is told the present state.
    """

    __tablename__ = "rattachement"
    id: Mapped[int] = mapped_column(primary_key=True)
    justificatif_id: Mapped[int] = mapped_column(
        sa.ForeignKey("justificatif.id"), index=True
    )
    piece_id: Mapped[int] = mapped_column(sa.ForeignKey("piece_attendue.id"))
    debut: Mapped[dt.date | None]
    fin: Mapped[dt.date | None]
    # the covered period as text, "" when the requirement has none
    couverture: Mapped[str] = mapped_column(sa.String(24), default="")
    is_actif: Mapped[bool] = mapped_column(default=True)
    auteur: Mapped[str] = mapped_column(sa.String(80))
    motif: Mapped[str | None] = mapped_column(sa.Text)
    cree_at: Mapped[dt.datetime] = mapped_column(Instant)
    retire_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    __table_args__ = (
        sa.Index(
            "uq_rattachement_actif",
            "piece_id",
            "couverture",
            unique=True,
            sqlite_where=sa.text("is_actif"),
            postgresql_where=sa.text("is_actif"),
        ),
    )


class Recours(Base):
    """A claim against a liable third party: saved, sent, open, settled."""

    __tablename__ = "recours"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(REFERENCE, unique=True)
    reference_externe: Mapped[str | None] = mapped_column(sa.String(80))
    collectivite_id: Mapped[int] = mapped_column(sa.ForeignKey("collectivite.id"))
    evenement_id: Mapped[int] = mapped_column(sa.ForeignKey("evenement.id"), index=True)
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agent.id"))
    etat: Mapped[str] = mapped_column(CODE, default="enregistre")
    champs: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    cree_at: Mapped[dt.datetime] = mapped_column(Instant)
    envoye_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (sa.Index("ix_recours_etat", "collectivite_id", "etat", "id"),)


class Tache(Base):
    """Something a person must look at: nothing doubtful stays silent."""

    __tablename__ = "tache"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(REFERENCE, unique=True)
    collectivite_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("collectivite.id")
    )
    typologie: Mapped[str] = mapped_column(CODE)
    code: Mapped[str] = mapped_column(CODE)
    detail: Mapped[str] = mapped_column(sa.Text)
    depot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("depot.id"), index=True)
    justificatif_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("justificatif.id"), index=True
    )
    evenement_id: Mapped[int | None] = mapped_column(sa.ForeignKey("evenement.id"))
    proprietaire: Mapped[str] = mapped_column(sa.String(80), default="gestionnaire")
    is_ouverte: Mapped[bool] = mapped_column(default=True)
    ouverte_at: Mapped[dt.datetime] = mapped_column(Instant)
    close_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    close_par: Mapped[str | None] = mapped_column(sa.String(80))
    motif_cloture: Mapped[str | None] = mapped_column(sa.Text)
    __table_args__ = (
        sa.Index("ix_tache_liste", "collectivite_id", "is_ouverte", "typologie", "id"),
    )


class Fait(Base):
    """One entry of the journal: who, when, what, about whom. Never changed.

    Each collectivité has its own chain: `rang` increases by one, `empreinte` is the hash
    of the previous one and of this entry.
    """

    __tablename__ = "fait"
    id: Mapped[int] = mapped_column(primary_key=True)
    collectivite_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("collectivite.id")
    )
    # 0 for facts about no collectivité: a chain of its own
    chaine: Mapped[int]
    rang: Mapped[int]
    tag: Mapped[str] = mapped_column(CODE)
    version: Mapped[int] = mapped_column(default=1)
    auteur: Mapped[str] = mapped_column(sa.String(80))
    survenu_at: Mapped[dt.datetime] = mapped_column(Instant)
    evenement_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("evenement.id"), index=True
    )
    sujet: Mapped[str] = mapped_column(REFERENCE, index=True)
    contenu: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    precedente: Mapped[str] = mapped_column(sa.String(64))
    empreinte: Mapped[str] = mapped_column(sa.String(64))
    __table_args__ = (
        sa.UniqueConstraint("chaine", "rang"),
        sa.Index("ix_fait_jour", "survenu_at", "collectivite_id"),
    )
