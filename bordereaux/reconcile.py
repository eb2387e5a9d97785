"""Announced × received → what is missing, what is unexpected, what stands twice. Pure.

The two sides are read the same way: exchange them, and missing becomes unexpected.
"""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rapprochement(Generic[K]):
    """Each key as many times as it disagrees, in the order it was first met."""

    manquants: tuple[K, ...]
    inattendus: tuple[K, ...]
    communs: tuple[K, ...]
    doubles_annonces: tuple[K, ...]
    doubles_recus: tuple[K, ...]

    @property
    def is_exact(self) -> bool:
        """Tell whether both sides say the same, each thing once."""
        return not (
            self.manquants
            or self.inattendus
            or self.doubles_annonces
            or self.doubles_recus
        )


def reconcile(announced: Iterable[K], received: Iterable[K]) -> Rapprochement[K]:
    """Compare what was announced with what was received, as many times as each stands.

    >>> found = reconcile(["a", "b", "b"], ["b", "c"])
    >>> found.manquants, found.inattendus, found.doubles_annonces
    (('a', 'b'), ('c',), ('b',))
    """
    # of the keys: a mapping would be taken for counts
    said, seen = Counter(iter(announced)), Counter(iter(received))
    return Rapprochement(
        manquants=_each(said - seen),
        inattendus=_each(seen - said),
        communs=_each(said & seen),
        doubles_annonces=tuple(key for key, n in said.items() if n > 1),
        doubles_recus=tuple(key for key, n in seen.items() if n > 1),
    )


def _each(counter: "Counter[K]") -> tuple[K, ...]:
    return tuple(counter.elements())
