"""Documents printed from an event, and letters written for oneself, by API and portal."""

from typing import Any

import pytest

from tests.letters.bureau import text_of
from tests.web.maison import Maison, sign_in
from tests.web.monde import Client, make_agent, make_evenement
from tests.web.test_api_register import place
from tests.web.test_portal import REDIRECTION, visit

HOSTILE = "Chute <script>alert(1)</script> {{7*7}} #panic() $x$ \u202eSIVAN"


@pytest.fixture
def maison(maison_entiere: Maison) -> Maison:
    """Open the house with its portal."""
    return maison_entiere


async def _accident(client: Client) -> dict[str, Any]:
    agent = await make_agent(client, await place(client), matricule="M-18")
    declared = {
        "agent": agent["reference"], "nature": "AS", "date_survenance": "2026-09-14",
        "champs": {"heure": "10:30", "lieu": "Mairie", "lesions": "Entorse du genou",
                   "circonstances": HOSTILE},
    }  # fmt: skip
    made: dict[str, Any] = await client(
        "POST", "/evenements", json=declared, expect=201
    )
    return made


async def _pdf(maison: Maison, who: str, reference: str) -> str:
    answer = await maison.client.get(
        f"/api/v1/courriers/{reference}.pdf", headers=maison.bearer(who)
    )
    assert 200 == answer.status
    return text_of(await answer.read())


async def test_the_attestation_names_who_signs_and_nothing_medical(
    maison: Maison,
) -> None:
    """S19: from the event, subject to recognition, found again among the letters."""
    rh = Client(maison, "rh_azur")
    event = await _accident(rh)
    path = f"/evenements/{event['reference']}/courriers"
    asked = {"nature": "attestation", "nom": "Anne MARTEL", "fonctions": "Directrice"}
    made = await rh("POST", path, json=asked, expect=201)
    listed = await rh("GET", "/courriers?nature=attestation", expect=200)
    said = (await _pdf(maison, "rh_azur", made["reference"])).replace("\n", " ")

    assert [made["reference"]] == [c["reference"] for c in listed["elements"]]
    assert event["reference"] == made["evenement"]
    assert "sous réserve de la reconnaissance de son imputabilité" in said
    assert "Anne MARTEL" in said
    assert "Entorse" not in said
    assert "Chute" not in said


async def test_the_enquete_carries_the_circumstances_as_text(maison: Maison) -> None:
    """S20: what was declared is taken up word for word, never obeyed; no lesion."""
    rh = Client(maison, "rh_azur")
    event = await _accident(rh)
    path = f"/evenements/{event['reference']}/courriers"
    made = await rh("POST", path, json={"nature": "enquete"}, expect=201)
    said = (await _pdf(maison, "rh_azur", made["reference"])).replace("\n", " ")

    shown = "Chute <script>alert(1)</script> {{7*7}} #panic() $x$ [U+202E]SIVAN"
    assert shown in said
    assert "Avis du supérieur hiérarchique" in said
    assert "Entorse" not in said


async def test_other_events_have_nothing_to_print(maison: Maison) -> None:
    """A sick leave has neither attestation nor enquête; a neighbour sees nothing."""
    rh = Client(maison, "rh_azur")
    agent = await make_agent(rh, await place(rh))
    leave = await make_evenement(rh, agent["reference"])
    accident = await _accident(rh)
    act = {"nature": "attestation"}
    await rh(
        "POST", f"/evenements/{leave['reference']}/courriers", json=act, expect=422
    )
    other = Client(maison, "rh_brume")
    path = f"/evenements/{accident['reference']}/courriers"
    await other("POST", path, json=act, expect=404)


async def test_the_portal_prints_from_the_fiche(maison: Maison) -> None:
    """The form is on the fiche of an accident, and leads to the letter."""
    rh = await sign_in(maison, "rh_azur")
    event = await _accident(Client(maison, "rh_azur"))
    fiche = await visit(rh, "GET", f"/evenements/{event['reference']}")
    sent = await visit(
        rh, "POST", f"/evenements/{event['reference']}/editer",
        champs={"nature": "enquete", "nom": "Anne MARTEL"},
    )  # fmt: skip
    shown = await visit(rh, "GET", sent.lieu)

    assert "Attestation de prise en charge" in fiche.texte
    assert REDIRECTION == sent.status
    assert "Enquête administrative" in shown.texte


async def test_a_wording_is_tried_seen_and_kept(maison: Maison) -> None:
    """A broken text is said beside it and nothing kept; a good one is a version."""
    clerk = await sign_in(maison, "gestionnaire")
    azur = await place(Client(maison, "gestionnaire"))
    page = await visit(clerk, "GET", f"/courriers/modele?collectivite={azur}")
    fields = {"nature": "document_manquant", "collectivite": azur}
    broken = await visit(
        clerk, "POST", "/courriers/modele",
        champs=fields | {"texte_introduction": "Bonjour {{ nope }}"},
    )  # fmt: skip
    good = fields | {"texte_introduction": "Bonjour {{ collectivite }}."}
    specimen = await maison.client.post(
        "/courriers/modele", cookies=clerk.cookies,
        data={"_jeton": clerk.jeton, "apercu": "1", **good},
    )  # fmt: skip
    kept = await visit(clerk, "POST", "/courriers/modele", champs=good)
    after = await visit(clerk, "GET", kept.lieu)

    assert "Ce sont les textes livrés" in page.texte
    assert 422 == broken.status
    assert "Bonjour {{ nope }}" in broken.texte
    assert "nope" in broken.texte.split("faute")[1][:200]
    assert "application/pdf" == specimen.content_type
    assert "Bonjour azur." in text_of(await specimen.read())
    assert REDIRECTION == kept.status
    assert "Version 1" in after.texte


async def test_the_common_wording_is_the_administrators(maison: Maison) -> None:
    """A clerk writes for their collectivités, the administrator for all."""
    clerk = Client(maison, "gestionnaire")
    admin, rh = Client(maison, "administrateur"), Client(maison, "rh_azur")
    given = {"nature": "attestation", "textes": {"agent": "Pour l’agent."}}
    await clerk("POST", "/courriers/modele", json=given, expect=403)
    await rh("POST", "/courriers/modele", json=given, expect=403)
    await admin("POST", "/courriers/modele", json=given, expect=200)
    azur = await place(clerk)
    seen = await clerk(
        "GET", f"/courriers/modele?nature=attestation&collectivite={azur}", expect=200
    )
    wrong = {"nature": "attestation", "textes": {"agent": "{{ x }}"}}
    await admin("POST", "/courriers/modele", json=wrong, expect=422)

    assert "Pour l’agent." == seen["textes"]["agent"]
