"""Requirements × letters already sent × day → what to ask today, at which rank. Pure.

A rank follows the one before it, never skips it, and never comes sooner after it than the
contract puts between the two: a line found late is asked calmly, not three nights running.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from records.pieces import PieceAttendue
from records.vocabulary import EtatPiece

SEUILS = (30, 60, 75)
_KEY = "relances_jours"
_MAX_RANKS = 12
_MAX_DAYS = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class Demande:
    """A requirement to be asked for today, and the day that made it due."""

    piece: PieceAttendue
    relance: int
    due_le: dt.date
    premiere_demande: dt.date
    is_derniere: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """A requirement that was due today and is not asked for, and why."""

    piece: PieceAttendue
    relance: int
    motif: str


def thresholds(parametres: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the days of the reminders of a contract, counted from the day due.

    What the contract says wrongly is left aside for the usual calendar.

    >>> thresholds({}), thresholds({"relances_jours": [15, 45]})
    ((30, 60, 75), (15, 45))
    """
    given = parametres.get(_KEY)
    if not isinstance(given, list) or not 0 < len(given) <= _MAX_RANKS:
        return SEUILS
    days = [d for d in given if isinstance(d, int) and 0 <= d <= _MAX_DAYS]
    if len(days) != len(given) or days != sorted(set(days)):
        return SEUILS
    return tuple(days)


def due_on(
    exigible_le: dt.date, sent: Mapping[int, dt.date], seuils: tuple[int, ...]
) -> tuple[int, dt.date] | None:
    """Return the next rank of a line and the day it falls due; None after the last one.

    `sent` gives, by rank, the day each letter left.
    """
    rank = max(sent, default=0) + 1
    if rank > len(seuils):
        return None
    due = exigible_le + dt.timedelta(days=seuils[rank - 1])
    if sent:
        between = seuils[rank - 1] - seuils[rank - 2]
        due = max(due, sent[rank - 1] + dt.timedelta(days=between))
    return rank, due


def decide(
    pieces: Iterable[PieceAttendue],
    sent: Mapping[int, Mapping[int, dt.date]],
    suspended: Mapping[int, str],
    *,
    seuils: tuple[int, ...],
    on: dt.date,
) -> tuple[list[Demande], list[Suspension]]:
    """Return what to ask for on a day, and what is due but waits, with its reason.

    `sent` and `suspended` are by id of requirement. Only a line still awaited is asked for.
    """
    asked: list[Demande] = []
    waiting: list[Suspension] = []
    for piece in pieces:
        if not piece.is_open:
            continue
        found = due_on(piece.exigible_le, sent.get(piece.id, {}), seuils)
        if found is None or found[1] > on:
            continue
        rank, due = found
        why = suspended.get(piece.id)
        if piece.etat != EtatPiece.ATTENDUE.code:
            why = why or "recue-a-verifier"
        if why:
            waiting.append(Suspension(piece=piece, relance=rank, motif=why))
            continue
        first = min(sent.get(piece.id, {}).values(), default=on)
        asked.append(
            Demande(
                piece=piece,
                relance=rank,
                due_le=due,
                premiere_demande=first,
                is_derniere=rank == len(seuils),
            )
        )
    return asked, waiting
