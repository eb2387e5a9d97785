"""Numbers of what goes out: no hole, no double, whoever runs or fails at the same time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from records.store.emissions import Registre, next_rank, take_rank
from socle.db import Database, WriteSession
from tests.records.monde import make_collectivite

HANDS, EACH = 6, 10


def test_racing_desks_leave_no_hole_and_no_double(database: Database) -> None:
    """Several desks take numbers at once, some give up: 1, 2, 3… all the same."""
    place = make_collectivite(database).id

    def take(session: WriteSession) -> int:
        return take_rank(session, Registre.BORDEREAUX, place, 2026)

    def fail(session: WriteSession) -> int:
        take(session)
        raise ZeroDivisionError

    def desk(_: int) -> list[int]:
        taken = []
        for _rank in range(EACH):
            with pytest.raises(ZeroDivisionError):
                database.write(fail)
            taken.append(database.write(take))
        return taken

    with ThreadPoolExecutor(HANDS) as pool:
        numbers = [n for taken in pool.map(desk, range(HANDS)) for n in taken]

    assert list(range(1, HANDS * EACH + 1)) == sorted(numbers)


def test_each_register_place_and_year_counts_for_itself(database: Database) -> None:
    """Letters and bordereaux, two collectivités, two years: four sequences from 1."""
    one, other = make_collectivite(database).id, make_collectivite(database).id
    sequences = [
        (Registre.COURRIERS, one, 2026),
        (Registre.BORDEREAUX, one, 2026),
        (Registre.BORDEREAUX, other, 2026),
        (Registre.BORDEREAUX, one, 2027),
    ]

    assert [1] * 4 == [database.write(take_rank, *each) for each in sequences]
    assert [2] * 4 == [database.read(next_rank, *each) for each in sequences]
