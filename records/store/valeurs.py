"""Rows → values: the one place that knows both shapes."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from records import evenements, parties, pieces
from records import tables as t
from records.periodes import Periode


def periode_of(debut: dt.date | None, fin: dt.date | None) -> Periode | None:
    """Return the period of two columns, None when either is empty."""
    return Periode(debut, fin) if debut and fin else None


def collectivite(row: t.Collectivite) -> parties.Collectivite:
    """Return a collectivité."""
    return parties.Collectivite(
        id=row.id,
        reference=row.reference,
        nom=row.nom,
        siret=row.siret,
        reference_externe=row.reference_externe,
        adresse=row.adresse,
        budgets=tuple(row.budgets),
    )


def contrat(row: t.Contrat) -> parties.Contrat:
    """Return a contract."""
    return parties.Contrat(
        numero=row.numero,
        debut=row.debut,
        fin=row.fin,
        delai_pieces_jours=row.delai_pieces_jours,
        parametres=row.parametres,
    )


def agent(row: t.Agent) -> parties.Agent:
    """Return an agent, without the NIR."""
    return parties.Agent(
        id=row.id,
        reference=row.reference,
        collectivite_id=row.collectivite_id,
        nom_famille=row.nom_famille,
        nom_usage=row.nom_usage,
        prenoms=tuple(row.prenoms),
        date_naissance=row.date_naissance,
        matricule=row.matricule,
        nir_empreinte=row.nir_empreinte,
        sexe=row.sexe,
        regime=row.regime,
        statut=row.statut,
        service_id=row.service_id,
        reference_externe=row.reference_externe,
        situation=row.situation,
        version=row.version,
    )


def consequence(row: t.Consequence) -> evenements.Consequence:
    """Return a conséquence."""
    return evenements.Consequence(
        id=row.id,
        reference=row.reference,
        evenement_id=row.evenement_id,
        type=row.type,
        periode=periode_of(row.debut, row.fin),
        champs=row.champs,
        reference_externe=row.reference_externe,
        version=row.version,
    )


def evenement(
    row: t.Evenement, consequences: Iterable[t.Consequence] = ()
) -> evenements.Evenement:
    """Return an event with its conséquences."""
    return evenements.Evenement(
        id=row.id,
        reference=row.reference,
        collectivite_id=row.collectivite_id,
        agent_id=row.agent_id,
        nature=row.nature,
        date_survenance=row.date_survenance,
        numero=row.numero,
        is_sans_arret=row.sans_arret,
        has_tiers=row.tiers_implique,
        etat=row.etat,
        champs=row.champs,
        consequences=tuple(consequence(c) for c in consequences),
        reference_externe=row.reference_externe,
        declare_at=row.declare_at,
        version=row.version,
    )


def piece(row: t.PieceAttendue) -> pieces.PieceAttendue:
    """Return a requirement."""
    return pieces.PieceAttendue(
        id=row.id,
        reference=row.reference,
        collectivite_id=row.collectivite_id,
        evenement_id=row.evenement_id,
        agent_id=row.agent_id,
        type=row.type,
        exigible_le=row.exigible_le,
        echeance=row.echeance,
        date_reference=row.date_reference,
        base=row.base,
        precision=row.precision,
        periode=periode_of(row.debut, row.fin),
        consequence_id=row.consequence_id,
        etat=row.etat,
        substituts=tuple(_substitut(s) for s in row.substituts),
        montant_eur=row.montant_eur,
        bloque_eur=row.bloque_eur,
        origine=row.origine,
        motif=row.motif,
        reference_externe=row.reference_externe,
        version=row.version,
    )


def _substitut(entry: dict[str, Any]) -> pieces.Substitut:
    return pieces.Substitut(type=entry["type"], cas=entry.get("cas"))
