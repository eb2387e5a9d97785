"""Decisive marks of a paper: cerfa numbers, volet, our references, event numbers.

A mark is read only where its own shape or its label vouches for it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from classifiers.feuille import Passage
from classifiers.text import figures
from records.references import parse_reference

KNOWN_CERFAS = frozenset(
    {
        "10170", "11138", "14463", "11383", "11135", "11137", "15919", "10112", "12541",
        "12542", "12543", "12544", "12540", "12545", "11389", "11390", "11391", "11392",
        "11574", "11575", "14465", "12613", "50069", "50513", "50261", "51190", "16130",
    }
)  # fmt: skip
OLD_NUMBERS = frozenset({"60-3682", "60-3950", "60-3937"})
NOTICES = frozenset({"50069", "50513", "50261", "51190"})

_D = r"[0-9oil|sbz]"
_CERFA = re.compile(
    rf"(?<![0-9a-z/])((?:{_D} ?){{4}}{_D})\s{{0,2}}[*#x\u00b0\"'^+.\u00a4%]\s{{0,2}}"
    rf"({_D}{{2}})(?![0-9])"
)
_CERFA_LABELLED = re.compile(
    rf"(?:c[eo]r[ft]a|formulaire|s\s?69|ref)\W{{0,4}}(?:n\W{{0,3}})?({_D}{{5}})"
    rf"(?:\W{{0,3}}({_D}{{2}}))?(?![0-9])"
)
_CERFA_BARE = re.compile(r"(?<![0-9])(\d{5})(\d{2})(?![0-9])")
_OLD = re.compile(r"(?<!\d)(60)\s?-\s?(\d{4})(?!\d)")
_VOLET = re.compile(r"(?<![a-z])v[o0][l1i]et\s{1,2}(?:n\W{0,2})?([1-4li])(?![0-9])")
_REFERENCE = re.compile(
    r"(?<![A-Z0-9])([A-Z]{2}\W?\d{4}\W?[0-9A-Z]{5}\W?[0-9A-Z]{5}\W?[A-Z])(?![A-Z0-9])"
)
_EVENT_LABELLED = re.compile(
    r"(?:dossier|evenement|sinistre|accident n|declaration n|reference|ref\.?|"
    r"numero d'evenement)\W{0,4}(?:n\s?[\u00b0o]?\W{0,3}|numero\W{0,3})?"
    r"([a-z$5][a-z0-9]{0,3}\d{2}\s?-\s?[0-9oilsb]{3,6})(?![0-9])"
)
_EVENT_BARE = re.compile(r"(?<![a-z0-9-])(s\d{2}-\d{4,6})(?![0-9-])")


@dataclass(frozen=True, slots=True)
class Marque:
    """A mark read: its normal value and its place in the text of the page."""

    valeur: str
    debut: int
    fin: int
    score: float = 1.0


def cerfas(passage: Passage) -> list[Marque]:
    """Return the cerfa numbers printed, as `10170*07` (or `10170` without edition)."""
    found: dict[str, Marque] = {}
    for marque in _cerfas(passage.plat):
        number = marque.valeur[:5]
        if number not in found or len(marque.valeur) > len(found[number].valeur):
            found[number] = marque
    return sorted(found.values(), key=lambda m: m.debut)


def _cerfas(plat: str) -> Iterator[Marque]:
    for match in _CERFA.finditer(plat):
        number, edition = figures(match.group(1)), figures(match.group(2))
        known = number in KNOWN_CERFAS
        near = "cerfa" in plat[max(match.start() - 60, 0) : match.start()]
        if len(number) == 5 and (known or near):  # noqa: PLR2004
            yield Marque(f"{number}*{edition}", *match.span(), 1.0 if known else 0.6)
    for match in _CERFA_LABELLED.finditer(plat):
        number = figures(match.group(1))
        if number in KNOWN_CERFAS:
            edition = figures(match.group(2) or "")
            value = f"{number}*{edition}" if len(edition) == 2 else number  # noqa: PLR2004
            yield Marque(value, match.start(1), match.end(), 0.9)
    for match in _CERFA_BARE.finditer(plat):
        if match.group(1) in KNOWN_CERFAS and match.group(2) <= "12":
            yield Marque(f"{match.group(1)}*{match.group(2)}", *match.span(), 0.7)
    for match in _OLD.finditer(plat):
        value = f"{match.group(1)}-{match.group(2)}"
        if value in OLD_NUMBERS:
            yield Marque(value, *match.span())


def volets(passage: Passage) -> list[Marque]:
    """Return the volet numbers named on the page, in reading order."""
    return [
        Marque(figures(match.group(1)), match.start(), match.end())
        for match in _VOLET.finditer(passage.plat)
    ]


def references(passage: Passage) -> list[Marque]:
    """Return our own references whose check letter is right."""
    found = []
    upper = passage.texte.upper()
    if len(upper) != len(passage.texte):
        upper = passage.plat.upper()
    for match in _REFERENCE.finditer(upper):
        reference = parse_reference(re.sub(r"[^0-9A-Z]", "", match.group(1)))
        if reference:
            found.append(Marque(reference, *match.span(1)))
    return found


def event_numbers(passage: Passage) -> list[Marque]:
    """Return event numbers of the kind `S26-10003`, labelled ones first."""
    found: dict[str, Marque] = {}
    for pattern, score in ((_EVENT_LABELLED, 1.0), (_EVENT_BARE, 0.8)):
        for match in pattern.finditer(passage.plat):
            value = _event(match.group(1))
            if value:
                found.setdefault(value, Marque(value, *match.span(1), score))
    return list(found.values())


def _event(read: str) -> str | None:
    head, _, tail = read.replace(" ", "").partition("-")
    letters = head[:-2].replace("$", "s")
    if letters == "5":
        letters = "s"
    number = figures(tail)
    if not letters or not letters[0].isalpha() or not number:
        return None
    return f"{letters.upper()}{head[-2:]}-{number}"
