"""Lines of collectivités, services and agents → the register, idempotent by their code."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from records import tables as t
from records.comptes import HOUSE
from records.importation import valeurs as v
from records.importation.valeurs import RefusError
from records.nir import nir_fingerprint
from records.noms import fold
from records.parties import Contrat
from records.store import agents, collectivites, services
from records.store.agents import NouvelAgent
from socle.crypto import Coffre
from socle.db import WriteSession

CREE, INCHANGE, MODIFIE = "cree", "inchange", "modifie"
_ONE_DAY = dt.timedelta(days=1)
_ADDRESS = ("voie", "complement", "code_postal", "ville")
SITUATION = (
    "grade", "echelon", "indice_brut", "indice_majore", "nbi_points", "enfants_a_charge",
    "quotite_hebdo_heures", "date_entree", "date_fin_contrat", "categorie", "adresse",
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Chantier:
    """What one transaction of an import works with."""

    session: WriteSession
    coffre: Coffre
    auteur: str
    now: dt.datetime
    collectivites: dict[str, int] = field(default_factory=dict)

    def collectivite(self, valeurs: Mapping[str, Any]) -> int:
        """Return the collectivité a line names by its code, reference or SIRET."""
        word = v.needed(valeurs, "collectivite", longest=80)
        if word not in self.collectivites:
            found = collectivites.find(self.session, word, HOUSE)
            if found is None:
                raise RefusError(
                    "collectivite", f"« {word} » est inconnue : importez-la d'abord."
                )
            self.collectivites[word] = found.id
        return self.collectivites[word]


# --- collectivités ---------------------------------------------------------------------


def write_collectivite(chantier: Chantier, valeurs: Mapping[str, Any]) -> str:
    """Create or change a collectivité and its contract; return what was done."""
    code = v.needed(valeurs, "code", longest=80)
    wanted: dict[str, Any] = {
        "nom": v.needed(valeurs, "nom"),
        "siret": _siret(valeurs),
        "adresse": _address(valeurs),
        "budgets": list(v.several(valeurs, "budgets_cotisation")),
    }
    contrat = _contrat(valeurs)
    session = chantier.session
    row = session.scalar(
        sa.select(t.Collectivite).where(t.Collectivite.reference_externe == code)
    )
    if row is None:
        collectivites.create(
            session,
            nom=wanted["nom"],
            siret=wanted["siret"],
            adresse=wanted["adresse"],
            budgets=wanted["budgets"],
            reference_externe=code,
            contrats=(contrat,) if contrat else (),
            auteur=chantier.auteur,
            now=chantier.now,
        )
        return CREE
    changes = {k: new for k, new in wanted.items() if getattr(row, k) != new}
    is_moved = contrat is not None and collectivites.put_contrat(
        session, row.id, contrat
    )
    if changes:
        collectivites.update(
            session,
            row.reference,
            changes,
            perimetre=HOUSE,
            auteur=chantier.auteur,
            now=chantier.now,
        )
    return MODIFIE if changes or is_moved else INCHANGE


def _siret(valeurs: Mapping[str, Any]) -> str | None:
    written = v.text(valeurs, "siret")
    if written is None:
        return None
    bare = re.sub(r"\s", "", written)
    if not re.fullmatch(r"\d{14}", bare):
        raise RefusError("siret", "un SIRET compte 14 chiffres.")
    return bare


def _address(valeurs: Mapping[str, Any]) -> dict[str, Any]:
    given = valeurs.get("adresse")
    if isinstance(given, dict):
        return {k: given[k] for k in _ADDRESS if given.get(k)}
    found = {"voie": v.text(valeurs, "adresse")}
    found |= {name: v.text(valeurs, name) for name in _ADDRESS[1:]}
    return {name: value for name, value in found.items() if value}


def _contrat(valeurs: Mapping[str, Any]) -> Contrat | None:
    given = valeurs.get("contrat")
    if not isinstance(given, dict):
        given = {
            "numero": valeurs.get("contrat_numero") or given,
            "debut": valeurs.get("contrat_debut"),
            "fin": valeurs.get("contrat_fin"),
            "delai_pieces_jours": valeurs.get("delai_pieces_jours"),
        }
    if not given.get("numero"):
        return None
    debut, fin = v.needed_day(given, "debut"), v.day(given, "fin")
    if fin is not None and fin < debut:
        raise RefusError("contrat", "le contrat finit avant de commencer.")
    return Contrat(
        numero=v.needed(given, "numero", longest=80),
        debut=debut,
        fin=fin + _ONE_DAY if fin else None,
        delai_pieces_jours=v.whole(given, "delai_pieces_jours") or 90,
        parametres=dict(given.get("parametres") or {}),
    )


# --- services --------------------------------------------------------------------------


def write_service(chantier: Chantier, valeurs: Mapping[str, Any]) -> str:
    """Create or change a service; return what was done."""
    collectivite_id = chantier.collectivite(valeurs)
    code = v.needed(valeurs, "code", longest=80)
    fin = v.day(valeurs, "au")
    wanted: dict[str, Any] = {
        "libelle": v.text(valeurs, "libelle") or code,
        "debut": v.day(valeurs, "du"),
        "fin": fin + _ONE_DAY if fin else None,
    }
    found = services.by_code(chantier.session, collectivite_id, code)
    if found is None:
        services.create(
            chantier.session,
            collectivite_id=collectivite_id,
            code=code,
            libelle=wanted["libelle"],
            debut=wanted["debut"],
            fin=wanted["fin"],
            auteur=chantier.auteur,
            now=chantier.now,
        )
        return CREE
    changes = {k: new for k, new in wanted.items() if getattr(found, k) != new}
    if not changes:
        return INCHANGE
    services.update(
        chantier.session,
        found.reference,
        changes,
        perimetre=HOUSE,
        auteur=chantier.auteur,
        now=chantier.now,
    )
    return MODIFIE


def _service_id(
    chantier: Chantier, valeurs: Mapping[str, Any], collectivite_id: int
) -> int | None:
    """Return the service an agent's line names by code or label; made when unknown."""
    label = v.text(valeurs, "service")
    if label is None:
        return None
    session = chantier.session
    rows = session.execute(
        sa.select(t.Service.id, t.Service.code, t.Service.libelle).where(
            t.Service.collectivite_id == collectivite_id
        )
    )
    for row in rows:
        if fold(label) in {fold(row.code), fold(row.libelle)}:
            return int(row.id)
    return services.create(
        session,
        collectivite_id=collectivite_id,
        code=fold(label).upper().replace(" ", "-")[:80] or label[:80],
        libelle=label,
        auteur=chantier.auteur,
        now=chantier.now,
    ).id


