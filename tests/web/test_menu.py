"""The menu shows what opens, to whom it opens, and where one stands."""

import re

import pytest

from tests.web.maison import ROLES, Maison, sign_in
from tests.web.test_portal import visit
from web.portal.menu import PORTES, menu_of


@pytest.mark.parametrize("who", ROLES)
async def test_every_page_of_the_menu_opens(maison_entiere: Maison, who: str) -> None:
    """No entry leads to a refusal, and the page says which entry it is."""
    nav = await sign_in(maison_entiere, who)
    menu = menu_of(maison_entiere.app, maison_entiere.role_of(who), "/")
    closed = []
    for porte in menu.portes:
        for address, _ in porte.pages:
            page = await visit(nav, "GET", address)
            here = rf'href="{re.escape(address)}" aria-current="page"'
            if page.status != 200 or not re.search(here, page.texte):
                closed.append((address, page.status))

    assert [] == closed


async def test_doors_are_those_of_the_role(maison_entiere: Maison) -> None:
    """A town hall sees neither the mailroom nor the accounts; the administrator all."""
    seen = {
        who: {p.nom for p in menu_of(maison_entiere.app, ROLES[who][0], "/").portes}
        for who in ROLES
    }

    assert {"Colis", "Administration"}.isdisjoint(seen["rh_azur"])
    assert "Colis" in seen["operateur"]
    assert {porte.nom for porte in PORTES} == seen["administrateur"]


@pytest.mark.parametrize(
    ("path", "porte", "page"),
    [
        ("/", "Mes actions", "/"),
        ("/pieces-attendues/PA-1/integration", "Documents", "/documents-manquants"),
        ("/documents/JU-1/traiter", "Mes actions", "/actions/a_verifier"),
        ("/simulations/alertes", "Simulateur", "/simulations/alertes"),
        ("/simulations/SI-1", "Simulateur", "/simulations"),
        ("/evenements/EV-1", "Déclarations", "/agents"),
    ],
)
async def test_a_page_stands_behind_its_door(
    maison_entiere: Maison, path: str, porte: str, page: str
) -> None:
    """The longest address that fits is where one stands; home holds only itself."""
    found = menu_of(maison_entiere.app, "administrateur", path)

    assert found.porte is not None
    assert (porte, page) == (found.porte.nom, found.page)
