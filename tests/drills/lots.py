"""`python -m tests.drills.lots`: batches without separators, split, held against the truth.

Papers of the corpus, drawn from a seed and put one after the other as a feeder would: the
boundaries found are counted (precision, recall, F1), and so is every error that nothing
flags. `--numerise` makes pictures of the sheets, to be read by OCR; else their text layer
is read.
"""

import argparse
import io
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pypdf

from classifiers import coupures, ensemble
from classifiers.coupures import Decoupe
from classifiers.verdict import BLANCHE
from intake.lecture import read_pages
from intake.triage import MODULES, Tri
from socle.sandbox import Sandbox
from tests.fabrique import formats, rendu
from tests.fabrique.corpus import world

DPI = 150


@dataclass(slots=True)
class Bilan:
    """Boundaries: true ones found, missed, made up; and errors that nothing flags."""

    lots: int = 0
    documents: int = 0
    pages: int = 0
    justes: int = 0
    manquees: int = 0
    fausses: int = 0
    suspectes: int = 0
    muettes: list[str] = field(default_factory=list)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        wrong = self.manquees + self.fausses
        return 2 * self.justes / max(1, 2 * self.justes + wrong)

    def lines(self) -> Iterator[str]:
        """Say it."""
        yield f"{self.lots} lots, {self.documents} documents, {self.pages} pages"
        yield (
            f"frontières : {self.justes} justes, {self.manquees} manquées, "
            f"{self.fausses} fausses, {self.suspectes} dites douteuses ; F1 {self.f1:.3f}"
        )
        yield f"{len(self.muettes)} erreur(s) que rien ne signale"
        yield from self.muettes


def batch(graine: int, taille: int) -> list[bytes]:
    """Draw so many papers, each as a PDF."""
    des = random.Random(f"lot:{graine}")
    _, cases = world(graine, 160)
    found = [
        piece.papier
        for cas in cases
        for piece in cas.pieces
        if piece.papier.type != BLANCHE
    ]
    chosen = des.sample(found, min(taille, len(found)))
    return [
        rendu.to_pdf(one, random.Random(f"{graine}:{n}"))
        for n, one in enumerate(chosen)
    ]


def joined(pdfs: Sequence[bytes]) -> tuple[bytes, set[int]]:
    """Put papers one after the other; return the file and where papers begin."""
    out = pypdf.PdfWriter()
    starts: set[int] = set()
    for content in pdfs:
        starts.add(len(out.pages) + 1)
        out.append(io.BytesIO(content))
    stream = io.BytesIO()
    out.write(stream)
    return stream.getvalue(), starts - {1}


def scanned(content: bytes) -> tuple[bytes, int]:
    """Return the same sheets as one TIFF of grey pages, and how many they are."""
    pages = rendu.to_pages(content, DPI)
    return formats.tiff(pages, DPI, bitonal=False), len(pages)


def judge(bilan: Bilan, decoupe: Decoupe, true: set[int], name: str) -> None:
    """Hold the boundaries followed against the true ones."""
    made = {one.page for one in decoupe.coupures if one.is_faite}
    unsure = {one.page for one in decoupe.coupures if not one.is_sure}
    bilan.justes += len(made & true)
    bilan.manquees += len(true - made)
    bilan.fausses += len(made - true)
    bilan.suspectes += len(unsure)
    bilan.muettes += [
        f"{name}, page {page} : {'manquée' if page in true else 'fausse'}"
        for page in sorted((true ^ made) - unsure)
    ]


def run(nb_lots: int, taille: int, *, is_scanned: bool) -> Bilan:
    """Split so many batches of so many papers."""
    bilan = Bilan()
    with Sandbox(MODULES) as sandbox, tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "lot"
        for graine in range(nb_lots):
            pdfs = batch(graine, taille)
            content, true = joined(pdfs)
            count, kind = len(pypdf.PdfReader(io.BytesIO(content)).pages), "pdf"
            if is_scanned:
                (content, count), kind = scanned(content), "tiff"
            place.write_bytes(content)
            tri = Tri(type=kind, nb_pages=count)
            pages = [lue.page for lue in read_pages(sandbox, place, tri, 1, count)]
            bilan.lots += 1
            bilan.documents += len(pdfs)
            bilan.pages += count
            judge(bilan, coupures.cut(pages, ensemble.judge), true, f"lot {graine}")
    return bilan


def main() -> int:
    """Read the arguments, split, print; return 1 when a promise broke."""
    parser = argparse.ArgumentParser(prog="tests.drills.lots", description=__doc__)
    parser.add_argument("--lots", type=int, default=10)
    parser.add_argument("--documents", type=int, default=30)
    parser.add_argument("--numerise", action="store_true")
    asked = parser.parse_args()
    bilan = run(asked.lots, asked.documents, is_scanned=asked.numerise)
    print("\n".join(bilan.lines()))
    return 1 if bilan.muettes or bilan.f1 < 0.9 else 0


if __name__ == "__main__":
    sys.exit(main())
