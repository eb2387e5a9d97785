"""Letters for the doors of the house: the desk built from the services, plans as JSON."""

import datetime as dt
from typing import Any

from letters.courriers import Courrier
from letters.edition import Bureau
from letters.plans import Plan
from letters.tournee import Passage
from records.store import collectivites, renvois
from records.store.relances import collectivites_with_lines
from socle.db import ReadSession
from web.api import present
from web.api.contexte import Contexte
from web.services import Services

Json = dict[str, Any]
MOTIFS = {
    "recue-a-verifier": "un document est reçu et attend d’être vérifié",
    "depot-sur-la-ligne": "un fichier reçu pour cette ligne n’est pas encore lu",
    "depot-sur-l-evenement": "un fichier reçu pour cet évènement n’est pas encore lu",
    "depot-sur-l-agent": "un fichier reçu pour cet agent n’est pas encore lu",
    "depot-non-lu": "un fichier reçu de la collectivité n’est pas encore lu",
    "document-a-verifier": "un document reçu attend d’être vérifié et peut y répondre",
    "contestation": "une demande de la collectivité attend une réponse",
}


def bureau_of(services: Services, auteur: str) -> Bureau:
    """Return the desk that issues letters, acting for someone."""
    return Bureau(
        db=services.db,
        storage=services.storage,
        coffre=services.coffre,
        catalogue=services.catalogue,
        adresse_portail=services.settings.public_url,
        auteur=auteur,
    )


def places(
    session: ReadSession, ctx: Contexte, references: list[str] | None
) -> tuple[int, ...]:
    """Return the collectivités to visit: those named, or all of whom something is asked.

    Raises `NotFoundError` for a collectivité one does not see.
    """
    if references is None:
        return collectivites_with_lines(session, ctx.perimetre)
    found = [collectivites.get(session, r, ctx.perimetre).id for r in references]
    return tuple(dict.fromkeys(found))


def plan_json(plan: Plan) -> Json:
    """Return what would leave for a collectivité, and what waits and why."""
    return {
        "collectivite": plan.collectivite.reference,
        "demandes": [
            {
                "piece": demande.piece.reference,
                "type": demande.piece.type,
                "evenement": plan.lignes[demande.piece.id].evenement.reference,
                "relance": demande.relance,
                "due_le": present.day(demande.due_le),
                "motif": f"exigible le {demande.piece.exigible_le:%d/%m/%Y}, relance "
                f"{demande.relance} due le {demande.due_le:%d/%m/%Y}",
            }
            for demande in plan.demandes
        ],
        "suspendues": [
            {
                "piece": waiting.piece.reference,
                "type": waiting.piece.type,
                "relance": waiting.relance,
                "code": waiting.motif,
                "motif": MOTIFS.get(waiting.motif, waiting.motif),
            }
            for waiting in plan.suspensions
        ],
    }


def courrier_json(
    letter: Courrier, *, collectivite: str, evenement: str | None
) -> Json:
    """Return a letter as lists show it."""
    return {
        "reference": letter.reference,
        "numero": letter.numero,
        "collectivite": collectivite,
        "evenement": evenement,
        "nature": letter.nature,
        "relance": letter.relance,
        "objet": letter.objet,
        "date": present.day(letter.date_courrier),
        "emis_le": present.instant(letter.emis_at),
        "nb_documents": letter.nb_lignes,
        "montant_bloque": present.money(letter.montant_eur),
        "empreinte": letter.empreinte,
        "taille": letter.taille,
        "telecharge_le": present.instant(letter.lu_at),
        "pdf": f"/api/v1/courriers/{letter.reference}.pdf",
    }


def courriers_json(session: ReadSession, letters: list[Courrier]) -> list[Json]:
    """Return letters as lists show them."""
    homes = renvois.collectivites(session, [x.collectivite_id for x in letters])
    events = renvois.evenements(session, [x.evenement_id for x in letters])
    return [
        courrier_json(
            letter,
            collectivite=homes[letter.collectivite_id],
            evenement=events.get(letter.evenement_id or 0),
        )
        for letter in letters
    ]


def edition_json(
    on: dt.date, letters: list[Json], failed: list[tuple[str, Passage]]
) -> Json:
    """Return what a run did."""
    return {
        "date": present.day(on),
        "essai": False,
        "courriers": letters,
        "plans": [],
        "echecs": [
            {"collectivite": ref, "code": p.code, "detail": p.detail}
            for ref, p in failed
        ],
    }
