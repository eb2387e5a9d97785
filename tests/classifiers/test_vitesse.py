"""Typing keeps pace with reading: a page of four hundred words costs milliseconds."""

import time

from classifiers.ensemble import judge
from tests.classifiers.feuillets import paper
from tests.classifiers.modeles import MODELES

PROSE = (
    "le directeur transmet ces documents avec les originaux dans le dossier complet de la "
    "collectivité pour la suite"
)
# a generous bound in processor time: the usual cost is a quarter of it
BOUND_S = 0.06


def test_a_full_page_is_judged_quickly() -> None:
    """Processor time per page, on average over every type, stays far under reading it."""
    papers = []
    for layouts in MODELES.values():
        lines = list(layouts[0])
        while sum(len(line.split()) for line in lines) < 400:
            lines.append(PROSE)
        papers.append(paper(*lines, pitch=0.015))
    judge(papers[0])
    start = time.process_time()
    for one in papers:
        judge(one)

    assert (time.process_time() - start) / len(papers) < BOUND_S
