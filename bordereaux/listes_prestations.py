"""A bordereau of prestations → the list that is printed: order, columns, words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from bordereaux.lignes_lues import TypeLigne
from bordereaux.lines import Cellule, Colonne, Genre, Liste, numbered
from bordereaux.prestations import Bordereau, Prestation
from bordereaux.registre_prestations import get, lines_of
from records import tables as t
from records.comptes import Perimetre
from records.store import collectivites, valeurs
from socle.db import ReadSession

COLUMNS = (
    Colonne(titre="N°", genre=Genre.ENTIER, part=2),
    Colonne(titre="Agent", part=7),
    Colonne(titre="Matricule", part=4),
    Colonne(titre="Nature", part=3),
    Colonne(titre="Évènement", part=4),
    Colonne(titre="Objet", part=4),
    Colonne(titre="Du", genre=Genre.JOUR, part=4),
    Colonne(titre="Au", genre=Genre.JOUR, part=4),
    Colonne(titre="Jours payés", genre=Genre.ENTIER, part=3),
    Colonne(titre="Brut", genre=Genre.MONTANT, part=5, is_totalise=True),
    Colonne(titre="Retenues", genre=Genre.MONTANT, part=4, is_totalise=True),
    Colonne(titre="Remboursé", genre=Genre.MONTANT, part=5, is_totalise=True),
    Colonne(titre="Bloqué", genre=Genre.MONTANT, part=5, is_totalise=True),
    Colonne(titre="Document manquant", part=6),
)
_SHORT = {"IJ": "jours", "FRAIS": "frais"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Personne:
    """Whom a line is about, as it is printed."""

    nom: str
    matricule: str
    evenement: str
    nature: str


def of_prestations(session: ReadSession, reference: str, perimetre: Perimetre) -> Liste:
    """Return the list of a bordereau; `NotFoundError` when foreign or inexistent."""
    found = get(session, reference, perimetre)
    lines = lines_of(session, found.id).rows
    place = collectivites.by_id(session, found.collectivite_id)
    entete = [
        ("Collectivité", place.nom),
        ("SIRET", place.siret or "non renseigné"),
        ("Bordereau du gestionnaire", found.numero),
        ("Colis", found.numero_colis),
        ("Émis le", f"{found.date_emission:%d/%m/%Y}"),
        *(
            (name, value)
            for name, value in (
                ("Contrat", found.contrat), ("Budget de cotisation", found.budget),
                ("Mode de paiement", found.mode_paiement), ("Compte", found.iban),
            )
            if value
        ),
    ]  # fmt: skip
    people = whom(session, lines)
    return Liste(
        titre="Bordereau de prestations",
        entete=tuple(entete),
        colonnes=COLUMNS,
        lignes=numbered(_row(line, people[line.id]) for line in lines),
        mentions=_mentions(found),
    )


def _mentions(found: Bordereau) -> tuple[str, ...]:
    said = [
        "Une somme bloquée attend le document indiqué en regard.",
    ]
    if found.ecarts:
        fields = ", ".join(one["champ"] for one in found.ecarts)
        said.append(
            "Les totaux annoncés par le gestionnaire ne sont pas tous ceux de ces "
            f"lignes ({fields}) : il en est prévenu."
        )
    return tuple(said)


def whom(session: ReadSession, lines: Sequence[Prestation]) -> Mapping[int, Personne]:
    """Return whom each line is about, by the identifier of the line."""
    agents: dict[int, t.Agent] = _by_id(
        session, t.Agent, {line.agent_id for line in lines}
    )
    events: dict[int, t.Evenement] = _by_id(
        session, t.Evenement, {line.evenement_id for line in lines}
    )
    return {
        line.id: Personne(
            nom=valeurs.agent(agents[line.agent_id]).libelle,
            matricule=agents[line.agent_id].matricule or "",
            evenement=event.numero or event.reference,
            nature=event.nature,
        )
        for line in lines
        for event in [events[line.evenement_id]]
    }


def _by_id(
    session: ReadSession,
    table: Any,  # noqa: ANN401 - a mapped class
    ids: set[int],
) -> dict[int, Any]:
    found: dict[int, Any] = {}
    ordered = sorted(ids)
    for start in range(0, len(ordered), 500):
        chosen = sa.select(table).where(table.id.in_(ordered[start : start + 500]))
        found |= {row.id: row for row in session.scalars(chosen)}
    return found


def _row(line: Prestation, person: Personne) -> tuple[Cellule, ...]:
    first = line.periode.debut if line.periode else line.date_soins
    last = line.periode.dernier if line.periode else line.date_soins
    days = line.champs.get("jours_indemnises")
    said = line.champs.get("nature_acte") or _SHORT[line.type]
    return (
        person.nom, person.matricule, person.nature, person.evenement,
        said if line.type == TypeLigne.FRAIS.code else _SHORT[line.type], first, last,
        int(days) if days else None, line.brut_eur, deducted(line), line.rembourse_eur,
        line.bloque_eur, (line.piece_libelle or "") if line.is_bloquee else "",
    )  # fmt: skip


def deducted(line: Prestation) -> Decimal:
    """Return what was taken off the gross: CPAM allowances, deductions, care not kept.

    Gross less this is what is reimbursed, or held back.
    """
    return line.brut_eur - line.rembourse_eur - line.bloque_eur
