"""Queue entry points: the round of the night, once a legal day; the outbox every minute."""

import datetime as dt
from zoneinfo import ZoneInfo

import structlog

from letters import tournee
from letters.edition import Bureau
from records.comptes import HOUSE
from records.store import contestations, courriels
from records.store.relances import collectivites_with_lines
from socle import mail
from socle.clock import Clock, legal_day
from socle.db import WriteSession
from socle.queue import Equipe, Queue

JOB = "courriers:nuit"
# when nobody works: the day's deposits are read, the morning's mail is ready
NIGHT = (dt.time(2), dt.time(6))
log = structlog.get_logger()


def equipe(bureau: Bureau, clock: Clock, serveur: mail.Serveur | None) -> Equipe:
    """Return what the letters ask of a worker."""

    def night(day: str) -> None:
        go(bureau, dt.date.fromisoformat(day), clock.now())

    def look_around(pending: Queue) -> None:
        now = clock.now()
        bureau.db.write(schedule, pending, now)
        if serveur is not None:
            mail.deliver(bureau.db, serveur, now, on_stopped=courriels.tell)

    return Equipe(jobs={JOB: night}, round=look_around)


def schedule(session: WriteSession, pending: Queue, now: dt.datetime) -> bool:
    """Ask for the round of this night, once; False outside the hours of the night."""
    local = now.astimezone(ZoneInfo("Europe/Paris")).time()
    if not NIGHT[0] <= local < NIGHT[1]:
        return False
    day = legal_day(now).isoformat()
    pending.defer(session, JOB, day, key=f"{JOB}:{day}")
    return True


def go(bureau: Bureau, on: dt.date, now: dt.datetime) -> int:
    """Issue what is due on a day, give silence its effect; return how many letters.

    Run twice, the second run issues nothing.
    """
    ended = bureau.db.write(contestations.expire, on, now)
    places = bureau.db.read(collectivites_with_lines, HOUSE)
    passages = list(tournee.go(bureau, places, on, now))
    issued = sum(len(passage.courriers) for passage in passages)
    failed = sum(passage.code is not None for passage in passages)
    log.info("nuit-des-courriers", nombre=issued, n=failed, reprises=ended)
    return issued
