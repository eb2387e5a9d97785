"""The simulator through the portal by HTTP: results, what is kept typed, isolation."""

import datetime as dt
import html
import io
import re
from typing import Any

import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from records.bareme import shipped
from records.droits import AvisArret, Profil, Situation, Statut, simulate
from records.periodes import Periode
from tests.web.maison import Maison, sign_in
from tests.web.monde import Client, make_agent, make_evenement
from tests.web.test_api_register import place
from tests.web.test_portal import visit
from web.api.modeles_droits import MAX_LIGNES, Motif, motifs
from web.droits import profil_json, resultat_json
from web.portal.mois_payes import months
from web.portal.simulation_choix import profile_words
from web.portal.simulation_lue import typed_of

NOUVELLE = "/simulations/nouvelle"
_CHECKED = r'name="(ligne\.[^"]+)" value="oui" checked'
PERSONNE = {
    "situation.statut": "CNRACL",
    "arret.nature": "CMO",
    "arret.debut": "2026-01-05",
    "arret.fin": "30/09/2026",
    "profil.lu": "oui",
    "profil.carence_comptee": "oui",
}
COLLE = (
    "Nature\tDu\tAu\nCMO\t10/01/2025\t20/03/2025\n"
    "CMO;21/03/2025;15/04/2025;prolongation"
)


@pytest.fixture
def maison(maison_entiere: Maison) -> Maison:
    """Open the house with its portal."""
    return maison_entiere


async def _agent(maison: Maison, nom: str = "azur", **changes: Any) -> str:
    client = Client(maison, "administrateur")
    home = await place(client, nom)
    fields = {"regime": "CNRACL"} | changes
    made = await make_agent(client, home, **fields)
    await make_evenement(
        client, made["reference"], date_survenance="2026-08-01",
        consequences=[{"type": "ARRET", "debut": "2026-08-01", "fin": "2026-09-15"},
                      {"type": "PROLONG", "debut": "2026-09-16", "fin": "2026-10-10"}],
    )  # fmt: skip
    return str(made["reference"])


def _text(page: Any) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page.texte))


async def test_a_new_person_gets_a_result(maison: Maison) -> None:
    """Typed and pasted lines count; positions, sentences and sources are shown (S27)."""
    nav = await sign_in(maison, "rh_azur")
    page = await visit(nav, "POST", NOUVELLE, champs={**PERSONNE, "colle": COLLE})

    assert 200 == page.status
    text = _text(page)
    assert "Demi-traitement dès le début de l’arrêt, le 6 janvier 2026" in text
    assert "Retour à plein traitement possible le 10 janvier 2026" in text
    assert "jours à plein traitement déjà pris sur 90" in text
    assert "loi n° 2025-127" in text
    assert 'value="2025-01-10"' in page.texte  # pasted lines are now lines of the form


async def test_what_was_typed_is_kept_on_error(maison: Maison) -> None:
    """The page says the line, the field and what to do; nothing is lost."""
    nav = await sign_in(maison, "rh_azur")
    wrong = {
        **PERSONNE,
        "historique[4].nature": "CMO",
        "historique[4].debut": "2025-05-01",
        "historique[4].fin": "2025-05-31",
        "historique[7].nature": "CMO",
        "historique[7].debut": "20/05/2025",
        "historique[7].fin": "le mois dernier",
        "arret.fin": "",
    }
    page = await visit(nav, "POST", NOUVELLE, champs=wrong)

    assert 422 == page.status
    text = _text(page)
    assert "Ce que vous avez écrit est gardé" in text
    assert "L'arrêt à étudier" in text.replace("’", "'")
    assert "La ligne 2 de l'historique" in text.replace("’", "'")
    for kept in ("le mois dernier", "2025-05-31", "2026-01-05"):
        assert f'value="{kept}"' in page.texte

    overlap = wrong | {"historique[7].fin": "2025-06-10", "arret.fin": "2026-09-30"}
    page = await visit(nav, "POST", NOUVELLE, champs=overlap)
    assert 422 == page.status
    assert 'id="err-historique[1].debut"' in page.texte
    assert "12 jours en commun" in _text(page)


async def test_htmx_gets_a_success_to_show(maison: Maison) -> None:
    """Errors come back in place: htmx swaps only what succeeds."""
    nav = await sign_in(maison, "rh_azur")
    answer = await maison.client.post(
        NOUVELLE,
        data={"_jeton": nav.jeton, **PERSONNE, "arret.fin": ""},
        cookies=nav.cookies,
        headers={"HX-Request": "true"},
    )
    assert 200 == answer.status
    assert "n’est pas fait" in await answer.text()


