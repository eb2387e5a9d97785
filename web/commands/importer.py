"""`importer referentiel` and `importer colis`: what the mailroom is given by command."""

import asyncio
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from intake import canaux
from records.store import comptes
from records.vocabulary import Canal
from socle.errors import RefusedError, VaguemestreError
from web import arrivees
from web.arrivees import Porte
from web.commands.console import AsJson, emit, follow, open_house, say
from web.services import Services

importer = typer.Typer(
    help="Importe un référentiel, ou des fichiers à traiter.", no_args_is_help=True
)
_AUTEUR = comptes.COMMAND_LINE


@importer.callback()
def _importer() -> None:
    """Importe un référentiel, ou des fichiers à traiter."""  # noqa: D401 - shown help


@importer.command("referentiel")
def import_referentiel(
    fichier: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="JSON, CSV ou XLSX.")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Importe collectivités, services, agents, évènements et pièces attendues."""  # noqa: D401
    from web.commands.referentiel import load

    services = open_house()
    report = load(services, fichier)
    services.db.close()
    if as_json:
        emit(report.plain())
    else:
        for line in report.lines():
            say(line)
    if report.nb_refus:
        raise typer.Exit(1)


@importer.command("colis")
def import_colis(
    chemins: Annotated[
        list[Path], typer.Argument(exists=True, help="Archives, fichiers ou dossiers.")
    ],
    *,
    collectivite: Annotated[
        str,
        typer.Option(help="Référence, code ou SIRET ; inutile si la liste le dit."),
    ] = "",
    lot: Annotated[
        bool, typer.Option("--lot", help="Un PDF ou TIFF est un lot à découper.")
    ] = False,
    verifier: Annotated[
        bool, typer.Option("--verifier", help="Contrôle les colis sans rien garder.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Remet des colis, ou dépose des fichiers, comme le ferait l'API."""
    services = open_house()
    home = (
        services.db.read(comptes.find_collectivite, collectivite)
        if collectivite
        else None
    )
    files = list(_files(chemins))
    if not files:
        raise RefusedError("rien-a-deposer", "Aucun fichier dans ces dossiers.")
    porte = Porte(services=services, canal=Canal.COMMANDE, depose_par=_AUTEUR)
    if verifier:
        results = [_rehearse(services, home, path) for path in files]
    else:
        results = asyncio.run(_hand_over_all(porte, home, files, is_lot=lot))
    refused = [one for one in results if "erreur" in one]
    if as_json:
        emit(results)
    else:
        for one in results:
            say(_line(one))
        verb = "contrôlé(s)" if verifier else "déposé(s)"
        say(f"{len(results) - len(refused)} {verb}, {len(refused)} refusé(s).")
    if refused:
        raise typer.Exit(1)


def _rehearse(services: Services, home: int | None, path: Path) -> dict[str, Any]:
    """Check one colis, and say what receiving it would say."""
    from intake.enveloppes import LimitesColis
    from intake.essai_colis import rehearse

    with arrivees.as_file(path) as place:
        found = rehearse(
            services.db,
            place,
            path.name,
            collectivite_id=home,
            limites=LimitesColis(membre_max=services.settings.taille_max),
            now=services.clock.now(),
        )
    if found.code:
        return {"fichier": str(path), "erreur": found.code, "detail": found.motif}
    return {
        "fichier": str(path),
        "reference": f"{len(found.fichiers)} fichier(s)",
        "deja_recu": False,
        "ecarts": [{"code": e.code.code, "detail": e.detail} for e in found.ecarts],
    }


def _files(chemins: Iterable[Path]) -> Iterator[Path]:
    for chemin in chemins:
        if chemin.is_dir() and canaux.is_colis_folder(chemin):
            yield chemin
        elif chemin.is_dir():
            yield from sorted(
                path
                for path in chemin.rglob("*")
                if path.is_file() and not path.name.startswith(".")
            )
        else:
            yield chemin


async def _hand_over_all(
    porte: Porte, home: int | None, files: list[Path], *, is_lot: bool
) -> list[dict[str, Any]]:
    try:
        return [
            await _hand_over(porte, home, path, is_lot=is_lot)
            for path in follow(files, title="Dépôt", total=len(files))
        ]
    finally:
        await porte.services.db.aclose()


async def _hand_over(
    porte: Porte, home: int | None, path: Path, *, is_lot: bool
) -> dict[str, Any]:
    try:
        receipt = await arrivees.hand_over(porte, path, path.name, home, is_lot=is_lot)
    except VaguemestreError as error:
        return {"fichier": str(path), "erreur": error.code, "detail": error.detail}
    return {"fichier": str(path), **receipt}


def _line(result: dict[str, Any]) -> str:
    if "erreur" in result:
        return f"{result['fichier']} : refusé, {result['detail']} [{result['erreur']}]"
    known = " (déjà reçu)" if result["deja_recu"] else ""
    told = "".join(
        f"\n  {one['code']} : {one['detail']}" for one in result.get("ecarts", ())
    )
    return f"{result['fichier']} : {result['reference']}{known}{told}"
