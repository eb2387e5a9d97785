"""The command line: `vaguemestre …`, also `python -m web …`.

Exits 0 on success, 2 on bad usage (or bad settings), 1 when the work failed.
"""

import sys

import typer

from socle.errors import VaguemestreError
from socle.settings import SettingsError
from web.commands import (
    apprentissage,
    bilan,
    bordereaux,
    comptes,
    courriers,
    demo,
    importer,
    migrate,
    serve,
    simuler,
    surveiller,
    typer_fichiers,
    verifier,
    work,
)

cli = typer.Typer(
    name="vaguemestre",
    help="Salle du courrier et guichet des pièces de l'assurance statutaire.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
cli.command("serve")(serve.serve)
cli.command("work")(work.work)
cli.command("migrate")(migrate.migrate)
cli.command("demo")(demo.demo)
cli.add_typer(comptes.comptes, name="comptes")
cli.add_typer(comptes.jetons, name="jetons")
importer.importer.command("bordereaux")(bordereaux.import_bordereaux)
cli.add_typer(importer.importer, name="importer")
cli.add_typer(courriers.courriers, name="courriers")
cli.command("surveiller")(surveiller.surveiller)
cli.command("typer")(typer_fichiers.typer_fichiers)
cli.command("simuler")(simuler.simuler)
cli.command("verifier")(verifier.verifier)
cli.command("bilan-typage")(bilan.bilan_typage)
cli.add_typer(apprentissage.apprentissage, name="apprentissage")


def main() -> None:
    """Run the command; say what failed in one French line."""
    try:
        cli()
    except SettingsError as error:
        print(f"vaguemestre : {error}", file=sys.stderr)
        sys.exit(2)
    except VaguemestreError as error:
        print(f"vaguemestre : {error.detail} [{error.code}]", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
