"""Names folded for search: case, accents, ligatures, hyphens and apostrophes ignored."""

import re
import unicodedata
from collections.abc import Iterable

_LETTERS = str.maketrans(
    {
        "œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ð": "d", "þ": "th",
        "ł": "l", "ı": "i",
    }
)  # fmt: skip
_BETWEEN = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """Return lower-case ASCII words separated by single spaces.

    >>> fold("LŒUILLET née L’Hostis-Çelik")
    'loeuillet nee l hostis celik'
    """
    lowered = text.lower().translate(_LETTERS)
    bare = "".join(
        sign
        for sign in unicodedata.normalize("NFKD", lowered)
        if not unicodedata.combining(sign)
    )
    return _BETWEEN.sub(" ", bare).strip()


def search_words(noms: Iterable[str]) -> frozenset[str]:
    """Return the words under which names are found: each part, and each name squeezed.

    >>> sorted(search_words(["L'Hostis", "Anne-Laure"]))
    ['anne', 'annelaure', 'hostis', 'l', 'laure', 'lhostis']
    """
    words: set[str] = set()
    for nom in noms:
        folded = fold(nom)
        words.update(folded.split())
        words.add(folded.replace(" ", ""))
    return frozenset(word[:60] for word in words if word)
