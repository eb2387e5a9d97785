"""What the API answers, as pydantic models: they document, and tests check against them."""

import datetime as dt
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")
Instant = Annotated[
    str,
    Field(
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$",
        examples=["2026-09-30T10:00:00Z"],
    ),
]
Montant = Annotated[str, Field(pattern=r"^-?\d+\.\d{2}$", examples=["1234.50"])]


class Reponse(BaseModel):
    """Every field is always present, null when unknown."""

    model_config = ConfigDict(extra="forbid")


class Liste(Reponse, Generic[T]):
    """One page of a list."""

    elements: list[T]
    suivant: str | None = Field(description="Curseur de la page suivante.")
    total: int = Field(ge=0)


class ChampRefuse(Reponse):
    """One invalid field."""

    champ: str
    code: str
    detail: str


class Probleme(Reponse):
    """RFC 9457: what happened, and what to do."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    requete: str
    erreurs: list[ChampRefuse] | None = None
    etat_present: dict[str, Any] | None = Field(
        None, description="Pour un conflit : l'objet tel qu'il est maintenant."
    )


class PeriodeLue(Reponse):
    """Days, both included."""

    debut: dt.date
    fin: dt.date


class ContratLu(Reponse):
    """A contract of a collectivité."""

    numero: str
    debut: dt.date
    fin: dt.date | None
    delai_pieces_jours: int
    parametres: dict[str, Any]


class CollectiviteLue(Reponse):
    """A collectivité."""

    reference: str
    reference_externe: str | None
    nom: str
    siret: str | None
    adresse: dict[str, Any]
    budgets: list[str]
    contrats: list[ContratLu]


class ServiceLu(Reponse):
    """A service of a collectivité."""

    reference: str
    reference_externe: str | None
    collectivite: str
    code: str
    libelle: str
    debut: dt.date | None
    fin: dt.date | None
    version: int


class AgentLu(Reponse):
    """An agent; the NIR is masked."""

    reference: str
    reference_externe: str | None
    collectivite: str
    service: str | None
    matricule: str | None
    nom_famille: str
    nom_usage: str | None
    prenoms: list[str]
    libelle: str
    sexe: str | None
    date_naissance: dt.date | None
    nir: str | None = Field(description="Masqué : 2 85 •• •• ••• ••• ••")
    regime: str | None
    statut: str | None
    situation: dict[str, Any]
    version: int


class ConsequenceLue(Reponse):
    """A conséquence of an event."""

    reference: str
    reference_externe: str | None
    type: str
    debut: dt.date | None
    fin: dt.date | None
    champs: dict[str, Any]
    version: int


class EvenementLu(Reponse):
    """An event, in lists."""

    reference: str
    reference_externe: str | None
    numero: str | None
    collectivite: str
    agent: str
    agent_libelle: str
    nature: str
    date_survenance: dt.date
    sans_arret: bool
    tiers_implique: bool
    etat: str
    declare_le: Instant | None
    version: int


class CouvertureLue(Reponse):
    """Which days are proved, and which are not."""

    prouve: list[PeriodeLue]
    manque: list[PeriodeLue]
    en_double: list[PeriodeLue]


class SubstitutLu(Reponse):
    """A type accepted instead, possibly in one case only."""

    type: str
    cas: str | None


class PieceLue(Reponse):
    """A requirement."""

    reference: str
    reference_externe: str | None
    type: str
    precision: str | None
    etat: str
    collectivite: str
    agent: str
    agent_libelle: str
    evenement: str
    consequence: str | None
    periode: PeriodeLue | None
    couverture: CouvertureLue | None
    date_reference: dt.date
    exigible_le: dt.date
    echeance: dt.date
    base: str
    substituts: list[SubstitutLu]
    montant_bloque: Montant | None
    origine: str
    motif: str | None


class RecoursLu(Reponse):
    """A recours against a third party."""

    reference: str
    reference_externe: str | None
    etat: str
    champs: dict[str, Any]
    cree_le: Instant | None
    envoye_le: Instant | None
    version: int


class SalairesLus(Reponse):
    """The pay elements of an event."""

    evenement: str
    salaires: list[dict[str, Any]]
    version: int


class FaitLu(Reponse):
    """One entry of the journal."""

    tag: str
    phrase: str
    auteur: str
    survenu_le: Instant
    sujet: str
    contenu: dict[str, Any]


class RaisonLue(Reponse):
    """One reason, and where it shows on the page."""

    code: str
    detail: str
    page: int | None
    zone: list[float] | None = Field(description="x, y, largeur, hauteur : fractions.")
    poids: float


class CandidatLu(Reponse):
    """One possible answer, best first."""

    piece: str | None
    evenement: str | None
    agent: str | None
    score: float
    motifs: list[RaisonLue]


class PieceReglee(Reponse):
    """A requirement this paper answers."""

    reference: str
    couverture: PeriodeLue | None


class JustificatifLu(Reponse):
    """A paper recognised inside a deposit, and what was made of it."""

    reference: str
    depot: str
    pages: list[int]
    type: str
    confiance: float
    type_propose: str
    modele: int | None = Field(
        description="Version du modèle appris qui a proposé le type ; vide : les règles."
    )
    champs: dict[str, str]
    lectures: dict[str, Any] = Field(description="Où chaque champ a été lu.")
    agent: str | None
    evenement: str | None
    pieces: list[PieceReglee]
    etat: str
    motifs: list[RaisonLue]
    candidats: list[CandidatLu]
    remarques: list[str]
    integre_le: Instant
    rotation: int
    version: int


class DepotLu(Reponse):
    """A deposit: bytes received once, and where their treatment stands."""

    reference: str
    etat: str
    code: str | None
    motif: str | None
    empreinte: str
    taille: int
    nom: str
    canal: str
    recu_le: Instant
    pages: int | None
    antivirus: str
    documents: list[JustificatifLu]


class DepotBref(Reponse):
    """A deposit, in lists."""

    reference: str
    etat: str
    code: str | None
    motif: str | None
    empreinte: str
    taille: int
    nom: str
    canal: str
    recu_le: Instant
    pages: int | None


class RecepisseLu(Reponse):
    """The receipt of one file: once given, the file cannot be lost."""

    reference: str
    empreinte: str = Field(description="SHA-256 des octets reçus.")
    taille: int
    nom: str
    recu_le: Instant
    etat: str
    recepisse: str = Field(description="Signature du récépissé.")
    deja_recu: bool
    code: str | None = Field(description="deja-recu quand ces octets étaient connus.")


class RecepissesLus(RecepisseLu):
    """A receipt per file, in the order sent; the first one stands at the top as well."""

    elements: list[RecepisseLu]
    suivant: str | None
    total: int


class EvenementFiche(EvenementLu):
    """La fiche évènement unique."""

    au: Instant | None = Field(
        description="L'instant où elle est dite, nul : maintenant."
    )
    champs: dict[str, Any]
    consequences: list[ConsequenceLue]
    salaires: list[dict[str, Any]]
    recours: list[RecoursLu]
    pieces_attendues: list[PieceLue]
    documents: list[JustificatifLu]
    sommes: dict[str, Any]
    courriers: list[dict[str, Any]]
    journal: list[FaitLu]


class ActionLue(Reponse):
    """A kind of thing to do, and how many."""

    typologie: str
    libelle: str
    nombre: int
    lien: str


class ActionsLues(Reponse):
    """The basket."""

    elements: list[ActionLue]


class SaisieLue(Reponse):
    """One thing entered on a day."""

    tag: str
    phrase: str
    auteur: str
    survenu_le: Instant
    sujet: str
    contenu: dict[str, Any]
    collectivite: str
    evenement: str | None
    agent: str | None
    agent_libelle: str | None


class LigneAction(Reponse):
    """One thing to do."""

    typologie: str
    reference: str
    code: str | None
    detail: str
    collectivite: str | None
    agent: str | None
    agent_libelle: str | None
    evenement: str | None
    document: str | None
    depot: str | None
    date: str | None
    prise_en_charge: Literal["moi", "autre"] | None
    lien: str


class Lexique(Reponse):
    """The vocabulary: natures, conséquences, types of documents, with their fields."""

    natures: list[dict[str, Any]]
    consequences: list[dict[str, Any]]
    types: list[dict[str, Any]]
