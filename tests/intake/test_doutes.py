"""The slow reader is for questions a better reading may settle, and for those only."""

import pytest

from classifiers.evidence import Liasse, Origine, Page
from classifiers.verdict import Certitude, Verdict
from intake.doutes import pages_in_doubt, what_is_told
from intake.integration import Papier
from intake.proposition import Candidat, Lien, Proposition
from records.vocabulary import EtatJustificatif

TO_CHECK = EtatJustificatif.A_VERIFIER.code


def papier(
    *,
    code: str,
    etat: str = TO_CHECK,
    agent: int | None = None,
    origine: Origine = Origine.OCR,
    liens: tuple[Lien, ...] = (),
    candidats: tuple[Candidat, ...] = (),
) -> Papier:
    """Return a paper of two pages, the second one blank."""
    pages = (
        Page(numero=1, origine=origine),
        Page(numero=2, origine=origine, is_blanche=True),
    )
    return Papier(
        pages=(1, 2),
        liasse=Liasse(pages=pages),
        verdict=Verdict(type="AAT", certitude=Certitude.PROBABLE, confiance=0.7),
        proposition=Proposition(
            etat=etat,
            code=code,
            detail="…",
            agent_id=agent,
            liens=liens,
            candidats=candidats,
        ),
    )


@pytest.mark.parametrize(
    ("code", "agent", "expected"),
    [
        ("type-inconnu", None, [1]),
        ("agent-inconnu", None, [1]),
        # a name half read may be somebody else's: the line may be there after all
        ("aucune-ligne", None, [1]),
        ("aucune-ligne", 7, []),
        ("deja-recu", 7, []),
    ],
)
def test_a_question_about_the_register_is_not_read_again(
    code: str, agent: int | None, expected: list[int]
) -> None:
    """Nothing on the page opens a line that nobody declared."""
    assert expected == pages_in_doubt([papier(code=code, agent=agent)])


def test_a_line_of_that_type_may_hide_behind_a_date_misread() -> None:
    """The person has a line for such a paper: reading its dates better may tie it."""
    line = Candidat(agent_id=7, evenement_id=3, piece_id=5)

    asked = papier(code="aucune-ligne", agent=7, candidats=(line,))

    assert [1] == pages_in_doubt([asked])


def test_what_is_tied_or_has_its_own_text_is_not_read_again() -> None:
    """A text layer says what it says; a proof needs no second one."""
    tied = papier(code="preuve", etat=EtatJustificatif.RATTACHE.code)
    typed = papier(code="type-inconnu", origine=Origine.COUCHE_TEXTE)

    assert [] == pages_in_doubt([tied, typed])


def test_a_reading_that_ties_more_says_more() -> None:
    """Papers tied count before anything else."""
    tied = papier(code="preuve", liens=(Lien(piece_id=1),))
    asked = papier(code="type-inconnu")

    assert what_is_told([tied]) > what_is_told([asked])
