"""The register through the API: created, found, changed; wrong input named by field."""

from typing import Any

import pytest

from tests.web.maison import Maison
from tests.web.monde import Client, make_agent, make_evenement


async def place(client: Client, nom: str = "azur") -> str:
    """Return the reference of one of the collectivités."""
    found = await client("GET", "/collectivites", expect=200)
    return next(c["reference"] for c in found["elements"] if c["nom"] == nom)


async def test_collectivite_is_created_found_and_changed(maison: Maison) -> None:
    """A collectivité keeps its contract, found again by the caller's own reference."""
    client = Client(maison, "administrateur")
    made = await client(
        "POST",
        "/collectivites",
        json={
            "nom": "Commune de Port-Brume",
            "reference_externe": "C-9",
            "contrats": [
                {"numero": "K1", "debut": "2026-01-01", "fin": "2026-12-31",
                 "delai_pieces_jours": 180}
            ],
        },
        expect=201,
    )  # fmt: skip
    await client(
        "PATCH", f"/collectivites/{made['reference']}", json={"nom": "Port-Brume"},
        expect=200,
    )  # fmt: skip
    found = await client("GET", "/collectivites?reference_externe=C-9", expect=200)

    assert ["Port-Brume"] == [c["nom"] for c in found["elements"]]
    assert "2026-12-31" == found["elements"][0]["contrats"][0]["fin"]
    assert 1 == found["total"]


async def test_services_are_kept_by_collectivite(maison: Maison) -> None:
    """A code is unique in a collectivité; the end day shown is the last day."""
    client = Client(maison, "rh_azur")
    azur = await place(client)
    entry = {"collectivite": azur, "code": "ST", "libelle": "Services techniques",
             "fin": "2026-12-31"}  # fmt: skip
    made = await client("POST", "/services", json=entry, expect=201)
    await client("POST", "/services", json=entry, expect=409)

    assert "2026-12-31" == made["fin"]
    assert made == await client("GET", f"/services/{made['reference']}", expect=200)


async def test_agent_is_found_by_any_name(maison: Maison) -> None:
    """Nom, nom de naissance, prénom: three letters, accents and case ignored."""
    client = Client(maison, "rh_azur")
    made = await make_agent(client, await place(client), prenoms=["Maëlle"])
    hits = [
        [a["reference"] for a in (await client("GET", f"/agents?q={q}"))["elements"]]
        for q in ("ber", "KERV", "maelle", "Maël", "zzz")
    ]

    assert [[made["reference"]]] * 4 + [[]] == hits
    assert "BERNARD née KERVELLA Maëlle".lower() == made["libelle"].lower()


@pytest.mark.parametrize("q", ["be", "x", "--+"])
async def test_search_needs_three_letters(maison: Maison, q: str) -> None:
    """A shorter search is refused with what to do."""
    body = await Client(maison, "rh_azur")("GET", f"/agents?q={q}", expect=422)

    assert "trois" in body["detail"].lower() or body["erreurs"]


async def test_nir_is_never_shown_whole(maison: Maison) -> None:
    """The NIR goes in; only sex and year come out."""
    client = Client(maison, "rh_azur")
    digits = 2_85_07_98_999_001
    nir = f"{digits} {97 - digits % 97:02d}"
    made = await make_agent(client, await place(client), nir=nir)
    body = await client("GET", f"/agents/{made['reference']}")

    assert "2 85 •• •• ••• ••• ••" == body["nir"]


async def test_wrong_nir_is_a_field_error(maison: Maison) -> None:
    """A wrong key names the field."""
    client = Client(maison, "rh_azur")
    body = await client(
        "POST", "/agents",
        json={"collectivite": await place(client), "nom_famille": "A", "prenoms": ["B"],
              "nir": "285079999999999"},
        expect=422,
    )  # fmt: skip

    assert ["nir"] == [e["champ"] for e in body["erreurs"]]


async def test_declaring_an_event_opens_its_requirements(maison: Maison) -> None:
    """Saving is the declaration: the fiche shows what it implies, with its dates."""
    client = Client(maison, "rh_azur")
    agent = await make_agent(client, await place(client))
    fiche = await make_evenement(client, agent["reference"])
    types = {piece["type"] for piece in fiche["pieces_attendues"]}
    listed = await client(
        "GET", f"/pieces-attendues?evenement={fiche['reference']}&etat=attendue"
    )

    assert "AAT" in types
    assert listed["total"] == len(fiche["pieces_attendues"]) > 1
    aat = next(p for p in listed["elements"] if p["type"] == "AAT")
    assert {"debut": "2026-06-01", "fin": "2026-06-30"} == aat["periode"]
    assert [aat["periode"]] == aat["couverture"]["manque"]
    assert [] == aat["couverture"]["prouve"]
    assert aat["exigible_le"] <= aat["echeance"]
    assert ["evenement:declare"] == [
        f["tag"] for f in fiche["journal"] if f["tag"].startswith("evenement")
    ]


