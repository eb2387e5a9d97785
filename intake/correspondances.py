"""Does this paper answer this line? One rule per type: which facts must meet. Pure.

The table is the whole law of linking by type; `intake.rattachement` decides from it.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from intake import regles_actes, regles_arrets, regles_civiles, regles_frais
from intake.constats import ACCIDENTS, Correspondance, Lecture
from records.evenements import Evenement
from records.pieces import PieceAttendue

Rule = Callable[[Lecture, PieceAttendue, Evenement], Correspondance | None]

# Types left out are accepted by the number or the date of the event, or as the only line.
REGLES: Mapping[str, Rule] = MappingProxyType(
    {
        "AAT": regles_arrets.stoppage,
        "CERT_ARRET": regles_arrets.stoppage,
        "CMATMP": regles_arrets.accident_certificate,
        "CERT_FINAL": regles_arrets.final_certificate,
        "CERT_MED": regles_arrets.free_certificate,
        "DEMANDE_TPT": regles_arrets.part_time,
        "BULLETIN": regles_arrets.payslip,
        "DECOMPTE_IJ": regles_arrets.daily_allowances,
        "ARRETE": regles_actes.decree,
        "PV_CM": regles_actes.council,
        "FACTURE": regles_frais.costs,
        "ORDONNANCE": regles_frais.costs,
        "FEUILLE_SOINS": regles_frais.costs,
        "TRANSPORT": regles_frais.costs,
        "DEVIS": regles_frais.costs,
        "ACTE_NAISSANCE": regles_civiles.birth,
        "CERT_GROSSESSE": regles_civiles.pregnancy,
        "ADOPTION": regles_civiles.adoption,
        "ACTE_DECES": regles_civiles.death,
        "CERT_DECES": regles_civiles.death,
    }
)


def compare(
    lecture: Lecture, piece: PieceAttendue, evenement: Evenement
) -> Correspondance | None:
    """Return how the paper meets the line, None when it does not."""
    if not piece.accepts(lecture.type, lecture.valeur("cas")):
        return None
    if _denies_accident(lecture, evenement):
        return None
    rule = REGLES.get(lecture.type, regles_civiles.by_uniqueness)
    return rule(lecture, piece, evenement)


def _denies_accident(lecture: Lecture, evenement: Evenement) -> bool:
    """Tell whether the accident date read is another event's."""
    if evenement.nature not in ACCIDENTS or lecture.names(evenement):
        return False
    return lecture.is_about(evenement) is False
