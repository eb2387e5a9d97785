"""S25, S13, S11 in a real browser: choose, see, download, follow what is held back."""

import re

import pytest
from playwright.sync_api import Browser

from tests.browser.maison import Maison, picture, signed_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("has_script", [True, False])
def test_a_collectivite_downloads_its_bordereaux(
    browser: Browser, maison: Maison, has_script: bool
) -> None:
    """The colis is chosen in a list; bordereau and décompte come as files."""
    with signed_in(browser, maison, "rh.2@demo", has_script=has_script) as rh:
        page = rh.page
        page.get_by_role("link", name="Bordereaux", exact=True).click()
        page.get_by_role("heading", level=1, name="Bordereaux et décomptes").wait_for()
        picture(page, "bordereaux")
        last = page.get_by_label("Colis", exact=True).locator("option").count() - 1
        page.get_by_label("Colis", exact=True).select_option(index=last)
        page.get_by_role("button", name="Voir ce colis").click()
        for name, suffix in (("PDF", ".pdf"), ("XLSX", ".xlsx"), ("CSV", ".csv")):
            with page.expect_download() as waiting:
                page.get_by_role("link", name=f"en {name}").first.click()
            file = waiting.value
            assert file.suggested_filename.endswith(suffix)
            assert file.path().stat().st_size > 300
        with page.expect_download() as waiting:
            page.get_by_role("link", name="Décompte du bordereau").first.click()
        assert b"%PDF-" == waiting.value.path().read_bytes()[:5]
        assert [] == rh.plaintes


def test_what_is_held_back_leads_to_the_missing_paper(
    browser: Browser, maison: Maison
) -> None:
    """From the bordereau to the event's sums, then to the integration window."""
    with signed_in(browser, maison, "gestionnaire@demo") as staff:
        page = staff.page
        staff.go("/bordereaux")
        held = page.locator("tr", has_text=re.compile(r"[1-9]\d*\s+bloquée"))
        held.get_by_role("link", name="n° B").first.click()
        page.locator("tr", has_text="Bloquée").locator("td a.sobre").first.click()
        page.get_by_role("heading", name="Sommes réglées et bloquées").wait_for()
        picture(page, "sommes", is_whole=True)
        page.get_by_role("link", name="Ajouter une période d’arrêt").wait_for()
        page.get_by_role("link", name="Envoyer").first.click()
        page.get_by_role("button", name="Intégrer").wait_for()
        assert [] == staff.plaintes


def test_a_releve_is_filtered(browser: Browser, maison: Maison) -> None:
    """The period and the nature narrow the list; nothing found is said."""
    with signed_in(browser, maison, "rh.2@demo") as rh:
        page = rh.page
        rh.go("/releves")
        picture(page, "releves", is_whole=True)
        assert page.locator("tbody tr").count()
        page.get_by_label("Nom ou prénom de l’agent").fill("personne-de-ce-nom")
        page.get_by_role("button", name="Filtrer").click()
        page.get_by_text("Aucun remboursement").wait_for()
        assert [] == rh.plaintes
