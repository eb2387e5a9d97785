"""The night: once a legal day, nothing twice; told by mail, printed together."""

import datetime as dt
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from letters import avis, courriers, edition, gardes, impression, jobs
from records import tables as t
from records.comptes import HOUSE
from records.parties import Collectivite
from records.store import pieces
from records.tables_courriers import Coupon
from socle import mail
from socle.db import Database, WriteSession
from socle.errors import ConflictError, NotFoundError
from socle.memory import MemoryQueue
from tests.letters.bureau import NOW, TODAY, make_bureau, make_world, text_of
from tests.records.monde import make_collectivite, seen_by

NIGHT = dt.datetime(2026, 9, 30, 1, 30, tzinfo=dt.UTC)  # half past three in Paris


def tell_by_mail(
    database: Database,
    place: Collectivite,
    *addresses: str,
    name: str = avis.PARAMETRE,
) -> None:
    """Write addresses in the contract."""

    def act(session: WriteSession) -> None:
        row = session.scalars(
            sa.select(t.Contrat).where(t.Contrat.collectivite_id == place.id)
        ).one()
        row.parametres = {name: list(addresses)}

    database.write(act)


@pytest.mark.parametrize(
    ("hour", "is_night"), [(0, True), (1, True), (3, True), (4, False), (12, False)]
)
def test_the_round_is_asked_for_by_night(
    database: Database, hour: int, is_night: bool
) -> None:
    """Between two and six in Paris, whatever the season says in UTC."""
    now = NIGHT.replace(hour=hour)

    assert is_night == database.write(jobs.schedule, MemoryQueue(), now)  # type: ignore[arg-type]


def test_a_night_runs_once(database: Database, tmp_path: Path) -> None:
    """Asked for every minute, run again: the letters of the day leave once."""
    bureau = make_bureau(database, tmp_path)
    places = [make_world(database, 1) for _ in range(2)]
    pending = MemoryQueue()
    for minute in range(3):
        database.write(jobs.schedule, pending, NIGHT + dt.timedelta(minutes=minute))  # type: ignore[arg-type]

    ran = pending.run({jobs.JOB: lambda _day: jobs.go(bureau, TODAY, NOW)})
    again = jobs.go(bureau, TODAY, NOW)

    found = database.read(courriers.listing, HOUSE, courriers.FiltreCourriers())
    assert 1 == ran
    assert 0 == again
    assert len(places) == found.total


def test_a_letter_is_told_by_mail(database: Database, tmp_path: Path) -> None:
    """A link, no name, no number; once per address, in the letter's transaction."""
    bureau, place = make_bureau(database, tmp_path), make_world(database, 1)
    tell_by_mail(
        database, place, "rh@exemple.fr", "rh@exemple.fr", "x@y.fr\r\nBcc: z@z.fr",
        "pas une adresse",
    )  # fmt: skip

    (letter,) = edition.edit(bureau, place.id, TODAY, NOW)

    (told,) = database.read(mail.listing)
    row = database.read(lambda s: s.scalars(sa.select(mail.Courriel)).one())
    assert ("rh@exemple.fr", letter.reference) == (told.destinataire, told.objet)
    assert f"https://portail.exemple/courriers/{letter.reference}" in row.corps
    for hidden in ("GRANGEON", "Maud", "Fontbrune", "M-0", "maladie"):
        assert hidden not in row.sujet + row.corps


def test_the_last_reminder_is_told_further(database: Database, tmp_path: Path) -> None:
    """The centre de gestion is told of the last reminder only."""
    bureau, place = make_bureau(database, tmp_path), make_world(database, 1)
    tell_by_mail(database, place, "cdg@exemple.fr", name=avis.DERNIERE)
    told = []
    for days in (0, 30, 45):
        edition.edit(bureau, place.id, TODAY + dt.timedelta(days=days), NOW)
        told.append(len(database.read(mail.listing)))

    assert [0, 0, 1] == told


def test_the_run_is_printed_in_one_file(database: Database, tmp_path: Path) -> None:
    """Its list first; each letter on sheets of its own, its pages counted apart."""
    bureau = make_bureau(database, tmp_path)
    places = [make_world(database, n) for n in (1, 2)]
    for place in places:
        edition.edit(bureau, place.id, TODAY, NOW)
    letters = database.read(impression.of_day, HOUSE, TODAY)

    said = text_of(impression.pdf(letters, TODAY))

    assert said.startswith("Tournée du 30/09/2026")
    assert "Courriers : 2. Collectivités : 2." in said
    assert ["2", "3"] == re.findall(r"page 1 / (\d)", said)
    assert all(letter.reference in said for letter in letters)
    assert impression.pdf(letters, TODAY) == impression.pdf(letters, TODAY)


def test_a_run_shows_only_what_one_sees(database: Database, tmp_path: Path) -> None:
    """Another collectivité's letters are never in the file; an empty day is told."""
    bureau = make_bureau(database, tmp_path)
    mine, theirs = make_world(database, 1), make_world(database, 1)
    for place in (mine, theirs):
        edition.edit(bureau, place.id, TODAY, NOW)

    found = database.read(impression.of_day, seen_by(mine), TODAY)

    assert {mine.id} == {letter.collectivite_id for letter in found}
    with pytest.raises(NotFoundError):
        database.read(impression.of_day, HOUSE, TODAY + dt.timedelta(days=1))


def test_a_cover_carries_a_code_of_its_own(database: Database, tmp_path: Path) -> None:
    """Printed for one open line, kept before it is printed; foreign is inexistent."""
    bureau, place = make_bureau(database, tmp_path), make_world(database, 1)
    other = make_collectivite(database, "Commune d'ailleurs")
    line = database.read(pieces.listing, HOUSE).elements[0].piece

    octets = gardes.cover(bureau, line.reference, HOUSE, TODAY, NOW)

    kept = database.read(lambda s: list(s.scalars(sa.select(Coupon))))
    said = text_of(octets)
    assert [(place.id, line.id, None)] == [
        (one.collectivite_id, one.piece_id, one.courrier) for one in kept
    ]
    assert line.reference in said
    # few words beside the code: read back, the sheet is a slip and not a paper
    assert len([word for word in said.split() if len(word) >= 3]) < 40
    with pytest.raises(NotFoundError):
        gardes.cover(bureau, line.reference, seen_by(other), TODAY, NOW)
    database.write(
        pieces.decide, line.reference, pieces.EtatPiece.DISPENSEE, perimetre=HOUSE,
        auteur="x", motif="dit", now=NOW,
    )  # fmt: skip
    with pytest.raises(ConflictError):
        gardes.cover(bureau, line.reference, HOUSE, TODAY, NOW)


def test_each_reminder_shows_what_it_was_based_on(
    database: Database, tmp_path: Path
) -> None:
    """Rank, state, version and the day that made it due: kept line by line."""
    bureau, place = make_bureau(database, tmp_path), make_world(database, 1)
    edition.edit(bureau, place.id, TODAY, NOW)
    later = TODAY + dt.timedelta(days=30)
    (reminder,) = edition.edit(bureau, place.id, later, NOW)

    grounds = database.read(courriers.grounds, reminder.id)

    assert reminder.nb_lignes == len(grounds)
    for _, rank, state in grounds:
        assert (2, "attendue") == (rank, state["etat"])
        assert state["due_le"] <= later.isoformat()
