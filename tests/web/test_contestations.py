"""Answering a letter's line without a paper: a task, a delay, an effect of silence."""

import datetime as dt

import pytest

from letters import plans
from records.comptes import HOUSE
from records.store import contestations, taches
from records.vocabulary import Typologie
from tests.letters.bureau import make_bureau
from tests.web.maison import NOW, Maison, sign_in
from tests.web.monde import Client
from tests.web.test_portal import REDIRECTION, make_dossier, visit

WHY = "Le médecin a cessé son activité."


@pytest.fixture
def maison(maison_entiere: Maison) -> Maison:
    """Open the house with its portal."""
    return maison_entiere


async def test_said_impossible_it_waits_for_an_answer(maison: Maison) -> None:
    """The line closes at once; refused, it opens again; said twice is a conflict."""
    ours = await make_dossier(maison)
    rh, clerk = Client(maison, "rh_azur"), Client(maison, "gestionnaire")
    path = f"/pieces-attendues/{ours.ligne}"
    said = await rh("POST", f"{path}/impossible", json={"motif": WHY}, expect=200)
    await rh("POST", f"{path}/mal-lue", json={"motif": WHY}, expect=409)
    known = await rh("GET", f"{path}/contestation", expect=200)
    told = {"reponse": "refusee", "motif": "Un duplicata se demande au cabinet."}
    await rh("POST", f"{path}/reponse", json=told, expect=403)
    await clerk("POST", f"{path}/reponse", json=told, expect=200)
    await clerk("POST", f"{path}/reponse", json=told, expect=409)
    again = await rh("GET", path, expect=200)

    assert "impossible_declaree" == said["etat"]
    # ten working days after Wednesday 30 September 2026
    assert "2026-10-14" == known["echeance"]
    assert "Sans réponse au 14/10/2026" in known["effet_du_silence"]
    assert "attendue" == again["etat"]
    assert 0 == maison.db.read(taches.counts, HOUSE).get("contestation", 0)


async def test_said_misread_nobody_is_reminded(
    maison: Maison, tmp_path: object
) -> None:
    """Through the portal: the demand is told, listed, answered; no letter meanwhile."""
    ours = await make_dossier(maison)
    rh = await sign_in(maison, "rh_azur")
    clerk = await sign_in(maison, "gestionnaire")
    window = await visit(rh, "GET", f"/pieces-attendues/{ours.ligne}/integration")
    posted = await visit(
        rh, "POST", f"/pieces-attendues/{ours.ligne}/contester",
        champs={"nature": "mal_lue", "motif": WHY},
    )  # fmt: skip
    listed = await visit(clerk, "GET", "/actions/contestation")
    bureau = make_bureau(maison.db, tmp_path)  # type: ignore[arg-type]
    place = maison.collectivites["azur"]
    plan = maison.db.read(plans.plan, place, dt.date(2027, 6, 1))
    answered = await visit(
        clerk, "POST", f"/pieces-attendues/{ours.ligne}/repondre",
        champs={"reponse": "acceptee", "motif": "Relue, merci."},
    )  # fmt: skip
    seen = await visit(rh, "GET", f"/pieces-attendues/{ours.ligne}/integration")
    after = maison.db.read(plans.plan, place, dt.date(2027, 6, 1))

    assert bureau.db is maison.db
    assert "Je ne peux pas la fournir" in window.texte
    assert "Vous l’avez mal lue" in window.texte
    assert REDIRECTION == posted.status == answered.status
    assert WHY in listed.texte
    assert f"/pieces-attendues/{ours.ligne}/integration#autrement" in listed.texte
    assert {"contestation"} == {
        s.motif for s in plan.suspensions if s.piece.reference == ours.ligne
    }
    assert ours.ligne not in {d.piece.reference for d in plan.demandes}
    assert "Relue, merci." in seen.texte
    assert ours.ligne in {d.piece.reference for d in after.demandes}


async def test_silence_has_its_effect(maison: Maison) -> None:
    """Past the day: the impossible is accepted, the misread goes to the administrator."""
    ours = await make_dossier(maison)
    rh = Client(maison, "rh_azur")
    lines = (await rh("GET", "/pieces-attendues", expect=200))["elements"]
    first, second = (line["reference"] for line in lines[:2])
    act = {"motif": WHY}
    await rh("POST", f"/pieces-attendues/{first}/impossible", json=act, expect=200)
    await rh("POST", f"/pieces-attendues/{second}/mal-lue", json=act, expect=200)

    early = maison.db.write(contestations.expire, dt.date(2026, 10, 14), NOW)
    late = maison.db.write(contestations.expire, dt.date(2026, 10, 15), NOW)

    ended = await rh("GET", f"/pieces-attendues/{first}/contestation", expect=200)
    other = await rh("GET", f"/pieces-attendues/{second}/contestation", expect=200)
    found = maison.db.read(taches.listing, HOUSE, (Typologie.CONTESTATION.code,))
    assert ours.ligne in {first, second, *(line["reference"] for line in lines)}
    assert (0, 2) == (early, late)
    assert "silence" == ended["reponse"]
    assert other["reponse"] is None
    assert ["administrateur"] == [task.proprietaire for task in found.elements]


async def test_nothing_was_said_of_most_lines(maison: Maison) -> None:
    """A line nobody spoke of has nothing to show; a demand needs its reason."""
    ours = await make_dossier(maison)
    rh = Client(maison, "rh_azur")

    await rh("GET", f"/pieces-attendues/{ours.ligne}/contestation", expect=404)
    path = f"/pieces-attendues/{ours.ligne}/mal-lue"
    await rh("POST", path, json={"motif": "  "}, expect=422)
