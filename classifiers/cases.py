"""Ticked boxes, told from ink: a blank form prints every option.

Each label is given the box beside it, and the boxes of one question are compared with one
another. When the ink does not say, the answer is None: « case inconnue ». The box finder
may miss boxes or see some in letters; only boxes standing by their label count.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from classifiers.evidence import Case, Zone
from classifiers.feuille import Feuille, Touche

TICKED, LONE = 0.1, 0.17
APART, RATIO = 0.07, 0.55
REACH, INSIDE, REACH_RIGHT = 0.05, 0.012, 0.035
OUI_NON: Mapping[str, str] = {"true": "oui", "false": "non"}
CAS: Mapping[str, str] = {
    "initial": "initiale?",
    "prolongation": r"(?:de )?prolongation",
    "final": "finale?",
    "rechute": r"(?:de )?rechute",
}
_MARKED = re.compile(
    r"(?:[\u2611\u2612\u2705\u2713\u2714\u2717\u2718\u25a0\u25cf\u25c9\u2327]"
    r"|[\[(|]\s?[xXvV\u00d7]\s?[\])|]|(?<![^\s:;,.])[xX\u00d7])\s{0,2}$"
)
_EMPTY = re.compile(
    r"(?:[\u2610\u25a1\u25a2\u25cb\u25fb]|\[\s?\]|\(\s?\)|\[_\])\s{0,2}$"
)


@dataclass(frozen=True, slots=True)
class Coche:
    """The option ticked, where its box is, and how sure the ink is (0 to 1)."""

    valeur: str
    zone: Zone | None
    confiance: float
    lu: str = ""


@dataclass(frozen=True, slots=True)
class _Option:
    """One printed option: its place, its box if one was found, its mark in the text."""

    valeur: str
    zone: Zone
    debut: int
    fin: int
    case: Case | None
    marque: bool | None
    # the box on its right: some forms print the box after its words
    suivante: Case | None = None


def chosen(
    feuille: Feuille, options: Mapping[str, str], debut: int, fin: int
) -> Coche | None:
    """Return the option ticked among labels printed between two offsets.

    `options` maps each answer to the pattern of its printed label (folded text). With
    several groups in the span, the first whose ink answers wins.
    """
    for group in _groups(feuille, options, debut, fin):
        answer = _decide(group, len(options))
        if answer is not None:
            return answer
    return None


def chosen_near(
    feuille: Feuille, options: Mapping[str, str], touche: Touche, *, rows: int = 1
) -> Coche | None:
    """Return the option ticked after a question, on its row or the next ones."""
    row = feuille.rang_at(max(touche.fin - 1, touche.debut))
    last = min(row + rows, len(feuille.rangs) - 1)
    same = chosen(feuille, options, touche.fin, feuille.rangs[row].fin)
    if same is not None or last == row:
        return same
    if _has_options(feuille, options, touche.fin, feuille.rangs[row].fin):
        return None
    return chosen(feuille, options, touche.fin, feuille.rangs[last].fin)


def answered(feuille: Feuille, touche: Touche, *, rows: int = 1) -> Coche | None:
    """Return yes (`true`) or no (`false`) to a question: ticked, or printed alone.

    A print-out that writes only « non » says no; a form that prints both says nothing
    without ink.
    """
    row = feuille.rangs[feuille.rang_at(max(touche.fin - 1, touche.debut))]
    ticked = chosen_near(feuille, OUI_NON, touche, rows=rows)
    if ticked is not None:
        return ticked
    rest = feuille.plat[touche.fin : row.fin]
    words = re.findall(r"(?<![a-z])(?:[a-z]{0,2}[\[\]|]?)(oui|non)(?![a-z])", rest)
    alone = re.match(r"[\s:.|()?=-]{0,8}(oui|non)(?![a-z])", rest)
    if alone is None or len(words) != 1:
        return None
    debut, fin = touche.fin + alone.start(1), touche.fin + alone.end(1)
    value = "true" if alone.group(1) == "oui" else "false"
    return Coche(value, feuille.zone(debut, fin), 0.85, alone.group(1))


# the reader often glues the two answers: « tiers:ouinon »
_BEFORE = r"(?<![a-z])[a-z]{0,2}?[\[\]|\W]{0,2}?"
_GLUED = {
    "oui": _BEFORE + r"(oui)(?:(?=non)|(?![a-z]))",
    "non": rf"(?:(?<=oui)|{_BEFORE})(non)(?![a-z])",
}


@lru_cache(maxsize=256)
def _pattern(label: str) -> re.Pattern[str]:
    if label in _GLUED:
        return re.compile(_GLUED[label])
    spaced = label.replace(" ", r"\s{1,3}")
    return re.compile(rf"(?<![a-z])[a-z]{{0,2}}?[\[\]|\W]{{0,2}}?({spaced})(?![a-z])")


def _has_options(
    feuille: Feuille, options: Mapping[str, str], debut: int, fin: int
) -> bool:
    return any(_pattern(p).search(feuille.plat, debut, fin) for p in options.values())


def _groups(
    feuille: Feuille, options: Mapping[str, str], debut: int, fin: int
) -> Iterator[list[_Option]]:
    """Yield the sets of options that answer one question: a row, or a column."""
    found: list[_Option] = []
    for value, label in options.items():
        for match in _pattern(label).finditer(feuille.plat, debut, fin):
            option = _option(feuille, value, match)
            if option is not None:
                found.append(option)
    found.sort(key=lambda option: option.debut)
    group: list[_Option] = []
    for option in found:
        if group and (_is_far(group[-1], option) or _repeats(group, option)):
            yield group
            group = []
        group.append(option)
    if group:
        yield group


def _is_far(left: _Option, right: _Option) -> bool:
    height = max(left.zone.hauteur, right.zone.hauteur, 0.008)
    return right.zone.y - left.zone.y > 4 * height


def _repeats(group: Sequence[_Option], option: _Option) -> bool:
    return any(other.valeur == option.valeur for other in group)


def _option(feuille: Feuille, value: str, match: re.Match[str]) -> _Option | None:
    debut, fin = match.span(1)
    words = feuille.words(debut, fin)
    if not words:
        return None
    zone = words[0].zone
    for mot in words[1:]:
        zone = zone.around(mot.zone)
    left = _left_edge(feuille, debut)
    zone = Zone(
        x=left, y=zone.y, largeur=max(zone.droite - left, 0.001), hauteur=zone.hauteur
    )
    row = feuille.rangs[feuille.rang_at(debut)]
    before, after = _boxes(feuille, zone)
    mark = _mark(feuille, row.debut, debut)
    return _Option(value, zone, debut, fin, before, mark, after)


def _left_edge(feuille: Feuille, offset: int) -> float:
    """Return where a label starts, even glued to what was read of its box."""
    mot = feuille.words(offset, offset + 1)[0]
    start = feuille.texte.rfind(" ", 0, offset)
    start = max(start, feuille.texte.rfind("\n", 0, offset)) + 1
    length = max(len(mot.texte), 1)
    return mot.zone.x + mot.zone.largeur * min(max(offset - start, 0), length) / length


def _boxes(feuille: Feuille, label: Zone) -> tuple[Case | None, Case | None]:
    """Return the nearest box on the left of a label, and the one just on its right."""
    centre = label.y + label.hauteur / 2
    level = [
        case
        for case in feuille.evidence.cases
        if abs(case.zone.y + case.zone.hauteur / 2 - centre)
        <= max(0.75 * label.hauteur, 0.009)
    ]
    # a line read as a whole may reach over the box at its end
    right = [
        c
        for c in level
        if -INSIDE <= c.zone.x - label.droite <= REACH_RIGHT
        or (c.zone.x > label.x + label.largeur / 2 and c.zone.x <= label.droite)
    ]
    after = min(right, key=lambda c: abs(c.zone.x - label.droite)) if right else None
    left = [c for c in level if -INSIDE <= label.x - c.zone.droite <= REACH]
    if left:
        return min(left, key=lambda c: abs(label.x - c.zone.droite)), after
    # the reader took the box for the first letter of the label
    swallowed = [
        c
        for c in level
        if abs(c.zone.x - label.x) <= INSIDE and c.zone.largeur < label.largeur / 2
    ]
    return (swallowed[0] if swallowed else None), after


def _mark(feuille: Feuille, row: int, offset: int) -> bool | None:
    """Tell whether a mark is written before the label: yes, no, or nothing there."""
    before = feuille.texte[max(row, offset - 6) : offset]
    if re.search(r"\w[\u25a0-\u27bf]\s*$", before):
        # glued to the word before: nobody knows whose mark it is
        return None
    if _MARKED.search(before):
        return True
    return False if _EMPTY.search(before) else None


def _decide(group: Sequence[_Option], total: int) -> Coche | None:
    boxed = _without_shared(_on_one_side(group))
    by_ink = _by_ink(boxed, total, len(group)) if boxed else None
    if by_ink is not None:
        return by_ink
    marked = [option for option in group if option.marque is True]
    if len(marked) == 1 and not any(o.case and o.case.encre < TICKED for o in marked):
        option = marked[0]
        return Coche(option.valeur, option.zone, 0.75)
    return None


def _on_one_side(group: Sequence[_Option]) -> list[_Option]:
    """Give each label the box before it, or after it: the same side for all of them.

    Between two labels a box is on the left of one and on the right of the other: the ends
    of the row tell whose it is.
    """
    before = sum(option.case is not None for option in group)
    after = sum(option.suivante is not None for option in group)
    if after > before or (after == before and _gaps(group, 1) < _gaps(group, 0)):
        return [replace(option, case=option.suivante) for option in group]
    return list(group)


def _gaps(group: Sequence[_Option], side: int) -> float:
    """Add up how far the boxes of one side (0 before, 1 after) stand from the labels."""
    if side:
        return sum(abs(o.suivante.zone.x - o.zone.droite) for o in group if o.suivante)
    return sum(abs(o.zone.x - o.case.zone.droite) for o in group if o.case)


def _without_shared(group: Sequence[_Option]) -> list[_Option]:
    """Keep each box for the label it is nearest to: on its left first."""
    kept: list[_Option] = []
    for option in group:
        rivals = [o for o in group if o.case is option.case and o.case is not None]
        if option.case is None:
            continue
        nearest = min(rivals, key=_distance)
        if nearest is option:
            kept.append(option)
    return kept


def _distance(option: _Option) -> float:
    assert option.case is not None
    gap = option.zone.x - option.case.zone.droite
    if gap > -INSIDE or abs(option.case.zone.x - option.zone.x) <= INSIDE:
        return abs(gap)
    return abs(option.case.zone.x - option.zone.droite) + 1


def _by_ink(boxed: Sequence[_Option], total: int, seen: int) -> Coche | None:
    inks = sorted(
        ((o.case.encre, o) for o in boxed if o.case), key=lambda pair: -pair[0]
    )
    top, option = inks[0]
    if len(inks) == 1:
        # its label alone was read: the box may be its neighbour's
        if top < LONE or (seen == 1 < total):
            return None
        return Coche(option.valeur, _case_zone(option), 0.7 if total > 1 else 0.85)
    second = inks[1][0]
    if top < TICKED or second > RATIO * top or top - second < APART:
        return None
    whole = len(inks) == total
    sure = min(0.99, 0.8 + (top - second))
    return Coche(option.valeur, _case_zone(option), sure if whole else sure * 0.92)


def _case_zone(option: _Option) -> Zone:
    assert option.case is not None
    return option.case.zone.around(option.zone)
