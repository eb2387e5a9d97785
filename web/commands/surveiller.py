"""`surveiller`: the watched folder and the mailbox, until asked to stop."""

import asyncio
import signal
import tempfile
import threading
from pathlib import Path
from typing import Annotated

import structlog
import typer

from intake import canaux
from intake.canaux import Arrivee, Boite, DossierSurveille, PieceJointe
from records.store import comptes
from records.vocabulary import Canal
from socle.errors import RefusedError, UnavailableError, VaguemestreError
from web import arrivees
from web.arrivees import Porte
from web.commands.console import open_house, say
from web.services import Services

STILL_MS = 1000
MAIL_EVERY_S = 60.0
log = structlog.get_logger()


def surveiller(
    dossier: Annotated[
        Path | None, typer.Argument(help="Dossier, ou VAGUEMESTRE_SURVEILLER.")
    ] = None,
    *,
    une_fois: Annotated[
        bool, typer.Option("--une-fois", help="Prend ce qui est là, puis s'arrête.")
    ] = False,
) -> None:
    """Prend les fichiers d'un dossier surveillé et d'une boîte aux lettres."""
    services = open_house()
    place = dossier or services.settings.surveiller
    url = services.settings.imap
    if place is None and url is None:
        raise RefusedError(
            "rien-a-surveiller",
            "Donnez un dossier, ou réglez VAGUEMESTRE_SURVEILLER ou VAGUEMESTRE_IMAP.",
        )
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    doors = []
    if url is not None:
        boite = Boite.of(url.get_secret_value())
        doors.append(lambda: _watch_mail(services, boite, stopping, once=une_fois))
    if place is not None:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        doors.append(lambda: _watch_folder(services, place, stopping, once=une_fois))
    threads = [threading.Thread(target=door, daemon=True) for door in doors]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(timeout=0.5)
    services.db.close()


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
    services: Services, boite: Boite, stopping: threading.Event, *, once: bool
) -> None:
    """Empty the mailbox once a minute; a server that is away is tried again."""
    porte = Porte(
        services=services, canal=Canal.MESSAGERIE, depose_par=comptes.COMMAND_LINE
    )
    say(f"Boîte aux lettres : {boite.hote}/{boite.dossier}")
    while not stopping.is_set():
        try:
            take_mail(porte, boite)
        except UnavailableError as error:
            log.warning("messagerie-en-attente", code=error.code)
        if once or stopping.wait(MAIL_EVERY_S):
            return


def take_mail(porte: Porte, boite: Boite) -> int:
    """Receive the attachments of the unread mails; return how many mails were taken."""
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
                return False
        return True

    taken = canaux.empty_mailbox(boite, take)
    log.info("messagerie-relevee", nombre=taken, n=len(refused))
    return taken
