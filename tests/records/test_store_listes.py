"""Lists over one, some or all collectivités: the same lines, the same order, by index."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from records import tables as t
from records.comptes import Perimetre
from records.declarations import ConsequenceDeclaree
from records.parties import Collectivite
from records.periodes import Periode
from records.store import clotures, evenements, justificatifs, pieces, reprises
from records.store.justificatifs import FiltreJustificatifs
from records.store.pieces import FiltrePieces
from records.vocabulary import OPEN_PIECE_STATES
from socle.db import Database, ReadSession, WriteSession
from tests.records.monde import (
    AUTEUR,
    EVERYWHERE,
    NOW,
    TODAY,
    day,
    make_agent,
    make_collectivite,
    make_evenement,
    make_paper,
    seen_by,
)

OPEN = FiltrePieces(etats=OPEN_PIECE_STATES)


def _pieces(tri: str) -> Callable[..., Any]:
    def read(session: ReadSession, perimetre: Perimetre, **page: Any) -> Any:
        found = pieces.listing(session, perimetre, OPEN, tri=tri, **page)
        return found, [line.piece.reference for line in found.elements]

    return read


def _papers(etat: str | None) -> Callable[..., Any]:
    def read(session: ReadSession, perimetre: Perimetre, **page: Any) -> Any:
        filtre = FiltreJustificatifs(etat=etat)
        found = justificatifs.listing(session, perimetre, filtre, **page)
        return found, [line.justificatif.reference for line in found.elements]

    return read


def _closings(session: ReadSession, perimetre: Perimetre, **page: Any) -> Any:
    found = clotures.listing(session, perimetre, TODAY, **page)
    return found, [one.evenement.reference for one in found.elements]


LISTS = {
    "echeance": _pieces("echeance"), "exigible": _pieces("exigible"),
    "nom": _pieces("nom"), "papiers": _papers(None), "clotures": _closings,
    "etat": _papers("rattache"),
}  # fmt: skip


def _world(db: Database) -> list[Collectivite]:
    """Three collectivités of unequal size, their days mixed."""
    homes = [make_collectivite(db, f"Lieu {rank}") for rank in range(3)]
    for rank in range(9):
        home = homes[min(rank % 4, 2)]
        agent = make_agent(
            db, home, nom_famille=f"NOM{(rank * 7) % 9}", matricule=f"M{rank}"
        )
        debut = day("2026-01-05") + dt.timedelta(days=(rank * 5) % 11)
        leave = ConsequenceDeclaree(
            type="ARRET", periode=Periode(debut, debut + dt.timedelta(days=10)),
            champs={"type_avis": "initial"},
        )  # fmt: skip
        make_evenement(db, agent, consequences=(leave,))
        make_paper(db, agent, rank + 1)
    return homes


def _whole(db: Database, name: str, perimetre: Perimetre, limite: int) -> list[str]:
    seen: list[str] = []
    curseur = None
    while True:
        found, references = db.read(
            LISTS[name], perimetre, limite=limite, curseur=curseur
        )
        seen += references
        curseur = found.suivant
        if curseur is None:
            assert found.total == len(seen)
            return seen


@pytest.mark.parametrize("name", LISTS)
def test_some_collectivites_are_listed_as_each_of_them(
    database: Database, name: str
) -> None:
    """Page by page, in the order of everything, exactly what each one would give."""
    homes = _world(database)
    everything = _whole(database, name, EVERYWHERE, 200)
    assert everything
    for seen in ([0], [0, 1], [1, 2], [0, 1, 2]):
        mine = seen_by(*(homes[rank] for rank in seen))
        own = {
            reference
            for rank in seen
            for reference in _whole(database, name, seen_by(homes[rank]), 200)
        }
        expected = [reference for reference in everything if reference in own]

        assert expected == _whole(database, name, mine, 2), seen
        assert expected == _whole(database, name, mine, 200), seen
    assert [] == _whole(database, name, seen_by(), 2)


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("echeance", "ix_piece_ouverte "), ("exigible", "ix_piece_ouverte_exigible "),
        ("nom", "ix_piece_ouverte "), ("papiers", "ix_justificatif_liste "),
        ("etat", "ix_justificatif_etat "),
        ("clotures", "ix_evenement_sans_reprise "),
    ],
)  # fmt: skip
def test_lists_are_walked_by_their_own_index(
    sqlite: Database, name: str, index: str
) -> None:
    """Never a look at every line: the planner has no statistics, the index must win."""
    homes = _world(sqlite)
    for seen in (homes[:1], homes):
        said: list[str] = []

        def note(
            _c: Any, _cursor: Any, statement: str, given: Any, *_: Any,
            said: list[str] = said,
        ) -> None:  # fmt: skip
            if statement.startswith("SELECT"):
                said.append(_plan(sqlite, statement, given))

        sa.event.listen(sqlite.engine, "before_cursor_execute", note)
        try:
            sqlite.read(LISTS[name], seen_by(*seen), limite=5)
        finally:
            sa.event.remove(sqlite.engine, "before_cursor_execute", note)

        assert any(index in f"{plan} " for plan in said), said
        for table in ("justificatif", "piece_attendue", "evenement"):
            assert all(f"SCAN {table}" not in plan for plan in said), said


def _plan(db: Database, statement: str, given: Any) -> str:
    import sqlite3

    with sqlite3.connect(str(db.url.database)) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}", given)
        return " ; ".join(row[3] for row in rows)


def _rule(session: ReadSession, evenement_id: int) -> dt.date | None:
    """Say since when a return is awaited, as the guide writes it."""
    event = evenements.by_id(session, evenement_id)
    kinds = {c.type for c in event.consequences}
    leaves = [
        c.periode.fin
        for c in event.consequences
        if c.type in reprises.LEAVES and c.periode
    ]
    is_over = event.etat == "clos" or kinds & {"REPRISE", "REPRISE_TPT"}
    return None if is_over or not leaves else max(leaves)


def test_the_awaited_return_follows_every_act(database: Database) -> None:
    """Declared, prolonged, moved, closed, opened again, returned: always the rule."""
    agent = make_agent(database, make_collectivite(database))
    made = make_evenement(database, agent)
    common: dict[str, Any] = {"perimetre": EVERYWHERE, "auteur": AUTEUR, "now": NOW}
    prolong = ConsequenceDeclaree(
        type="PROLONG", periode=Periode(day("2026-02-02"), day("2026-03-01")),
        champs={"type_avis": "prolongation"},
    )  # fmt: skip
    back = ConsequenceDeclaree(
        type="REPRISE", periode=None, champs={"date_reprise": "2026-03-02"}
    )
    add, ref = evenements.add_consequence, made.reference
    acts: list[Callable[[WriteSession], Any]] = [
        lambda s: add(s, ref, prolong, is_importee=True, **common),
        lambda s: evenements.update(s, ref, {"etat": "clos"}, **common),
        lambda s: evenements.update(s, ref, {"etat": "en_cours"}, **common),
        lambda s: clotures.close(s, ref, motif="Fini.", **common),
        lambda s: evenements.update(s, ref, {"etat": "en_cours"}, **common),
        lambda s: add(s, ref, back, is_importee=True, **common),
    ]

    def kept(session: ReadSession) -> tuple[dt.date | None, dt.date | None]:
        row = session.get_one(t.Evenement, made.id)
        return row.sans_reprise_depuis, _rule(session, made.id)

    seen = [database.read(kept)]
    for act in acts:
        database.write(act)
        seen.append(database.read(kept))

    assert all(stored == rule for stored, rule in seen), seen
    assert [True, True, False, True, False, True, False] == [
        bool(stored) for stored, _ in seen
    ]
