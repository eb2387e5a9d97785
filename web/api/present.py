"""Register values → JSON: `fin` becomes included, instants end with Z, money is text.

Values point at each other by identifiers; outside, only references travel: the caller looks
them up for a whole page at once.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from records.evenements import Consequence, Evenement
from records.parties import Agent, Collectivite, Contrat
from records.periodes import Periode
from records.pieces import Couverture
from records.store.curseurs import PageDe
from records.store.listes import Liste
from records.store.pieces import LignePiece
from web.api.contexte import Contexte

_ONE_DAY = dt.timedelta(days=1)
Json = dict[str, Any]


def instant(value: dt.datetime | None) -> str | None:
    """Return a UTC instant ending with Z."""
    if value is None:
        return None
    return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def day(value: dt.date | None) -> str | None:
    """Return an ISO day."""
    return value.isoformat() if value else None


def last(fin: dt.date | None) -> str | None:
    """Return the last day included, from an excluded end."""
    return (fin - _ONE_DAY).isoformat() if fin else None


def after(dernier: dt.date | None) -> dt.date | None:
    """Return the excluded end of days people include."""
    return dernier + _ONE_DAY if dernier else None


def money(value: Decimal | None) -> str | None:
    """Return an amount as text with two decimals."""
    return None if value is None else f"{value:.2f}"


def periode(value: Periode | None) -> Json | None:
    """Return the two days people say."""
    if value is None:
        return None
    return {"debut": value.debut.isoformat(), "fin": value.dernier.isoformat()}


def contrat(value: Contrat) -> Json:
    """Return a contract."""
    return {
        "numero": value.numero,
        "debut": day(value.debut),
        "fin": last(value.fin),
        "delai_pieces_jours": value.delai_pieces_jours,
        "parametres": value.parametres,
    }


def collectivite(value: Collectivite, contrats: Iterable[Contrat]) -> Json:
    """Return a collectivité with its contracts."""
    return {
        "reference": value.reference,
        "reference_externe": value.reference_externe,
        "nom": value.nom,
        "siret": value.siret,
        "adresse": value.adresse,
        "budgets": list(value.budgets),
        "contrats": [contrat(c) for c in contrats],
    }


def agent(
    value: Agent, *, collectivite: str, service: str | None, nir: str | None
) -> Json:
    """Return an agent; `nir` is already masked."""
    return {
        "reference": value.reference,
        "reference_externe": value.reference_externe,
        "collectivite": collectivite,
        "service": service,
        "matricule": value.matricule,
        "nom_famille": value.nom_famille,
        "nom_usage": value.nom_usage,
        "prenoms": list(value.prenoms),
        "libelle": value.libelle,
        "sexe": value.sexe,
        "date_naissance": day(value.date_naissance),
        "nir": nir,
        "regime": value.regime,
        "statut": value.statut,
        "situation": value.situation,
        "version": value.version,
    }


def consequence(value: Consequence) -> Json:
    """Return a conséquence."""
    return {
        "reference": value.reference,
        "reference_externe": value.reference_externe,
        "type": value.type,
        "debut": day(value.periode.debut) if value.periode else None,
        "fin": day(value.periode.dernier) if value.periode else None,
        "champs": value.champs,
        "version": value.version,
    }


def evenement(value: Evenement, *, collectivite: str, agent: Agent) -> Json:
    """Return an event as lists show it."""
    return {
        "reference": value.reference,
        "reference_externe": value.reference_externe,
        "numero": value.numero,
        "collectivite": collectivite,
        "agent": agent.reference,
        "agent_libelle": agent.libelle,
        "nature": value.nature,
        "date_survenance": day(value.date_survenance),
        "sans_arret": value.is_sans_arret,
        "tiers_implique": value.has_tiers,
        "etat": value.etat,
        "declare_le": instant(value.declare_at),
        "version": value.version,
    }


def couverture(value: Couverture | None) -> Json | None:
    """Return which days are proved, and which are not."""
    if value is None:
        return None
    return {
        "prouve": [periode(p) for p in value.prouve],
        "manque": [periode(p) for p in value.manque],
        "en_double": [periode(p) for p in value.en_double],
    }


def piece(line: LignePiece, proof: Couverture | None, cause: str | None) -> Json:
    """Return a requirement; `cause` is the reference of its conséquence."""
    value = line.piece
    return {
        "reference": value.reference,
        "reference_externe": value.reference_externe,
        "type": value.type,
        "precision": value.precision,
        "etat": value.etat,
        "collectivite": line.collectivite_reference,
        "agent": line.agent_reference,
        "agent_libelle": line.agent_libelle,
        "evenement": line.evenement_reference,
        "consequence": cause,
        "periode": periode(value.periode),
        "couverture": couverture(proof),
        "date_reference": day(value.date_reference),
        "exigible_le": day(value.exigible_le),
        "echeance": day(value.echeance),
        "base": value.base,
        "substituts": [{"type": s.type, "cas": s.cas} for s in value.substituts],
        "montant_bloque": money(value.somme_bloquee if value.is_open else None),
        "origine": value.origine,
        "motif": value.motif,
    }


def page(ctx: Contexte, found: Liste[Any] | PageDe[Any], elements: list[Json]) -> Json:
    """Return one page of a list."""
    suivant = ctx.close_cursor(found.suivant)
    return {"elements": elements, "suivant": suivant, "total": found.total}
