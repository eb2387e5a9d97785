"""A composed letter → its PDF: codes drawn, values laid out, nothing decided."""

import datetime as dt
import functools
import re
from pathlib import Path
from typing import Any

import segno

from letters.compose import Lettre, long_day
from socle import editions

LAYOUT = Path(__file__).parent / "gabarits" / "lettre.typ"
QUIET = 4  # modules of white around a code: readers need them
# one mask for all: trying the eight costs five times as much, for nothing a reader sees
MASK = 2
_DARK = re.compile(rb"\x01+")


def values(lettre: Lettre) -> dict[str, Any]:
    """Return a letter as the layout receives it, codes not drawn: this is what is kept."""
    return {
        "titre": lettre.titre,
        "auteur": lettre.emetteur[0] if lettre.emetteur else "",
        "pied": lettre.pied,
        "emetteur": list(lettre.emetteur),
        "numero": f"Courrier n° {lettre.numero}",
        "lieu_date": f"Le {long_day(lettre.date)}",
        "destinataire": list(lettre.destinataire),
        "references": [list(pair) for pair in lettre.references],
        "avant": list(lettre.avant),
        "dossiers": list(lettre.dossiers),
        "apres": [
            {
                "titre": section.titre,
                "petit": section.petit,
                "paragraphes": list(section.paragraphes),
            }
            for section in lettre.apres
        ],
        "signature": list(lettre.signature),
        "coupons_titre": "Coupons de retour",
        "coupons_consigne": lettre.coupons_consigne,
        "coupons": list(lettre.coupons),
        **lettre.plus,
    }


def pdf(kept: dict[str, Any], *, instant: dt.datetime, layout: Path = LAYOUT) -> bytes:
    """Return the PDF of a letter as kept; the same bytes each time."""
    return editions.compose(layout, drawn(kept), instant=instant)


def drawn(kept: dict[str, Any]) -> dict[str, Any]:
    """Return a letter as kept, its codes drawn."""
    slips = [{**slip, "code": code(slip["contenu"])} for slip in kept["coupons"]]
    return {**kept, "coupons": slips}


@functools.lru_cache(maxsize=4096)
def code(contenu: str) -> str:
    """Return a QR code, level M, as SVG."""
    made = segno.make(contenu, error="m", micro=False, boost_error=False, mask=MASK)
    side = len(made.matrix) + 2 * QUIET
    dark = "".join(
        f"M{run.start() + QUIET} {rank + QUIET}h{len(run[0])}v1h-{len(run[0])}z"
        for rank, row in enumerate(made.matrix)
        for run in _DARK.finditer(bytes(row))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">'
        f'<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/><path d="{dark}"/></svg>'
    )
