"""Online help (S24): the French pages of `docs/guide`, found by address and by words.

A page says, in its head, which addresses of the portal it explains; the longest that fits
wins. The pages are ours: their HTML is made here, and raw HTML in them is not accepted.
"""

import functools
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from records.noms import fold

FOLDER = Path(__file__).parent.parent / "docs" / "guide"
IMAGES = "/static/aide"
HOME = "premiers-pas"
_HEAD = re.compile(r"\A\+\+\+\n(.*?)\n\+\+\+\n", re.DOTALL)
_EXTRACT = 220


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubrique:
    """One section of a page: what a search finds, and where."""

    ancre: str
    titre: str
    texte: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAide:
    """One page of the guide; `adresses` are the prefixes it explains."""

    nom: str
    titre: str
    ordre: int
    adresses: tuple[str, ...]
    html: Markup
    rubriques: tuple[Rubrique, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouvaille:
    """A section that answers a search."""

    page: PageAide
    rubrique: Rubrique
    extrait: str


@functools.cache
def guide() -> dict[str, PageAide]:
    """Return the pages shipped with this version, in their order, read once."""
    return read(FOLDER)


def read(folder: Path) -> dict[str, PageAide]:
    """Read every page of a folder; `ValueError` names one without a proper head."""
    pages = [_page(path) for path in folder.glob("*.md")]
    return {page.nom: page for page in sorted(pages, key=lambda p: (p.ordre, p.nom))}


def _page(path: Path) -> PageAide:
    text = path.read_text(encoding="utf-8")
    head = _HEAD.match(text)
    if head is None:
        raise ValueError(f"{path.name}: a page begins by its head, between +++")
    said = tomllib.loads(head.group(1))
    tokens = _markdown().parse(text[head.end() :])
    rubriques = tuple(_sections(tokens, said["titre"]))
    html = _markdown().renderer.render(tokens, _markdown().options, {})
    return PageAide(
        nom=path.stem,
        titre=said["titre"],
        ordre=said["ordre"],
        adresses=tuple(said["adresses"]),
        html=Markup(html),  # noqa: S704 - our own pages, raw HTML off
        rubriques=rubriques,
    )


@functools.cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "typographer": False})


def _sections(tokens: list[Token], titre: str) -> Iterable[Rubrique]:
    """Give each heading its anchor, send pictures to their address, cut the text."""
    ancre, name, words = "", titre, [titre]
    for rank, token in enumerate(tokens):
        if token.type == "heading_open":
            if len(words) > 1 or not ancre:
                yield Rubrique(ancre=ancre, titre=name, texte=" ".join(words))
            name = tokens[rank + 1].content
            ancre = fold(name).replace(" ", "-")
            token.attrSet("id", ancre)
            words = [name]
        elif token.type == "inline" and token.children:
            if tokens[rank - 1].type != "heading_open":
                words.append(_plain(token.children))
            for child in token.children:
                _place_picture(child)
    yield Rubrique(ancre=ancre, titre=name, texte=" ".join(words))


def _plain(children: list[Token]) -> str:
    """Return the words of a paragraph, marks left out."""
    return "".join(
        child.content if child.type in {"text", "code_inline", "image"} else " "
        for child in children
        if child.type in {"text", "code_inline", "softbreak", "image"}
    )


def _place_picture(child: Token) -> None:
    if child.type == "image":
        name = str(child.attrGet("src")).rpartition("/")[2]
        child.attrSet("src", f"{IMAGES}/{name}")
        child.attrSet("loading", "lazy")


def page_for(path: str) -> str:
    """Return the name of the page that explains an address; the first steps if none.

    >>> page_for("/documents-manquants"), page_for("/nulle-part")
    ('documents-manquants', 'premiers-pas')
    """
    found = [
        (len(prefix), page.nom)
        for page in guide().values()
        for prefix in page.adresses
        if path == prefix or (prefix != "/" and path.startswith(f"{prefix}/"))
    ]
    return max(found)[1] if found else HOME


def search(asked: str) -> tuple[Trouvaille, ...]:
    """Return the sections where every word asked begins a word, titles first."""
    wanted = fold(asked).split()
    if not wanted:
        return ()
    found = []
    for page in guide().values():
        for rubrique in page.rubriques:
            title = f" {fold(page.titre)} {fold(rubrique.titre)}"
            text = f"{title} {fold(rubrique.texte)}"
            if all(f" {word}" in text for word in wanted):
                missing = sum(f" {word}" not in title for word in wanted)
                found.append((missing, page.ordre, page, rubrique))
    found.sort(key=lambda one: one[:2])
    return tuple(
        Trouvaille(page=page, rubrique=rubrique, extrait=_extract(rubrique, wanted))
        for _, _, page, rubrique in found
    )


def _extract(rubrique: Rubrique, wanted: list[str]) -> str:
    """Return the words around the first one found."""
    text = rubrique.texte.removeprefix(rubrique.titre).strip()
    words = text.split()
    at = next(
        (
            rank
            for rank, word in enumerate(words)
            if any(part.startswith(w) for w in wanted for part in fold(word).split())
        ),
        0,
    )
    shown = " ".join(words[max(0, at - 6) :])
    start = "… " if at > 6 else ""  # noqa: PLR2004
    end = " …" if len(shown) > _EXTRACT else ""
    return f"{start}{shown[:_EXTRACT].rsplit(' ', 1)[0] if end else shown}{end}"
