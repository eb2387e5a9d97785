"""`serve`: portal and API; on the embedded default, also the workers.

When the settings name a folder to watch or a mailbox, it watches them too.
"""

import socket
from typing import Annotated

import typer

from socle.errors import UnavailableError
from web.commands.console import open_house, prepare_schema, say
from web.services import Services


def serve(
    *,
    host: Annotated[str | None, typer.Option(help="Adresse d'écoute.")] = None,
    port: Annotated[int | None, typer.Option(help="Port d'écoute.")] = None,
    sans_travailleur: Annotated[
        bool, typer.Option(help="Ne lance pas les travailleurs.")
    ] = False,
    sans_portes: Annotated[
        bool, typer.Option(help="Ne relève ni le dossier surveillé ni la boîte.")
    ] = False,
) -> None:
    """Sert le portail et l'API ; en mode embarqué, traite aussi la file."""
    import uvloop

    from web.serving import run

    services = open_house(with_schema=False)
    settings = services.settings.model_copy(
        update={
            "hote": host or services.settings.hote,
            "port": services.settings.port if port is None else port,
        }
    )
    sock = listen(settings.hote, settings.port)
    settings = settings.model_copy(update={"port": sock.getsockname()[1]})
    services = with_settings(services, settings)
    prepare_schema(services)
    workers = 0
    if settings.is_embedded and not sans_travailleur:
        workers = settings.travailleurs
    say(f"Vaguemestre répond sur {settings.public_url}")
    is_named = settings.surveiller is not None or settings.imap is not None
    has_doors = is_named and not sans_portes
    uvloop.run(run(services, sock, workers=workers, has_doors=has_doors))


def with_settings(services: Services, settings: object) -> Services:
    """Return the same services under settings changed by the command line."""
    import dataclasses

    return dataclasses.replace(services, settings=settings)  # type: ignore[arg-type]


def listen(host: str, port: int) -> socket.socket:
    """Take the address; raise `UnavailableError` with one line when it is not free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise UnavailableError(
            "adresse-prise",
            f"Impossible d'écouter sur {host}:{port} ({error.strerror}). "
            "Choisissez un autre port par --port ou VAGUEMESTRE_PORT.",
        ) from error
    return sock
