"""Amounts as French papers write them: comma decimal, spaced thousands, euros."""

import re
from dataclasses import dataclass
from decimal import Decimal

_F = r"[0-9oil]"
_AMOUNT = re.compile(
    rf"(?<![0-9a-z.,])([-+(]\s?)?({_F}{{1,3}}(?:[ .']{_F}{{3}})+|{_F}{{1,7}})"
    rf"\s?([,.])\s?({_F}{{2}})(?![0-9a-z]|[.,]\d)\s?(-)?\s?(eur(?:os?)?|\u20ac|e(?![a-z]))?"
)
_WHOLE = re.compile(
    r"(?<![0-9a-z.,/])(-\s?)?(\d{1,3}(?:[ .]\d{3})+|"
    r"\d{1,6})\s?(?:eur(?:os?)?(?![a-z])|\u20ac)"
)
_FIGURES = str.maketrans("oil", "011")


@dataclass(frozen=True, slots=True)
class MontantLu:
    """An amount read, in euros, and its offsets in the text."""

    montant: Decimal
    debut: int
    fin: int
    has_devise: bool = False

    @property
    def valeur(self) -> str:
        """The amount as a field says it: `1234.50`."""
        return f"{self.montant:.2f}"


def find_amounts(plat: str) -> list[MontantLu]:
    """Return the amounts of a folded text, in order.

    >>> [found.valeur for found in find_amounts("total 1 234,56 \u20ac, remise -12,00")]
    ['1234.56', '-12.00']
    """
    found = []
    for match in _AMOUNT.finditer(plat):
        sign, whole, _, cents, after, money = match.groups()
        if not any(c.isdigit() for c in whole + cents):
            continue
        digits = re.sub(r"\D", "", whole.translate(_FIGURES))
        value = Decimal(f"{digits}.{cents.translate(_FIGURES)}")
        negative = bool((sign and sign[0] in "-(") or after)
        found.append(
            MontantLu(-value if negative else value, *match.span(), bool(money))
        )
    for match in _WHOLE.finditer(plat):
        if all(match.end() <= f.debut or match.start() >= f.fin for f in found):
            value = Decimal(re.sub(r"\D", "", match.group(2)))
            found.append(
                MontantLu(-value if match.group(1) else value, *match.span(), True)
            )
    return sorted(found, key=lambda amount: amount.debut)
