"""What a simulation starts from: the person, the history of leaves, the leave studied."""

import datetime as dt
import enum
from dataclasses import dataclass
from decimal import Decimal

from records.droits.compteurs import months_after
from records.droits.resultat import Position
from records.periodes import Periode


class Statut(enum.Enum):
    """The regime the rules depend on."""

    CNRACL = "CNRACL"
    IRCANTEC = "IRCANTEC"
    CONTRACTUEL = "CONTRACTUEL"

    @property
    def is_fonctionnaire(self) -> bool:
        """Tell whether the agent is a fonctionnaire, whatever the weekly hours."""
        return self is not Statut.CONTRACTUEL


class Carence(enum.Enum):
    """Whether the unpaid first day applies to an avis."""

    APPLIQUEE = "appliquee"
    EXONEREE = "exoneree"
    ALD = "ald"


class Famille(enum.Enum):
    """Leaves that share one way of counting."""

    CMO = "cmo"
    CLM = "clm"
    CLD = "cld"
    CGM = "cgm"
    ACCIDENT = "accident"
    PARENTALITE = "parentalite"
    SUPPLEMENTAIRE = "supplementaire"
    TPT = "tpt"
    MAINTIEN = "maintien"
    SANS_TRAITEMENT = "sans_traitement"


FAMILLES = {
    "CMO": Famille.CMO,
    "CLM": Famille.CLM,
    "CLD": Famille.CLD,
    "CGM": Famille.CGM,
    "AS": Famille.ACCIDENT,
    "AT": Famille.ACCIDENT,
    "TRAJET": Famille.ACCIDENT,
    "MP": Famille.ACCIDENT,
    "CITIS": Famille.ACCIDENT,
    "MAT": Famille.PARENTALITE,
    "ADO": Famille.PARENTALITE,
    "PAT": Famille.PARENTALITE,
    "NAISSANCE": Famille.PARENTALITE,
    "CSN": Famille.SUPPLEMENTAIRE,
    "TPT": Famille.TPT,
    "MDT": Famille.MAINTIEN,
    "DORS": Famille.SANS_TRAITEMENT,
    "CST": Famille.SANS_TRAITEMENT,
}


INTERRUPTION_MOIS = 4
DEMI_JOUR, UN_JOUR = Decimal("0.5"), Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """The person: regime, trainee or not, first day of service (seniority).

    `is_contrat_r326_6`: recruited by the contract of CGFP R326-6, whose CGM needs no
    three years of service. For a contractuel: `services` are the periods worked when they
    are not continuous, oldest first; `fin_contrat` is the day after the last of the CDD.
    """

    statut: Statut
    is_stagiaire: bool = False
    date_entree: dt.date | None = None
    is_contrat_r326_6: bool = False
    services: tuple[Periode, ...] = ()
    fin_contrat: dt.date | None = None

    @property
    def is_service_discontinu(self) -> bool:
        """Tell whether the year of a contractuel is counted in days of service."""
        return self.statut is Statut.CONTRACTUEL and len(self.services) > 1

    def entree(self, on: dt.date) -> dt.date | None:
        """Return the day from which seniority is counted, None when unknown.

        Without an entry date, it is the first day of the services that no interruption
        of more than four months cuts before `on` (`droits.md` §4).
        """
        if self.date_entree is not None or not self.services:
            return self.date_entree
        since = self.services[0]
        first = since.debut
        for later in self.services[1:]:
            if later.debut > on:
                break
            if months_after(since.fin, INTERRUPTION_MOIS) < later.debut:
                first = later.debut
            since = later
        return first

    def anciennete_mois(self, on: dt.date) -> int | None:
        """Return whole months of service on a day, None when the entry is unknown."""
        entree = self.entree(on)
        if entree is None:
            return None
        months = (on.year - entree.year) * 12 + on.month - entree.month
        return months - (on.day < entree.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class AvisArret:
    """One avis: what the 90 % rule attaches to, so prolongations are kept apart.

    `motif_exoneration` spares the unpaid first day if the law knew it that day;
    `position_connue` is the pay the file already tells (CMO only), taken as it is;
    `is_decision_attendue` keeps half pay after exhaustion; `is_imputable` and `groupe`
    are about CLD. `champ` is how its line is named to the person who gave it.
    """

    nature: str
    periode: Periode
    is_prolongation: bool = False
    carence: Carence = Carence.APPLIQUEE
    is_demi_journees: bool = False
    motif_exoneration: str | None = None
    position_connue: Position | None = None
    is_decision_attendue: bool = False
    is_imputable: bool = False
    groupe: str | None = None
    champ: str = ""

    @property
    def famille(self) -> Famille:
        """The way its days are counted."""
        return FAMILLES[self.nature]

    @property
    def poids(self) -> Decimal:
        """What one day of it weighs: a half when treated by half-days."""
        return DEMI_JOUR if self.is_demi_journees else UN_JOUR
