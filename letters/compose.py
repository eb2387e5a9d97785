"""A letter as a value: every sentence decided, nothing rendered. Pure.

What comes from the register (names, periods, amounts) is put beside the wording, never
through it: « {{ » in a name is two signs.
"""

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from letters import address, textes
from records.evenements import Consequence, Evenement
from records.natures import Catalogue
from records.parties import Agent, Collectivite, Contrat
from records.periodes import Periode
from records.pieces import Couverture, PieceAttendue

NBSP = "\u00a0"
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août",
    "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_THOUSAND = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneLettre:
    """One requirement of a letter; `code` is what its coupon carries."""

    piece: PieceAttendue
    agent: Agent
    evenement: Evenement
    consequence: Consequence | None
    couverture: Couverture | None
    premiere_demande: dt.date
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnTete:
    """What stands above a letter: who writes to whom, when, under which number."""

    reference: str
    numero: str
    date: dt.date
    collectivite: Collectivite
    contrat: Contrat | None
    nature: str
    relance: int = 1
    is_derniere: bool = False
    adresse_portail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Some paragraphs under a title; `petit` for what is read once."""

    titre: str
    paragraphes: tuple[str, ...]
    petit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettre:
    """A letter ready to be laid out: texts and tables only."""

    titre: str
    numero: str
    date: dt.date
    emetteur: tuple[str, ...]
    destinataire: tuple[str, ...]
    references: tuple[tuple[str, str], ...]
    avant: tuple[str, ...]
    dossiers: tuple[dict[str, Any], ...] = ()
    apres: tuple[Section, ...] = ()
    signature: tuple[str, ...] = ()
    coupons: tuple[dict[str, Any], ...] = ()
    coupons_consigne: str = ""
    pied: str = ""
    plus: dict[str, Any] = field(default_factory=dict)


def missing(
    tete: EnTete,
    lignes: Iterable[LigneLettre],
    wording: Mapping[str, str],
    known: Catalogue,
) -> Lettre:
    """Compose the letter that asks for what is missing."""
    kept = list(lignes)
    values = _values(tete, kept)
    return Lettre(
        titre=" ".join(textes.lines(wording["titre"], values)).strip(),
        numero=tete.numero,
        date=tete.date,
        emetteur=tuple(textes.lines(wording["emetteur"], values)),
        destinataire=recipient(tete.collectivite),
        references=_references(tete),
        avant=tuple(textes.paragraphs(wording["introduction"], values)),
        dossiers=tuple(_dossiers(kept, known)),
        apres=_sections(wording, values),
        signature=tuple(textes.paragraphs(wording["signature"], values)),
        coupons=tuple(coupon(ligne, known) for ligne in kept),
        coupons_consigne=" ".join(textes.paragraphs(wording["coupons"], values)),
        pied=f"Courrier n° {tete.numero}, référence {tete.reference}",
    )


def recipient(collectivite: Collectivite) -> tuple[str, ...]:
    """Return the envelope's window of a collectivité."""
    service = str(collectivite.adresse.get("service") or "Ressources humaines")
    return tuple(address.block(collectivite.nom, collectivite.adresse, service=service))


def _values(tete: EnTete, lignes: list[LigneLettre]) -> dict[str, Any]:
    blocked = sum((x.piece.somme_bloquee or Decimal(0) for x in lignes), Decimal(0))
    return {
        "relance": tete.relance,
        "derniere": tete.is_derniere,
        "nb_documents": len(lignes),
        "nb_agents": len({x.agent.id for x in lignes}),
        "collectivite": tete.collectivite.nom,
        "contrat": tete.contrat.numero if tete.contrat else "",
        "date": long_day(tete.date),
        "adresse_portail": tete.adresse_portail,
        "montant_bloque": amount(blocked) if blocked else "",
        "delai_jours": tete.contrat.delai_pieces_jours if tete.contrat else 90,
        "agent": "",
        "evenement": "",
        "circonstances": "",
    }


def _references(tete: EnTete) -> tuple[tuple[str, str], ...]:
    found = [("Notre référence", tete.reference)]
    if tete.contrat:
        found.append(("Contrat", tete.contrat.numero))
    return (*found, ("Collectivité", tete.collectivite.nom))


