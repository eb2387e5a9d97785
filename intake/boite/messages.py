"""What a reading child says of a page: the JSON objects that `intake.codec` checks."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from intake.boite import apercu, empreinte
from intake.boite.traits import Carre
from socle.sandbox_server import Answer


def unreadable(numero: int, why: str) -> dict[str, Any]:
    """Say that a page could not be read."""
    return {"numero": numero, "illisible": why[:200]}


def picture(
    numero: int, pixels: np.ndarray[Any, Any], *, is_line_art: bool = False
) -> Answer:
    """Show a page; a later picture of the same page replaces this one."""
    encoded = apercu.encode(pixels, is_line_art=is_line_art)
    return {"numero": numero, "apercu": True, "image": empreinte.look(pixels)}, encoded


def squares(carres: Sequence[Carre], shape: tuple[int, ...]) -> list[list[float]]:
    """Write boxes in fractions of the page."""
    height, width = shape[:2]
    return [
        [
            round(carre.x / width, 5),
            round(carre.y / height, 5),
            round(carre.largeur / width, 5),
            round(carre.hauteur / height, 5),
            carre.encre,
        ]
        for carre in carres
    ]


def blank(
    numero: int, rotation: int, shape: tuple[int, ...], compteurs: Mapping[str, int]
) -> Answer:
    """Say that a page carries nothing."""
    return page_read(
        numero,
        origine="ocr",
        mots=[],
        cases=[],
        codes=[],
        rotation=rotation,
        shape=shape,
        compteurs=compteurs,
        is_blanche=True,
    )


def page_read(
    numero: int,
    *,
    origine: str,
    mots: list[list[object]],
    cases: list[list[float]],
    codes: list[list[object]],
    rotation: int,
    shape: tuple[int, ...],
    compteurs: Mapping[str, int],
    is_blanche: bool = False,
) -> Answer:
    """Say what was read on a page."""
    page = {
        "numero": numero,
        "origine": origine,
        "mots": mots,
        "cases": cases,
        "codes": codes,
        "is_blanche": is_blanche,
        "rotation": rotation,
        "largeur_px": int(shape[1]),
        "hauteur_px": int(shape[0]),
        "is_illisible": False,
    }
    return {"numero": numero, "page": page, "compteurs": dict(compteurs)}, b""
