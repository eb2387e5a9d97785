"""Who takes charge, views kept, and two tabs: the second is told, and nothing is lost."""

from typing import Any

from records.store.comptes import NouveauCompte
from tests.web.maison import Maison, add_compte, sign_in
from tests.web.monde import Client, make_agent, make_evenement
from tests.web.test_api_register import place
from tests.web.test_portal import visit


async def _fiche(maison: Maison) -> Any:
    client = Client(maison, "rh_azur")
    return await make_evenement(
        client, (await make_agent(client, await place(client)))["reference"]
    )


async def test_a_line_is_held_by_one_account(maison: Maison) -> None:
    """The second is told by a 409 with who holds; only the holder gives it back."""
    fiche = await _fiche(maison)
    line = fiche["pieces_attendues"][0]["reference"]
    path = f"/affectations/{line}"
    mine, other = Client(maison, "rh_azur"), Client(maison, "gestionnaire")

    free = await mine("GET", path, expect=200)
    taken = await mine("PUT", path, expect=200)
    again = await mine("PUT", path, expect=200)
    refused = await other("PUT", path, expect=409)
    kept = await other("DELETE", path, expect=409)
    listed = await other("GET", "/actions/document_manquant", expect=200)
    nobody = await other(
        "GET", "/actions/document_manquant?affecte=personne", expect=200
    )
    held = await mine("GET", "/actions/document_manquant?affecte=moi", expect=200)
    await mine("DELETE", path, expect=200)
    taken_over = await other("PUT", path, expect=200)

    assert (None, "moi") == (free["prise_en_charge"], taken["prise_en_charge"])
    assert taken == again
    assert ("deja-affecte", "deja-affecte") == (refused["code"], kept["code"])
    assert "autre" == refused["etat_present"]["prise_en_charge"]
    assert {line: "autre"} == {
        one["reference"]: one["prise_en_charge"]
        for one in listed["elements"]
        if one["prise_en_charge"]
    }
    assert listed["total"] - 1 == nobody["total"]
    assert [line] == [one["reference"] for one in held["elements"]]
    assert "moi" == taken_over["prise_en_charge"]


async def test_views_belong_to_their_account(maison: Maison) -> None:
    """Kept under a name, read back, forgotten; another account sees none of it."""
    mine, other = Client(maison, "rh_azur"), Client(maison, "rh_brume")
    view = {"liste": "document_manquant", "nom": "Mes AAT"}
    path = "/vues?liste=document_manquant"

    await mine("POST", "/vues", json=view | {"filtres": {"type": "RIB"}}, expect=201)
    await mine(
        "POST", "/vues", json=view | {"filtres": {"type": "AAT", "tri": "nom"}},
        expect=201,
    )  # fmt: skip
    kept = await mine("GET", path, expect=200)
    foreign = await other("GET", path, expect=200)
    unknown = await mine("GET", "/vues?liste=ailleurs", expect=404)
    blank = await mine("POST", "/vues", json=view | {"nom": "  "}, expect=422)
    left = await mine("DELETE", f"{path}&nom=Mes AAT", expect=200)

    assert [view | {"filtres": {"type": "AAT", "tri": "nom"}}] == kept["elements"]
    assert (0, 0) == (foreign["total"], left["total"])
    assert ("introuvable", "nom") == (unknown["code"], blank["erreurs"][0]["champ"])


async def test_missing_documents_are_taken_and_filtered(maison_entiere: Maison) -> None:
    """The list of missing documents says who holds a line, and keeps views (S01)."""
    maison = maison_entiere
    fiche = await _fiche(maison)
    line = fiche["pieces_attendues"][0]["reference"]
    mine, other = (
        await sign_in(maison, "rh_azur"),
        await sign_in(maison, "gestionnaire"),
    )
    back = {"retour": "/documents-manquants"}
    act = back | {"ligne": line}
    view = back | {
        "acte": "garder", "nom": "À moi",
        "requete": "affecte=moi&type=AAT&exigible_avant=2026-09-30",
    }  # fmt: skip
    await visit(mine, "POST", "/actions/affecter", champs=act | {"acte": "prendre"})
    seen = await visit(other, "GET", "/documents-manquants")
    free = await visit(other, "GET", "/documents-manquants?affecte=personne")
    held = await visit(mine, "GET", "/documents-manquants?affecte=moi")
    stolen = await visit(
        other, "POST", "/actions/affecter", champs=act | {"acte": "rendre"}
    )
    await visit(mine, "POST", "/actions/document_manquant/vues", champs=view)
    views = await visit(mine, "GET", "/documents-manquants")

    assert f"ligne-{line}" in seen.texte
    assert "rh_azur" in seen.texte
    assert f"ligne-{line}" not in free.texte
    assert f"ligne-{line}" in held.texte
    assert 1 == held.texte.count('id="ligne-')
    assert 303 == stolen.status
    assert 'value="rendre"' in (await visit(mine, "GET", "/documents-manquants")).texte
    assert "/documents-manquants?" in views.texte
    assert all(one in views.texte for one in view["requete"].split("&"))


