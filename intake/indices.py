"""Days, amounts and NIR standing anywhere on a page, whatever they are the date of.

A field needs its label to be read; a known day only needs to be there. What the register
says is looked for among these: a hypothesis checked, not a value guessed. Pure.
"""

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal

from classifiers.dates import find_days
from classifiers.text import flat
from records.noms import fold

_MONTHS = {
    name: rank
    for rank, names in enumerate(
        (
            ("janvier", "janv"),
            ("fevrier", "fevr"),
            ("mars",),
            ("avril",),
            ("mai",),
            ("juin",),
            ("juillet", "juil"),
            ("aout",),
            ("septembre", "sept"),
            ("octobre", "oct"),
            ("novembre", "nov"),
            ("decembre", "dec"),
        ),
        start=1,
    )
    for name in names
}
_FIGURES = re.compile(
    r"(?<!\d)(\d{1,2})\s?[/.\-\s]\s?(\d{1,2})\s?[/.\-\s]\s?(\d{4})(?!\d)"
)
_SHORT = re.compile(r"(?<!\d)(\d{2})[/.\-](\d{2})[/.\-](\d{2})(?!\d)")
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
# the cells of a comb: eight figures, glued or each apart
_COMB = re.compile(r"(?<!\d)(?:\d[\s|]?){7}\d(?!\d)")
_SHORT_COMB = re.compile(r"(?<!\d)(?:\d[\s|]?){5}\d(?!\d)")
_WORDS = re.compile(r"(?<!\d)(\d{1,2})(?:er)? (" + "|".join(_MONTHS) + r") (\d{4})\b")
# a cell's figure read as the letter it looks like; only whole cells are so mended
_LOOKALIKES = str.maketrans("COoDQUIl|iZzSsBGbqgT", "00000011112255866997")
_MIXED = re.compile(r"(?<!\w)[0-9COoDQUIl|iZzSsBGbqgT]{8}(?!\w)")
_MIXED_NIR = re.compile(r"(?<!\w)[0-9COoDQUIl|iZzSsBGbqgT]{13,15}(?!\w)")
_HALF = 2
_AMOUNT = re.compile(
    r"(?<!\d)(\d{1,3}(?:[\s\u00a0\u202f.]\d{3})*|\d+)[,.](\d{2})(?!\d)"
)
_NIR = re.compile(
    r"(?<!\d)[1-478](?:[\s|]?[\dAB]){12}(?:[\s|]?\d{2}|(?:[\s|]?\d){2})?(?!\d)"
)
_FIRST_YEAR, _LAST_YEAR = 1930, 2100


def days(texte: str) -> frozenset[dt.date]:
    """Return every day written on the page, in figures, in cells or with its month.

    >>> sorted(days("le 1er mars 2026, puis 0 3 0 2 2 0 2 6"))
    [datetime.date(2026, 2, 3), datetime.date(2026, 3, 1)]
    """
    in_figures = (day for parts in _dates(texte) if (day := _day(*parts)))
    in_words = (read.jour for read in find_days(flat(texte)))
    return frozenset({*in_figures, *in_words})


def _dates(texte: str) -> Iterator[tuple[int, int, int]]:
    for found in _FIGURES.finditer(texte):
        yield int(found[1]), int(found[2]), int(found[3])
    for found in _SHORT.finditer(texte):
        yield int(found[1]), int(found[2]), 2000 + int(found[3])
    for found in _ISO.finditer(texte):
        yield int(found[3]), int(found[2]), int(found[1])
    for found in _COMB.finditer(texte):
        figures = re.sub(r"\D", "", found[0])
        yield int(figures[:2]), int(figures[2:4]), int(figures[4:])
    for found in _SHORT_COMB.finditer(_COMB.sub(" ; ", texte)):
        figures = re.sub(r"\D", "", found[0])
        yield int(figures[:2]), int(figures[2:4]), 2000 + int(figures[4:])
    for figures in _mended(_MIXED, texte):
        yield int(figures[:2]), int(figures[2:4]), int(figures[4:])
    for found in _WORDS.finditer(fold(texte)):
        yield int(found[1]), _MONTHS[found[2]], int(found[3])


def _mended(shape: re.Pattern[str], texte: str) -> Iterator[str]:
    """Yield runs of cells more than half figures, look-alike letters made figures."""
    for found in shape.finditer(texte):
        run = found[0]
        if sum(sign.isdigit() for sign in run) * _HALF > len(run):
            yield run.translate(_LOOKALIKES)


def _day(day: int, month: int, year: int) -> dt.date | None:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def amounts(texte: str) -> frozenset[Decimal]:
    """Return every amount with two decimals on the page.

    >>> sorted(amounts("Total : 1 234,50 € dont 12.00"))
    [Decimal('12.00'), Decimal('1234.50')]
    """
    return frozenset(
        Decimal(f"{re.sub(r'[^0-9]', '', found[1])}.{found[2]}")
        for found in _AMOUNT.finditer(texte)
    )


def nirs(texte: str) -> frozenset[str]:
    """Return what has the shape of a NIR on the page, spaces removed."""
    plain = {re.sub(r"[\s|]", "", m[0]) for m in _NIR.finditer(texte.upper())}
    return frozenset(plain | set(_mended(_MIXED_NIR, texte)))
