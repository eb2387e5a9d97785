"""The main job in a real browser: by mouse, by keyboard alone, without JavaScript."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.maison import (
    READ_S,
    Maison,
    overflow,
    picture,
    signed_in,
    tab_to,
    violations,
)

pytestmark = pytest.mark.browser
MINUTE_S = 60.0


def _missing(page: Page) -> int:
    """Return the count the list announces."""
    caption = page.locator("#tableau caption").inner_text()
    return int("".join(sign for sign in caption if sign.isdigit()))


def test_a_scan_picked_in_four_clicks_closes_its_line_within_a_minute(
    browser: Browser, maison: Maison
) -> None:
    """S03: open the line, pick the scan, the requirement is chosen, the line is gone."""
    with signed_in(browser, maison, "rh.1@demo") as rh:
        page, started = rh.page, time.monotonic()
        page.get_by_role("link", name="Document manquant", exact=True).click()
        before = _missing(page)
        line = page.locator("tbody tr", has_text="prolongation")
        assert 1 == line.count()
        name = line.locator("th").inner_text().split("\n")[0].strip()
        line.get_by_role("link", name="Ouvrir").click()
        chosen = page.locator("input[name=piece_attendue]:checked")
        assert chosen.get_attribute("value") in page.url
        assert "AAT" == page.locator("#type").input_value()
        assert page.locator("#type option").count() > 30
        picture(page, "s03-1-fenetre")
        page.locator("#fichier").set_input_files(maison.exemples / "prolongation.tif")
        page.get_by_role("button", name="Intégrer").click()
        expect(page.locator("#annonce")).to_contain_text("Reçu, lecture en cours")
        expect(page.locator("tbody tr", has_text="prolongation")).to_contain_text(
            "Reçu, lecture en cours"
        )
        assert [] == violations(page)
        picture(page, "s03-2-lecture")
        banner = page.locator("#annonce")
        expect(banner).to_contain_text("Ligne levée", timeout=READ_S * 1000)
        gone = page.locator("tbody tr", has_text="prolongation")
        expect(gone).to_have_count(0)
        assert time.monotonic() - started < MINUTE_S
        assert before - 1 == _missing(page)
        volume = page.locator("#volets a[aria-current] .compte")
        expect(volume).to_have_text(str(before - 1))
        assert name
        assert [] == violations(page)
        assert [] == rh.plaintes
        picture(page, "s03-3-ligne-levee")


def test_the_lines_follow_the_type_without_reloading(
    browser: Browser, maison: Maison
) -> None:
    """Choosing another type shows the agent's lines of that type, one preselected."""
    with signed_in(browser, maison, "rh.3@demo") as rh:
        page = rh.page
        rh.go("/documents-manquants?type=PV_CM")
        page.get_by_role("link", name="Ouvrir").first.click()
        page.locator("#type").select_option("BULLETIN")
        expect(page.locator("#lignes")).to_contain_text("Bulletin de salaire")
        chosen = page.locator("label.option:has(input:checked)")
        expect(chosen).to_contain_text("Bulletin de salaire")
        expect(page.locator("#annonce-lignes")).to_contain_text("attend")
        page.locator("#type").select_option("RIB")
        expect(chosen).to_contain_text("Aucune de ces lignes")
        assert [] == violations(page)
        assert [] == rh.plaintes


def test_a_missing_document_is_closed_by_keyboard_alone(
    browser: Browser, maison: Maison
) -> None:
    """No mouse: skip link, list, window, file, « Intégrer », the line gone."""
    with signed_in(browser, maison, "rh.2@demo") as rh:
        page = rh.page
        page.keyboard.press("Tab")
        skip = "(s) => document.activeElement.textContent === s"
        assert page.evaluate(skip, "Aller au contenu")
        page.keyboard.press("Enter")
        tab_to(page, "a[href='/documents-manquants']")
        page.keyboard.press("Enter")
        page.wait_for_url("**/documents-manquants")
        tab_to(page, "#type")
        page.keyboard.type("Facture")
        tab_to(page, "form.filtres button[type=submit]")
        page.keyboard.press("Enter")
        page.wait_for_url("**type=FACTURE**")
        tab_to(page, "a[id^=ouvrir-]")
        page.keyboard.press("Enter")
        page.wait_for_url("**/integration")
        tab_to(page, "#fichier")
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Space")
        chooser.value.set_files(maison.exemples / "facture.pdf")
        tab_to(page, "main button[type=submit]")
        page.keyboard.press("Enter")
        banner = page.locator("#annonce")
        expect(banner).to_contain_text("Ligne levée", timeout=READ_S * 1000)
        rh.go("/documents-manquants?type=FACTURE")
        expect(page.locator("tbody tr")).to_have_count(0)


