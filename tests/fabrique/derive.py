"""Other layouts of the same papers: labels said otherwise, other shapes, other measures.

Real forms of one kind differ by their words and their boxes more than by what they ask.
Two lots of words that share none: one to learn from, one kept aside for the proof.
"""

import random
import re
from dataclasses import replace
from typing import Any, Literal

from tests.fabrique.blocs import Bloc
from tests.fabrique.papiers.base import Papier

Lot = Literal["connu", "autre", "epreuve"]

# what is printed → how others print it: first half for « autre », the rest for « epreuve »
MOTS: dict[str, tuple[str, ...]] = {
    "numéro d'immatriculation": ("N° de sécurité sociale", "N° d'assuré social",
                                 "n° d'immatriculation de l'assuré(e)", "N° SS"),
    "n° d'immatriculation": ("numéro de sécurité sociale", "N° d'assuré social",
                             "immatriculation", "NIR"),
    "numéro de sécurité sociale": ("N° INSEE", "n° de sécu.", "Immatriculation", "NIR"),
    "nom et prénom": ("NOM, Prénom", "Nom Prénom", "nom, prénoms", "Prénom et nom"),
    "nom, prénom": ("nom et prénom", "Nom / prénom", "nom prénom", "nom et prénoms"),
    "nom et prénoms": ("nom, prénom(s)", "Nom et prénom", "NOM Prénoms", "nom, prénoms"),
    "nom de famille": ("nom de naissance", "Nom (de naissance)", "Nom patronymique",
                       "NOM"),
    "nom d'usage": ("Nom marital", "nom d'épouse", "Nom d'usage (s'il y a lieu)",
                    "Nom d'usage (facultatif)"),
    "prénom": ("Prénom(s)", "Prénoms", "1er prénom", "Prénom usuel"),
    "né(e) le": ("Date de naissance", "née / né le", "Naissance", "né(e), le"),
    "date de naissance": ("né(e) le", "Né le", "date naiss.", "DDN"),
    "date de l'accident": ("date de l'AT", "Accident survenu le", "date du sinistre",
                           "jour de l'accident"),
    "date de l'at/mp": ("date de l'accident du travail", "AT/MP du", "date AT-MP",
                        "accident ou maladie du"),
    "date de l'accident ou de la première constatation médicale": (
        "date de l'AT ou de la 1re constatation", "accident ou maladie constatée le",
        "date de l'AT ou de la MP", "AT/MP en date du"),
    "à compter du": ("du", "à partir du", "débutant le", "dès le"),
    "jusqu'au": ("au", "jusqu'au (inclus)", "se terminant le", "jusques et y compris le"),
    "jusqu'au (inclus)": ("au inclus", "jusqu'au", "et finissant le", "dernier jour le"),
    "arrêt de travail prescrit à compter du": (
        "Arrêt prescrit du", "Date de début de l'arrêt", "Début de l'arrêt",
        "Premier jour d'arrêt"),
    "arrêt de travail du": ("arrêt du", "arrêt prescrit à compter du", "en arrêt depuis le",
                            "arrêt à partir du"),
    "date": ("Fait le", "date d'établissement", "établi le", "Le"),
    "fait le": ("le", "Date :", "Établi le", "Délivré le"),
    "heure": ("à (heure)", "Heure de l'accident", "Heure approximative", "Horaire"),
    "lieu": ("Lieu de l'accident", "Endroit", "Lieu exact", "Adresse du lieu"),
    "lieu précis": ("Lieu de l'accident", "Lieu précis de l'accident", "Lieu exact",
                    "Où s'est produit l'accident"),
    "lieu de l'accident": ("Lieu", "Lieu précis", "Lieu exact de l'accident", "Endroit"),
    "nature des lésions": ("Lésions", "Nature de la lésion", "Type de lésion",
                           "Blessure(s)"),
    "siège des lésions": ("Siège", "Siège de la lésion", "Partie du corps atteinte",
                          "Localisation"),
    "témoin": ("Témoin(s)", "Nom du témoin", "Personne présente", "Témoin direct"),
    "employeur": ("Collectivité", "Nom de l'employeur", "Administration",
                  "Établissement employeur"),
    "grade": ("Grade ou emploi", "Emploi", "Cadre d'emplois et grade", "Grade / fonction"),
    "matricule": ("N° matricule", "Matricule agent", "Matricule n°", "Mat."),
    "assureur": ("Compagnie d'assurance", "Assurance", "Société d'assurance",
                 "Assureur du véhicule"),
    "assureur du tiers": ("Compagnie d'assurance du tiers", "Assurance du tiers",
                          "Assureur adverse", "Société d'assurance du tiers"),
    "n° de contrat": ("N° de police", "contrat n°", "police n°", "référence du contrat"),
    "tiers en cause :": ("Tiers responsable :", "Y a-t-il un tiers responsable ?",
                         "Un tiers est-il impliqué ?", "Tiers identifié :"),
    "accident causé par un tiers :": (
        "l'accident est-il causé par un tiers ?", "causé par un tiers :",
        "tiers impliqué :", "un tiers est-il en cause ?"),
    "date présumée de l'accouchement": (
        "date prévue d'accouchement", "DPA", "accouchement prévu le", "Terme prévu"),
    "date de début de grossesse": ("début de la grossesse", "date de conception",
                                   "grossesse débutée le", "DDG"),
    "date de l'examen": ("examen pratiqué le", "examinée le", "date du premier examen",
                         "vue en consultation le"),
    "nombre d'enfants attendus": ("enfant(s) attendu(s)", "nombre de fœtus",
                                  "nb d'enfants attendus", "nombre attendu"),
    "date de consolidation ou de guérison": (
        "consolidation ou guérison le", "guérison / consolidation le",
        "à la date du", "date de la consolidation"),
    "date du dernier jour de travail": ("dernier jour travaillé", "dernier jour de travail",
                                        "a cessé le travail le", "travail cessé le"),
    "montant total (en euros)": ("Total en euros", "montant total", "Total général",
                                 "Total à percevoir"),
    "net à payer": ("Net payé", "NET À PAYER (EUR)", "Net versé", "Net à virer"),
    "total": ("Total général", "Montant total", "TOTAL EUR", "Somme totale"),
    "désignation de la maladie": ("Maladie déclarée", "Nature de la maladie",
                                  "Pathologie", "Affection déclarée"),
    "date de la première constatation médicale": (
        "1re constatation médicale le", "première constatation médicale",
        "constatée pour la première fois le", "date de 1re constatation"),
    "quotité demandée :": ("Quotité souhaitée :", "Temps de travail demandé :",
                           "Quotité sollicitée :", "Durée de service demandée :"),
    "objet :": ("Objet –", "Obj. :", "Concerne :", "Sujet :"),
}  # fmt: skip
_TAIL = re.compile(r"\s*:\s*$")


