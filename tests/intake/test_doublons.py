"""Duplicates one can believe: a sheet scanned again, facts told twice, never a guess."""

import asyncio
import threading
import time
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from classifiers.evidence import Liasse, Origine, Page
from classifiers.verdict import Certitude, Champ, Verdict
from intake import depots, doublons, integration, ressemblances
from intake import tables as it
from intake.doublons import Avis, EtatDoublon
from intake.integration import Papier
from intake.proposition import Lien, Proposition
from intake.ressemblances import Genre, PageVue, Vu
from records.comptes import HOUSE
from records.store import justificatifs
from records.vocabulary import EtatJustificatif
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, RefusedError
from tests.intake.guichet import Comptoir, Ligne, add_line, gaps, papers, states
from tests.intake.numerises import drawn, scan

LINES = "le dossier {} du 03/02/2026 au 17/02/2026 pour 45,20 euros ref 4417 8890 12"


def seen(**changes: Any) -> Vu:
    """Describe a paper of one page."""
    page = PageVue(image=0, texte=LINES.format("Kervella"))
    said: dict[str, Any] = {"type": "AAT", "agent_id": 1, "evenement_id": None}
    return Vu(**(said | {"pages": (page,)} | changes))


def read(**champs: str) -> dict[str, dict[str, Any]]:
    """Write fields as the reader keeps them."""
    return {name: {"valeur": value, "confiance": 0.9} for name, value in champs.items()}


def kind(one: Vu, other: Vu) -> str | None:
    found = ressemblances.compare(one, other)
    return found.genre.code if found else None


def test_the_same_words_numbers_and_look_are_the_same_pages() -> None:
    """A few letters misread, a few bits: still the same sheet."""
    again = PageVue(image=0b111, texte=LINES.format("Kervela"))

    assert kind(seen(), seen(pages=(again,))) == "memes-pages"


@pytest.mark.parametrize(
    "other",
    [
        PageVue(image=0, texte=LINES.format("K").replace("2026", "2025")),
        PageVue(image=2**40 - 1, texte=LINES.format("Kervella")),
        PageVue(image=None, texte=LINES.format("Kervella")),
        PageVue(image=0, texte="4417"),
    ],
    ids=("autres-nombres", "autre-image", "sans-image", "trop-court"),
)
def test_a_doubt_is_not_a_duplicate(other: PageVue) -> None:
    """Another number, another look, no look, too few words: nothing is said."""
    assert kind(seen(), seen(pages=(other,))) is None


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ({"debut": "2026-02-03", "fin": "2026-02-17"}, {}, "memes-faits"),
        ({"debut": "2026-02-03", "fin": "2026-02-17"}, {"fin": "2026-02-18"}, None),
        ({"date": "2026-02-03", "montant": "45.20"}, {}, "memes-faits"),
        ({"date": "2026-02-03", "montant": "45.20"}, {"montant": "45.30"}, None),
        ({"date": "2026-02-03"}, {}, None),
        ({"date": "2026-02-03", "montant": "45.20"}, {"cas": "avoir"}, "memes-faits"),
    ],
)
def test_facts_agree_on_days_and_amounts(
    one: dict[str, str], other: dict[str, str], found: str | None
) -> None:
    """Two proofs at least, and nothing read otherwise."""
    mine = seen(champs=read(**one), pages=())
    theirs = seen(champs=read(**(one | other)), pages=())

    assert kind(mine, theirs) == found


def test_facts_of_two_people_or_with_an_amount_on_one_side_are_not_the_same() -> None:
    """The person and the amounts must be there on both sides."""
    champs = read(debut="2026-02-03", fin="2026-02-17")
    mine = seen(champs=champs, pages=())
    priced = seen(champs=champs | read(montant="45.20"), pages=())

    assert kind(mine, seen(champs=champs, pages=(), agent_id=2)) is None
    assert kind(mine, seen(champs=champs, pages=(), agent_id=None)) is None
    assert kind(mine, priced) is None


@pytest.mark.parametrize("flips", [0, 1 << 63, 0b1011, 1 | 1 << 20 | 1 << 40 | 1 << 60])
def test_a_look_is_found_by_a_key_it_shares(flips: int) -> None:
    """Up to seven bits may differ: some key of the first is near a key of the second."""
    look = 0x0F1E_2D3C_4B5A_6978

    assert set(doublons.near(look)) & set(doublons.bands(look ^ flips))


def pairs(session: ReadSession) -> list[str]:
    """Return the kinds of the pairs found."""
    return list(session.scalars(sa.select(it.Doublon.genre).order_by(it.Doublon.id)))


async def test_a_sheet_scanned_again_is_found_and_another_of_its_form_is_not(
    comptoir: Comptoir,
) -> None:
    """The same avis from two scanners is one paper; three avis of one form are three."""
    comptoir.taille_max = 10_000_000
    sheets = drawn(5, ("AAT",), 3)
    for _, pdf in sheets:
        await comptoir.deposit(scan(pdf, 0), nom_fichier="a.jpg")
        comptoir.work()
    before = comptoir.db.read(pairs)

    await comptoir.deposit(scan(sheets[0][1], 1), nom_fichier="b.jpg")
    comptoir.work()

    assert [] == before
    assert ["memes-pages"] == comptoir.db.read(pairs)
    assert [] == gaps(comptoir)


# --- what a duplicate may not do ------------------------------------------------------


