"""The declared look of each type of paper, read from `portraits/*.toml`; never code.

A portrait lists the titles of a type (they count where they stand as titles), its cerfa
numbers, its usual words, and the words that deny it, each with a weight. A file that is
not understood is refused with its name and its key: a wrong portrait types wrongly.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from classifiers.text import Phrase

FOLDER = Path(__file__).with_name("portraits")
_KEYS = {"code", "libelle", "haut", "titres", "cerfas", "mots", "interdits"}
_TABLES = ("titres", "cerfas", "mots", "interdits")
_CODE = re.compile(r"[A-Z][A-Z_]{2,29}")
_CERFA = re.compile(r"\d{5}|\d{2}-\d{4}")
_HAUT = 0.45
_POIDS_MAX = 10.0


class PortraitError(ValueError):
    """A portrait file is not understood; the message names the file and the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indice:
    """A phrase and what it weighs for or against a type."""

    phrase: Phrase
    poids: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """What papers of one type look like. `haut`: share of the page where titles stand."""

    code: str
    libelle: str
    haut: float = _HAUT
    titres: tuple[Indice, ...] = ()
    cerfas: Mapping[str, float]
    mots: tuple[Indice, ...] = ()
    interdits: tuple[Indice, ...] = ()


@cache
def portraits() -> tuple[Portrait, ...]:
    """Return the portraits of the house, read once."""
    return load(FOLDER)


def load(folder: Path) -> tuple[Portrait, ...]:
    """Read every portrait of a folder; raise `PortraitError` on the first bad one."""
    found = tuple(read(path) for path in sorted(folder.glob("*.toml")))
    codes = [portrait.code for portrait in found]
    for code in codes:
        if codes.count(code) > 1:
            raise PortraitError(f"{folder.name}: type {code} drawn twice")
    if not found:
        raise PortraitError(f"{folder.name}: no portrait")
    return found


def read(path: Path) -> Portrait:
    """Read one portrait file; raise `PortraitError` naming the file and line or key."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PortraitError(f"{path.name}: {error}") from error
    try:
        return _portrait(table)
    except _BadKeyError as error:
        line = _line(path, error.key)
        raise PortraitError(f"{path.name}, line {line}: {error}") from error


class _BadKeyError(ValueError):
    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key!r}: {why}")
        self.key = key


def _line(path: Path, key: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((n for n, line in enumerate(lines, start=1) if key in line), 1)


def _portrait(table: Mapping[str, Any]) -> Portrait:
    for key in table:
        if key not in _KEYS:
            raise _BadKeyError(key, "unknown key")
    code, label = table.get("code"), table.get("libelle")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise _BadKeyError("code", "a type code in capitals is needed")
    if not isinstance(label, str) or not label.strip():
        raise _BadKeyError("libelle", "a French label is needed")
    haut = table.get("haut", _HAUT)
    if not isinstance(haut, float) or not 0 < haut <= 1:
        raise _BadKeyError("haut", "a share of the page, above 0 and up to 1.0")
    weights = {name: _weights(name, table.get(name, {})) for name in _TABLES}
    for number in weights["cerfas"]:
        if not _CERFA.fullmatch(number):
            raise _BadKeyError(number, "a cerfa number is five digits, or 12-3456")
    return Portrait(
        code=code,
        libelle=label,
        haut=haut,
        titres=_clues("titres", weights["titres"]),
        cerfas=weights["cerfas"],
        mots=_clues("mots", weights["mots"]),
        interdits=_clues("interdits", weights["interdits"]),
    )


def _weights(name: str, table: object) -> dict[str, float]:
    if not isinstance(table, dict):
        raise _BadKeyError(name, "a table of phrases and weights is needed")
    for phrase, weight in table.items():
        if isinstance(weight, bool) or not isinstance(weight, int | float):
            raise _BadKeyError(phrase, "its weight must be a number")
        if not 0 <= weight <= _POIDS_MAX:
            raise _BadKeyError(phrase, f"its weight must be from 0 to {_POIDS_MAX:g}")
    return {str(phrase): float(weight) for phrase, weight in table.items()}


def _clues(name: str, weights: Mapping[str, float]) -> tuple[Indice, ...]:
    clues = tuple(
        Indice(phrase=Phrase(text), poids=weight) for text, weight in weights.items()
    )
    _refuse_twins(name, clues)
    return clues


def _refuse_twins(name: str, clues: Iterable[Indice]) -> None:
    seen: set[str] = set()
    for clue in clues:
        if not clue.phrase.mots:
            raise _BadKeyError(clue.phrase.texte, f"no word in this phrase of {name}")
        if clue.phrase.mots in seen:
            raise _BadKeyError(clue.phrase.texte, f"said twice in {name}")
        seen.add(clue.phrase.mots)
