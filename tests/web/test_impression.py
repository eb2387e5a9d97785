"""Letters on paper and by mail, through the doors: run, cover, grounds, outbox."""

import datetime as dt

import pytest

from letters import edition
from socle import mail
from socle.mail import CourrielNouveau
from tests.letters.bureau import text_of
from tests.web.maison import NOW, Maison, sign_in
from tests.web.monde import Client
from tests.web.test_portal import REDIRECTION, make_dossier, visit
from web.courriers import bureau_of
from web.keys import SERVICES

DAY = dt.date(2026, 9, 30)


@pytest.fixture
def maison(maison_entiere: Maison) -> Maison:
    """Open the house with its portal."""
    return maison_entiere


def issue(maison: Maison) -> str:
    """Issue the letters of Azur; return the reference of the first."""
    bureau = bureau_of(maison.app[SERVICES], "essai")
    (letter, *_) = edition.edit(bureau, maison.collectivites["azur"], DAY, NOW)
    return letter.reference


async def test_a_letter_shows_its_grounds(maison: Maison) -> None:
    """On screen and by the API: the state each line was in; read receipts are facts."""
    await make_dossier(maison)
    reference = issue(maison)
    rh, clerk = await sign_in(maison, "rh_azur"), Client(maison, "gestionnaire")
    by_clerk = await maison.client.get(
        f"/api/v1/courriers/{reference}.pdf", headers=maison.bearer("gestionnaire")
    )
    before = await clerk("GET", f"/courriers/{reference}", expect=200)
    page = await visit(rh, "GET", f"/courriers/{reference}")
    by_rh = await maison.client.get(
        f"/api/v1/courriers/{reference}.pdf", headers=maison.bearer("rh_azur")
    )
    after = await clerk("GET", f"/courriers/{reference}", expect=200)

    assert 200 == by_clerk.status == by_rh.status
    assert "Sur quoi ce courrier est fondé" in page.texte
    assert {"attendue"} == {line["fonde_sur"]["etat"] for line in before["lignes"]}
    assert before["telecharge_le"] is None
    assert after["telecharge_le"] is not None


async def test_the_run_and_the_cover_are_downloaded(maison: Maison) -> None:
    """A clerk prints the run, a collectivité the cover of its line; never the reverse."""
    ours = await make_dossier(maison)
    issue(maison)
    clerk, rh = await sign_in(maison, "gestionnaire"), await sign_in(maison, "rh_azur")
    run = await maison.client.get(
        f"/courriers/tournee.pdf?date={DAY}", cookies=clerk.cookies
    )
    refused = await visit(rh, "GET", "/courriers/tournee.pdf")
    window = await visit(rh, "GET", f"/pieces-attendues/{ours.ligne}/integration")
    cover = await maison.client.post(
        f"/pieces-attendues/{ours.ligne}/page-de-garde", cookies=rh.cookies,
        data={"_jeton": rh.jeton},
    )  # fmt: skip

    assert "Tournée du 30/09/2026" in text_of(await run.read())
    assert 403 == refused.status
    assert "Imprimer la page de garde" in window.texte
    assert ours.ligne in text_of(await cover.read())


async def test_the_outbox_is_seen_and_taken_up(maison: Maison) -> None:
    """Without a server messages wait, in sight of the administrator only."""
    new = CourrielNouveau(
        cle="x", objet="CR-1", destinataire="rh@exemple.fr", sujet="Un courrier",
        corps="…",
    )  # fmt: skip
    maison.db.write(mail.post, new, NOW)
    (one,) = maison.db.read(mail.listing)
    maison.db.write(mail._told, one.id, 550, "5.1.1 inconnu", NOW)
    admin, rh = (
        await sign_in(maison, "administrateur"),
        await sign_in(maison, "rh_azur"),
    )
    page = await visit(admin, "GET", "/courriels?etat=arrete")
    hidden = await visit(rh, "GET", "/courriels")
    taken = await visit(admin, "POST", f"/courriels/{one.id}/reprendre", champs={})
    twice = await visit(admin, "POST", f"/courriels/{one.id}/reprendre", champs={})

    assert "550 5.1.1 inconnu" in page.texte
    assert "Aucun serveur de courriel n’est réglé" in page.texte
    assert 403 == hidden.status
    assert (REDIRECTION, 409) == (taken.status, twice.status)
    assert {"en_attente": 1} == maison.db.read(mail.counts)
