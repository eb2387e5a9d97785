"""Days of absence added up: overlaps once, months cut, groups apart, delays by band."""

import doctest

from records import absences
from records.store import arrets, delais
from records.store.pieces import settle
from socle.db import Database, WriteSession
from tests.records.monde import (
    AUTEUR,
    EVERYWHERE,
    NOW,
    day,
    leave,
    make_agent,
    make_collectivite,
    make_evenement,
    make_paper,
    seen_by,
)

YEAR = absences.year(2026)


def test_the_examples_are_true() -> None:
    """The examples of the docstrings hold."""
    found = doctest.testmod(absences)

    assert 0 == found.failed
    assert found.attempted >= 2


def test_overlaps_count_once_and_months_cut_spells(database: Database) -> None:
    """Two events of one agent on the same days; a spell across a month and the year."""
    place = make_collectivite(database)
    one, two = (make_agent(database, place, nom_famille=n) for n in ("UN", "DEUX"))
    for agent, nature, debut, fin in (
        (one, "CMO", "2026-01-25", "2026-02-10"), (one, "AS", "2026-02-01", "2026-02-05"),
        (two, "CMO", "2025-12-20", "2026-01-02"), (two, "CMO", "2026-12-31", "2027-01-09"),
    ):  # fmt: skip
        make_evenement(
            database, agent, nature, date_survenance=day(debut),
            consequences=(leave(debut, fin),), is_importee=True,
        )  # fmt: skip
    found = database.read(arrets.touching, EVERYWHERE, YEAR)

    assert (7 + 2, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1) == absences.by_month(found, 2026)
    assert (("CMO", 17 + 2 + 1), ("AS", 5)) == absences.by_group(
        found, YEAR, lambda a: a.evenement.nature
    )
    assert (("tous", 20),) == absences.by_group(found, YEAR, lambda _: "tous")


def test_only_the_perimeter_is_counted(database: Database) -> None:
    """Another collectivité adds no day."""
    ours, theirs = (make_collectivite(database, nom) for nom in ("Azur", "Brume"))
    for place in (ours, theirs):
        make_evenement(database, make_agent(database, place))

    found = database.read(arrets.touching, seen_by(ours), YEAR)
    assert [ours.id] == [a.evenement.collectivite_id for a in found]
    assert [] == database.read(
        arrets.touching, seen_by(ours), YEAR, collectivite_id=theirs.id
    )


def test_a_delay_runs_from_the_day_the_paper_could_be_asked_for(
    database: Database,
) -> None:
    """A line closed on the day of today: so many days after it was due."""
    place = make_collectivite(database)
    agent = make_agent(database, place)
    make_evenement(database, agent)
    paper = make_paper(database, agent)

    def close(session: WriteSession) -> int:
        from records.store import pieces

        line = pieces.listing(session, EVERYWHERE).elements[0].piece
        settle(
            session, line.id, paper, periode=None, auteur=AUTEUR, motif=None, now=NOW
        )
        return (NOW.date() - line.exigible_le).days

    expected = database.write(close)

    assert [expected] == database.read(delais.of_period, EVERYWHERE, YEAR, place.id)
    assert [] == database.read(
        delais.of_period, EVERYWHERE, absences.year(2025), place.id
    )
