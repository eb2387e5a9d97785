"""Papers of the corpus scanned twice, as two offices would: what a duplicate looks like."""

import random
from collections.abc import Sequence

from tests.fabrique import formats, rendu, usure
from tests.fabrique.cas import Cas
from tests.fabrique.corpus import world
from tests.fabrique.papiers.base import Papier

DPI = 200
GESTES = (("biais", "bruit"), ("biais", "mouchetures", "perforations"))


def drawn(graine: int, types: Sequence[str], nombre: int) -> list[tuple[Papier, bytes]]:
    """Draw papers of these types, clean: each with its PDF."""
    _, cases = world(graine, 120)
    found = [paper for cas in cases for paper in _papers(cas) if paper.type in types]
    return [
        (paper, rendu.to_pdf(paper, random.Random(f"{graine}:{rank}")))
        for rank, paper in enumerate(found[:nombre])
    ]


def _papers(cas: Cas) -> list[Papier]:
    return [piece.papier for piece in cas.pieces]


def scan(pdf: bytes, rang: int) -> bytes:
    """Put the first sheet on a glass: `rang` says which scanner, which accidents."""
    tirage = random.Random(f"{rang}:{len(pdf)}")
    page = rendu.to_pages(pdf, DPI)[0]
    worn = usure.wear(page, list(GESTES[rang % len(GESTES)]), tirage)
    return formats.scan_jpeg(worn, DPI, 70 + 5 * rang)
