"""Read in the product's own tables what became of each deposit."""

import sqlalchemy as sa

from intake.tables import Depot, Page
from records import tables as t
from socle.db import ReadSession
from tests.bilan.modele import Lu, Recu

OPEN_ENDS = ("recu", "en_cours")


def waiting(session: ReadSession) -> int:
    """Count the deposits that have not reached an end."""
    return session.scalar(
        sa.select(sa.func.count()).select_from(Depot).where(Depot.etat.in_(OPEN_ENDS))
    ) or 0  # fmt: skip


def closed_lines(session: ReadSession) -> frozenset[str]:
    """Return the codes of the lines that are satisfied now."""
    rows = session.scalars(
        sa.select(t.PieceAttendue).where(t.PieceAttendue.etat == "satisfaite")
    )
    return frozenset(code(row) for row in rows)


def code(row: t.PieceAttendue | t.Agent | t.Evenement) -> str:
    """Return the register's own code, our reference when it has none."""
    return row.reference_externe or row.reference


class Releve:
    """Translates the product's rows into the register's codes."""

    def __init__(self, session: ReadSession) -> None:
        self.session = session
        self.agents = {row.id: row for row in session.scalars(sa.select(t.Agent))}
        self.evenements = {
            row.id: row for row in session.scalars(sa.select(t.Evenement))
        }
        self.pieces = {
            row.id: row for row in session.scalars(sa.select(t.PieceAttendue))
        }
        self.by_reference = {
            row.reference: row
            for table in (self.agents, self.evenements, self.pieces)
            for row in table.values()
        }

    def read(self, depots: dict[str, str]) -> list[Recu]:
        """Return what became of each file: `depots` maps file → reference of deposit."""
        found = {
            row.reference: row
            for row in self.session.scalars(sa.select(Depot))
        }  # fmt: skip
        return [
            self._one(name, found[reference])
            for name, reference in depots.items()
            if reference in found
        ]

    def _one(self, name: str, depot: Depot) -> Recu:
        papers = self.session.scalars(
            sa.select(t.Justificatif)
            .where(t.Justificatif.depot_id == depot.id)
            .order_by(t.Justificatif.rang)
        ).all()
        blank = self.session.scalars(
            sa.select(Page.numero).where(Page.depot_id == depot.id, Page.is_blanche)
        )
        return Recu(
            fichier=name,
            etat=depot.etat,
            code=depot.code or "",
            documents=tuple(self._paper(paper) for paper in papers),
            pages_blanches=frozenset(blank),
        )

    def _paper(self, paper: t.Justificatif) -> Lu:
        ties = self.session.scalars(
            sa.select(t.Rattachement.piece_id).where(
                t.Rattachement.justificatif_id == paper.id, t.Rattachement.is_actif
            )
        )
        return Lu(
            pages=tuple(paper.pages),
            type=paper.type,
            etat=paper.etat,
            champs={name: _value(field) for name, field in paper.champs.items()},
            agent=self._code(paper.agent_id, self.agents),
            evenement=self._code(paper.evenement_id, self.evenements),
            lignes=frozenset(code(self.pieces[tie]) for tie in ties),
            candidats=tuple(self._candidate(one) for one in paper.candidats),
            motifs=tuple(str(one.get("code", "")) for one in paper.motifs),
        )

    def _code(
        self, key: int | None, table: dict[int, t.Agent | t.Evenement]
    ) -> str | None:
        return code(table[key]) if key is not None else None

    def _candidate(
        self, one: dict[str, object]
    ) -> tuple[str | None, str | None, str | None]:
        return (
            self._named(one, "agent"), self._named(one, "evenement"),
            self._named(one, "piece"),
        )  # fmt: skip

    def _named(self, one: dict[str, object], what: str) -> str | None:
        """Candidates carry identifiers or references, by the writer's choice."""
        table = {
            "agent": self.agents,
            "evenement": self.evenements,
            "piece": self.pieces,
        }
        for key in (f"{what}_id", what):
            value = one.get(key)
            if isinstance(value, int) and value in table[what]:
                return code(table[what][value])
            if isinstance(value, str) and value in self.by_reference:
                return code(self.by_reference[value])
        return None


def _value(field: object) -> str:
    return str(field.get("valeur", "")) if isinstance(field, dict) else str(field)