def test_a_missing_document_is_closed_without_javascript(
    browser: Browser, maison: Maison
) -> None:
    """Plain forms and links are enough; the page refreshes by itself until the end."""
    with signed_in(browser, maison, "rh.2@demo", has_script=False) as rh:
        page = rh.page
        rh.go("/documents-manquants?type=ACTE_NAISSANCE")
        page.get_by_role("link", name="Ouvrir").click()
        page.locator("#fichier").set_input_files(maison.exemples / "acte naissance.pdf")
        page.get_by_role("button", name="Intégrer").click()
        banner = page.locator("#annonce")
        expect(banner).to_contain_text("Ligne levée", timeout=READ_S * 1000)
        rh.go("/documents-manquants?type=ACTE_NAISSANCE")
        expect(page.locator("tbody tr")).to_have_count(0)


def _odd_files(folder: Path) -> list[Path]:
    empty, renamed = folder / "vide.pdf", folder / "programme.pdf"
    empty.write_bytes(b"")
    renamed.write_bytes(b"MZ\x90\x00" + bytes(2000))
    return [empty, renamed]


def test_many_files_each_end_with_a_receipt_or_a_refusal(
    browser: Browser, maison: Maison, tmp_path: Path
) -> None:
    """Good and bad files together: none sinks the others, each row says its end."""
    files = [maison.exemples / "pv conseil medical.pdf", *_odd_files(tmp_path)]
    with signed_in(browser, maison, "rh.3@demo") as rh:
        page = rh.page
        rh.go("/deposer")
        page.locator("#fichier").set_input_files(files)
        rows = page.locator("#liste-envois .envoi")
        expect(rows).to_have_count(3)
        good = rows.filter(has_text="pv conseil medical.pdf")
        expect(good).to_contain_text("ligne levée", timeout=READ_S * 1000)
        expect(rows.filter(has_text="vide.pdf")).to_contain_text("Non reçu")
        refused = rows.filter(has_text="programme.pdf")
        expect(refused).to_contain_text("refusé", timeout=READ_S * 1000)
        expect(page.locator("#bilan-envois")).to_contain_text("envoi terminé")
        assert [] == violations(page)
        picture(page, "depot-multiple")
        good.get_by_role("link").click()
        page.get_by_role("heading", level=1, name="Récépissé de dépôt").wait_for()
        assert 1 == page.locator("dd.empreinte", has_text="").nth(0).count()
        assert [] == violations(page)
        picture(page, "recepisse", is_whole=True)


def test_many_files_go_without_javascript(
    browser: Browser, maison: Maison, tmp_path: Path
) -> None:
    """The plain form: the good file has its receipt, the empty one its refusal."""
    scan = tmp_path / "note.png"
    scan.write_bytes(_png())
    with signed_in(browser, maison, "rh.3@demo", has_script=False) as rh:
        page = rh.page
        rh.go("/deposer")
        page.locator("#fichier").set_input_files([_odd_files(tmp_path)[0], scan])
        page.get_by_role("button", name="Déposer").click()
        rows = page.locator(".envoi")
        expect(rows).to_have_count(2)
        expect(rows.filter(has_text="note.png")).to_contain_text("Récépissé")
        expect(rows.filter(has_text="vide.pdf")).to_contain_text("vide")


def _png() -> bytes:
    """Make a white page with a black band: a picture nobody can type."""
    import struct
    import zlib

    def chunk(kind: bytes, body: bytes) -> bytes:
        crc = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)

    rows = b"".join(
        b"\0" + bytes([0 if 80 < line < 120 else 255]) * 600 for line in range(800)
    )
    header = struct.pack(">IIBBBBB", 600, 800, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def test_an_agent_is_found_while_typing(browser: Browser, maison: Maison) -> None:
    """S04: nothing under three letters, then the agents as one types."""
    with signed_in(browser, maison, "rh.1@demo") as rh:
        page = rh.page
        rh.go("/documents-manquants")
        name = page.locator("tbody th a").first.inner_text().split()[0]
        rh.go("/agents")
        field = page.get_by_label("Nom, nom de jeune fille ou prénom")
        field.press_sequentially(name[:2].lower())
        expect(page.locator("#resultats")).to_contain_text("au moins trois lettres")
        field.press_sequentially(name[2:5].lower())
        expect(page.locator("#resultats")).to_contain_text(name)
        assert [] == violations(page)
        page.locator("#resultats a").first.click()
        page.get_by_role("heading", level=2, name="Évènements").wait_for()
        assert 0 == overflow(page)
        assert [] == rh.plaintes


def test_a_refused_window_keeps_what_was_chosen(
    browser: Browser, maison: Maison, tmp_path: Path
) -> None:
    """An empty file is refused in the window, with the type and the line still chosen."""
    with signed_in(browser, maison, "rh.1@demo") as rh:
        page = rh.page
        rh.go("/documents-manquants?type=BULLETIN")
        page.get_by_role("link", name="Ouvrir").nth(1).click()
        wanted = page.locator("input[name=piece_attendue]:checked").input_value()
        page.locator("#fichier").set_input_files(_odd_files(tmp_path)[0])
        page.get_by_role("button", name="Intégrer").click()
        expect(page.get_by_role("alert")).to_contain_text("vide")
        assert "BULLETIN" == page.locator("#type").input_value()
        chosen = page.locator("input[name=piece_attendue]:checked")
        assert wanted == chosen.input_value()
        assert [] == violations(page)
