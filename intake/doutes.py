"""Which papers deserve a second, slow reading; which of two readings says more. Pure."""

from collections.abc import Sequence

from classifiers.evidence import Origine
from classifiers.verdict import Certitude
from intake.constats import MIN_CONFIDENCE
from intake.integration import Papier
from records.vocabulary import EtatJustificatif

# of a known person without such a line: the question is about the register
REGISTER_S = frozenset({"aucune-ligne", "deja-recu"})


def pages_in_doubt(papiers: Sequence[Papier]) -> list[int]:
    """Return the scanned pages of the papers whose question a better reading may settle."""
    return [
        page.numero
        for papier in papiers
        if _may_be_settled(papier)
        for page in papier.liasse.pages
        if page.origine is Origine.OCR and not page.is_blanche
    ]


def _may_be_settled(papier: Papier) -> bool:
    asked = papier.proposition
    is_register_s = (
        asked.code in REGISTER_S
        and asked.agent_id is not None
        # a line of that type, which a date misread may hide
        and not any(candidat.piece_id for candidat in asked.candidats)
    )
    return asked.etat == EtatJustificatif.A_VERIFIER.code and not is_register_s


def what_is_told(papiers: Sequence[Papier]) -> tuple[int, int, int]:
    """Weigh a reading: papers tied, papers typed, then fields read surely."""
    return (
        sum(bool(papier.proposition.liens) for papier in papiers),
        sum(papier.verdict.certitude is not Certitude.INCONNU for papier in papiers),
        sum(
            champ.confiance >= MIN_CONFIDENCE
            for papier in papiers
            for champ in papier.verdict.champs.values()
        ),
    )
