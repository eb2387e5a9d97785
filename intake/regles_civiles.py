"""Rules of linking for civil status: birth, pregnancy, adoption, death; and the rest.

The person named is not always the agent: a child, a parent, someone deceased. Pure.
"""

import datetime as dt

from intake.constats import (
    ACCIDENTS,
    Correspondance,
    Lecture,
    declared,
    differs,
    exact,
    say,
    unique,
)
from records.evenements import Evenement
from records.pieces import PieceAttendue

BIRTH_WINDOW = dt.timedelta(days=75)


def by_uniqueness(
    lecture: Lecture, piece: PieceAttendue, evenement: Evenement
) -> Correspondance | None:
    """Accept by the event's number or date, else only if the line is the only one."""
    if lecture.names(evenement):
        return exact(f"Le papier porte le numéro {evenement.numero} de l'évènement.")
    day = evenement.date_survenance
    if evenement.nature in ACCIDENTS and lecture.is_about(evenement):
        return exact(f"Date de l'accident {say(day)} : celle de l'évènement.")
    return unique("Aucune date ne contredit ; seule ligne de ce type pour l'agent.")


def birth(
    lecture: Lecture, piece: PieceAttendue, evenement: Evenement
) -> Correspondance | None:
    """Compare an acte de naissance: the child's birth, near the date declared."""
    day = lecture.jour("date_naissance_enfant", "date")
    due = declared(evenement, "dpa") or evenement.date_survenance
    born = declared(evenement, "naissance_le") or declared(evenement, "accouchement_le")
    if day is None:
        if born is not None and lecture.bears(born):
            return exact(f"Naissance du {say(born)} : celle de l'évènement.")
        return unique("Seule naissance attendue pour l'agent.")
    if day == born or abs(day - due) <= BIRTH_WINDOW:
        return exact(f"Naissance du {say(day)} : celle de l'évènement.")
    if born is not None and lecture.bears(born):
        return differs("La naissance déclarée n'est pas celle que dit l'acte.")
    return None


def pregnancy(
    lecture: Lecture, piece: PieceAttendue, evenement: Evenement
) -> Correspondance | None:
    """Compare a pregnancy certificate: the due date declared."""
    due, wanted = lecture.jour("dpa"), declared(evenement, "dpa")
    if wanted is not None and due in {None, wanted} and lecture.bears(wanted):
        return exact(f"Accouchement prévu le {say(wanted)} : celui déclaré.")
    if due is not None and due == wanted:
        return exact(f"Accouchement prévu le {say(wanted)} : celui déclaré.")
    if due is None or wanted is None:
        return unique("Seule maternité déclarée pour l'agent.")
    return differs("La date présumée n'est pas celle qui est déclarée.")


def adoption(
    lecture: Lecture, piece: PieceAttendue, evenement: Evenement
) -> Correspondance | None:
    """Compare an attestation of adoption: the day the child arrived."""
    day = lecture.jour("date_arrivee", "debut")
    arrived = declared(evenement, "arrivee_le") or evenement.date_survenance
    if day == arrived or lecture.bears(arrived):
        return exact(f"Arrivée de l'enfant le {say(arrived)} : celle de l'évènement.")
    if day is not None:
        return differs("L'arrivée de l'enfant n'est pas à la date déclarée.")
    return unique("Seule adoption déclarée pour l'agent.")


def death(
    lecture: Lecture, piece: PieceAttendue, evenement: Evenement
) -> Correspondance | None:
    """Compare a death certificate: the day of death declared."""
    day = lecture.jour("date_deces")
    if day == evenement.date_survenance:
        return exact(f"Décès du {say(day)} : celui déclaré.")
    if day is not None:
        return None
    if lecture.bears(evenement.date_survenance):
        return exact(f"Décès du {say(evenement.date_survenance)} : celui déclaré.")
    return unique("Seul décès déclaré pour l'agent.")
