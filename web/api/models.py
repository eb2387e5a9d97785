"""What the API accepts, as pydantic models: they validate requests and document them.

Field names are unaccented French; days are ISO and `fin` is included; money is a string.
"""

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}$")
Reference = Annotated[
    str, Field(max_length=24, examples=["EV-2026-7Q4KX-9M2TD-G"], min_length=1)
]
ReferenceExterne = Annotated[str, Field(min_length=1, max_length=80)]
Code = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_]+$")]
Montant = Annotated[
    Decimal,
    Field(ge=0, max_digits=12, decimal_places=2, examples=["1234.50"]),
]
Motif = Annotated[
    str,
    Field(min_length=3, max_length=1000, description="Pourquoi, en une phrase."),
]


Version = Annotated[
    int,
    Field(
        ge=1,
        description="Celle que vous avez lue : 409 si quelqu'un a modifié depuis.",
    ),
]


def _only_text(value: object) -> object:
    """Refuse numbers where a day is awaited: 0 is not the first of January 1970."""
    if isinstance(value, dt.date) or (isinstance(value, str) and _DAY.match(value)):
        return value
    raise PydanticCustomError("date_type", "a day as YYYY-MM-DD")


Jour = Annotated[
    dt.date,
    BeforeValidator(_only_text),
    Field(ge=dt.date(1900, 1, 1), le=dt.date(2200, 12, 31)),
]


class Modele(BaseModel):
    """Refuses unknown fields: a misspelt name is an error, not a silence."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Page(Modele):
    """How lists are paged."""

    curseur: str | None = Field(
        None, max_length=400, description="Valeur de `suivant`."
    )
    limite: int = Field(50, ge=1, le=200)


class ActionRecherche(Page):
    """Which lines of the basket."""

    affecte: Literal["moi", "personne"] | None = Field(
        None, description="Celles que ce compte prend en charge, ou que personne n'a."
    )


class ParReferenceExterne(Page):
    """A list that can be searched by the caller's own references."""

    reference_externe: ReferenceExterne | None = None


# --- reference data -----------------------------------------------------------


class AdresseEntree(Modele):
    """A postal address, as free lines."""

    voie: str | None = Field(None, max_length=200)
    complement: str | None = Field(None, max_length=200)
    code_postal: str | None = Field(None, max_length=10)
    ville: str | None = Field(None, max_length=100)


class ContratEntree(Modele):
    """What a collectivité is covered for, and the delays it agreed to."""

    numero: str = Field(min_length=1, max_length=80)
    debut: Jour
    fin: Jour | None = Field(None, description="Dernier jour inclus.")
    delai_pieces_jours: int = Field(90, ge=1, le=730)
    parametres: dict[str, Any] = Field(default_factory=dict)


class CollectiviteEntree(Modele):
    """A collectivité to create."""

    nom: str = Field(min_length=1, max_length=200)
    siret: str | None = Field(None, pattern=r"^\d{14}$")
    reference_externe: ReferenceExterne | None = None
    adresse: AdresseEntree = Field(
        default_factory=lambda: AdresseEntree.model_validate({})
    )
    budgets: list[Annotated[str, Field(max_length=80)]] = Field(
        default_factory=list, max_length=50
    )
    contrats: list[ContratEntree] = Field(default_factory=list, max_length=50)


class CollectiviteChangement(Modele):
    """What to change in a collectivité; an absent field stays as it is."""

    nom: str | None = Field(None, min_length=1, max_length=200)
    siret: str | None = Field(None, pattern=r"^\d{14}$")
    reference_externe: ReferenceExterne | None = None
    adresse: AdresseEntree | None = None
    budgets: list[Annotated[str, Field(max_length=80)]] | None = Field(
        None, max_length=50
    )
    contrats: list[ContratEntree] | None = Field(None, max_length=50)


class ServiceEntree(Modele):
    """A service to create."""

    collectivite: Reference
    code: str = Field(min_length=1, max_length=80)
    libelle: str = Field(min_length=1, max_length=200)
    debut: Jour | None = None
    fin: Jour | None = Field(None, description="Dernier jour inclus.")
    reference_externe: ReferenceExterne | None = None


class ServiceChangement(Modele):
    """What to change in a service."""

    libelle: str | None = Field(None, min_length=1, max_length=200)
    debut: Jour | None = None
    fin: Jour | None = None
    reference_externe: ReferenceExterne | None = None
    version: Version | None = None


class AgentEntree(Modele):
    """An agent to create. The NIR is sealed at once and never sent back whole."""

    collectivite: Reference
    nom_famille: str = Field(min_length=1, max_length=120)
    nom_usage: str | None = Field(None, max_length=120)
    prenoms: list[Annotated[str, Field(min_length=1, max_length=60)]] = Field(
        min_length=1, max_length=10
    )
    sexe: Literal["F", "M"] | None = None
    date_naissance: Jour | None = None
    nir: str | None = Field(None, pattern=r"^[0-9AB ]{13,21}$")
    matricule: str | None = Field(None, min_length=1, max_length=40)
    service: Reference | None = None
    regime: Code | None = None
    statut: Code | None = None
    situation: dict[str, Any] = Field(
        default_factory=dict,
        description="grade, échelon, indice, NBI, quotité, date d'entrée, enfants…",
    )
    reference_externe: ReferenceExterne | None = None


