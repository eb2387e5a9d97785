"""The NIR: normal form, control key, what is shown of it. Never stored, never logged.

A NIR is sealed under the context `agent:<reference>:nir` (a sealed value moved to another
agent does not open), and compared by a hash keyed under the context `agent:nir` (the same
for all, or nothing would compare).
"""

import re

from stdnum.fr import nir as stdnum_nir

from socle.crypto import Coffre
from socle.errors import ErreurChamp, RefusedError

FINGERPRINT_CONTEXT = "agent:nir"
# sexe, year, month, then the department: 2A and 2B carry a letter
_SHAPE = re.compile(r"\d{6}[0-9AB]\d{6}(\d{2})?")
_WITHOUT_KEY = 13


def seal_context(reference: str) -> str:
    """Return the context under which the NIR of one agent is sealed."""
    return f"agent:{reference}:nir"


def normal_nir(text: str) -> str:
    """Return the fifteen signs of a NIR, its key added when it was left out.

    Raises `RefusedError` (`nir-invalide`) when its shape or key is wrong.

    >>> normal_nir("2 85 05 98 006 084")
    '285059800608483'
    """
    squeezed = re.sub(r"[\s.\u00a0-]", "", text).upper()
    if _SHAPE.fullmatch(squeezed):
        body, key = squeezed[:_WITHOUT_KEY], squeezed[_WITHOUT_KEY:]
        right = stdnum_nir.calc_check_digits(body)
        if key in {"", right}:
            return f"{body}{right}"
    detail = (
        "Ce numéro de sécurité sociale n'est pas valable : vérifiez ses 15 chiffres."
    )
    raise RefusedError(
        "nir-invalide",
        detail,
        erreurs=(ErreurChamp(champ="nir", code="nir-invalide", detail=detail),),
    )


def nir_fingerprint(coffre: Coffre, text: str) -> str | None:
    """Return the keyed hash that compares two NIR, None when it is not one."""
    try:
        whole = normal_nir(text)
    except RefusedError:
        return None
    return coffre.fingerprint(whole[:_WITHOUT_KEY], context=FINGERPRINT_CONTEXT)


def masked_nir(nir: str) -> str:
    """Show a NIR as `2 85 •• •• ••• ••• ••`.

    >>> masked_nir("285059800608483")
    '2 85 •• •• ••• ••• ••'
    """
    return f"{nir[:1]} {nir[1:3]} •• •• ••• ••• ••"
