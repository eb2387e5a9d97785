"""Requirements on both engines: opened by what is declared, settled once, never lost."""

import concurrent.futures
import datetime as dt

import pytest

from records.pieces import PieceAttendue
from records.store import evenements, journal, pieces
from records.vocabulary import EtatPiece
from socle.db import Database
from socle.errors import ConflictError, NotFoundError, RefusedError
from tests.records.monde import (
    AUTEUR,
    EVERYWHERE,
    NOW,
    day,
    days,
    leave,
    line_of,
    lines_of,
    make_agent,
    make_collectivite,
    make_evenement,
    make_paper,
    seen_by,
)


def _settle(
    db: Database, piece: PieceAttendue, paper: int, periode: object = None
) -> PieceAttendue:
    return db.write(
        pieces.settle, piece.id, paper,
        periode=periode, auteur=AUTEUR, motif=None, now=NOW,
    )  # type: ignore[arg-type]  # fmt: skip


def test_declaring_opens_what_is_implied(database: Database) -> None:
    """A CMO over two months asks for the avis, the arrêté and two bulletins."""
    agent = make_agent(database, make_collectivite(database))

    made = make_evenement(database, agent)

    assert [
        ("AAT", "initial", "attendue"),
        ("ARRETE", "congé", "attendue"),
        ("BULLETIN", None, "attendue"),
        ("BULLETIN", None, "attendue"),
    ] == lines_of(database, made.id)


@pytest.mark.parametrize("delai", [90, 180])
def test_deadline_follows_the_contract(database: Database, delai: int) -> None:
    """Échéance is the day a paper is due plus the delay of the contract."""
    agent = make_agent(database, make_collectivite(database, delai=delai))
    made = make_evenement(database, agent)

    avis = line_of(database, made.id, "AAT")

    assert day("2026-01-21") == avis.exigible_le
    assert avis.exigible_le + dt.timedelta(days=delai) == avis.echeance


def _prolong(db: Database, reference: str, debut: str, fin: str) -> None:
    db.write(
        evenements.add_consequence, reference, leave(debut, fin, "PROLONG"),
        perimetre=EVERYWHERE, auteur=AUTEUR, now=NOW,
    )  # fmt: skip


def test_one_prolongation_asks_one_avis_and_the_new_months(database: Database) -> None:
    """February was already asked: only March is new."""
    agent = make_agent(database, make_collectivite(database))
    made = make_evenement(database, agent)

    _prolong(database, made.reference, "2026-02-02", "2026-03-10")

    kinds = [(type_, precision) for type_, precision, _ in lines_of(database, made.id)]
    assert 3 == kinds.count(("BULLETIN", None))
    assert 1 == kinds.count(("AAT", "prolongation"))
    assert 1 == kinds.count(("ARRETE", "congé"))


def test_days_already_proved_are_not_asked_again(database: Database) -> None:
    """An arrêté of January stands; the prolongation asks for its own days only."""
    agent = make_agent(database, make_collectivite(database))
    made = make_evenement(database, agent)
    _settle(database, line_of(database, made.id, "ARRETE"), make_paper(database, agent))

    _prolong(database, made.reference, "2026-02-02", "2026-02-15")

    found = [
        p for p in database.read(pieces.of_evenement, made.id) if p.type == "ARRETE"
    ]
    assert [("satisfaite", days("2026-01-19", "2026-02-01")),
            ("attendue", days("2026-02-02", "2026-02-15"))] == [
        (p.etat, p.periode) for p in found
    ]  # fmt: skip


def test_a_change_and_back_restores_the_same_lines(database: Database) -> None:
    """A line withdrawn by mistake comes back under its own reference."""
    agent = make_agent(database, make_collectivite(database))
    made = make_evenement(
        database, agent, consequences=(leave("2026-01-19", "2026-02-20"),)
    )
    before = {
        p.reference: (p.etat, p.periode)
        for p in database.read(pieces.of_evenement, made.id)
    }
    cause = made.consequences[0].reference

    for fin in ("2026-01-25", "2026-02-20"):
        database.write(
            evenements.update_consequence, cause, leave("2026-01-19", fin),
            perimetre=EVERYWHERE, auteur=AUTEUR, now=NOW,
        )  # fmt: skip

    assert before == {
        p.reference: (p.etat, p.periode)
        for p in database.read(pieces.of_evenement, made.id)
    }


def test_a_paper_closes_its_line(database: Database) -> None:
    """The line is satisfied, and the journal says by which paper."""
    agent = make_agent(database, make_collectivite(database))
    made = make_evenement(database, agent)
    avis = line_of(database, made.id, "AAT")

    settled = _settle(database, avis, make_paper(database, agent))

    facts = database.read(journal.of_evenement, made.id)
    assert EtatPiece.SATISFAITE.code == settled.etat
    assert "piece:satisfaite" == facts[-1]["tag"]
    assert avis.reference == facts[-1]["sujet"]


