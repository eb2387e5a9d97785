"""A requirement as a value, and how papers settle it.

Pure: the store writes what this room decides.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from records.periodes import Periode, gaps, union
from records.vocabulary import OPEN_PIECE_STATES


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitut:
    """A paper accepted instead, possibly only in one case (« CMATMP, cas final »)."""

    type: str
    cas: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceAttendue:
    """This paper, for this event (and these days), by this day."""

    id: int
    reference: str
    collectivite_id: int
    evenement_id: int
    agent_id: int
    type: str
    exigible_le: dt.date
    echeance: dt.date
    date_reference: dt.date
    base: str
    precision: str | None = None
    periode: Periode | None = None
    consequence_id: int | None = None
    etat: str = "attendue"
    substituts: tuple[Substitut, ...] = ()
    montant_eur: Decimal | None = None
    bloque_eur: Decimal | None = None
    origine: str = "matrice"
    motif: str | None = None
    reference_externe: str | None = None
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Tell whether a paper is still wanted."""
        return self.etat in OPEN_PIECE_STATES

    @property
    def somme_bloquee(self) -> Decimal | None:
        """What waits for this paper: as the manager says, else the costs declared."""
        return self.montant_eur if self.bloque_eur is None else self.bloque_eur

    def accepts(self, type_document: str, cas: str | None = None) -> bool:
        """Tell whether a paper of this type (and case) can settle the line."""
        if type_document == self.type:
            return True
        return any(
            s.type == type_document and (s.cas is None or s.cas == cas)
            for s in self.substituts
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Couverture:
    """Which days of a requirement are proved, and which are not."""

    prouve: tuple[Periode, ...]
    manque: tuple[Periode, ...]
    # the days that more than one paper proves: an initial and a prolongation overlap
    en_double: tuple[Periode, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Tell whether nothing is missing."""
        return not self.manque


def coverage(wanted: Periode, proofs: Iterable[Periode]) -> Couverture:
    """Lay the proofs on the days wanted.

    >>> march = Periode.month(2026, 3)
    >>> coverage(march, [march]).is_complete
    True
    >>> first = Periode.inclusive(dt.date(2026, 3, 1), dt.date(2026, 3, 12))
    >>> coverage(march, [first, march]).en_double == (first,)
    True
    """
    kept = [part for proof in proofs if (part := wanted.overlap(proof))]
    twice = [both for a, b in combinations(kept, 2) if (both := a.overlap(b))]
    return Couverture(
        prouve=union(kept), manque=gaps(wanted, kept), en_double=union(twice)
    )
