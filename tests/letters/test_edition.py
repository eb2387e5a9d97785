"""Letters are issued once, numbered without a hole, and kept as they were."""

import datetime as dt
import hashlib
from pathlib import Path

import pytest
import sqlalchemy as sa

from letters import courriers, edition, render, tournee
from letters import tables as t
from letters.courriers import FiltreCourriers
from records.comptes import HOUSE
from records.store import pieces
from records.tables_courriers import Coupon
from records.vocabulary import EtatPiece
from socle.db import Database
from tests.letters.bureau import NOW, TODAY, make_bureau, make_world, text_of


def test_a_letter_asks_for_every_open_line(database: Database, tmp_path: Path) -> None:
    """One letter per collectivité, its bytes kept under their hash."""
    bureau, place = make_bureau(database, tmp_path), make_world(database)

    (letter,) = edition.edit(bureau, place.id, TODAY, NOW)

    owner = courriers.owner_of(place.id)
    with bureau.storage.local(owner, letter.empreinte) as path:
        octets = path.read_bytes()
    text = text_of(octets)
    assert letter.empreinte == hashlib.sha256(octets).hexdigest()
    assert "2026-000001" == letter.numero
    assert all(f"GRANGEON{rank} Maud" in text for rank in range(2))
    assert letter.nb_lignes == len(database.read(_coupons))
    assert "Ne transmettez pas le volet 1" in text.replace("\n", " ")


def _coupons(session: sa.orm.Session) -> list[Coupon]:
    return list(session.scalars(sa.select(Coupon)))


def test_the_same_night_issues_nothing_new(database: Database, tmp_path: Path) -> None:
    """A second run the same day finds nothing due."""
    bureau, place = make_bureau(database, tmp_path), make_world(database)
    edition.edit(bureau, place.id, TODAY, NOW)

    assert [] == edition.edit(bureau, place.id, TODAY, NOW)


def test_a_letter_is_the_same_bytes_each_time(
    database: Database, tmp_path: Path
) -> None:
    """What is kept of a letter gives its bytes again."""
    bureau, place = make_bureau(database, tmp_path), make_world(database)
    (letter,) = edition.edit(bureau, place.id, TODAY, NOW)

    octets = render.pdf(letter.contenu, instant=edition.instant_of(TODAY))

    assert letter.empreinte == hashlib.sha256(octets).hexdigest()


@pytest.mark.parametrize("etat", [EtatPiece.DISPENSEE, EtatPiece.IMPOSSIBLE_DECLAREE])
def test_closed_lines_are_never_asked_for(
    database: Database, tmp_path: Path, etat: EtatPiece
) -> None:
    """A line waived or declared impossible stands in no letter."""
    bureau, place = make_bureau(database, tmp_path), make_world(database, 1)
    found = database.read(pieces.listing, HOUSE)
    first = found.elements[0].piece
    database.write(
        pieces.decide, first.reference, etat, perimetre=HOUSE, auteur="x",
        motif="détruit", now=NOW,
    )  # fmt: skip

    (letter,) = edition.edit(bureau, place.id, TODAY, NOW)

    assert found.total - 1 == letter.nb_lignes


def test_reminders_follow_the_contract(database: Database, tmp_path: Path) -> None:
    """Each rank comes once, at its own interval, and none after the last."""
    bureau, place = make_bureau(database, tmp_path), make_world(database, 1)
    leaving = [
        (step, letter.relance)
        for step in range(0, 120, 5)
        for letter in edition.edit(
            bureau, place.id, TODAY + dt.timedelta(days=step), NOW
        )
    ]

    assert [(0, 1), (30, 2), (45, 3)] == leaving


def test_numbers_have_no_hole(database: Database, tmp_path: Path) -> None:
    """Numbers of a year follow each other, whoever failed meanwhile."""
    bureau = make_bureau(database, tmp_path)
    places = [make_world(database, 1).id for _ in range(3)]
    passages = list(tournee.go(bureau, places, TODAY, NOW, hands=2))
    for place in places:
        later = TODAY + dt.timedelta(days=30)
        passages += tournee.go(bureau, [place], later, NOW)

    assert [None] * 6 == [p.code for p in passages]
    for place in places:
        mine = FiltreCourriers(collectivite_id=place)
        found = database.read(courriers.listing, HOUSE, mine)
        assert ["2026-000002", "2026-000001"] == [x.numero for x in found.rows]


def test_a_failure_takes_no_number(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction cut at its last act leaves the number for the next letter."""
    bureau, place = make_bureau(database, tmp_path), make_world(database, 1)
    with monkeypatch.context() as patched, pytest.raises(ZeroDivisionError):
        patched.setattr(courriers, "_facts", lambda *_: 1 // 0)
        edition.edit(bureau, place.id, TODAY, NOW)

    (letter,) = edition.edit(bureau, place.id, TODAY, NOW)

    assert "2026-000001" == letter.numero
    assert 1 == database.read(lambda s: s.scalar(sa.func.count(t.Courrier.id)))


def test_a_rehearsal_writes_nothing(database: Database, tmp_path: Path) -> None:
    """A dry run names what would leave, and leaves everything as it was."""
    bureau, place = make_bureau(database, tmp_path), make_world(database, 1)

    (plan,) = tournee.rehearse(bureau, [place.id], TODAY)

    assert {1} == {demande.relance for demande in plan.demandes}
    assert 0 == database.read(courriers.listing, HOUSE, FiltreCourriers()).total
