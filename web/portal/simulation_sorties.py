"""A simulation on paper and in a spreadsheet: the same tranches, the same sentences."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from socle import editions, tableurs
from web.portal.mois_payes import MOTS
from web.portal.presentation import jour, moment
from web.portal.simulation_choix import profile_words

LAYOUT = Path(__file__).parent / "gabarits" / "simulation.typ"
_HUNDRED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One or two results to print, each with its title; texts only."""

    personne: str
    lieu: str
    resultats: tuple[tuple[str, Mapping[str, Any]], ...]
    now: dt.datetime
    reference: str = ""


def rate(taux: str | None) -> str:
    """Say a rate as printed."""
    if taux is None:
        return "à fixer par décret"
    return f"{Decimal(taux) * _HUNDRED:.0f} %"


def profile_line(profil: Mapping[str, Any]) -> str:
    """Say the ten choices on one line."""
    return " ; ".join(f"{label} : {words}" for label, words in profile_words(profil))


def pdf(edition: Edition) -> bytes:
    """Return the printed form (PDF/A and PDF/UA)."""
    values = {
        "titre": "Simulation de droits",
        "personne": edition.personne or "Personne hors registre",
        "lieu": edition.lieu,
        "reference": edition.reference,
        "date": f"Édité le {moment(edition.now)}",
        "cotes": [_printed(title, found) for title, found in edition.resultats],
        "pied": "Simulation indicative : seule la décision de l'employeur engage.",
    }
    return editions.compose(LAYOUT, values, instant=edition.now)


def _printed(title: str, found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "titre": title,
        "recapitulatif": [
            [MOTS[t["position"]], rate(t["taux"]), days(t["jours"])]
            for t in found["recapitulatif"]
        ],
        "reperes": [
            [name, jour(found[key])]
            for name, key in (
                ("Passage à demi-traitement", "passage_demi_traitement"),
                ("Épuisement des droits", "epuisement_le"),
                ("Retour à plein traitement", "retour_plein_le"),
            )
            if found[key]
        ],
        "tranches": [
            [
                f"{jour(t['debut'])} au {jour(t['fin'])}",
                MOTS[t["position"]],
                rate(t["taux"]),
                days(t["jours"]),
                f"{t['explication']} Source : {t['source']}.",
            ]
            for t in found["tranches"]
        ],
        "avertissements": list(found["avertissements"]),
        "profil": f"Profil de calcul : {profile_line(found['profil'])}. Règles "
        f"{found['version_regles']}.",
    }


def days(count: float) -> str:
    """Say a number of days.

    >>> days(1), days(2.5)
    ('1 jour', '2,5 jours')
    """
    plural = "s" if count >= 2 else ""  # noqa: PLR2004 - French plural
    return f"{count:g} jour{plural}".replace(".", ",")


def xlsx(edition: Edition) -> bytes:
    """Return a workbook: one sheet a result, history included."""
    sheets = [
        tableurs.Feuille(
            titre=title,
            colonnes=(
                "Période", "Du", "Au", "Jours", "Position", "Taux", "Nature", "Règle",
                "Source", "Explication",
            ),
            lignes=[
                _line(part, t)
                for part, key in (
                    ("historique", "historique_calcule"), ("arrêt étudié", "tranches"),
                )
                for t in found[key]
            ],
            entete=(
                ("Personne", edition.personne or "hors registre"),
                ("Collectivité", edition.lieu),
                ("Référence", edition.reference),
                ("Passage à demi-traitement", jour(found["passage_demi_traitement"])),
                ("Épuisement des droits", jour(found["epuisement_le"])),
                ("Profil", profile_line(found["profil"])),
                ("Règles", found["version_regles"]),
            ),
        )
        for title, found in edition.resultats
    ]  # fmt: skip
    return tableurs.write_xlsx(
        sheets, titre="Simulation de droits", instant=edition.now
    )


def _line(part: str, t: Mapping[str, Any]) -> tuple[tableurs.Cellule, ...]:
    return (
        part, dt.date.fromisoformat(t["debut"]), dt.date.fromisoformat(t["fin"]),
        Decimal(str(t["jours"])), MOTS[t["position"]], rate(t["taux"]), t["nature"],
        t["regle"], t["source"], t["explication"],
    )  # fmt: skip
