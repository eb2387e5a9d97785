"""Days, periods and months as French papers write them, misread figures forgiven.

`jj/mm/aaaa`, `jj mm aaaa` in combs, `3 février 2026`, `premier mars deux mille vingt-six`.
A day that does not exist is not a day: nothing is repaired by guessing.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz import fuzz, process

from classifiers.nombres import WORDS, number_from_words
from classifiers.text import FIGURE, figures, is_mostly_figures

YEAR_MIN, YEAR_MAX = 1900, 2045
COMB, MONTH_MIN = 8, 4
MOIS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout",
    "septembre", "octobre", "novembre", "decembre",
)  # fmt: skip
_SHORT = {"janv": 1, "jan": 1, "fevr": 2, "fev": 2, "avr": 4, "juil": 7, "sept": 9,
          "oct": 10, "nov": 11, "dec": 12}  # fmt: skip
_MONTH_SCORE = 82

_F = FIGURE
_NUMERIC = re.compile(
    rf"(?<![0-9/])({_F}{{1,2}})\s?([/.\-])\s?({_F}{{1,2}})\s?[/.\-]\s?"
    rf"([12]{_F}{{3}}|{_F}{{2}})(?![0-9a-z])"
)
# two-digit groups with a slash misread or lost between month and year
_BROKEN = re.compile(
    rf"(?<![0-9/])({_F}{{2}})\s?([/.\-])\s?({_F}{{2}})\s?([12]\d{{3}})(?![0-9a-z])"
    rf"|(?<![0-9/])({_F}{{2}})\s?({_F}{{2}})\s?[/\-]\s?([12]\d{{3}})(?![0-9a-z])"
)
_ISO = re.compile(r"(?<!\d)((?:19|20)\d{2})-(\d{2})-(\d{2})(?!\d)")
_NAMED = re.compile(
    rf"(?<![0-9a-z])({_F}{{1,2}}|1\s?er|1er|ier|ler|premier)\.?\s{{0,2}}"
    r"([a-z0-9]{3,10})\.?\s{0,2}([12][0-9oil]{3})(?![0-9])"
)
_SPACED = re.compile(
    rf"(?<![0-9a-z/.,])({_F}{{2}})[\s|]{{1,3}}({_F}{{2}})[\s|]{{1,3}}"
    rf"((?:19|20){_F}{{2}})(?![0-9a-z])"
)
_CLOSED = re.compile(r"(?<![0-9])(\d{2})(\d{2})((?:19|20)\d{2})(?![0-9])")
_WALL = r"(?:[|\[\](){}_.:;'\u00b0!-]| {1,2})"
_COMB = re.compile(rf"(?<![0-9a-z]){_F}(?:{_WALL}{{0,4}}{_F}){{7,20}}(?![0-9a-z])")
_YEAR_WORDS = re.compile(
    r"(?<![a-z])((?:deux mille|mil(?:le)? neuf cent)(?:[ -](?:" + "|".join(sorted(WORDS))
    + r"))*)(?![a-z])"
)  # fmt: skip
_DAY_WORDS = re.compile(
    r"(?<![a-z])((?:le )?(?:premier|" + "|".join(sorted(WORDS, key=len, reverse=True))
    + r")(?:[ -](?:et |)(?:" + "|".join(sorted(WORDS)) + r"))*)\s$"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class JourLu:
    """A day read, and the offsets of its signs in the text."""

    jour: dt.date
    debut: int
    fin: int
    score: float = 1.0


def make_day(year: int, month: int, day: int) -> dt.date | None:
    """Return the day, or None when it does not exist or is of no plausible year."""
    if not YEAR_MIN <= year <= YEAR_MAX:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def find_days(plat: str, *, comb: bool = False) -> list[JourLu]:
    """Return the days written in a folded text, in order, without overlap.

    With `comb`, groups of figures without separators count too: only where a label says
    that a day stands there.

    >>> [d.jour.isoformat() for d in find_days("du 3 fevrier 2026 au 1er mars 2026")]
    ['2026-02-03', '2026-03-01']
    """
    found: list[JourLu] = []
    readers = [_numeric, _iso, _named, _worded, _spaced, _broken]
    if comb:
        readers += [_closed, _combed]
    for reader in readers:
        for day in reader(plat):
            if all(day.fin <= other.debut or day.debut >= other.fin for other in found):
                found.append(day)
    return sorted(found, key=lambda day: day.debut)


def _numeric(plat: str) -> Iterator[JourLu]:
    for match in _NUMERIC.finditer(plat):
        day, _, month, year = match.groups()
        if is_mostly_figures(match.group()):
            yield from _day(match, day, month, year)


def _broken(plat: str) -> Iterator[JourLu]:
    for match in _BROKEN.finditer(plat):
        parts = match.groups()
        day, month, year = (
            (parts[0], parts[2], parts[3])
            if parts[0]
            else (parts[4], parts[5], parts[6])
        )
        if is_mostly_figures(match.group()):
            yield from _day(match, day, month, year, score=0.75)


def _iso(plat: str) -> Iterator[JourLu]:
    for match in _ISO.finditer(plat):
        year, month, day = match.groups()
        yield from _day(match, day, month, year)


def _spaced(plat: str) -> Iterator[JourLu]:
    for match in _SPACED.finditer(plat):
        if is_mostly_figures(match.group()):
            yield from _day(match, *match.groups(), score=0.9)


def _closed(plat: str) -> Iterator[JourLu]:
    for match in _CLOSED.finditer(plat):
        yield from _day(match, *match.groups(), score=0.85)


def _combed(plat: str) -> Iterator[JourLu]:
    """Read runs of exactly eight figures, one per cell, whatever frames are between."""
    for run in _COMB.finditer(plat):
        raw = run.group()
        read = re.sub(r"[^0-9a-z]", "", raw)
        walled = bool(re.search(r"[|\[\](){}]", raw))
        # walls read as brackets: a letter there may be a wall too, nothing is forgiven
        if (
            len(read) != COMB
            or (walled and not read.isdigit())
            or not is_mostly_figures(read)
        ):
            continue
        digits = figures(read)
        day = make_day(int(digits[4:]), int(digits[2:4]), int(digits[:2]))
        if day:
            yield JourLu(day, *run.span(), 0.6 if walled else 0.8)


def _day(
    match: re.Match[str], day: str, month: str, year: str, *, score: float = 1.0
) -> Iterator[JourLu]:
    numbers = [figures(part) for part in (day, month, year)]
    if not all(numbers):
        return
    full = int(numbers[2])
    if len(numbers[2]) == 2:  # noqa: PLR2004
        full += 2000 if full <= YEAR_MAX - 2000 else 1900
        score *= 0.8
    made = make_day(full, int(numbers[1]), int(numbers[0]))
    if made:
        raw = match.group()
        clean = score if not any(c.isalpha() for c in raw) else score * 0.9
        yield JourLu(made, *match.span(), clean)


def _named(plat: str) -> Iterator[JourLu]:
    for match in _NAMED.finditer(plat):
        number = month_number(match.group(2))
        if number is None:
            continue
        raw = match.group(1)
        first = raw.replace(" ", "") in {"1er", "ier", "ler", "premier"}
        day = 1 if first else int(figures(raw) or 0)
        made = make_day(int(figures(match.group(3))), number, day)
        if made:
            yield JourLu(made, *match.span())


def _worded(plat: str) -> Iterator[JourLu]:
    """Read « le premier février deux mille vingt-six », as civil status writes."""
    for year in _YEAR_WORDS.finditer(plat):
        before = plat[max(year.start() - 60, 0) : year.start()].rstrip()
        month_word = re.search(r"([a-z0-9]{3,10})$", before)
        month = month_number(month_word.group(1)) if month_word else None
        if month is None or month_word is None:
            continue
        head = before[: month_word.start()]
        day = _DAY_WORDS.search(head) or re.search(r"(\d{1,2}|1er)\s$", head)
        value = number_from_words(year.group(1))
        if day is None or value is None:
            continue
        text = day.group(1).removeprefix("le ").strip()
        number = int(figures(text)) if text[0].isdigit() else number_from_words(text)
        made = make_day(value, month, number or 0)
        if made:
            offset = max(year.start() - 60, 0)
            yield JourLu(made, offset + day.start(1), year.end())


def month_number(word: str) -> int | None:
    """Return 1 to 12 for a month's folded name, short or slightly misread.

    >>> month_number("fevrier"), month_number("decernbre"), month_number("mardi")
    (2, 12, None)
    """
    if word in MOIS:
        return MOIS.index(word) + 1
    if word in _SHORT:
        return _SHORT[word]
    best = (
        process.extractOne(word, MOIS, scorer=fuzz.ratio, score_cutoff=_MONTH_SCORE)
        if len(word) >= MONTH_MIN
        else None
    )
    return MOIS.index(best[0]) + 1 if best else None


@dataclass(frozen=True, slots=True)
class PeriodeLue:
    """Two days read as « du … au … », last day included, and their offsets."""

    debut: dt.date
    fin: dt.date
    depart: int
    arrivee: int
    score: float = 1.0


_FROM = re.compile(
    r"(?:a compter du|a partir du|du|depuis le|debut|des le|de)\s?:?\s{0,3}$"
)
_TO = re.compile(
    r"^[\s,;:|()\[\].]{0,6}(?:inclus|matin|compris)?[\s,;:()]{0,4}"
    r"(?:et |)(?:jusqu'?\s?au|jusqu|au|art|aul|ait|"
    r"fin|->|-|a)\s{0,3}(?:\(?inclus\)?)?[\s:|\[.]{0,4}$"
)


def find_periods(plat: str) -> list[PeriodeLue]:
    """Return every « du … au … » of a folded text; never one that ends before it starts.

    >>> found = find_periods("place du 03/02/2026 au 1er mars 2026 inclus")
    >>> [(p.debut.isoformat(), p.fin.isoformat()) for p in found]
    [('2026-02-03', '2026-03-01')]
    """
    days = find_days(plat, comb=True)
    found = []
    for first, last in pairwise(days):
        between = plat[first.fin : last.debut].replace("\n", " ")
        if last.jour < first.jour:
            continue
        if not between.strip() and _is_counted(first, last, plat):
            found.append(PeriodeLue(first.jour, last.jour, first.debut, last.fin))
            continue
        if not _TO.match(between):
            continue
        led = bool(_FROM.search(plat[max(first.debut - 20, 0) : first.debut]))
        dash = between.strip() in {"-", "a", "au"}
        score = min(first.score, last.score) * (
            1.0 if led else 0.85 if not dash else 0.7
        )
        found.append(PeriodeLue(first.jour, last.jour, first.debut, last.fin, score))
    return found


_COUNT = re.compile(r"\s{1,3}(\d{1,3})(?![\d,./])")


def _is_counted(first: JourLu, last: JourLu, plat: str) -> bool:
    """Tell whether the number after two days is how many there are: a table proves it.

    Slips of daily allowances print « du », « au » and « jours » in the heading only.
    """
    count = _COUNT.match(plat, last.fin)
    return count is not None and int(count[1]) == (last.jour - first.jour).days + 1


_MONTH_NAMED = re.compile(
    r"(?<![a-z])([a-z0-9]{3,10})\.?[\s-]{1,3}((?:19|20)[0-9oil]{2})(?![0-9])"
)
_MONTH_NUMERIC = re.compile(
    r"(?<![0-9/.])(0?[1-9]|1[0-2])\s?[/.-]\s?((?:19|20)\d{2})(?![0-9])"
)


_AFTER_DAY = re.compile(r"\d\s?[/.-]\s?$")


@dataclass(frozen=True, slots=True)
class MoisLu:
    """A month read (`2026-03`), and its offsets."""

    mois: str
    debut: int
    fin: int


def find_months(plat: str) -> list[MoisLu]:
    """Return the months written in a folded text, in order.

    >>> [found.mois for found in find_months("periode : mars 2026, soit 03/2026")]
    ['2026-03', '2026-03']
    """
    found = []
    for match in _MONTH_NAMED.finditer(plat):
        number = month_number(match.group(1))
        if number:
            year = figures(match.group(2))
            found.append(MoisLu(f"{year}-{number:02d}", *match.span()))
    found += [
        MoisLu(f"{match.group(2)}-{int(match.group(1)):02d}", *match.span())
        for match in _MONTH_NUMERIC.finditer(plat)
        if not _AFTER_DAY.search(plat[max(match.start() - 4, 0) : match.start()])
    ]
    return sorted(found, key=lambda month: month.debut)
