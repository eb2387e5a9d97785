"""An invented manager's tool: a small world, and the files it would send about it."""

import csv
import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import xlsxwriter

from bordereaux import imports
from bordereaux.imports import Atelier
from bordereaux.rapport import Rapport
from records.comptes import HOUSE, Perimetre
from records.evenements import Evenement
from records.natures import catalogue
from records.parties import Agent, Collectivite
from records.pieces import PieceAttendue
from records.store import pieces
from records.tables import Collectivite as CollectiviteTable
from records.tables import PieceAttendue as PieceTable
from socle.db import Database, ReadSession, WriteSession
from socle.sandbox import Sandbox
from socle.storage import DiskStorage
from tests.records.monde import make_agent, make_collectivite, make_evenement

NOW = dt.datetime(2026, 9, 30, 10, tzinfo=dt.UTC)
EMIS = dt.date(2026, 9, 28)
CODE = "EMP-1"
COLUMNS = (
    "n_colis", "n_bordereau", "date_emission", "code_collectivite", "n_ligne",
    "type_ligne", "nom", "prenom", "matricule", "nature", "n_evenement",
    "date_survenance", "consequence", "periode_du", "periode_au", "jours_calendaires",
    "franchise_jours", "jours_indemnises", "taux_garanti", "ij", "montant_brut",
    "ij_cpam_deduites", "retenue", "date_soins", "nature_acte", "professionnel",
    "n_facture", "montant_presente", "montant_retenu", "motif_rejet", "paye_a",
    "montant_rembourse", "etat",
    "motif_blocage", "piece_attendue", "code_exigence",
)  # fmt: skip
Ligne = dict[str, Any]
PDF = b"%PDF-1.7\n% un decompte invente\n%%EOF\n"


@dataclass(frozen=True, kw_only=True)
class Monde:
    """One collectivité the tool knows by its code; its agents, each with one leave."""

    code: str
    place: Collectivite
    agents: tuple[Agent, ...]
    evenements: tuple[Evenement, ...]

    def ligne(self, rank: int = 0, **changes: Any) -> Ligne:
        """Return a settled line of the first two weeks of an agent's leave."""
        agent, event = self.agents[rank], self.evenements[rank]
        return {
            "n_colis": "PST-1", "n_bordereau": "B-1", "date_emission": EMIS,
            "code_collectivite": self.code, "n_ligne": rank + 1, "type_ligne": "IJ",
            "nom": agent.nom_famille, "prenom": "Maud", "matricule": agent.matricule,
            "nature": "CMO", "n_evenement": event.numero,
            "date_survenance": dt.date(2026, 1, 19), "consequence": "ARRET",
            "periode_du": dt.date(2026, 1, 19), "periode_au": dt.date(2026, 2, 1),
            "jours_calendaires": 14, "franchise_jours": 4, "jours_indemnises": 10,
            "taux_garanti": Decimal("90.00"), "ij": Decimal("85.52"),
            "montant_brut": Decimal("855.20"), "ij_cpam_deduites": Decimal("0.00"),
            "retenue": Decimal("0.00"), "montant_rembourse": Decimal("855.20"),
            "etat": "réglée",
        } | changes  # fmt: skip

    def bloquee(self, rank: int = 0, **changes: Any) -> Ligne:
        """Return the same line, held back by the missing avis d'arrêt."""
        return self.ligne(rank) | {
            "etat": "bloquée", "montant_rembourse": Decimal("0.00"),
            "motif_blocage": "document manquant",
            "piece_attendue": "Avis d’arrêt de travail",
        } | changes  # fmt: skip

    def frais(self, rank: int = 0, **changes: Any) -> Ligne:
        """Return a settled line of care."""
        kept = {name: self.ligne(rank)[name] for name in COLUMNS[:12]}
        return kept | {
            "n_ligne": 100 + rank, "type_ligne": "FRAIS", "consequence": "FRAIS",
            "date_soins": dt.date(2026, 2, 3), "nature_acte": "consultation",
            "montant_presente": Decimal("30.00"), "montant_retenu": Decimal("25.00"),
            "montant_rembourse": Decimal("25.00"), "etat": "réglée",
        } | changes  # fmt: skip