async def test_a_service_changed_from_two_tabs(maison: Maison) -> None:
    """The second tab gets a 409 with what stands; what the first wrote stays."""
    client = Client(maison, "rh_azur")
    made = await client(
        "POST", "/services",
        json={"collectivite": await place(client), "code": "S1", "libelle": "Voirie"},
        expect=201,
    )  # fmt: skip
    path, seen = f"/services/{made['reference']}", made["version"]
    first = await client(
        "PATCH", path, json={"libelle": "Voirie nord", "version": seen}, expect=200
    )
    second = await client(
        "PATCH", path, json={"libelle": "Voirie sud", "version": seen}, expect=409
    )
    stands = await client("GET", path, expect=200)

    assert seen + 1 == first["version"]
    assert "etat-modifie" == second["code"]
    assert first == second["etat_present"] == stands


async def test_salaries_entered_from_two_tabs(maison: Maison) -> None:
    """The second entry is refused with the present state; the first stays."""
    client = Client(maison, "rh_azur")
    fiche = await _fiche(maison)
    path = f"/evenements/{fiche['reference']}/salaires"
    seen = (await client("GET", path, expect=200))["version"]
    month = {"mois": "2026-05", "tib": "1900.00"}
    await client("POST", path, json={"salaires": [month], "version": seen}, expect=200)
    refused = await client(
        "POST", path, json={"salaires": [], "version": seen}, expect=409
    )
    stands = await client("GET", path, expect=200)

    assert "etat-modifie" == refused["code"]
    assert [month] == refused["etat_present"]["salaires"]
    assert [month] == stands["salaires"]


async def test_two_tabs_of_the_portal_are_told_plainly(maison_entiere: Maison) -> None:
    """A service and a pay sheet opened twice: 409, in French, what was typed is kept."""
    maison = maison_entiere
    fiche = await _fiche(maison)
    client = Client(maison, "rh_azur")
    made = await client(
        "POST", "/services",
        json={"collectivite": await place(client), "code": "S2", "libelle": "Eaux",
              "debut": "2020-01-01"},
        expect=201,
    )  # fmt: skip
    nav = await sign_in(maison, "rh_azur")
    service = f"/services/{made['reference']}"
    typed = {"code": "S2", "debut": "2020-01-01", "version": str(made["version"])}
    pay, version = f"/evenements/{fiche['reference']}/salaires", str(fiche["version"])

    done = await visit(nav, "POST", service, champs=typed | {"libelle": "Eaux nord"})
    late = await visit(nav, "POST", service, champs=typed | {"libelle": "Eaux sud"})
    month = {"mois-0": "05/2026", "version": version}
    paid = await visit(nav, "POST", pay, champs=month | {"tib-0": "1 900"})
    twice = await visit(nav, "POST", pay, champs=month | {"tib-0": "2 000"})

    assert (303, 409, 303, 409) == (done.status, late.status, paid.status, twice.status)
    assert "Eaux sud" in late.texte
    assert "Quelqu’un d’autre" in late.texte.replace("&#39;", "’").replace("'", "’")
    assert "2 000" in twice.texte.replace("\u202f", " ").replace("\u00a0", " ")
    stands = await client("GET", service, expect=200)
    assert "Eaux nord" == stands["libelle"]


async def test_another_account_of_the_house_reads_who_holds(maison: Maison) -> None:
    """Two accounts of one collectivité: the second sees « autre », never a name."""
    fiche = await _fiche(maison)
    line = fiche["pieces_attendues"][0]["reference"]
    nouveau = NouveauCompte(
        identifiant="rh2_azur", role="collectivite",
        collectivites=[maison.collectivites["azur"]],
    )  # fmt: skip
    await maison.db.awrite(add_compte, nouveau)
    await Client(maison, "rh_azur")("PUT", f"/affectations/{line}", expect=200)
    nav = await sign_in(maison, "rh2_azur")
    answer = await maison.client.get(
        f"/api/v1/affectations/{line}", cookies=nav.cookies
    )

    assert "autre" == (await answer.json())["prise_en_charge"]