async def test_consequence_added_and_changed(maison: Maison) -> None:
    """A prolongation opens its own requirement; changing its days moves it."""
    client = Client(maison, "rh_azur")
    agent = await make_agent(client, await place(client))
    fiche = await make_evenement(client, agent["reference"])
    base = f"/evenements/{fiche['reference']}/consequences"
    lexique = await client("GET", "/natures")
    from tests.web.monde import fill

    prolong = next(c for c in lexique["consequences"] if c["code"] == "PROLONG")
    made = await client(
        "POST", base,
        json={"type": "PROLONG", "debut": "2026-07-01", "fin": "2026-07-15",
              "champs": fill(prolong["champs"])},
        expect=201,
    )  # fmt: skip
    await client(
        "PATCH", f"{base}/{made['reference']}", json={"fin": "2026-07-31"}, expect=200
    )
    listed = await client("GET", base, expect=200)

    assert ["2026-06-30", "2026-07-31"] == [c["fin"] for c in listed["elements"]]


async def test_salaries_are_money(maison: Maison) -> None:
    """Amounts come back as text with two decimals, months in order."""
    client = Client(maison, "rh_azur")
    agent = await make_agent(client, await place(client))
    fiche = await make_evenement(client, agent["reference"])
    body = await client(
        "POST", f"/evenements/{fiche['reference']}/salaires",
        json={"salaires": [{"mois": "2026-06", "tib": "2100.5"},
                           {"mois": "2026-05", "tib": 2000}]},
        expect=200,
    )  # fmt: skip

    assert [
        {"mois": "2026-05", "tib": "2000.00"}, {"mois": "2026-06", "tib": "2100.50"},
    ] == body["salaires"]  # fmt: skip


async def test_recours_moves_forward_only(maison: Maison) -> None:
    """Saved, sent, opened, closed: a sent claim is not unsent."""
    client = Client(maison, "rh_azur")
    agent = await make_agent(client, await place(client))
    fiche = await make_evenement(client, agent["reference"])
    base = f"/evenements/{fiche['reference']}/recours"
    made = await client("POST", base, json={"champs": {"tiers": "X"}}, expect=201)
    path = f"{base}/{made['reference']}"
    sent = await client("PATCH", path, json={"etat": "envoye"}, expect=200)
    await client("PATCH", path, json={"etat": "enregistre"}, expect=409)

    assert sent["envoye_le"].endswith("Z")


async def test_human_acts_on_a_requirement(maison: Maison) -> None:
    """Waived, reopened, declared impossible: each with a reason, twice is a conflict."""
    rh, clerk = Client(maison, "rh_azur"), Client(maison, "gestionnaire")
    agent = await make_agent(rh, await place(rh))
    fiche = await make_evenement(rh, agent["reference"])
    path = f"/pieces-attendues/{fiche['pieces_attendues'][0]['reference']}"
    act = {"motif": "Déjà fournie sur papier"}
    states = [
        (await clerk("POST", f"{path}/dispense", json=act, expect=200))["etat"],
        (await clerk("POST", f"{path}/rouvrir", json=act, expect=200))["etat"],
        (await rh("POST", f"{path}/impossible", json=act, expect=200))["etat"],
    ]
    await clerk("POST", f"{path}/dispense", json=act, expect=409)
    await rh("POST", f"{path}/dispense", json=act, expect=403)
    await clerk("POST", f"{path}/rouvrir", json={}, expect=422)

    assert ["dispensee", "attendue", "impossible_declaree"] == states


async def test_requirement_opened_by_hand(maison: Maison) -> None:
    """A clerk asks for one paper more; it is listed like the others."""
    rh, clerk = Client(maison, "rh_azur"), Client(maison, "gestionnaire")
    agent = await make_agent(rh, await place(rh))
    fiche = await make_evenement(rh, agent["reference"])
    entry = {"evenement": fiche["reference"], "type": "RIB", "motif": "Compte changé",
             "exigible_le": "2026-10-01", "montant": "12.5"}  # fmt: skip
    made = await clerk("POST", "/pieces-attendues", json=entry, expect=201)
    await clerk("POST", "/pieces-attendues", json=entry | {"type": "ZZ"}, expect=422)

    assert ("main", "12.50", "2026-10-01") == (
        made["origine"], made["montant_bloque"], made["exigible_le"]
    )  # fmt: skip


