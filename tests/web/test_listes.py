"""Liste des arrêts by the API and by the pages: two steps, editions, isolation."""

import hashlib
from typing import Any

import pytest

from records.store import journal
from tests.web.maison import Maison, sign_in
from tests.web.monde import Client, make_agent, make_evenement
from tests.web.test_api_register import place
from tests.web.test_portal import visit


@pytest.fixture
def maison(maison_entiere: Maison) -> Maison:
    """Open the house with its portal."""
    return maison_entiere


PRESENTS = {"type": "presents", "du": "2026-06-01", "au": "2026-06-30"}


async def with_leave(maison: Maison) -> Client:
    """Declare one leave in June at Azur; return who may ask."""
    client = Client(maison, "rh_azur")
    agent = await make_agent(client, await place(client))
    await make_evenement(client, agent["reference"])
    return client


async def test_a_list_is_made_at_once_and_opens_to_the_bytes_announced(
    maison: Maison,
) -> None:
    """201 with its first edition; both files have the hash and the size said."""
    client = await with_leave(maison)
    made = await client("POST", "/listes-arrets", json=PRESENTS, expect=201)
    (run,) = made["executions"]
    for suffix, start in (("pdf", b"%PDF"), ("xlsx", b"PK")):
        answer = await maison.client.get(
            run[suffix]["lien"], headers=maison.bearer("rh_azur")
        )
        octets = await answer.read()
        assert run[suffix]["empreinte"] == hashlib.sha256(octets).hexdigest()
        assert run[suffix]["taille"] == len(octets)
        assert octets.startswith(start)
        assert "attachment" in answer.headers["Content-Disposition"]

    assert (1, 1, 30) == (run["nb_arrets"], run["nb_agents"], run["nb_jours"])
    assert () == await maison.db.aread(journal.verify)


async def test_scheduled_made_again_stopped(maison: Maison) -> None:
    """A weekly list says its next day; one more edition; stopped, it has none."""
    client = await with_leave(maison)
    asked = {
        "frequence": "hebdomadaire", "jour": 1, "format": "xlsx",
        "destinataires": ["rh@azur.example"],
    }  # fmt: skip
    made = await client("POST", "/listes-arrets", json=asked, expect=201)
    path = f"/listes-arrets/{made['reference']}"
    second = await client("POST", f"{path}/executions", expect=201)
    stopped = await client("POST", f"{path}/arret", expect=200)
    again = await client("POST", f"{path}/arret", expect=200)
    kept = await client("GET", path, expect=200)

    assert ("2026-10-05", 2) == (made["prochaine_le"], second["rang"])
    assert [None, None] == [x["prochaine_le"] for x in (stopped, again)]
    assert [2, 1] == [x["rang"] for x in kept["executions"]]


@pytest.mark.parametrize(
    ("asked", "champ"),
    [
        ({"budget": "Inconnu"}, "budget"),
        ({"risques": ["Grippe"]}, "risques"),
        ({"destinataires": ["pas une adresse"]}, "destinataires"),
        ({"destinataires": ["a@b.example\r\nBcc: c@d.example"]}, "destinataires"),
        ({"frequence": "hebdomadaire", "jour": 8}, "jour"),
        ({"du": "2026-06-30", "au": "2026-06-01"}, "au"),
        ({"du": "2026-06-30"}, "au"),
    ],
)
async def test_what_is_wrong_is_said_field_by_field(
    maison: Maison, asked: dict[str, Any], champ: str
) -> None:
    """422, the field named; nothing is kept."""
    client = Client(maison, "rh_azur")
    problem = await client("POST", "/listes-arrets", json=asked, expect=422)
    kept = await client("GET", "/listes-arrets", expect=200)

    assert [champ] == [erreur["champ"] for erreur in problem["erreurs"]]
    assert 0 == kept["total"]


