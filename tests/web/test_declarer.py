"""Declaring through the portal by HTTP: what is kept, refused, isolated."""

import datetime as dt
import re
from typing import Any

import pytest

from records.comptes import HOUSE
from records.declarations import ConsequenceDeclaree, Declaration
from records.natures import catalogue
from records.periodes import Periode
from records.previsions import foresee
from records.store import brouillons, evenements, fiches, repertoire
from tests.web.maison import NOW, Maison, Navigateur, sign_in
from tests.web.monde import Client, make_agent
from tests.web.test_api_register import place
from tests.web.test_portal import visit

ACCIDENT = {
    "nature": "AS",
    "date_survenance": "21/09/2026",
    "champs.heure": "08:45",
    "champs.lieu": "Atelier municipal",
    "champs.circonstances": "Chute d'un escabeau.",
    "champs.lesions": "entorse",
    "consequences[3].type": "ARRET",
    "consequences[3].debut": "2026-09-21",
    "consequences[3].fin": "30/09/2026",
}


@pytest.fixture
def maison(maison_entiere: Maison) -> Maison:
    """Open the house with its portal."""
    return maison_entiere


async def _agent(maison: Maison, nom: str = "azur", **changes: Any) -> str:
    client = Client(maison, "administrateur")
    made = await make_agent(
        client, await place(client, nom), regime="CNRACL", **changes
    )
    return str(made["reference"])


async def _post(nav: Navigateur, agent: str, acte: str, **champs: str) -> Any:
    return await visit(
        nav, "POST", f"/agents/{agent}/declarer",
        champs={**ACCIDENT, "acte": acte, **champs},
    )  # fmt: skip


async def test_saving_declares_and_records_the_instant(maison: Maison) -> None:
    """The event exists with its leave, its instant and what was foreseen for it."""
    agent = await _agent(maison)
    nav = await sign_in(maison, "rh_azur")
    preview = await _post(nav, agent, "apercu")
    foreseen = int(re.findall(r"(\d+) pièces seront demandées", preview.texte)[0])

    page = await _post(nav, agent, "enregistrer")

    assert 303 == page.status
    fiche = maison.db.read(fiches.fiche, page.lieu.rsplit("/", 1)[1], HOUSE)
    event = fiche.evenement
    assert NOW == event.declare_at
    assert [Periode.inclusive(dt.date(2026, 9, 21), dt.date(2026, 9, 30))] == [
        c.periode for c in event.consequences
    ]
    assert foreseen == len(fiche.pieces)


async def test_everything_wrong_is_said_at_once_and_kept(maison: Maison) -> None:
    """A missing field, a wrong day and an unfinished period: three sentences, one page."""
    agent = await _agent(maison)
    nav = await sign_in(maison, "rh_azur")

    page = await _post(
        nav, agent, "enregistrer",
        **{"champs.lieu": "", "date_survenance": "2026-09-21",
           "champs.cmi_le": "hier", "consequences[3].fin": ""},
    )  # fmt: skip

    assert 422 == page.status
    assert "« Lieu de l'accident » est obligatoire" in page.texte
    assert "« Date du certificat médical initial » : indiquez un jour" in page.texte
    assert "Indiquez le premier et le dernier jour" in page.texte
    assert "Chute d'un escabeau." in page.texte
    assert 0 == maison.db.read(_nb_events, agent)


def _nb_events(session: Any, agent: str) -> int:
    asked = repertoire.Demande()
    return repertoire.evenements(session, HOUSE, asked, agent=agent).total


async def test_a_draft_is_seen_inside_the_perimeter_alone(maison: Maison) -> None:
    """Kept by one collectivité, unknown to the other, gone once declared."""
    agent = await _agent(maison)
    nav, foreign = await sign_in(maison, "rh_azur"), await sign_in(maison, "rh_brume")
    kept = await _post(nav, agent, "brouillon")
    assert 303 == kept.status
    (draft,) = maison.db.read(brouillons.listing, HOUSE)

    there = f"/agents/{agent}/declarer?brouillon={draft.reference}"
    assert "Atelier municipal" in (await visit(nav, "GET", there)).texte
    assert 404 == (await visit(foreign, "GET", there)).status
    gone = await visit(
        foreign, "POST", f"/brouillons/{draft.reference}/supprimer", champs={}
    )
    assert 303 == gone.status
    assert 1 == len(maison.db.read(brouillons.listing, HOUSE))

    made = await _post(nav, agent, "enregistrer", brouillon=draft.reference)
    assert 303 == made.status
    assert () == maison.db.read(brouillons.listing, HOUSE)


