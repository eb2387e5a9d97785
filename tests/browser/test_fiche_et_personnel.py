"""A walk per screen of the event record: the fiche, agents, claims, the basket, the day."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.maison import (
    Maison,
    Personne,
    overflow,
    picture,
    signed_in,
    violations,
)

pytestmark = pytest.mark.browser


def _looked_at(page: Page, name: str) -> None:
    """Keep the picture of a page, which axe finds nothing to say about."""
    picture(page, name, is_whole=True)
    assert [] == violations(page), name
    assert 0 == overflow(page), name


def _first_event(rh: Personne) -> str:
    rh.go("/documents")
    links = rh.page.eval_on_selector_all("a[href]", "(a) => a.map((x) => x.pathname)")
    return next(x for x in links if re.search(r"/evenements/EV-[^/?]+$", x))


def test_the_fiche_is_one_page_and_tells_the_past(
    browser: Browser, maison: Maison
) -> None:
    """S09, S10: one page; a change shows in the journal; the day before it is asked."""
    with signed_in(browser, maison, "rh.1@demo") as rh:
        page, place = rh.page, _first_event(rh)
        rh.go(place)
        for part in ("Sinistre", "Conséquences", "Salaires", "Documents demandés",
                     "Documents reçus", "Courriers", "Journal"):  # fmt: skip
            assert page.get_by_role("heading", level=2, name=part).is_visible()
        _looked_at(page, "S09-fiche")
        page.get_by_role("link", name="Modifier le sinistre").click()
        page.get_by_label("N° de dossier").fill("DO-VU-17")
        page.get_by_role("button", name="Enregistrer la modification").click()
        expect(page.locator(".journal li").first).to_contain_text("DO-VU-17")
        _looked_at(page, "S10-fiche-modifiee")
        page.get_by_label("Fiche telle que connue le").fill("2020-01-01")
        page.get_by_role("button", name="Voir à cette date").click()
        expect(page.locator(".avis-info")).to_contain_text("pas encore déclaré")
        assert [] == rh.plaintes


def test_an_agent_is_created_with_a_new_service_then_changed(
    browser: Browser, maison: Maison
) -> None:
    """S16, S17, S18: the wizard, a service made on the way, one part changed."""
    with signed_in(browser, maison, "rh.1@demo") as rh:
        page = rh.page
        rh.go("/agents")
        page.get_by_role("link", name="Créer un agent").click()
        page.get_by_label("Nom de famille").fill("VERBOISE")
        page.get_by_label("Prénoms").fill("Clémence")
        _looked_at(page, "S16-identite")
        page.get_by_role("button", name="Suivant").last.click()
        page.get_by_text("Le service n’est pas dans la liste").click()
        page.get_by_label("Code du service").fill("MEDIA")
        page.get_by_label("Libellé du service").fill("Médiathèque")
        page.get_by_label("Date de début d’effet").fill("2026-01-01")
        _looked_at(page, "S17-service-en-passant")
        page.get_by_role("button", name="Sauver le service").click()
        expect(page.get_by_label("Service", exact=True)).not_to_have_value("")
        page.get_by_role("button", name="Suivant").last.click()
        page.get_by_role("button", name="Suivant").last.click()
        _looked_at(page, "S16-verification")
        page.get_by_role("button", name="Créer l’agent").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("VERBOISE")
        page.get_by_role("link", name="Modifier : situation").click()
        page.get_by_label("Grade").fill("Bibliothécaire")
        page.get_by_role("button", name="Enregistrer la modification").click()
        expect(page.locator("main")).to_contain_text("Bibliothécaire")
        _looked_at(page, "S18-agent")
        rh.go("/services")
        expect(page.locator("tbody")).to_contain_text("Médiathèque")
        _looked_at(page, "S17-services")


def test_a_staff_file_is_tried_from_the_page(browser: Browser, maison: Maison) -> None:
    """The dry run tells each line; nothing is written before the second button."""
    table = b"matricule;nom_famille;prenoms\nZ1;TREVANNES;Odile\nZ2;SANSRIEN;\n"
    with signed_in(browser, maison, "rh.1@demo") as rh:
        page = rh.page
        rh.go("/agents/import")
        send = {"name": "personnel.csv", "mimeType": "text/csv", "buffer": table}
        page.get_by_label("Fichier du personnel").set_input_files(send)
        page.get_by_role("button", name="Essayer sans rien écrire").click()
        expect(page.get_by_role("status")).to_contain_text("Rien n’est encore écrit")
        expect(page.locator("main")).to_contain_text("ligne 3")
        _looked_at(page, "S16-import-essai")
        rh.go("/agents?q=trevannes")
        expect(page.locator("#resultats")).to_contain_text("Aucun agent")


def test_a_claim_is_saved_waits_and_is_sent(browser: Browser, maison: Maison) -> None:
    """S21, S22, S01: saved, it is an action; sent, the action is gone."""
    with signed_in(browser, maison, "rh.1@demo") as rh:
        page, place = rh.page, _first_event(rh)
        rh.go(place)
        page.get_by_role("link", name="Demander un recours").click()
        page.get_by_label("Nom du tiers").fill("Transports Invention")
        _looked_at(page, "S21-demande")
        page.get_by_role("button", name="Enregistrer sans envoyer").click()
        rh.go("/actions/recours_a_envoyer")
        waiting = page.locator("tbody tr").count()
        _looked_at(page, "S01-recours")
        page.get_by_role("button", name="je m’en charge").first.click()
        expect(page.locator("tbody")).to_contain_text("vous")
        rh.go(f"{place}#recours")
        page.get_by_role("link", name="Modifier le recours").click()
        _looked_at(page, "S22-recours")
        page.get_by_role("button", name="Envoyer la demande").click()
        expect(page.locator("main")).to_contain_text("Demande envoyée")
        rh.go("/actions/recours_a_envoyer")
        assert waiting - 1 == page.locator("tbody tr").count()


def test_an_old_file_is_closed(browser: Browser, maison: Maison) -> None:
    """S01: the list, a view kept, the closing and its reason; twice is told."""
    with signed_in(browser, maison, "rh.1@demo") as rh:
        page = rh.page
        rh.go("/actions/dossier_a_cloturer?tri=recent&affecte=personne")
        before = page.locator("tbody tr").count()
        assert before
        page.get_by_label("Garder ces filtres sous le nom").fill("À moi de jouer")
        page.get_by_role("button", name="Garder la vue").click()
        assert page.get_by_role("link", name="À moi de jouer").is_visible()
        _looked_at(page, "S01-a-cloturer")
        page.locator("tbody").get_by_role("link", name="Clôturer").first.click()
        page.wait_for_url("**/cloturer")
        other = page.context.new_page()
        other.goto(page.url)
        for tab in (page, other):
            tab.get_by_label("Motif").select_option(index=2)
        _looked_at(page, "S01-cloturer")
        page.get_by_role("button", name="Clore le dossier").click()
        expect(page.get_by_role("status").first).to_contain_text("Dossier clôturé")
        other.get_by_role("button", name="Clore le dossier").click()
        expect(other.get_by_role("alert")).to_contain_text("déjà clos")
        other.close()
        rh.go("/actions/dossier_a_cloturer?tri=recent&affecte=personne")
        assert before - 1 == page.locator("tbody tr").count()


def test_what_was_entered_today(browser: Browser, maison: Maison) -> None:
    """S12: the day, then the day before."""
    with signed_in(browser, maison, "rh.1@demo") as rh:
        page = rh.page
        page.get_by_role("link", name="Données saisies aujourd’hui").click()
        assert page.locator("tbody tr").count()
        _looked_at(page, "S12-jour")
        page.get_by_role("link", name="Jour précédent").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Données saisies")
        _looked_at(page, "S12-veille")
