"""The clerk's corrections through the API: each changes the lines, each can be undone."""

from typing import Any

from tests.web.maison import Maison
from tests.web.monde import Client
from tests.web.test_api_isolation import brume


async def _paper(maison: Maison) -> tuple[Client, dict[str, str], str]:
    owned = await brume(maison)
    return Client(maison, "rh_brume"), owned, f"/documents/{owned['documents']}"


async def _state(client: Client, owned: dict[str, str]) -> str:
    piece: dict[str, Any] = await client(
        "GET", f"/pieces-attendues/{owned['pieces-attendues']}", expect=200
    )
    return str(piece["etat"])


async def test_linking_closes_the_line_and_unlinking_opens_it(maison: Maison) -> None:
    """The requirement's state follows its links, both ways."""
    client, owned, path = await _paper(maison)
    wanted = {"pieces": [{"piece": owned["pieces-attendues"]}], "motif": "C'est le bon"}
    linked = await client("POST", f"{path}/rattachement", json=wanted, expect=200)
    closed = await _state(client, owned)
    undone = await client(
        "POST", f"{path}/detachement", json={"motif": "Erreur"}, expect=200
    )

    assert ("rattache", "satisfaite") == (linked["etat"], closed)
    assert [owned["pieces-attendues"]] == [p["reference"] for p in linked["pieces"]]
    assert ("a_verifier", []) == (undone["etat"], undone["pieces"])
    assert "attendue" == await _state(client, owned)


async def test_days_proved_may_be_a_part(maison: Maison) -> None:
    """A paper that proves some days leaves the line open for the others."""
    client, owned, path = await _paper(maison)
    found = await client(
        "GET", f"/pieces-attendues?evenement={owned['evenements']}", expect=200
    )
    piece = next(p for p in found["elements"] if p["periode"])
    half = {"debut": piece["periode"]["debut"], "fin": "2026-06-10"}
    wanted = {"pieces": [{"piece": piece["reference"], "couverture": half}]}
    linked = await client("POST", f"{path}/rattachement", json=wanted, expect=200)
    after = await client("GET", f"/pieces-attendues/{piece['reference']}", expect=200)

    assert [half] == [p["couverture"] for p in linked["pieces"]]
    assert [half] == after["couverture"]["prouve"]
    assert "2026-06-11" == after["couverture"]["manque"][0]["debut"]
    assert "attendue" == after["etat"]


async def test_two_people_on_one_paper(maison: Maison) -> None:
    """The second, who looked at an older version, is told; nothing of theirs remains."""
    client, owned, path = await _paper(maison)
    before = await client("GET", path, expect=200)
    act = {"motif": "Illisible", "version": before["version"]}
    await client("POST", f"{path}/anomalie", json=act, expect=200)
    wanted = {"pieces": [{"piece": owned["pieces-attendues"]}],
              "version": before["version"]}  # fmt: skip
    await client("POST", f"{path}/rattachement", json=wanted, expect=409)

    assert "attendue" == await _state(client, owned)


async def test_two_papers_for_one_line(maison: Maison) -> None:
    """A line already satisfied takes no second paper: 409, the first one stays."""
    client, owned, path = await _paper(maison)
    wanted = {"pieces": [{"piece": owned["pieces-attendues"]}]}
    await client("POST", f"{path}/rattachement", json=wanted, expect=200)
    await client("POST", f"{path}/rattachement", json=wanted, expect=409)

    assert "satisfaite" == await _state(client, owned)


async def test_filed_on_an_event_without_closing_anything(maison: Maison) -> None:
    """A paper may be kept on an event; nothing named at all is a field error."""
    client, owned, path = await _paper(maison)
    filed = await client(
        "POST", f"{path}/rattachement", json={"evenement": owned["evenements"]},
        expect=200,
    )  # fmt: skip
    await client("POST", f"{path}/rattachement", json={}, expect=422)

    assert ("integre_sans_piece", owned["evenements"]) == (
        filed["etat"], filed["evenement"]
    )  # fmt: skip


async def test_turning_pages(maison: Maison) -> None:
    """The angle is kept with the paper, for whoever looks next."""
    client, _, path = await _paper(maison)
    turned = await client("POST", f"{path}/rotation", json={"angle": 90}, expect=200)
    await client("POST", f"{path}/rotation", json={"angle": 45}, expect=422)

    assert 90 == turned["rotation"]


async def test_cutting_again_needs_every_page(maison: Maison) -> None:
    """A new cut that forgets or invents a page is refused."""
    client, owned, _ = await _paper(maison)
    path = f"/depots/{owned['depots']}/decoupage"
    await client("POST", path, json={"documents": [[1], [2]]}, expect=422)
    await client("POST", path, json={"documents": []}, expect=422)
