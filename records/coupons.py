"""What a return code says: a word drawn at random and our signature, nothing of anybody.

Pure: `records.store.coupons` knows which requirement the word was printed for.
"""

import re
import secrets
from dataclasses import dataclass

from records.references import ALPHABET
from socle.crypto import Coffre

PREFIX = "VGM1"
_SIGNS = 12  # 60 bits: nobody meets another one by chance
_SIGNATURE = 20  # 80 bits, in hexadecimal
_SHAPE = re.compile(rf"{PREFIX}:([{ALPHABET}]{{{_SIGNS}}}):([0-9A-F]{{{_SIGNATURE}}})")
_OURS = re.compile(r"VGM\d{1,3}:", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeLu:
    """A code of ours found on a page; `jeton` is None when the signature is not ours."""

    contenu: str
    jeton: str | None


def new_jeton() -> str:
    """Draw the word of a coupon."""
    return "".join(secrets.choice(ALPHABET) for _ in range(_SIGNS))


def payload(coffre: Coffre, jeton: str) -> str:
    """Return what the code carries: capitals and figures only, so that it stays small."""
    return f"{PREFIX}:{jeton}:{_signature(coffre, jeton)}"


def read(coffre: Coffre, contenu: str) -> CodeLu | None:
    """Read the content of a code; None when it does not claim to be ours.

    A code that claims it and is not signed by us has no `jeton`.
    """
    squeezed = contenu.strip()
    if not _OURS.match(squeezed):
        return None
    found = _SHAPE.fullmatch(squeezed)
    genuine = found is not None and coffre.signed(
        _message(found[1]), _whole(coffre, found[1], found[2])
    )
    return CodeLu(contenu=squeezed, jeton=found[1] if found and genuine else None)


def _message(jeton: str) -> bytes:
    return f"coupon\0{jeton}".encode()


def _signature(coffre: Coffre, jeton: str) -> str:
    return coffre.sign(_message(jeton))[:_SIGNATURE].upper()


def _whole(coffre: Coffre, jeton: str, given: str) -> str:
    """Complete the part printed: the whole is compared in constant time."""
    return given.lower() + coffre.sign(_message(jeton))[_SIGNATURE:]
