"""Online help: every screen has its page, every page is found, every picture is there."""

import doctest
import re
from pathlib import Path

import pytest

from tests.web.maison import Maison, sign_in
from tests.web.test_portal import visit
from web import aide
from web.portal.routes import ROUTES

ACTS = re.compile(r"\{[^}]*\}")


@pytest.fixture
def maison(maison_entiere: Maison) -> Maison:
    """Open the house with its portal."""
    return maison_entiere


def test_the_examples_are_true() -> None:
    """The examples of the docstrings hold."""
    found = doctest.testmod(aide)

    assert 0 == found.failed
    assert found.attempted > 0


def test_every_family_of_pages_has_its_help() -> None:
    """No route of the portal falls back on the first steps: each has its own page."""
    explained = tuple(
        prefix for page in aide.guide().values() for prefix in page.adresses
    )
    orphans = sorted(
        {
            route.path
            for route in ROUTES
            if not any(
                route.path == prefix
                or (prefix != "/" and re.match(rf"{prefix}(?![\w-])", route.path))
                for prefix in explained
            )
        }
    )

    assert [] == orphans


def test_every_page_explains_something_that_exists() -> None:
    """No page speaks of an address the portal does not have."""
    known = {ACTS.sub("x", route.path) for route in ROUTES}
    ghosts = [
        (page.nom, prefix)
        for page in aide.guide().values()
        for prefix in page.adresses
        if not any(re.match(rf"{prefix}(?![\w-])", path) for path in known)
    ]

    assert [] == ghosts


def test_pictures_exist_are_used_and_say_what_they_show() -> None:
    """Each picture named is in the folder, has words, and no other lies there."""
    folder = aide.FOLDER / "images"
    named = set()
    for path in aide.FOLDER.glob("*.md"):
        for words, target in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", path.read_text()):
            assert words.strip(), (path.name, target)
            named.add(Path(target).name)

    assert named == {path.name for path in folder.iterdir()}
    assert all(path.stat().st_size < 200_000 for path in folder.iterdir())


def test_pages_are_plain_french() -> None:
    """A title, sections, sentences one can read; no English, no raw HTML."""
    for page in aide.guide().values():
        text = (aide.FOLDER / f"{page.nom}.md").read_text()
        assert len(page.rubriques) > 1, page.nom
        assert "<" not in text, page.nom
        assert not re.search(r"\b(the|and|with|please|click)\b", text), page.nom


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("second facteur", "compte"), ("SECOND FACTEUR", "compte"), ("coupon", "courriers"),
        ("requalifier", "evenements"), ("sans arret", "declarer"), ("reprise", "actions"),
        ("perimetre", "comptes"),
    ],
)  # fmt: skip
def test_words_find_their_page(asked: str, expected: str) -> None:
    """Accents and capitals do not count; every word must be there."""
    assert expected in [one.page.nom for one in aide.search(asked)]


@pytest.mark.parametrize("asked", ["", "   ", "xyzzy", "coupon xyzzy", "<script>"])
def test_words_nobody_wrote_find_nothing(asked: str) -> None:
    """Nothing, and no error."""
    assert () == aide.search(asked)


def test_a_page_without_a_head_is_refused(tmp_path: Path) -> None:
    """The file is named, so that its writer finds it."""
    (tmp_path / "sans-tete.md").write_text("## Bonjour\n")

    with pytest.raises(ValueError, match="sans-tete"):
        aide.read(tmp_path)


def test_html_written_in_a_page_is_shown_not_run(tmp_path: Path) -> None:
    """A tag in a page of the guide stays text."""
    head = '+++\ntitre = "x"\nordre = 1\nadresses = []\n+++\n'
    (tmp_path / "x.md").write_text(head + "<script>alert(1)</script>\n")

    assert "<script>" not in aide.read(tmp_path)["x"].html


async def test_each_screen_links_its_own_page(maison: Maison) -> None:
    """The link of the header leads to the page of the screen, signed in or not."""
    nav = await sign_in(maison, "rh_azur")
    for who, path, expected in (
        (nav, "/", "actions"), (nav, "/documents-manquants", "documents-manquants"),
        (nav, "/listes-arrets/nouvelle", "listes-arrets"), (nav, "/compte", "compte"),
        (maison, "/connexion", "connexion"),
    ):  # fmt: skip
        page = await visit(who, "GET", path)
        assert f'href="/aide/{expected}"' in page.texte, path


async def test_help_is_read_and_searched_without_an_account(maison: Maison) -> None:
    """Pages, search, pictures: 200 for anyone; an unknown page is a 404."""
    home = await visit(maison, "GET", "/aide")
    page = await visit(maison, "GET", "/aide/listes-arrets")
    found = await visit(maison, "GET", "/aide?q=périmètre")
    hostile = await visit(maison, "GET", "/aide?q=<script>alert(1)</script>")
    ghost = await visit(maison, "GET", "/aide/nulle-part")
    src = re.search(r'src="(/static/aide/[^"]+)"', page.texte)
    assert src is not None
    picture = await maison.client.get(src.group(1))

    assert [200, 200, 200, 200, 404] == [
        x.status for x in (home, page, found, hostile, ghost)
    ]
    assert "Gérer les comptes" in found.texte
    assert "Continuer" in page.texte
    assert 200 == picture.status
    raw = await (await maison.client.get("/aide?q=<script>alert(1)</script>")).text()
    assert "<script>alert" not in raw
