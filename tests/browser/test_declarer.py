"""Declaring in a real browser (S05 to S08): errors in place, drafts, what is asked."""

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
    violations,
)

pytestmark = pytest.mark.browser
TODAY = legal_day(SystemClock().now())


def _day(days_ago: int) -> str:
    return (TODAY - dt.timedelta(days=days_ago)).isoformat()


def _start(rh: Personne, nature: str) -> None:
    """Find an agent by three letters and open the form of a nature."""
    rh.go("/declarer")
    page = rh.page
    page.locator("#q").fill("sai")
    page.get_by_role(
        "link", name=re.compile("Déclarer un évènement pour")
    ).first.click()
    page.get_by_role("link", name=nature, exact=True).click()


def _fill_accident(page: Page) -> None:
    page.get_by_label("Heure de l'accident").fill("08:45")
    page.get_by_label("Lieu de l'accident").fill("Atelier municipal")
    page.get_by_label("Circonstances détaillées").fill("Chute d'un escabeau.")
    page.get_by_label("Nature des lésions").fill("entorse")


def test_an_accident_is_declared_with_its_leave(
    browser: Browser, maison: Maison
) -> None:
    """S05, S06: nature, fields, a leave; what is asked before; the instant after."""
    with signed_in(browser, maison, "rh.2@demo") as rh:
        page = rh.page
        _start(rh, "Accident de service")
        page.get_by_role("button", name="Enregistrer la déclaration").click()
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("Rien n’est enregistré")
        assert [] == violations(page)
        picture(page, "s05-1-erreurs", is_whole=True)
        page.get_by_label("Date de l’évènement").fill(_day(9))
        _fill_accident(page)
        expect(page.locator("#prevues")).to_contain_text("Certificat médical")
        expect(page.locator("#prevues")).not_to_contain_text("Avis d'arrêt")
        page.get_by_label("Conséquence à ajouter").select_option("ARRET")
        page.get_by_role("button", name="Ajouter une conséquence").click()
        assert (
            "Atelier municipal" == page.get_by_label("Lieu de l'accident").input_value()
        )
        page.get_by_label("Premier jour").fill(_day(9))
        page.get_by_label("Dernier jour").fill(_day(3))
        expect(page.locator("#prevues")).to_contain_text("Avis d'arrêt de travail")
        expect(page.locator("#prevues")).to_contain_text("Bulletin de salaire")
        asked = page.locator("#prevues li").count()
        assert [] == violations(page)
        picture(page, "s05-2-prevues", is_whole=True)
        page.get_by_role("button", name="Enregistrer la déclaration").click()
        said = page.get_by_role("status").first
        expect(said).to_contain_text("Cet enregistrement vaut déclaration")
        expect(
            page.get_by_text(re.compile(r"\d\d.s \(heure de Paris\)"))
        ).to_have_count(2)
        lines = page.locator("table", has_text="Exigible le").locator("tbody tr")
        assert asked == lines.count()
        assert [] == violations(page)
        picture(page, "s05-3-declare", is_whole=True)
        assert [] == [one for one in rh.plaintes if "422" not in one]


def test_an_accident_without_leave_asks_for_no_leave_paper(
    browser: Browser, maison: Maison
) -> None:
    """« AT sans arrêt »: no avis d'arrêt, no bulletin."""
    with signed_in(browser, maison, "rh.2@demo") as rh:
        page = rh.page
        _start(rh, "Accident de service")
        page.get_by_label("Date de l’évènement").fill(_day(5))
        page.get_by_label("AT sans arrêt").check()
        _fill_accident(page)
        page.get_by_role("button", name="Enregistrer la déclaration").click()
        table = page.locator("table", has_text="Exigible le")
        expect(table).to_contain_text("Certificat médical")
        expect(table).not_to_contain_text("Avis d'arrêt de travail")
        expect(table).not_to_contain_text("Bulletin de salaire")


def test_a_draft_is_kept_taken_up_again_and_gone_once_declared(
    browser: Browser, maison: Maison
) -> None:
    """What was typed waits in the drafts; declaring it removes it."""
    with signed_in(browser, maison, "rh.2@demo") as rh:
        page = rh.page
        _start(rh, "Congé de maladie ordinaire")
        page.get_by_label("Date de l’évènement").fill(_day(20))
        page.get_by_label("Commentaire").fill("à compléter demain")
        page.get_by_role("button", name="Garder en brouillon").click()
        expect(page.get_by_role("status").first).to_contain_text("Rien n’est déclaré")
        assert [] == violations(page)
        picture(page, "s05-4-brouillons")
        page.get_by_role(
            "link", name=re.compile("^Congé de maladie ordinaire,")
        ).click()
        assert "à compléter demain" == page.get_by_label("Commentaire").input_value()
        page.get_by_label("Premier jour de l'arrêt").fill(_day(20))
        page.get_by_label("Dernier jour de l'arrêt").fill(_day(10))
        page.get_by_role("button", name="Enregistrer la déclaration").click()
        expect(page.get_by_role("status").first).to_contain_text("vaut déclaration")
        rh.go("/declarer")
        expect(page.get_by_text("Aucun brouillon.")).to_be_visible()


