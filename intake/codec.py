"""`Page` ⇄ JSON ⇄ compressed bytes: how a page read is kept, and how a child says it.

What comes from a child is untrusted: everything is checked, clamped and counted here.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from classifiers.evidence import Case, CodeBarres, Mot, Origine, Page, Zone
from socle.sandbox import clean

WORDS_MAX = 20_000
WORD_MAX = 400
CASES_MAX = 2_000
CODES_MAX = 200
CODE_MAX = 4_000
PIXELS_SIDE_MAX = 100_000
JSON_MAX = 16 << 20
DECIMALS = 5


def page_to_dict(page: Page) -> dict[str, Any]:
    """Return a page as a JSON object; words as short lists, in reading order."""
    return {
        "numero": page.numero,
        "origine": page.origine.value,
        "mots": [
            [mot.texte, *_flat(mot.zone), round(mot.confiance, 3), mot.ligne]
            for mot in page.mots
        ],
        "cases": [[*_flat(case.zone), round(case.encre, 3)] for case in page.cases],
        "codes": [
            [code.symbologie, code.contenu, *_flat(code.zone)] for code in page.codes
        ],
        "is_blanche": page.is_blanche,
        "rotation": page.rotation,
        "largeur_px": page.largeur_px,
        "hauteur_px": page.hauteur_px,
        "is_illisible": page.is_illisible,
    }


def page_from_dict(corps: Mapping[str, Any]) -> Page:
    """Build a page from a JSON object; raise ValueError when it is not one."""
    try:
        return Page(
            numero=_count(corps["numero"], 100_000),
            origine=Origine(corps["origine"]),
            mots=tuple(_mot(entry) for entry in _list(corps, "mots", WORDS_MAX)),
            cases=tuple(_case(entry) for entry in _list(corps, "cases", CASES_MAX)),
            codes=tuple(_code(entry) for entry in _list(corps, "codes", CODES_MAX)),
            is_blanche=corps["is_blanche"] is True,
            rotation=_rotation(corps["rotation"]),
            largeur_px=_count(corps["largeur_px"], PIXELS_SIDE_MAX),
            hauteur_px=_count(corps["hauteur_px"], PIXELS_SIDE_MAX),
            is_illisible=corps["is_illisible"] is True,
        )
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"not a page: {error!r}") from error


def page_to_bytes(page: Page) -> bytes:
    """Compress a page for the `page` table."""
    text = json.dumps(page_to_dict(page), ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode(), 6)


def page_from_bytes(octets: bytes) -> Page:
    """Read back a page of the `page` table; raise ValueError when it is not one."""
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(octets, JSON_MAX)
    except zlib.error as error:
        raise ValueError("not a compressed page") from error
    return page_from_dict(json.loads(text))


def renumber(page: Page, numero: int) -> Page:
    """Return the same page under another number."""
    return replace(page, numero=numero)


def _flat(zone: Zone) -> tuple[float, float, float, float]:
    return (
        round(zone.x, DECIMALS),
        round(zone.y, DECIMALS),
        round(zone.largeur, DECIMALS),
        round(zone.hauteur, DECIMALS),
    )


def _list(corps: Mapping[str, Any], name: str, longest: int) -> list[Any]:
    value = corps[name]
    if not isinstance(value, list):
        raise TypeError(name)
    return value[:longest]


def _mot(entry: list[Any]) -> Mot:
    return Mot(
        texte=str(clean(str(entry[0])))[:WORD_MAX],
        zone=_zone(entry[1:5]),
        confiance=_fraction(entry[5]),
        ligne=_count(entry[6], WORDS_MAX),
    )


def _case(entry: list[Any]) -> Case:
    return Case(zone=_zone(entry[0:4]), encre=_fraction(entry[4]))


def _code(entry: list[Any]) -> CodeBarres:
    return CodeBarres(
        symbologie=str(entry[0])[:40],
        contenu=str(clean(str(entry[1])))[:CODE_MAX],
        zone=_zone(entry[2:6]),
    )


def _zone(entry: list[Any]) -> Zone:
    x, y = _fraction(entry[0]), _fraction(entry[1])
    return Zone(
        x=x,
        y=y,
        largeur=min(_fraction(entry[2]), 1 - x),
        hauteur=min(_fraction(entry[3]), 1 - y),
    )


def _fraction(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("fraction")
    return min(max(float(value), 0.0), 1.0)


def _count(value: object, largest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("count")
    return min(max(value, 0), largest)


def _rotation(value: object) -> int:
    return value if isinstance(value, int) and value in (0, 90, 180, 270) else 0
