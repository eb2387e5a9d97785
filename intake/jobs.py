"""Queue entry points: what a worker does, and how one is built from the settings."""

import datetime as dt
import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
import structlog

from intake import ajustement, colis_reception, orphelins
from intake import tables as t
from intake.cloture import close_colis
from intake.colis import CLOSE_JOB, Ouvroir, has_unread, note_end, open_colis
from intake.depots import UNFINISHED
from intake.enveloppes import LimitesColis
from intake.pipeline import Atelier, process
from intake.reception import JOB, Guichet
from intake.triage import MODULES, LimitesTri, moteurs
from records import tables_colis as tc
from records.colis import EtatColis, Sens
from records.store import colis as colis_store
from socle import queue
from socle.antivirus import Antivirus
from socle.clock import Clock
from socle.crypto import Coffre
from socle.db import Database, ReadSession, WriteSession
from socle.sandbox import Sandbox
from socle.settings import Settings, master_key
from socle.storage import open_storage

CONCURRENCE = 2
SWEEP_S = 60.0
# once every so many rounds, what takes longer: orphans, old jobs
LONG_ROUND = 60
STUCK_AFTER = dt.timedelta(minutes=2)
JOBS_KEPT = dt.timedelta(days=7)
REQUEUE_MAX = 200

log = structlog.get_logger()


def life() -> str:
    """Name the life of the service: changes when whoever started us starts anew.

    A worker that dies alone is started again by the same parent; when the whole service
    stops, the parent changes too.
    """
    parent = os.getppid()
    try:
        # the 22nd word: when the parent was started, in ticks since the machine's start
        born = Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()[19]
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except (OSError, IndexError):
        return str(parent)
    return f"{boot}/{parent}/{born}"


def build(settings: Settings, clock: Clock) -> Atelier:
    """Construct what reading needs."""
    return Atelier(
        db=Database(settings.database_url),
        storage=open_storage(settings),
        sandbox=Sandbox(MODULES),
        antivirus=Antivirus(settings.clamd),
        coffre=Coffre(master_key(settings)),
        clock=clock,
        limites=LimitesTri(pages_max=settings.pages_max),
        vie=life(),
    )


def build_opening(settings: Settings, atelier: Atelier) -> Ouvroir:
    """Construct what opening a colis needs, on top of what reading needs."""
    guichet = Guichet(
        db=atelier.db,
        storage=atelier.storage,
        queue=queue.Queue(atelier.db),
        coffre=atelier.coffre,
        taille_max=settings.taille_max,
    )
    limites = LimitesColis(membre_max=settings.taille_max)
    return Ouvroir(atelier=atelier, guichet=guichet, limites=limites)


def build_worker(
    settings: Settings,
    clock: Clock,
    concurrence: int | None = None,
    equipes: Sequence[queue.Equipe] = (),
) -> tuple[queue.Worker, Atelier]:
    """Construct a worker; `launch` starts it, `stop` drains it.

    `equipes` are the other desks': their jobs go in the same queue.
    """
    atelier = build(settings, clock)
    ouvroir = build_opening(settings, atelier)

    def read_depot(reference: str) -> None:
        process(atelier, reference, queue.step)
        note_end(ouvroir, reference)

    def open_one(reference: str) -> None:
        open_colis(ouvroir, reference)

    def close_one(reference: str) -> None:
        close_colis(ouvroir, reference)

    slot = queue.Slot(
        executeur=settings.travailleur_id, concurrence=concurrence or CONCURRENCE
    )

    def refit_model(_day: str) -> None:
        ajustement.refit(atelier.db, atelier.coffre, atelier.clock.now())

    jobs = {
        JOB: read_depot,
        colis_reception.JOB: open_one,
        CLOSE_JOB: close_one,
        ajustement.JOB: refit_model,
    }
    for equipe in equipes:
        jobs |= equipe.jobs
    worker = queue.Worker(atelier.db, slot, clock, jobs)
    return worker, atelier


def work(
    settings: Settings,
    clock: Clock,
    *,
    concurrence: int | None = None,
    equipes: Sequence[queue.Equipe] = (),
) -> None:
    """Work the queue until the process is asked to stop; drains for 20 seconds."""
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    worker, atelier = build_worker(settings, clock, concurrence, equipes)
    worker.launch()
    pending = queue.Queue(atelier.db)
    rapport = dict(moteurs(atelier.sandbox))
    atelier.db.write(queue.describe, settings.travailleur_id, rapport, clock.now())
    log.info("travailleur-pret", slot=settings.travailleur_id)
    rang = 0
    while not stopping.wait(SWEEP_S):
        rang += 1
        _round(atelier, pending, settings.travailleur_id, rang, equipes)
    worker.stop()
    pending.close()
    atelier.sandbox.close()


