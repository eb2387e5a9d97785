"""The fiche tells an event today, and as it was known on any past day."""

import dataclasses
import datetime as dt
from typing import Any

import pytest

from records.evenements import Evenement
from records.store import evenements, fiches, pieces, recours, revisions, salaires
from records.store.evenements import ConsequenceDeclaree
from records.store.fiches import Fiche
from socle.db import Database, WriteSession
from socle.errors import ConflictError, RefusedError
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
)

DAY = dt.timedelta(days=1)


def _made(db: Database) -> Evenement:
    return make_evenement(db, make_agent(db, make_collectivite(db)))


def _now(db: Database, event: Evenement) -> Fiche:
    return db.read(fiches.fiche, event.reference, EVERYWHERE)


def _then(db: Database, event: Evenement, at: dt.datetime) -> Fiche:
    return db.read(fiches.fiche_at, event.reference, EVERYWHERE, at)


def _change(db: Database, event: Evenement, at: dt.datetime, **changes: Any) -> None:
    db.write(
        evenements.update, event.reference, changes, perimetre=EVERYWHERE,
        auteur=AUTEUR, now=at,
    )  # fmt: skip


def _extend(
    db: Database, event: Evenement, at: dt.datetime, declared: ConsequenceDeclaree
) -> None:
    db.write(
        evenements.add_consequence, event.reference, declared, perimetre=EVERYWHERE,
        auteur=AUTEUR, now=at,
    )  # fmt: skip


def test_the_past_is_told_as_it_was(database: Database) -> None:
    """Each act moves the fiche of its day on, and none of the days before."""
    event = _made(database)
    told = [_now(database, event)]
    acts = (
        lambda at: _change(database, event, at, numero="D-17"),
        lambda at: _extend(
            database, event, at, leave("2026-02-02", "2026-02-15", "PROLONG")
        ),
        lambda at: database.write(
            salaires.replace, event.reference, [{"mois": "2026-01", "tib": "1900.00"}],
            perimetre=EVERYWHERE, auteur=AUTEUR, now=at,
        ),
        lambda at: database.write(
            recours.add, event.reference, perimetre=EVERYWHERE, auteur=AUTEUR, now=at
        ),
        lambda at: _change(database, event, at, etat="clos"),
    )  # fmt: skip
    for rank, act in enumerate(acts, start=1):
        act(NOW + rank * DAY)
        told.append(_now(database, event))

    for rank, expected in enumerate(told):
        at = NOW + rank * DAY
        # the version counts changes; the past is compared on what it says
        was = _then(database, event, at)
        assert _said(expected) == _said(was), rank


def _said(fiche: Fiche) -> dict[str, Any]:
    said = dataclasses.asdict(fiche)
    said.pop("au")
    said["pieces"] = sorted(said["pieces"], key=lambda p: p["id"])
    for one in (
        said["evenement"], *said["evenement"]["consequences"], *said["pieces"],
        *said["recours"],
    ):  # fmt: skip
        one.pop("version")
    return said


def test_a_paper_detached_since_still_proves_that_day(database: Database) -> None:
    """Ties, coverage and states are those of the instant."""
    agent = make_agent(database, make_collectivite(database))
    event = make_evenement(database, agent)
    line = _now(database, event).pieces[0]
    paper = make_paper(database, agent)
    database.write(
        pieces.settle, line.id, paper, periode=None, auteur=AUTEUR, motif=None,
        now=NOW + DAY,
    )  # fmt: skip
    database.write(
        pieces.unlink, line.id, paper, auteur=AUTEUR, motif="erreur", now=NOW + 2 * DAY
    )

    states = [
        next(p.etat for p in _then(database, event, at).pieces if p.id == line.id)
        for at in (NOW, NOW + DAY, NOW + 2 * DAY)
    ]
    proved = [
        _then(database, event, at).couvertures[line.id].is_complete
        for at in (NOW, NOW + DAY, NOW + 2 * DAY)
    ]

    assert ["attendue", "satisfaite", "attendue"] == states
    assert [False, True, False] == proved


def test_before_the_declaration_there_is_nothing_to_tell(database: Database) -> None:
    """A day before the declaration is said, not answered with an empty page."""
    event = _made(database)

    with pytest.raises(RefusedError, match="pas-encore-declare"):
        _then(database, event, NOW - DAY)


def test_each_change_is_kept_with_its_author(database: Database) -> None:
    """The history of an object says what moved, from what, to what."""
    event = _made(database)
    _change(database, event, NOW + DAY, numero="D-17")
    _change(database, event, NOW + 2 * DAY, numero="D-18", etat="clos")

    acts = database.read(revisions.history, event.reference)

    assert [
        {"numero": ("D-17", "D-18"), "etat": ("en_cours", "clos")},
        {"numero": (None, "D-17")},
    ] == [act.colonnes for act in acts]
    assert {AUTEUR} == {act.auteur for act in acts}


def test_two_people_changing_one_consequence(database: Database) -> None:
    """The second is told; the first's change stays."""
    event = _made(database)
    one = _now(database, event).evenement.consequences[0]

    def change(session: WriteSession, fin: str) -> None:
        evenements.update_consequence(
            session, one.reference, leave("2026-01-19", fin), version=one.version,
            perimetre=EVERYWHERE, auteur=AUTEUR, now=NOW + DAY,
        )  # fmt: skip

    database.write(change, "2026-02-08")
    with pytest.raises(ConflictError, match="etat-modifie"):
        database.write(change, "2026-02-28")

    (kept,) = _now(database, event).evenement.consequences
    assert kept.periode is not None
    assert day("2026-02-08") == kept.periode.dernier
