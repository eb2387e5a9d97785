"""Values → spreadsheets (XLSX, CSV): the only writer of exports, so that no cell can run.

A text that a spreadsheet would take for a formula is prefixed by an apostrophe, and so is
a long number, which it would round; numbers and days are typed, never texts. The same
values and instant give the same bytes. Blocking: call from a thread.
"""

import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
MAX_TEXT = 32_767  # signs a cell holds (Excel specifications)
_MAX_SHEET_NAME = 31
_WIDEST = 60
# full-width forms fold into these by NFKC
_STARTS_FORMULA = re.compile(r"^[=+\-@\t\r\n\0]")
_ROUNDED = re.compile(r"^(0\d+|\d{12,})$")
_REFUSED_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_SHEET_SIGNS = re.compile(r"[\[\]:*?/\\]")

Cellule = str | int | Decimal | dt.date | dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feuille:
    """One sheet: what it is about (`entete`, name and value), its columns, its lines.

    `total` is a last line, in bold; it has as many cells as there are columns.
    """

    titre: str
    colonnes: Sequence[str]
    lignes: Iterable[Sequence[Cellule]]
    entete: Sequence[tuple[str, Cellule]] = ()
    total: Sequence[Cellule] = field(default=())


def neutral(text: str) -> str:
    """Return a text that no spreadsheet runs nor rounds.

    >>> neutral("=HYPERLINK(1)"), neutral("Grangeon"), neutral("00217")
    ("'=HYPERLINK(1)", 'Grangeon', "'00217")
    """
    clean = _REFUSED_IN_XML.sub("\ufffd", text)[: MAX_TEXT - 1]
    folded = unicodedata.normalize("NFKC", clean[:1]) or clean[:1]
    starts = _STARTS_FORMULA.match(text[:1]) or _STARTS_FORMULA.match(folded)
    if starts or _ROUNDED.match(clean) or clean.startswith("'"):
        return f"'{clean}"
    return clean


def restored(text: str) -> str:
    """Return what `neutral` was given: for files of ours that come back.

    >>> restored(neutral("-12 rue")), restored(neutral("'a"))
    ('-12 rue', "'a")
    """
    return text.removeprefix("'")


def write_csv(feuille: Feuille) -> bytes:
    """Return a sheet as CSV: UTF-8 with its mark, semicolons, CRLF, decimal comma."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow([neutral(title) for title in feuille.colonnes])
    for line in feuille.lignes:
        writer.writerow([_as_text(cell) for cell in line])
    if feuille.total:
        writer.writerow([_as_text(cell) for cell in feuille.total])
    return buffer.getvalue().encode("utf-8-sig", "replace")


def _as_text(cell: Cellule) -> str:
    if isinstance(cell, str):
        return neutral(cell)
    if isinstance(cell, Decimal):
        return f"{cell:f}".replace(".", ",")
    if isinstance(cell, dt.datetime):
        return cell.strftime("%d/%m/%Y %H:%M")
    if isinstance(cell, dt.date):
        return cell.strftime("%d/%m/%Y")
    return "" if cell is None else str(cell)


def write_xlsx(
    feuilles: Sequence[Feuille], *, titre: str, instant: dt.datetime
) -> bytes:
    """Return sheets as one XLSX; `instant` is the date written inside the file."""
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    naive = instant.astimezone(dt.UTC).replace(tzinfo=None)
    book.set_properties({"title": titre[:200], "created": naive})
    looks = _looks(book)
    taken: set[str] = set()
    for feuille in feuilles:
        name = _sheet_name(feuille.titre, taken)
        _fill(book.add_worksheet(name), feuille, looks)
    book.close()
    return buffer.getvalue()


def _looks(book: Any) -> dict[str, Any]:  # noqa: ANN401 - a workbook, untyped
    made: dict[str, dict[str, Any]] = {
        "gras": {"bold": True},
        "tete": {"bold": True, "text_wrap": True, "bg_color": "#E4EFEC", "border": 1},
        "texte": {"num_format": "@", "valign": "top", "text_wrap": True},
        "jour": {"num_format": "dd/mm/yyyy", "align": "left", "valign": "top"},
        "instant": {"num_format": "dd/mm/yyyy hh:mm", "align": "left"},
        "entier": {"num_format": "#,##0", "valign": "top"},
        "montant": {"num_format": "#,##0.00", "valign": "top"},
    }
    looks = {name: book.add_format(look) for name, look in made.items()}
    looks |= {
        f"{name}-gras": book.add_format({**look, "bold": True, "top": 1})
        for name, look in made.items()
    }
    return looks


def _sheet_name(titre: str, taken: set[str]) -> str:
    """Return a name Excel accepts: 31 signs, each once, some signs apart."""
    clean = _SHEET_SIGNS.sub(" ", _REFUSED_IN_XML.sub("", titre)).strip(" '")
    base = clean[:_MAX_SHEET_NAME].rstrip(" '") or "Feuille"
    name, rank = base, 1
    while name.casefold() in taken:
        rank += 1
        suffix = f" {rank}"
        name = base[: _MAX_SHEET_NAME - len(suffix)] + suffix
    taken.add(name.casefold())
    return name


def _fill(sheet: Any, feuille: Feuille, looks: dict[str, Any]) -> None:  # noqa: ANN401
    rank = 0
    for name, value in feuille.entete:
        sheet.write_string(rank, 0, neutral(name), looks["gras"])
        _put(sheet, rank, 1, value, looks, "")
        rank += 1
    top = rank + 1 if feuille.entete else 0
    widths = [len(title) for title in feuille.colonnes]
    for column, title in enumerate(feuille.colonnes):
        sheet.write_string(top, column, neutral(title), looks["tete"])
    rank = top
    for line in feuille.lignes:
        rank += 1
        _put_line(sheet, rank, line, widths, looks)
    last = rank
    if feuille.total:
        _put_line(sheet, last + 1, feuille.total, widths, looks, "-gras")
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(width, _WIDEST) + 2)
    if widths:
        sheet.freeze_panes(top + 1, 0)
        sheet.autofilter(top, 0, max(last, top + 1), len(widths) - 1)
        sheet.repeat_rows(top)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)


def _put_line(
    sheet: Any,  # noqa: ANN401 - a worksheet, untyped
    rank: int,
    line: Sequence[Cellule],
    widths: list[int],
    looks: dict[str, Any],
    weight: str = "",
) -> None:
    for column, cell in enumerate(line):
        _put(sheet, rank, column, cell, looks, weight)
        widths[column] = max(widths[column], len(_as_text(cell)))


def _put(
    sheet: Any,  # noqa: ANN401 - a worksheet, untyped
    rank: int,
    column: int,
    cell: Cellule,
    looks: dict[str, Any],
    weight: str,
) -> None:
    if cell is None:
        sheet.write_blank(rank, column, None, looks[f"texte{weight}"])
    elif isinstance(cell, str):
        sheet.write_string(rank, column, neutral(cell), looks[f"texte{weight}"])
    elif isinstance(cell, dt.datetime):
        naive = cell.replace(tzinfo=None)
        sheet.write_datetime(rank, column, naive, looks[f"instant{weight}"])
    elif isinstance(cell, dt.date):
        sheet.write_datetime(rank, column, cell, looks[f"jour{weight}"])
    elif isinstance(cell, Decimal):
        sheet.write_number(rank, column, cell, looks[f"montant{weight}"])
    else:
        sheet.write_number(rank, column, cell, looks[f"entier{weight}"])
