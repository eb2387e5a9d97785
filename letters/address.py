"""The French postal block: at most six lines of thirty-eight signs, the town last.

Pure. What does not fit is cut into lines, then shortened: a machine sorts the envelope,
and the whole name stands in the letter itself.
"""

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping

LINES = 6
SIGNS = 38
_SPACES = re.compile(r"\s+")
_NOT_SORTED = re.compile(r"[^A-Z0-9 '/-]")
_LOCALITY = re.compile(r"\d{5} [A-Z]")


def block(nom: str, adresse: Mapping[str, object], *, service: str = "") -> list[str]:
    """Return the lines of the envelope's window; the last one is the town.

    >>> block("Mairie", {"voie": "1, rue de l'Été", "code_postal": "24000",
    ...       "ville": "Fontbrune"})
    ['MAIRIE', "1 RUE DE L'ETE", '24000 FONTBRUNE']
    """
    last = _line(f"{adresse.get('code_postal', '')} {adresse.get('ville', '')}")[:SIGNS]
    street = [
        part
        for name in ("complement", "batiment", "voie", "lieu_dit", "boite_postale")
        for part in _wrapped(str(adresse.get(name) or ""))
    ]
    room = LINES - bool(last)
    # the street is what the postman needs: names give way first
    street = street[-(room - 1) :]
    names = [*_wrapped(nom), *_wrapped(service)][: room - len(street)]
    return [*names, *street, *([last] if last.strip() else [])]


def is_complete(lines: Iterable[str]) -> bool:
    """Tell whether the post can deliver: a name, and a town with its code.

    >>> is_complete(["MAIRIE", "24000 FONTBRUNE"]), is_complete(["MAIRIE"])
    (True, False)
    """
    kept = list(lines)
    return len(kept) > 1 and _LOCALITY.match(kept[-1]) is not None


def _line(text: str) -> str:
    """Return capitals without accents, the only signs a sorting machine reads."""
    folded = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    plain = "".join(sign for sign in folded if not unicodedata.combining(sign)).upper()
    return _SPACES.sub(" ", _NOT_SORTED.sub(" ", plain.replace("’", "'"))).strip()


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(_line(text), SIGNS, break_long_words=True)
