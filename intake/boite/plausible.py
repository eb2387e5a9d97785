"""Does this look like French that a person wrote? Judges a text layer, or a reading.

No dictionary: the shape of words, and the share of the commonest small words, which an
upside-down or broken layer does not have.
"""

import re
from collections.abc import Sequence

# fmt: off
COURANTS = frozenset(
    {
        "a", "à", "au", "aux", "avec", "ce", "ces", "cette", "d", "dans", "date",
        "de", "des", "du", "elle", "en", "est", "et", "être", "il", "ils", "je", "l",
        "la", "le", "les", "leur", "lui", "m", "mme", "monsieur", "madame", "n",
        "nom", "par", "pas", "pour", "prénom", "qu", "que", "qui", "s", "sa", "se",
        "ses", "si", "son", "sont", "sur", "un", "une", "vous", "y", "jour",
        "mois", "ans", "fait", "adresse", "code", "ville", "total", "numéro",
        "heures", "montant", "période", "agent", "mairie", "commune", "service",
        "travail", "arrêt", "santé", "article", "vu", "arrêté", "signature", "cachet",
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août",
        "septembre", "octobre", "novembre", "décembre",
    }
)
# fmt: on
ENOUGH_WORDS = 25
PLAUSIBLE_MIN = 0.9
COMMON_MIN = 0.06
_TRIM = "\"'’‘«»“”()[]{}<>.,;:!?…_*|/\\-–—•·☐☑☒□■✓✔~^=+#"
_NUMERIC = re.compile(r"^[\dA-Za-z]{0,3}[\d][\d\s.,:/°%€x*'h+-]*[A-Za-z€%°]{0,4}$")
_LETTERS = re.compile(r"^[^\W\d_]+$")
_SPLIT = re.compile(r"['’‘\-./&@+:°,()]+")
_VOWEL = re.compile(r"[aeiouyàâäéèêëîïôöùûüœæ]", re.IGNORECASE)
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxzç]{5,}", re.IGNORECASE)
_REPEATED = re.compile(r"(.)\1\1", re.IGNORECASE)
ACRONYM_MAX = 8


def is_plausible_text(words: Sequence[str]) -> bool:
    """Tell whether more than nine words in ten could be French or figures."""
    tokens = _tokens(words)
    if not tokens:
        return False
    return _share(tokens) > PLAUSIBLE_MIN and _has_common_words(tokens)


def plausible_share(words: Sequence[str]) -> float:
    """Return the share of words that could be French or figures, 0 to 1."""
    tokens = _tokens(words)
    return _share(tokens) if tokens else 0.0


def nb_common(words: Sequence[str]) -> int:
    """Count the words among the commonest of French administrative papers."""
    return sum(1 for token in _tokens(words) if len(token) > 1 and _is_common(token))


def _tokens(words: Sequence[str]) -> list[str]:
    stripped = (word.strip(_TRIM) for word in words)
    return [word for word in stripped if word]


def _share(tokens: Sequence[str]) -> float:
    return sum(1 for token in tokens if _is_plausible(token)) / len(tokens)


def _has_common_words(tokens: Sequence[str]) -> bool:
    letters = [token for token in tokens if not any(c.isdigit() for c in token)]
    if len(letters) < ENOUGH_WORDS:
        return True
    return sum(map(_is_common, letters)) >= COMMON_MIN * len(letters)


def _is_common(token: str) -> bool:
    return any(part.lower() in COURANTS for part in _SPLIT.split(token))


def _is_plausible(token: str) -> bool:
    if _NUMERIC.match(token):
        return True
    return all(_is_plausible_part(part) for part in _SPLIT.split(token) if part)


def _is_plausible_part(part: str) -> bool:
    if part.isdigit() or len(part) == 1:
        return True
    if not _LETTERS.match(part) or _REPEATED.search(part):
        return bool(_NUMERIC.match(part))
    if not _is_plainly_cased(part):
        return False
    if part.isupper() and len(part) <= ACRONYM_MAX:
        return True
    return bool(_VOWEL.search(part)) and not _CONSONANTS.search(part)


def _is_plainly_cased(part: str) -> bool:
    if part.islower() or part.isupper():
        return True
    return part[0].isupper() and (part[1:].islower() or part[:2] in {"Mc", "De", "Le"})
