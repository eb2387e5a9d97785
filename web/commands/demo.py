"""`demo`: invented collectivités, agents, events, open requirements and sample scans."""

from typing import Annotated

import typer

from web.commands.console import AsJson, emit, open_house, say


def demo(
    *,
    vide: Annotated[
        bool, typer.Option(help="Sans dépôt : le registre seulement.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Charge une démonstration inventée et affiche les comptes créés."""
    from web.demo import load_demo

    services = open_house()
    report = load_demo(services, vide=vide)
    if as_json:
        emit(report.to_json())
    else:
        say(str(report))
