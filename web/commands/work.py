"""`work`: a worker only; as many of these on as many machines as needed."""

import os
import threading
from typing import Annotated

import typer

from web.commands.console import open_house
from web.commands.serve import with_settings


def work(
    *,
    concurrence: Annotated[
        int | None, typer.Option(min=1, help="Dépôts traités à la fois.")
    ] = None,
    place: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Traite la file des dépôts jusqu'à l'arrêt."""
    services = open_house()
    if place is not None:
        _die_with_parent()
        name = f"{services.settings.travailleur_id}-{place}"
        settings = services.settings.model_copy(update={"travailleur_id": name})
        services = with_settings(services, settings)
    from intake import jobs
    from web.equipes import every_equipe

    jobs.work(
        services.settings,
        services.clock,
        concurrence=concurrence,
        equipes=every_equipe(services),
    )


def _die_with_parent() -> None:
    """Exit when the supervisor's end of the pipe closes, even after a SIGKILL."""

    def watch() -> None:
        # the bare descriptor: a daemon thread inside a buffer breaks the exit
        while os.read(0, 1024):
            pass
        os._exit(70)

    threading.Thread(target=watch, name="parent", daemon=True).start()
