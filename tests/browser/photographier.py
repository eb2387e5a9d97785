"""Takes the pictures of the guide from the demo: `python -m tests.browser.photographier`.

Run again when a screen changes: every picture named by a page is taken, none by hand.
"""

import io
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.browser.maison import (
    CHROMIUM_FLAGS,
    ROOT,
    Personne,
    running,
    signed_in,
    wait_until_read,
)

IMAGES = ROOT / "docs/guide/images"
WIDTH, HEIGHT, QUALITY = 1100, 720, 60


def _first(page: Page, pattern: str) -> str:
    links = page.eval_on_selector_all("a[href]", "(a) => a.map((x) => x.pathname)")
    return str(next(link for link in links if re.search(pattern, link)))


def _follow(start: str, pattern: str, rest: str = "") -> Callable[[Personne], None]:
    def go(who: Personne) -> None:
        who.go(start)
        who.go(_first(who.page, pattern) + rest)

    return go


def _at(path: str) -> Callable[[Personne], None]:
    return lambda who: who.go(path)


def _list_edition(who: Personne) -> None:
    query = "categorie=toutes&type=en_cours&budget="
    who.go(f"/listes-arrets/nouvelle/risque?{query}")
    who.page.get_by_role("button", name="Éditer la liste").click()
    who.go(_first(who.page, r"/executions/1$"))


def _second_factor(who: Personne) -> None:
    who.go("/compte/second-facteur")
    who.page.get_by_role("button", name="Commencer").click()


# by name of picture: who, and how they get there
SHOTS: dict[str, tuple[str, Callable[[Personne], None]]] = {
    "actions": ("rh.1@demo", _at("/")),
    "documents-manquants": ("rh.1@demo", _at("/documents-manquants")),
    "integration": ("rh.1@demo", _follow("/documents-manquants", r"/integration$")),
    "documents": ("rh.1@demo", _at("/documents")),
    "agents": ("rh.1@demo", _at("/agents?q=fer")),
    "declarer": (
        "rh.1@demo",
        _follow("/documents-manquants", r"/agents/AG-", "/declarer?nature=CMO"),
    ),
    "evenement": ("rh.1@demo", _follow("/documents-manquants", r"/evenements/EV-[^/]+$")),
    "liste-risque": (
        "rh.1@demo",
        _at("/listes-arrets/nouvelle/risque?categorie=toutes&type=presents&budget="),
    ),
    "liste-edition": ("rh.1@demo", _list_edition),
    "absences": ("rh.1@demo", _at("/absences")),
    "second-facteur": ("rh.1@demo", _second_factor),
    "comptes": ("administrateur@demo", _at("/comptes")),
}  # fmt: skip


def main(wanted: list[str]) -> None:
    """Take the pictures asked for, or all of them."""
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder)) as maison,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS
        )
        with signed_in(browser, maison, "operateur@demo") as operateur:
            wait_until_read(operateur)
        with ExitStack() as opened:
            people: dict[str, Personne] = {}
            for name in wanted or SHOTS:
                who, go = SHOTS[name]
                if who not in people:
                    person = signed_in(browser, maison, who)
                    people[who] = opened.enter_context(person)
                _take(people[who], go, name)
        browser.close()


def _take(who: Personne, go: Callable[[Personne], None], name: str) -> None:
    who.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    go(who)
    who.page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(who.page.screenshot()))
    picture.save(IMAGES / f"{name}.webp", quality=QUALITY, method=6)
    print(name)


if __name__ == "__main__":
    main(sys.argv[1:])
