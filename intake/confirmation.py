"""A type that the learned voter alone proposes: everything is prepared, a person decides.

The type is part of the proof: without a rule to say the same, no line closes and no paper
is filed by itself.
"""

from intake.proposition import Proposition, as_question
from records.vocabulary import EtatJustificatif

CODE = "type-a-confirmer"
DETAIL = (
    "Le type est proposé par le modèle appris, sans règle qui le confirme : vérifiez-le "
    "avant de lever la ligne."
)
_HELD = frozenset(
    {EtatJustificatif.RATTACHE.code, EtatJustificatif.INTEGRE_SANS_PIECE.code}
)


def ask_to_confirm(found: Proposition) -> Proposition:
    """Turn a link or a filing into a question, its lines first among the candidates."""
    if found.etat not in _HELD:
        return found
    return as_question(found, CODE, DETAIL)