def test_the_same_event_twice_gets_a_plain_answer(
    browser: Browser, maison: Maison
) -> None:
    """A second tab with the same declaration is told, and nothing is declared twice."""
    with signed_in(browser, maison, "administrateur@demo") as rh:
        page = rh.page
        _start(rh, "Accident de service")
        page.get_by_label("Date de l’évènement").fill(_day(40))
        page.get_by_label("AT sans arrêt").check()
        _fill_accident(page)
        twin = page.context.new_page()
        twin.goto(page.url)
        twin.get_by_label("Date de l’évènement").fill(_day(40))
        _fill_accident(twin)
        page.get_by_role("button", name="Enregistrer la déclaration").click()
        expect(page.get_by_role("status").first).to_contain_text("vaut déclaration")
        twin.get_by_role("button", name="Enregistrer la déclaration").click()
        expect(twin.get_by_role("alert")).to_contain_text("déjà déclaré")
        expect(twin.get_by_label("Lieu de l'accident")).to_have_value(
            "Atelier municipal"
        )
        assert [] == violations(twin)
        twin.get_by_role("link", name="Voir l’évènement déjà déclaré").click()
        assert page.url == twin.url


def test_pay_and_consequences_are_entered_part_by_part(
    browser: Browser, maison: Maison
) -> None:
    """S06, S07, S10: a prolongation, the pay of a month, a changed field."""
    with signed_in(browser, maison, "rh.2@demo") as rh:
        page = rh.page
        _start(rh, "Congé de maladie ordinaire")
        page.get_by_label("Date de l’évènement").fill(_day(60))
        page.get_by_label("Premier jour de l'arrêt").fill(_day(60))
        page.get_by_label("Dernier jour de l'arrêt").fill(_day(50))
        page.get_by_role("button", name="Enregistrer la déclaration").click()
        page.get_by_role("link", name="Ajouter une conséquence").click()
        assert [] == violations(page)
        page.get_by_role("link", name="Prolongation", exact=False).first.click()
        page.get_by_label("Premier jour").fill(_day(49))
        page.get_by_label("Dernier jour").fill(_day(55))
        page.get_by_role("button", name="Enregistrer").click()
        expect(page.get_by_role("alert")).to_contain_text("précède le premier")
        assert [] == violations(page)
        picture(page, "s06-consequence")
        page.get_by_label("Dernier jour").fill(_day(40))
        page.get_by_role("button", name="Enregistrer").click()
        expect(page.get_by_role("status").first).to_contain_text("Conséquence ajoutée")
        page.get_by_role("link", name="Saisir les salaires").click()
        page.get_by_label("Mois").first.fill("2026-03")
        page.get_by_label("Traitement indiciaire brut").first.fill("mille")
        page.get_by_role("button", name="Enregistrer les salaires").click()
        expect(page.get_by_role("alert")).to_contain_text("indiquez un montant")
        page.get_by_label("Traitement indiciaire brut").first.fill("1 842,5")
        assert [] == violations(page)
        picture(page, "s07-salaires")
        page.get_by_role("button", name="Enregistrer les salaires").click()
        expect(page.locator("main")).to_contain_text("1 842,50")
        page.get_by_role("link", name="Modifier le sinistre").click()
        page.get_by_label("N° de dossier").fill("DO-17")
        assert [] == violations(page)
        picture(page, "s10-modifier")
        page.get_by_role("button", name="Enregistrer la modification").click()
        expect(page.locator("main")).to_contain_text("DO-17")


@pytest.mark.parametrize("width", [320, 640])
def test_the_form_fits_narrow_screens(
    browser: Browser, maison: Maison, width: int
) -> None:
    """Nothing overflows at 320 px, nor at 200 % zoom."""
    with signed_in(browser, maison, "gestionnaire@demo", width=width) as rh:
        _start(rh, "Accident de service")
        assert 0 == overflow(rh.page)
        assert [] == violations(rh.page)


def test_declaring_works_without_script(browser: Browser, maison: Maison) -> None:
    """Every step is a plain form."""
    with signed_in(browser, maison, "gestionnaire@demo", has_script=False) as rh:
        page = rh.page
        rh.go("/declarer?q=bas")
        page.get_by_role(
            "link", name=re.compile("Déclarer un évènement pour")
        ).last.click()
        page.get_by_role("link", name="Congé de maladie ordinaire", exact=True).click()
        page.get_by_label("Date de l’évènement").fill(_day(30))
        page.get_by_label("Premier jour de l'arrêt").fill(_day(30))
        page.get_by_label("Dernier jour de l'arrêt").fill(_day(25))
        page.get_by_role("button", name="Voir les pièces demandées").click()
        expect(page.locator("#prevues")).to_contain_text("Avis d'arrêt de travail")
        page.get_by_role("button", name="Enregistrer la déclaration").click()
        expect(page.get_by_role("status").first).to_contain_text("vaut déclaration")
