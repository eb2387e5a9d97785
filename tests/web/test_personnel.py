"""Agents by wizard, part by part, by whole file; services with their days (S16–S18)."""

import io
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa
import xlsxwriter

from records import tables as t
from records.comptes import HOUSE
from records.store import agents, journees, services
from socle.clock import legal_day
from socle.db import ReadSession
from tests.web.maison import NOW, Maison, Navigateur, sign_in
from tests.web.monde import Client, make_agent, make_evenement
from tests.web.test_api_register import place
from tests.web.test_portal import Page, visit

WHO = {
    "nom_famille": "Ézanville", "prenoms": "Ornella Rose", "sexe": "F",
    "date_naissance": "03/02/1988", "matricule": "M-88",
}  # fmt: skip


@pytest.fixture
def maison(maison_entiere: Maison) -> Maison:
    """Open the house with its portal."""
    return maison_entiere


async def _step(
    nav: Navigateur, etape: str, acte: str = "suivant", **champs: str
) -> Page:
    return await visit(
        nav, "POST", "/agents/nouveau", champs={"etape": etape, "acte": acte, **champs}
    )


def _one(maison: Maison, q: str) -> Any:
    (found,) = maison.db.read(agents.search, perimetre=HOUSE, q=q).rows
    return found


async def test_an_agent_is_created_passing_the_screens_left_empty(
    maison: Maison,
) -> None:
    """Only the identity is mandatory: « Suivant » passes the others without entry."""
    nav = await sign_in(maison, "rh_azur")
    refused = await _step(nav, "identite", nom_famille="Ézanville")
    first = await _step(nav, "identite", **WHO)
    second = await _step(nav, "situation", **WHO)
    third = await _step(nav, "coordonnees", **WHO)

    made = await _step(nav, "verification", "creer", **WHO)

    assert 422 == refused.status
    assert "obligatoire" in refused.texte
    assert [200, 200, 200] == [first.status, second.status, third.status]
    assert 303 == made.status
    agent = _one(maison, "ezanv")
    assert (("Ornella", "Rose"), "M-88") == (agent.prenoms, agent.matricule)


async def test_a_service_is_made_on_the_way(maison: Maison) -> None:
    """Saved inside the wizard, with its day of effect, and chosen for the agent."""
    nav = await sign_in(maison, "rh_azur")
    service = {
        "service_code": "DT", "service_libelle": "Direction technique",
        "service_debut": "2026-01-01",
    }  # fmt: skip
    page = await _step(nav, "situation", "service", **WHO, **service)
    (made,) = maison.db.read(services.listing, HOUSE)
    again = await _step(nav, "situation", "service", **WHO, **service)
    await _step(nav, "verification", "creer", **WHO, service=made.reference)

    assert f'value="{made.reference}" selected' in page.texte
    assert 409 == again.status
    assert "existe déjà" in again.texte
    assert made.id == _one(maison, "ezanv").service_id


async def test_an_agent_changes_part_by_part_and_two_tabs_are_told(
    maison: Maison,
) -> None:
    """The situation alone moves; the second tab is told, its words are kept."""
    client = Client(maison, "rh_azur")
    made = await make_agent(client, await place(client))
    nav = await sign_in(maison, "rh_azur")
    path = f"/agents/{made['reference']}/modifier/situation"
    fields = {"regime": "CNRACL", "grade": "Rédacteur", "version": "1"}

    first = await visit(nav, "POST", path, champs=fields)
    late = await visit(nav, "POST", path, champs={**fields, "grade": "Attaché"})

    assert (303, 409) == (first.status, late.status)
    assert "Quelqu’un d’autre" in late.texte.replace("'", "’")
    assert 'value="Attaché"' in late.texte
    kept = await client("GET", f"/agents/{made['reference']}", expect=200)
    assert ("CNRACL", "Rédacteur") == (kept["regime"], kept["situation"]["grade"])
    assert "Kervella" == kept["nom_famille"]


async def test_a_stale_version_gets_the_present_state(maison: Maison) -> None:
    """409, and what stands: the caller needs no other question."""
    client = Client(maison, "rh_azur")
    made = await make_agent(client, await place(client))
    path = f"/agents/{made['reference']}"
    await client("PATCH", path, json={"nom_usage": "Un", "version": 1}, expect=200)

    told = await client(
        "PATCH", path, json={"nom_usage": "Deux", "version": 1}, expect=409
    )

    assert "Un" == told["etat_present"]["nom_usage"]
    assert 2 == told["etat_present"]["version"]


