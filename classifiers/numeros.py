"""Numbers that prove themselves: NIR, SIRET, SIREN, IBAN, RPPS; a wrong key is none."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stdnum import iban as stdnum_iban
from stdnum import luhn

from classifiers.text import FIGURES, figures, is_mostly_figures

_NIR, _NIR_BODY, _SIRET, _SIREN, _RPPS = 15, 13, 14, 9, 11
_FRAMES = r"[\s|\[\](){}_.:;'\u00b0/-]"
_RUN = re.compile(
    rf"(?<![0-9a-z])[0-9odilsbzg|!\[\](){{}}_.'/-](?:{_FRAMES}{{0,3}}[0-9odilsbzga|!]){{12,60}}"
)
_DIGITS_RUN = re.compile(r"(?<![0-9])\d(?:[ .\u00a0-]{0,3}\d){8,30}(?![0-9])")
_IBAN = re.compile(r"(?<![a-z0-9])([a-z]{2}\s?[0-9o]{2}(?:[\s.-]{0,2}[a-z0-9]){11,30})")
_BIC = re.compile(
    r"(?<![a-z0-9])([a-z]{4}\s?[a-z]{2}\s?[a-z0-9]{2}(?:\s?[a-z0-9]{3})?)(?![a-z0-9])"
)
_MONTHS = {*range(1, 13), *range(20, 43), *range(50, 100)}
_CORSICA = {"2A": "19", "2B": "18"}
_POSTE = "356000000"


@dataclass(frozen=True, slots=True)
class NumeroLu:
    """A number read, without spaces, and its offsets in the text."""

    valeur: str
    debut: int
    fin: int
    score: float = 1.0


def nir_key(body: str) -> str:
    """Return the two-figure key of the thirteen signs of a NIR.

    >>> nir_key("1850578006084")
    '91'
    >>> nir_key("185052A006084") != nir_key("185052B006084")
    True
    """
    for letters, number in _CORSICA.items():
        body = body.replace(letters, number)
    return f"{97 - int(body) % 97:02d}"


def is_nir(text: str) -> bool:
    """Tell whether fifteen signs are a NIR: sex, month, department, key.

    >>> is_nir("185057800608491"), is_nir("185057800608492")
    (True, False)
    """
    if not re.fullmatch(r"[1234578]\d{4}(?:\d{2}|2[AB])\d{8}", text):
        return False
    return int(text[3:5]) in _MONTHS and nir_key(text[:_NIR_BODY]) == text[_NIR_BODY:]


def find_nirs(plat: str, *, labelled: bool = False) -> list[NumeroLu]:
    """Return the NIR of a folded text; with `labelled`, misread figures are forgiven.

    >>> [found.valeur for found in find_nirs("ns 1 85 05 78 006 084 91")]
    ['185057800608491']
    """
    found = [*_plain_nirs(plat)]
    if not found and labelled:
        found = [*_combed_nirs(plat)]
    return found


def _plain_nirs(plat: str) -> Iterator[NumeroLu]:
    pattern = re.compile(
        r"(?<![0-9a-z])([1234578])((?:[ .\u00a0|-]{0,3}[0-9]){4})"
        r"((?:[ .\u00a0|-]{0,3}[0-9]){2}|[ .|-]{0,3}2 ?[ab])"
        r"((?:[ .\u00a0|-]{0,3}[0-9]){6})((?:[ .\u00a0|/-]{0,3}[0-9]){2})(?![0-9])"
    )
    at = 0
    while match := pattern.search(plat, at):
        value = re.sub(r"[^0-9ab]", "", match.group()).upper()
        if is_nir(value):
            yield NumeroLu(value, *match.span())
            at = match.end()
        else:
            at = match.start() + 1


def _combed_nirs(plat: str) -> Iterator[NumeroLu]:
    """Fifteen figures between frames, after a label; only a right key is believed."""
    for match in _RUN.finditer(plat):
        for text in _readings(match.group()):
            if is_nir(text):
                yield NumeroLu(text, *match.span(), 0.9)
                return


def _readings(run: str) -> Iterator[str]:
    """Yield what a run of cells may say: walls dropped, or taken for ones."""
    for walls in ("", "1"):
        signs = re.sub(r"[\[\](){}_.:;'\u00b0/\s-]", "", re.sub(r"[|!]", walls, run))
        if len(signs) < _NIR or not is_mostly_figures(signs):
            continue
        text = signs.translate(FIGURES)
        if len(text) == _NIR and text.isdigit():
            yield text
        raw = signs[:_NIR]
        corsica = re.fullmatch(r"(.{5})(2[ab])(.{8})", raw)
        if corsica and len(signs) == _NIR:
            head, letters, tail = corsica.groups()
            yield head.translate(FIGURES) + letters.upper() + tail.translate(FIGURES)


def nir_without_key(plat: str) -> NumeroLu | None:
    """Return the NIR of thirteen plausible figures standing alone, its key added."""
    match = re.search(
        r"(?<![0-9a-z])([12])\s?(\d{2})\s?(\d{2})\s?(\d{2}|2[ab])\s?(\d{3})\s?(\d{3})(?!\s?\d)",
        plat,
    )
    if match is None or int(match.group(3)) not in _MONTHS:
        return None
    body = "".join(match.groups()).upper()
    return NumeroLu(body + nir_key(body), *match.span(), 0.6)


def is_siret(text: str) -> bool:
    """Tell whether fourteen figures are a SIRET.

    >>> is_siret("73282932000074"), is_siret("73282932000075")
    (True, False)
    """
    if not re.fullmatch(r"\d{14}", text):
        return False
    if text.startswith(_POSTE):
        return sum(map(int, text)) % 5 == 0 or luhn.is_valid(text)
    return bool(luhn.is_valid(text))


def find_sirets(plat: str) -> list[NumeroLu]:
    """Return the SIRET of a folded text, by their own key."""
    return [
        NumeroLu(value, debut, fin)
        for value, debut, fin in _runs(plat, _SIRET)
        if is_siret(value)
    ]


def find_sirens(plat: str) -> list[NumeroLu]:
    """Return the numbers of nine figures whose key is right."""
    return [
        NumeroLu(value, debut, fin)
        for value, debut, fin in _runs(plat, _SIREN)
        if luhn.is_valid(value)
    ]


def _runs(plat: str, length: int) -> Iterator[tuple[str, int, int]]:
    """Yield figures in groups that make exactly this length."""
    groups = [(m.group(), m.start(), m.end()) for m in re.finditer(r"\d+", plat)]
    for first in range(len(groups)):
        value, end = "", groups[first][1]
        for text, start, stop in groups[first:]:
            if value and not re.fullmatch(r"[ .\u00a0|-]{1,3}", plat[end:start]):
                break
            value, end = value + text, stop
            if len(value) >= length:
                break
        if len(value) == length:
            yield value, groups[first][1], end


def find_rpps(plat: str) -> list[NumeroLu]:
    """Return RPPS numbers: eleven figures after their label, or bare and well keyed."""
    found = [
        NumeroLu(figures(match.group(1)), *match.span(1))
        for match in re.finditer(r"rpps\W{0,6}((?:[0-9oil] ?){11})(?![0-9])", plat)
    ]
    return found or [
        NumeroLu(value, debut, fin, 0.7)
        for value, debut, fin in _runs(plat, _RPPS)
        if value.startswith("10") and luhn.is_valid(value)
    ]


def find_ibans(plat: str) -> list[NumeroLu]:
    """Return the IBAN of a folded text, by their key; the longest valid reading wins.

    >>> [found.valeur for found in find_ibans("iban fr76 3000 6000 0112 3456 7890 189")]
    ['FR7630006000011234567890189']
    """
    found = []
    for match in _IBAN.finditer(plat):
        for text, end in _prefixes(match.group(1)):
            if stdnum_iban.is_valid(text):
                found.append(NumeroLu(text, match.start(1), match.start(1) + end))
                break
    return found


def _prefixes(raw: str) -> Iterator[tuple[str, int]]:
    """Yield each reading of a candidate, longest first, letters O kept then as zeros."""
    for end in range(len(raw), 13, -1):
        if not raw[end - 1].isalnum():
            continue
        text = re.sub(r"[^a-z0-9]", "", raw[:end]).upper()
        if text[:2] == "FR" and len(text) != 27:  # noqa: PLR2004
            continue
        yield text, end
        if text[:2] == "FR":
            yield text[:2] + text[2:].replace("O", "0").replace("I", "1"), end


def find_bics(plat: str) -> list[NumeroLu]:
    """Return the BIC standing after their label."""
    found = []
    for label in re.finditer(
        r"(?:bic|swift|bank identifier code)\W{0,3}(?:swift|adresse)?", plat
    ):
        rest = plat[label.end() : label.end() + 40]
        match = _BIC.search(rest)
        if match:
            value = match.group(1).replace(" ", "").upper()
            start = label.end() + match.start(1)
            found.append(NumeroLu(value, start, label.end() + match.end(1)))
    return found
