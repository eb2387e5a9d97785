"""Rules of linking for leave: avis d'arrêt, certificates, part-time, payslips, CPAM slips.

Each takes the paper, a line and its event, and says how they meet (None: they do not).
Pure.
"""

from intake.constats import (
    ACCIDENTS,
    Correspondance,
    Lecture,
    differs,
    exact,
    say,
    silent,
    unique,
)
from records.evenements import Evenement
from records.periodes import Periode, gaps
from records.pieces import PieceAttendue

_CASES = frozenset({"initial", "prolongation"})


def stoppage(
    lecture: Lecture, piece: PieceAttendue, evenement: Evenement
) -> Correspondance | None:
    """Compare an avis d'arrêt: its first and last days are those of the line."""
    if piece.periode is None:
        return _starts(lecture, piece, evenement)
    cas = lecture.valeur("cas")
    if {cas, piece.precision} <= _CASES and cas != piece.precision:
        met = _same_days(lecture, piece.periode)
        return met and differs(f"L'avis est coché « {cas} », la ligne ne l'est pas.")
    return _same_days(lecture, piece.periode)


def _same_days(lecture: Lecture, wanted: Periode) -> Correspondance | None:
    """Compare two days; one that was not read may stand elsewhere on the page."""
    debut, fin = lecture.jour("debut"), lecture.jour("fin")
    said = f"Période du {say(wanted.debut)} au {say(wanted.dernier)} : celle demandée."
    if (debut, fin) == (wanted.debut, wanted.dernier):
        return exact(said)
    is_first = debut == wanted.debut or (debut is None and lecture.bears(wanted.debut))
    is_last = fin == wanted.dernier or (fin is None and lecture.bears(wanted.dernier))
    if is_first and is_last:
        return exact(said) if debut or fin else unique(said)
    if debut is None and fin is None:
        return silent("La période n'a pas pu être lue.")
    if None in {debut, fin} and (is_first or is_last):
        return unique("Une seule des deux dates a été lue : celle demandée.")
    read = lecture.periode()
    near = read is not None and read.overlap(wanted) is not None
    if near or is_first or is_last:
        return differs(
            f"Période lue du {say(debut)} au {say(fin)}, demandée du "
            f"{say(wanted.debut)} au {say(wanted.dernier)}."
        )
    return None


def _starts(
    lecture: Lecture, piece: PieceAttendue, evenement: Evenement
) -> Correspondance:
    """Compare the first day alone: a line without a last day asks for the first months.

    A renewal looks like the first request but for that day, and answers another line.
    """
    wanted, read = (
        piece.date_reference or evenement.date_survenance,
        lecture.jour("debut"),
    )
    if read == wanted:
        return exact(f"À compter du {say(read)} : le jour demandé.")
    if read is not None:
        return differs(
            f"À compter du {say(read)} ; demandé à compter du {say(wanted)}."
        )
    if lecture.bears(wanted):
        return unique(f"Le {say(wanted)} est sur le papier : le premier jour demandé.")
    return silent("Le premier jour n'a pas pu être lu.")


def accident_certificate(
    lecture: Lecture, piece: PieceAttendue, evenement: Evenement
) -> Correspondance | None:
    """Compare a CMATMP: the accident date, and the case of the line."""
    cas = lecture.valeur("cas")
    wanted = _case_asked(piece)
    if cas is not None and wanted not in (None, cas):
        return None
    if piece.type in {"AAT", "CERT_ARRET"}:
        return stoppage(lecture, piece, evenement)
    if lecture.is_about(evenement) is None:
        if cas == "initial" and lecture.jour("date") in lecture.dates_of(evenement):
            return unique("Certificat initial établi le jour de l'accident.")
        return silent("La date de l'accident n'a pas pu être lue.")
    if cas is None:
        return silent("La case cochée n'a pas pu être lue.")
    day = say(evenement.date_survenance)
    return exact(f"Accident du {day}, certificat « {cas} » : ceux de la ligne.")


