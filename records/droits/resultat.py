"""What a simulation answers: dated tranches, each with its rule, source and sentence."""

import datetime as dt
import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from records.droits.profils import Profil
from records.periodes import Periode


class Position(enum.Enum):
    """How a day is paid."""

    CARENCE = "carence"
    PLEIN = "plein"
    DEMI = "demi"
    SANS_TRAITEMENT = "sans_traitement"
    EPUISE = "epuise"


UNPAID = frozenset({Position.SANS_TRAITEMENT, Position.EPUISE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Paie:
    """How a kind of day is paid, and by which rule: tranches of one kind share it.

    `taux` is in 0–1; None when the law leaves it to a text not yet published. `poids` is
    what one day counts for: a half when the avis is treated by half-days.
    """

    position: Position
    taux: Decimal | None
    nature: str
    regle: str
    source: str
    poids: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Tranche:
    """Consecutive days of one avis under one rate; `motif` says why when it is read."""

    periode: Periode
    paie: Paie
    motif: object

    @property
    def position(self) -> Position:
        """How its days are paid."""
        return self.paie.position

    @property
    def taux(self) -> Decimal | None:
        """The share of the pay, in 0–1; None when a text is awaited."""
        return self.paie.taux

    @property
    def nature(self) -> str:
        """The nature of the leave."""
        return self.paie.nature

    @property
    def regle(self) -> str:
        """The name of the rule applied."""
        return self.paie.regle

    @property
    def source(self) -> str:
        """The text of law behind it."""
        return self.paie.source

    @property
    def explication(self) -> str:
        """One French sentence: why the tranche is paid so."""
        return str(self.motif)

    @property
    def jours(self) -> Decimal:
        """Days, in halves when the avis is treated by half-days."""
        return self.periode.nb_jours * self.paie.poids


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Days under one position and rate."""

    position: Position
    taux: Decimal | None
    jours: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Resultat:
    """The days of the leave studied and of the history, and what to watch."""

    tranches: tuple[Tranche, ...]
    historique_calcule: tuple[Tranche, ...]
    profil: Profil
    passage_demi_traitement: dt.date | None
    epuisement_le: dt.date | None
    retour_plein_le: dt.date | None
    avertissements: tuple[str, ...] = ()

    @property
    def recapitulatif(self) -> tuple[Total, ...]:
        """Days per position and rate, in order of first appearance."""
        return recapitulate(self.tranches)


def recapitulate(tranches: Iterable[Tranche]) -> tuple[Total, ...]:
    """Add the days per position and rate, in order of first appearance."""
    totals: dict[tuple[Position, Decimal | None], Decimal] = {}
    for tranche in tranches:
        key = (tranche.position, tranche.taux)
        totals[key] = totals.get(key, Decimal(0)) + tranche.jours
    return tuple(
        Total(position=position, taux=taux, jours=jours)
        for (position, taux), jours in totals.items()
    )


def merge(tranches: list[Tranche]) -> list[Tranche]:
    """Join neighbours that differ only by their sentence; the first sentence stays."""
    if len(tranches) < 2:  # noqa: PLR2004 - alone, it has no neighbour
        return tranches
    merged = [tranches[0]]
    for tranche in tranches[1:]:
        last = merged[-1]
        if _continues(last, tranche):
            whole = Periode(last.periode.debut, tranche.periode.fin)
            merged[-1] = replace(last, periode=whole)
        else:
            merged.append(tranche)
    return merged


def _continues(last: Tranche, tranche: Tranche) -> bool:
    """Tell whether a tranche prolongs another: same pay, by the same rule."""
    one, other = last.paie, tranche.paie
    return last.periode.fin == tranche.periode.debut and (
        one is other
        or (
            one.position is other.position
            and one.taux == other.taux
            and one.regle == other.regle
            and one.poids == other.poids
        )
    )
