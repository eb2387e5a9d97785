"""`typer FICHIER…`: split, read, type and extract, without storing anything."""

from pathlib import Path
from typing import Annotated, Any

import typer

from web.commands.console import AsJson, emit, follow, open_house, say


def typer_fichiers(
    fichiers: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help="PDF, TIFF, JPEG…")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Découpe, lit, reconnaît et extrait, sans rien enregistrer."""
    from intake import juge, seuils
    from intake.apart import Examinateur
    from intake.modeles import Lecteur

    services = open_house()
    judge = services.db.read(juge.judge_for, Lecteur(), services.coffre, seuils.HOUSE)
    pages_max = services.settings.pages_max
    with Examinateur(pages_max=pages_max, judge=judge) as examinateur:
        results = [
            examinateur.examine(path)
            for path in follow(fichiers, title="Lecture", total=len(fichiers))
        ]
    if as_json:
        emit(results)
    else:
        for one in results:
            for line in _lines(one):
                say(line)
    if any(one["etat"] != "lu" for one in results):
        raise typer.Exit(1)


def _lines(result: dict[str, Any]) -> list[str]:
    lines = [
        f"{result['fichier']} : {result['etat']}, {result['nb_pages'] or 0} page(s)"
    ]
    if result["code"]:
        lines.append(f"  {result['detail']} [{result['code']}]")
    for paper in result["documents"]:
        pages = ", ".join(str(n) for n in paper["pages"])
        lines.append(
            f"  pages {pages} : {paper['type']} "
            f"({paper['certitude']}, {paper['confiance']:.2f})"
        )
        lines += [f"    {name} = {value}" for name, value in paper["champs"].items()]
        lines += [f"    parce que {reason['detail']}" for reason in paper["motifs"]]
    return lines
