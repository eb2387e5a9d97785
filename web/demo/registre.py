"""Reads the invented register and declares it through the doors everybody uses.

Nothing here is written behind the stores' back: requirements open by themselves.
"""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from records.natures import catalogue
from records.parties import Contrat
from records.periodes import Periode
from records.store import agents, collectivites, evenements, services
from records.store.agents import NouvelAgent
from records.store.comptes import find_collectivite
from records.store.evenements import ConsequenceDeclaree, Declaration
from socle.crypto import Coffre
from socle.db import ReadSession, WriteSession
from socle.errors import NotFoundError
from web.demo.suivis import declare_followed

FOLDER = Path(__file__).parent
AUTEUR = "demo"
_ONE_DAY = dt.timedelta(days=1)
_SITUATION = (
    "grade", "echelon", "indice_majore", "nbi_points", "quotite_hebdo_heures",
    "date_entree", "enfants_a_charge", "adresse",
)  # fmt: skip


def read_register() -> dict[str, Any]:
    """Return the invented register, as its maker wrote it."""
    text = (FOLDER / "registre.json").read_text(encoding="utf-8")
    register: dict[str, Any] = json.loads(text)
    return register


def is_loaded(session: ReadSession, register: dict[str, Any]) -> bool:
    """Tell whether the demo is already there."""
    try:
        find_collectivite(session, register["collectivites"][0]["code"])
    except NotFoundError:
        return False
    return True


def declare_register(
    session: WriteSession, register: dict[str, Any], *, coffre: Coffre, now: dt.datetime
) -> None:
    """Create everything in one transaction: a demo is there whole, or not at all."""
    homes = {
        row["code"]: _collectivite(session, row, now)
        for row in register["collectivites"]
    }
    departments = _services(session, register["agents"], homes, now)
    people = {
        row["code"]: _agent(session, row, homes, departments, coffre, now)
        for row in register["agents"]
    }
    for row in register["evenements"]:
        declaration = _declaration(row, homes, people)
        evenements.declare(session, declaration, auteur=AUTEUR, now=now)
    declare_followed(session, homes, coffre=coffre, auteur=AUTEUR, now=now)


def _collectivite(session: WriteSession, row: dict[str, Any], now: dt.datetime) -> int:
    contrat = row["contrat"]
    made = collectivites.create(
        session,
        nom=row["nom"],
        siret=row["siret"],
        reference_externe=row["code"],
        adresse={
            "voie": row["adresse"],
            "code_postal": row["code_postal"],
            "ville": row["ville"],
        },
        budgets=row["budgets_cotisation"],
        contrats=(
            Contrat(
                numero=contrat["numero"],
                debut=dt.date.fromisoformat(contrat["debut"]),
                fin=dt.date.fromisoformat(contrat["fin"]) + _ONE_DAY,
                delai_pieces_jours=contrat["delai_pieces_jours"],
            ),
        ),
        auteur=AUTEUR,
        now=now,
    )
    return made.id


def _services(
    session: WriteSession,
    people: list[dict[str, Any]],
    homes: dict[str, int],
    now: dt.datetime,
) -> dict[tuple[str, str], int]:
    """Create each service where one of its agents works."""
    wanted = sorted({(row["collectivite"], row["service"]) for row in people})
    made = {}
    for rank, (home, libelle) in enumerate(wanted, start=1):
        service = services.create(
            session,
            collectivite_id=homes[home],
            code=f"S{rank:02d}",
            libelle=libelle,
            auteur=AUTEUR,
            now=now,
        )
        made[home, libelle] = service.id
    return made


def _agent(
    session: WriteSession,
    row: dict[str, Any],
    homes: dict[str, int],
    departments: dict[tuple[str, str], int],
    coffre: Coffre,
    now: dt.datetime,
) -> int:
    nouvel = NouvelAgent(
        collectivite_id=homes[row["collectivite"]],
        nom_famille=row["nom_famille"],
        nom_usage=row["nom_usage"],
        prenoms=row["prenoms"],
        sexe=row["sexe"],
        date_naissance=dt.date.fromisoformat(row["date_naissance"]),
        nir=row["nir"],
        matricule=row["matricule"],
        service_id=departments[row["collectivite"], row["service"]],
        regime=row["regime"],
        statut=row["statut"],
        situation={name: row[name] for name in _SITUATION},
        reference_externe=row["code"],
    )
    return agents.create(session, nouvel, coffre=coffre, auteur=AUTEUR, now=now).id


def _declaration(
    row: dict[str, Any], homes: dict[str, int], people: dict[str, int]
) -> Declaration:
    return Declaration(
        agent_id=people[row["agent"]],
        collectivite_id=homes[row["collectivite"]],
        nature=row["nature"],
        date_survenance=dt.date.fromisoformat(row["date_survenance"]),
        champs=row["champs"],
        consequences=tuple(_consequence(suite) for suite in row["consequences"]),
        is_sans_arret=row["sans_arret"],
        has_tiers=row["tiers_implique"],
        numero=row["numero"],
        reference_externe=row["code"],
    )


def _consequence(suite: dict[str, Any]) -> ConsequenceDeclaree:
    debut, dernier = (dt.date.fromisoformat(suite[name]) for name in ("du", "au"))
    has_days = catalogue(debut).consequences[suite["type"]].periode != "aucune"
    known = {"code", "type", "du", "au", "piece"}
    return ConsequenceDeclaree(
        type=suite["type"],
        periode=Periode.inclusive(debut, dernier) if has_days else None,
        champs={name: value for name, value in suite.items() if name not in known},
        reference_externe=suite["code"],
    )
