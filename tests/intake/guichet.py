"""A counter to try: real database, real box, storage and queue in memory or real."""

import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from intake import colis_reception, conservation
from intake import tables as it
from intake.cloture import close_colis
from intake.colis import CLOSE_JOB, Ouvroir, note_end, open_colis
from intake.colis_reception import EnvoiColis, RecepisseColis, receive_colis
from intake.depots import Depot, value
from intake.enveloppes import LimitesColis
from intake.pipeline import Atelier, process
from intake.reception import JOB, Envoi, Guichet, Recepisse, receive
from intake.triage import LimitesTri
from records import tables as t
from records.comptes import HOUSE
from records.references import Sujet, new_reference
from records.store import justificatifs
from socle.antivirus import Antivirus
from socle.clock import ManualClock
from socle.crypto import Coffre
from socle.db import Database, ReadSession, WriteSession
from socle.memory import MemoryQueue, MemoryStorage
from socle.sandbox import Sandbox
from socle.storage import Storage

COFFRE = Coffre(bytes(range(32)))


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    """Yield parts as a client sends them."""
    for part in parts:
        yield part


def plain_step(function: Callable[..., Any], *args: Any, name: str) -> Any:
    """Run a step with nobody to remember its answer."""
    del name
    return function(*args)


@dataclass
class Comptoir:
    """The counter and what stands behind it."""

    db: Database
    clock: ManualClock
    sandbox: Sandbox
    storage: Storage = field(default_factory=MemoryStorage)
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    vie: str = "vie-1"
    taille_max: int = 1_000_000
    limites_colis: LimitesColis = field(default_factory=LimitesColis)
    collectivite: int = 0
    voisine: int = 0

    def __post_init__(self) -> None:
        """Create two collectivités."""
        self.collectivite = self.db.write(add_collectivite, "Azur")
        self.voisine = self.db.write(add_collectivite, "Brume")

    @property
    def guichet(self) -> Guichet:
        """What receiving needs."""
        return Guichet(
            db=self.db,
            storage=self.storage,
            queue=self.queue,  # type: ignore[arg-type]
            coffre=COFFRE,
            taille_max=self.taille_max,
        )

    @property
    def atelier(self) -> Atelier:
        """What reading needs."""
        return Atelier(
            db=self.db,
            storage=self.storage,
            sandbox=self.sandbox,
            antivirus=Antivirus(""),
            coffre=COFFRE,
            clock=self.clock,
            limites=LimitesTri(),
            vie=self.vie,
        )

    def envoi(self, **changes: object) -> Envoi:
        """Describe a plain sending."""
        fields: dict[str, object] = {
            "collectivite_id": self.collectivite,
            "nom_fichier": "courrier.pdf",
            "depose_par": "essai",
            "canal": "api",
        }
        return Envoi(**(fields | changes))  # type: ignore[arg-type]

    async def deposit(
        self, *parts: bytes, cle: tuple[str, str] | None = None, **changes: object
    ) -> Recepisse:
        """Deposit one file through the real door."""
        envoi = self.envoi(**changes)
        now = self.clock.now()
        return await receive(self.guichet, chunks(*parts), envoi, now, cle=cle)

    @property
    def ouvroir(self) -> Ouvroir:
        """What opening a colis needs."""
        return Ouvroir(
            atelier=self.atelier, guichet=self.guichet, limites=self.limites_colis
        )

    async def send(self, octets: bytes, **changes: object) -> RecepisseColis:
        """Hand a colis over through the real door."""
        fields: dict[str, object] = {
            "nom_fichier": "colis.zip",
            "depose_par": "essai",
            "canal": "postal",
        }
        envoi = EnvoiColis(**(fields | changes))  # type: ignore[arg-type]
        now = self.clock.now()
        return await receive_colis(
            self.guichet, chunks(octets), envoi, now, limit=1 << 30
        )

    def work(self) -> int:
        """Run every job that waits."""
        atelier, ouvroir = self.atelier, self.ouvroir

        def read(reference: str) -> None:
            process(atelier, reference, plain_step)
            note_end(ouvroir, reference)

        return self.queue.run(
            {
                JOB: read,
                colis_reception.JOB: lambda ref: open_colis(ouvroir, ref),
                CLOSE_JOB: lambda ref: close_colis(ouvroir, ref),
            }
        )

    def depot(self, reference: str) -> Depot:
        """Return a deposit as it is now."""
        return self.db.read(_depot, reference)

    def count(self, table: type) -> int:
        """Count the rows of a table."""
        return self.db.read(_count, table)


