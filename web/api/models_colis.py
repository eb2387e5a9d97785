"""What the colis operations take and answer, as pydantic models."""

from typing import Any, Literal

from pydantic import Field

from web.api import models as m
from web.api import reponses as r

Json = dict[str, Any]
Etat = Literal[
    "recu", "en_cours", "depouille", "clos", "refuse", "quarantaine", "rendu"
]
FORMULAIRE: Json = {
    "type": "object",
    "required": ["fichier"],
    "properties": {
        "fichier": {
            "description": "Une archive ZIP (metadata.json ou index CSV), ou un lot PDF "
            "ou TIFF à découper.",
            "type": "string",
            "format": "binary",
        },
        "sens": {"type": "string", "enum": ["entrant", "sortant"]},
        "collectivite": {
            "type": "string",
            "description": "Référence, code ou SIRET, quand la liste ne le dit pas.",
        },
        "nb_pages": {
            "type": "string",
            "description": "Pages annoncées par l'expéditeur d'un lot.",
        },
    },
}


class ColisRecherche(m.Page):
    """How colis are listed."""

    sens: Literal["entrant", "sortant"] | None = None
    etat: Etat | None = None
    collectivite: m.Reference | None = None


class ActeColisEntree(m.Modele):
    """An act of the operator's bench, on a colis or on the file of one rank."""

    acte: Literal["reprendre", "quarantaine", "rendre", "attribuer", "clore"]
    motif: m.Motif
    rang: int | None = Field(None, ge=1, description="Le fichier visé, par son rang.")
    collectivite: str | None = Field(None, max_length=80)
    version: int | None = Field(None, ge=1)
    essai: bool = Field(
        default=False, description="Dit ce qui serait fait, sans faire."
    )


class EcartClos(m.Modele):
    """Why a disagreement is settled."""

    motif: m.Motif


class RecepisseColisLu(r.Reponse):
    """The receipt of a colis; an essai has no reference."""

    reference: str | None
    empreinte: str | None
    taille: int | None
    nom: str | None
    recu_le: r.Instant | None
    etat: str
    sens: str
    recepisse: str | None
    deja_recu: bool
    code: str | None
    motif: str | None
    ecarts: list[Json]


class MesureLue(r.Reponse):
    """How much."""

    fichiers: int
    pages: int
    octets: int


class ConservationLue(r.Reponse):
    """Received, and what became of it; `ecart` is zero or an alarm."""

    recus: MesureLue
    en_cours: MesureLue
    classes: MesureLue
    a_verifier: MesureLue
    anomalies: MesureLue
    refuses: MesureLue
    doublons: MesureLue
    blancs: MesureLue
    purges: MesureLue
    ecart: MesureLue


class ColisBref(r.Reponse):
    """A colis as lists show it."""

    reference: str
    sens: str
    enveloppe: str | None
    etat: str
    code: str | None
    motif: str | None
    numero: str | None
    nom: str
    empreinte: str
    taille: int
    canal: str
    collectivite: str | None
    recu_le: r.Instant
    livre_le: r.Instant | None
    ouvert_le: r.Instant | None
    lot_cree_le: r.Instant | None
    depouille_le: r.Instant | None
    clos_le: r.Instant | None
    ecarts_ouverts: int


class ColisLu(ColisBref):
    """A colis, its plis, every item announced or found with its verdict, its equation."""

    operateur: str | None
    boite_postale: str | None
    organisme: str | None
    renumerisation_de: str | None
    annonce: dict[str, int | None]
    non_numerisables: list[Json]
    plis: list[Json]
    elements: list[Json]
    conservation: ConservationLue
    version: int


class EcartLu(r.Reponse):
    """A disagreement and who must act."""

    reference: str
    code: str
    detail: str
    proprietaire: str
    ouvert: bool
    ouvert_le: r.Instant
    clos_le: r.Instant | None
    motif_cloture: str | None


class Rapprochement(r.Reponse):
    """Announced against found."""

    reference: str
    etat: str
    clos_le: r.Instant | None
    ecarts: list[EcartLu]


class ActeColisLu(r.Reponse):
    """What was done, or would be."""

    reference: str
    essai: bool
    effet: str
