"""What the API accepts and answers about bordereaux, décomptes and relevés."""

import datetime as dt
from typing import Literal

from pydantic import Field

from web.api import models as m
from web.api import reponses as r


class BordereauRecherche(m.Page):
    """Which bordereaux of prestations; `colis` is the manager's number."""

    collectivite: m.Reference | None = None
    colis: str | None = Field(None, max_length=80)
    du: m.Jour | None = None
    au: m.Jour | None = None


class DecompteRecherche(m.Page):
    """Which décomptes."""

    collectivite: m.Reference | None = None


class ReleveRecherche(m.Page):
    """Which reimbursements: the last six months by default, and at most."""

    collectivite: m.Reference | None = None
    du: m.Jour | None = None
    au: m.Jour | None = None
    type: Literal["IJ", "FRAIS"] | None = None
    texte: str | None = Field(None, max_length=120, description="Nom de l’agent.")


class ReceptionRecherche(m.Modele):
    """For which collectivité, when the colis holds papers of several."""

    collectivite: m.Reference | None = None


class EcartAnnonce(r.Reponse):
    """Where a bordereau contradicts what was announced of it."""

    champ: str
    annonce: str
    trouve: str


class BordereauLu(r.Reponse):
    """A bordereau of prestations."""

    reference: str
    numero: str
    colis: str
    collectivite: str
    date_emission: dt.date
    contrat: str | None
    budget: str | None
    mode_paiement: str | None
    lignes: int
    reglees: int
    bloquees: int
    total_brut: r.Montant
    total_rembourse: r.Montant
    total_bloque: r.Montant
    ecarts: list[EcartAnnonce]
    decomptes: list[str]
    importe_le: r.Instant
    pdf: str


class PrestationLue(r.Reponse):
    """One line: days of leave (`IJ`) or care (`FRAIS`)."""

    ligne: int
    type: str
    etat: str
    agent: str
    evenement: str
    consequence: str | None
    piece_attendue: str | None
    document_manquant: str | None
    motif_blocage: str | None
    periode: r.PeriodeLue | None
    date_soins: dt.date | None
    montant_brut: r.Montant
    montant_rembourse: r.Montant
    montant_bloque: r.Montant
    champs: dict[str, str]


class BordereauFiche(BordereauLu):
    """A bordereau and a page of its lines."""

    detail: r.Liste[PrestationLue]


class DecompteLu(r.Reponse):
    """The file of a décompte."""

    reference: str
    bordereau: str
    colis: str
    collectivite: str
    date_emission: dt.date
    nom: str
    taille: int
    empreinte: str
    pdf: str


class RemboursementLu(PrestationLue):
    """A reimbursement of a relevé."""

    bordereau: str
    numero_bordereau: str
    regle_le: dt.date


class ReleveLu(r.Liste[RemboursementLu]):
    """A page of a relevé, and the sum of all its lines."""

    du: dt.date
    au: dt.date
    total_rembourse: r.Montant


class FauteLue(r.Reponse):
    """What is wrong with a column of a line."""

    colonne: str
    detail: str


class LigneImportee(r.Reponse):
    """What became of one line of the file."""

    table: str
    ligne: int
    bordereau: str
    etat: Literal["creee", "inchangee", "refusee"]
    fautes: list[FauteLue]
    remarques: list[FauteLue]


class EcartImport(EcartAnnonce):
    """Where a file contradicts itself."""

    objet: str


class ImportLu(r.Reponse):
    """What became of a file, line by line."""

    colis: str
    bordereaux: list[str]
    comptes: dict[str, int]
    ecarts: list[EcartImport]
    lignes: list[LigneImportee]
