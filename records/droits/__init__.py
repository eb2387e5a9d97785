"""Rights simulation: every day explained, every rule dated and sourced."""

from records.droits.moteur import simulate
from records.droits.profils import Profil
from records.droits.resultat import Position, Resultat, Tranche
from records.droits.situation import AvisArret, Carence, Situation, Statut

__all__ = [
    "AvisArret",
    "Carence",
    "Position",
    "Profil",
    "Resultat",
    "Situation",
    "Statut",
    "Tranche",
    "simulate",
]