async def test_pages_of_a_list(maison: Maison) -> None:
    """Cursors walk through everything once; a foreign cursor is refused."""
    client = Client(maison, "rh_azur")
    azur = await place(client)
    for rank in range(5):
        await make_agent(client, azur, matricule=f"M{rank}", nom_usage=f"Le Goff{rank}")
    seen: list[str] = []
    curseur = ""
    while True:
        page = await client("GET", f"/agents?limite=2{curseur}", expect=200)
        seen += [a["reference"] for a in page["elements"]]
        assert 5 == page["total"]
        if page["suivant"] is None:
            break
        curseur = f"&curseur={page['suivant']}"

    assert 5 == len(seen) == len(set(seen))
    for wrong in ("x", "W10", "WyJhIiwiYiIsImMiXQ", "é"):
        await client("GET", f"/agents?curseur={wrong}", expect=422)
        await client("GET", f"/evenements?curseur={wrong}", expect=422)
        await client("GET", f"/pieces-attendues?curseur={wrong}", expect=422)


@pytest.mark.parametrize(
    ("entry", "champs"),
    [
        ({}, {"collectivite", "nom_famille", "prenoms"}),
        ({"collectivite": "x", "nom_famille": "A", "prenoms": []}, {"prenoms"}),
        ({"collectivite": "x", "nom_famille": "A", "prenoms": ["B"], "nom": "C"},
         {"nom"}),
        ({"collectivite": "x", "nom_famille": 3, "prenoms": ["B"],
          "date_naissance": "hier"}, {"nom_famille", "date_naissance"}),
    ],
)  # fmt: skip
async def test_wrong_fields_are_named(
    maison: Maison, entry: dict[str, Any], champs: set[str]
) -> None:
    """Every wrong field is listed at once, in French."""
    body = await Client(maison, "rh_azur")("POST", "/agents", json=entry, expect=422)

    assert "demande-invalide" == body["code"]
    assert champs == {e["champ"] for e in body["erreurs"]}


@pytest.mark.parametrize(
    ("raw", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"a": NaN}', "application/json", 400),
        (b'{"nom_famille": "a\\u0000"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"[]", "application/json", 422),
        (b"", "application/json", 400),
    ],
)
async def test_unreadable_bodies(
    maison: Maison, raw: bytes, kind: str, status: int
) -> None:
    """What is not JSON is said so, and never crashes."""
    await Client(maison, "rh_azur")(
        "POST", "/agents", data=raw, headers={"Content-Type": kind}, expect=status
    )


@pytest.mark.parametrize(
    "query", ["limite=0", "limite=x", "inconnu=1", "limite=1&limite=2"]
)
async def test_wrong_queries(maison: Maison, query: str) -> None:
    """An unknown or repeated parameter is refused, not ignored."""
    body = await Client(maison, "rh_azur")("GET", f"/agents?{query}", expect=422)

    assert body["erreurs"]


async def test_emptying_what_must_hold_something(maison: Maison) -> None:
    """A null where a value is needed is a field error, not a crash."""
    client = Client(maison, "rh_azur")
    agent = await make_agent(client, await place(client))
    path = f"/agents/{agent['reference']}"
    body = await client("PATCH", path, json={"nom_famille": None}, expect=422)
    changed = await client("PATCH", path, json={"nom_usage": None}, expect=200)

    assert ["nom_famille"] == [e["champ"] for e in body["erreurs"]]
    assert changed["nom_usage"] is None


async def test_basket_counts_what_it_lists(maison: Maison) -> None:
    """Each typologie's number is the length of its list."""
    client = Client(maison, "rh_azur")
    agent = await make_agent(client, await place(client))
    await make_evenement(client, agent["reference"])
    basket = await client("GET", "/actions", expect=200)
    for action in basket["elements"]:
        path = action["lien"].removeprefix("/api/v1")
        assert action["nombre"] == (await client("GET", path, expect=200))["total"]
    counts = {a["typologie"]: a["nombre"] for a in basket["elements"]}

    assert counts["document_manquant"] > 0
    await client("GET", "/actions/inconnue", expect=404)


async def test_a_taken_reference_is_a_conflict(maison: Maison) -> None:
    """The caller's own references and SIRET are unique: 409, nothing changed."""
    client = Client(maison, "administrateur")
    entry = {"nom": "A", "siret": "12345678901234", "reference_externe": "R"}
    made = await client("POST", "/collectivites", json=entry, expect=201)
    await client("POST", "/collectivites", json=entry | {"nom": "B"}, expect=409)
    other = await client("POST", "/collectivites", json={"nom": "C"}, expect=201)
    path = f"/collectivites/{other['reference']}"
    await client("PATCH", path, json={"reference_externe": "R"}, expect=409)

    assert made["reference"] != other["reference"]
    assert (await client("GET", path))["reference_externe"] is None
