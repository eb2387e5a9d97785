"""The bricks of a drawn paper, as the Typst model reads them."""

import datetime as dt
import random
from collections.abc import Sequence
from typing import Any

Bloc = dict[str, Any]
Run = str | dict[str, Any]
Runs = str | list[Run]

MOIS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août",
    "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def s(text: str) -> Run:
    """Draw as filled in by the writer (hand or machine)."""
    return {"t": text, "s": True}


def b(text: str) -> Run:
    """Draw in bold."""
    return {"t": text, "b": True}


def i(text: str) -> Run:
    """Draw in italics."""
    return {"t": text, "i": True}


def z(text: str, size: float) -> Run:
    """Draw at a size in points."""
    return {"t": text, "z": size}


def fr(day: dt.date) -> str:
    """Write 12/03/2026."""
    return f"{day:%d/%m/%Y}"


def lettres(day: dt.date) -> str:
    """Write 1er mars 2026."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number} {MOIS[day.month - 1]} {day.year}"


def euros(amount: float | str) -> str:
    """Write 1 234,50."""
    text = f"{float(amount):,.2f}"
    return text.replace(",", " ").replace(".", ",")


def p(text: Runs, *, a: str = "g", size: float = 1.0, alinea: float = 0) -> Bloc:
    """Make a paragraph."""
    return {"k": "p", "t": text, "a": a, "z": size, "alinea": alinea}


def titre(
    text: Runs,
    *,
    a: str = "c",
    size: float = 1.5,
    gras: bool = True,
    fond: str = "",
    cadre: bool = False,
    chasse: float = 0,
    avant: float = 0.6,
    apres: float = 0.6,
) -> Bloc:
    """Make a title line."""
    return {
        "k": "titre", "t": text, "a": a, "z": size, "gras": gras, "fond": fond,
        "cadre": cadre, "chasse": chasse, "avant": avant, "apres": apres,
    }  # fmt: skip


def v(height: float) -> Bloc:
    """Leave a gap (mm)."""
    return {"k": "v", "h": height}


def hr(thickness: float = 0.6) -> Bloc:
    """Draw a rule."""
    return {"k": "hr", "e": thickness}


def champ(
    label: str, val: str = "", *, forme: str = "points", dessus: bool = False
) -> Bloc:
    """Make a labelled field: `ligne`, `points`, `boite` or `nu`."""
    return {"k": "champ", "label": label, "val": val, "forme": forme, "dessus": dessus}


def peigne(
    label: str,
    val: str,
    groupes: Sequence[int],
    *,
    forme: str = "boite",
    dessus: bool = False,
) -> Bloc:
    """Make boxes of one character each."""
    return peignes(label, [("", val, groupes)], forme=forme, dessus=dessus)


def peignes(
    label: str,
    mots: Sequence[tuple[str, str, Sequence[int]]],
    *,
    forme: str = "boite",
    dessus: bool = False,
) -> Bloc:
    """Make several combs on one line, with a word before each."""
    return {
        "k": "peigne", "label": label, "dessus": dessus, "forme": forme,
        "mots": [
            {"avant": avant, "val": val, "groupes": list(groupes)}
            for avant, val, groupes in mots
        ],
    }  # fmt: skip


def jour(label: str, day: dt.date | None, *, forme: str = "boite") -> Bloc:
    """Make a comb for a day."""
    return peigne(label, f"{day:%d%m%Y}" if day else "", (2, 2, 4), forme=forme)


def cases(
    choix: Sequence[tuple[str, bool]],
    *,
    label: str = "",
    pas: float = 6,
    colonne: bool = False,
    avant: bool = True,
    marque: str = "croix",
) -> Bloc:
    """Make boxes to tick; `avant`: the box stands before its words."""
    return {
        "k": "cases", "label": label, "pas": pas, "colonne": colonne, "avant": avant,
        "marque": marque, "choix": [{"t": t, "on": on} for t, on in choix],
    }  # fmt: skip


def grille(
    cols: Sequence[float],
    cells: Sequence[Sequence[Bloc]],
    *,
    g: float = 4,
    rg: float = 2,
    cadre: bool = False,
) -> Bloc:
    """Lay cells side by side."""
    return {
        "k": "grille", "cols": list(cols), "cells": [list(c) for c in cells],
        "g": 0 if cadre else g, "rg": 0 if cadre else rg, "cadre": cadre,
    }  # fmt: skip


def cadre(
    heading: str,
    blocs: Sequence[Bloc],
    *,
    fond: str = "#e2e2e2",
    e: float = 0.7,
    r: float = 0,
    blanc: bool = False,
) -> Bloc:
    """Frame a section under a heading."""
    return {
        "k": "cadre", "titre": heading, "blocs": list(blocs), "fond": fond, "e": e,
        "r": r, "blanc": blanc,
    }  # fmt: skip


def tableau(
    tete: Sequence[Runs],
    lignes: Sequence[Sequence[Run]],
    *,
    cols: Sequence[float] | None = None,
    align: str | None = None,
    bord: str = "tout",
    fond: str = "",
    size: float = 0.9,
    pad: float = 3,
) -> Bloc:
    """Make a table; `align` is one letter per column (g, c, d)."""
    return {
        "k": "tableau", "tete": list(tete), "lignes": [list(row) for row in lignes],
        "cols": list(cols or [1] * len(tete)), "align": list(align or "g" * len(tete)),
        "bord": bord, "fond": fond, "z": size, "pad": pad,
    }  # fmt: skip


def liste(points: Sequence[Runs], *, num: bool = False) -> Bloc:
    """Make a list."""
    return {"k": "liste", "points": list(points), "num": num}


def trace(tirage: random.Random) -> list[list[float]]:
    """Draw the curve of a signature: cubic pieces in the unit square."""
    x, points = 0.05, [[0.05, tirage.uniform(0.3, 0.7)]]
    for _ in range(tirage.randint(3, 6)):
        for _ in range(3):
            x += tirage.uniform(-0.06, 0.14)
            points.append([min(max(x, 0), 1), tirage.uniform(0.02, 0.98)])
    return points


def signature(
    tirage: random.Random,
    lignes: Sequence[Run],
    *,
    a: str = "d",
    largeur: float = 70,
    signe: bool = True,
) -> Bloc:
    """Make the foot of a letter, with a drawn signature."""
    return {
        "k": "signature", "a": a, "l": largeur, "lignes": list(lignes),
        "trace": trace(tirage) if signe else [], "e": tirage.uniform(0.8, 1.6),
    }  # fmt: skip


def tampon(
    tirage: random.Random,
    lignes: Sequence[str],
    *,
    dx: float,
    dy: float,
    size: float = 8,
    largeur: float = 0,
) -> Bloc:
    """Stamp a rectangle, a little crooked."""
    return {
        "k": "tampon",
        "dx": dx + tirage.uniform(-4, 4),
        "dy": dy + tirage.uniform(-3, 3),
        "angle": tirage.uniform(-7, 7),
        "c": tirage.choice(("#26348f", "#7a1f2b", "#222222")),
        "e": 1.1,
        "r": tirage.choice((0, 3)),
        "z": size,
        "l": largeur,
        "police": ["Liberation Sans", "DejaVu Sans Mono"],
        "lignes": list(lignes),
    }


def rond(
    tirage: random.Random,
    lignes: Sequence[str],
    *,
    dx: float,
    dy: float,
    rayon: float = 15,
) -> Bloc:
    """Stamp the round seal of a town hall."""
    return {
        "k": "rond", "dx": dx, "dy": dy, "angle": tirage.uniform(-15, 15), "l": rayon,
        "c": tirage.choice(("#26348f", "#444444")), "z": 7, "lignes": list(lignes),
    }  # fmt: skip


def logo(tirage: random.Random, letters: str, *, hauteur: float = 14) -> Bloc:
    """Draw an invented logo."""
    return {
        "k": "logo", "h": hauteur, "t": letters,
        "forme": tirage.choice(("rond", "losange", "carre")),
        "c": tirage.choice(("#35618f", "#55713b", "#7d4a2a", "#444444")),
    }  # fmt: skip


def marge(
    text: str, *, dx: float, dy: float, angle: float = -90, size: float = 6
) -> Bloc:
    """Write in the margin."""
    return {"k": "marge", "t": text, "dx": dx, "dy": dy, "angle": angle, "z": size}


def saut() -> Bloc:
    """Start another page."""
    return {"k": "saut"}


def bas(text: Runs, *, a: str = "c", size: float = 7) -> Bloc:
    """Write at the foot of the page."""
    return {"k": "bas", "t": text, "a": a, "z": size}
