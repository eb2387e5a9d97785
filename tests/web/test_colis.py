"""Colis over HTTP: received, shown to each its own, acted upon after a rehearsal."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import FormData

from intake.cloture import close_colis
from intake.colis import Ouvroir, open_colis
from intake.enveloppes import LimitesColis
from intake.pipeline import Atelier, process
from intake.triage import MODULES, LimitesTri
from records import tables as t
from records.comptes import HOUSE
from records.store import colis as store
from records.store import colis_contenu as contenu
from socle.antivirus import Antivirus
from socle.db import WriteSession
from socle.sandbox import Sandbox
from tests.drills import papiers
from tests.intake import colisages
from tests.intake.colisages import Papier
from tests.intake.guichet import plain_step
from tests.web.maison import Maison, Navigateur, sign_in
from tests.web.monde import Client
from tests.web.test_api_depots import form
from tests.web.test_portal import REDIRECTION, visit
from web.deposits import guichet_of
from web.keys import SERVICES

AZUR, BRUME = "21617998600015", "20098998600019"


@pytest.fixture(scope="session")
def boite() -> Iterator[Sandbox]:
    """Give the real box."""
    with Sandbox(MODULES) as sandbox:
        yield sandbox


@pytest.fixture
def maison(maison_entiere: Maison) -> Maison:
    """Open the house with its portal; its collectivités are known by their SIRET."""

    def name(session: WriteSession) -> None:
        for nom, siret in (("azur", AZUR), ("brume", BRUME)):
            row = session.get_one(t.Collectivite, maison_entiere.collectivites[nom])
            row.siret = siret

    maison_entiere.db.write(name)
    return maison_entiere


def packed(*, sans: tuple[str, ...] = ()) -> bytes:
    """Make a colis of three papers: one of Azur, two pages together, one of Brume."""
    papers = [
        Papier("p1.pdf", papiers.letter(1), pli="1"),
        Papier("p2.tif", papiers.tiff(5, pages=2), pages=2, pli="1"),
        Papier("p3.pdf", papiers.letter(3), pli="2"),
    ]
    said = colisages.metadata(papers, {"1": {"siret": AZUR}, "2": {"siret": BRUME}})
    return colisages.with_metadata(papers, said, sans=sans)


def ouvroir_of(maison: Maison, boite: Sandbox) -> Ouvroir:
    services = maison.app[SERVICES]
    atelier = Atelier(
        db=services.db, storage=services.storage, sandbox=boite,
        antivirus=Antivirus(""), coffre=services.coffre, clock=services.clock,
        limites=LimitesTri(), vie="essai",
    )  # fmt: skip
    return Ouvroir(
        atelier=atelier, guichet=guichet_of(services), limites=LimitesColis()
    )


async def work(maison: Maison, boite: Sandbox, reference: str) -> None:
    """Open a colis, read its deposits, close it, as a worker does."""
    ouvroir = ouvroir_of(maison, boite)

    def go() -> None:
        open_colis(ouvroir, reference)
        colis = maison.db.read(store.get, reference, HOUSE)
        for fichier in maison.db.read(contenu.fichiers, colis.id, HOUSE):
            if fichier.depot_id:
                process(ouvroir.atelier, _depot(maison, fichier.depot_id), plain_step)
        close_colis(ouvroir, reference)

    await asyncio.to_thread(go)


def _depot(maison: Maison, depot_id: int) -> str:
    from intake import depots

    return maison.db.read(depots.by_ids, [depot_id])[depot_id].reference


async def send(maison: Maison, boite: Sandbox, octets: bytes, **fields: str) -> Any:
    """Send a colis by the API and have it treated."""
    client = Client(maison, "operateur")
    body = await client("POST", "/colis", data=form(octets, **fields), expect=201)
    await work(maison, boite, body["reference"])
    return body


async def test_a_colis_is_received_then_told_line_by_line(
    maison: Maison, boite: Sandbox
) -> None:
    """201 and a signed receipt; dates, items, verdicts, an equation at zero."""
    receipt = await send(maison, boite, packed(sans=("p1.pdf",)))
    client = Client(maison, "operateur")
    shown = await client("GET", f"/colis/{receipt['reference']}", expect=200)
    told = await client(
        "GET", f"/colis/{receipt['reference']}/reconciliation", expect=200
    )
    again = await client(
        "POST", "/colis", data=form(packed(sans=("p1.pdf",))), expect=200
    )

    assert 128 == len(receipt["recepisse"])
    assert ("clos", "entrant", "metadata") == (
        shown["etat"], shown["sens"], shown["enveloppe"],
    )  # fmt: skip
    assert "2026-09-09T05:45:00Z" == shown["livre_le"]
    assert ["manquant", "a_verifier", "a_verifier"] == [
        one["verdict"] for one in shown["elements"]
    ]
    assert {"fichiers": 0, "pages": 0, "octets": 0} == shown["conservation"]["ecart"]
    assert 3 == shown["conservation"]["recus"]["pages"]
    assert [("fichier-manquant", "prestataire")] == [
        (one["code"], one["proprietaire"]) for one in told["ecarts"]
    ]
    assert (receipt["reference"], True) == (again["reference"], again["deja_recu"])


async def test_each_collectivite_sees_its_own_part(
    maison: Maison, boite: Sandbox
) -> None:
    """Nothing of a shared colis tells of the neighbours: lines, totals, objects."""
    receipt = await send(maison, boite, packed())
    azur = Client(maison, "rh_azur")
    shown = await azur("GET", f"/colis/{receipt['reference']}", expect=200)
    listed = await azur("GET", "/colis?sens=entrant", expect=200)

    assert {"p1.pdf", "p2.tif"} == {one["fichier"] for one in shown["elements"]}
    assert ([], None) == (shown["non_numerisables"], shown["annonce"]["documents"])
    assert 2 == shown["conservation"]["recus"]["fichiers"]
    assert [receipt["reference"]] == [one["reference"] for one in listed["elements"]]
    await azur("POST", "/colis", data=form(packed()), expect=403)


async def test_validating_keeps_nothing(maison: Maison, boite: Sandbox) -> None:
    """`essai`: what would be said, and not a row, not a byte more."""
    client = Client(maison, "operateur")
    found = await client(
        "POST", "/colis?essai=true", data=form(packed(sans=("p3.pdf",))), expect=200
    )
    listed = await client("GET", "/colis", expect=200)

    assert ("essai", ["fichier-manquant"]) == (
        found["etat"], [one["code"] for one in found["ecarts"]],
    )  # fmt: skip
    assert 0 == listed["total"]
    storage = maison.app[SERVICES].storage
    assert [] == await asyncio.to_thread(lambda: list(storage.walk()))


async def test_an_act_is_rehearsed_then_done_with_its_reason(
    maison: Maison, boite: Sandbox
) -> None:
    """Dry run, then the act; a closed disagreement keeps who and why."""
    receipt = await send(maison, boite, b"PK\x05\x06 rien du tout")
    client, ref = Client(maison, "operateur"), receipt["reference"]
    asked = {"acte": "rendre", "motif": "Archive abîmée."}

    said = await client(
        "POST", f"/colis/{ref}/actes", json={**asked, "essai": True}, expect=200
    )
    before = await client("GET", f"/colis/{ref}", expect=200)
    await client("POST", f"/colis/{ref}/actes", json=asked, expect=200)
    after = await client("GET", f"/colis/{ref}", expect=200)
    await client("POST", f"/colis/{ref}/actes", json=asked, expect=409)

    assert "rendu" in said["effet"]
    assert ("refuse", "rendu") == (before["etat"], after["etat"])


async def test_the_operator_works_from_the_pages(
    maison: Maison, boite: Sandbox
) -> None:
    """Receive by the form, read the page, settle a disagreement, act on a file."""
    nav = await sign_in(maison, "operateur")
    body = FormData(quote_fields=False)
    body.add_field("_jeton", nav.jeton)
    body.add_field("fichier", packed(sans=("p1.pdf",)), filename="colis.zip")
    sent = await visit(nav, "POST", "/colis", data=body)
    assert REDIRECTION == sent.status, sent.texte
    reference = sent.lieu.rpartition("/")[2]
    await work(maison, boite, reference)

    page = await visit(nav, "GET", f"/colis/{reference}")
    liste = await visit(nav, "GET", "/colis")
    colis = maison.db.read(store.get, reference, HOUSE)
    (ecart,) = maison.db.read(contenu.ecarts, colis.id, HOUSE)
    closing = f"/colis/{reference}/ecarts/{ecart.reference}"
    silent = await visit(nav, "POST", closing, champs={"motif": ""})
    closed = await visit(nav, "POST", closing, champs={"motif": "Réclamé."})

    assert "est annoncé et n’est pas dans le colis" in page.texte
    assert "le prestataire de numérisation" in page.texte
    assert "COL-1" in liste.texte
    assert (422, REDIRECTION) == (silent.status, closed.status)
    assert not maison.db.read(contenu.ecarts, colis.id, HOUSE)[0].is_ouvert


async def test_the_strip_moves_merges_splits_and_leaves_out(
    maison: Maison, boite: Sandbox
) -> None:
    """The same form parts a file again; each page stays counted; stale is refused."""
    receipt = await send(maison, boite, packed())
    nav = await sign_in(maison, "operateur")
    colis = maison.db.read(store.get, receipt["reference"], HOUSE)
    fichier = maison.db.read(contenu.fichiers, colis.id, HOUSE)[1]
    depot = _depot(maison, fichier.depot_id or 0)
    address = f"/depots/{depot}/decoupage"

    async def say(roles: str, *, places: str = "12", **more: str) -> int:
        shown = await visit(nav, "GET", address)
        vu = shown.texte.split('name="vu" value="')[1].split('"')[0]
        champs = {f"role-{n}": _ROLES[sign] for n, sign in enumerate(roles, start=1)}
        champs |= {f"place-{n}": place for n, place in enumerate(places, start=1)}
        return (
            await visit(nav, "POST", address, champs={"vu": vu, **champs, **more})
        ).status

    assert REDIRECTION == await say("DD")
    assert [(1,), (2,)] == await parts(maison, fichier.depot_id or 0)
    assert REDIRECTION == await say("SD", places="21")
    assert [(2, 1)] == await parts(maison, fichier.depot_id or 0)
    assert 422 == await say("DH")
    assert REDIRECTION == await say("DH", precision="Page d’un autre envoi.")
    assert [(1,)] == await parts(maison, fichier.depot_id or 0)
    assert 422 == await say("HH", precision="Tout est de trop.")
    assert 409 == await say("DD", vu="autre")
    shown = await Client(maison, "operateur")(
        "GET", f"/colis/{receipt['reference']}", expect=200
    )
    assert 1 == shown["conservation"]["blancs"]["pages"]
    assert {"fichiers": 0, "pages": 0, "octets": 0} == shown["conservation"]["ecart"]
    await foreign(maison, address)


_ROLES = {"D": "debut", "S": "suite", "H": "apart"}


async def parts(maison: Maison, depot_id: int) -> list[tuple[int, ...]]:
    from tests.intake.guichet import papers

    return [pages for pages, _ in maison.db.read(papers, depot_id)]


async def foreign(maison: Maison, address: str) -> None:
    """Check that a client never opens the strip."""
    client: Navigateur = await sign_in(maison, "rh_azur")
    assert 403 == (await visit(client, "GET", address)).status
