"""Lines of events, conséquences and requirements → the register, idempotent by their code.

Requirements given by the file are taken as given, instead of those the matrix would derive
for their event; an event that comes without any is derived.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from records import tables as t
from records.comptes import HOUSE
from records.declarations import (
    ConsequenceDeclaree,
    Declaration,
    checked_consequence,
    normal_fields,
)
from records.evenements import Consequence, Evenement
from records.importation import valeurs as v
from records.importation.parties import CREE, INCHANGE, MODIFIE, Chantier
from records.importation.valeurs import RefusError
from records.natures import catalogue
from records.noms import fold
from records.store import evenements
from records.vocabulary import EtatEvenement

_EVENT = {
    "code", "numero", "collectivite", "agent", "nature", "libelle", "date_survenance",
    "sans_arret", "tiers_implique", "etat", "champs", "consequences", "_trop",
}  # fmt: skip
_CONSEQUENCE = {"code", "evenement", "collectivite", "type", "du", "au", "_trop"}


def find_evenement(chantier: Chantier, valeurs_: Mapping[str, Any]) -> t.Evenement:
    """Return the event a line names by its code."""
    code = v.needed(valeurs_, "evenement", longest=80)
    statement = sa.select(t.Evenement).where(t.Evenement.reference_externe == code)
    if not v.is_empty(valeurs_.get("collectivite")):
        place = chantier.collectivite(valeurs_)
        statement = statement.where(t.Evenement.collectivite_id == place)
    rows = list(chantier.session.scalars(statement.limit(2)))
    if len(rows) > 1:
        raise RefusError(
            "evenement", f"« {code} » existe dans deux collectivités : ajoutez-la."
        )
    if not rows:
        raise RefusError("evenement", f"« {code} » est inconnu : importez-le d'abord.")
    return rows[0]


# --- events ----------------------------------------------------------------------------


def write_evenement(
    chantier: Chantier, valeurs_: Mapping[str, Any], *, has_matrice: bool
) -> str:
    """Create or change an event; return what was done."""
    agent = _agent(chantier, valeurs_)
    code = v.needed(valeurs_, "code", longest=80)
    wanted = _event_fields(valeurs_)
    session = chantier.session
    row = session.scalar(
        sa.select(t.Evenement).where(
            t.Evenement.collectivite_id == agent.collectivite_id,
            t.Evenement.reference_externe == code,
        )
    )
    if row is None:
        declaration = Declaration(
            agent_id=agent.id,
            collectivite_id=agent.collectivite_id,
            nature=wanted["nature"],
            date_survenance=wanted["date_survenance"],
            champs=wanted["champs"],
            is_sans_arret=wanted["sans_arret"],
            has_tiers=wanted["tiers_implique"],
            numero=wanted["numero"],
            etat=wanted["etat"],
            reference_externe=code,
            has_matrice=has_matrice,
            is_importee=True,
        )
        evenements.declare(
            session, declaration, auteur=chantier.auteur, now=chantier.now
        )
        return CREE
    if row.agent_id != agent.id:
        raise RefusError("agent", "cet évènement est déjà celui d'un autre agent.")
    changes = _event_changes(row, wanted)
    if not changes:
        return INCHANGE
    evenements.update(
        session,
        row.reference,
        changes,
        perimetre=HOUSE,
        auteur=chantier.auteur,
        now=chantier.now,
        is_importee=True,
        has_matrice=has_matrice,
    )
    return MODIFIE


def _event_changes(row: t.Evenement, wanted: Mapping[str, Any]) -> dict[str, Any]:
    changes = {
        name: new
        for name, new in wanted.items()
        if name != "champs" and getattr(row, name) != new
    }
    if any(row.champs.get(name) != new for name, new in wanted["champs"].items()):
        changes["champs"] = {**row.champs, **wanted["champs"]}
    return changes


def _agent(chantier: Chantier, valeurs_: Mapping[str, Any]) -> t.Agent:
    place = chantier.collectivite(valeurs_)
    code = v.needed(valeurs_, "agent", longest=80)
    row = chantier.session.scalar(
        sa.select(t.Agent).where(
            t.Agent.collectivite_id == place,
            sa.or_(t.Agent.reference_externe == code, t.Agent.matricule == code),
        )
    )
    if row is None:
        raise RefusError(
            "agent", f"« {code} » est inconnu dans cette collectivité : importez-le."
        )
    return row


def _event_fields(valeurs_: Mapping[str, Any]) -> dict[str, Any]:
    date_survenance = v.needed_day(valeurs_, "date_survenance")
    nature = v.needed(valeurs_, "nature", longest=40).upper()
    known = catalogue(date_survenance)
    if nature not in known.natures:
        raise RefusError(
            "nature", f"« {nature} » n'est pas une nature du catalogue à cette date."
        )
    etat = fold(v.text(valeurs_, "etat") or "en cours").replace(" ", "_")
    if etat not in {word.code for word in EtatEvenement}:
        raise RefusError("etat", "écrivez en cours, à clôturer ou clos.")
    given = valeurs_.get("champs")
    champs = dict(given) if isinstance(given, dict) else {}
    champs |= _free_fields(valeurs_, _EVENT)
    # the form's own normal form (days, choices), so that the same file changes nothing
    champs = normal_fields(nature, champs, known)
    return {
        "nature": nature,
        "date_survenance": date_survenance,
        "numero": v.text(valeurs_, "numero", longest=40),
        "sans_arret": v.yes(valeurs_, "sans_arret"),
        "tiers_implique": v.yes(valeurs_, "tiers_implique"),
        "etat": etat,
        "champs": champs,
    }


def _free_fields(valeurs_: Mapping[str, Any], known: set[str]) -> dict[str, Any]:
    return {
        name: v.plain(value)
        for name, value in valeurs_.items()
        if name not in known and not v.is_empty(value)
    }


# --- conséquences ----------------------------------------------------------------------


def write_consequence(
    chantier: Chantier, valeurs_: Mapping[str, Any], *, has_matrice: bool
) -> str:
    """Create or change a conséquence of an event; return what was done."""
    row = find_evenement(chantier, valeurs_)
    declared = _declared(row, valeurs_)
    session = chantier.session
    present = _present(evenements.by_id(session, row.id), declared)
    if present is None:
        evenements.add_consequence(
            session,
            row.reference,
            declared,
            perimetre=HOUSE,
            auteur=chantier.auteur,
            now=chantier.now,
            is_importee=True,
            has_matrice=has_matrice,
        )
        return CREE
    wanted = declared.champs or {}
    is_same = present.periode == declared.periode and all(
        present.champs.get(name) == value for name, value in wanted.items()
    )
    if is_same and present.reference_externe == declared.reference_externe:
        return INCHANGE
    evenements.update_consequence(
        session,
        present.reference,
        declared,
        perimetre=HOUSE,
        auteur=chantier.auteur,
        now=chantier.now,
        is_importee=True,
        has_matrice=has_matrice,
    )
    return MODIFIE


def _declared(row: t.Evenement, valeurs_: Mapping[str, Any]) -> ConsequenceDeclaree:
    kind = v.needed(valeurs_, "type", longest=40).upper()
    known = catalogue(row.date_survenance)
    if kind not in known.consequences:
        raise RefusError("type", f"« {kind} » n'est pas une conséquence du catalogue.")
    if known.consequences[kind].periode == "obligatoire" and v.is_empty(
        valeurs_.get("du")
    ):
        raise RefusError("du", "le premier et le dernier jour sont obligatoires.")
    declared = ConsequenceDeclaree(
        type=kind,
        periode=v.periode(valeurs_),
        champs=_free_fields(valeurs_, _CONSEQUENCE),
        reference_externe=v.text(valeurs_, "code", longest=80),
    )
    return checked_consequence(declared, known, is_strict=False)


def _present(evenement: Evenement, declared: ConsequenceDeclaree) -> Consequence | None:
    """Return the conséquence already there: same code, else unnamed with the same days."""
    code = declared.reference_externe
    if code is not None:
        for present in evenement.consequences:
            if present.reference_externe == code:
                return present
    for present in evenement.consequences:
        is_free = code is None or present.reference_externe is None
        is_alike = (present.type, present.periode) == (declared.type, declared.periode)
        if is_free and is_alike and (present.periode or code is None):
            return present
    return None
