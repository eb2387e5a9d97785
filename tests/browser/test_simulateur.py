"""The simulator in a real browser (S23, S27, S28, S29): in place, by keyboard, in grey."""

import datetime as dt
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from socle.clock import SystemClock, legal_day
from tests.browser.maison import (
    Maison,
    Personne,
    overflow,
    picture,
    signed_in,
    tab_to,
    violations,
)

pytestmark = pytest.mark.browser
TODAY = legal_day(SystemClock().now())
LATER = (TODAY + dt.timedelta(days=200)).isoformat()


def _field(page: Page, name: str) -> object:
    return page.locator(f'[id="{name}"]')


def _open(rh: Personne, letters: str) -> Page:
    """Find an agent by three letters and open the simulator."""
    rh.go("/simulations")
    page = rh.page
    page.locator("#q").fill(letters)
    page.get_by_role("link", name=re.compile("Simuler")).first.click()
    return page


def _compute(page: Page) -> None:
    page.get_by_role("button", name="Calculer").last.click()
    expect(page.locator("#resultat")).to_be_visible()


def test_a_known_agent_without_leaving_the_page(
    browser: Browser, maison: Maison
) -> None:
    """S23, S28, S29: the history is there, a line is set aside, the result changes."""
    with signed_in(browser, maison, "rh.1@demo") as rh:
        page = _open(rh, "roch")
        assert [] == violations(page)
        picture(page, "s28-1-agent", is_whole=True)
        loads: list[str] = []
        page.on("load", lambda: loads.append(page.url))
        _field(page, "arret.fin").fill(LATER)
        _compute(page)
        first = page.get_by_role("status").first.inner_text()
        assert "Demi-traitement dès le début" in first
        expect(page.get_by_text("L822-3").first).to_be_visible()
        assert [] == violations(page)
        picture(page, "s29-1-resultat", is_whole=True)
        page.locator(".lignes-historique input").last.uncheck()
        _compute(page)
        expect(page.get_by_role("status").first).not_to_have_text(first)
        assert [] == loads  # nothing was reloaded
        page.get_by_text("Comparer avec une autre hypothèse").click()
        page.locator("#comparer").select_option("requalifier")
        page.locator("#comparer_le").fill("")
        page.get_by_role("button", name="Calculer").last.click()
        expect(page.get_by_role("alert")).to_contain_text("date d'effet")
        assert LATER == _field(page, "arret.fin").input_value()
        assert [] == violations(page)
        page.locator("#comparer_le").fill((TODAY - dt.timedelta(days=90)).isoformat())
        _compute(page)
        expect(page.get_by_role("heading", level=3)).to_have_count(2)
        assert [] == violations(page)
        picture(page, "s29-2-comparaison", is_whole=True)
        assert [] == rh.plaintes


def test_it_is_kept_shared_and_printed(browser: Browser, maison: Maison) -> None:
    """The address opens for a colleague of the collectivité; PDF and XLSX download."""
    with signed_in(browser, maison, "rh.2@demo") as rh:
        page = _open(rh, "vall")
        _field(page, "arret.fin").fill(LATER)
        _compute(page)
        page.get_by_role("button", name="Garder et partager").click()
        expect(page.get_by_text("Cette page ne change pas")).to_be_visible()
        assert [] == violations(page)
        picture(page, "s29-3-gardee", is_whole=True)
        place = page.url.removeprefix(maison.url)
        for kind in ("PDF", "tableur"):
            with page.expect_download() as found:
                page.get_by_role(
                    "link", name=re.compile(f"Télécharger.*{kind}")
                ).click()
            assert found.value.suggested_filename.startswith("simulation-droits")
    with signed_in(browser, maison, "gestionnaire@demo") as colleague:
        colleague.go(place)
        expect(colleague.page.get_by_role("heading", level=1)).to_contain_text(
            "VALLERAND"
        )
    with signed_in(browser, maison, "rh.1@demo") as foreign:
        foreign.go(place)
        expect(foreign.page.get_by_role("heading", level=1)).to_contain_text(
            "Introuvable"
        )


