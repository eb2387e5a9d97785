"""A letter that asks nothing of anybody: an invented one, to see a wording in its page."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from letters import compose, evenementiels, render
from letters.compose import EnTete, LigneLettre
from letters.evenementiels import Signataire, Sujet
from records.evenements import Consequence, Evenement
from records.natures import Catalogue
from records.parties import Agent, Collectivite
from records.periodes import Periode
from records.pieces import PieceAttendue

_NOBODY = "VGM0:SPECIMEN"
_REF = "SPECIMEN"


def pdf(
    nature: str,
    wording: Mapping[str, str],
    collectivite: Collectivite,
    known: Catalogue,
    on: dt.date,
) -> bytes:
    """Print an invented letter with these texts, marked as a specimen."""
    tete = EnTete(
        reference=_REF, numero="SPÉCIMEN", date=on, collectivite=collectivite,
        contrat=None, nature=nature, adresse_portail="https://portail.exemple",
    )  # fmt: skip
    who, event = _agent(collectivite.id), _event(collectivite.id, nature, on)
    if nature == "document_manquant":
        made = compose.missing(tete, _lines(who, event), wording, known)
    else:
        made = evenementiels.compose_from(
            tete, Sujet(agent=who, evenement=event, catalogue=known), Signataire(),
            wording,
        )  # fmt: skip
    return render.pdf(
        render.values(made), instant=dt.datetime.combine(on, dt.time(), tzinfo=dt.UTC)
    )


def _agent(collectivite_id: int) -> Agent:
    return Agent(
        id=0, reference=_REF, collectivite_id=collectivite_id, nom_famille="DURAND",
        prenoms=("Camille",), matricule="M-000",
    )  # fmt: skip


def _event(collectivite_id: int, nature: str, on: dt.date) -> Evenement:
    is_leave = nature == "document_manquant"
    return Evenement(
        id=0, reference=_REF, collectivite_id=collectivite_id, agent_id=0,
        nature="CMO" if is_leave else "AS",
        date_survenance=on - dt.timedelta(days=40),
        champs={"lieu": "Escalier de la mairie", "heure": "10:30",
                "circonstances": "Chute dans l’escalier en portant des dossiers."},
    )  # fmt: skip


def _lines(who: Agent, event: Evenement) -> list[LigneLettre]:
    start = event.date_survenance
    days = Periode.inclusive(start, start + dt.timedelta(days=13))
    cause = Consequence(
        id=0, reference=_REF, evenement_id=0, type="ARRET", periode=days
    )
    return [
        LigneLettre(
            piece=PieceAttendue(
                id=rank, reference=_REF, collectivite_id=event.collectivite_id,
                evenement_id=0, agent_id=0, type=type_, exigible_le=start,
                echeance=start + dt.timedelta(days=90), date_reference=start, base="",
                periode=days, montant_eur=Decimal("1234.50") if rank == 0 else None,
            ),
            agent=who, evenement=event, consequence=cause, couverture=None,
            premiere_demande=start, code=_NOBODY,
        )
        for rank, type_ in enumerate(("AAT", "BULLETIN"))
    ]  # fmt: skip
