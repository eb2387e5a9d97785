"""`python -m tests.fabrique DOSSIER --graine N --nombre N`: make a corpus."""

import argparse
import time
from pathlib import Path

from tests.fabrique.corpus import write


def main() -> None:
    """Read the arguments, write the corpus, say how long it took."""
    parser = argparse.ArgumentParser(prog="tests.fabrique", description=__doc__)
    parser.add_argument("dossier", type=Path)
    parser.add_argument("--graine", type=int, default=1)
    parser.add_argument("--nombre", type=int, default=120)
    parser.add_argument(
        "--lot", choices=("connu", "autre", "epreuve"), default="connu",
        help="les imprimeurs : ceux d'origine, d'autres, ceux gardés pour la preuve",
    )  # fmt: skip
    asked = parser.parse_args()
    start = time.monotonic()
    truth = write(asked.dossier, asked.graine, asked.nombre, asked.lot)
    print(f"{len(truth['unites'])} fichiers dans {asked.dossier} en "
          f"{time.monotonic() - start:.1f} s")  # fmt: skip


if __name__ == "__main__":
    main()
