"""What a declaration will ask for, before it is made. Pure.

The same derivation as after saving (`records.exigences`), over an event that has no row.
"""

from records.declarations import ConsequenceDeclaree, Declaration, checked
from records.evenements import Consequence, Evenement
from records.exigences import Exigence, derive
from records.natures import Catalogue

NOT_YET = 0


def foresee(
    declaration: Declaration,
    *,
    known: Catalogue,
    regime: str | None,
    statut: str | None,
    delai_jours: int,
) -> tuple[Exigence, ...]:
    """Return the requirements the declaration would open, the first due first.

    What is still missing in the form implies nothing; raises `RefusedError` when the
    nature or a type of conséquence is unknown, or when a field is wrong unless
    `declaration.is_importee`.
    """
    given = checked(declaration, known)
    found = derive(_event(given), regime, delai_jours, known, statut=statut)
    return tuple(sorted(found, key=lambda e: (e.exigible_le, e.echeance, e.cle)))


def _event(given: Declaration) -> Evenement:
    return Evenement(
        id=NOT_YET,
        reference="",
        collectivite_id=given.collectivite_id,
        agent_id=given.agent_id,
        nature=given.nature,
        date_survenance=given.date_survenance,
        is_sans_arret=given.is_sans_arret,
        has_tiers=given.has_tiers,
        champs=given.champs or {},
        consequences=tuple(
            _consequence(rank, one) for rank, one in enumerate(given.consequences, 1)
        ),
    )


def _consequence(rank: int, declared: ConsequenceDeclaree) -> Consequence:
    """Return a conséquence whose rank stands for its row: lines are told apart by it."""
    return Consequence(
        id=rank,
        reference=str(rank),
        evenement_id=NOT_YET,
        type=declared.type,
        periode=declared.periode,
        champs=declared.champs or {},
    )