class AgentChangement(Modele):
    """What to change in an agent."""

    nom_famille: str | None = Field(None, min_length=1, max_length=120)
    nom_usage: str | None = Field(None, max_length=120)
    prenoms: list[Annotated[str, Field(min_length=1, max_length=60)]] | None = Field(
        None, min_length=1, max_length=10
    )
    sexe: Literal["F", "M"] | None = None
    date_naissance: Jour | None = None
    nir: str | None = Field(None, pattern=r"^[0-9AB ]{13,21}$")
    matricule: str | None = Field(None, min_length=1, max_length=40)
    service: Reference | None = None
    regime: Code | None = None
    statut: Code | None = None
    situation: dict[str, Any] | None = None
    reference_externe: ReferenceExterne | None = None
    version: Version | None = None


class AgentRecherche(ParReferenceExterne):
    """How agents are searched."""

    q: str | None = Field(
        None, min_length=3, max_length=120, description="Nom ou prénom, dès 3 lettres."
    )
    collectivite: Reference | None = None


class ServiceRecherche(ParReferenceExterne):
    """How services are listed."""

    collectivite: Reference | None = None


# --- the event record ---------------------------------------------------------


class ConsequenceEntree(Modele):
    """A conséquence to declare: the fields of its type are in `GET /natures`."""

    type: Code
    debut: Jour | None = None
    fin: Jour | None = Field(None, description="Dernier jour inclus.")
    champs: dict[str, Any] = Field(default_factory=dict)
    reference_externe: ReferenceExterne | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "ConsequenceEntree":
        if self.debut and self.fin and self.fin < self.debut:
            raise ValueError("la fin précède le début")
        return self


class ConsequenceChangement(Modele):
    """What to change in a conséquence."""

    debut: Jour | None = None
    fin: Jour | None = None
    champs: dict[str, Any] | None = None
    reference_externe: ReferenceExterne | None = None
    version: Version | None = None


class EvenementEntree(Modele):
    """A sinistre to declare: saving it is the declaration."""

    agent: Reference
    nature: Code
    date_survenance: Jour
    numero: str | None = Field(None, min_length=1, max_length=40)
    sans_arret: bool = False
    tiers_implique: bool = False
    champs: dict[str, Any] = Field(default_factory=dict)
    consequences: list[ConsequenceEntree] = Field(default_factory=list, max_length=100)
    reference_externe: ReferenceExterne | None = None


class EvenementChangement(Modele):
    """What to change in an event; its requirements are derived again."""

    nature: Code | None = None
    date_survenance: Jour | None = None
    numero: str | None = Field(None, min_length=1, max_length=40)
    sans_arret: bool | None = None
    tiers_implique: bool | None = None
    etat: Literal["en_cours", "a_cloturer", "clos"] | None = None
    champs: dict[str, Any] | None = None
    reference_externe: ReferenceExterne | None = None
    version: Version | None = None


class EvenementRecherche(ParReferenceExterne):
    """How events are listed."""

    collectivite: Reference | None = None
    agent: Reference | None = None
    nature: Code | None = None
    etat: Literal["en_cours", "a_cloturer", "clos"] | None = None


class ClotureEntree(Modele):
    """Why a file is closed."""

    motif: Motif
    version: Version | None = None


class FicheAu(Modele):
    """The day the fiche is told at."""

    au: Jour | None = Field(
        None, description="La fiche telle que connue ce jour au soir ; sinon ce jour."
    )


class JourneeRecherche(Page):
    """The day whose entries are listed."""

    jour: Jour = Field(description="Le jour de la saisie, à l'heure de Paris.")


class SalaireEntree(Modele):
    """The pay elements of one month, in euros."""

    mois: str = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", examples=["2026-03"])
    tib: Montant | None = None
    nbi: Montant | None = None
    sft: Montant | None = None
    indemnite_residence: Montant | None = None
    primes: Montant | None = None
    charges_patronales: Montant | None = None


class SalairesEntree(Modele):
    """The pay elements of an event: replaces those already entered."""

    salaires: list[SalaireEntree] = Field(max_length=120)
    version: Version | None = None


class RecoursEntree(Modele):
    """A recours against a third party: saved, or sent."""

    etat: Literal["enregistre", "envoye", "saisi"] = "enregistre"
    champs: dict[str, Any] = Field(default_factory=dict)
    reference_externe: ReferenceExterne | None = None


class RecoursChangement(Modele):
    """What to change in a recours."""

    etat: Literal["enregistre", "envoye", "saisi", "ouvert", "clos"] | None = None
    champs: dict[str, Any] | None = None
    version: Version | None = None


# --- requirements ---------------------------------------------------------------

EtatPieceLu = Literal[
    "attendue",
    "recue_a_verifier",
    "satisfaite",
    "dispensee",
    "impossible_declaree",
    "perimee",
    "retiree",
]


class PieceRecherche(ParReferenceExterne):
    """How requirements are listed."""

    collectivite: Reference | None = None
    etat: EtatPieceLu | None = None
    type: Code | None = None
    agent: Reference | None = None
    evenement: Reference | None = None
    exigible_avant: Jour | None = None


class PieceEntree(Modele):
    """A requirement opened by a person, beside those the matrix implies."""

    evenement: Reference
    type: Code
    motif: Motif
    consequence: Reference | None = None
    precision: str | None = Field(None, max_length=80)
    debut: Jour | None = None
    fin: Jour | None = Field(None, description="Dernier jour inclus.")
    exigible_le: Jour | None = None
    echeance: Jour | None = None
    montant: Montant | None = None
    reference_externe: ReferenceExterne | None = None


class Acte(Modele):
    """A human act, with its reason."""

    motif: Motif
