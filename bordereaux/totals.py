"""Control totals and digest of a list: equal if and only if the lists are equal. Pure."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bordereaux.lines import Cellule, Colonne, Genre, Liste, to_json
from records import decompte


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The sum of one column, in figures and in words: euros, or a count."""

    titre: str
    somme: Decimal | int
    en_lettres: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Controle:
    """What proves a list: how many lines, the sums of its columns, its digest."""

    nb_lignes: int
    nb_en_lettres: str
    totaux: tuple[Total, ...]
    empreinte: str


def control(liste: Liste) -> Controle:
    """Return the control totals of a list, exact to the cent."""
    return Controle(
        nb_lignes=len(liste.lignes),
        nb_en_lettres=decompte.whole_in_words(len(liste.lignes)),
        totaux=tuple(
            _total(colonne, [line[rank] for line in liste.lignes])
            for rank, colonne in enumerate(liste.colonnes)
            if colonne.is_totalise
        ),
        empreinte=digest(liste),
    )


def _total(colonne: Colonne, cells: Sequence[Cellule]) -> Total:
    if colonne.genre is Genre.MONTANT:
        amount = decompte.total([cell for cell in cells if isinstance(cell, Decimal)])
        words = decompte.in_words(amount)
        return Total(titre=colonne.titre, somme=amount, en_lettres=words)
    number = sum(cell for cell in cells if isinstance(cell, int))
    words = decompte.whole_in_words(number)
    return Total(titre=colonne.titre, somme=number, en_lettres=words)


def digest(liste: Liste) -> str:
    """Return the SHA-256 of the columns and lines, whatever the heading says."""
    kept = to_json(liste)
    text = json.dumps(
        [kept["colonnes"], kept["lignes"]], ensure_ascii=False, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()
