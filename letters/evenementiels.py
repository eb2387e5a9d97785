"""What is printed from one event: attestation de prise en charge, enquête administrative.

Composed from the declaration as it stands; nothing medical, no NIR. Pure.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from letters import compose, textes
from letters.compose import EnTete, Lettre, Section
from letters.courriers import NatureCourrier
from records.evenements import Evenement
from records.natures import Catalogue, ChampDeclare
from records.parties import Agent

# events whose care somebody else than the agent pays, once recognised
NATURES = frozenset({"AS", "TRAJET", "AT", "MP"})
EDITIONS = (NatureCourrier.ATTESTATION, NatureCourrier.ENQUETE)
_CIRCUMSTANCES = "circonstances"
_HIDDEN = "sensible"
_PARTS = (
    ("Témoignages recueillis", 4),
    ("Mesures prises", 3),
    ("Avis du supérieur hiérarchique", 4),
    ("Avis du service de prévention", 3),
    ("Décision", 2),
)
_DOTS = "." * 118


@dataclass(frozen=True, slots=True, kw_only=True)
class Signataire:
    """Who signs for the collectivité; empty parts are left to be written by hand."""

    nom: str = ""
    grade: str = ""
    fonctions: str = ""

    def lines(self) -> tuple[str, ...]:
        """Return the block of the signature."""
        named = (
            ("Nom", self.nom),
            ("Grade", self.grade),
            ("Fonctions", self.fonctions),
        )
        return (
            *(f"{label} : {value or '.' * 40}" for label, value in named),
            "Signature et cachet :",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sujet:
    """The event printed, its agent, and the words in force on its day."""

    agent: Agent
    evenement: Evenement
    catalogue: Catalogue


def editions_of(evenement: Evenement) -> tuple[NatureCourrier, ...]:
    """Return what may be printed from an event."""
    return EDITIONS if evenement.nature in NATURES else ()


def compose_from(
    tete: EnTete,
    sujet: Sujet,
    signataire: Signataire,
    wording: Mapping[str, str],
) -> Lettre:
    """Compose one of the two documents of an event."""
    values = {
        **textes.CONNUS,
        "collectivite": tete.collectivite.nom,
        "contrat": tete.contrat.numero if tete.contrat else "",
        "date": compose.long_day(tete.date),
        "agent": compose.person(sujet.agent),
        "evenement": compose.happening(sujet.evenement, sujet.catalogue),
        _CIRCUMSTANCES: str(sujet.evenement.champs.get(_CIRCUMSTANCES) or ""),
    }
    is_attestation = tete.nature == NatureCourrier.ATTESTATION.code
    sections = _attestation if is_attestation else _enquete
    return Lettre(
        titre=" ".join(textes.lines(wording["titre"], values)).strip(),
        numero=tete.numero,
        date=tete.date,
        emetteur=(*textes.lines(wording["emetteur"], values), *_address(tete)),
        destinataire=(),
        references=(
            ("Notre référence", tete.reference),
            ("Évènement", sujet.evenement.numero or sujet.evenement.reference),
        ),
        avant=tuple(textes.paragraphs(wording["introduction"], values)),
        apres=tuple(sections(sujet, wording, values)),
        signature=(
            *textes.paragraphs(wording["signature"], values),
            *signataire.lines(),
        ),
        pied=f"Courrier n° {tete.numero}, référence {tete.reference}",
    )


def _address(tete: EnTete) -> tuple[str, ...]:
    return compose.recipient(tete.collectivite)[1:]


def _attestation(
    _sujet: Sujet, wording: Mapping[str, str], values: Mapping[str, Any]
) -> Iterable[Section]:
    for name, title, small in (
        ("praticiens", "Aux praticiens et aux établissements", False),
        ("agent", "À l’agent", False),
        ("donnees", "", True),
    ):
        said = tuple(textes.paragraphs(wording[name], values))
        if said:
            yield Section(titre=title, paragraphes=said, petit=small)


def _enquete(
    sujet: Sujet, wording: Mapping[str, str], values: Mapping[str, Any]
) -> Iterable[Section]:
    nature = sujet.catalogue.natures.get(sujet.evenement.nature)
    declared = nature.champs if nature else ()
    yield Section(
        titre="Déclaration",
        paragraphes=tuple(_told(declared, sujet.evenement.champs)) or ("Sans détail.",),
    )
    yield Section(
        titre="Circonstances déclarées",
        paragraphes=tuple(textes.paragraphs(wording[_CIRCUMSTANCES], values)),
    )
    for title, count in _PARTS:
        yield Section(titre=title, paragraphes=(_DOTS,) * count)
    said = tuple(textes.paragraphs(wording["donnees"], values))
    if said:
        yield Section(titre="", paragraphes=said, petit=True)


def _told(declared: Iterable[ChampDeclare], values: Mapping[str, Any]) -> Iterable[str]:
    for champ in declared:
        given = values.get(champ.nom)
        if champ.type == _HIDDEN or champ.nom == _CIRCUMSTANCES or given in {None, ""}:
            continue
        yield f"{champ.libelle} : {_shown(champ, given)}"


def _shown(champ: ChampDeclare, value: Any) -> str:  # noqa: ANN401 - a JSON value
    if isinstance(value, bool):
        return "oui" if value else "non"
    known = dict(champ.choix)
    if str(value) in known:
        return known[str(value)]
    if champ.type == "date":
        try:
            return compose.day(dt.date.fromisoformat(str(value)))
        except ValueError:
            return str(value)
    return str(value)
