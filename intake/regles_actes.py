"""Rules of linking for decisions: arrêtés and opinions of the conseil médical.

An arrêté answers what it decides, never what its visas cite. Pure.
"""

import re

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
from records.periodes import Periode
from records.pieces import PieceAttendue

KINDS = {
    "imputabilité": re.compile(
        r"reconn\w*(?: \w+){0,12} imputab|imputab\w*(?: \w+){0,8} reconn|est imputable"
    ),
    "congé": re.compile(
        r"plac(?:e|ee|ant)\b(?: \w+){0,12} conge"
        r"|(?:attribu|octro|accord|renouvel|prolong|maint)\w*(?: \w+){0,8} conge"
        r"|conge\w*(?: \w+){0,8} (?:attribu|octro|accord|renouvel|prolong)"
    ),
    "TPT": re.compile(r"temps partiel(?: \w+){0,4} therapeutique"),
}
_LONG_LEAVES = {
    "CLM": ("longue maladie",),
    "CLD": ("longue duree",),
    "CGM": ("grave maladie",),
}
_LEAVES = {
    **_LONG_LEAVES,
    "CMO": ("maladie ordinaire", "conge de maladie"),
    "MAT": ("maternite",),
    "ADO": ("adoption",),
    "PAT": ("paternite", "accueil de l enfant"),
    "DORS": ("disponibilite",),
    "AS": ("imputable", "accident"),
    "TRAJET": ("imputable", "accident", "trajet"),
    "AT": ("imputable", "accident"),
    "MP": ("imputable", "maladie professionnelle"),
}
_REFUSED = re.compile(r"non imputab|pas imputab|refus\w*(?: \w+){0,8} imputab")


def decided(texte: str) -> str:
    """Return the title and the decision of an arrêté: the visas only cite other acts."""
    title, _, rest = texte.partition(" vu ")
    _, found, decision = rest.partition(" article 1")
    return f"{title} {decision}" if found else texte


def decree(
    lecture: Lecture, piece: PieceAttendue, evenement: Evenement
) -> Correspondance | None:
    """Compare an arrêté: what it decides, about which event or days."""
    act = decided(lecture.texte)
    wanted = KINDS.get(piece.precision or "")
    if wanted is not None and not wanted.search(act):
        return None
    if piece.precision != "TPT" and evenement.nature == "TPT":
        return None
    if piece.precision == "congé" and not _is_leave(act, evenement.nature):
        return None
    if evenement.nature in ACCIDENTS and lecture.is_about(evenement) is False:
        return None
    if piece.periode is not None:
        return _decided_days(lecture, piece.periode)
    if evenement.nature in ACCIDENTS:
        day = say(evenement.date_survenance)
        if lecture.is_about(evenement) or lecture.names(evenement):
            return exact(f"Accident du {day} : celui de l'évènement.")
        return silent("La date de l'accident n'a pas été lue sur l'arrêté.")
    return silent("La période de l'arrêté n'a pas pu être lue.")


def _is_leave(texte: str, nature: str) -> bool:
    """Tell whether the act speaks of this leave, and not of a longer one."""
    words = _LEAVES.get(nature)
    if words is not None and not any(word in texte for word in words):
        return False
    others = [w for n, ws in _LONG_LEAVES.items() if n != nature for w in ws]
    return nature != "CMO" or not any(word in texte for word in others)


def _decided_days(lecture: Lecture, wanted: Periode) -> Correspondance | None:
    read, debut = lecture.periode(), lecture.jour("debut")
    said = f"Congé du {say(wanted.debut)} au {say(wanted.dernier)} : celui demandé."
    if read is not None:
        if read.covers(wanted):
            return exact(said)
        if read.overlap(wanted):
            return differs("La période de l'arrêté ne couvre pas toute celle demandée.")
        return None
    if debut is not None and debut != wanted.debut:
        return differs(f"L'arrêté prend effet le {say(debut)}.")
    if lecture.bears(wanted.debut, wanted.dernier):
        return exact(said) if debut else unique(said)
    if debut == wanted.debut:
        return exact(f"Congé à compter du {say(debut)} : celui demandé.")
    return silent("La période de l'arrêté n'a pas pu être lue.")


def council(
    lecture: Lecture, piece: PieceAttendue, evenement: Evenement
) -> Correspondance | None:
    """Compare an opinion of the conseil médical: its object, its effect."""
    if lecture.valeur("sens") == "sursis":
        return differs("Le conseil médical a sursis à statuer : l'avis reste attendu.")
    if evenement.nature in ACCIDENTS:
        return _about_accident(lecture, evenement)
    if not _is_leave(lecture.texte, evenement.nature):
        return None
    if _is_other_act(lecture.texte, piece.precision or ""):
        return None
    if piece.periode is not None:
        return _decided_days(lecture, piece.periode)
    debut = lecture.jour("debut")
    if debut in {piece.date_reference, evenement.date_survenance}:
        return exact(f"Avis à compter du {say(debut)} : l'évènement.")
    return unique("Seul avis du conseil médical attendu pour cette nature.")


def _is_other_act(texte: str, precision: str) -> bool:
    """Tell a renewal from a first grant, when the opinion only speaks of one."""
    is_renewal = "renouvellement" in texte or "prolongation" in texte
    is_grant = "octroi" in texte or "attribution" in texte
    if precision.startswith("octroi"):
        return is_renewal and not is_grant
    if precision.startswith(("renouvellement", "prolongation")):
        return is_grant and not is_renewal
    return False


def _about_accident(lecture: Lecture, evenement: Evenement) -> Correspondance | None:
    if lecture.names(evenement) or lecture.is_about(evenement):
        day = say(evenement.date_survenance)
        return exact(f"Accident du {day} : celui de l'évènement.")
    return unique("Seul avis du conseil médical attendu pour un accident.")
