"""Walks of the client space: lists of leaves, help, exports, accounts, second factor."""

import re

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.maison import (
    Maison,
    new_context,
    overflow,
    picture,
    signed_in,
    violations,
)

pytestmark = pytest.mark.browser

# the first PDF of a service reads its fonts: long on a machine that does much else
SLOW_MS = 90_000


def test_a_list_of_leaves_is_asked_edited_and_scheduled(
    browser: Browser, maison: Maison
) -> None:
    """S30 to S33: parameters, continue, risk, edit; weekly; taken away; stopped."""
    with signed_in(browser, maison, "rh.1@demo") as rh:
        page = rh.page
        page.set_default_timeout(SLOW_MS)
        page.get_by_role("link", name="Liste des arrêts").click()
        page.get_by_role("link", name="Demander une liste").click()
        page.get_by_label("Catégorie d’agent").select_option("CNRACL")
        page.get_by_label("Type de liste").select_option("en_cours")
        assert [] == violations(page)
        picture(page, "S30-liste-parametres")
        page.get_by_role("button", name="Continuer").click()
        page.get_by_label("Maladie ordinaire").check()
        page.get_by_label("Fréquence").select_option("hebdomadaire")
        page.get_by_label("Destinataires").fill("rh@valbrune")
        assert [] == violations(page)
        picture(page, "S31-liste-risque", is_whole=True)
        page.get_by_role("button", name="Éditer la liste").click()
        expect(page.get_by_role("alert")).to_contain_text("adresse électronique")
        assert page.get_by_label("Maladie ordinaire").is_checked()
        assert [] == violations(page)
        page.get_by_label("Destinataires").fill("rh@valbrune.example")
        page.get_by_role("button", name="Éditer la liste").click()
        expect(page.get_by_role("status")).to_contain_text("éditée")
        expect(page.get_by_text("Chaque semaine, le lundi")).to_be_visible()
        with page.expect_download() as got:
            page.get_by_role("link", name="PDF de l’édition n° 1").click()
        assert got.value.suggested_filename.endswith(".pdf")
        assert [] == violations(page)
        picture(page, "S33-liste-programmee", is_whole=True)
        page.get_by_role("link", name="n° 1", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("édition n° 1")
        assert [] == violations(page)
        picture(page, "S32-liste-edition", is_whole=True)
        page.go_back()
        page.get_by_role("button", name="Arrêter la programmation").click()
        expect(page.get_by_role("status")).to_contain_text("ne sera plus éditée")
        assert [] == [one for one in rh.plaintes if "status of 422" not in one]


def test_lists_are_taken_away(browser: Browser, maison: Maison) -> None:
    """S14, S15: the filters of the screen are those of the file."""
    with signed_in(browser, maison, "rh.2@demo") as rh:
        for path, name in (
            ("/documents-manquants?tri=nom", "documents-manquants"),
            ("/documents?etat=rattache", "documents-integres"),
        ):
            rh.go(path)
            for kind in ("Excel", "PDF"):
                with rh.page.expect_download() as got:
                    rh.page.locator(".exports").get_by_role("link", name=kind).click()
                assert got.value.suggested_filename.startswith(name)
            picture(rh.page, f"S14-S15-{name}")
        assert [] == rh.plaintes


@pytest.mark.parametrize("width", [1280, 320])
def test_absences_are_looked_at(browser: Browser, maison: Maison, width: int) -> None:
    """Four tables with bars: numbers beside, nothing overflows, nothing refused."""
    with signed_in(browser, maison, "rh.3@demo", width=width) as rh:
        rh.go("/absences")
        assert 4 == rh.page.locator(".dessin").count()
        drawn = rh.page.locator(".barres rect.barre-corps").first
        assert drawn.evaluate("(r) => getComputedStyle(r).fill.includes('motif')")
        assert [] == violations(rh.page)
        assert 0 == overflow(rh.page)
        assert [] == rh.plaintes
        picture(rh.page, f"absences-{width}", is_whole=True)


def test_help_is_one_click_away_and_searched(browser: Browser, maison: Maison) -> None:
    """S24: from a screen to its page, a word, a section, a picture that shows."""
    with signed_in(browser, maison, "rh.2@demo") as rh:
        page = rh.page
        rh.go("/documents-manquants")
        page.get_by_role("link", name="Aide").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Documents manquants")
        shown = page.locator(".aide-page img").first
        shown.scroll_into_view_if_needed()
        page.wait_for_function(
            "() => document.querySelector('.aide-page img').naturalWidth > 300"
        )
        assert [] == violations(page)
        picture(page, "S24-aide")
        page.get_by_role("textbox", name="Chercher dans l’aide").fill("sans arret")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="AT sans arrêt").click()
        assert page.url.endswith("/aide/declarer#at-sans-arret")
        assert [] == rh.plaintes


def test_an_account_is_opened_activated_and_given_a_second_factor(
    browser: Browser, maison: Maison
) -> None:
    """The administrator opens, the newcomer activates, enrols, comes back with a code."""
    who, password = "nouvelle@valbrune.example", "une phrase longue pour elle seule"
    with signed_in(browser, maison, "administrateur@demo") as admin:
        page = admin.page
        page.get_by_role("link", name="Administration").click()
        page.get_by_role("link", name="Ouvrir un compte").click()
        page.get_by_label("Identifiant").fill(who)
        page.get_by_label("Rôle").select_option("collectivite")
        page.get_by_label("Collectivités").select_option(index=0)
        assert [] == violations(page)
        picture(page, "compte-nouveau")
        page.get_by_role("button", name="Ouvrir le compte").click()
        link = page.get_by_label("Lien à usage unique").input_value()
        assert [] == violations(page)
        page.get_by_role("link", name="J’ai transmis le lien").click()
        expect(page.get_by_text("en attente d’activation")).to_be_visible()
        assert [] == violations(page)
        picture(page, "compte-fiche", is_whole=True)
        assert [] == admin.plaintes
    context = new_context(browser)
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda m: complaints.append(m.text) if m.type == "error" else None
    )
    page.goto(maison.place("/" + link.split("/", 3)[3]))
    for label in ("Mot de passe", "Le même mot de passe, une seconde fois"):
        page.get_by_label(label, exact=True).fill(password)
    page.get_by_role("button", name="Activer mon compte").click()
    _sign_in(page, who, password)
    page.goto(maison.place("/compte"))
    page.get_by_role("link", name="Activer le second facteur").click()
    page.get_by_role("button", name="Commencer").click()
    page.wait_for_function("() => document.querySelector('.qr').naturalWidth > 100")
    assert [] == violations(page)
    picture(page, "second-facteur", is_whole=True)
    secret = page.locator(".marche .reference").inner_text().replace(" ", "")
    page.get_by_label("Code à six chiffres").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Activer le second facteur").click()
    assert 10 == page.locator(".codes li").count()
    spare = page.locator(".codes li").first.inner_text()
    assert [] == violations(page)
    page.get_by_role("button", name="Se déconnecter").click()
    page.goto(maison.place("/connexion"))
    _sign_in(page, who, password)
    expect(page.get_by_role("heading", level=1)).to_have_text("Second facteur")
    assert [] == violations(page)
    picture(page, "connexion-code")
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("alert")).to_contain_text("pas le bon")
    page.get_by_label("Code").fill(spare)
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mes actions en cours")
    assert [] == [one for one in complaints if not re.search("status of 422", one)]
    context.close()


def _sign_in(page: Page, who: str, password: str) -> None:
    page.get_by_label("Identifiant").fill(who)
    page.get_by_label("Mot de passe").fill(password)
    page.get_by_role("button", name="Se connecter").click()
