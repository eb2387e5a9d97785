"""A case: what a user sends in one file, and what should come of it."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from tests.fabrique.monde import Fiche, Monde
from tests.fabrique.papiers.base import Papier, Sujet

JOUR = dt.timedelta(days=1)


@dataclass
class Piece:
    """One paper of a file with its expected links."""

    papier: Papier
    exigences: list[str] | str
    agent: Fiche | None = None
    evenement: Fiche | None = None
    raison: str = ""
    candidats: list[dict[str, str | None]] = field(default_factory=list)
    remarque: str = ""


@dataclass
class Cas:
    """One file: its papers, its sender, its name, and how it should be worn."""

    cle: str
    pieces: list[Piece]
    collectivite: str
    le: dt.date
    nom: str
    dur: bool = False
    genre: str | None = None
    # None: drawn at random; [] : kept clean
    gestes: list[str] | None = None
    # a file that is only a blank page: propre, sale, verso
    blanche: str = ""

    @property
    def types(self) -> set[str]:
        """The types inside."""
        return {piece.papier.type for piece in self.pieces}


class Atelier:
    """What case builders share: the world, its dice, and short cuts."""

    def __init__(self, monde: Monde) -> None:
        self.monde = monde
        self.tirage = monde.tirage
        self.cas: list[Cas] = []

    def sujet(self, agent: Fiche, evenement: Fiche | None) -> Sujet:
        """Bind an agent and an event for drawing."""
        return Sujet(self.monde, agent, evenement, self.tirage)

    def variante(self, cle: str, combien: int) -> int:
        """Deal the layouts of a type one after the other."""
        self._dealt = getattr(self, "_dealt", {})
        rank = self._dealt.get(cle, self.tirage.randrange(combien))
        self._dealt[cle] = rank + 1
        return rank % combien

    def ferme(
        self, x: Sujet, papier: Papier, *lines: Fiche, le: dt.date, nom: str = "",
        **plus: Any,
    ) -> Cas:  # fmt: skip
        """Add a case whose paper closes these lines."""
        piece = Piece(papier, [line["code"] for line in lines], x.agent, x.evenement)
        return self.add(papier.type, [piece], x.agent["collectivite"], le, nom or
                        self.nommer(x, papier), **plus)  # fmt: skip

    def classe(
        self, x: Sujet, papier: Papier, raison: str, *, le: dt.date, nom: str = "",
        remarque: str = "", **plus: Any,
    ) -> Cas:  # fmt: skip
        """Add a case whose paper closes nothing."""
        piece = Piece(papier, "aucune", x.agent, x.evenement, raison, remarque=remarque)
        plus.setdefault("dur", True)
        return self.add(papier.type, [piece], x.agent["collectivite"], le,
                        nom or self.nommer(x, papier), **plus)  # fmt: skip

    def doute(
        self, papier: Papier, raison: str, lines: list[Fiche], *, collectivite: str,
        le: dt.date, nom: str, agent: Fiche | None = None, evenement: Fiche | None = None,
        **plus: Any,
    ) -> Cas:  # fmt: skip
        """Add a case nobody may guess."""
        seen = [{"agent": line["agent"], "evenement": line["evenement"],
                 "exigence": line["code"]} for line in lines]  # fmt: skip
        piece = Piece(papier, "a_verifier", agent, evenement, raison, seen)
        return self.add(papier.type, [piece], collectivite, le, nom, dur=True, **plus)

    def add(
        self, cle: str, pieces: list[Piece], collectivite: str, le: dt.date, nom: str,
        **plus: Any,
    ) -> Cas:  # fmt: skip
        """Keep a case; the deposit follows the paper by a few days."""
        sent = le + JOUR * self.tirage.randint(1, 9)
        made = Cas(cle, pieces, collectivite, sent, nom, **plus)
        self.cas.append(made)
        return made

    def nommer(self, x: Sujet, papier: Papier) -> str:
        """Name the file as people do; sometimes it says nothing, sometimes it lies."""
        words = {
            "AAT": "arret travail",
            "CMATMP": "CMI",
            "CERT_ARRET": "certificat arret",
            "BULLETIN": "bulletin paie",
            "ARRETE": "arrêté",
            "DECL_AS": "déclaration accident",
            "FACTURE": "facture",
            "PV_CM": "PV conseil médical",
            "ENQUETE": "enquete",
            "DECOMPTE_IJ": "decompte secu",
            "ACTE_NAISSANCE": "naissance",
        }
        word = words.get(papier.type, papier.type.lower().replace("_", " "))
        serial = self.tirage.randint(1, 9999)
        if papier.type == "BULLETIN" and self.tirage.random() < 0.1:
            word = "arrêté"
        choices = (
            f"{word} {x.courant}", f"{word}_{x.courant}_{serial}", f"SCAN_{serial:04d}",
            f"{word} ({serial % 7 + 1})", f"{x.courant.title()} {x.prenom} - {word}",
            f"IMG_{serial:04d}", f"Numérisation {serial % 60}",
        )  # fmt: skip
        return self.tirage.choice(choices)