def test_a_line_with_days_needs_all_of_them(database: Database) -> None:
    """Half the days leave it open; the other half closes it."""
    agent = make_agent(database, make_collectivite(database))
    made = make_evenement(database, agent)
    avis = line_of(database, made.id, "AAT")

    half = _settle(
        database, avis, make_paper(database, agent), days("2026-01-19", "2026-01-25")
    )
    proof = database.read(pieces.coverage_of, half)
    whole = _settle(
        database, avis, make_paper(database, agent, 2), days("2026-01-26", "2026-02-01")
    )

    assert "attendue" == half.etat
    assert proof is not None
    assert (days("2026-01-26", "2026-02-01"),) == proof.manque
    assert "satisfaite" == whole.etat


def test_one_bulletin_covers_its_month(database: Database) -> None:
    """A bulletin naming three days of the month is still the bulletin of the month."""
    agent = make_agent(database, make_collectivite(database))
    made = make_evenement(database, agent)
    january = line_of(database, made.id, "BULLETIN")

    settled = _settle(
        database, january, make_paper(database, agent), days("2026-01-05", "2026-01-07")
    )

    assert "satisfaite" == settled.etat


def test_a_settled_line_refuses_a_second_paper(database: Database) -> None:
    """The loser is told, and nothing changes."""
    agent = make_agent(database, make_collectivite(database))
    made = make_evenement(database, agent)
    avis = line_of(database, made.id, "AAT")
    _settle(database, avis, make_paper(database, agent))

    with pytest.raises(ConflictError, match="piece-deja-satisfaite"):
        _settle(database, avis, make_paper(database, agent, 2))

    assert 1 == len(database.read(pieces.links_of, piece_ids=[avis.id]))


def test_days_already_proved_refuse_a_second_paper(database: Database) -> None:
    """A paper that proves nothing new on an open line is a conflict."""
    agent = make_agent(database, make_collectivite(database))
    made = make_evenement(database, agent)
    avis = line_of(database, made.id, "AAT")
    _settle(
        database, avis, make_paper(database, agent), days("2026-01-19", "2026-01-25")
    )

    with pytest.raises(ConflictError, match="piece-deja-satisfaite"):
        _settle(
            database,
            avis,
            make_paper(database, agent, 2),
            days("2026-01-20", "2026-01-24"),
        )


def test_days_of_another_period_are_refused(database: Database) -> None:
    """A paper about March proves nothing of January."""
    agent = make_agent(database, make_collectivite(database))
    made = make_evenement(database, agent)

    with pytest.raises(RefusedError, match="periode-etrangere"):
        _settle(
            database,
            line_of(database, made.id, "AAT"),
            make_paper(database, agent),
            days("2026-03-01", "2026-03-05"),
        )


@pytest.mark.parametrize("nb_rivals", [8])
def test_racing_papers_close_a_line_once(database: Database, nb_rivals: int) -> None:
    """Whatever the race, one paper holds the line and the others are told."""
    agent = make_agent(database, make_collectivite(database))
    made = make_evenement(database, agent)
    avis = line_of(database, made.id, "AAT")
    papers = [make_paper(database, agent, rank) for rank in range(1, nb_rivals + 1)]

    def race(paper: int) -> str:
        try:
            return _settle(database, avis, paper).etat
        except ConflictError as error:
            return error.code

    with concurrent.futures.ThreadPoolExecutor(nb_rivals) as pool:
        answers = list(pool.map(race, papers))

    assert 1 == answers.count("satisfaite")
    assert nb_rivals - 1 == answers.count("piece-deja-satisfaite")
    assert 1 == len(database.read(pieces.links_of, piece_ids=[avis.id]))


def test_unlinking_opens_the_line_again(database: Database) -> None:
    """Undone, with its fact; the same paper may come back."""
    agent = make_agent(database, make_collectivite(database))
    made = make_evenement(database, agent)
    avis = line_of(database, made.id, "AAT")
    paper = make_paper(database, agent)
    _settle(database, avis, paper)

    opened = database.write(
        pieces.unlink, avis.id, paper, auteur=AUTEUR, motif="mauvais agent", now=NOW
    )
    again = _settle(database, avis, paper)

    assert "attendue" == opened.etat
    assert "satisfaite" == again.etat
    tags = [f["tag"] for f in database.read(journal.of_evenement, made.id)]
    assert ["piece:satisfaite", "piece:rouverte", "piece:satisfaite"] == tags[-3:]


