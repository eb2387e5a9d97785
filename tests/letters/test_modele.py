"""Random histories: no reminder while something received may answer, none once closed.

The model is this file: what was received and not settled yet, which lines are closed. The
product is the real one: counter, corrections, acts on lines, runs that print real letters.
A run may be crossed: a deposit or an act lands between composing a letter and issuing it.
"""

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as play

from classifiers.evidence import Liasse, Page
from classifiers.verdict import Certitude, Verdict
from intake import depots, integration, reception, revue
from intake.integration import Papier
from intake.proposition import Candidat, Lien, Proposition
from intake.reception import Envoi, Guichet
from intake.revue import Acte
from letters import courriers, edition
from letters import tables as lt
from records import tables as t
from records.comptes import HOUSE
from records.pieces import PieceAttendue
from records.store import contestations, journal, pieces
from records.store.contestations import Acteur
from records.vocabulary import (
    EtatJustificatif,
    EtatPiece,
    NatureContestation,
    ReponseContestation,
)
from socle.db import Database, ReadSession
from socle.memory import MemoryQueue, MemoryStorage
from socle.storage import Recu
from tests.letters.bureau import NOW, TODAY, make_bureau
from tests.records.monde import COFFRE, make_agent, make_collectivite, make_evenement

STAMP = dt.timedelta(seconds=1)
AIMS = ("ligne", "evenement", "agent", "rien")


@dataclass
class Envoye:
    """Something received: at what it aims, and where it stands for the model."""

    reference: str
    lignes: set[int]
    visee: int | None
    etat: str = "non lu"
    papier: str = ""


@dataclass
class Crossed(MemoryStorage):
    """A storage at which something else happens while a letter is put away."""

    during: list[Callable[[], None]] = field(default_factory=list)

    def put(self, owner: str, content: bytes) -> Recu:
        """Let the other one act first."""
        while self.during:
            self.during.pop()()
        return super().put(owner, content)


