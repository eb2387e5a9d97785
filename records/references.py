"""Human references (`EV-2026-7Q4KX-9M2TD-K`): make, check, parse.

A reference names its kind and its year, carries 50 random bits so that nobody can guess
the next one, and ends with a check letter (ISO 7064, MOD 37-36) that catches any slip of
one sign. The same reference is printed, typed, and used in addresses: there is no second
identifier.
"""

import enum
import re
import secrets

from stdnum.iso7064 import mod_37_36

# Crockford's base 32: no I, L, O, U, so that nobody reads one for another.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUP = 5
_SHAPE = re.compile(
    rf"^([A-Z]{{2}})-?(\d{{4}})-?([{ALPHABET}]{{5}})-?([{ALPHABET}]{{5}})-?([A-Z])$"
)
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})


class Sujet(enum.Enum):
    """What a reference names, by its two letters."""

    COLLECTIVITE = "CL"
    SERVICE = "SE"
    AGENT = "AG"
    EVENEMENT = "EV"
    CONSEQUENCE = "CQ"
    PIECE = "PA"
    DEPOT = "DP"
    JUSTIFICATIF = "JU"
    TACHE = "TA"
    COMPTE = "CO"
    COLIS = "CI"
    ECART = "EC"
    COURRIER = "CR"
    BORDEREAU = "BR"
    DECOMPTE = "DC"
    SIMULATION = "SI"
    RECOURS = "RE"
    BROUILLON = "BN"
    LISTE = "LA"


def check_sign(body: str) -> str:
    """Return the sign that closes `body` (dashes are ignored).

    >>> check_sign("EV-2026-7Q4KX-9M2TD")
    'G'
    """
    return str(mod_37_36.calc_check_digit(body.replace("-", "")))


def new_reference(sujet: Sujet, year: int) -> str:
    """Draw a reference nobody can guess, whose check sign is a letter."""
    while True:
        drawn = "".join(secrets.choice(ALPHABET) for _ in range(2 * _GROUP))
        body = f"{sujet.value}-{year:04d}-{drawn[:_GROUP]}-{drawn[_GROUP:]}"
        sign = check_sign(body)
        if sign in ALPHABET[10:]:
            return f"{body}-{sign}"


def parse_reference(text: str) -> str | None:
    """Return the canonical reference typed as `text`, or None when it is not one.

    Spaces, lower case, missing dashes and the usual misreadings (O for 0, I or L for 1)
    are forgiven; a wrong check letter is not.

    >>> parse_reference("ev 2026 7q4kx 9m2td g")
    'EV-2026-7Q4KX-9M2TD-G'
    >>> parse_reference("EV-2026-7Q4KX-9M2TD-A") is None
    True
    """
    squeezed = re.sub(r"[\s-]", "", text).upper()
    misread = squeezed[:6] + squeezed[6:-1].translate(_MISREAD) + squeezed[-1:]
    found = _SHAPE.match(misread)
    if found is None:
        return None
    kind, year, first, second, letter = found.groups()
    body = f"{kind}-{year}-{first}-{second}"
    return f"{body}-{letter}" if check_sign(body) == letter else None
