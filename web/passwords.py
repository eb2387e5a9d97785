"""Passwords: how they are judged and kept (Argon2id). Blocking: call from a thread."""

import functools
import itertools
import re
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from socle.errors import ErreurChamp, RefusedError

MIN_LENGTH = 12
MAX_LENGTH = 256
_COMMON_FILE = Path(__file__).parent / "mots_de_passe_courants.txt"
_LEET = str.maketrans("01345789@$!€", "oieastbgasie")
_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)


def check_password(password: str, identifiant: str) -> None:
    """Raise `RefusedError` when a password is short, common or says the identifier."""
    problem = _weakness(password, identifiant)
    if problem:
        raise RefusedError(
            "mot-de-passe-faible",
            problem,
            erreurs=(ErreurChamp(champ="mot_de_passe", code="faible", detail=problem),),
        )


def _weakness(password: str, identifiant: str) -> str | None:
    if len(password) < MIN_LENGTH:
        return f"Choisissez au moins {MIN_LENGTH} caractères, par exemple une phrase."
    if len(password) > MAX_LENGTH:
        return f"Le mot de passe dépasse {MAX_LENGTH} caractères."
    name = identifiant.split("@", maxsplit=1)[0]
    if len(name) > 3 and name in password.lower():  # noqa: PLR2004
        return "Le mot de passe ne doit pas contenir votre identifiant."
    if len(set(password)) < 5 or _is_common(password):  # noqa: PLR2004
        return (
            "Ce mot de passe est trop courant : il serait essayé parmi les premiers. "
            "Choisissez une phrase à vous."
        )
    return None


def _is_common(password: str) -> bool:
    """Tell whether only common words remain once digits and signs are put aside.

    « M0tDeP@sse2026! » is « motdepasse » dressed up: attackers try that first.
    """
    lowered = password.lower()
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", lowered)
    return any(
        _made_of_common(re.sub(r"[^a-z0-9]", "", text), re.sub(r"[^a-z]", "", text))
        for text in (lowered, core.translate(_LEET))
    )


def _made_of_common(full: str, letters: str) -> bool:
    words = _common_words()
    if full in words or letters in words:
        return True
    if not letters:
        return _is_run(full)
    # the same words one after the other: « azertyazerty », « bonjoursoleil »
    reach = {0}
    for end in range(1, len(letters) + 1):
        if any(letters[start:end] in words for start in reach):
            reach.add(end)
    return len(letters) in reach


def _is_run(digits: str) -> bool:
    steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(digits)}
    return len(steps) <= 1


@functools.cache
def _common_words() -> frozenset[str]:
    return frozenset(_COMMON_FILE.read_text(encoding="utf-8").split())


def hash_password(password: str) -> str:
    """Return the Argon2id text to store."""
    return _HASHER.hash(password)


@functools.cache
def _decoy() -> str:
    return _HASHER.hash("personne ne connait ce mot de passe")


def verify_password(stored: str | None, password: str) -> bool:
    """Tell whether the password is right; takes as long when there is none to compare."""
    try:
        return _HASHER.verify(stored or _decoy(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False
