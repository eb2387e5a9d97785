"""What was proposed becomes what is: links, tasks and the end of a deposit together."""

from typing import Any

import pytest

from classifiers.evidence import Liasse, Origine, Page
from classifiers.verdict import Certitude, Verdict
from intake import depots, integration
from intake.integration import Papier
from intake.pipeline import share_pages
from intake.proposition import Candidat, Lien, Proposition
from records.comptes import HOUSE
from records.store import justificatifs
from records.vocabulary import EtatDepot, EtatJustificatif
from socle.db import WriteSession
from tests.intake.guichet import Comptoir, Ligne, add_line, gaps, papers, states, tasks


def paper(session: WriteSession, ligne: Ligne, **changes: Any) -> Papier:
    """Make a paper that proves one line."""
    del session
    proposed: dict[str, Any] = {
        "etat": EtatJustificatif.RATTACHE.code,
        "code": "ligne-unique",
        "detail": "Une seule ligne répond.",
        "agent_id": ligne.agent_id,
        "evenement_id": ligne.evenement_id,
        "liens": (Lien(piece_id=ligne.piece_id, periode=None),),
    }
    liasse = Liasse(pages=(Page(numero=1, origine=Origine.COUCHE_TEXTE),))
    verdict = Verdict(type="AAT", certitude=Certitude.CERTAIN, confiance=0.99)
    proposition = Proposition(**(proposed | changes))
    return Papier(pages=(1,), liasse=liasse, verdict=verdict, proposition=proposition)


async def ready(comptoir: Comptoir, content: bytes) -> depots.Depot:
    """Return a deposit taken by a worker, its only page counted."""
    receipt = await comptoir.deposit(content)
    depot = comptoir.db.write(depots.take, receipt.reference, comptoir.vie)
    tri = {"type": "pdf", "nb_pages": 1}
    comptoir.db.write(depots.keep_triage, depot.id, tri)
    return comptoir.depot(receipt.reference)


def integrate(comptoir: Comptoir, depot: depots.Depot, ligne: Ligne, **x: Any) -> None:
    """Integrate one paper of this deposit."""

    def act(session: WriteSession) -> None:
        papier = paper(session, ligne, **x)
        integration.integrate(session, depot, [papier], comptoir.clock.now())

    comptoir.db.write(act)


async def test_a_proven_line_closes(comptoir: Comptoir) -> None:
    """Paper, link, closed line and treated deposit appear together."""
    ligne = comptoir.db.write(add_line, comptoir.collectivite)
    depot = await ready(comptoir, b"a")
    integrate(comptoir, depot, ligne)
    assert comptoir.db.read(states, [ligne.piece_id]) == {ligne.piece_id: "satisfaite"}
    assert comptoir.depot(depot.reference).etat == EtatDepot.TRAITE.code
    assert comptoir.db.read(papers, depot.id) == [((1,), "rattache")]
    assert comptoir.db.read(tasks) == []
    assert gaps(comptoir) == []


async def test_the_loser_of_a_race_becomes_a_question(comptoir: Comptoir) -> None:
    """Two papers for one line: the second is shown to a person with that line."""
    ligne = comptoir.db.write(add_line, comptoir.collectivite)
    first, second = await ready(comptoir, b"a"), await ready(comptoir, b"b")
    integrate(comptoir, first, ligne)
    integrate(comptoir, second, ligne)
    assert comptoir.db.read(papers, second.id) == [((1,), "a_verifier")]
    ((typologie, _),) = comptoir.db.read(tasks)
    assert typologie == "a_verifier"
    (lost,) = comptoir.db.read(justificatifs.of_depot, second.id, HOUSE)
    assert [bool(one["piece"]) for one in lost.candidats] == [True]
    assert gaps(comptoir) == []


async def test_a_half_lost_race_leaves_no_half_link(comptoir: Comptoir) -> None:
    """Of two lines one of which is already closed, neither is tied by halves."""
    taken = comptoir.db.write(add_line, comptoir.collectivite)
    free = comptoir.db.write(add_line, comptoir.collectivite)
    integrate(comptoir, await ready(comptoir, b"a"), taken)
    liens = tuple(Lien(piece_id=x.piece_id, periode=None) for x in (free, taken))
    integrate(comptoir, await ready(comptoir, b"b"), free, liens=liens)
    assert comptoir.db.read(states, [free.piece_id]) == {free.piece_id: "attendue"}


@pytest.mark.parametrize(
    ("etat", "typologie"),
    [
        (EtatJustificatif.A_VERIFIER, "a_verifier"),
        (EtatJustificatif.ANOMALIE, "dossier_en_anomalie"),
        (EtatJustificatif.QUARANTAINE, "secret_medical"),
    ],
)
async def test_each_doubt_opens_its_task(
    comptoir: Comptoir, etat: EtatJustificatif, typologie: str
) -> None:
    """A paper that closes nothing is in front of a person, of the right kind."""
    ligne = comptoir.db.write(add_line, comptoir.collectivite)
    depot = await ready(comptoir, b"a")
    candidat = Candidat(
        agent_id=ligne.agent_id,
        evenement_id=ligne.evenement_id,
        piece_id=ligne.piece_id,
        score=0.6,
    )
    integrate(comptoir, depot, ligne, etat=etat.code, liens=(), candidats=(candidat,))
    assert [kind for kind, _ in comptoir.db.read(tasks)] == [typologie]
    (paper,) = comptoir.db.read(justificatifs.of_depot, depot.id, HOUSE)
    assert paper.is_secret_medical is (etat is EtatJustificatif.QUARANTAINE)


async def test_remarks_open_their_tasks(comptoir: Comptoir) -> None:
    """A notice to regularise and a claim to open are told to someone."""
    ligne = comptoir.db.write(add_line, comptoir.collectivite)
    depot = await ready(comptoir, b"a")
    integrate(comptoir, depot, ligne, remarques=("regularisation", "recours_a_ouvrir"))
    kinds = [kind for kind, _ in comptoir.db.read(tasks)]
    assert kinds == ["regularisation", "recours_a_envoyer"]


def test_every_page_belongs_to_one_paper() -> None:
    """Blank backs go with the sheet before them, blank first pages with the next."""
    pages = tuple(Page(numero=n, origine=Origine.OCR) for n in range(1, 7))
    liasses = [Liasse(pages=(pages[1],)), Liasse(pages=(pages[3], pages[4]))]
    assert share_pages(pages, liasses) == [(1, 2, 3), (4, 5, 6)]
