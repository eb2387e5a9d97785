"""`surveiller`: the watched folder and the mailbox, until asked to stop.

`serve` keeps one running when the settings name a folder or a mailbox; the command is for
a folder of one day, or for a machine that does only this.
"""

import asyncio
import signal
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import structlog
import typer

from intake import canaux
from intake.canaux import Arrivee, Boite, DossierSurveille, PieceJointe
from records.store import comptes
from records.vocabulary import Canal
from socle.errors import ConflictError, RefusedError, UnavailableError, VaguemestreError
from socle.verrou import Verrou
from web import arrivees
from web.arrivees import Porte
from web.commands.console import die_with_parent, open_house, say
from web.services import Services

STILL_MS = 1000
MAIL_EVERY_S = 60.0
AGAIN_S = 30.0
log = structlog.get_logger()
Door = Callable[[], None]


def surveiller(
    dossier: Annotated[
        Path | None, typer.Argument(help="Dossier, ou VAGUEMESTRE_SURVEILLER.")
    ] = None,
    *,
    une_fois: Annotated[
        bool, typer.Option("--une-fois", help="Prend ce qui est là, puis s'arrête.")
    ] = False,
    avec_serve: Annotated[bool, typer.Option("--avec-serve", hidden=True)] = False,
) -> None:
    """Prend les fichiers d'un dossier surveillé et d'une boîte aux lettres."""
    services = open_house()
    if avec_serve:
        die_with_parent()
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    doors = _doors(services, dossier, stopping, once=une_fois)
    if not doors:
        raise RefusedError(
            "rien-a-surveiller",
            "Donnez un dossier, ou réglez VAGUEMESTRE_SURVEILLER ou VAGUEMESTRE_IMAP.",
        )
    locks = [lock for lock, _ in doors]
    if not avec_serve and not all(lock.take() for lock in locks):
        raise ConflictError(
            "deja-surveille",
            "Un autre processus relève déjà ce dossier ou cette boîte : « serve » le fait "
            "dès que les réglages les nomment.",
        )
    threads = [
        threading.Thread(
            target=_keep, args=(lock, door, stopping, une_fois), daemon=True
        )
        for lock, door in doors
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(timeout=0.5)
    for lock in locks:
        lock.release()
    services.db.close()


def _doors(
    services: Services, dossier: Path | None, stopping: threading.Event, *, once: bool
) -> list[tuple[Verrou, Door]]:
    """Return what is to be watched, each with the lock of who watches it."""
    settings = services.settings
    place, url = dossier or settings.surveiller, settings.imap
    found: list[tuple[Verrou, Door]] = []
    if url is not None:
        boite = Boite.of(url.get_secret_value())
        name = f"boite-{boite.utilisateur}-{boite.hote}-{boite.dossier}".replace(
            "/", "-"
        )
        mail = Verrou(name, settings.donnees, services.db)
        found.append(
            (mail, lambda: _watch_mail(services, boite, mail, stopping, once=once))
        )
    if place is not None:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = Verrou("surveillance", place)
        found.append(
            (folder, lambda: _watch_folder(services, place, stopping, once=once))
        )
    return found


def _keep(lock: Verrou, door: Door, stopping: threading.Event, once: bool) -> None:
    """Watch at one door, alone; what fails is told and tried again."""
    while not stopping.is_set():
        if not lock.is_held() and not lock.take():
            log.info("porte-tenue-ailleurs")
            stopping.wait(AGAIN_S)
            continue
        try:
            door()
        except Exception as error:
            log.warning("porte-en-echec", exc_info=error)
            if not once:
                stopping.wait(AGAIN_S)
        if once:
            return


def _watch_folder(
    services: Services, place: Path, stopping: threading.Event, *, once: bool
) -> None:
    """Take files as they come to rest; what is already there first."""
    import watchfiles

    watched = DossierSurveille(place)
    porte = Porte(
        services=services, canal=Canal.DOSSIER, depose_par=comptes.COMMAND_LINE
    )
    say(f"Dossier surveillé : {place}")
    watched.look()
    if once:
        stopping.wait(STILL_MS / 1000)
        take_folder(porte, watched)
        return
    for _ in watchfiles.watch(
        place,
        stop_event=stopping,
        rust_timeout=STILL_MS,
        yield_on_timeout=True,
        raise_interrupt=False,
    ):
        take_folder(porte, watched)


def take_folder(porte: Porte, watched: DossierSurveille) -> int:
    """Receive every file that stands still; return how many were taken."""
    taken = 0
    for arrivee in watched.look():
        refus = None
        try:
            asyncio.run(_receive(porte, arrivee))
        except UnavailableError as error:
            log.warning("dossier-en-attente", code=error.code)
            return taken  # storage away: the file stays, and comes again
        except VaguemestreError as error:
            refus = f"{error.detail} [{error.code}]"
            arrivees.open_task(porte, arrivee.nom, error, "le dossier surveillé")
        watched.put_away(arrivee, refus)
        log.info("dossier-pris", code=refus and "refuse")
        taken += 1
    return taken


async def _receive(porte: Porte, arrivee: Arrivee) -> None:
    db = porte.services.db
    try:
        home = None
        if arrivee.collectivite is not None:
            home = await db.aread(comptes.find_collectivite, arrivee.collectivite)
        await arrivees.hand_over(porte, arrivee.chemin, arrivee.nom, home)
    finally:
        await db.aclose()


def _watch_mail(
    services: Services,
    boite: Boite,
    lock: Verrou,
    stopping: threading.Event,
    *,
    once: bool,
) -> None:
    """Empty the mailbox once a minute; a server that is away is tried again."""
    porte = Porte(
        services=services, canal=Canal.MESSAGERIE, depose_par=comptes.COMMAND_LINE
    )
    say(f"Boîte aux lettres : {boite.hote}/{boite.dossier}")
    while not stopping.is_set() and lock.is_held():
        try:
            take_mail(porte, boite)
        except UnavailableError as error:
            log.warning("messagerie-en-attente", code=error.code)
        if once or stopping.wait(MAIL_EVERY_S):
            return


def take_mail(porte: Porte, boite: Boite) -> int:
    """Receive the attachments of the unread mails; return how many mails were taken.

    A refused one, or a mail that holds none, opens a task: it stays in the box, flagged.
    """
    refused: list[str] = []

    def take(piece: PieceJointe) -> bool:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "piece"
            place.write_bytes(piece.octets)
            arrivee = Arrivee(
                chemin=place, nom=piece.nom, collectivite=piece.collectivite
            )
            try:
                asyncio.run(_receive(porte, arrivee))
            except UnavailableError:
                raise
            except VaguemestreError as error:
                log.warning("piece-jointe-refusee", code=error.code)
                refused.append(error.code)
                arrivees.open_task(porte, piece.nom, error, "la boîte aux lettres")
                return False
        return True

    def nothing() -> None:
        error = RefusedError(
            "courriel-sans-fichier", "Ce courriel ne porte aucune pièce jointe."
        )
        refused.append(error.code)
        arrivees.open_task(porte, "(sans fichier)", error, "la boîte aux lettres")

    taken = canaux.empty_mailbox(boite, take, nothing)
    log.info("messagerie-relevee", nombre=taken, n=len(refused))
    return taken
