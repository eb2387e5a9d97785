"""`work`: a worker only; as many of these on as many machines as needed."""

from typing import Annotated

import typer

from web.commands.console import die_with_parent, open_house
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
        die_with_parent()
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
