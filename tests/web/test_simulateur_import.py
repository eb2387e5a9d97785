"""A history brought from a spreadsheet: read, or said where it is wrong."""

import datetime as dt
import io
import re
import zipfile

import pytest
import xlsxwriter

from tests.web.maison import Maison, sign_in
from tests.web.test_portal import sending, visit
from tests.web.test_simulateur import NOUVELLE, PERSONNE
from web.api.modeles_droits import MAX_LIGNES


@pytest.fixture
def maison(maison_entiere: Maison) -> Maison:
    """Open the house with its portal."""
    return maison_entiere


def _book(*lines: tuple[object, ...]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"default_date_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet("Arrêts")
    for rank, line in enumerate(lines):
        sheet.write_row(rank, 0, line)
    book.close()
    return buffer.getvalue()


def _typed(page: str, name: str) -> str:
    found = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', page)
    return found[1] if found else ""


async def test_a_spreadsheet_fills_the_history(maison: Maison) -> None:
    """XLSX with real dates, CSV with its own words: lines added after those typed."""
    nav = await sign_in(maison, "rh_azur")
    book = _book(
        ("Type de congé", "Service", "Du", "Au", "Avis"),
        ("CMO", "Voirie", dt.date(2025, 1, 10), dt.date(2025, 3, 20), "initial"),
        (),
        ("clm", "Voirie", dt.date(2025, 3, 21), "15/04/2025", "Prolongation"),
    )
    typed = {
        **PERSONNE, "historique[0].nature": "CMO",
        "historique[0].debut": "2024-01-01", "historique[0].fin": "2024-01-05",
    }  # fmt: skip
    page = await visit(
        nav, "POST", f"{NOUVELLE}/import", data=sending(nav, ("a.xlsx", book), **typed)
    )

    assert 200 == page.status
    assert ["2024-01-01", "2025-01-10", "2025-03-21"] == [
        _typed(page.texte, f"historique[{n}].debut") for n in range(3)
    ]
    assert "2025-04-15" == _typed(page.texte, "historique[2].fin")
    assert "2026-01-05" == _typed(page.texte, "arret.debut")
    assert re.search(r'name="historique\[2\]\.prolongation"[^>]*checked', page.texte)


async def test_wrong_cells_are_said_by_line_and_column(maison: Maison) -> None:
    """What is wrong is told where it stands; nothing typed nor right is lost."""
    nav = await sign_in(maison, "rh_azur")
    table = (
        "Nature;Début;Fin;Prolongation\r\n"
        "CMO;10/01/2025;31/02/2025;\r\n"
        "Grippe;01/04/2025;05/04/2025;oui\r\n"
        "CMO;10/06/2025;01/06/2025;\r\n"
        "CMO;;30/06/2025;\r\n"
    )
    page = await visit(
        nav, "POST", f"{NOUVELLE}/import",
        data=sending(nav, ("a.csv", table.encode("cp1252")), **PERSONNE),
    )  # fmt: skip

    assert 422 == page.status
    for said in (
        "Ligne 2 du fichier, colonne « fin » : « 31/02/2025 » n'est pas une date",
        "Ligne 3 du fichier, colonne « nature » : « Grippe » n'est pas connue",
        "Ligne 4 du fichier, colonne « fin » : elle précède le début",
        "Ligne 5 du fichier, colonne « début » : elle est vide",
    ):
        assert said in page.texte.replace("\u2019", "'").replace("\u202f", " ")
    assert "2025-01-10" == _typed(page.texte, "historique[0].debut")
    assert "31/02/2025" == _typed(page.texte, "historique[0].fin")
    assert "2026-01-05" == _typed(page.texte, "arret.debut")


def _bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * (64 << 20))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        pytest.param(b"", "Choisissez d'abord", id="no file"),
        pytest.param(b"PK\x03\x04 broken", "abîmé ou protégé", id="broken"),
        pytest.param(_bomb(), "abîmé ou protégé", id="a bomb"),
        pytest.param(b"a;b\n1;2\n", "doit nommer les colonnes", id="other columns"),
        pytest.param(b"debut;fin\n", "Aucune ligne", id="only a head"),
        pytest.param(b"x" * (1 << 20) + b"y", "dépasse 1 Mo", id="too big"),
        pytest.param(
            b"debut;fin\n" + b"01/01/2020;01/01/2020\n" * (MAX_LIGNES + 1),
            f"Au plus {MAX_LIGNES} lignes", id="too many lines",
        ),
    ],
)  # fmt: skip
async def test_a_file_that_cannot_be_read_loses_nothing(
    maison: Maison, octets: bytes, said: str
) -> None:
    """One sentence under the file; the form stays as it was typed."""
    nav = await sign_in(maison, "rh_azur")
    body = sending(nav, *([("a.csv", octets)] if octets else []), **PERSONNE)
    page = await visit(nav, "POST", f"{NOUVELLE}/import", data=body)

    assert 422 == page.status
    assert said in page.texte.replace("\u2019", "'")
    assert "2026-01-05" == _typed(page.texte, "arret.debut")
