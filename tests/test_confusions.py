"""The confusion table: every type, several layouts, other people than any lesson's.

Drawn papers read through the real box in their text layer, typed by the rules, then with
the learned voter. A type that loses one right paper, or gains one wrong, fails.
"""

import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from classifiers import apprentissage, ensemble, lecons
from classifiers.evidence import Liasse, Page
from classifiers.modele import Modele
from classifiers.verdict import INCONNU
from intake.lecture import read_pages
from intake.triage import MODULES, Tri
from socle.sandbox import Sandbox
from tests.fabrique import rendu
from tests.fabrique.corpus import world
from tests.fabrique.monde import TYPES

GRAINES = (301, 302)
PAR_TYPE = 3
NOT_DRAWN = {"BLANCHE", "COUPON"}

Lu = tuple[frozenset[str], Liasse]


def _drawn() -> Iterator[tuple[frozenset[str], bytes]]:
    """Draw a few papers of each type."""
    for graine in GRAINES:
        _, cases = world(graine, 300)
        seen: Counter[str] = Counter()
        pieces = [p for cas in cases if not cas.blanche for p in cas.pieces]
        for rank, piece in enumerate(pieces):
            papier = piece.papier
            seen[papier.type] += 1
            if seen[papier.type] <= PAR_TYPE:
                accepted = frozenset({papier.type, *papier.types_admis})
                tirage = random.Random(f"{graine}:{rank}")
                yield accepted, rendu.to_pdf(papier, tirage)


@pytest.fixture(scope="module")
def papers() -> list[Lu]:
    """Read the drawn papers through the real box."""
    found: list[Lu] = []
    with Sandbox(MODULES) as sandbox, tempfile.NamedTemporaryFile() as file:
        for accepted, pdf in _drawn():
            Path(file.name).write_bytes(pdf)
            tri = Tri(type="pdf", nb_pages=9)
            lues = read_pages(sandbox, Path(file.name), tri, 1, _count(pdf))
            pages: tuple[Page, ...] = tuple(lue.page for lue in lues)
            found.append((accepted, Liasse(pages=pages)))
    return found


def _count(pdf: bytes) -> int:
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        return len(document)
    finally:
        document.close()


@pytest.fixture(scope="module")
def appris() -> Modele:
    """Fit on the lessons that ship."""
    return apprentissage.fit(lecons.base())


def _table(papers: list[Lu], modele: Modele | None) -> Counter[tuple[str, str]]:
    table: Counter[tuple[str, str]] = Counter()
    for accepted, liasse in papers:
        said = ensemble.judge(liasse, modele=modele).type
        true = said if said in accepted else min(accepted)
        table[true, said] += 1
    print("\n".join(f"{a:16} → {b:16} {n}" for (a, b), n in sorted(table.items())))
    return table


def _by_type(table: Counter[tuple[str, str]]) -> tuple[Counter[str], list[object]]:
    withheld = Counter({a: n for (a, b), n in table.items() if b == INCONNU})
    wrong = [pair for pair in table if pair[1] not in {pair[0], INCONNU}]
    return withheld, wrong


def test_every_type_is_in_the_table(papers: list[Lu]) -> None:
    """Nothing is left out of what is measured."""
    drawn = {code for accepted, _ in papers for code in accepted}

    assert set(TYPES) - NOT_DRAWN <= drawn
    assert len(papers) >= 150


def test_rules_lose_no_type(papers: list[Lu]) -> None:
    """No paper is typed wrong, none is withheld."""
    withheld, wrong = _by_type(_table(papers, None))

    assert [] == wrong
    assert Counter() == withheld


def test_the_learned_voter_breaks_nothing(papers: list[Lu], appris: Modele) -> None:
    """With it, still nothing wrong, and never more is withheld."""
    before, _ = _by_type(_table(papers, None))
    withheld, wrong = _by_type(_table(papers, appris))

    assert [] == wrong
    assert withheld <= before
