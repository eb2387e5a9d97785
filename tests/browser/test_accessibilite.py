"""Every page and state: no axe violation, no sideways scroll at 320 px, no complaint."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.maison import (
    Maison,
    Personne,
    new_context,
    overflow,
    picture,
    signed_in,
    violations,
)

pytestmark = pytest.mark.browser
COMMON = (
    "/",
    "/documents-manquants",
    "/documents-manquants?texte=personne-de-ce-nom",
    "/documents-manquants?exigible_avant=trente-et-un",
    "/documents",
    "/documents?etat=rattache",
    "/bordereaux",
    "/bordereaux?colis=inconnu",
    "/releves",
    "/releves?du=2020-01-01&type=FRAIS",
    "/documents?plein=mot-jamais-ecrit",
    "/deposer",
    "/depots",
    "/depots?etat=refuse",
    "/agents",
    "/agents?q=ma",
    "/agents?q=marie",
    "/simulations",
    "/simulations?q=personne",
    "/simulations/nouvelle",
    "/simulations/alertes",
    "/compte",
    "/courriers",
    "/courriers?nature=relance",
    "/compte/second-facteur",
    "/listes-arrets",
    "/listes-arrets/nouvelle",
    "/absences",
    "/aide",
    "/aide/listes-arrets",
    "/aide?q=code",
    "/aide?q=mot-jamais-ecrit",
    "/actions/recours_a_envoyer",
    "/actions/dossier_a_cloturer?affecte=moi",
    "/donnees-journalieres",
    "/donnees-journalieres?jour=hier",
    "/agents/nouveau",
    "/agents/import",
    "/services",
    "/actions/dossier_a_cloturer",
    "/actions/dossier_en_anomalie",
    "/une-page-qui-n-existe-pas",
    "/depots/DP-2026-00000-00000-0",
)
# whoever sees several collectivités says which one first
ALONE = ("/listes-arrets/nouvelle/risque?categorie=toutes&type=presents&budget=",)
ADMIN = (
    "/comptes",
    "/comptes?texte=personne-de-ce-nom",
    "/comptes/nouveau",
)
STAFF = (
    "/colis",
    "/colis?etat=clos",
    "/actions/a_verifier",
    "/actions/regularisation",
    "/actions/secret_medical",
    "/actions/contestation",
    "/courriers/modele",
)


def _linked(personne: Personne) -> Iterator[str]:
    """Yield one address of each kind that the lists lead to."""
    page = personne.page
    for start, pattern in (
        ("/documents", r"/documents/JU-[^/?]+$"),
        ("/bordereaux", r"/bordereaux/BR-[^/?.]+$"),
        ("/releves", r"/evenements/EV-[^/?]+/sommes$"),
        ("/documents", r"/evenements/EV-[^/?]+$"),
        ("/documents-manquants", r"/agents/AG-[^/?]+$"),
        ("/documents-manquants", r"/pieces-attendues/PA-[^/]+/integration$"),
        ("/depots", r"/depots/DP-[^/?]+$"),
        ("/actions/a_verifier", r"/documents/JU-[^/]+/traiter\?"),
        ("/actions/dossier_en_anomalie", r"/d\w+/(DP|JU)-"),
    ):
        personne.go(start)
        links = page.eval_on_selector_all(
            "a[href]", "(a) => a.map((x) => x.pathname + x.search)"
        )
        found = next((link for link in links if re.search(pattern, link)), None)
        if found is None:
            continue
        yield found
        if found.startswith("/agents/"):
            for part in ("identite", "situation", "coordonnees"):
                yield f"{found}/modifier/{part}"
        if found.startswith("/evenements/") and not found.endswith("/sommes"):
            yield f"{found}/joindre"
            yield f"{found}/cloturer"
            yield f"{found}/recours/nouveau"
            yield f"/deposer?evenement={found.rsplit('/', 1)[1]}"


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize(
    ("who", "pages"),
    [
        ("rh.1@demo", (*COMMON, *ALONE)),
        ("gestionnaire@demo", (*COMMON, *STAFF)),
        ("administrateur@demo", ADMIN),
    ],
)
def test_no_page_breaks_accessibility(
    browser: Browser, maison: Maison, who: str, pages: tuple[str, ...], width: int
) -> None:
    """Each page at each width: axe finds nothing, nothing overflows."""
    found: dict[str, object] = {}
    with signed_in(browser, maison, who, width=width) as personne:
        for path in (*pages, *list(_linked(personne))):
            personne.go(path)
            _open_everything(personne)
            if wrong := violations(personne.page):
                found[path] = wrong
            if too_wide := overflow(personne.page):
                found[f"{path} (width)"] = too_wide
        told = [one for one in personne.plaintes if "status of 404" not in one]
    assert {} == found
    assert [] == told


def _open_everything(personne: Personne) -> None:
    """Open what is folded, so that axe sees it."""
    personne.page.eval_on_selector_all(
        "details", "(all) => all.forEach((one) => { one.open = true; })"
    )


@pytest.mark.parametrize("path", ["/connexion", "/activation", "/connexion?sorti=1"])
def test_the_doors_are_accessible(browser: Browser, maison: Maison, path: str) -> None:
    """Signing in and activating an account: same rules."""
    context = new_context(browser, width=320)
    page = context.new_page()
    page.goto(maison.place(path))
    assert [] == violations(page)
    assert 0 == overflow(page)
    context.close()


def test_a_wrong_password_is_said_and_the_identifier_kept(
    browser: Browser, maison: Maison
) -> None:
    """The error is announced, the page stays accessible."""
    context = new_context(browser)
    page = context.new_page()
    page.goto(maison.place("/connexion"))
    page.get_by_label("Identifiant").fill("personne@demo")
    page.get_by_label("Mot de passe").fill("ce n'est pas le bon")
    page.get_by_role("button", name="Se connecter").click()
    assert "incorrect" in page.get_by_role("alert").inner_text()
    assert "personne@demo" == page.get_by_label("Identifiant").input_value()
    assert [] == violations(page)
    context.close()


def test_the_text_doubles_in_size_without_loss(
    browser: Browser, maison: Maison
) -> None:
    """At 200 % (half the width in CSS pixels) the list still fits and reads."""
    with signed_in(browser, maison, "rh.1@demo", width=640) as rh:
        rh.go("/documents-manquants")
        assert 0 == overflow(rh.page)
        assert rh.page.locator("tbody tr").first.is_visible()
        picture(rh.page, "manquants-640")


def test_the_focus_is_always_seen(browser: Browser, maison: Maison) -> None:
    """Whatever has the focus has an outline of its own."""
    with signed_in(browser, maison, "rh.1@demo") as rh:
        rh.go("/documents-manquants")
        for _ in range(25):
            rh.page.keyboard.press("Tab")
            width = rh.page.evaluate(
                "parseFloat(getComputedStyle(document.activeElement).outlineWidth)"
            )
            assert width >= 2