async def test_someone_of_several_collectivites_says_which(maison: Maison) -> None:
    """An administrator sees two: the list belongs to the one said."""
    client = Client(maison, "administrateur")
    problem = await client("POST", "/listes-arrets", json={}, expect=422)
    home = await place(client, "brume")
    made = await client(
        "POST", "/listes-arrets", json={"collectivite": home}, expect=201
    )

    assert "collectivite" == problem["erreurs"][0]["champ"]
    assert home == made["collectivite"]


async def test_the_two_steps_without_script(maison: Maison) -> None:
    """Parameters, continue, risk, edit: the edition is shown, its files are offered."""
    await with_leave(maison)
    nav = await sign_in(maison, "rh_azur")
    first = await visit(nav, "GET", "/listes-arrets/nouvelle")
    query = "categorie=toutes&type=presents&budget="
    second = await visit(nav, "GET", f"/listes-arrets/nouvelle/risque?{query}")
    champs = {
        "categorie": "toutes", "type": "presents", "budget": "", "format": "pdf",
        "risques": "Maladie ordinaire", "frequence": "une_fois",
        "du": "2026-06-01", "au": "2026-06-30", "destinataires": "",
    }  # fmt: skip
    made = await visit(nav, "POST", "/listes-arrets", champs=champs)
    fiche = await visit(nav, "GET", made.lieu)
    run = await visit(nav, "GET", f"{made.lieu}/executions/1")
    octets = await maison.client.get(
        f"{made.lieu}/executions/1.xlsx", cookies=nav.cookies
    )

    assert "Étape 1 sur 2" in first.texte
    assert "Maladie ordinaire" in second.texte
    assert 303 == made.status
    assert "n° 1" in fiche.texte
    assert "BERNARD née KERVELLA" in run.texte.upper() or "Bernard née" in run.texte
    assert 200 == octets.status


async def test_a_wrong_step_is_said_in_place_and_what_was_typed_stays(
    maison: Maison,
) -> None:
    """A bad address, a bad day: 422, the sentence beside the field, the words kept."""
    nav = await sign_in(maison, "rh_azur")
    champs = {
        "categorie": "CNRACL", "type": "presents", "format": "pdf", "budget": "",
        "frequence": "une_fois", "destinataires": "rh@azur", "du": "n'importe",
        "au": "2026-06-30",
    }  # fmt: skip
    day = await visit(nav, "POST", "/listes-arrets", champs=champs)
    address = await visit(nav, "POST", "/listes-arrets", champs=champs | {"du": ""})
    budget = await visit(
        nav, "GET", "/listes-arrets/nouvelle/risque?categorie=toutes&type=x&budget=y"
    )

    assert [422, 422, 422] == [day.status, address.status, budget.status]
    assert "rh@azur" in day.texte
    assert "jj/mm/aaaa" in day.texte
    assert "n'est pas une adresse" in address.texte.replace("’", "'")
    assert "Étape 1 sur 2" in budget.texte


async def test_a_foreign_list_is_inexistent_on_every_page(maison: Maison) -> None:
    """Read, file, edit, stop: 404 for another collectivité as for nothing."""
    client = await with_leave(maison)
    made = await client("POST", "/listes-arrets", json=PRESENTS, expect=201)
    nav = await sign_in(maison, "rh_brume")
    ghost = "LA-2026-00000-00000-A"
    for method, rest in (
        ("GET", ""), ("GET", "/executions/1"), ("GET", "/executions/1.pdf"),
        ("GET", "/executions/1.xlsx"), ("POST", "/editer"), ("POST", "/arreter"),
    ):  # fmt: skip
        pages = [
            await visit(nav, method, f"/listes-arrets/{ref}{rest}",
                        **({"champs": {}} if method == "POST" else {}))
            for ref in (made["reference"], ghost)
        ]  # fmt: skip
        assert [404, 404] == [page.status for page in pages], rest
    mine = await sign_in(maison, "rh_azur")
    for rank in ("2", "0", "9" * 30):
        page = await visit(
            mine, "GET", f"/listes-arrets/{made['reference']}/executions/{rank}"
        )
        assert 404 == page.status
