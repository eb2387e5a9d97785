"""The dialects of tables people send: encodings, separators, names of columns.

UTF-8 with or without mark, UTF-16 when it says so, else Windows-1252; `;` `,` or tab;
quoted newlines. Never a guess from the content of cells.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from records.noms import fold

MAX_CELL = 1_000_000
_UTF16 = {b"\xff\xfe", b"\xfe\xff"}
SEPARATORS = ";,\t"


class IllisibleError(Exception):
    """A table cannot be read: why, in French, to end a sentence."""


def decode(octets: bytes) -> str:
    """Return the text of a file; raises `IllisibleError` when it is no text."""
    for encoding in ("utf-8-sig", "utf-16"):
        if encoding == "utf-16" and octets[:2] not in _UTF16:
            continue
        try:
            return octets.decode(encoding)
        except UnicodeDecodeError:
            continue
    text = octets.decode("cp1252", errors="replace")
    if "\x00" in text:
        raise IllisibleError("ce n'est pas du texte")
    return text


def csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line of the file where it starts, from 1."""
    head = text.split("\n", 1)[0]
    delimiter = max(SEPARATORS, key=head.count)
    if not head.count(delimiter):
        raise IllisibleError(
            "les colonnes doivent être séparées par « ; », « , » ou tab"
        )
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 1
    try:
        for row in reader:
            yield start, list(row)
            start = reader.line_num + 1
    except csv.Error as error:
        raise IllisibleError(f"guillemets mal fermés vers la ligne {start}") from error


def column_name(header: object, aliases: Mapping[str, str]) -> str:
    """Return our name of a column: folded words joined by `_`, aliases replaced."""
    canonical = fold(str(header or "")).replace(" ", "_")
    return aliases.get(canonical, canonical)


def doubled(names: list[str]) -> str | None:
    """Return a column that stands twice, None when each stands once."""
    twice = sorted({name for name in names if name and names.count(name) > 1})
    return twice[0] if twice else None


def named(names: list[str], row: list[Any]) -> dict[str, Any]:
    """Return a row by the names of its columns; what is over goes under `_trop`."""
    cells = {name: value for name, value in zip(names, row, strict=False) if name}
    extra = [value for value in row[len(names) :] if value not in {None, ""}]
    return cells | ({"_trop": extra} if extra else {})
