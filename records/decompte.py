"""Money: euros to the cent, exact, and the same amount in French words.

Pure. Amounts are `Decimal` euros; nothing here is a float.
"""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
LARGEST = 10**12  # euros: words stop at « milliards »
_TO_SIXTEEN = (
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf",
    "dix", "onze", "douze", "treize", "quatorze", "quinze", "seize",
)  # fmt: skip
_TENS = {
    20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante",
    80: "quatre-vingt",
}  # fmt: skip
_SIXTY, _EIGHTY = 60, 80
_HUNDRED, _THOUSAND = 100, 1_000
_NOUNS = ((10**9, "milliard"), (10**6, "million"))


def rounded(amount: Decimal) -> Decimal:
    """Return an amount to the cent, half a cent going up: the one rounding rule.

    >>> rounded(Decimal("85.525"))
    Decimal('85.53')
    """
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def total(amounts: "list[Decimal] | tuple[Decimal, ...]") -> Decimal:
    """Return the sum of amounts, exact; 0.00 for none."""
    return sum(amounts, Decimal("0.00"))


def in_words(amount: Decimal) -> str:
    """Return an amount as it is written out on a bordereau.

    Raises `ValueError` for fractions of a cent, and from a thousand milliards up.

    >>> in_words(Decimal("7798.06"))
    'sept mille sept cent quatre-vingt-dix-huit euros et six centimes'
    >>> in_words(Decimal("1000000")), in_words(Decimal("-0.01"))
    ("un million d'euros", 'moins un centime')
    """
    if amount != amount.quantize(CENT) or abs(amount) >= LARGEST:
        raise ValueError(f"an amount that words do not say: {amount}")
    euros, cents = divmod(int(abs(amount) * _HUNDRED), _HUNDRED)
    parts = []
    if euros or not cents:
        parts.append(_counted(euros, "euro"))
    if cents:
        parts.append(_counted(cents, "centime"))
    sign = "moins " if amount < 0 else ""
    return sign + " et ".join(parts)


def _counted(number: int, noun: str) -> str:
    words = whole_in_words(number)
    link = (
        " d'"
        if words.endswith(("million", "millions", "milliard", "milliards"))
        else " "
    )
    return f"{words}{link}{noun}{'s' if number > 1 else ''}"


def whole_in_words(number: int) -> str:
    """Return a whole number in words, 1 being masculine.

    >>> whole_in_words(80), whole_in_words(81), whole_in_words(71)
    ('quatre-vingts', 'quatre-vingt-un', 'soixante et onze')
    >>> whole_in_words(200_000), whole_in_words(200_000_000)
    ('deux cent mille', 'deux cents millions')
    """
    if number == 0:
        return _TO_SIXTEEN[0]
    parts = []
    for size, noun in _NOUNS:
        many, number = divmod(number, size)
        if many:
            parts.append(f"{_under_thousand(many)} {noun}{'s' if many > 1 else ''}")
    thousands, number = divmod(number, _THOUSAND)
    if thousands:
        # « mille » is no noun: nothing before it takes an s
        many_words = _under_thousand(thousands, is_last=False)
        parts.append("mille" if thousands == 1 else f"{many_words} mille")
    if number:
        parts.append(_under_thousand(number))
    return " ".join(parts)


def _under_thousand(number: int, *, is_last: bool = True) -> str:
    hundreds, rest = divmod(number, _HUNDRED)
    parts = []
    if hundreds:
        plural = "s" if hundreds > 1 and not rest and is_last else ""
        parts.append(
            f"cent{plural}"
            if hundreds == 1
            else f"{_TO_SIXTEEN[hundreds]} cent{plural}"
        )
    if rest:
        parts.append(_under_hundred(rest, is_last=is_last))
    return " ".join(parts)


def _under_hundred(number: int, *, is_last: bool) -> str:
    if number < len(_TO_SIXTEEN):
        return _TO_SIXTEEN[number]
    if number < 20:  # noqa: PLR2004 dix-sept, dix-huit, dix-neuf
        return f"dix-{_TO_SIXTEEN[number - 10]}"
    ten = number // 20 * 20 if number >= _SIXTY else number // 10 * 10
    unit = number - ten
    if unit == 0:
        return f"{_TENS[ten]}{'s' if ten == _EIGHTY and is_last else ''}"
    link = " et " if unit in {1, 11} and ten != _EIGHTY else "-"
    return f"{_TENS[ten]}{link}{_under_hundred(unit, is_last=is_last)}"