def test_a_settled_line_outlives_its_reason(database: Database) -> None:
    """The leave shrinks: February's bulletin, already given, stays and says so."""
    agent = make_agent(database, make_collectivite(database))
    made = make_evenement(database, agent)
    february = line_of(database, made.id, "BULLETIN", 1)
    _settle(database, february, make_paper(database, agent))

    database.write(
        evenements.update_consequence, made.consequences[0].reference,
        leave("2026-01-19", "2026-01-25"),
        perimetre=EVERYWHERE, auteur=AUTEUR, now=NOW,
    )  # fmt: skip

    kept = database.read(pieces.by_ids, [february.id])[february.id]
    assert "satisfaite" == kept.etat
    assert kept.motif is not None


@pytest.mark.parametrize(
    ("etat", "tag"),
    [
        (EtatPiece.DISPENSEE, "piece:dispensee"),
        (EtatPiece.IMPOSSIBLE_DECLAREE, "piece:declaree_impossible"),
    ],
)
def test_human_acts_have_a_reason(
    database: Database, etat: EtatPiece, tag: str
) -> None:
    """A waiver closes the line with its reason; it can be reopened, with one too."""
    collectivite = make_collectivite(database)
    agent = make_agent(database, collectivite)
    made = make_evenement(database, agent)
    avis = line_of(database, made.id, "AAT")

    def act(target: EtatPiece, motif: str) -> PieceAttendue:
        return database.write(
            pieces.decide, avis.reference, target,
            perimetre=seen_by(collectivite), auteur=AUTEUR, motif=motif, now=NOW,
        )  # fmt: skip

    with pytest.raises(RefusedError, match="motif-absent"):
        act(etat, " ")
    closed = act(etat, "papier détruit dans un incendie")
    with pytest.raises(ConflictError):
        act(etat, "encore")
    opened = act(EtatPiece.ATTENDUE, "retrouvé")

    assert etat.code == closed.etat
    assert "attendue" == opened.etat
    tags = [f["tag"] for f in database.read(journal.of_evenement, made.id)]
    assert [tag, "piece:rouverte"] == tags[-2:]


def test_received_papers_suspend_the_line(database: Database) -> None:
    """« Reçue, à vérifier » is open, and may be settled or cleared."""
    agent = make_agent(database, make_collectivite(database))
    made = make_evenement(database, agent)
    avis = line_of(database, made.id, "AAT")
    paper = make_paper(database, agent)

    marked = database.write(
        pieces.mark_received, avis.id, paper, auteur=AUTEUR, now=NOW
    )
    cleared = database.write(pieces.clear_received, avis.id, auteur=AUTEUR, now=NOW)

    assert ("recue_a_verifier", True) == (marked.etat, marked.is_open)
    assert "attendue" == cleared.etat


def test_list_narrows_filters_and_pages(database: Database) -> None:
    """Every line once, due first; a foreign collectivité never shows."""
    mine = make_collectivite(database)
    other = make_collectivite(database, "Ville de Saint-Aubert")
    agent = make_agent(database, mine)
    make_evenement(database, agent)
    make_evenement(database, make_agent(database, other, nom_famille="DARBOIS"))
    perimetre = seen_by(mine)

    seen: list[str] = []
    curseur = None
    while True:
        page = database.read(pieces.listing, perimetre, None, curseur=curseur, limite=3)
        seen += [line.piece.reference for line in page.elements]
        curseur = page.suivant
        if curseur is None:
            break
    filtre = pieces.FiltrePieces(
        type="BULLETIN", texte="gran", exigible_avant=day("2026-02-01")
    )
    filtered = database.read(pieces.listing, perimetre, filtre)

    assert 4 == page.total == len(seen) == len(set(seen))
    assert 1 == filtered.total
    assert "GRANGEON Maud" == filtered.elements[0].agent_libelle
    assert 153 == filtered.elements[0].retard_jours(day("2026-10-01"))


def test_foreign_line_looks_inexistent(database: Database) -> None:
    """Another collectivité's requirement and no requirement answer the same."""
    mine = make_collectivite(database)
    other = make_collectivite(database, "Ville de Saint-Aubert")
    made = make_evenement(database, make_agent(database, other))
    line = line_of(database, made.id, "AAT")

    messages = []
    for reference in (line.reference, "PA-2026-00000-00000-X"):
        with pytest.raises(NotFoundError) as caught:
            database.read(pieces.get, reference, seen_by(mine))
        messages.append(caught.value.detail)
    with pytest.raises(NotFoundError):
        database.read(evenements.get, made.reference, seen_by(mine))

    assert messages[0] == messages[1]


def test_a_collectivite_that_sent_everything_awaits_nothing(database: Database) -> None:
    """A settled line is no longer wanted, and the lines of others do not count."""
    agent, other = (make_agent(database, make_collectivite(database)) for _ in range(2))
    made = make_evenement(database, agent)
    assert [True, False] == [
        database.read(pieces.awaits, who.collectivite_id) for who in (agent, other)
    ]

    for rank, piece in enumerate(database.read(pieces.of_evenement, made.id), 1):
        _settle(database, piece, make_paper(database, agent, rank))

    assert not database.read(pieces.awaits, agent.collectivite_id)