def _case_asked(piece: PieceAttendue) -> str | None:
    if piece.type == "CMATMP":
        return piece.precision
    if piece.type == "CERT_FINAL":
        return "final"
    return next((s.cas for s in piece.substituts if s.type == "CMATMP"), None)


def final_certificate(
    lecture: Lecture, piece: PieceAttendue, evenement: Evenement
) -> Correspondance | None:
    """Compare a final certificate: the accident date, or the day of the end."""
    if lecture.is_about(evenement):
        return exact(
            f"Accident du {say(evenement.date_survenance)} : celui de l'évènement."
        )
    end = lecture.jour("consolidation_le", "guerison_le", "reprise_le", "date")
    if end is not None and end == piece.date_reference:
        return exact(f"Consolidation ou guérison du {say(end)} : celle déclarée.")
    return unique("Seul certificat final attendu pour l'agent.")


def free_certificate(
    lecture: Lecture, piece: PieceAttendue, evenement: Evenement
) -> Correspondance | None:
    """Compare a free certificate: it must say of what it speaks."""
    if evenement.nature == "TPT":
        return part_time(lecture, piece, evenement)
    if evenement.nature in ACCIDENTS:
        if lecture.is_about(evenement):
            return exact(
                f"Accident du {say(evenement.date_survenance)} : celui de l'évènement."
            )
        return silent("Ce certificat ne dit pas de quel accident il parle.")
    if piece.periode is not None:
        return _same_days(lecture, piece.periode)
    return silent("Ce certificat ne dit pas de quel évènement il parle.")


def part_time(
    lecture: Lecture, piece: PieceAttendue, evenement: Evenement
) -> Correspondance | None:
    """Compare a TPT paper: its period, or its share of time when it says no period."""
    share = lecture.valeur("quotite")
    asked = str(evenement.champs.get("quotite") or "")
    if share and asked and share.strip("% ") != asked.strip("% "):
        return differs(f"Quotité lue : {share} % ; déclarée : {asked} %.")
    wanted = piece.periode
    if wanted is None:
        if "therapeutique" not in lecture.texte:
            return silent("Ce papier ne parle pas de temps partiel thérapeutique.")
        return _starts(lecture, piece, evenement)
    debut, fin = lecture.jour("debut"), lecture.jour("fin")
    if debut is None and fin is None and not lecture.bears(wanted.debut):
        # the next three months look the same but for their dates: a doubt, no proof
        return silent("Les dates du temps partiel n'ont pas pu être lues.")
    if debut == wanted.debut and fin is None:
        return exact(f"Temps partiel à compter du {say(debut)} : celui demandé.")
    return _same_days(lecture, wanted)


def payslip(
    lecture: Lecture, piece: PieceAttendue, _: Evenement
) -> Correspondance | None:
    """Compare a payslip: its month is the month of the line."""
    month = lecture.valeur("mois")
    if month is None or piece.periode is None:
        return silent("Le mois du bulletin n'a pas pu être lu.")
    if month == f"{piece.periode.debut:%Y-%m}":
        return exact(f"Bulletin de {piece.periode.debut:%m/%Y} : le mois demandé.")
    return None


def daily_allowances(
    lecture: Lecture, piece: PieceAttendue, _: Evenement
) -> Correspondance | None:
    """Compare a CPAM slip: the days it pays are all the days of the line."""
    wanted = piece.periode
    if wanted is None:
        return silent("La ligne ne dit pas quels jours sont attendus.")
    said = f"Indemnités du {say(wanted.debut)} au {say(wanted.dernier)} : demandées."
    if not lecture.periodes:
        if lecture.bears(wanted.debut, wanted.dernier):
            return unique(said)
        return silent("La période indemnisée n'a pas pu être lue.")
    paid = [p for read in lecture.periodes if (p := read.overlap(wanted))]
    if not paid:
        return None
    if not gaps(wanted, paid):
        return exact(said)
    return differs("Le décompte ne couvre qu'une partie de la période demandée.")