def other_layout(papier: Papier, tirage: random.Random, lot: Lot) -> Papier:
    """Return the same paper as another printer would lay it out; « connu »: unchanged."""
    if lot == "connu":
        return papier
    allure = _Allure(tirage, lot)
    blocs = [made for bloc in papier.blocs for made in allure.bloc(bloc)]
    return replace(papier, blocs=blocs, style=papier.style | allure.style(papier.style))


class _Allure:
    """The habits of one printer, the same all over a paper."""

    def __init__(self, tirage: random.Random, lot: Lot) -> None:
        self.tirage = tirage
        self.lot = lot
        self.formes = tirage.choice((None, "ligne", "points", "boite", "nu"))
        self.dessus = tirage.random() < 0.25
        self.peigne = tirage.choice((None, "boite", "ouvert"))
        self.peigne_dessus = tirage.random() < 0.2
        self.capitales = tirage.random() < 0.2
        self.deux_points = tirage.choice((None, True, False))
        self.apres = tirage.random() < 0.2
        self.en_chiffres = tirage.random() < 0.3
        self.said: dict[str, str] = {}

    def style(self, known: dict[str, Any]) -> dict[str, Any]:
        """Other measures: type, margins, cells and boxes."""
        draw = self.tirage.uniform
        return {
            "corps": known.get("corps", 10) * draw(0.92, 1.06),
            "mx": min(max(known.get("mx", 15) * draw(0.8, 1.25), 10), 25),
            "case": draw(2.4, 4.0), "dent": draw(3.9, 5.0), "trait": draw(0.3, 1.0),
        }  # fmt: skip

    def words(self, text: str) -> str:
        """Say a label otherwise, the same way on the whole paper."""
        key = text.lower().strip()
        colon = bool(_TAIL.search(text))
        options = MOTS.get(key) or MOTS.get(_TAIL.sub("", key))
        if options is None:
            return text
        half = len(options) // 2
        mine = options[:half] if self.lot == "autre" else options[half:]
        said = self.said.setdefault(key, self.tirage.choice(mine))
        said = said.upper() if self.capitales else said
        wants = colon if self.deux_points is None else self.deux_points
        if wants and not said.endswith((":", "?")):
            said += " :"
        return said

    def bloc(self, bloc: Bloc) -> list[Bloc]:
        """Draw a block anew, and what stands in it."""
        made = dict(bloc)
        kind = made["k"]
        if kind == "champ":
            return [self._field(made)]
        if kind == "peigne":
            return [self._comb(made)]
        if kind == "cases":
            made["label"] = self.words(made["label"])
            made["avant"] = made["avant"] and not self.apres
        elif kind == "grille":
            made["cells"] = [self._all(cell) for cell in made["cells"]]
        elif kind in {"cadre", "place"}:
            made["blocs"] = self._all(made["blocs"])
        elif kind == "tableau":
            made["tete"] = [self._run(cell) for cell in made["tete"]]
            made["lignes"] = [[self._run(row[0]), *row[1:]] for row in made["lignes"]]
        elif kind == "p" and isinstance(made["t"], list):
            made["t"] = [self._run(run) for run in made["t"]]
        return [made]

    def _all(self, blocs: list[Bloc]) -> list[Bloc]:
        return [made for bloc in blocs for made in self.bloc(bloc)]

    def _run(self, run: Any) -> Any:
        return self.words(run) if isinstance(run, str) else run

    def _field(self, bloc: Bloc) -> Bloc:
        bloc["label"] = self.words(bloc["label"])
        bloc["forme"] = self.formes or bloc["forme"]
        bloc["dessus"] = bloc["dessus"] or (self.dessus and bool(bloc["label"].strip()))
        return bloc

    def _comb(self, bloc: Bloc) -> Bloc:
        """Keep the cells of a comb, or make it a day written between slashes."""
        bloc["label"] = self.words(bloc["label"])
        bloc["mots"] = [m | {"avant": self.words(m["avant"])} for m in bloc["mots"]]
        first = bloc["mots"][0]
        is_day = len(bloc["mots"]) == 1 and first["groupes"] == [2, 2, 4]
        if self.en_chiffres and is_day and bloc["label"]:
            val = first["val"]
            text = f"{val[:2]}/{val[2:4]}/{val[4:]}" if val else ""
            return self._field({"k": "champ", "label": bloc["label"], "val": text,
                                "forme": "points", "dessus": False})  # fmt: skip
        bloc["forme"] = self.peigne or bloc["forme"]
        bloc["dessus"] = bloc["dessus"] or (self.peigne_dessus and bool(bloc["label"]))
        return bloc
