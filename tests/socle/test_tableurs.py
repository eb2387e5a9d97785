"""Exports: no cell runs, nothing is rounded, the same values give the same bytes."""

import csv
import datetime as dt
import doctest
import io
import re
import zipfile
from decimal import Decimal

import pytest
import python_calamine
from hypothesis import given
from hypothesis import strategies as st

from socle import tableurs
from socle.tableurs import Feuille, neutral, restored, write_csv, write_xlsx

NOW = dt.datetime(2026, 9, 30, 10, tzinfo=dt.UTC)
HOSTILE = (
    '=HYPERLINK("http://evil")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1",
    "\0=1", "＝1+1", "＋1", "－1", "＠A1", "'=1",
)  # fmt: skip
LINE = ("Grangeon", 12, Decimal("-1234.50"), dt.date(2026, 2, 3), None, "00217")


def sheet(*lines: tuple[object, ...], **rest: object) -> Feuille:
    width = len(lines[0])
    columns = [f"Colonne {rank}" for rank in range(width)]
    return Feuille(titre="Essai", colonnes=columns, lignes=lines, **rest)


def rows(made: bytes, rank: int = 0) -> list[list[object]]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(made))
    return book.get_sheet_by_index(rank).to_python()


def test_the_examples_are_true() -> None:
    """The examples of the docstrings hold."""
    found = doctest.testmod(tableurs)

    assert 0 == found.failed
    assert found.attempted >= 2


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_starts_a_formula(text: str) -> None:
    """Whatever starts a formula, full-width forms included, starts with an apostrophe."""
    made = write_xlsx([sheet((text, "x"))], titre="Essai", instant=NOW)
    inside = zipfile.ZipFile(io.BytesIO(made)).read("xl/worksheets/sheet1.xml").decode()
    line = list(csv.reader(io.StringIO(write_csv(sheet((text, "x"))).decode("utf-8-sig"),
                                       newline=""), delimiter=";"))[1]  # fmt: skip

    assert "<f>" not in inside
    assert str(rows(made)[1][0]).startswith("'")
    assert line[0].startswith("'")


@given(st.text(max_size=40))
def test_a_neutral_text_says_what_it_said(text: str) -> None:
    """Reading our own file back gives the text, what XML refuses apart."""
    kept = re.sub(
        "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", "\ufffd", text
    )

    assert kept == restored(neutral(text))
    assert not re.match(r"[=+\-@\t\r\n]", neutral(text))


def test_numbers_and_days_are_typed() -> None:
    """Amounts, counts and days are values of a spreadsheet; long numbers are texts."""
    made = rows(write_xlsx([sheet(LINE)], titre="Essai", instant=NOW))[1]

    assert ["Grangeon", 12.0, -1234.5, dt.date(2026, 2, 3), "", "'00217"] == made


def test_csv_is_french_and_reads_anywhere() -> None:
    """Semicolons, decimal comma, a byte-order mark, CRLF."""
    made = write_csv(
        sheet(LINE, total=("Total", 12, Decimal("-1234.50"), None, None, ""))
    )

    assert made.startswith(b"\xef\xbb\xbf")
    assert made.decode("utf-8-sig").split("\r\n")[1:] == [
        "Grangeon;12;-1234,50;03/02/2026;;'00217", "Total;12;-1234,50;;;", "",
    ]  # fmt: skip


def test_the_same_values_give_the_same_bytes() -> None:
    """An export asked for again is the same file."""
    first, second = (
        write_xlsx([sheet(LINE, entete=[("Édité le", dt.date(2026, 9, 30))])],
                   titre="Essai", instant=NOW)
        for _ in range(2)
    )  # fmt: skip

    assert first == second


def test_sheet_names_are_those_excel_accepts() -> None:
    """Long, twice the same, with forbidden signs: each sheet has its name."""
    long = "Une liste dont le nom [dépasse] / la place"
    same = [Feuille(titre=long, colonnes=["A"], lignes=[]) for _ in range(2)]
    made = write_xlsx([*same, Feuille(titre="''", colonnes=["A"], lignes=[])],
                      titre="Essai", instant=NOW)  # fmt: skip
    names = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(made)).sheet_names

    assert 3 == len({name.casefold() for name in names})
    assert all(1 <= len(name) <= 31 for name in names)
