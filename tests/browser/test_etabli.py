"""The bench in a real browser: decide, go to the next, undo, lose a race, use the keys."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.maison import Maison, picture, signed_in, violations

pytestmark = pytest.mark.browser
LISTE = "/actions/a_verifier"


def test_a_paper_put_in_anomaly_is_undone_at_once(
    browser: Browser, maison: Maison
) -> None:
    """The reason is asked, the act confirmed, and « Annuler » brings the paper back."""
    with signed_in(browser, maison, "gestionnaire@demo") as clerk:
        page = clerk.page
        clerk.go(LISTE)
        before = page.locator("tbody tr").count()
        page.get_by_role("link", name="Traiter").first.click()
        page.locator("summary", has_text="Refuser").click()
        page.get_by_role("button", name="Mettre en anomalie").click()
        expect(page.get_by_role("alert")).to_contain_text("Dites pourquoi")
        assert [] == violations(page)
        page.get_by_label("Document non signé.").check()
        page.get_by_role("button", name="Mettre en anomalie").click()
        notice = page.locator(".avis-bon")
        expect(notice).to_contain_text("la collectivité voit le motif")
        assert [] == violations(page)
        notice.get_by_role("button", name="Annuler cet acte").click()
        expect(page.locator(".avis-bon")).to_contain_text("remis à vérifier")
        clerk.go(LISTE)
        expect(page.locator("tbody tr")).to_have_count(before)


def test_the_second_of_two_people_is_told(browser: Browser, maison: Maison) -> None:
    """Both look at the same paper; the second act is refused in plain words."""
    with (
        signed_in(browser, maison, "gestionnaire@demo") as first,
        signed_in(browser, maison, "operateur@demo") as second,
    ):
        for one in (first, second):
            one.go(LISTE)
            one.page.get_by_role("link", name="Traiter").first.click()
            one.page.locator("summary", has_text="Tourner").click()
        assert first.page.url == second.page.url
        for one in (first, second):
            one.page.get_by_label("tête en bas").check()
            one.page.get_by_role("button", name="Enregistrer le sens").click()
        expect(first.page.locator(".avis-bon")).to_contain_text("enregistré")
        said = second.page.get_by_role("alert")
        expect(said).to_contain_text("vient d'être traité par quelqu'un d'autre")
        assert [] == violations(second.page)
        first.page.locator("summary", has_text="Tourner").click()
        first.page.get_by_label("comme reçu").check()
        first.page.get_by_role("button", name="Enregistrer le sens").click()


def test_single_keys_act_only_when_switched_on(
    browser: Browser, maison: Maison
) -> None:
    """Off by default (WCAG 2.1.4); on, they open a decision; never while typing."""
    with signed_in(browser, maison, "gestionnaire@demo") as clerk:
        page = clerk.page
        clerk.go(LISTE)
        page.get_by_role("link", name="Traiter").first.click()
        block = page.locator("details.bloc", has_text="Corriger le type")
        page.locator("h1").click()
        page.keyboard.press("t")
        expect(block).not_to_have_attribute("open", "")
        page.get_by_label("Activer les raccourcis").check()
        page.locator("h1").click()
        page.keyboard.press("t")
        expect(block).to_have_attribute("open", "")
        expect(page.locator("#type")).to_be_focused()
        picture(page, "etabli", is_whole=True)
        assert [] == clerk.plaintes


def test_a_line_found_by_name_is_tied_then_untied(
    browser: Browser, maison: Maison
) -> None:
    """No candidate is right: search, tie, the next paper comes, undo gives it back."""
    with signed_in(browser, maison, "gestionnaire@demo") as clerk:
        page = clerk.page
        clerk.go(LISTE)
        page.get_by_role("link", name="Traiter").first.click()
        paper = page.url
        block = page.locator("details.bloc", has_text="Chercher une autre ligne")
        if block.get_attribute("open") is None:
            block.locator("summary").click()
        home = page.locator(".chapeau").inner_text().split(",")[0]
        with signed_in(browser, maison, "operateur@demo") as other:
            other.go("/documents-manquants")
            line = other.page.locator("tbody tr", has_text=home).first
            name = line.locator("th a").inner_text().split()[0]
        page.get_by_label("Nom, prénom ou n° de dossier").fill(name)
        page.get_by_role("button", name="Chercher").click()
        page.locator("#trouvees").get_by_role("button", name="Rattacher").first.click()
        notice = page.locator(".avis-bon")
        expect(notice).to_contain_text("Document rattaché")
        assert paper != page.url
        notice.get_by_role("button", name="Annuler cet acte").click()
        expect(page.locator(".avis-bon")).to_contain_text("de nouveau ouverte")


def test_a_collectivite_sees_its_anomaly_but_not_the_bench(
    browser: Browser, maison: Maison
) -> None:
    """The work screen is not for them: a polite page says so."""
    with signed_in(browser, maison, "gestionnaire@demo") as clerk:
        clerk.go(LISTE)
        clerk.page.get_by_role("link", name="Traiter").first.click()
        address = clerk.page.url.removeprefix(maison.url)
    with signed_in(browser, maison, "rh.1@demo") as rh:
        rh.go(address)
        expect(rh.page.get_by_role("heading", level=1)).to_contain_text("non autorisée")
        assert [] == violations(rh.page)
        rh.go(LISTE)
        expect(rh.page.get_by_role("heading", level=1)).to_contain_text("Introuvable")