# --- agents ----------------------------------------------------------------------------


def write_agent(chantier: Chantier, valeurs: Mapping[str, Any]) -> str:
    """Create or change an agent; return what was done."""
    collectivite_id = chantier.collectivite(valeurs)
    code = v.needed(valeurs, "code", longest=80)
    session = chantier.session
    wanted = _agent_fields(valeurs)
    wanted["service_id"] = _service_id(chantier, valeurs, collectivite_id)
    nir = v.text(valeurs, "nir")
    row = session.scalar(
        sa.select(t.Agent).where(
            t.Agent.collectivite_id == collectivite_id,
            t.Agent.reference_externe == code,
        )
    )
    if row is None:
        nouvel = NouvelAgent(
            collectivite_id=collectivite_id, reference_externe=code, nir=nir, **wanted
        )
        agents.create(
            session,
            nouvel,
            coffre=chantier.coffre,
            auteur=chantier.auteur,
            now=chantier.now,
        )
        return CREE
    changes = {k: new for k, new in wanted.items() if getattr(row, k) != new}
    if nir and nir_fingerprint(chantier.coffre, nir) != row.nir_empreinte:
        changes["nir"] = nir
    if not changes:
        return INCHANGE
    agents.change(
        session,
        row.reference,
        changes,
        perimetre=HOUSE,
        coffre=chantier.coffre,
        auteur=chantier.auteur,
        now=chantier.now,
    )
    return MODIFIE


def _agent_fields(valeurs: Mapping[str, Any]) -> dict[str, Any]:
    given = valeurs.get("prenoms")
    prenoms = list(v.several(valeurs, "prenoms"))
    if isinstance(given, str) and len(prenoms) == 1:
        prenoms = prenoms[0].split()
    if not prenoms:
        raise RefusError("prenoms", "au moins un prénom est obligatoire.")
    regime = (v.text(valeurs, "regime", longest=40) or "").upper() or None
    if regime not in {None, "CNRACL", "IRCANTEC"}:
        raise RefusError("regime", "écrivez CNRACL ou IRCANTEC.")
    sexe = (v.text(valeurs, "sexe") or "").upper()[:1] or None
    if sexe not in {None, "F", "M", "H"}:
        raise RefusError("sexe", "écrivez F ou M.")
    return {
        "nom_famille": v.needed(valeurs, "nom_famille", longest=120),
        "nom_usage": v.text(valeurs, "nom_usage", longest=120),
        "prenoms": prenoms,
        "sexe": "M" if sexe == "H" else sexe,
        "date_naissance": v.day(valeurs, "date_naissance"),
        "matricule": v.text(valeurs, "matricule", longest=40),
        "regime": regime,
        "statut": (v.text(valeurs, "statut", longest=40) or "").lower() or None,
        "situation": {
            name: v.plain(valeurs[name])
            for name in SITUATION
            if not v.is_empty(valeurs.get(name))
        },
    }
