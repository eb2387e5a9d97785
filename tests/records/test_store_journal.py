"""The journal: one unbroken chain per collectivité, that nobody can rewrite."""

import concurrent.futures
import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from records import tables as t
from records.journal import FaitNouveau, Tag, sentence
from records.store import journal
from socle.db import Database, ReadSession, WriteSession
from tests.records.monde import (
    AUTEUR,
    NOW,
    make_agent,
    make_collectivite,
    make_evenement,
)


def _append(db: Database, collectivite_id: int | None, rank: int = 0) -> None:
    fait = FaitNouveau(
        tag=Tag.AGENT_CREE, sujet="AG-1", auteur=AUTEUR,
        collectivite_id=collectivite_id, contenu={"rang": rank, "é": ["à"]},
    )  # fmt: skip
    db.write(journal.append, fait, NOW + dt.timedelta(microseconds=rank))


def _ranks(session: ReadSession) -> list[tuple[int, int]]:
    rows = session.execute(sa.select(t.Fait.chaine, t.Fait.rang).order_by(t.Fait.id))
    return [(row[0], row[1]) for row in rows]


def test_chains_are_apart_and_whole(database: Database) -> None:
    """Each collectivité has its own ranks; the house has one too; all verify."""
    home = make_collectivite(database)

    for rank in range(3):
        _append(database, home.id, rank)
        _append(database, None, rank)

    ranks = database.read(_ranks)
    assert [1, 2, 3, 4] == [r for chain, r in ranks if chain == home.id]
    assert [1, 2, 3] == [r for chain, r in ranks if chain == 0]
    assert () == database.read(journal.verify)


def test_racing_facts_have_no_hole(database: Database) -> None:
    """Ranks are taken under lock: no hole, no double."""
    home = make_collectivite(database)

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda rank: _append(database, home.id, rank), range(24)))

    assert list(range(1, 26)) == sorted(r for _, r in database.read(_ranks))
    assert () == database.read(journal.verify)


@pytest.mark.parametrize(
    "statement", ["UPDATE fait SET auteur = 'x'", "DELETE FROM fait"]
)
def test_facts_cannot_be_rewritten(database: Database, statement: str) -> None:
    """Both engines refuse, whoever asks."""
    make_collectivite(database)

    def act(session: WriteSession) -> None:
        session.execute(sa.text(statement))

    with pytest.raises(DatabaseError, match="le journal ne se modifie pas"):
        database.write(act)

    assert () == database.read(journal.verify)


def _drop_guard(session: WriteSession) -> None:
    names = ("fait_update", "fait_delete")
    if session.get_bind().dialect.name == "sqlite":
        for name in names:
            session.execute(sa.text(f"DROP TRIGGER {name}"))
    else:
        session.execute(sa.text("DROP TRIGGER fait_immuable ON fait"))


@pytest.mark.parametrize(
    ("statement", "detail"),
    [
        ("UPDATE fait SET auteur = 'x' WHERE rang = 2", "contenu modifié"),
        ("DELETE FROM fait WHERE rang = 2", "rang 2 attendu"),
    ],
)
def test_tampering_shows(database: Database, statement: str, detail: str) -> None:
    """Someone with the keys of the database is seen all the same."""
    home = make_collectivite(database)
    for rank in range(3):
        _append(database, home.id, rank)

    def act(session: WriteSession) -> None:
        _drop_guard(session)
        session.execute(sa.text(statement))

    database.write(act)

    assert detail in {rupture.detail for rupture in database.read(journal.verify)}


def test_facts_hold_no_name(database: Database) -> None:
    """References and codes only: erasing a person does not break the chain."""
    agent = make_agent(
        database, make_collectivite(database), nom_famille="XYLOPHAGE", prenoms=["Zoé"],
        nir="285059800608483",
    )  # fmt: skip
    make_evenement(database, agent)

    def everything(session: ReadSession) -> str:
        return " ".join(str(row) for row in session.scalars(sa.select(t.Fait.contenu)))

    kept = database.read(everything)
    assert "XYLOPHAGE" not in kept
    assert "Zoé" not in kept
    assert "28505" not in kept


@pytest.mark.parametrize("tag", list(Tag))
def test_every_fact_has_its_sentence(tag: Tag) -> None:
    """Each tag is `sujet:action` and says something on the fiche."""
    subject, action = tag.code.split(":")

    assert subject
    assert action
    assert sentence(tag.code, {}).endswith(".")


def test_facts_of_an_event_are_in_order(database: Database) -> None:
    """The fiche tells what happened, oldest first."""
    made = make_evenement(database, make_agent(database, make_collectivite(database)))

    tags = [fait["tag"] for fait in database.read(journal.of_evenement, made.id)]

    assert ["evenement:declare", "consequence:declaree"] == tags[:2]
    assert {"piece:ouverte"} == set(tags[2:])
