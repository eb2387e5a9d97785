"""The invented register: collectivités, agents, events and the papers they call for."""

import calendar
import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fabrique import noms, numeros

Fiche = dict[str, Any]
JOUR = dt.timedelta(days=1)
REFERENCE = dt.date(2026, 7, 15)

NATURES = {
    "AS": "Accident de service",
    "AT": "Accident du travail",
    "TRAJET": "Accident de trajet",
    "MP": "Maladie professionnelle",
    "CMO": "Congé de maladie ordinaire",
    "CLM": "Congé de longue maladie",
    "CLD": "Congé de longue durée",
    "CGM": "Congé de grave maladie",
    "MAT": "Maternité",
    "ADO": "Adoption",
    "PAT": "Paternité et accueil de l'enfant",
    "DECES": "Décès",
    "TPT": "Temps partiel pour raison thérapeutique",
}
TYPES = {
    "AAT": "Avis d'arrêt de travail",
    "CMATMP": "Certificat médical AT/MP",
    "CERT_ARRET": "Certificat d'arrêt de travail",
    "CERT_MED": "Certificat médical",
    "CERT_FINAL": "Certificat médical final",
    "DECL_AS": "Déclaration d'accident de service ou de trajet",
    "DECL_MP": "Déclaration de maladie professionnelle",
    "DAT": "Déclaration d'accident du travail (employeur)",
    "FEUILLE_AT": "Feuille d'accident du travail",
    "ATT_PEC": "Attestation de prise en charge",
    "ENQUETE": "Enquête administrative",
    "ARRETE": "Arrêté",
    "PV_CM": "Avis du conseil médical",
    "BULLETIN": "Bulletin de paie",
    "ATT_SALAIRE": "Attestation de salaire",
    "DECOMPTE_IJ": "Décompte d'indemnités journalières",
    "CERT_GROSSESSE": "Certificat de grossesse",
    "ACTE_NAISSANCE": "Acte de naissance",
    "ADOPTION": "Justificatif d'adoption",
    "ACTE_DECES": "Acte de décès",
    "CERT_DECES": "Certificat de décès",
    "AYANTS_DROIT": "Attestation d'ayants droit",
    "ORDONNANCE": "Ordonnance",
    "FEUILLE_SOINS": "Feuille de soins",
    "FACTURE": "Facture",
    "TRANSPORT": "Prescription de transport",
    "DEVIS": "Devis",
    "DECOMPTE_MUT": "Décompte de mutuelle",
    "RIB": "Relevé d'identité bancaire",
    "DEMANDE_TPT": "Demande de temps partiel thérapeutique",
    "EXPERTISE": "Rapport d'expertise",
    "RECOURS": "Demande de recours contre tiers",
    "BORD_PAPIER": "Bordereau d'envoi",
    "COURRIER": "Courrier",
    "AUTRE": "Autre",
    "BLANCHE": "Page blanche",
}
SUBSTITUTS = {"AAT": ["CERT_ARRET"], "CERT_FINAL": ["CMATMP"]}
ABSENCES = ("ARRET", "PROLONG", "REPRISE_TPT")
ACCIDENTS = ("AS", "AT", "TRAJET", "MP")


def tell(evenement: Fiche, tirage: random.Random) -> dict[str, str]:
    """Invent once what happened, and declare it in the fields of the event."""
    told: dict[str, str] = evenement.setdefault("_recit", {})
    if not told:
        way = noms.TRAJETS if evenement["nature"] == "TRAJET" else noms.ACCIDENTS
        text, nature, siege, lieu = tirage.choice(way)
        minute = tirage.choice((0, 10, 15, 30, 45))
        hour = f"{tirage.randint(7, 17):02d}:{minute:02d}"
        told.update(
            texte=text,
            lesion=nature,
            siege=siege,
            lieu=lieu,
            heure=hour,
            temoin=tirage.choice(noms.TEMOINS),
        )
        evenement["champs"] |= {
            "heure": hour,
            "lieu": lieu,
            "circonstances": text,
            "lesions": nature,
            "siege": siege,
        }
    return told


