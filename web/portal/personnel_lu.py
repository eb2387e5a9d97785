"""The forms of agents and services → changes for the register, or what is wrong."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from records.nir import normal_nir
from records.parties import Agent
from socle.errors import RefusedError
from web.portal.declaration_lue import day_typed

MAX_VALUE = 200
REGIMES = (("CNRACL", "CNRACL"), ("IRCANTEC", "IRCANTEC"))
STATUTS = (
    ("titulaire", "Titulaire"),
    ("stagiaire", "Stagiaire"),
    ("contractuel", "Contractuel"),
)
SEXES = (("F", "Femme"), ("M", "Homme"))
# name, label, kind of input, help, is mandatory
IDENTITE = (
    ("nom_famille", "Nom de famille (de naissance)", "text", "", True),
    ("nom_usage", "Nom d’usage", "text", "S’il diffère du nom de famille.", False),
    (
        "prenoms",
        "Prénoms",
        "text",
        "Séparés par des espaces, le premier d’abord.",
        True,
    ),
    ("sexe", "Sexe", SEXES, "", False),
    ("date_naissance", "Date de naissance", "date", "", False),
    ("nir", "Numéro de sécurité sociale", "text", "15 chiffres, clé comprise.", False),
    ("matricule", "Matricule", "text", "", False),
)
SITUATION = (
    ("regime", "Régime", REGIMES, "", False),
    ("statut", "Statut", STATUTS, "", False),
    ("date_entree", "Date d’entrée", "date", "", False),
    (
        "date_fin_contrat",
        "Dernier jour du contrat",
        "date",
        "Contrat à durée déterminée.",
        False,
    ),
    ("grade", "Grade", "text", "", False),
    ("echelon", "Échelon", "text", "", False),
    ("indice_majore", "Indice majoré", "number", "", False),
    ("nbi_points", "Points de NBI", "number", "", False),
    ("quotite_hebdo_heures", "Durée hebdomadaire (heures)", "text", "", False),
    ("enfants_a_charge", "Enfants à charge", "number", "", False),
)
COORDONNEES = (
    ("voie", "Numéro et voie", "text", "", False),
    ("complement", "Complément", "text", "", False),
    ("code_postal", "Code postal", "text", "", False),
    ("ville", "Commune", "text", "", False),
)
PARTIES: Mapping[str, tuple[str, tuple[Any, ...]]] = {
    "identite": ("Identité", IDENTITE),
    "situation": ("Situation", SITUATION),
    "coordonnees": ("Coordonnées", COORDONNEES),
}
_OF_AGENT = frozenset({name for name, *_ in IDENTITE} | {"regime", "statut"})
_MOST = {"number": 5}


@dataclass(slots=True, kw_only=True)
class FormulaireLu:
    """A form as typed, the values it says, and what is wrong with it."""

    typed: dict[str, str]
    valeurs: dict[str, Any] = field(default_factory=dict)
    erreurs: dict[str, str] = field(default_factory=dict)


def read(form: Mapping[str, str], partie: str) -> FormulaireLu:
    """Read one part of an agent; an empty field is None."""
    lue = FormulaireLu(typed={n: v.strip()[:MAX_VALUE] for n, v in form.items()})
    for name, label, kind, _, is_mandatory in PARTIES[partie][1]:
        typed = lue.typed.get(name, "")
        if not typed and is_mandatory:
            lue.erreurs[name] = f"« {label} » est obligatoire."
        lue.valeurs[name] = _value(lue, name, kind, typed) if typed else None
    if partie == "identite":
        lue.valeurs["prenoms"] = lue.typed.get("prenoms", "").split()[:10]
    return lue


def _value(lue: FormulaireLu, name: str, kind: Any, typed: str) -> Any:  # noqa: ANN401
    if isinstance(kind, tuple):
        if typed not in dict(kind):
            lue.erreurs[name] = "Choisissez dans la liste."
        return typed
    if kind == "date":
        return _day(lue, name, typed)
    if kind == "number" and not (typed.isdigit() and len(typed) <= _MOST[kind]):
        lue.erreurs[name] = "Écrivez un nombre entier."
    if name == "nir":
        return _nir(lue, typed)
    if name == "code_postal" and not re.fullmatch(r"\d{5}", typed):
        lue.erreurs[name] = "Un code postal compte cinq chiffres."
    if name in {"nom_famille", "nom_usage"}:
        return typed[:120]
    return typed[:40] if name == "matricule" else typed


def _day(lue: FormulaireLu, name: str, typed: str) -> dt.date | None:
    day = day_typed(typed)
    if day is None or not 1900 <= day.year <= 2200:  # noqa: PLR2004 - a lifetime
        lue.erreurs[name] = "Écrivez la date sous la forme jj/mm/aaaa."
    return day


def _nir(lue: FormulaireLu, typed: str) -> str:
    try:
        return normal_nir(typed)
    except RefusedError as error:
        lue.erreurs["nir"] = error.detail
        return ""


def changes(
    partie: str, lue: FormulaireLu, before: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the changes of an agent that a part says; `before` is the situation kept.

    An empty NIR changes nothing: it is never shown, so it cannot be emptied by mistake.
    """
    own = {n: v for n, v in lue.valeurs.items() if n in _OF_AGENT}
    if not own.get("nir"):
        own.pop("nir", None)
    if partie == "identite":
        return own
    rest = {n: plain(v) for n, v in lue.valeurs.items() if n not in _OF_AGENT}
    situation = dict(before)
    if partie == "coordonnees":
        kept = {n: v for n, v in rest.items() if v}
        situation["adresse"] = kept
    else:
        situation |= rest
    return own | {"situation": {n: v for n, v in situation.items() if v}}


def plain(value: Any) -> Any:  # noqa: ANN401 - a value read
    """Return a value as JSON keeps it."""
    return value.isoformat() if isinstance(value, dt.date) else value


def shown(agent: Agent, partie: str) -> dict[str, str]:
    """Return the fields of a part as the form shows them; never the NIR."""
    address = agent.situation.get("adresse")
    source: Mapping[str, Any] = agent.situation
    if partie == "coordonnees":
        source = address if isinstance(address, dict) else {"voie": address}
    found = {}
    for name, *_ in PARTIES[partie][1]:
        value = getattr(agent, name, None) if name in _OF_AGENT else source.get(name)
        if name == "nir" or value is None:
            value = ""
        found[name] = " ".join(value) if isinstance(value, tuple) else str(plain(value))
    return found


@dataclass(slots=True, kw_only=True)
class ServiceLu(FormulaireLu):
    """The form of a service."""


def read_service(form: Mapping[str, str], prefixe: str = "") -> ServiceLu:
    """Read a service; `fin` typed is the last day, the register excludes it."""
    lue = ServiceLu(typed={n: v.strip()[:MAX_VALUE] for n, v in form.items()})
    for name, label in (("code", "Code"), ("libelle", "Libellé")):
        typed = lue.typed.get(prefixe + name, "")
        if not typed:
            lue.erreurs[prefixe + name] = f"« {label} » est obligatoire."
        lue.valeurs[name] = typed[:80] if name == "code" else typed
    for name in ("debut", "fin"):
        typed = lue.typed.get(prefixe + name, "")
        lue.valeurs[name] = _day(lue, prefixe + name, typed) if typed else None
    if not lue.typed.get(prefixe + "debut"):
        lue.erreurs[prefixe + "debut"] = "« Date de début d’effet » est obligatoire."
    if lue.valeurs["fin"]:
        lue.valeurs["fin"] += dt.timedelta(days=1)
    return lue
