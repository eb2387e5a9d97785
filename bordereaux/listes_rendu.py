"""A frozen list → its two files: PDF and spreadsheet, from the same values."""

import datetime as dt
from typing import Any

from bordereaux.listes import french
from socle import tableaux, tableurs
from socle.clock import PARIS
from socle.tableaux import Colonne, Section, Tableau
from socle.tableurs import Feuille

Json = dict[str, Any]
VIDE = "Aucun arrêt pour ce risque."
_COLONNES = (
    Colonne(titre="Agent"),
    Colonne(titre="Matricule", largeur=18),
    Colonne(titre="Service", largeur=32),
    Colonne(titre="Nature et dossier", largeur=46),
    Colonne(titre="Du", largeur=20),
    Colonne(titre="Au", largeur=20),
    Colonne(titre="Jours", largeur=14, is_nombre=True),
    Colonne(titre="Reprise", largeur=20),
    Colonne(titre="Depuis la précédente", largeur=40),
)
_FEUILLE = (
    "Risque", "Agent", "Matricule", "Service", "Régime", "Budget de cotisation",
    "Nature", "N° de dossier", "Du", "Au", "Jours de l'arrêt", "Jours dans la période",
    "Avis", "Reprise le", "Depuis la liste précédente",
)  # fmt: skip
_ETATS = {"nouveau": "nouveau", "modifie": "modifié", "inchange": "", "premiere": ""}
_NOMS = {
    "debut": "du", "fin": "au", "nb_avis": "avis", "reprise_le": "reprise",
    "nature": "nature", "service": "service", "risque": "risque",
}  # fmt: skip


def pdf(kept: Json, *, instant: dt.datetime) -> bytes:
    """Return the PDF of a list as frozen; the same bytes each time."""
    gone_lines = [gone(one) for one in kept["changements"]["disparus"]]
    return tableaux.pdf(
        Tableau(
            titre=kept["titre"],
            auteur=kept["collectivite"],
            pied=f"{kept['titre']}, édition n° {kept['rang']} du {kept['edite_le']}. "
            "Données de santé : à ne pas transmettre par courriel.",
            parametres=[
                ("Collectivité", kept["collectivite"]),
                ("Période", kept["periode_dite"]),
                *((name, value) for name, value in kept["parametres"]),
            ],
            phrases=[f"{told(kept['total'])}.", *filter(None, [kept["evolution"]])],
            colonnes=_COLONNES,
            sections=[
                Section(
                    titre=f"{one['risque']} ({told(one)})"
                    if one["lignes"]
                    else one["risque"],
                    lignes=[_cells(line) for line in one["lignes"]],
                )
                for one in kept["sections"]
            ],
            vide=VIDE,
            annexes=[("Sortis de la liste depuis la précédente", gone_lines)],
        ),
        instant=instant,
    )


def _cells(one: Json) -> list[str]:
    return [
        one["agent"], one["matricule"], one["service"],
        f"{one['nature']}, {one['numero']}", french(one["debut"]), french(one["fin"]),
        str(one["nb_jours"]), french(one["reprise_le"]), change(one),
    ]  # fmt: skip


def change(one: Json) -> str:
    """Say what changed on a line since the last run.

    >>> change({"etat": "modifie", "avant": {"fin": "2026-09-30"}})
    'modifié (avant : au 30/09/2026)'
    """
    former = ", ".join(
        f"{_NOMS[name]} {french(value) if name in _DAYS else value or 'aucune'}"
        for name, value in one.get("avant", {}).items()
    )
    said = _ETATS[one["etat"]]
    return f"{said} (avant : {former})" if former else said


_DAYS = frozenset({"debut", "fin"})


def gone(one: Json) -> str:
    """Say a line that left the list."""
    days = f"du {french(one['debut'])} au {french(one['fin'])}"
    return f"{one['agent']}, {one['nature']}, {one['numero']}, {days}"


def told(total: Json) -> str:
    """Say what lines add up to.

    >>> told({"nb_arrets": 1, "nb_agents": 1, "nb_jours": 12})
    '1 arrêt, 1 agent, 12 jours dans la période'
    """
    words = (("nb_arrets", "arrêt"), ("nb_agents", "agent"), ("nb_jours", "jour"))
    parts = [
        f"{total[name]} {word}{'s' if total[name] > 1 else ''}" for name, word in words
    ]
    return f"{', '.join(parts)} dans la période"


def xlsx(kept: Json, *, instant: dt.datetime) -> bytes:
    """Return the spreadsheet of a list as frozen; the same bytes each time."""
    lines = [_row(one) for section in kept["sections"] for one in section["lignes"]]
    total = kept["total"]
    arrets = Feuille(
        titre="Arrêts",
        colonnes=_FEUILLE,
        lignes=lines,
        total=("Total", f"{total['nb_agents']} agent(s)", *[None] * 9,
               total["nb_jours"], *[None] * 3),
    )  # fmt: skip
    risques = Feuille(
        titre="Par risque",
        colonnes=("Risque", "Arrêts", "Agents", "Jours dans la période"),
        lignes=[
            (s["risque"], s["nb_arrets"], s["nb_agents"], s["nb_jours"])
            for s in kept["sections"]
        ],
        total=("Total", total["nb_arrets"], total["nb_agents"], total["nb_jours"]),
    )
    gone_lines = kept["changements"]["disparus"]
    sortis = Feuille(
        titre="Sortis de la liste",
        colonnes=("Agent", "Nature", "N° de dossier", "Du", "Au"),
        lignes=[
            (one["agent"], one["nature"], one["numero"], _day(one["debut"]),
             _day(one["fin"]))
            for one in gone_lines
        ],
    )  # fmt: skip
    demande = Feuille(
        titre="Demande",
        colonnes=("Paramètre", "Valeur"),
        lignes=[
            ("Collectivité", kept["collectivite"]),
            ("Édition", f"n° {kept['rang']} du {kept['edite_le']}"),
            ("Période", kept["periode_dite"]),
            *kept["parametres"],
        ],
    )
    return tableurs.write_xlsx(
        [arrets, risques, sortis, demande], titre=kept["titre"], instant=instant
    )


def _row(one: Json) -> tuple[tableurs.Cellule, ...]:
    return (
        one["risque"], one["agent"], one["matricule"], one["service"], one["regime"],
        one["budget"], one["nature"], one["numero"], _day(one["debut"]),
        _day(one["fin"]), one["nb_jours"], one["nb_jours_periode"], one["nb_avis"],
        _day(one["reprise_le"]), change(one),
    )  # fmt: skip


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def moment(now: dt.datetime) -> str:
    """Return an instant as people read it, in Paris.

    >>> moment(dt.datetime(2026, 9, 30, 10, tzinfo=dt.UTC))
    '30/09/2026 à 12 h 00'
    """
    return now.astimezone(PARIS).strftime("%d/%m/%Y à %H h %M")