def fields(
    nature: str, on: dt.date, suites: Sequence[tuple[Any, ...]]
) -> dict[str, Any]:
    """Return the fields a nature asks for, from the days of the event."""
    ends = [suite[2] for suite in suites if suite[0] in ABSENCES]
    span = {"debut": on.isoformat(), "fin": max(ends, default=on).isoformat()}
    return {
        "MP": {"premiere_constatation_le": on.isoformat(), "maladie": "canal carpien"},
        "CLM": span | {"decision": "octroi"},
        "CLD": span | {"decision": "octroi"},
        "CGM": span | {"decision": "octroi"},
        "MAT": {"dpa": (on + JOUR * 42).isoformat(), "rang": 1, "attendus": 1},
        "ADO": {"arrivee_le": on.isoformat()},
        "PAT": {"naissance_le": on.isoformat()},
        "TPT": span,
    }.get(nature, {})


def mois_de(debut: dt.date, fin: dt.date) -> list[tuple[dt.date, dt.date]]:
    """Return the first and last day of every month touched."""
    found = []
    day = debut.replace(day=1)
    while day <= fin:
        last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
        found.append((day, last))
        day = last + JOUR
    return found


@dataclass
class Monde:
    """Everything invented, and the generator it comes from."""

    tirage: random.Random
    collectivites: list[Fiche] = field(default_factory=list)
    agents: list[Fiche] = field(default_factory=list)
    evenements: list[Fiche] = field(default_factory=list)
    exigences: list[Fiche] = field(default_factory=list)
    familles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.familles = list(noms.FAMILLES)
        self.tirage.shuffle(self.familles)
        for rank, row in enumerate(noms.COLLECTIVITES):
            self._collectivite(rank, *row)

    # --- parties ----------------------------------------------------------

    def _collectivite(
        self, rank: int, nom: str, forme: str, ville: str, postal: str, dep: str
    ) -> None:
        siren = numeros.siren(self.tirage, "29")
        self.collectivites.append(
            {
                "code": f"EMP{rank + 1:02d}",
                "nom": nom,
                "type": forme,
                "siren": siren,
                "siret": numeros.siret(self.tirage, siren),
                "adresse": f"{rank * 7 + 2} {noms.VOIES[rank * 3]}",
                "code_postal": postal,
                "ville": ville,
                "departement": dep,
                "contrat": {
                    "numero": f"CS-{2025 + rank % 2}-{340 + rank * 17}",
                    "delai_pieces_jours": (90, 180, 90)[rank],
                    "debut": "2025-01-01",
                    "fin": "2028-12-31",
                },
                "budgets_cotisation": ["Budget principal"],
            }
        )

    def agent(self, coll: int, **choix: Any) -> Fiche:
        """Invent an agent of the collectivité of this rank; `choix` replaces fields."""
        tirage = self.tirage
        sexe = choix.get("sexe") or tirage.choice("FM")
        birth = choix.get("naissance") or dt.date(
            tirage.randint(1962, 1999), tirage.randint(1, 12), tirage.randint(1, 28)
        )
        pool = noms.FEMMES if sexe == "F" else noms.HOMMES
        grade = choix.get("grade") or tirage.choice(noms.GRADES)[0]
        regime = choix.get("regime", "CNRACL")
        home = self.collectivites[coll]
        serie = len(self.agents) + 1
        fiche = {
            "code": f"AG{serie:03d}",
            "collectivite": home["code"],
            "matricule": choix.get("matricule")
            or f"{home['code'][-1]}{serie * 37 + 1104:05d}",
            "nom_famille": choix.get("nom") or self.familles.pop(),
            "nom_usage": choix.get("usage"),
            "prenoms": choix.get("prenoms") or [tirage.choice(pool)],
            "sexe": sexe,
            "date_naissance": birth.isoformat(),
            "nir": numeros.nir(tirage, birth, sexe),
            "regime": regime,
            "statut": "titulaire" if regime == "CNRACL" else "contractuel",
            "grade": grade,
            "service": choix.get("service") or tirage.choice(noms.SERVICES),
            "echelon": tirage.randint(1, 11),
            "indice_majore": tirage.randint(366, 520),
            "nbi_points": tirage.choice((0, 0, 0, 10, 15)),
            "enfants_a_charge": tirage.choice((0, 0, 1, 2, 3)),
            "quotite_hebdo_heures": 35 if regime == "CNRACL" else 24,
            "date_entree": dt.date(tirage.randint(2005, 2022), 9, 1).isoformat(),
            "adresse": {
                "voie": f"{tirage.randint(1, 88)} {tirage.choice(noms.VOIES)}",
                "code_postal": home["code_postal"],
                "ville": home["ville"],
            },
        }
        self.agents.append(fiche)
        return fiche

    def employeur(self, fiche: Fiche) -> Fiche:
        """Return the collectivité of an agent (or event)."""
        return next(c for c in self.collectivites if c["code"] == fiche["collectivite"])

    def agent_de(self, evenement: Fiche) -> Fiche:
        """Return the agent of an event."""
        return next(a for a in self.agents if a["code"] == evenement["agent"])

    # --- events -----------------------------------------------------------

    def evenement(
        self,
        agent: Fiche,
        nature: str,
        survenance: dt.date,
        *,
        sans_arret: bool = False,
        tiers: bool = False,
        champs: dict[str, Any] | None = None,
        suites: Sequence[tuple[Any, ...]] = (),
    ) -> Fiche:
        """Declare an event and its conséquences; open the lines they imply.

        `suites`: (type, début, fin or None, extra fields).
        """
        serie = len(self.evenements) + 1
        fiche: Fiche = {
            "code": f"EVT{serie:03d}",
            "numero": f"DO{survenance:%y}-{serie * 13 + 4100}",
            "collectivite": agent["collectivite"],
            "agent": agent["code"],
            "nature": nature,
            "libelle": NATURES[nature],
            "date_survenance": survenance.isoformat(),
            "sans_arret": sans_arret,
            "tiers_implique": tiers,
            "etat": "en_cours",
            "champs": fields(nature, survenance, suites) | (champs or {}),
            "consequences": [],
        }
        if nature in {"AS", "AT", "TRAJET"}:
            tell(fiche, self.tirage)
        for rank, suite in enumerate(suites, start=1):
            kind, du, au, *rest = suite
            consequence = {
                "code": f"{fiche['code']}-C{rank}",
                "type": kind,
                "du": du.isoformat(),
                "au": (au or du).isoformat(),
            }
            fiche["consequences"].append(consequence | (rest[0] if rest else {}))
        self.evenements.append(fiche)
        self._open_lines(fiche, agent, survenance)
        return fiche

    def line(
        self,
        evenement: Fiche,
        kind: str,
        on: dt.date,
        *,
        precision: str | None = None,
        periode: tuple[dt.date, dt.date] | None = None,
        consequence: str | None = None,
        montant: str | None = None,
    ) -> Fiche:
        """Open one requirement."""
        home = self.employeur(evenement)
        due = (periode[1] if periode else on) + JOUR
        delay = dt.timedelta(days=home["contrat"]["delai_pieces_jours"])
        label = TYPES[kind] + (f" ({precision})" if precision else "")
        fiche: Fiche = {
            "code": f"EX{len(self.exigences) + 1:04d}",
            "evenement": evenement["code"],
            "consequence": consequence,
            "agent": evenement["agent"],
            "collectivite": evenement["collectivite"],
            "type_document": kind,
            "types_acceptes": [kind, *SUBSTITUTS.get(kind, ())],
            "libelle": label,
            "precision": precision,
            "periode": None
            if periode is None
            else {"du": periode[0].isoformat(), "au": periode[1].isoformat()},
            "date_reference": on.isoformat(),
            "exigible_le": due.isoformat(),
            "echeance": (due + delay).isoformat(),
            "etat": "ouverte",
            "integre_le": None,
        }
        if montant is not None:
            fiche["montant"] = montant
        self.exigences.append(fiche)
        return fiche

    def find(
        self,
        evenement: Fiche,
        kind: str,
        *,
        precision: str | None = None,
        du: dt.date | None = None,
    ) -> Fiche:
        """Return the first line of this event that matches."""
        for line in self.exigences:
            if line["evenement"] != evenement["code"] or line["type_document"] != kind:
                continue
            if precision is not None and line["precision"] != precision:
                continue
            if du is not None and (line["periode"] or {}).get("du") != du.isoformat():
                continue
            return line
        raise LookupError(f"{evenement['code']} {kind} {precision} {du}")

    def _open_lines(self, evenement: Fiche, agent: Fiche, survenance: dt.date) -> None:
        nature, regime = evenement["nature"], agent["regime"]
        opening = {
            "AS": ("DECL_AS", "ENQUETE", "CMATMP:initial", "ARRETE:imputabilité"),
            "TRAJET": ("DECL_AS", "ENQUETE", "CMATMP:initial", "ARRETE:imputabilité"),
            "AT": ("DAT", "ENQUETE", "CMATMP:initial", "ATT_SALAIRE"),
            "MP": ("DECL_MP", "CMATMP:initial", "EXPERTISE", "PV_CM:imputabilité",
                   "ARRETE:imputabilité"),
            "CLM": ("PV_CM:octroi CLM",), "CLD": ("PV_CM:octroi CLD",),
            "CGM": ("PV_CM:octroi CGM",),
            "MAT": ("CERT_GROSSESSE", "ACTE_NAISSANCE"), "PAT": ("ACTE_NAISSANCE",),
            "ADO": ("ADOPTION",), "TPT": ("DEMANDE_TPT", "CERT_MED:TPT"),
            "DECES": ("ACTE_DECES", "CERT_DECES", "AYANTS_DROIT", "RIB:ayant droit"),
        }  # fmt: skip
        for wanted in opening.get(nature, ()):
            kind, _, precision = wanted.partition(":")
            self.line(evenement, kind, survenance, precision=precision or None)
        if evenement["tiers_implique"]:
            self.line(evenement, "RECOURS", survenance)
        spans = []
        for suite in evenement["consequences"]:
            span = (
                dt.date.fromisoformat(suite["du"]),
                dt.date.fromisoformat(suite["au"]),
            )
            if suite["type"] in ABSENCES:
                spans.append(span)
            self._lines_of(evenement, agent, suite, span)
        if spans:
            whole = (min(a for a, _ in spans), max(z for _, z in spans))
            precision = "TPT" if nature == "TPT" else "congé"
            self.line(evenement, "ARRETE", whole[0], precision=precision, periode=whole)
            for month in mois_de(*whole):
                self.line(evenement, "BULLETIN", month[0], periode=month)
            if regime != "CNRACL" and nature in {"AT", "CMO", "CGM", "MAT"}:
                self.line(evenement, "DECOMPTE_IJ", whole[0], periode=whole)

    def _lines_of(
        self,
        evenement: Fiche,
        agent: Fiche,
        suite: Fiche,
        span: tuple[dt.date, dt.date],
    ) -> None:
        kind, code = suite["type"], suite["code"]
        if kind in {"ARRET", "PROLONG"} and evenement["nature"] in {*ACCIDENTS, "CMO"}:
            precision = "initial" if kind == "ARRET" else "prolongation"
            self.line(evenement, "AAT", span[0], precision=precision, periode=span,
                      consequence=code)  # fmt: skip
        elif kind == "RECHUTE":
            self.line(
                evenement, "CMATMP", span[0], precision="rechute", consequence=code
            )
        elif kind == "CONSOLID":
            self.line(evenement, "CERT_FINAL", span[0], consequence=code)
        elif kind == "FRAIS":
            self.line(evenement, suite["piece"], span[0], consequence=code,
                      montant=suite.get("montant"))  # fmt: skip

    def referentiel(self) -> Fiche:
        """Return what is written in `referentiel.json`."""
        return {
            "version": 1,
            "date_reference": REFERENCE.isoformat(),
            "avertissement": "Données inventées : aucune personne, aucune collectivité "
            "ni aucun numéro n'existe.",
            "natures": NATURES,
            "types_document": TYPES,
            "collectivites": self.collectivites,
            "agents": self.agents,
            "evenements": self.evenements,
            "exigences": self.exigences,
        }
