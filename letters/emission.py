"""One document printed from an event, at the request of a person: composed, kept, numbered.

Printed outside any transaction, issued only when nothing changed meanwhile.
"""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import structlog

from letters import compose, courriers, evenementiels, render
from letters.compose import EnTete
from letters.courriers import Courrier, CourrierNouveau, NatureCourrier
from letters.edition import TRIES, Bureau, instant_of
from letters.evenementiels import Signataire, Sujet
from letters.redaction import Modele, modele_of
from records.comptes import Perimetre
from records.parties import Collectivite, Contrat
from records.references import Sujet as Genre
from records.references import new_reference
from records.store import agents, collectivites, evenements, journal
from records.store.emissions import Registre, next_rank, numero
from socle.db import ReadSession, WriteSession
from socle.errors import RefusedError, UnavailableError
from socle.storage import Recu

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandeEdition:
    """What a person asks to print: which event, which document, signed by whom."""

    evenement: str
    nature: NatureCourrier
    perimetre: Perimetre
    signataire: Signataire
    on: dt.date
    now: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Etat:
    """What the document is made from."""

    sujet: Sujet
    collectivite: Collectivite
    contrat: Contrat | None
    rang: int
    modele: Modele


def issue_from_event(bureau: Bureau, asked: DemandeEdition) -> Courrier:
    """Print one document of an event and issue it; `NotFoundError` when foreign.

    Raises `RefusedError` (`edition-sans-objet`) for an event of another nature.
    """
    reference = new_reference(Genre.COURRIER, asked.on.year)
    for _ in range(TRIES):
        state = bureau.db.read(_state, bureau, asked)
        kept = _compose(asked, state, reference)
        octets = render.pdf(kept, instant=instant_of(asked.on))
        recu = bureau.storage.put(courriers.owner_of(state.collectivite.id), octets)
        letter = bureau.db.write(_issue, bureau, asked, state, kept, recu, reference)
        if letter is not None:
            log.info("courrier-emis", courrier=letter.reference, nombre=0)
            return letter
    raise UnavailableError(
        "service-occupe",
        "Ce dossier change en ce moment : recommencez dans un instant.",
    )


def _state(session: ReadSession, bureau: Bureau, asked: DemandeEdition) -> _Etat:
    event = evenements.get(session, asked.evenement, asked.perimetre)
    if asked.nature not in evenementiels.editions_of(event):
        raise RefusedError(
            "edition-sans-objet",
            f"« {asked.nature.label} » ne s'édite que pour un accident de service, de "
            "trajet ou du travail, ou une maladie professionnelle.",
        )
    place = collectivites.by_id(session, event.collectivite_id)
    return _Etat(
        sujet=Sujet(
            agent=agents.by_id(session, event.agent_id),
            evenement=event,
            catalogue=bureau.catalogue(event.date_survenance),
        ),
        collectivite=place,
        contrat=collectivites.contrat_au(session, place.id, asked.on),
        rang=next_rank(session, Registre.COURRIERS, place.id, asked.on.year),
        modele=modele_of(session, asked.nature.code, place.id),
    )


def _compose(asked: DemandeEdition, state: _Etat, reference: str) -> dict[str, Any]:
    tete = EnTete(
        reference=reference,
        numero=numero(asked.on.year, state.rang),
        date=asked.on,
        collectivite=state.collectivite,
        contrat=state.contrat,
        nature=asked.nature.code,
    )
    made = evenementiels.compose_from(
        tete, state.sujet, asked.signataire, state.modele.textes
    )
    return render.values(made)


def _issue(
    session: WriteSession,
    bureau: Bureau,
    asked: DemandeEdition,
    state: _Etat,
    kept: dict[str, Any],
    recu: Recu,
    reference: str,
) -> Courrier | None:
    place, event = state.collectivite, state.sujet.evenement
    journal.lock(session, place.id)
    now_found = _state(session, bureau, asked)
    if replace(now_found, sujet=state.sujet) != state or (
        (now_found.sujet.agent, now_found.sujet.evenement)
        != (state.sujet.agent, state.sujet.evenement)
    ):
        return None
    new = CourrierNouveau(
        reference=reference, collectivite_id=place.id, nature=asked.nature,
        annee=asked.on.year, rang=state.rang, date=asked.on, objet=kept["titre"],
        recu=recu, contenu=kept, agent_id=event.agent_id, evenement_id=event.id,
        mots=(place.nom, kept["titre"], compose.person(state.sujet.agent),
              compose.happening(event, state.sujet.catalogue)),
    )  # fmt: skip
    return courriers.issue(session, new, auteur=bureau.auteur, now=asked.now)
