"""Tables out, as accessible PDF: one layout for every list of the house.

The spreadsheet of the same lines is made by `socle.tableurs`.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from socle import editions

LAYOUT = Path(__file__).parent / "gabarits" / "tableau.typ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Colonne:
    """One column: its title, its width in millimetres (0: what is left, shared)."""

    titre: str
    largeur: int = 0
    is_nombre: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Lines under a title (none when the list has one section)."""

    lignes: Sequence[Sequence[str]]
    titre: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tableau:
    """A list as it is printed; `annexes` are lists of sentences that end it."""

    titre: str
    auteur: str
    pied: str
    colonnes: Sequence[Colonne]
    sections: Sequence[Section]
    vide: str
    parametres: Sequence[tuple[str, str]] = ()
    phrases: Sequence[str] = ()
    annexes: Sequence[tuple[str, Sequence[str]]] = ()


def pdf(tableau: Tableau, *, instant: dt.datetime) -> bytes:
    """Return the PDF of a list; the same values and instant give the same bytes."""
    values = {
        "titre": tableau.titre,
        "auteur": tableau.auteur,
        "pied": tableau.pied,
        "parametres": [list(pair) for pair in tableau.parametres],
        "phrases": list(tableau.phrases),
        "vide": tableau.vide,
        "colonnes": [
            {"titre": c.titre, "largeur": c.largeur, "nombre": c.is_nombre}
            for c in tableau.colonnes
        ],
        "sections": [
            {"titre": s.titre, "lignes": [list(line) for line in s.lignes]}
            for s in tableau.sections
        ],
        "annexes": [
            {"titre": title, "lignes": list(lines)}
            for title, lines in tableau.annexes
            if lines
        ],
    }
    return editions.compose(LAYOUT, values, instant=instant)