class Histoire(RuleBasedStateMachine):
    """One collectivité, its agents, their papers, and the nights of its reminders."""

    empty: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        path = Path(self.folder.name) / "base.sqlite"
        shutil.copy(self.empty, path)
        self.db = Database(f"sqlite+aiosqlite:///{path}")
        self.now, self.today = NOW, TODAY
        self.recus: list[Envoye] = []
        self.closed: set[int] = set()
        self.contested: set[int] = set()
        self.seen = 0

    @initialize()
    def begin(self) -> None:
        """Two agents, one leave each."""
        self.storage = Crossed()
        self.bureau = make_bureau(self.db, Path(self.folder.name))
        self.bureau = edition.replace(self.bureau, storage=self.storage)
        self.guichet = Guichet(
            db=self.db, storage=MemoryStorage(), queue=MemoryQueue(),  # type: ignore[arg-type]
            coffre=COFFRE, taille_max=1000,
        )  # fmt: skip
        place = make_collectivite(self.db)
        self.place = place.id
        for rank in range(2):
            agent = make_agent(
                self.db, place, nom_famille=f"N{rank}", matricule=f"{rank}"
            )
            make_evenement(self.db, agent)
        found = self.db.read(pieces.listing, HOUSE, limite=50)
        self.lignes = {x.piece.id: x.piece for x in found.elements}
        self.ids = sorted(self.lignes)

    # --- what people do -----------------------------------------------------------

    @rule(at=st.integers(0, 99), aim=st.sampled_from(AIMS))
    def deposit(self, at: int, aim: str) -> None:
        """Something comes through the door."""
        piece = self.lignes[self.ids[at % len(self.ids)]]
        targets: dict[str, dict[str, int]] = {
            "ligne": {"piece_id": piece.id},
            "evenement": {"evenement_id": piece.evenement_id},
            "agent": {"agent_id": piece.agent_id},
            "rien": {},
        }
        sent = f"{len(self.recus)}".encode()
        envoi = Envoi(
            collectivite_id=self.place, nom_fichier="a.pdf", depose_par="rh",
            canal="portail", **targets[aim],
        )  # fmt: skip
        recu = self.guichet.storage.put("c", sent)
        (receipt,) = self.db.write(
            reception._register, self.guichet, [(recu, envoi)], self._tick(), None
        )
        lignes = {
            "ligne": {piece.id},
            "evenement": self._like("evenement_id", piece),
            "agent": self._like("agent_id", piece),
            "rien": set(self.ids),
        }[aim]
        visee = piece.id if aim == "ligne" else None
        self.recus.append(Envoye(receipt.reference, lignes, visee))

    def _like(self, name: str, piece: PieceAttendue) -> set[int]:
        wanted = getattr(piece, name)
        return {i for i, p in self.lignes.items() if getattr(p, name) == wanted}

    def _waiting(self, etat: str) -> list[Envoye]:
        return [recu for recu in self.recus if recu.etat == etat]

    @precondition(lambda self: self._waiting("non lu"))
    @rule(
        at=st.integers(0, 99),
        on=st.integers(0, 99),
        issue=st.sampled_from(("rattache", "doute", "anomalie", "sans_piece", "refus")),
    )
    def read(self, at: int, on: int, issue: str) -> None:
        """End the reading of a deposit, one way or another."""
        waiting = self._waiting("non lu")
        recu = waiting[at % len(waiting)]
        depot = self.db.read(depots.get, recu.reference, HOUSE)
        aimed = sorted(recu.lignes)[on % len(recu.lignes)]
        if issue == "refus":
            self.db.write(integration.refuse, depot, "illisible", "Non.", self._tick())
            recu.etat = "fini"
            return
        papier = _paper(issue, self.lignes[aimed])
        self.db.write(integration.integrate, depot, [papier], self._tick())
        (recu.papier, etat) = self.db.read(_only_paper, depot.id)
        if etat == EtatJustificatif.RATTACHE.code:
            recu.etat = "fini"
            self.closed.add(aimed)
        elif etat == EtatJustificatif.A_VERIFIER.code:
            recu.etat = "doute"
            recu.lignes = {recu.visee or aimed, aimed}
        else:
            recu.etat = "fini"

    @precondition(lambda self: self._waiting("doute"))
    @rule(
        at=st.integers(0, 99),
        on=st.integers(0, 99),
        act=st.sampled_from(("rattacher", "classer", "anomalie")),
    )
    def correct(self, at: int, on: int, act: str) -> None:
        """Let a clerk look at a doubt and decide."""
        waiting = self._waiting("doute")
        recu = waiting[at % len(waiting)]
        acte = Acte(perimetre=HOUSE, auteur="cle", now=self._tick(), motif="vu")
        if act == "rattacher":
            opened = [i for i in self.ids if i not in self.closed]
            if not opened:
                return
            chosen = self.lignes[opened[on % len(opened)]]
            self.db.write(revue.link, recu.papier, [chosen.reference], acte)
            self.closed.add(chosen.id)
        else:
            done = revue.file_without_line if act == "classer" else revue.put_in_anomaly
            self.db.write(done, recu.papier, acte)
        recu.etat = "fini"

    @rule(
        at=st.integers(0, 99),
        etat=st.sampled_from((EtatPiece.DISPENSEE, EtatPiece.IMPOSSIBLE_DECLAREE)),
    )
    def close(self, at: int, etat: EtatPiece) -> None:
        """Waive a line, or say it impossible."""
        piece = self.lignes[self.ids[at % len(self.ids)]]
        if piece.id not in self.closed:
            self._decide(piece, etat)
            self.closed.add(piece.id)

    @precondition(lambda self: self.closed)
    @rule(at=st.integers(0, 99))
    def reopen(self, at: int) -> None:
        """Open again a line closed by an act."""
        piece = self.lignes[sorted(self.closed)[at % len(self.closed)]]
        if not self.db.read(pieces.links_of, piece_ids=[piece.id]):
            self._decide(piece, EtatPiece.ATTENDUE)
            self.closed.discard(piece.id)

    def _decide(self, piece: PieceAttendue, etat: EtatPiece) -> None:
        self.db.write(
            pieces.decide, piece.reference, etat, perimetre=HOUSE, auteur="cle",
            motif="dit", now=self._tick(),
        )  # fmt: skip

    @rule(at=st.integers(0, 99))
    def contest(self, at: int) -> None:
        """Say that the paper of a line was misread."""
        piece = self.lignes[self.ids[at % len(self.ids)]]
        if piece.id not in self.closed | self.contested:
            self.db.write(
                contestations.say, piece.reference, NatureContestation.MAL_LUE,
                acteur=self._acteur(), motif="vu", echeance=self.today,
            )  # fmt: skip
            self.contested.add(piece.id)

    @precondition(lambda self: self.contested)
    @rule(at=st.integers(0, 99))
    def answer(self, at: int) -> None:
        """Answer what was said of a line."""
        piece = self.lignes[sorted(self.contested)[at % len(self.contested)]]
        self.db.write(
            contestations.answer, piece.reference, ReponseContestation.ACCEPTEE,
            acteur=self._acteur(), motif="lu",
        )  # fmt: skip
        self.contested.discard(piece.id)

    def _acteur(self) -> Acteur:
        return Acteur(perimetre=HOUSE, auteur="cle", now=self._tick())

    # --- the nights -----------------------------------------------------------------

    @rule(days=st.sampled_from((0, 1, 15, 30, 45)))
    def run(self, days: int) -> None:
        """Days pass, then what is due leaves."""
        self._pass(days)
        edition.edit(self.bureau, self.place, self.today, self._tick())
        self._hold(self._blocked())

    @rule(
        days=st.sampled_from((0, 15, 30)),
        at=st.integers(0, 99),
        what=st.sampled_from((*AIMS, "dispense")),
    )
    def crossed_run(self, days: int, at: int, what: str) -> None:
        """Something happens after a letter is composed and before it is issued."""
        self._pass(days)

        def meanwhile() -> None:
            if what == "dispense":
                self.close(at, EtatPiece.DISPENSEE)
            else:
                self.deposit(at, what)

        self.storage.during = [meanwhile]
        edition.edit(self.bureau, self.place, self.today, self._tick())
        # the meeting happens before anything is issued: it counts for every letter
        self.storage.during.clear()
        self._hold(self._blocked())

    def _pass(self, days: int) -> None:
        self.today += dt.timedelta(days=days)
        self.now += dt.timedelta(days=days)

    def _tick(self) -> dt.datetime:
        self.now += STAMP
        return self.now

    def _blocked(self) -> set[int]:
        waiting = [r.lignes for r in self.recus if r.etat in {"non lu", "doute"}]
        return self.closed.union(self.contested, *waiting)

    def _hold(self, blocked: set[int]) -> None:
        """Hold each line of each new letter against the model, and its own grounds."""
        new = self.db.read(_lines_after, self.seen)
        for row in new:
            assert row.piece_id not in blocked
            assert EtatPiece.ATTENDUE.code == row.fonde_sur["etat"]
            assert row.fonde_sur["due_le"] <= self.today.isoformat()
            assert self.lignes[row.piece_id].exigible_le <= self.today
        self.seen = max([self.seen, *(row.id for row in new)])

    def teardown(self) -> None:
        """Numbers have no hole, ranks no double, the journal is whole."""
        found = self.db.read(courriers.listing, HOUSE, courriers.FiltreCourriers())
        for year in {x.numero[:4] for x in found.rows}:
            ranks = sorted(
                int(x.numero[5:]) for x in found.rows if x.numero[:4] == year
            )
            assert list(range(1, len(ranks) + 1)) == ranks
        assert () == self.db.read(journal.verify)
        self.db.close()
        self.folder.cleanup()


