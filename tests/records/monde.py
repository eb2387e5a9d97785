"""An invented small world for the tests of the register: dull and valid by default."""

import datetime as dt
from typing import Any

from intake.tables import Depot
from records.comptes import HOUSE, Perimetre
from records.evenements import Evenement
from records.parties import Agent, Collectivite, Contrat
from records.periodes import Periode
from records.pieces import PieceAttendue
from records.store import agents, collectivites, evenements, justificatifs, pieces
from records.store.agents import NouvelAgent
from records.store.evenements import ConsequenceDeclaree, Declaration
from socle.crypto import Coffre
from socle.db import Database, WriteSession

NOW = dt.datetime(2026, 9, 30, 10, tzinfo=dt.UTC)
TODAY = dt.date(2026, 9, 30)
COFFRE = Coffre(bytes(range(32)))
AUTEUR = "CO-ESSAI"


def day(text: str) -> dt.date:
    """Read a day."""
    return dt.date.fromisoformat(text)


def days(debut: str, fin: str) -> Periode:
    """Build a period from the two days people say."""
    return Periode.inclusive(day(debut), day(fin))


def make_collectivite(
    db: Database, nom: str = "Commune de Fontbrune", *, delai: int = 90
) -> Collectivite:
    """Create a collectivité with one contract."""
    contrat = Contrat(numero="C-1", debut=day("2020-01-01"), delai_pieces_jours=delai)

    def act(session: WriteSession) -> Collectivite:
        return collectivites.create(
            session, nom=nom, contrats=(contrat,), auteur=AUTEUR, now=NOW
        )

    return db.write(act)


def make_agent(db: Database, collectivite: Collectivite, **fields: Any) -> Agent:
    """Create an agent."""
    given: dict[str, Any] = {
        "nom_famille": "GRANGEON",
        "prenoms": ["Maud"],
        "regime": "CNRACL",
        "statut": "titulaire",
    } | fields
    nouvel = NouvelAgent(collectivite_id=collectivite.id, **given)

    def act(session: WriteSession) -> Agent:
        return agents.create(session, nouvel, coffre=COFFRE, auteur=AUTEUR, now=NOW)

    return db.write(act)


def make_evenement(
    db: Database, agent: Agent, nature: str = "CMO", **fields: Any
) -> Evenement:
    """Declare an event; a CMO of two January weeks by default."""
    given: dict[str, Any] = {
        "date_survenance": day("2026-01-19"),
        "consequences": (leave("2026-01-19", "2026-02-01"),) if nature == "CMO" else (),
    } | fields
    declaration = Declaration(
        agent_id=agent.id, collectivite_id=agent.collectivite_id, nature=nature, **given
    )

    def act(session: WriteSession) -> Evenement:
        return evenements.declare(session, declaration, auteur=AUTEUR, now=NOW)

    return db.write(act)


def leave(debut: str, fin: str, type_: str = "ARRET") -> ConsequenceDeclaree:
    """Build a leave."""
    return ConsequenceDeclaree(type=type_, periode=days(debut, fin))


def seen_by(*seen: Collectivite, **rest: Any) -> Perimetre:
    """Build the perimeter of someone who sees these collectivités."""
    return Perimetre(collectivites=frozenset(c.id for c in seen), **rest)


def make_paper(db: Database, agent: Agent, rang: int = 1) -> int:
    """Write a deposit with one paper, straight in the tables; return the paper's id."""

    def act(session: WriteSession) -> int:
        depot = Depot(
            reference=f"DP-{agent.id}-{rang}",
            collectivite_id=agent.collectivite_id,
            canal="portail",
            depose_par=AUTEUR,
            nom_fichier="a.pdf",
            empreinte=f"{agent.id}-{rang}",
            taille=1,
            recu_at=NOW,
            date_reception=TODAY,
        )
        session.add(depot)
        session.flush()
        return justificatifs.add(
            session,
            justificatifs.JustificatifNouveau(
                collectivite_id=agent.collectivite_id,
                depot_id=depot.id,
                rang=rang,
                pages=(1,),
                type="AAT",
                confiance=0.9,
                etat="rattache",
                agent_id=agent.id,
            ),
            auteur=AUTEUR,
            now=NOW,
        ).id

    return db.write(act)


EVERYWHERE = HOUSE


def lines_of(db: Database, evenement_id: int) -> list[tuple[str, str | None, str]]:
    """Return the type, precision and state of the lines of an event, sorted."""
    return sorted(
        (p.type, p.precision, p.etat)
        for p in db.read(pieces.of_evenement, evenement_id)
    )


def line_of(
    db: Database, evenement_id: int, type_: str, rank: int = 0
) -> PieceAttendue:
    """Return one line of an event, by its type."""
    found = [p for p in db.read(pieces.of_evenement, evenement_id) if p.type == type_]
    return found[rank]
