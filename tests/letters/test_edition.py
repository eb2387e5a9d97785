"""Letters are issued once, numbered without a hole, and kept as they were."""

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from letters import courriers, edition, render, tournee
from letters import tables as t
from letters.courriers import FiltreCourriers
from records.comptes import HOUSE
from records.store import pieces
from records.store.pieces import FiltrePieces
from records.tables_courriers import Coupon
from records.vocabulary import EtatPiece
from socle.db import Database
from socle.memory import MemoryStorage
from socle.storage import Recu, full
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


@dataclass
class Voisin(MemoryStorage):
    """A storage at which something happens to one collectivité's letter."""

    owner: str = ""
    happening: Callable[[], None] = lambda: None

    def put(self, owner: str, content: bytes) -> Recu:
        """Let it happen, then keep the bytes."""
        if owner == self.owner:
            self.happening()
        return super().put(owner, content)


def test_one_that_fails_stops_no_other(database: Database, tmp_path: Path) -> None:
    """A letter that cannot be kept is told; those composed beside it leave."""
    places = [make_world(database, 1).id for _ in range(3)]

    def fail() -> None:
        raise full()

    storage = Voisin(owner=courriers.owner_of(places[1]), happening=fail)
    bureau = replace(make_bureau(database, tmp_path), storage=storage)
    passages = list(tournee.go(bureau, places, TODAY, NOW))
    after = replace(bureau, storage=MemoryStorage())
    again = list(tournee.go(after, places, TODAY, NOW))

    assert [None, "stockage-plein", None] == [p.code for p in passages]
    assert [1, 0, 1] == [len(p.courriers) for p in passages]
    assert [0, 1, 0] == [len(p.courriers) for p in again]


def test_what_moves_meanwhile_is_composed_again(
    database: Database, tmp_path: Path
) -> None:
    """A line waived while its letter is laid out: it is not in it, its neighbour leaves."""
    made = [make_world(database, 1) for _ in range(2)]
    places = [place.id for place in made]
    mine = FiltrePieces(collectivite=made[1].reference)
    found = database.read(pieces.listing, HOUSE, mine)
    waived = [found.elements[0].piece.reference]

    def waive() -> None:
        while waived:
            database.write(
                pieces.decide, waived.pop(), EtatPiece.DISPENSEE, perimetre=HOUSE,
                auteur="x", motif="dit", now=NOW,
            )  # fmt: skip

    storage = Voisin(owner=courriers.owner_of(places[1]), happening=waive)
    bureau = replace(make_bureau(database, tmp_path), storage=storage)
    passages = list(tournee.go(bureau, places, TODAY, NOW, hands=1))
    (first,), (second,) = (passage.courriers for passage in passages)

    assert (found.total, found.total - 1) == (first.nb_lignes, second.nb_lignes)
    assert {"2026-000001"} == {first.numero, second.numero}


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
