"""A file of bordereaux, opened in the box: its tables, its manifest, its décomptes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from records.importation import dialectes
from socle.errors import RefusedError, UnavailableError
from socle.sandbox import MIB, Depasse, Erreur, Limites, Message, Reponse, Sandbox

LECTEUR = "bordereaux.boite.lecture"
MODULES = (LECTEUR,)
MAX_FILE = 256 << 20
_LIMITES = Limites(wall_s=120.0, cpu_s=90, message_max=65 * MIB, answer_max=600 * MIB)
ALIASES = {
    "colis": "n_colis", "numero_colis": "n_colis", "numero_de_colis": "n_colis",
    "bordereau": "n_bordereau", "numero_bordereau": "n_bordereau",
    "date_d_emission": "date_emission", "emis_le": "date_emission",
    "code": "code_collectivite", "contrat_numero": "contrat", "budget": "budget_cotisation",
    "budget_de_cotisation": "budget_cotisation",
    "ligne": "n_ligne", "numero_ligne": "n_ligne", "type": "type_ligne",
    "evenement": "n_evenement", "numero_evenement": "n_evenement",
    "n_d_evenement": "n_evenement", "numero_d_evenement": "n_evenement",
    "date_de_survenance": "date_survenance", "du": "periode_du", "au": "periode_au",
    "debut": "periode_du", "fin": "periode_au", "prenoms": "prenom",
    "nb_jours": "jours_calendaires", "nombre_de_jours": "jours_calendaires",
    "taux": "taux_garanti", "brut": "montant_brut", "rembourse": "montant_rembourse",
    "ij_cpam": "ij_cpam_deduites", "retenues": "retenue", "date_de_soins": "date_soins",
    "date_des_soins": "date_soins", "acte": "nature_acte", "facture": "n_facture",
    "numero_facture": "n_facture", "presente": "montant_presente",
    "retenu": "montant_retenu", "exigence": "code_exigence",
    "piece": "piece_attendue", "iban_masque": "iban",
}  # fmt: skip
CODES = {
    "fichier-vide": "Ce fichier est vide.",
    "archive-illisible": "Cette archive est abîmée, ou d’un format inconnu.",
    "archive-protegee": "Cette archive est protégée par un mot de passe.",
    "archive-bombe": "Cette archive se déploie au-delà du raisonnable.",
    "archive-chemin-interdit": "Cette archive porte un nom de fichier interdit.",
    "archive-imbriquee": "Cette archive en contient une autre : envoyez-les à part.",
    "trop-d-elements": "Ce fichier compte trop d’éléments : partagez-le en plusieurs.",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rangee:
    """One row: the line of its table where it stands, and its cells by column."""

    ligne: int
    valeurs: Mapping[str, str]


@dataclass(slots=True, kw_only=True)
class Table:
    """One CSV, or one sheet: its name, the line of its head, its columns, its rows."""

    nom: str
    ligne_entete: int
    colonnes: tuple[str, ...]
    rangees: list[Rangee] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Fichier:
    """What a file holds; `illisibles` are the files of an archive nobody could read."""

    tables: list[Table] = field(default_factory=list)
    manifeste: Mapping[str, Any] | None = None
    decomptes: dict[str, bytes] = field(default_factory=dict)
    illisibles: list[tuple[str, str]] = field(default_factory=list)

    def take(self, message: Message) -> None:
        """Take one message of the child; what has no known shape is left."""
        corps = message.corps
        if isinstance(corps.get("entete"), list):
            head = [dialectes.column_name(cell, ALIASES) for cell in corps["entete"]]
            self._open(str(corps.get("table", "")), _whole(corps.get("ligne")), head)
        elif isinstance(corps.get("rangees"), list) and self.tables:
            self.tables[-1].rangees += _rows(self.tables[-1], corps["rangees"])
        elif isinstance(corps.get("manifeste"), dict):
            self.manifeste = corps["manifeste"]
        elif "decompte" in corps:
            self.decomptes[str(corps["decompte"])] = message.octets
        elif "illisible" in corps:
            said = (str(corps["illisible"]), str(corps.get("detail", "")))
            self.illisibles.append(said)

    def _open(self, name: str, line: int, head: list[str]) -> None:
        twice = dialectes.doubled(head)
        if twice is not None:
            self.illisibles.append((name, f"la colonne « {twice} » y est deux fois"))
            head = []
        self.tables.append(Table(nom=name, ligne_entete=line, colonnes=tuple(head)))


def _rows(table: Table, rows: list[Any]) -> list[Rangee]:
    if not table.colonnes:
        return []
    names = list(table.colonnes)
    return [
        Rangee(ligne=_whole(line), valeurs=dialectes.named(names, cells))
        for line, cells in rows
    ]


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def read(sandbox: Sandbox, chemin: Path, nom: str) -> Fichier:
    """Open a file in the box.

    Raises `RefusedError` (`bordereau-illisible`, or a code of `CODES`) when the file as a
    whole cannot be read, `UnavailableError` when the box cannot start.
    """
    fichier = Fichier()
    issue = sandbox.run(
        f"{LECTEUR}:ouvrir", chemin, {"nom": nom}, limites=_LIMITES,
        on_message=fichier.take,
    )  # fmt: skip
    if isinstance(issue, Reponse):
        return fichier
    if isinstance(issue, Erreur) and issue.code in CODES:
        raise RefusedError(issue.code, CODES[issue.code])
    if isinstance(issue, Erreur) and issue.code == "bordereau-illisible":
        raise RefusedError(
            "bordereau-illisible",
            f"Ce fichier ne peut pas être lu. {issue.detail[:300]}. "
            "Donnez un CSV, un XLSX ou un ZIP de l’outil Prestations.",
        )
    if isinstance(issue, Depasse):
        raise RefusedError(
            "bordereau-illisible",
            "Ce fichier demande trop de mémoire ou de temps : partagez-le en plusieurs.",
        )
    raise UnavailableError(
        "service-occupe",
        "Ce fichier n’a pas pu être examiné jusqu’au bout. Rien n’a été importé : "
        "vérifiez-le, puis recommencez.",
    )
