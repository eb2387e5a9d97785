"""`python -m tests.bilan DOSSIER`: play a folder of deposits and score it.

DOSSIER is laid out like the samples: `scans/` with `depots.csv`, `referentiel.json` beside
it and, to be scored, `verite.json`. Exit 1 when a line closed that the truth does not list.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.bilan import rapport
from tests.bilan.jeu import open_folder, play
from tests.bilan.modele import Bilan


def main() -> int:
    """Read the arguments, play, print; return the exit code."""
    asked = _parser().parse_args()
    if asked.base:
        asked.base.mkdir(parents=True, exist_ok=True)
        if asked.base_neuve and any(asked.base.iterdir()):
            print(
                f"{asked.base} n'est pas vide : --base-neuve le refuse", file=sys.stderr
            )
            return 2
        bilan = _play(asked, asked.base)
    else:
        with tempfile.TemporaryDirectory(prefix="bilan-") as home:
            bilan = _play(asked, Path(home))
    name = open_folder(asked.dossier).nom
    print("\n".join(rapport.lines(bilan)))
    if asked.json:
        rapport.write_json(bilan, asked.json)
    if asked.readme:
        rapport.write_readme(bilan, asked.readme, name)
    return 1 if bilan.fautives else 0


def _play(asked: argparse.Namespace, home: Path) -> Bilan:
    return play(
        asked.dossier, home, nb_workers=asked.travailleurs, patience_s=asked.patience
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests.bilan", description=__doc__)
    parser.add_argument("dossier", type=Path)
    parser.add_argument("--json", type=Path, help="écrit tout en JSON")
    parser.add_argument(
        "--readme", type=Path, help="remplace le bloc entre les marques"
    )
    parser.add_argument("--base", type=Path, help="garde le produit dans ce dossier")
    parser.add_argument(
        "--base-neuve", action="store_true", help="refuse un dossier --base déjà garni"
    )
    parser.add_argument("--travailleurs", type=int, default=2)
    parser.add_argument("--patience", type=float, default=1800, help="secondes")
    return parser


if __name__ == "__main__":
    sys.exit(main())