def test_a_new_person_is_typed_or_pasted(browser: Browser, maison: Maison) -> None:
    """S27: lines pasted become lines of the form; a wrong one waits, told in place."""
    with signed_in(browser, maison, "rh.1@demo") as rh:
        rh.go("/simulations/nouvelle")
        page = rh.page
        assert [] == violations(page)
        page.get_by_role("button", name="Calculer").last.click()
        expect(page.get_by_role("alert")).to_contain_text("n’est pas fait")
        assert [] == violations(page)
        picture(page, "s27-1-erreurs", is_whole=True)
        _field(page, "situation.statut").select_option("IRCANTEC")
        _field(page, "arret.debut").fill("2026-01-05")
        _field(page, "arret.fin").fill("2026-09-30")
        page.get_by_text("Coller ou importer depuis un tableur").click()
        page.locator("#fichier").set_input_files(
            {
                "name": "arrets.csv",
                "mimeType": "text/csv",
                "buffer": b"Nature;Du;Au\nCMO;10/01/2025;20/03/2025\n"
                b"CMO;31/02/2025;1\n",
            }
        )
        page.get_by_role("button", name="Importer ce fichier").click()
        expect(page.get_by_role("alert")).to_contain_text("Ligne 3 du fichier")
        assert [] == violations(page)
        picture(page, "s27-1-import", is_whole=True)
        assert "2025-01-10" == _field(page, "historique[0].debut").input_value()
        assert "31/02/2025" == _field(page, "historique[1].debut").input_value()
        _field(page, "historique[1].debut").fill("01/04/2025")
        _field(page, "historique[1].fin").fill("05/04/2025")
        page.get_by_text("Coller ou importer depuis un tableur").click()
        page.locator("#colle").fill("CMO;10/05/2025;12/05/2025\nCongé;1é")
        page.get_by_role("button", name="Calculer").last.click()
        expect(page.get_by_role("alert")).to_contain_text("non lue")
        expect(page.locator("#colle")).to_have_value("Congé;1é")
        assert "2025-05-10" == _field(page, "historique[2].debut").input_value()
        page.locator("#colle").fill("")
        _compute(page)
        expect(
            page.get_by_text("sécurité sociale viennent en déduction")
        ).to_be_visible()
        assert [] == violations(page)
        picture(page, "s27-2-resultat", is_whole=True)


def test_the_keyboard_is_enough(browser: Browser, maison: Maison) -> None:
    """From the first field to the result, and the months are reached too."""
    with signed_in(browser, maison, "rh.1@demo") as rh:
        rh.go("/simulations/nouvelle")
        page = rh.page
        tab_to(page, "select[name='situation.statut']")
        page.keyboard.type("Fonctionnaire C")
        tab_to(page, "input[name='arret.debut']")
        page.keyboard.type("01052026")
        tab_to(page, "input[name='arret.fin']")
        page.keyboard.type("09302026")
        page.keyboard.press("Enter")
        expect(page.locator("#resultat")).to_be_visible()
        tab_to(page, ".paye-cadre", limit=120)
        width = page.evaluate(
            "parseFloat(getComputedStyle(document.activeElement).outlineWidth)"
        )
        assert width >= 2


def test_the_meaning_survives_in_grey(browser: Browser, maison: Maison) -> None:
    """Without colour, each position still has its letter, its words and its pattern."""
    with signed_in(browser, maison, "rh.2@demo") as rh:
        page = _open(rh, "vall")
        _field(page, "arret.fin").fill(LATER)
        _compute(page)
        cells = page.locator(".mois-payes td[class^='pos-']")
        said = set(cells.locator(".visually-hidden").all_inner_texts())
        assert any("demi-traitement à 50 %" in one for one in said)
        assert any("droits épuisés à 0 %" in one for one in said)
        looks = page.evaluate(
            "() => ['plein', 'demi', 'carence', 'sans_traitement', 'epuise'].map((one) =>"
            " getComputedStyle(document.querySelector(`.paye-legende .pos-${one}`))"
            ".backgroundImage.replace(/rgba?\\([^)]*\\)/g, ''))"
        )
        assert 5 == len(set(looks))  # five patterns once the colours are left out
        spy = page.context.new_cdp_session(page)
        spy.send("Emulation.setEmulatedVisionDeficiency", {"type": "achromatopsia"})
        picture(page, "s29-4-gris", is_whole=True)


@pytest.mark.parametrize("width", [320, 640])
def test_the_simulator_fits_narrow_screens(
    browser: Browser, maison: Maison, width: int
) -> None:
    """Nothing overflows at 320 px, nor at 200 % zoom; the months scroll in their frame."""
    with signed_in(browser, maison, "gestionnaire@demo", width=width) as rh:
        page = _open(rh, "vall")
        _field(page, "arret.fin").fill(LATER)
        _compute(page)
        assert 0 == overflow(page)
        assert [] == violations(page)
        picture(page, f"s29-{width}", is_whole=True)


def test_it_works_without_script(browser: Browser, maison: Maison) -> None:
    """Every step is a plain form, alerts included."""
    with signed_in(browser, maison, "rh.2@demo", has_script=False) as rh:
        page = rh.page
        page.get_by_role("link", name=re.compile("Agents qui passent")).click()
        expect(page.get_by_text("Droits épuisés le")).to_be_visible()
        assert [] == [one for one in rh.plaintes if "CSP" not in one]
        page.get_by_role("link", name=re.compile("Simuler")).first.click()
        _field(page, "arret.fin").fill(LATER)
        page.get_by_role("button", name="Calculer").last.click()
        expect(page.locator("#resultat")).to_be_visible()


def test_the_home_page_shows_the_alerts(browser: Browser, maison: Maison) -> None:
    """They come by themselves under the basket."""
    with signed_in(browser, maison, "gestionnaire@demo") as rh:
        page = rh.page
        expect(page.get_by_text("Demi-traitement le").first).to_be_visible()
        expect(page.get_by_text("Droits épuisés le").first).to_be_visible()
        assert [] == violations(page)
        picture(page, "s01-alertes", is_whole=True)
