"""Are two papers the same one? Pages scanned again, or facts told twice. Pure.

The image only says what to compare. « Same pages » wants the same words and the same
numbers: two fillings of one form share their print, not their dates. « Same facts » wants
type, agent, days and amounts; a fact read differently on both sides settles it: no.
"""

import functools
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz import fuzz

from intake import indices
from intake.constats import MIN_CONFIDENCE
from records.noms import fold
from records.vocabulary import Mot

# bits that differ between two scans of one sheet; beyond, two sheets
LOOK_MAX = 14
WORDS_MIN, NUMBERS_MIN = 8, 5
TEXT_ALIKE, TEXT_SAME, NUMBERS_ALIKE = 85.0, 97.0, 0.7
SHORT = 24
_NUMBER = re.compile(r"\d(?:[\d/.,:-]*\d)?")
_DAY = re.compile(r"\d{4}-\d{2}(-\d{2})?")
_AMOUNT = re.compile(r"-?\d+\.\d{2}")
# read by hand, or by whoever signs: two readings of one paper differ there
_LOOSE = re.compile(
    r"nom|prescripteur|medecin|temoin|lieu|adresse|fournisseur|titulaire"
)


class Genre(Mot):
    """How two papers are the same."""

    MEMES_OCTETS = ("memes-octets", "Mêmes octets")
    MEMES_PAGES = ("memes-pages", "Mêmes pages, numérisées de nouveau")
    MEMES_FAITS = ("memes-faits", "Mêmes faits")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageVue:
    """One page that holds something: its look (64 bits, None: unknown) and its text."""

    image: int | None
    texte: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vu:
    """One paper as it is compared; `champs` is the JSON written by the reader."""

    type: str
    agent_id: int | None
    evenement_id: int | None
    champs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    pages: tuple[PageVue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ressemblance:
    """What two papers share: its kind, how sure (0 to 1), one French sentence."""

    genre: Genre
    score: float
    detail: str


def compare(one: Vu, other: Vu) -> Ressemblance | None:
    """Say how two papers are the same, None when nothing proves it."""
    if None not in (one.agent_id, other.agent_id) and one.agent_id != other.agent_id:
        return None
    mine, theirs = said(one.champs), said(other.champs)
    shared = mine.keys() & theirs.keys()
    differs = any(mine[name] != theirs[name] for name in shared)
    pages = _same_pages(one, other)
    if pages is not None and (not differs or 100 * pages.score >= TEXT_SAME):
        return pages  # texts nearly equal, same days: a field was misread
    return None if differs else _same_facts(one, other, mine, theirs)


def said(champs: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the facts read surely: days, amounts, short words that qualify."""
    return {
        name: str(champ.get("valeur", ""))
        for name, champ in champs.items()
        if float(champ.get("confiance") or 0) >= MIN_CONFIDENCE
        and len(str(champ.get("valeur", ""))) <= SHORT
        and not _LOOSE.search(name)
    }


def _same_pages(one: Vu, other: Vu) -> Ressemblance | None:
    if not one.pages or len(one.pages) != len(other.pages):
        return None
    scores = [
        _same_page(mine, theirs)
        for mine, theirs in zip(one.pages, other.pages, strict=True)
    ]
    if not all(scores):
        return None
    return Ressemblance(
        genre=Genre.MEMES_PAGES,
        score=round(min(scores) / 100, 3),
        detail="L’image, les mots et les nombres sont ceux du premier papier : la même "
        "feuille, numérisée de nouveau.",
    )


def _same_page(mine: PageVue, theirs: PageVue) -> float:
    """Return how alike the texts are (0 to 100), 0 when it is not the same page."""
    if mine.image is None or theirs.image is None:
        return 0.0
    if distance(mine.image, theirs.image) > LOOK_MAX:
        return 0.0
    # the cheapest question first: most pages that look alike bear other numbers
    least = _numbers_want(_numbers(mine.texte), _numbers(theirs.texte))
    if least is None:
        return 0.0
    left, right = _words(mine.texte), _words(theirs.texte)
    if min(len(left), len(right)) < WORDS_MIN:
        return 0.0
    alike = fuzz.ratio(" ".join(left), " ".join(right), score_cutoff=least)
    if not alike or _tell_otherwise(mine.texte, theirs.texte):
        return 0.0
    return alike


@functools.lru_cache(maxsize=256)
def _words(texte: str) -> list[str]:
    return fold(texte).split()


@functools.lru_cache(maxsize=256)
def _numbers(texte: str) -> Counter[str]:
    return Counter(_NUMBER.findall(texte))


def _tell_otherwise(mine: str, theirs: str) -> bool:
    """Tell whether each page bears a day, an amount or a NIR the other does not.

    A misread one makes us miss a duplicate; it never makes one up.
    """
    return any(
        left - right and right - left
        for left, right in zip(_told(mine), _told(theirs), strict=True)
    )


@functools.lru_cache(maxsize=256)
def _told(texte: str) -> tuple[frozenset[Any], ...]:
    """Return the days, the amounts and the NIRs of a page."""
    return indices.days(texte), indices.amounts(texte), indices.nirs(texte)


def distance(one: int, other: int) -> int:
    """Return how many bits of two looks differ.

    >>> distance(0b1010, 0b1001)
    2
    """
    return ((one ^ other) & (2**64 - 1)).bit_count()


def _numbers_want(mine: Counter[str], theirs: Counter[str]) -> float | None:
    """Return how alike the words must be when the numbers agree, None when they do not.

    Few numbers must all agree, and the words be nearly equal.
    """
    most = max(mine.total(), theirs.total())
    if most < NUMBERS_MIN:
        return TEXT_SAME if mine == theirs else None
    return TEXT_ALIKE if (mine & theirs).total() >= NUMBERS_ALIKE * most else None


def _same_facts(
    one: Vu, other: Vu, mine: Mapping[str, str], theirs: Mapping[str, str]
) -> Ressemblance | None:
    """Compare type, agent, days or event, and amounts: the same, none on one side only."""
    if one.agent_id is None or one.agent_id != other.agent_id:
        return None
    if one.type != other.type or _amounts(mine) != _amounts(theirs):
        return None
    shared = mine.keys() & theirs.keys()
    days = [n for n in shared if _DAY.fullmatch(mine[n]) and "naissance" not in n]
    amounts = [n for n in shared if _AMOUNT.fullmatch(mine[n])]
    same_event = one.evenement_id is not None and one.evenement_id == other.evenement_id
    if not days or len(days) + len(amounts) + same_event < 2:  # noqa: PLR2004 two proofs
        return None
    return Ressemblance(
        genre=Genre.MEMES_FAITS,
        score=round(min(1.0, 0.5 + 0.1 * (len(days) + len(amounts))), 3),
        detail="Le type, l’agent, les dates et les montants lus sont ceux du premier "
        "papier.",
    )


def _amounts(facts: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in facts.items() if _AMOUNT.fullmatch(value)}
