"""Where the sources disagree: the ten choices of a computation, printed with its result.

The default is the common practice of the centres de gestion (`droits.md` §14 and §17).
"""

import enum
from dataclasses import dataclass


class Consommation(enum.Enum):
    """P1: what consumes the days at full pay."""

    PLEIN = "plein"
    TOUS = "tous"


class Fenetre(enum.Enum):
    """P2: the first day of the rolling year."""

    PLUS_UN = "plus_un"
    MEME_JOUR = "meme_jour"


class Unite(enum.Enum):
    """P3: how days are counted."""

    CALENDAIRE = "calendaire"
    TRENTE_360 = "30_360"


class Quota(enum.Enum):
    """P4: how three months are measured."""

    JOURS = "90_jours"
    MOIS = "3_mois"


class Evaluation(enum.Enum):
    """P7: when the past year is looked at."""

    QUOTIDIENNE = "quotidienne"
    DEBUT = "debut"


class Declencheur(enum.Enum):
    """P8: which date brings the 90 % of 1 March 2025."""

    AVIS = "avis"
    ARRET = "arret"
    JOUR = "jour"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profil:
    """The choices P1 to P10; the defaults are those of `droits.md` §14."""

    consommation: Consommation = Consommation.PLEIN
    fenetre: Fenetre = Fenetre.PLUS_UN
    unite: Unite = Unite.CALENDAIRE
    quota: Quota = Quota.JOURS
    is_carence_comptee: bool = True  # P5
    plafond_demi: int | None = None  # P6: None, or 270 days
    evaluation: Evaluation = Evaluation.QUOTIDIENNE
    declencheur: Declencheur = Declencheur.AVIS
    is_palier_quotidien: bool = False  # P9: contractuels' seniority looked at each day
    accident_ircantec_mois: int | None = None  # P10: None is without limit
