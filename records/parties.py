"""Collectivités, services and agents as values: who insures, who is insured.

Purely descriptive: this room neither searches nor stores.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrat:
    """What the collectivité is covered for, and the delays it agreed to (days)."""

    numero: str
    debut: dt.date
    fin: dt.date | None = None  # excluded; None while it runs
    delai_pieces_jours: int = 90
    parametres: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collectivite:
    """The public employer that declares and is answered."""

    id: int
    reference: str
    nom: str
    siret: str | None = None
    reference_externe: str | None = None
    adresse: dict[str, Any] = field(default_factory=dict)
    budgets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """The insured person, without the NIR: only its keyed hash travels."""

    id: int
    reference: str
    collectivite_id: int
    nom_famille: str
    nom_usage: str | None = None
    prenoms: tuple[str, ...] = ()
    date_naissance: dt.date | None = None
    matricule: str | None = None
    nir_empreinte: str | None = None
    sexe: str | None = None
    regime: str | None = None
    statut: str | None = None
    service_id: int | None = None
    reference_externe: str | None = None
    situation: dict[str, Any] = field(default_factory=dict)
    version: int = 1

    @property
    def nom_courant(self) -> str:
        """The name used at work: nom d'usage when there is one."""
        return self.nom_usage or self.nom_famille

    @property
    def libelle(self) -> str:
        """How lists show the person: « BERNARD née KERVELLA Anne-Laure »."""
        prenom = self.prenoms[0] if self.prenoms else ""
        if self.nom_usage and self.nom_usage != self.nom_famille:
            link = "née" if self.sexe == "F" else "né"
            return f"{self.nom_usage} {link} {self.nom_famille} {prenom}".strip()
        return f"{self.nom_famille} {prenom}".strip()
