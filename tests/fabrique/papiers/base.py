"""What every paper is made from, and what it is made into."""

import datetime as dt
import random
from dataclasses import dataclass, field
from typing import Any

from tests.fabrique import noms, numeros
from tests.fabrique.blocs import Bloc
from tests.fabrique.monde import Fiche, Monde

BUREAUX = (
    "Direction des ressources humaines",
    "Service du personnel",
    "Pôle ressources",
)


@dataclass
class Papier:
    """One drawn paper and what is true of it."""

    type: str
    blocs: list[Bloc]
    champs: dict[str, Any] = field(default_factory=dict)
    main: bool = False
    medical: bool = False
    style: dict[str, Any] = field(default_factory=dict)
    types_admis: list[str] = field(default_factory=list)


@dataclass
class Sujet:
    """Who and what a paper speaks of."""

    monde: Monde
    agent: Fiche
    evenement: Fiche | None
    tirage: random.Random

    @property
    def employeur(self) -> Fiche:
        """The agent's collectivité."""
        return self.monde.employeur(self.agent)

    @property
    def naissance(self) -> dt.date:
        """The agent's birth date."""
        return dt.date.fromisoformat(self.agent["date_naissance"])

    @property
    def survenance(self) -> dt.date:
        """The day of the event."""
        assert self.evenement is not None
        return dt.date.fromisoformat(self.evenement["date_survenance"])

    @property
    def prenom(self) -> str:
        """The first name."""
        return self.agent["prenoms"][0]

    @property
    def courant(self) -> str:
        """The name used at work."""
        return self.agent["nom_usage"] or self.agent["nom_famille"]

    @property
    def civilite(self) -> str:
        """Madame or Monsieur."""
        return "Madame" if self.agent["sexe"] == "F" else "Monsieur"

    @property
    def accord(self) -> str:
        """The e of the feminine."""
        return "e" if self.agent["sexe"] == "F" else ""

    def nom(self, forme: str = "papier") -> str:
        """Write the name: `papier`, `courant`, `civil` or `prenom`."""
        family, usage = self.agent["nom_famille"], self.agent["nom_usage"]
        if forme == "papier":
            text = f"{family} {usage}" if usage else family
            return f"{text} {self.prenom}"
        if forme == "civil":
            if usage:
                return f"{self.civilite} {usage} né{self.accord} {family} {self.prenom}"
            return f"{self.civilite} {family} {self.prenom}"
        if forme == "prenom":
            return f"{self.civilite} {self.prenom} {self.courant}"
        return f"{self.courant} {self.prenom}"

    def medecin(self) -> tuple[str, str, str]:
        """Invent a doctor: name, RPPS, place."""
        name = self.tirage.choice(noms.MEDECINS)
        place = f"{self.tirage.randint(2, 60)} {self.tirage.choice(noms.VOIES)}"
        return f"Dr {name}", numeros.rpps(self.tirage), place

    def adresse(self) -> str:
        """Write the agent's address on one line."""
        home = self.agent["adresse"]
        return f"{home['voie']}, {home['code_postal']} {home['ville']}"


def entete_employeur(x: Sujet) -> list[Bloc]:
    """Head a letter of the collectivité."""
    from tests.fabrique.blocs import grille, logo, p

    home = x.employeur
    letters = "".join(w[0] for w in home["nom"].split() if w[0].isupper())[:3]
    return [
        grille(
            [1, 6],
            [
                [logo(x.tirage, letters)],
                [
                    p([{"t": home["nom"], "b": True}], size=1.15),
                    p(
                        f"{home['adresse']} – {home['code_postal']} {home['ville']}",
                        size=0.9,
                    ),
                    p(
                        f"SIRET {home['siret']} – {x.tirage.choice(BUREAUX)}",
                        size=0.85,
                    ),
                ],
            ],
        )
    ]


def docteur(medecin: str) -> str:
    """Write a doctor as truth does, whether the paper prints Dr or Docteur."""
    return medecin.replace("Dr ", "Docteur ", 1)


def iso(day: dt.date) -> str:
    """Write a day as truth does."""
    return day.isoformat()