def _paper(issue: str, piece: PieceAttendue) -> Papier:
    """Build what the reading says of a one-page paper."""
    known: dict[str, Any] = {
        "rattache": {"etat": "rattache", "liens": (Lien(piece_id=piece.id),)},
        "doute": {"etat": "a_verifier", "candidats": (Candidat(piece_id=piece.id),)},
        "anomalie": {"etat": "anomalie"},
        "sans_piece": {"etat": "integre_sans_piece"},
    }
    return Papier(
        pages=(1,),
        liasse=Liasse(pages=(Page(numero=1),)),
        verdict=Verdict(type=piece.type, certitude=Certitude.CERTAIN, confiance=1.0),
        proposition=Proposition(code="lu", detail="Lu.", **known[issue]),
    )


def _only_paper(session: ReadSession, depot_id: int) -> tuple[str, str]:
    k = t.Justificatif
    row = session.execute(
        sa.select(k.reference, k.etat).where(k.depot_id == depot_id)
    ).one()
    return row[0], row[1]


def _lines_after(session: ReadSession, seen: int) -> list[lt.LigneCourrier]:
    k = lt.LigneCourrier
    found = list(session.scalars(sa.select(k).where(k.id > seen).order_by(k.id)))
    session.expunge_all()
    return found


def _settings(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )


def test_no_reminder_after_a_deposit(empty_sqlite: Path) -> None:
    """Short random histories, on every change."""
    Histoire.empty = empty_sqlite
    play(Histoire, settings=_settings(20, 15))


@pytest.mark.nightly
def test_no_reminder_after_a_deposit_at_length(empty_sqlite: Path) -> None:
    """Long ones, many of them, by night."""
    Histoire.empty = empty_sqlite
    play(Histoire, settings=_settings(600, 60))
