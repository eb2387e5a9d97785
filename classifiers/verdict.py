"""What a classifier answers: a type, how sure, the fields read, and why.

« Je ne sais pas » is an answer: `type` is then `INCONNU`, and `suggestions` says what it
looks like. Reasons are sentences a clerk can check on the page.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from classifiers.evidence import Zone

INCONNU = "INCONNU"
AUTRE = "AUTRE"
BLANCHE = "BLANCHE"


class Certitude(enum.Enum):
    """How far a verdict may be relied on."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    INCONNU = "inconnu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raison:
    """One reason, in French, with the place on the page that shows it."""

    code: str
    detail: str
    page: int | None = None
    zone: Zone | None = None
    poids: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Champ:
    """One field: its normal value, the words read, where, and how sure (0 to 1).

    Values are text: ISO days (`2026-02-03`), amounts with a point (`1234.50`), numbers
    without spaces, booleans as `true` / `false`, months as `2026-03`.
    """

    nom: str
    valeur: str
    lu: str = ""
    page: int | None = None
    zone: Zone | None = None
    confiance: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The type of a paper (a code of the catalogue, or `INCONNU`) and its fields."""

    type: str
    certitude: Certitude
    confiance: float
    raisons: tuple[Raison, ...] = ()
    champs: Mapping[str, Champ] = field(default_factory=dict)
    # other types it could be, best first, with their score
    suggestions: tuple[tuple[str, float], ...] = ()
    # several people on one paper (a CPAM slip for two agents): one mapping per line
    lignes: tuple[Mapping[str, Champ], ...] = ()
    # carries what only a medical-secrecy profile may see
    is_medical: bool = False
    # the version of the learned model that proposed the type; None: the rules did
    modele: int | None = None
    # the learned model is alone to say so: a person confirms before anything is closed
    is_to_confirm: bool = False

    def valeur(self, nom: str) -> str | None:
        """Return the value of a field, or None when it was not read."""
        champ = self.champs.get(nom)
        return champ.valeur if champ else None
