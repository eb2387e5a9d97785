"""French numbers in words: « premier », « vingt et un », « deux mille vingt-six »."""

_UNITS = {
    "zero": 0, "un": 1, "une": 1, "premier": 1, "deux": 2, "trois": 3, "quatre": 4,
    "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "onze": 11,
    "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16,
}  # fmt: skip
_TENS = {
    "vingt": 20, "vingts": 20, "trente": 30, "quarante": 40, "cinquante": 50,
    "soixante": 60, "septante": 70, "huitante": 80, "octante": 80, "nonante": 90,
}  # fmt: skip
WORDS = frozenset({*_UNITS, *_TENS, "cent", "cents", "mille", "mil", "et"})
_THOUSAND, _HUNDRED, _FOUR = 1000, 100, 4


def number_from_words(text: str) -> int | None:
    """Return the number these folded words say, or None when a word is not a number.

    >>> number_from_words("mil neuf cent quatre vingt dix huit")
    1998
    >>> number_from_words("vingt et un"), number_from_words("deux mille vingt six")
    (21, 2026)
    >>> number_from_words("mardi") is None
    True
    """
    total, current, has_word = 0, 0, False
    for word in text.replace("-", " ").split():
        if word == "et":
            continue
        has_word = True
        if word in _UNITS:
            current += _UNITS[word]
        elif word in _TENS:
            current = _with_tens(current, _TENS[word])
        elif word in {"cent", "cents"}:
            current = max(current, 1) * _HUNDRED
        elif word in {"mille", "mil"}:
            total, current = max(current, 1) * _THOUSAND, 0
        else:
            return None
    return total + current if has_word else None


def _with_tens(current: int, tens: int) -> int:
    """Add tens; « quatre vingt » is four times twenty."""
    if tens == _TENS["vingt"] and current % _HUNDRED == _FOUR:
        return current - _FOUR + _FOUR * tens
    return current + tens
