"""Lists taken away: what the screen shows, nothing foreign, ten an hour; absences seen."""

import io
import json

import pypdfium2 as pdfium
import pytest
import python_calamine

from tests.web.maison import Maison, sign_in
from tests.web.monde import Client, make_agent, make_evenement
from tests.web.test_api_isolation import CANARY, brume
from tests.web.test_api_register import place
from tests.web.test_portal import visit


@pytest.fixture
def maison(maison_entiere: Maison) -> Maison:
    """Open the house with its portal."""
    return maison_entiere


async def rows(maison: Maison, who: str, path: str) -> list[list[object]]:
    nav = await sign_in(maison, who)
    maison.client.session.cookie_jar.clear()
    answer = await maison.client.get(path, cookies=nav.cookies)
    assert 200 == answer.status
    assert "attachment" in answer.headers["Content-Disposition"]
    book = python_calamine.CalamineWorkbook.from_filelike(
        io.BytesIO(await answer.read())
    )
    return book.get_sheet_by_index(0).to_python()


async def test_missing_documents_leave_as_they_are_listed(maison: Maison) -> None:
    """Each line of the list, the filters applied, days as days."""
    client = Client(maison, "rh_azur")
    agent = await make_agent(client, await place(client))
    await make_evenement(client, agent["reference"])
    listed = await client("GET", "/pieces-attendues?etat=attendue", expect=200)
    whole = await rows(maison, "rh_azur", "/documents-manquants.xlsx")
    none = await rows(maison, "rh_azur", "/documents-manquants.xlsx?texte=personne")
    one = await rows(maison, "rh_azur", "/documents-manquants.xlsx?type=AAT")

    assert len(whole) == 1 + listed["total"]
    assert 1 == len(none)
    assert 2 == len(one)
    assert "Agent" == whole[0][0]
    due = {element["exigible_le"] for element in listed["elements"]}
    assert due == {str(line[6]) for line in whole[1:]}


async def test_the_pdf_says_the_same_lines(maison: Maison) -> None:
    """Every agent of the spreadsheet is in the PDF, which names its filters."""
    client = Client(maison, "rh_azur")
    agent = await make_agent(client, await place(client))
    await make_evenement(client, agent["reference"])
    nav = await sign_in(maison, "rh_azur")
    answer = await maison.client.get(
        "/documents-manquants.pdf?type=AAT", cookies=nav.cookies
    )
    pages = pdfium.PdfDocument(await answer.read())
    text = "\n".join(page.get_textpage().get_text_bounded() for page in pages)

    assert "Bernard née Kervella" in text.replace("\r\n", " ").replace("\n", " ")
    assert "AAT" in text


@pytest.mark.parametrize("path", ["/documents-manquants", "/documents"])
async def test_nothing_foreign_leaves(maison: Maison, path: str) -> None:
    """The other collectivité's lines are in no export of ours, and are in theirs."""
    owned = await brume(maison)
    mine = json.dumps(await rows(maison, "rh_azur", f"{path}.xlsx"), default=str)
    theirs = json.dumps(await rows(maison, "rh_brume", f"{path}.xlsx"), default=str)
    foreign = await rows(
        maison, "rh_azur", f"{path}.xlsx?collectivite={owned['collectivites']}"
    )

    assert CANARY not in mine
    assert CANARY in theirs
    assert 1 == len(foreign)


async def test_the_eleventh_export_of_an_hour_waits(maison: Maison) -> None:
    """429, with how long; each export is a fact."""
    nav = await sign_in(maison, "rh_azur")
    statuses = [
        (await maison.client.get("/documents.xlsx", cookies=nav.cookies)).status
        for _ in range(11)
    ]

    assert [200] * 10 + [429] == statuses


async def test_a_wrong_filter_exports_nothing(maison: Maison) -> None:
    """A day that is not one: refused, not ignored."""
    nav = await sign_in(maison, "rh_azur")
    page = await visit(nav, "GET", "/documents.pdf?du=demain")

    assert 422 == page.status


async def test_absences_are_tables_with_bars(maison: Maison) -> None:
    """Month, risk, service, delay: each number is text; a foreign place is a 404."""
    client = Client(maison, "rh_azur")
    agent = await make_agent(client, await place(client))
    await make_evenement(client, agent["reference"])
    owned = await brume(maison)
    nav = await sign_in(maison, "rh_azur")
    page = await visit(nav, "GET", "/absences?annee=2026")
    old = await visit(nav, "GET", "/absences?annee=2025")
    foreign = await visit(
        nav, "GET", f"/absences?collectivite={owned['collectivites']}"
    )

    assert [200, 200, 404] == [x.status for x in (page, old, foreign)]
    assert "30 jours" in page.texte.replace("\u202f", " ")
    assert "Maladie ordinaire" in page.texte
    assert "Rien à montrer" in old.texte
    assert "style=" not in page.texte.partition("<main")[2]
