"""`importer bordereaux`: files of the manager's tool, answered line by line."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from records.comptes import HOUSE
from records.store import comptes
from records.vocabulary import Canal
from socle.errors import VaguemestreError
from web.arrivees import chunks_of
from web.commands.console import AsJson, emit, follow, open_house, say
from web.services import Services


def import_bordereaux(
    fichiers: Annotated[
        list[Path],
        typer.Argument(exists=True, dir_okay=False, help="CSV, XLSX ou ZIP."),
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Importe des bordereaux de prestations ; un compte rendu par ligne."""  # noqa: D401
    services = open_house()
    reports = [
        _import_one(services, path)
        for path in follow(fichiers, title="Import", total=len(fichiers))
    ]
    services.db.close()
    if as_json:
        emit([report for report, _ in reports])
    else:
        for _, sentences in reports:
            for sentence in sentences:
                say(sentence)
    if not all(report["sans_faute"] for report, _ in reports):
        raise typer.Exit(1)


def _import_one(services: Services, path: Path) -> tuple[dict[str, Any], list[str]]:
    from web.bordereaux import MAX_FILE, OWNER, import_file

    try:
        recu = asyncio.run(services.storage.receive(OWNER, chunks_of(path), MAX_FILE))
        rapport = import_file(
            services, recu, path.name, perimetre=HOUSE, auteur=comptes.COMMAND_LINE,
            canal=Canal.COMMANDE.code, now=services.clock.now(),
        )  # fmt: skip
    except VaguemestreError as error:
        refused = {"fichier": str(path), "sans_faute": False, "erreur": error.code,
                   "detail": error.detail}  # fmt: skip
        return refused, [f"{path} : refusé, {error.detail} [{error.code}]"]
    report = {"fichier": str(path), "sans_faute": rapport.is_sans_faute}
    said = [f"{path} : {sentence}" for sentence in rapport.sentences()]
    return report | rapport.plain(), said