async def test_lines_that_cannot_be_read_stay_where_they_were_pasted(
    maison: Maison,
) -> None:
    """The good ones become lines, the others wait with what to do."""
    nav = await sign_in(maison, "rh_azur")
    pasted = f"{COLLE}\nCMO;31/02/2025;02/03/2025"
    page = await visit(
        nav, "POST", NOUVELLE, champs={**PERSONNE, "colle": pasted, "acte": "lire"}
    )
    assert "CMO;31/02/2025;02/03/2025</textarea>" in page.texte
    assert "1 ligne(s) non lue(s)" in _text(page)
    assert 'value="2025-03-21"' in page.texte


async def test_the_history_of_an_agent_comes_by_itself(maison: Maison) -> None:
    """S23, S28: the lines are there; one set aside no longer counts."""
    agent = await _agent(maison)
    nav = await sign_in(maison, "rh_azur")
    there = f"/agents/{agent}/simulation"
    page = await visit(nav, "GET", there)
    keys = re.findall(_CHECKED, page.texte)
    assert 2 == len(keys)
    assert 'value="2026-10-11"' in page.texte  # the prolongation is proposed

    arret = {"arret.nature": "CMO", "arret.debut": "2026-10-11",
             "arret.fin": "2026-12-31", "arret.prolongation": "oui",
             "lignes_vues": "oui"}  # fmt: skip
    whole = await visit(
        nav, "POST", there, champs={**arret, **dict.fromkeys(keys, "oui")}
    )
    without = await visit(nav, "POST", there, champs={**arret, keys[1]: "oui"})
    assert "30 octobre 2026" in _text(whole)
    assert "15 décembre 2026" in _text(without)
    left = re.findall(_CHECKED, without.texte)
    assert keys[1:] == left  # the choice is remembered


async def test_an_overlap_in_the_register_is_said_on_its_line(maison: Maison) -> None:
    """The person sees which line, and that it can be set aside."""
    agent = await _agent(maison)
    nav = await sign_in(maison, "rh_azur")
    arret = {"arret.nature": "CMO", "arret.debut": "2026-10-01",
             "arret.fin": "2026-12-31"}  # fmt: skip
    page = await visit(nav, "POST", f"/agents/{agent}/simulation", champs=arret)
    assert 422 == page.status
    assert "10 jours en commun" in _text(page)


async def test_two_hypotheses_side_by_side(maison: Maison) -> None:
    """« Et si ce certificat arrive »: each side has its own days and its own recap."""
    agent = await _agent(maison)
    nav = await sign_in(maison, "rh_azur")
    there = f"/agents/{agent}/simulation"
    arret = {"arret.nature": "CMO", "arret.debut": "2026-10-11",
             "arret.fin": "2026-12-31", "arret.prolongation": "oui"}  # fmt: skip
    asked = {**arret, "comparer": "requalifier", "comparer_le": "2026-08-01"}
    page = await visit(nav, "POST", there, champs=asked)
    assert 2 == page.texte.count("Récapitulatif de l’arrêt")
    assert "requalifiée" in _text(page)
    assert "CLM" in page.texte.split("Récapitulatif de l’arrêt")[2]
    missing = await visit(nav, "POST", there, champs={**asked, "comparer_le": ""})
    assert 422 == missing.status
    assert "Indiquez la date d'effet" in _text(missing).replace("’", "'")
    longer = {**arret, "comparer": "prolonger", "comparer_le": "2027-03-31"}
    page = await visit(nav, "POST", there, champs=longer)
    assert "31/03/2027" in page.texte


