"""What is sent to the printer: the letters of a day in one file, behind their own list.

Laid out from what each letter kept when it was issued: same values, same words. Nothing
new is numbered, nothing is changed.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from letters import compose, courriers, render
from letters.courriers import Courrier, FiltreCourriers
from letters.edition import instant_of
from records.comptes import Perimetre
from socle import editions
from socle.db import ReadSession
from socle.errors import NotFoundError, RefusedError

LAYOUT = Path(__file__).parent / "gabarits" / "tournee.typ"
MAX_LETTERS = 500
_PAGE = 200


def of_day(
    session: ReadSession,
    perimetre: Perimetre,
    on: dt.date,
    collectivite_id: int | None = None,
) -> list[Courrier]:
    """Return the letters of a run one may see, in the order they are printed.

    Raises `NotFoundError` when nothing was issued that day, `RefusedError` beyond what
    one file holds.
    """
    found: list[Courrier] = []
    for nature in (
        courriers.NatureCourrier.DOCUMENT_MANQUANT,
        courriers.NatureCourrier.RELANCE,
    ):
        filtre = FiltreCourriers(
            nature=nature.code, du=on, au=on, collectivite_id=collectivite_id
        )
        curseur: str | None = None
        while True:
            page = courriers.listing(
                session, perimetre, filtre, curseur=curseur, limite=_PAGE
            )
            if page.total > MAX_LETTERS:
                raise _too_many(page.total)
            found += page.rows
            curseur = page.suivant
            if curseur is None:
                break
    if not found:
        raise NotFoundError("introuvable", "Aucun courrier n'a été émis ce jour-là.")
    if len(found) > MAX_LETTERS:
        raise _too_many(len(found))
    return sorted(found, key=lambda one: (one.collectivite_id, one.numero))


def _too_many(count: int) -> RefusedError:
    return RefusedError(
        "trop-de-courriers",
        f"{count} courriers ont été émis ce jour-là, {MAX_LETTERS} au plus tiennent dans "
        "un fichier : imprimez-les par collectivité.",
    )


def pdf(letters: Iterable[Courrier], on: dt.date) -> bytes:
    """Return one file to print: the list of the run, then each letter on its own sheets."""
    kept = list(letters)
    title = f"Tournée du {compose.day(on)}"
    values = {
        "titre": title,
        "auteur": "Vaguemestre",
        "resume": _summary(kept),
        "pied": title,
        "lettres": [_one(letter) for letter in kept],
    }
    return editions.compose(LAYOUT, values, instant=instant_of(on))


def _summary(letters: list[Courrier]) -> str:
    lines = sum(letter.nb_lignes for letter in letters)
    places = len({letter.collectivite_id for letter in letters})
    blocked = sum((letter.montant_eur or Decimal(0) for letter in letters), Decimal(0))
    said = (
        f"Courriers : {len(letters)}. Collectivités : {places}. "
        f"Documents demandés : {lines}."
    )
    return f"{said} Sommes bloquées : {compose.amount(blocked)}." if blocked else said


def _one(letter: Courrier) -> dict[str, Any]:
    return {**render.drawn(letter.contenu), "lignes": letter.nb_lignes}
