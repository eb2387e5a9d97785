"""Making a list: read, compose, draw, keep. What was kept opens again to the same bytes.

Drawing is slow and happens outside any transaction; the run is kept only when no other
took its number meanwhile. A run that was due is made once, whoever tries again.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from bordereaux import listes, listes_avis, listes_registre, listes_rendu
from bordereaux.listes_registre import (
    Execution,
    ExecutionNouvelle,
    ListeVue,
    owner_of,
)
from records.comptes import HOUSE
from records.natures import Catalogue
from records.periodes import Periode
from records.store import arrets, collectivites, emissions
from socle.clock import legal_day
from socle.db import Database, ReadSession, WriteSession
from socle.errors import RefusedError, UnavailableError
from socle.storage import Storage

JOB = "listes:editer"
TRIES = 5
MAX_LINES = 20_000
TITRE = "Liste des arrêts"
Json = dict[str, Any]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bureau:
    """What making lists needs, built once."""

    db: Database
    storage: Storage
    catalogue: Callable[[dt.date], Catalogue]
    # how the link in the mails names the portal
    adresse_portail: str
    auteur: str = "edition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pret:
    """A run composed, and the state it was composed from."""

    liste: ListeVue
    periode: Periode
    contenu: Json


class _ChangedError(Exception):
    """Another run took the number while this one was drawn: compose again."""


def edit(
    bureau: Bureau,
    liste: ListeVue,
    now: dt.datetime,
    *,
    due_on: dt.date | None = None,
) -> Execution:
    """Make one run; asked again for the same due day, it returns the run already made.

    Raises `RefusedError` when the list is too long, `UnavailableError` when others make
    the same list all the time.
    """
    for _ in range(TRIES):
        try:
            return _edit_once(bureau, liste, now, due_on)
        except _ChangedError:
            continue
    raise UnavailableError(
        "service-occupe", "Cette liste est déjà en cours d'édition. Recommencez."
    )


def _edit_once(
    bureau: Bureau, liste: ListeVue, now: dt.datetime, due_on: dt.date | None
) -> Execution:
    made = due_on and bureau.db.read(listes_registre.made_on, liste, due_on)
    if made:
        return made
    ready = bureau.db.read(_compose, bureau, liste.reference, now, due_on)
    owner = owner_of(liste.collectivite_id)
    pdf = bureau.storage.put(owner, listes_rendu.pdf(ready.contenu, instant=now))
    xlsx = bureau.storage.put(owner, listes_rendu.xlsx(ready.contenu, instant=now))

    def act(session: WriteSession) -> Execution:
        current = listes_registre.lock(session, ready.liste)
        if current.nb_executions != ready.liste.nb_executions:
            raise _ChangedError
        new = ExecutionNouvelle(
            rang=ready.contenu["rang"], prevue_le=due_on, periode=ready.periode,
            totaux=ready.contenu["total"], pdf=pdf, xlsx=xlsx, contenu=ready.contenu,
        )  # fmt: skip
        kept = listes_registre.keep(
            session, current, new, auteur=bureau.auteur, now=now
        )
        for recu in (pdf, xlsx):
            emissions.keep_bytes(session, owner, recu.empreinte, current.reference, now)
        if due_on is not None:
            listes_registre.move_on(session, current, legal_day(now))
        listes_avis.announce(session, current, kept, bureau.adresse_portail, now)
        return kept

    execution = bureau.db.write(act)
    log.info("liste-editee", reference=liste.reference, rang=execution.rang)
    return execution


def _compose(
    session: ReadSession,
    bureau: Bureau,
    reference: str,
    now: dt.datetime,
    due_on: dt.date | None,
) -> Pret:
    """Return the values of the next run, marked against the last one."""
    liste = listes_registre.get(session, reference, HOUSE)
    asked, on = liste.parametres, due_on or legal_day(now)
    known = bureau.catalogue(on)
    periode = listes.period_of(asked, on)
    found = arrets.touching(
        session, liste.perimetre, periode, collectivite_id=liste.collectivite_id
    )
    chosen = listes.kept(found, asked, periode, known)
    if len(chosen) > MAX_LINES:
        raise RefusedError(
            "liste-trop-longue",
            f"Cette liste aurait {len(chosen)} lignes, {MAX_LINES} au plus : choisissez "
            "un risque ou une période plus courte.",
        )
    lines = [listes.line(arret, periode, known) for arret in chosen]
    former = listes_registre.last(session, liste)
    place = collectivites.by_id(session, liste.collectivite_id)
    contenu = {
        "titre": TITRE,
        "collectivite": place.nom,
        "rang": liste.nb_executions + 1,
        "edite_le": listes_rendu.moment(now),
        "periode_dite": said_period(periode),
        "parametres": [list(pair) for pair in listes.said(asked)],
        **compared(lines, former),
        "sections": listes.sections(lines, asked.risques or listes.risks(known)),
        "total": listes.totals(lines),
    }
    return Pret(liste=liste, periode=periode, contenu=contenu)


def compared(lines: list[Json], former: Execution | None) -> Json:
    """Mark the lines against the last run, and say the difference in one sentence."""
    if former is None:
        for one in lines:
            one.update(etat="premiere", avant={})
        return {
            "changements": {"nouveaux": 0, "modifies": 0, "disparus": []},
            "evolution": "",
        }
    before = [
        one for section in former.contenu["sections"] for one in section["lignes"]
    ]
    found = listes.changes(before, lines)
    parts = (
        (found["nouveaux"], "nouvel arrêt", "nouveaux arrêts"),
        (found["modifies"], "arrêt modifié", "arrêts modifiés"),
        (
            len(found["disparus"]),
            "arrêt sorti de la liste",
            "arrêts sortis de la liste",
        ),
    )
    told = ", ".join(f"{n} {many if n > 1 else one}" for n, one, many in parts if n)
    since = f"Depuis l'édition n° {former.rang} du {former.contenu['edite_le']}"
    return {
        "changements": found,
        "evolution": f"{since} : {told or 'aucun changement'}.",
    }


def said_period(periode: Periode) -> str:
    """Say the days of a run.

    >>> said_period(Periode.month(2026, 9))
    'du 01/09/2026 au 30/09/2026'
    """
    if periode.nb_jours == 1:
        return f"au {periode.debut:%d/%m/%Y}"
    return f"du {periode.debut:%d/%m/%Y} au {periode.dernier:%d/%m/%Y}"


def edit_due(bureau: Bureau, reference: str, due_on: dt.date, now: dt.datetime) -> None:
    """Make a run that was due; a list stopped meanwhile is left alone."""
    liste = bureau.db.read(listes_registre.get, reference, HOUSE)
    if liste.prochaine_le is None or liste.prochaine_le > due_on:
        return
    edit(bureau, liste, now, due_on=due_on)