async def test_services_end_on_a_day(maison: Maison) -> None:
    """Created, ended; an end before the start is refused beside its field."""
    nav = await sign_in(maison, "rh_azur")
    fields = {"code": "RH", "libelle": "Personnel", "debut": "2026-01-01"}
    await visit(nav, "POST", "/services", champs=fields)
    (made,) = maison.db.read(services.listing, HOUSE)
    path = f"/services/{made.reference}"

    wrong = await visit(nav, "POST", path, champs={**fields, "fin": "2025-12-31"})
    done = await visit(nav, "POST", path, champs={**fields, "fin": "2026-06-30"})

    assert (422, 303) == (wrong.status, done.status)
    (ended,) = maison.db.read(services.listing, HOUSE)
    assert "2026-07-01" == str(ended.fin)


def _xlsx(rows: list[list[object]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("agents")
        for rank, row in enumerate(rows):
            sheet.write_row(rank, 0, row)
    return buffer.getvalue()


STAFF = _xlsx([
    ["Matricule", "Nom de naissance", "Prénom", "Service", "Régime"],
    ["17", "DUPONT-AIGNAN", "Zoé", "Voirie", "CNRACL"],
    ["18", "MARTIN", "Léo", "Voirie", "cnracl"],
    ["18", "DOUBLE", "Léa", "", ""],
    ["19", "SANSPRENOM", "", "", ""],
])  # fmt: skip


async def _send(nav: Navigateur, acte: str, octets: bytes, nom: str = "p.xlsx") -> str:
    form = aiohttp.FormData()
    form.add_field("_jeton", nav.jeton)
    form.add_field("fichier", octets, filename=nom)
    form.add_field("acte", acte)
    answer = await nav.maison.client.post(
        "/agents/import", data=form, cookies=nav.cookies
    )
    return await answer.text()


def _count(session: ReadSession) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(t.Agent)) or 0


async def test_a_staff_file_is_tried_then_written(maison: Maison) -> None:
    """The dry run says each line to correct and leaves nothing; twice is once."""
    nav = await sign_in(maison, "rh_azur")
    tried = await _send(nav, "essayer", STAFF)
    before = maison.db.read(_count)
    written = await _send(nav, "importer", STAFF)
    after = maison.db.read(_count)
    await _send(nav, "importer", STAFF)

    assert 0 == before
    assert "2 lignes à corriger" in tried.replace("\u00a0", " ")
    assert "déjà plus haut" in tried
    assert "prénom est obligatoire" in written
    assert 2 == after == maison.db.read(_count)
    assert {"Voirie"} == {s.libelle for s in maison.db.read(services.listing, HOUSE)}


@pytest.mark.parametrize("octets", [b"", b"PK\x03\x04not a workbook", b"\x00\x01\x02"])
async def test_a_file_that_is_no_table_is_refused(
    maison: Maison, octets: bytes
) -> None:
    """Said in French, nothing written, the service still answers."""
    nav = await sign_in(maison, "rh_azur")

    told = await _send(nav, "importer", octets)

    assert 'role="alert"' in told
    assert 0 == maison.db.read(_count)


async def test_a_line_of_another_collectivite_is_refused(maison: Maison) -> None:
    """Whatever the file names, agents enter the collectivité chosen, or none."""
    client = Client(maison, "administrateur")
    other = await place(client, "brume")
    nav = await sign_in(maison, "rh_azur")
    table = f"collectivite;matricule;nom_famille;prenoms\n{other};1;A;B\n".encode()

    told = await _send(nav, "importer", table, "p.csv")

    assert "autre collectivité" in told
    assert 0 == maison.db.read(_count)


async def test_what_was_entered_on_a_day(maison: Maison) -> None:
    """S12: the day lists what people entered; another collectivité's stays unseen."""
    rh, other = Client(maison, "rh_azur"), Client(maison, "rh_brume")
    agent = await make_agent(rh, await place(rh))
    made = await make_evenement(rh, agent["reference"])
    await make_agent(other, await place(other, "brume"), nom_famille="Ailleurs")
    day = legal_day(NOW).isoformat()

    listed = await rh("GET", f"/donnees-journalieres?jour={day}", expect=200)
    page = await visit(
        await sign_in(maison, "rh_azur"), "GET", f"/donnees-journalieres?jour={day}"
    )
    empty = await rh("GET", "/donnees-journalieres?jour=2020-01-01", expect=200)

    tags = [one["tag"] for one in listed["elements"]]
    assert ["agent:cree", "evenement:declare", "consequence:declaree"] == tags
    assert {made["reference"], None} == {x["evenement"] for x in listed["elements"]}
    assert {agent["reference"]} == {x["agent"] for x in listed["elements"]}
    assert "Conséquence déclarée" in page.texte
    assert "Ailleurs" not in page.texte
    assert 0 == empty["total"]
    assert 3 == sum(
        maison.db.read(journees.counts, _azur(maison), legal_day(NOW)).values()
    )


def _azur(maison: Maison) -> Any:
    from records.comptes import Perimetre

    return Perimetre(collectivites=frozenset({maison.collectivites["azur"]}))