def invoice(ligne: Ligne, montant: str = "45.20") -> Papier:
    """Make an invoice that proves one line."""
    champs = {
        nom: Champ(nom=nom, valeur=valeur)
        for nom, valeur in (("date", "2026-02-03"), ("montant", montant))
    }
    return Papier(
        pages=(1,),
        liasse=Liasse(pages=(Page(numero=1, origine=Origine.COUCHE_TEXTE),)),
        verdict=Verdict(
            type="FACTURE", certitude=Certitude.CERTAIN, confiance=0.99, champs=champs
        ),
        proposition=Proposition(
            etat=EtatJustificatif.RATTACHE.code,
            code="preuve",
            detail="Une ligne répond.",
            agent_id=ligne.agent_id,
            evenement_id=ligne.evenement_id,
            liens=(Lien(piece_id=ligne.piece_id),),
        ),
    )


async def ready(comptoir: Comptoir, content: bytes) -> depots.Depot:
    """Return a new deposit, its only page counted."""
    receipt = await comptoir.deposit(content)
    depot = comptoir.db.write(depots.take, receipt.reference, comptoir.vie)
    tri = {"type": "pdf", "nb_pages": 1}
    comptoir.db.write(depots.keep_triage, depot.id, tri)
    return comptoir.depot(receipt.reference)


async def treat(comptoir: Comptoir, content: bytes, papier: Papier) -> depots.Depot:
    """Integrate one paper of a new deposit."""
    depot = await ready(comptoir, content)
    comptoir.db.write(integration.integrate, depot, [papier], comptoir.clock.now())
    return depot


def second_line(session: WriteSession, ligne: Ligne) -> Ligne:
    """Open another line of the same event, asking the same."""
    from records import tables as t

    first = session.get_one(t.PieceAttendue, ligne.piece_id)
    values = {
        column.name: getattr(first, column.name)
        for column in t.PieceAttendue.__table__.columns
        if column.name != "id"
    }
    row = t.PieceAttendue(**(values | {"reference": "PA-SECONDE", "cle": "seconde"}))
    session.add(row)
    session.flush()
    return replace(ligne, piece_id=row.id)


async def test_a_duplicate_closes_no_second_line_and_doubles_no_amount(
    comptoir: Comptoir,
) -> None:
    """The same invoice again is a question, its line a candidate; another one closes."""
    first = comptoir.db.write(add_line, comptoir.collectivite, "FACTURE")
    second = comptoir.db.write(second_line, first)
    await treat(comptoir, b"a", invoice(first))

    again = await treat(comptoir, b"b", invoice(second))
    asked = comptoir.db.read(states, [second.piece_id])
    other = await treat(comptoir, b"c", invoice(second, "45.30"))

    assert {second.piece_id: "attendue"} == asked
    assert [((1,), "a_verifier")] == comptoir.db.read(papers, again.id)
    (paper,) = comptoir.db.read(justificatifs.of_depot, again.id, HOUSE)
    assert ["PA-SECONDE"] == [one["piece"] for one in paper.candidats]
    assert [((1,), "rattache")] == comptoir.db.read(papers, other.id)
    assert ["memes-faits"] == comptoir.db.read(pairs)
    assert Decimal("45.20") == Decimal(paper.champs["montant"]["valeur"])


async def test_two_scans_of_a_sheet_treated_at_once_close_one_line(
    comptoir: Comptoir,
) -> None:
    """The second waits for the first to be written, and finds it."""
    first = comptoir.db.write(add_line, comptoir.collectivite, "FACTURE")
    second = comptoir.db.write(second_line, first)
    one, two = await ready(comptoir, b"a"), await ready(comptoir, b"b")
    begun = threading.Event()

    def slow(session: WriteSession) -> None:
        integration.integrate(session, one, [invoice(first)], comptoir.clock.now())
        begun.set()
        time.sleep(1)

    def late() -> None:
        assert begun.wait(30)
        now = comptoir.clock.now()
        comptoir.db.write(integration.integrate, two, [invoice(second)], now)

    await asyncio.gather(
        asyncio.to_thread(comptoir.db.write, slow), asyncio.to_thread(late)
    )

    assert {first.piece_id: "satisfaite", second.piece_id: "attendue"} == (
        comptoir.db.read(states, [first.piece_id, second.piece_id])
    )


async def test_a_person_says_whether_two_papers_are_one(comptoir: Comptoir) -> None:
    """With a reason, once; both papers stay."""
    first = comptoir.db.write(add_line, comptoir.collectivite, "FACTURE")
    one = await treat(comptoir, b"a", invoice(first))
    two = await treat(comptoir, b"b", invoice(first))
    (premier,) = comptoir.db.read(justificatifs.of_depot, one.id, HOUSE)
    (paper,) = comptoir.db.read(justificatifs.of_depot, two.id, HOUSE)
    avis = Avis(
        etat=EtatDoublon.ECARTE, auteur="essai", motif="", perimetre=HOUSE,
        now=comptoir.clock.now(),
    )  # fmt: skip

    def say(motif: str) -> doublons.Doublon:
        return comptoir.db.write(
            doublons.decide, paper.reference, premier.reference,
            replace(avis, motif=motif),
        )  # fmt: skip

    with pytest.raises(RefusedError):
        say(" ")
    said = say("Deux soins du même jour.")
    with pytest.raises(ConflictError):
        say("Non, le même.")

    assert (Genre.MEMES_FAITS, EtatDoublon.ECARTE) == (said.genre, said.etat)
    (shown,) = comptoir.db.read(doublons.of_paper, premier, HOUSE)
    assert (paper.id, premier.id) == (shown.papier.id, shown.premier.id)