async def test_kept_shared_printed_and_foreign(maison: Maison) -> None:
    """The address serves those who see the collectivité; the files say the same."""
    agent = await _agent(maison, nom_famille="Zéphyrin", nom_usage=None)
    nav = await sign_in(maison, "rh_azur")
    arret = {"arret.nature": "CMO", "arret.debut": "2026-10-11",
             "arret.fin": "2026-12-31", "arret.prolongation": "oui",
             "acte": "garder"}  # fmt: skip
    kept = await visit(nav, "POST", f"/agents/{agent}/simulation", champs=arret)
    assert 303 == kept.status
    there = kept.lieu
    assert re.fullmatch(r"/simulations/SI-[0-9A-Z-]+", there)
    page = await visit(nav, "GET", there)
    assert shipped().version in page.texte
    printed = await maison.client.get(f"{there}.pdf", cookies=nav.cookies)
    text = "".join(
        p.extract_text() for p in PdfReader(io.BytesIO(await printed.read())).pages
    )
    assert "demi-traitement" in text
    assert "Zéphyrin" in text
    assert "Zéphyrin" not in printed.headers["Content-Disposition"]
    sheet = await maison.client.get(f"{there}.xlsx", cookies=nav.cookies)
    rows = CalamineWorkbook.from_filelike(
        io.BytesIO(await sheet.read())
    ).get_sheet_by_index(0)
    cells = [cell for row in rows.to_python() for cell in row]
    assert "arrêt étudié" in cells
    assert "demi-traitement" in cells

    foreign = await sign_in(maison, "rh_brume")
    for path in (there, f"{there}.pdf", f"/agents/{agent}/simulation"):
        assert 404 == (await visit(foreign, "GET", path)).status
    lost = await visit(foreign, "POST", f"/agents/{agent}/simulation", champs=arret)
    assert 404 == lost.status
    assert "Zéphyrin" not in (await visit(foreign, "GET", "/simulations")).texte


async def test_the_home_page_warns_thirty_days_ahead(maison: Maison) -> None:
    """One who passes to half pay on 30 October is told on 5 October, with the condition."""
    agent = await _agent(maison, nom_famille="Zéphyrin", nom_usage=None)
    await _agent(maison, "brume", nom_famille="Ailleurs", nom_usage=None)
    maison.clock.instant = dt.datetime(2026, 10, 5, 8, tzinfo=dt.UTC)
    nav = await sign_in(maison, "rh_azur")
    home = await visit(nav, "GET", "/")
    assert "/simulations/alertes" in home.texte
    page = await visit(nav, "GET", "/simulations/alertes")
    text = _text(page)
    assert "Demi-traitement le 30/10/2026" in text
    assert "si l’arrêt est prolongé" in text
    assert agent in page.texte
    assert "Ailleurs" not in text


async def test_an_agent_without_regime_is_told_what_to_fill(maison: Maison) -> None:
    """The page opens, says why nothing can be computed, and where to go."""
    agent = await _agent(maison, regime=None)
    nav = await sign_in(maison, "rh_azur")
    page = await visit(nav, "GET", f"/agents/{agent}/simulation")
    assert 200 == page.status
    assert "complétez sa fiche" in _text(page)


# --- without a house --------------------------------------------------------------------


def test_every_motive_of_the_law_is_offered_and_accepted() -> None:
    """The barème, the API and the form know the same motives."""
    assert set(Motif.__args__) == {code for code, _ in motifs()}


def test_a_pasted_sheet_is_bounded() -> None:
    """A thousand lines are refused in one sentence, not computed."""
    lines = "\n".join(
        f"CMO;01/01/{1950 + n % 70};02/01/{1950 + n % 70}" for n in range(900)
    )
    lue = typed_of({"colle": lines})
    assert MAX_LIGNES == len(lue.lignes)
    assert "colle" in lue.erreurs


def test_each_month_spans_thirty_one_days() -> None:
    """Cells add up, each says its days in words, empty months share a row."""
    situation = Situation(statut=Statut.CNRACL)
    past = AvisArret(
        nature="CMO",
        periode=Periode.inclusive(dt.date(2025, 6, 2), dt.date(2025, 6, 6)),
    )
    days = Periode.inclusive(dt.date(2025, 12, 20), dt.date(2026, 4, 30))
    found = simulate(situation, (past,), AvisArret(nature="CMO", periode=days))
    rows = months(resultat_json(found))

    assert [
        "juin 2025", "juillet 2025", "décembre 2025", "janvier 2026", "février 2026",
        "mars 2026", "avril 2026",
    ] == [row.nom for row in rows]  # fmt: skip
    assert "novembre 2025" == rows[1].jusqu_a
    assert all(31 == sum(case.jours for case in row.cases) for row in rows)
    said = [case.dit for row in rows for case in row.cases if case.position]
    assert "jour de carence à 0 %, du 02/06/2025 au 02/06/2025, historique" == said[0]
    assert any("demi-traitement à 50 %" in one for one in said)


def test_the_ten_choices_are_said_in_order() -> None:
    """P1 to P10, all of them, in words."""
    said = profile_words(profil_json(Profil()))
    assert [f"P{n}." for n in range(1, 11)] == [label.split()[0] for label, _ in said]
    assert "sans autre limite que l’année" == said[5][1]