def _round(
    atelier: Atelier,
    pending: queue.Queue,
    slot: str,
    rang: int,
    equipes: Sequence[queue.Equipe],
) -> None:
    """Sweep, if this slot is the one that does; a sweep that fails is for next time."""
    try:
        alive = atelier.db.read(queue.alive, atelier.clock.now())
        if alive[:1] != [slot]:
            return
        sweep(atelier, pending)
        if rang % LONG_ROUND == 0:
            long_sweep(atelier, pending)
        if rang % LONG_ROUND == 1:
            # soon after a start, then every hour: once per legal day in all
            now = atelier.clock.now()
            atelier.db.write(ajustement.schedule, pending, now)
    except Exception as error:
        log.warning("balayage-manque", exc_info=error)
        return
    for equipe in equipes:
        _look_around(equipe, pending)


def _look_around(equipe: queue.Equipe, pending: queue.Queue) -> None:
    """Let a desk look for what is due; one that fails stops no other."""
    if equipe.round is None:
        return
    try:
        equipe.round(pending)
    except Exception as error:
        log.warning("tournee-manquee", exc_info=error)


def sweep(atelier: Atelier, pending: queue.Queue) -> int:
    """Queue again the deposits nobody works on; remove stale temporary files."""
    removed = atelier.storage.sweep()
    stuck = atelier.db.read(_stuck, atelier.clock.now())
    alive = pending.unfinished(stuck) if stuck else set()
    lost = [reference for reference in stuck if reference not in alive]
    if lost:
        atelier.db.write(_requeue, pending, lost, atelier.clock.now())
    forgotten = atelier.db.read(_stuck_colis, atelier.clock.now())
    if forgotten:
        atelier.db.write(_requeue_colis, pending, forgotten, atelier.clock.now())
    log.info("balayage", reprises=len(lost) + len(forgotten), n=removed)
    return len(lost)


def long_sweep(atelier: Atelier, pending: queue.Queue) -> int:
    """Remove bytes that no receipt promised and jobs long done; return how many bytes."""
    now = atelier.clock.now()
    removed = orphelins.sweep(atelier.db, atelier.storage, now)
    forgotten = pending.purge(now - JOBS_KEPT)
    log.info("balayage-long", nombre=removed, n=forgotten)
    return removed


def _stuck(session: ReadSession, now: dt.datetime) -> list[str]:
    """Return the deposits that should have ended, the oldest first."""
    statement = (
        sa.select(t.Depot.reference)
        .where(t.Depot.etat.in_(UNFINISHED), t.Depot.recu_at < now - STUCK_AFTER)
        .order_by(t.Depot.id)
        .limit(REQUEUE_MAX)
    )
    return list(session.scalars(statement))


def _stuck_colis(session: ReadSession, now: dt.datetime) -> list[tuple[str, str]]:
    """Return the colis to open again, or to close, each with its job."""
    c = tc.Colis
    rows = session.execute(
        sa.select(c.id, c.reference, c.etat)
        .where(
            c.etat.in_((*colis_store.UNFINISHED, EtatColis.DEPOUILLE.code)),
            c.sens == Sens.ENTRANT.code,
            c.recu_at < now - STUCK_AFTER,
        )
        .order_by(c.id)
        .limit(REQUEUE_MAX)
    )
    return [
        (
            reference,
            colis_reception.JOB if etat in colis_store.UNFINISHED else CLOSE_JOB,
        )
        for colis_id, reference, etat in rows
        if etat in colis_store.UNFINISHED or not has_unread(session, colis_id)
    ]


def _requeue_colis(
    session: WriteSession,
    pending: queue.Queue,
    forgotten: list[tuple[str, str]],
    now: dt.datetime,
) -> None:
    """Give a new job to colis whose job is gone; none when one waits or runs."""
    alive = pending.unfinished([reference for reference, _ in forgotten])
    for reference, job in forgotten:
        if reference not in alive:
            key = f"{reference}#{job.rpartition(':')[2]}{int(now.timestamp()) // 60}"
            pending.defer(session, job, reference, key=key)


def _requeue(
    session: WriteSession, pending: queue.Queue, lost: list[str], now: dt.datetime
) -> None:
    """Give a new job to deposits whose job is gone or has failed; once a minute."""
    for reference in lost:
        key = f"{reference}#{int(now.timestamp()) // 60}"
        pending.defer(session, JOB, reference, key=key)
