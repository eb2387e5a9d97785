"""`courriers editer`: the letters due on a day, or what would leave and why."""

import datetime as dt
from typing import Annotated, Any

import typer

from records.comptes import HOUSE
from records.store import collectivites
from socle.clock import legal_day
from socle.db import ReadSession
from socle.errors import NotFoundError
from web.commands.console import AsJson, emit, follow, open_house, say

courriers = typer.Typer(help="Courriers de documents manquants.", no_args_is_help=True)


@courriers.callback()
def group() -> None:
    """Courriers de documents manquants."""


@courriers.command("editer")
def editer(
    *,
    collectivite: Annotated[
        list[str] | None,
        typer.Option(help="Référence, référence externe ou SIRET (répétable)."),
    ] = None,
    date: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Jour de l'édition (AAAA-MM-JJ)."),
    ] = None,
    essai: Annotated[
        bool, typer.Option("--essai", help="Dit ce qui partirait, sans rien émettre.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Édite les courriers dus ce jour-là ; relancée, la commande n'édite rien de plus."""
    from letters import tournee
    from web.courriers import bureau_of, plan_json

    services = open_house()
    now = services.clock.now()
    on = date.date() if date else legal_day(now)
    bureau = bureau_of(services, "commande")
    ids = services.db.read(_places, collectivite or [])
    if essai:
        plans = [plan_json(p) for p in tournee.rehearse(bureau, ids, on)]
        _say_plans([p for p in plans if p["demandes"] or p["suspendues"]], as_json)
        services.db.close()
        return
    passages = list(
        follow(tournee.go(bureau, ids, on, now), title="Courriers", total=len(ids))
    )
    services.db.close()
    _say_passages(passages, as_json)
    if any(passage.code for passage in passages):
        raise typer.Exit(1)


def _places(session: ReadSession, words: list[str]) -> tuple[int, ...]:
    from records.store.relances import collectivites_with_lines

    if not words:
        return collectivites_with_lines(session, HOUSE)
    found = []
    for word in words:
        place = collectivites.find(session, word, HOUSE)
        if place is None:
            raise NotFoundError("introuvable", f"Aucune collectivité « {word} ».")
        found.append(place.id)
    return tuple(dict.fromkeys(found))


def _say_plans(plans: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        emit({"essai": True, "plans": plans})
        return
    for plan in plans:
        say(plan["collectivite"])
        for line in plan["demandes"]:
            say(f"  partirait  {line['piece']} {line['type']} : {line['motif']}")
        for line in plan["suspendues"]:
            say(f"  attendrait {line['piece']} {line['type']} : {line['motif']}")
    asked = sum(len(plan["demandes"]) for plan in plans)
    waiting = sum(len(plan["suspendues"]) for plan in plans)
    say(f"Essai : {asked} document(s) seraient demandés, {waiting} attendraient.")


def _say_passages(passages: list[Any], as_json: bool) -> None:
    letters = [letter for passage in passages for letter in passage.courriers]
    failed = [passage for passage in passages if passage.code]
    if as_json:
        emit(
            {
                "essai": False,
                "courriers": [
                    {"reference": x.reference, "numero": x.numero, "nature": x.nature,
                     "nb_documents": x.nb_lignes, "empreinte": x.empreinte}
                    for x in letters
                ],
                "echecs": [{"code": p.code, "detail": p.detail} for p in failed],
            }
        )  # fmt: skip
        return
    for letter in letters:
        say(f"{letter.reference}  n° {letter.numero}  {letter.nb_lignes} document(s)")
    for passage in failed:
        say(f"échec : {passage.detail} [{passage.code}]")
    say(f"{len(letters)} courrier(s) émis.")