def make_monde(db: Database, nb_agents: int = 2, code: str = CODE) -> Monde:
    """Create the collectivité and its agents."""
    place = make_collectivite(db)

    def name_it(session: WriteSession) -> None:
        row = session.get_one(CollectiviteTable, place.id)
        row.reference_externe = code

    db.write(name_it)
    agents = tuple(
        make_agent(db, place, nom_famille=f"GRANGEON{n}", matricule=f"{code}-{n}")
        for n in range(nb_agents)
    )
    return Monde(
        code=code,
        place=place,
        agents=agents,
        evenements=tuple(
            make_evenement(db, agent, numero=f"S26-{agent.matricule}")
            for agent in agents
        ),
    )


def make_atelier(
    db: Database, folder: Path, boite: Sandbox, perimetre: Perimetre = HOUSE
) -> Atelier:
    """Build the workshop of an import."""
    return Atelier(
        db=db, storage=DiskStorage(folder / "octets"), sandbox=boite,
        catalogue=catalogue, perimetre=perimetre, auteur="CO-ESSAI", canal="commande",
        now=NOW,
    )  # fmt: skip


def import_bytes(atelier: Atelier, octets: bytes, nom: str = "essai.csv") -> Rapport:
    """Import a file made in memory."""
    recu = atelier.storage.put(imports.OWNER, octets)
    return imports.import_kept(atelier, recu, nom)


def wrong_columns(rapport: Rapport) -> list[tuple[int, str]]:
    """Return the place of each fault: line of the file, column."""
    return [
        (line.ligne, faute.colonne) for line in rapport.lignes for faute in line.fautes
    ]


# --- files -----------------------------------------------------------------------------


def as_csv(
    lignes: Iterable[Mapping[str, Any]],
    *,
    encoding: str = "utf-8-sig",
    separator: str = ";",
    is_iso: bool = False,
) -> bytes:
    """Write lines as the tool does, in one of its dialects."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=separator)
    writer.writerow(COLUMNS)
    for ligne in lignes:
        writer.writerow([_written(ligne.get(name), is_iso) for name in COLUMNS])
    return buffer.getvalue().encode(encoding, "replace")


def _written(value: object, is_iso: bool) -> str:
    if isinstance(value, dt.date):
        return value.isoformat() if is_iso else f"{value:%d/%m/%Y}"
    if isinstance(value, Decimal):
        return f"{value:.2f}".replace(".", ",")
    return "" if value is None else str(value)


def as_xlsx(sheets: Mapping[str, Iterable[Mapping[str, Any]]]) -> bytes:
    """Write one sheet per bordereau, numbers and days typed."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for name, lignes in sheets.items():
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, [column.replace("_", " ") for column in COLUMNS])
        for rank, ligne in enumerate(lignes, start=1):
            for place, column in enumerate(COLUMNS):
                value = ligne.get(column)
                if isinstance(value, dt.date):
                    sheet.write_datetime(rank, place, value, day)
                elif value is not None:
                    sheet.write(rank, place, value)
    book.close()
    return buffer.getvalue()


def as_zip(members: Mapping[str, bytes]) -> bytes:
    """Write an archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, octets in members.items():
            archive.writestr(name, octets)
    return buffer.getvalue()


def manifest(*bordereaux: Mapping[str, Any], **changes: Any) -> bytes:
    """Write `colis.json`."""
    content = {
        "version": 1, "n_colis": "PST-1", "sens": "sortant",
        "emetteur": "outil Prestations", "date_emission": EMIS.isoformat(),
        "mode_paiement": "virement", "bordereaux": list(bordereaux),
    } | changes  # fmt: skip
    return json.dumps(content, ensure_ascii=False).encode()


def announced(**changes: Any) -> dict[str, Any]:
    """Return what the manifest says of a bordereau of one settled, one blocked line."""
    return {
        "bordereau": "B-1", "collectivite": CODE, "lignes": 2, "lignes_ij": 2,
        "lignes_frais": 0, "reglees": 1, "bloquees": 1, "total_brut": "1710.40",
        "total_rembourse": "855.20", "fichier": f"{CODE}/b1.csv",
        "decompte": f"{CODE}/d1.pdf",
    } | changes  # fmt: skip


# --- what the register holds -----------------------------------------------------------


def piece_of(db: Database, event: Evenement, kind: str = "AAT") -> PieceAttendue:
    """Return the only requirement of a type of an event."""

    def look(session: ReadSession) -> PieceAttendue:
        p = PieceTable
        chosen = sa.select(p.id).where(p.evenement_id == event.id, p.type == kind)
        (piece_id,) = session.scalars(chosen)
        return pieces.by_ids(session, [piece_id])[piece_id]

    return db.read(look)