def add_collectivite(session: WriteSession, nom: str) -> int:
    """Create a collectivité; return its id."""
    row = t.Collectivite(reference=new_reference(Sujet.COLLECTIVITE, 2026), nom=nom)
    session.add(row)
    session.flush()
    return row.id


def _depot(session: ReadSession, reference: str) -> Depot:
    row = session.scalar(sa.select(it.Depot).where(it.Depot.reference == reference))
    assert row is not None
    return value(row)


def _count(session: ReadSession, table: type) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def facts(session: ReadSession) -> list[str]:
    """Return the tags of the journal, in order."""
    return list(session.scalars(sa.select(t.Fait.tag).order_by(t.Fait.id)))


def tasks(session: ReadSession) -> list[tuple[str, str]]:
    """Return typology and code of the open tasks."""
    rows = session.execute(
        sa.select(t.Tache.typologie, t.Tache.code)
        .where(t.Tache.is_ouverte)
        .order_by(t.Tache.id)
    )
    return [(row[0], row[1]) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ligne:
    """One open requirement of one agent's event."""

    agent_id: int
    evenement_id: int
    piece_id: int


def add_line(session: WriteSession, collectivite_id: int, type_: str = "AAT") -> Ligne:
    """Create an agent, an event, and one requirement of this type."""
    agent = t.Agent(
        reference=new_reference(Sujet.AGENT, 2026),
        collectivite_id=collectivite_id,
        nom_famille="KERVELLA",
        prenoms=["Anne"],
        recherche="kervella anne",
    )
    session.add(agent)
    session.flush()
    evenement = t.Evenement(
        reference=new_reference(Sujet.EVENEMENT, 2026),
        collectivite_id=collectivite_id,
        agent_id=agent.id,
        nature="CMO",
        date_survenance=dt.date(2026, 9, 1),
        declare_at=dt.datetime(2026, 9, 2, tzinfo=dt.UTC),
    )
    session.add(evenement)
    session.flush()
    piece = t.PieceAttendue(
        reference=new_reference(Sujet.PIECE, 2026),
        collectivite_id=collectivite_id,
        evenement_id=evenement.id,
        agent_id=agent.id,
        type=type_,
        date_reference=dt.date(2026, 9, 1),
        exigible_le=dt.date(2026, 9, 3),
        echeance=dt.date(2026, 9, 30),
        base="essai",
        cle=f"essai-{agent.id}",
    )
    session.add(piece)
    session.flush()
    return Ligne(agent_id=agent.id, evenement_id=evenement.id, piece_id=piece.id)


def states(session: ReadSession, ids: Iterable[int]) -> dict[int, str]:
    """Return the states of requirements."""
    rows = session.scalars(
        sa.select(t.PieceAttendue).where(t.PieceAttendue.id.in_(list(ids)))
    )
    return {row.id: row.etat for row in rows}


def gaps(comptoir: Comptoir) -> list[str]:
    """Return the codes of what does not add up."""
    found = comptoir.db.read(conservation.verify, comptoir.storage, is_complete=True)
    return [ecart.code for ecart in found.ecarts]


def papers(session: ReadSession, depot_id: int) -> list[tuple[tuple[int, ...], str]]:
    """Return pages and state of the papers of a deposit."""
    found = justificatifs.of_depot(session, depot_id, HOUSE)
    return [(paper.pages, paper.etat) for paper in found]
