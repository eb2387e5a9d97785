"""Builds pages for tests: lines of text laid out, boxes with their ink.

A line is a text; four spaces make a column; `# ` in front makes a title; `[x]` and `[ ]`
are boxes found in the ink, ticked or not, and leave no word; `@0.5 ` sets the left edge.
"""

import random
import re
from collections.abc import Sequence

from classifiers.evidence import Case, Liasse, Mot, Origine, Page, Zone

WIDTH, HEIGHT, PITCH = 0.0088, 0.0115, 0.021
TITLE = 1.7
TICKED, EMPTY = 0.38, 0.01
_BOX = re.compile(r"\[([x ])\]")


def page(
    *lines: str,
    numero: int = 1,
    confiance: float = 0.96,
    top: float = 0.05,
    pitch: float = PITCH,
    is_blanche: bool = False,
    extra_cases: Sequence[Case] = (),
) -> Page:
    """Lay lines on a page; positions are plausible, not exact."""
    mots: list[Mot] = []
    cases: list[Case] = list(extra_cases)
    y = top
    for rank, line in enumerate(lines):
        scale, text, x = 1.0, line, 0.08
        if text.startswith("# "):
            scale, text = TITLE, text[2:]
            x = max(0.5 - len(text) * WIDTH * scale / 2, 0.05)
        if text.startswith("@"):
            place, _, text = text[1:].partition(" ")
            x = float(place)
        _lay(text, x, y, scale, rank, confiance, mots, cases)
        y += pitch * max(scale * 0.9, 1.0)
    return Page(
        numero=numero,
        origine=Origine.OCR,
        mots=tuple(mots),
        cases=tuple(cases),
        is_blanche=is_blanche,
        largeur_px=1654,
        hauteur_px=2339,
    )


def _lay(
    text: str, x: float, y: float, scale: float, rank: int, confiance: float,
    mots: list[Mot], cases: list[Case],
) -> None:  # fmt: skip
    width, height = WIDTH * scale, HEIGHT * scale
    for part in re.split(r"( {4,}|\[[x ]\]| )", text):
        if not part:
            continue
        if part.startswith("    "):
            x += max(0.06, width * len(part))
        elif part == " ":
            x += width
        elif box := _BOX.fullmatch(part):
            ink = TICKED if box.group(1) == "x" else EMPTY
            zone = Zone(x=x, y=y - 0.001, largeur=0.015, hauteur=0.0106)
            cases.append(Case(zone=zone, encre=ink))
            x += 0.017
        else:
            long = width * len(part)
            zone = Zone(x=min(x, 0.99), y=y, largeur=long, hauteur=height)
            mots.append(Mot(texte=part, zone=zone, confiance=confiance, ligne=rank))
            x += long


def liasse(*pages: Page) -> Liasse:
    """Make one paper of pages."""
    return Liasse(pages=pages)


def paper(*lines: str, **options: object) -> Liasse:
    """Make a paper of one page."""
    return liasse(page(*lines, **options))  # type: ignore[arg-type]


MISREAD = {
    "o": "0",
    "l": "1",
    "i": "l",
    "s": "5",
    "e": "c",
    "m": "rn",
    "é": "e",
    "'": "’",
}


def misread(lines: Sequence[str], share: float, seed: int = 7) -> list[str]:
    """Misread letters as a poor scan would; figures and boxes are left alone."""
    drawn = random.Random(seed)

    def spoil(match: re.Match[str]) -> str:
        word = match.group()
        if drawn.random() > share or len(word) < 4:
            return word
        spot = drawn.randrange(len(word))
        return word[:spot] + MISREAD.get(word[spot], word[spot]) + word[spot + 1 :]

    return [re.sub(r"[^\W\d_]+", spoil, line) for line in lines]