def _sections(
    wording: Mapping[str, str], values: Mapping[str, Any]
) -> tuple[Section, ...]:
    titles = (
        ("que_faire", "Comment nous adresser ces documents", False),
        ("consequences", "Ce qui en dépend", False),
        ("donnees", "Vos données, vos recours", True),
    )
    return tuple(
        Section(titre=title, paragraphes=tuple(found), petit=small)
        for name, title, small in titles
        if (found := textes.paragraphs(wording[name], values))
    )


def _dossiers(
    lignes: Iterable[LigneLettre], known: Catalogue
) -> Iterable[dict[str, Any]]:
    """Group the lines by agent, then by event, in the order they come."""
    for _, group in itertools.groupby(lignes, lambda x: (x.agent.id, x.evenement.id)):
        found = list(group)
        agent, evenement = found[0].agent, found[0].evenement
        yield {
            "agent": person(agent),
            "evenement": happening(evenement, known),
            "lignes": [_row(ligne, known) for ligne in found],
        }


def person(agent: Agent) -> str:
    """Name an agent: names and matricule, never the NIR."""
    matricule = f", matricule {agent.matricule}" if agent.matricule else ""
    return f"{agent.libelle}{matricule}"


def happening(evenement: Evenement, known: Catalogue) -> str:
    """Name an event: its nature, its day, its number."""
    nature = known.nature(evenement.nature)
    number = evenement.numero or evenement.reference
    return f"{nature} du {day(evenement.date_survenance)}, dossier n° {number}"


def _row(ligne: LigneLettre, known: Catalogue) -> dict[str, str]:
    piece = ligne.piece
    return {
        "piece": known.label(piece.type),
        "detail": _detail(ligne, known),
        "exigible": day(piece.exigible_le),
        "echeance": day(piece.echeance),
        "demande": day(ligne.premiere_demande),
        "montant": amount(piece.somme_bloquee) if piece.somme_bloquee else "–",
    }


def _detail(ligne: LigneLettre, known: Catalogue) -> str:
    piece = ligne.piece
    cause = known.consequence(ligne.consequence.type) if ligne.consequence else ""
    days = period(piece.periode) if piece.periode else ""
    parts = [part for part in (piece.precision or "", cause, days) if part]
    missing_days = ligne.couverture.manque if ligne.couverture else ()
    if piece.periode and missing_days not in {(), (piece.periode,)}:
        parts.append("reste à prouver " + ", ".join(period(p) for p in missing_days))
    return ", ".join(parts)


def coupon(ligne: LigneLettre, known: Catalogue) -> dict[str, Any]:
    """Return what a return slip shows beside its code."""
    label = known.label(ligne.piece.type)
    detail = _detail(ligne, known)
    return {
        "contenu": ligne.code,
        "alternative": f"Code de retour : {label}, {detail}"[:300],
        "titre": "Coupon de retour",
        "lignes": [
            label,
            *([detail] if detail else []),
            ligne.agent.libelle,
            happening(ligne.evenement, known),
            ligne.piece.reference,
        ],
    }


def day(value: dt.date) -> str:
    """Return a day as lists show it."""
    return value.strftime("%d/%m/%Y")


def long_day(value: dt.date) -> str:
    """Return a day as a letter is dated: « 1er octobre 2026 »."""
    number = "1er" if value.day == 1 else str(value.day)
    return f"{number}{NBSP}{MONTHS[value.month - 1]} {value.year}"


def period(value: Periode) -> str:
    """Return days as people say them: a month, a day, or « du … au … » included."""
    if value == Periode.month(value.debut.year, value.debut.month):
        return f"{MONTHS[value.debut.month - 1]} {value.debut.year}"
    if value.nb_jours == 1:
        return f"le {day(value.debut)}"
    return f"du {day(value.debut)} au {day(value.dernier)}"


def amount(value: Decimal) -> str:
    """Return an amount in euros, as French money is written.

    >>> amount(Decimal("1234.5")).replace(NBSP, " ")
    '1 234,50 €'
    """
    return f"{value:,.2f}".replace(",", NBSP).replace(".", ",") + f"{NBSP}€"
