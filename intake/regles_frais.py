"""Rules of linking for costs: invoices, prescriptions, care sheets, transport, quotes.

An amount alone never suffices: it stands with a person and nothing that differs. Pure.
"""

import datetime as dt

from intake.constats import (
    Correspondance,
    Lecture,
    differs,
    exact,
    say,
    silent,
)
from records.evenements import Evenement
from records.pieces import PieceAttendue

CARE_WINDOW = dt.timedelta(days=3)


def costs(
    lecture: Lecture, piece: PieceAttendue, evenement: Evenement
) -> Correspondance | None:
    """Compare a paper of costs: its amount, its day of care, its accident."""
    amount = _same_amount(lecture, piece)
    care = _same_care(lecture, piece)
    if amount is False:
        if lecture.type == "FACTURE" and not care:
            return None
        return differs("Le montant lu n'est pas celui des frais déclarés.")
    if amount:
        return exact(f"Montant {piece.montant_eur} € : celui des frais déclarés.")
    if care:
        day = piece.date_reference
        return exact(f"Date du {say(day)} : celle des soins.")
    if care is False:
        return differs("La date des soins n'est pas celle des frais déclarés.")
    if lecture.is_about(evenement):
        day = evenement.date_survenance
        return exact(f"Date du {say(day)} : celle de l'accident.")
    return silent("Rien ne dit à quels frais ce papier se rapporte.")


def _same_amount(lecture: Lecture, piece: PieceAttendue) -> bool | None:
    """Compare amounts; None when the line or the paper has none."""
    if piece.montant_eur is None:
        return None
    read = lecture.montant("montant")
    if read is not None:
        return read == piece.montant_eur
    return True if piece.montant_eur in lecture.montants else None


def _same_care(lecture: Lecture, piece: PieceAttendue) -> bool | None:
    """Compare days of care; None when the paper does not say."""
    wanted = piece.date_reference
    for name in ("date_soins", "date"):
        read = lecture.jour(name)
        if read is not None and abs(read - wanted) <= CARE_WINDOW:
            return True
    if lecture.bears(wanted):
        return True
    return False if lecture.jour("date_soins") is not None else None
