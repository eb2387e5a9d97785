"""Letters on paper and by mail, through the doors: run, cover, grounds, outbox."""

import asyncio
import datetime as dt

import pytest

from letters import edition
from records.store import courriels
from socle import mail
from socle.mail import CourrielNouveau
from tests.letters.bureau import text_of
from tests.socle.facteur import serving
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


async def refused(maison: Maison, objet: str) -> int:
    """Have a server refuse the one message written, for good; return its number."""
    new = CourrielNouveau(
        cle="x", objet=objet, destinataire="rh@exemple.fr", sujet="Un courrier",
        corps="…", proprietaire=maison.collectivites["azur"],
    )  # fmt: skip
    maison.db.write(mail.post, new, NOW)
    with serving("550") as server:
        reached = mail.serveur_of(
            f"smtp://127.0.0.1:{server.port}?expediteur=avis@exemple.fr"
        )
        await asyncio.to_thread(
            mail.deliver, maison.db, reached, NOW, on_stopped=courriels.tell
        )
    (one,) = maison.db.read(mail.listing)
    return one.id


async def test_the_outbox_is_seen_and_taken_up(maison: Maison) -> None:
    """Without a server messages wait, in sight of the administrator only."""
    number = await refused(maison, "CR-1")
    admin, rh = (
        await sign_in(maison, "administrateur"),
        await sign_in(maison, "rh_azur"),
    )
    page = await visit(admin, "GET", "/courriels?etat=arrete")
    hidden = await visit(rh, "GET", "/courriels")
    act = f"/courriels/{number}/reprendre"
    taken = await visit(admin, "POST", act, champs={"retour": "/courriels"})
    await visit(admin, "POST", act, champs={"retour": "/courriels"})
    told = await visit(admin, "GET", "/courriels")

    assert "550 5.2.0 non" in page.texte
    assert "Aucun serveur de courriel n’est réglé" in page.texte
    assert 403 == hidden.status
    assert (REDIRECTION, "/courriels") == (taken.status, taken.lieu)
    assert "est plus arrêté" in told.texte
    assert {"en_attente": 1} == maison.db.read(mail.counts)


async def test_a_mail_refused_is_a_task(maison: Maison) -> None:
    """The clerk of that collectivité sees the address and why, and sends it again."""
    await make_dossier(maison)
    reference = issue(maison)
    number = await refused(maison, reference)
    clerk, rh = await sign_in(maison, "gestionnaire"), await sign_in(maison, "rh_azur")
    page = await visit(clerk, "GET", "/actions/courriel_non_remis")
    letter = await visit(clerk, "GET", f"/courriers/{reference}")
    hidden = await visit(rh, "GET", "/actions/courriel_non_remis")
    act = f"/courriels/{number}/reprendre"
    by_rh = await visit(rh, "POST", act, champs={})
    by_clerk = await visit(clerk, "POST", act, champs={})
    after = await visit(clerk, "GET", "/actions/courriel_non_remis")

    for seen in (page, letter):
        assert "rh@exemple.fr" in seen.texte
        assert "cette boîte ne prend pas le message" in seen.texte
        assert f'action="{act}"' in seen.texte
    assert f'href="/courriers/{reference}"' in page.texte
    assert (404, 403, REDIRECTION) == (hidden.status, by_rh.status, by_clerk.status)
    assert {"en_attente": 1} == maison.db.read(mail.counts)
    assert "Rien à traiter ici" in after.texte


async def test_a_mail_refused_is_set_aside(maison: Maison) -> None:
    """Its task is closed and the message stays stopped; nobody's twice."""
    number = await refused(maison, "CR-1")
    clerk = await sign_in(maison, "gestionnaire")
    act = f"/courriels/{number}/classer"
    first = await visit(clerk, "POST", act, champs={})
    again = await visit(clerk, "POST", act, champs={})

    assert (REDIRECTION, 404) == (first.status, again.status)
    assert {"arrete": 1} == maison.db.read(mail.counts)


@pytest.mark.parametrize(
    ("code", "detail", "reason"),
    [
        (550, "5.1.1 <rh@exemple.fr> unknown", "cette adresse n’existe pas"),
        (552, "", "cette boîte est pleine"),
        (554, "5.7.1 blocked", "ce serveur refuse nos messages"),
        (571, "", "ce serveur refuse le message"),
    ],
)
def test_a_refusal_is_said_in_french(code: int, detail: str, reason: str) -> None:
    """The enhanced code says it best, else the code; a person reads a reason."""
    seen = mail.CourrielVu(
        id=1, objet="CR-1", proprietaire=None, destinataire="rh@exemple.fr", sujet="x",
        etat=mail.EtatCourriel.ARRETE, nb_essais=1, prochain_at=NOW, dernier_code=code,
        dernier_detail=detail, cree_at=NOW, envoye_at=None,
    )  # fmt: skip

    assert reason == courriels.why(seen)