async def test_a_stale_draft_is_told(maison: Maison) -> None:
    """Two tabs on one draft: the second is told, the first's words stay."""
    agent = await _agent(maison)
    nav = await sign_in(maison, "rh_azur")
    await _post(nav, agent, "brouillon")
    (draft,) = maison.db.read(brouillons.listing, HOUSE)
    said = {"brouillon": draft.reference, "version": "1"}
    assert (
        303
        == (
            await _post(nav, agent, "brouillon", **said, **{"champs.lieu": "Voirie"})
        ).status
    )

    late = await _post(nav, agent, "brouillon", **said)

    assert 409 == late.status
    (draft,) = maison.db.read(brouillons.listing, HOUSE)
    assert "Voirie" == draft.champs["champs.lieu"]


async def test_the_same_event_is_declared_once(maison: Maison) -> None:
    """Posting twice shows the first; saying « un autre évènement » declares again."""
    agent = await _agent(maison)
    nav = await sign_in(maison, "rh_azur")
    first = await _post(nav, agent, "enregistrer")

    again = await _post(nav, agent, "enregistrer")

    assert (422, True) == (again.status, first.lieu in again.texte)
    assert 1 == maison.db.read(_nb_events, agent)
    other = await _post(nav, agent, "enregistrer", autre_evenement="oui")
    assert 303 == other.status
    assert 2 == maison.db.read(_nb_events, agent)


async def test_a_foreign_agent_looks_inexistent(maison: Maison) -> None:
    """No form, no declaration for the agent of another collectivité."""
    agent = await _agent(maison, "brume")
    nav = await sign_in(maison, "rh_azur")
    assert 404 == (await visit(nav, "GET", f"/agents/{agent}/declarer")).status
    assert 404 == (await _post(nav, agent, "enregistrer")).status


async def test_changes_are_guarded_by_the_version(maison: Maison) -> None:
    """A stale form of the event is refused with what was typed; a fresh one passes."""
    agent = await _agent(maison)
    nav = await sign_in(maison, "rh_azur")
    place_ = (await _post(nav, agent, "enregistrer")).lieu
    champs = {n: v for n, v in ACCIDENT.items() if not n.startswith("consequences")}

    good = await visit(
        nav, "POST", f"{place_}/modifier",
        champs={**champs, "version": "1", "champs.lieu": "Voirie", "champs.lesions": ""},
    )  # fmt: skip
    stale = await visit(
        nav, "POST", f"{place_}/modifier",
        champs={**champs, "version": "1", "champs.lieu": "Autre lieu"},
    )  # fmt: skip

    assert (303, 422) == (good.status, stale.status)
    assert "Quelqu'un d'autre vient de modifier" in stale.texte
    assert "Autre lieu" in stale.texte
    event = maison.db.read(evenements.get, place_.rsplit("/", 1)[1], HOUSE)
    # what the collectivité does not read back stays when left empty
    assert ("Voirie", "entorse") == (event.champs["lieu"], event.champs["lesions"])


def test_foreseen_is_what_is_then_asked() -> None:
    """« AT sans arrêt » foresees no leave paper; adding a leave foresees it."""
    day = dt.date(2026, 9, 21)
    bare = Declaration(
        agent_id=1, collectivite_id=1, nature="AS", date_survenance=day,
        is_sans_arret=True, is_importee=True,
    )  # fmt: skip
    away = Declaration(
        agent_id=1, collectivite_id=1, nature="AS", date_survenance=day,
        is_importee=True,
        consequences=(
            ConsequenceDeclaree(type="ARRET", periode=Periode.inclusive(day, day)),
        ),
    )  # fmt: skip
    said = {"known": catalogue(day), "regime": "CNRACL", "statut": None}

    types = [{e.type for e in foresee(d, delai_jours=90, **said)} for d in (bare, away)]

    assert types[0] & {"AAT", "BULLETIN"} == set()
    assert types[1] >= {"AAT", "BULLETIN", *types[0]}
