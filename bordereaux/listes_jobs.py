"""Queue entry points of the lists: what is due is queued once, then made."""

import datetime as dt

from bordereaux import listes_registre
from bordereaux.listes_tirage import JOB, Bureau, edit_due
from socle.clock import Clock, legal_day
from socle.db import WriteSession
from socle.queue import Equipe, Queue


def equipe(bureau: Bureau, clock: Clock) -> Equipe:
    """Return the job that makes a list, and the round that finds those due."""

    def make(reference: str, due_on: str) -> None:
        edit_due(bureau, reference, dt.date.fromisoformat(due_on), clock.now())

    def look(pending: Queue) -> int:
        return queue_due(bureau, pending, legal_day(clock.now()), clock.now())

    return Equipe(jobs={JOB: make}, round=look)


def queue_due(bureau: Bureau, pending: Queue, on: dt.date, now: dt.datetime) -> int:
    """Queue the lists due by a day; return how many. A job lost is queued again.

    The key holds the hour: a run that failed is tried again later, one that waits or runs
    is left alone, and a run already made is never made twice.
    """
    found = bureau.db.read(listes_registre.due, on)
    alive = pending.unfinished([key_of(*one) for one in found]) if found else set()
    wanted = [one for one in found if key_of(*one) not in alive]
    if wanted:
        bureau.db.write(_queue, pending, wanted, now)
    return len(wanted)


def key_of(reference: str, due_on: dt.date) -> str:
    """Return the key of a run that is due."""
    return f"liste-{reference}-{due_on.isoformat()}"


def _queue(
    session: WriteSession,
    pending: Queue,
    wanted: list[tuple[str, dt.date]],
    now: dt.datetime,
) -> None:
    hour = int(now.timestamp()) // 3600
    for reference, due_on in wanted:
        key = f"{key_of(reference, due_on)}#{hour}"
        pending.defer(session, JOB, reference, due_on.isoformat(), key=key)
