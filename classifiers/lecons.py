"""What the learned voter is taught with: the words of a paper, and its right type.

Lessons are words only, folded, without figures: no name of a file, no place, no number. The
base ones, invented, ship with the product (`lecons.jsonl`, written by
`python -m tests.fabrique.lecons`); the others come from what clerks decided.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from classifiers.feuille import Feuille
from classifiers.text import fold

BASE = Path(__file__).with_name("lecons.jsonl")
WORDS_MAX = 3000
WORD_MIN, WORD_MAX = 2, 25
# two papers of one type that share this much of their words are of one layout
ALIKE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Lecon:
    """The words of one paper, in reading order, and the type it is.

    `source` says whose paper it is (one value per person); empty for an invented one.
    """

    type: str
    mots: tuple[str, ...]
    source: str = ""

    @property
    def is_base(self) -> bool:
        """Tell whether the paper is one of the invented ones."""
        return not self.source


@cache
def base() -> tuple[Lecon, ...]:
    """Return the lessons that ship with the product, read once."""
    lines = BASE.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return tuple(
        Lecon(type=row["type"], mots=tuple(row["mots"].split())) for row in rows
    )


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text that may teach something, in order.

    >>> words("N° 10170*07 : AVIS D'ARRÊT, du 3 mars")
    ('avis', 'arret', 'du', 'mars')
    """
    return _kept(fold(text).split())


def words_of(feuilles: Iterable[Feuille]) -> tuple[str, ...]:
    """Return the words of laid-out pages, as `words` does."""
    return _kept(word for feuille in feuilles for word in feuille.jetons.split())


def _kept(found: Iterable[str]) -> tuple[str, ...]:
    kept = [w for w in found if w.isalpha() and WORD_MIN <= len(w) <= WORD_MAX]
    return tuple(kept[:WORDS_MAX])


def ngrams(mots: Sequence[str]) -> list[str]:
    """Return each word, and each pair of words that follow one another.

    >>> ngrams(("avis", "arret"))
    ['avis', 'arret', 'avis arret']
    """
    return [*mots, *(" ".join(pair) for pair in pairwise(mots))]


def layouts(lecons: Sequence[Lecon]) -> list[int]:
    """Return, for each lesson, the number of its layout.

    Papers of one type whose words are mostly the same come from one form: what is measured
    on one of them after learning the other would only be memory.
    """
    leaders: list[tuple[str, frozenset[str]]] = []
    found = []
    for lecon in lecons:
        mine = frozenset(lecon.mots)
        rank = next(
            (
                rank
                for rank, (kind, words_) in enumerate(leaders)
                if kind == lecon.type and _share(mine, words_) >= ALIKE
            ),
            None,
        )
        if rank is None:
            rank = len(leaders)
            leaders.append((lecon.type, mine))
        found.append(rank)
    return found


def _share(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / max(len(left | right), 1)
