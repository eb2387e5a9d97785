"""Claims against liable third parties: saved, sent, open, settled (guide S21, S22)."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from records import tables as t
from records.comptes import Perimetre
from records.journal import FaitNouveau, Tag
from records.references import Sujet, new_reference
from records.store import journal, revisions
from records.store.agents import refuse_stale
from records.store.renvois import id_of
from records.store.taches import TacheNouvelle, close_event_task, open_task
from records.vocabulary import EtatRecours, Typologie
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, ForbiddenError

WAITING = "recours-enregistre"
PROPOSED = "recours-a-ouvrir"
FIRST_STATES = ("saisi", "enregistre", "envoye")
# `EtatRecours`: from each state, those that may follow
NEXT_STATES = {
    "saisi": {"saisi", "enregistre", "envoye", "clos"},
    "enregistre": {"enregistre", "saisi", "envoye", "clos"},
    "envoye": {"envoye", "ouvert", "clos"},
    "ouvert": {"ouvert", "clos"},
    "clos": {"clos", "ouvert"},
}


# taking a claim up, settling it or opening it again is the handler's act
HANDLERS_ONLY = frozenset(
    {("envoye", "ouvert"), ("ouvert", "clos"), ("clos", "ouvert")}
)


def next_states(etat: str, *, is_handler: bool) -> tuple[str, ...]:
    """Return the states a person may give to a claim, its present one first."""
    return (
        etat,
        *(
            word.code
            for word in EtatRecours
            if word.code in NEXT_STATES[etat] - {etat}
            and (is_handler or (etat, word.code) not in HANDLERS_ONLY)
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recours:
    """One claim; `etat` is one of `NEXT_STATES`."""

    id: int
    reference: str
    collectivite_id: int
    evenement_id: int
    agent_id: int
    etat: str
    champs: Mapping[str, Any] = field(default_factory=dict)
    reference_externe: str | None = None
    cree_at: dt.datetime | None = None
    envoye_at: dt.datetime | None = None
    version: int = 1


def add(
    session: WriteSession,
    evenement: str,
    *,
    perimetre: Perimetre,
    auteur: str,
    now: dt.datetime,
    etat: str = "enregistre",
    champs: Mapping[str, Any] | None = None,
    reference_externe: str | None = None,
) -> Recours:
    """Open a claim on an event (by its reference); sending it is the same act."""
    found = id_of(session, t.Evenement, evenement, perimetre=perimetre)
    parent = session.get_one(t.Evenement, found)
    if etat not in FIRST_STATES:
        raise ConflictError(
            "etat-impossible", "Un recours commence saisi, enregistré ou envoyé."
        )
    _refuse_double(session, parent.id)
    row = t.Recours(
        reference=new_reference(Sujet.RECOURS, now.year),
        reference_externe=reference_externe,
        collectivite_id=parent.collectivite_id,
        evenement_id=parent.id,
        agent_id=parent.agent_id,
        etat=etat,
        champs=dict(champs or {}),
        cree_at=now,
        envoye_at=now if etat == "envoye" else None,
    )
    session.add(row)
    session.flush()
    _write(session, Tag.RECOURS_SAISI, row, auteur, now)
    if etat == "envoye":
        _write(session, Tag.RECOURS_ENVOYE, row, auteur, now)
    _keep_task(session, row, auteur, now)
    return value_of(row)


def change(
    session: WriteSession,
    reference: str,
    *,
    perimetre: Perimetre,
    auteur: str,
    now: dt.datetime,
    etat: str | None = None,
    champs: Mapping[str, Any] | None = None,
    version: int | None = None,
    is_handler: bool = True,
) -> Recours:
    """Change state or fields; `ConflictError` when the state cannot follow.

    Raises `ForbiddenError` when the state is for the handler to give.
    """
    found = id_of(session, t.Recours, reference, perimetre=perimetre)
    row = session.get_one(t.Recours, found, with_for_update=True)
    refuse_stale(row.version, version)
    wanted = etat or row.etat
    if wanted not in NEXT_STATES.get(row.etat, set()):
        raise ConflictError(
            "etat-impossible",
            f"Un recours « {_word(row.etat)} » ne peut pas devenir "
            f"« {_word(wanted)} ». Rien n'a été changé.",
        )
    if wanted not in next_states(row.etat, is_handler=is_handler):
        raise ForbiddenError(
            "acte-reserve",
            "Votre gestionnaire ouvre et clôt les recours envoyés : demandez-le-lui.",
        )
    is_sent = wanted == "envoye" and row.etat != "envoye"
    row.etat = wanted
    if champs is not None:
        row.champs = dict(champs)
    if is_sent:
        row.envoye_at = now
    row.version += 1
    session.flush()
    tag = Tag.RECOURS_ENVOYE if is_sent else Tag.RECOURS_MODIFIE
    _write(session, tag, row, auteur, now)
    _keep_task(session, row, auteur, now)
    return value_of(row)


def _word(etat: str) -> str:
    return EtatRecours.of(etat).label if etat in NEXT_STATES else etat


def _refuse_double(session: ReadSession, evenement_id: int) -> None:
    """Refuse a second claim while one is under way: the same act done twice."""
    found = under_way(session, evenement_id)
    if found is not None:
        raise ConflictError(
            "recours-existant",
            f"Un recours est déjà en cours pour cet évènement ({found.reference}, "
            f"{_word(found.etat).lower()}) : modifiez-le. Rien n'a été ajouté.",
        )


def _keep_task(
    session: WriteSession, row: t.Recours, auteur: str, now: dt.datetime
) -> None:
    """Keep the action « demande de recours » open while one is saved and not sent.

    The proposal raised by a paper is answered as soon as there is a claim.
    """
    close_event_task(
        session,
        row.evenement_id,
        PROPOSED,
        auteur=auteur,
        motif="Un recours est noté.",
        now=now,
    )
    waiting = session.scalar(
        sa.select(sa.func.count()).where(
            t.Recours.evenement_id == row.evenement_id, t.Recours.etat == "enregistre"
        )
    )
    if not waiting:
        close_event_task(
            session,
            row.evenement_id,
            WAITING,
            auteur=auteur,
            motif="Aucune demande de recours en attente d'envoi.",
            now=now,
        )
        return
    task = TacheNouvelle(
        typologie=Typologie.RECOURS_A_ENVOYER,
        code=WAITING,
        detail="Une demande de recours est enregistrée et n'est pas envoyée.",
        collectivite_id=row.collectivite_id,
        evenement_id=row.evenement_id,
        proprietaire="collectivite",
    )
    open_task(session, task, auteur=auteur, now=now)


def _write(
    session: WriteSession, tag: Tag, row: t.Recours, auteur: str, now: dt.datetime
) -> None:
    revisions.keep(session, row, auteur=auteur, now=now)
    fait = FaitNouveau(
        tag=tag,
        sujet=row.reference,
        auteur=auteur,
        collectivite_id=row.collectivite_id,
        evenement_id=row.evenement_id,
        contenu={"etat": row.etat},
    )
    journal.append(session, fait, now)


def find(session: ReadSession, reference: str, *, perimetre: Perimetre) -> Recours:
    """Return a claim; `NotFoundError` when foreign or inexistent."""
    found = id_of(session, t.Recours, reference, perimetre=perimetre)
    return value_of(session.get_one(t.Recours, found))


def of_evenements(
    session: ReadSession, ids: Iterable[int]
) -> dict[int, tuple[Recours, ...]]:
    """Return the claims of events already known to be visible, oldest first."""
    wanted = sorted(set(ids))
    found: dict[int, tuple[Recours, ...]] = dict.fromkeys(wanted, ())
    rows = session.scalars(
        sa.select(t.Recours)
        .where(t.Recours.evenement_id.in_(wanted))
        .order_by(t.Recours.id)
    )
    for row in rows:
        found[row.evenement_id] = (*found[row.evenement_id], value_of(row))
    return found


def under_way(session: ReadSession, evenement_id: int) -> Recours | None:
    """Return the claim of an event that is not settled, None when there is none."""
    row = session.scalar(
        sa.select(t.Recours)
        .where(t.Recours.evenement_id == evenement_id, t.Recours.etat != "clos")
        .order_by(t.Recours.id)
        .limit(1)
    )
    return value_of(row) if row else None


def value_of(row: t.Recours) -> Recours:
    """Return the value of a row."""
    return Recours(
        id=row.id,
        reference=row.reference,
        collectivite_id=row.collectivite_id,
        evenement_id=row.evenement_id,
        agent_id=row.agent_id,
        etat=row.etat,
        champs=dict(row.champs),
        reference_externe=row.reference_externe,
        cree_at=row.cree_at,
        envoye_at=row.envoye_at,
        version=row.version,
    )
