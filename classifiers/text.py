"""French text as scanners misread it: folding, confusions, numbers. Pure strings.

Two foldings serve two needs. `flat` keeps every character in its place, so that what a
pattern finds in the folded text can be shown on the page; `fold` gives the words alone,
for comparing names and phrases.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache

_ALIKE = {
    **dict.fromkeys("\u2018\u2019\u201b\u00b4`\u02bc\u2032", "'"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\u00ad\u00ac", "-"),
    **dict.fromkeys("\u00a0\u00b7\u202f\u2007\u2009\u2002\u2003\t\r\n\v\f", " "),
    **dict.fromkeys("\u00b0\u00ba\u2070\u02da", "\u00b0"),
    **dict.fromkeys("\u00ab\u00bb\u201c\u201d\u201e", '"'),
    "\u20ac": "\u20ac", "\u00d7": "x", "\u2026": ".",
}  # fmt: skip
# What a reader takes for a figure, or a figure for; only used where figures are awaited.
FIGURES = str.maketrans("odilszbg", "00115289")
FIGURE = r"[0-9odilszbg]"
_SKELETON = str.maketrans("oilszbq", "0115280")
_WORD = re.compile(r"[a-z0-9]+")
_LIGATURES = (("\u0153", "oe"), ("\u0152", "OE"), ("\u00e6", "ae"), ("\u00c6", "AE"))


class _Flattener(dict[int, str]):
    """Learns, character by character, what each folds to; always one for one."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = _ALIKE.get(char)
        if folded is None:
            base = unicodedata.normalize("NFKD", char)
            folded = next((c for c in base if not unicodedata.combining(c)), " ")
            lower = folded.lower()
            folded = lower if len(lower) == 1 else folded
        self[code] = folded
        return folded


_FLATTENER = _Flattener()


def flat(text: str) -> str:
    """Fold case, accents, apostrophes, dashes and spaces, keeping every position.

    >>> flat("PROLONGATION d\u2019arr\u00eat")
    "prolongation d'arret"
    >>> len(flat("\u0152uvre \u2026")) == len("\u0152uvre \u2026")
    True
    """
    return text.translate(_FLATTENER)


def fold(text: str) -> str:
    """Return the words alone: lower case, no accent, no punctuation, one space.

    >>> fold("L'H\u0152UILLIER, n\u00e9(e) le :")
    'l hoeuillier ne e le'
    """
    for ligature, letters in _LIGATURES:
        text = text.replace(ligature, letters)
    return " ".join(_WORD.findall(flat(text)))


def figures(text: str) -> str:
    """Return the digits of a text where only digits are awaited.

    >>> figures("2O/O1/l985")
    '20011985'
    """
    return re.sub(r"\D", "", flat(text).translate(FIGURES))


def is_mostly_figures(text: str) -> bool:
    """Tell whether at least half of the letters and digits are digits.

    >>> is_mostly_figures("1O3"), is_mostly_figures("lis")
    (True, False)
    """
    signs = [c for c in text if c.isalnum()]
    return bool(signs) and 2 * sum(c.isdigit() for c in signs) >= len(signs)


def unspaced(text: str) -> str:
    """Join characters that a comb kept apart; other words are left as they are.

    >>> unspaced("n\u00b0 2 8 1 0 7 du 3 mai")
    'n\u00b0 28107 du 3 mai'
    """
    return re.sub(
        r"(?<!\S)\w(?: \w){2,}(?!\S)", lambda m: m.group().replace(" ", ""), text
    )


def skeleton(text: str) -> str:
    """Write folded words without spaces, look-alikes made one.

    >>> skeleton("avis 0'arret") == skeleton("AVlS O'ARRET")
    True
    """
    return fold(text).replace(" ", "").replace("rn", "m").translate(_SKELETON)


@dataclass(frozen=True)
class Phrase:
    """A phrase to look for, in every shape the search compares."""

    texte: str

    @cached_property
    def mots(self) -> str:
        """The folded words."""
        return " ".join(_WORD.findall(flat(self.texte)))

    @cached_property
    def cadre(self) -> str:
        """The folded words between spaces."""
        return f" {self.mots} "

    @cached_property
    def squelette(self) -> str:
        """The skeleton."""
        return skeleton(self.texte)

    @cached_property
    def trigrammes(self) -> frozenset[str]:
        """Every three letters in a row."""
        return trigrams(self.mots)


def trigrams(text: str) -> frozenset[str]:
    """Return every three characters in a row."""
    return frozenset(text[k : k + 3] for k in range(len(text) - 2))


@lru_cache(maxsize=2048)
def phrase(texte: str) -> Phrase:
    """Return the phrase, prepared once."""
    return Phrase(texte)
