"""The sentences of a simulation: one per tranche, in plain French, with the figures."""

import datetime as dt
import functools
from decimal import Decimal
from typing import TYPE_CHECKING

from records.droits.compteurs import JOURS_DU_MOIS, UNITE
from records.droits.resultat import Paie, Position

if TYPE_CHECKING:
    from records.droits.loi_cmo import Quotas


def days(count: Decimal) -> str:
    """Say a number of days: « 12 jours », « 0,5 jour ».

    >>> days(Decimal("89"))
    '89 jours'
    """
    shown = f"{count.normalize():f}".replace(".", ",")
    return f"{shown} jour{'s' if count >= 2 else ''}"  # noqa: PLR2004 - French plural


@functools.lru_cache(maxsize=64)
def percent(taux: Decimal | None) -> str:
    """Say a rate: « 90 % »."""
    return "taux à fixer" if taux is None else f"{taux * 100:.0f} %"


class MotifCMO:
    """Why a CMO tranche starts as it does; said only when somebody reads it.

    `low` and `day` are the ordinals of the rolling year, `[low, day)`; `taken` is a weight.
    """

    __slots__ = ("_day", "_is_all", "_is_known", "_low", "_paie", "_quotas", "_taken")

    def __init__(
        self,
        paie: Paie,
        low: int,
        day: int,
        taken: int,
        quotas: "Quotas",
        *,
        is_all: bool,
        is_known: bool,
    ) -> None:
        self._paie, self._low, self._day = paie, low, day
        self._taken, self._quotas = taken, quotas
        self._is_all, self._is_known = is_all, is_known

    def __str__(self) -> str:
        if self._is_known:
            return (
                "Position reprise telle qu'elle a été indiquée dans l'historique, sans "
                "être recalculée."
            )
        if self._paie.position is Position.EPUISE:
            return (
                "Droits à congé de maladie épuisés : douze mois consécutifs ont été "
                "obtenus ; un nouveau droit suppose une reprise effective."
            )
        if self._paie.position is Position.SANS_TRAITEMENT:
            return self._unpaid()
        if self._paie.position is Position.CARENCE:
            return (
                f"Jour de carence, non payé, premier jour du congé : {self._counted()}."
            )
        reached = self._paie.position is Position.DEMI
        tail = ", le quota est atteint." if reached else "."
        return f"Payé à {percent(self._paie.taux)} : {self._counted()}{tail}"

    def _unpaid(self) -> str:
        if not self._quotas.plein:
            return (
                "Moins de quatre mois de services : l'employeur ne verse rien, "
                "l'assurance maladie verse ses indemnités."
            )
        return (
            "Non payé par l'employeur : les mois à plein et à demi-traitement de l'année "
            f"sont pris ({self._counted()}) ; l'assurance maladie verse ses indemnités."
        )

    def _counted(self) -> str:
        what = "de CMO" if self._is_all else "à plein traitement"
        whole, rest = divmod(self._taken, UNITE)
        taken = Decimal(whole)
        if rest:
            taken = (Decimal(self._taken) / UNITE).quantize(Decimal("0.1"))
        quota = self._quotas.mois_plein * JOURS_DU_MOIS
        window = f"du {_day(self._low)} au {_day(self._day)}"
        return f"{window}, {taken_days(taken, what, quota)}"


def _day(ordinal: int) -> str:
    """Say a day; `strftime` would take most of the time of a long result."""
    day = dt.date.fromordinal(ordinal)
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


@functools.lru_cache(maxsize=4096)
def taken_days(taken: Decimal, what: str, quota: int) -> str:
    """Say how many days were taken before, out of how many.

    >>> taken_days(Decimal("89.0"), "à plein traitement", 90)
    '89 jours à plein traitement déjà pris sur 90'
    """
    if not taken:
        return f"aucun jour {what} déjà pris sur {quota}"
    return f"{days(taken)} {what} déjà pris sur {quota}"
