"""Declaring on both engines: what an event opens, what is refused, and named."""

import pytest

from records.store import evenements
from records.store.evenements import ConsequenceDeclaree
from socle.db import Database, ReadSession, WriteSession
from socle.errors import ConflictError, RefusedError
from tests.records.monde import (
    AUTEUR,
    EVERYWHERE,
    NOW,
    days,
    leave,
    line_of,
    lines_of,
    make_agent,
    make_collectivite,
    make_evenement,
)


def test_at_without_leave_asks_no_leave_paper(database: Database) -> None:
    """« AT sans arrêt »: neither avis nor bulletin, until a leave is declared."""
    agent = make_agent(database, make_collectivite(database))
    champs = {
        "heure": "8h30",
        "lieu": "atelier",
        "circonstances": "chute",
        "lesions": "x",
    }
    made = make_evenement(database, agent, "AS", champs=champs, is_sans_arret=True)
    kinds = {line[0] for line in lines_of(database, made.id)}

    database.write(
        evenements.add_consequence, made.reference, leave("2026-01-20", "2026-01-22"),
        perimetre=EVERYWHERE, auteur=AUTEUR, now=NOW,
    )  # fmt: skip

    after = {line[0] for line in lines_of(database, made.id)}
    assert not kinds & {"AAT", "BULLETIN"}
    assert {"AAT", "BULLETIN"} <= after
    assert "08:30" == database.read(evenements.by_id, made.id).champs["heure"]


def test_frais_open_with_their_amount(database: Database) -> None:
    """Costs of an accident open their papers, with the amount they block."""
    agent = make_agent(database, make_collectivite(database))
    champs = {
        "heure": "8h30",
        "lieu": "atelier",
        "circonstances": "chute",
        "lesions": "x",
    }
    frais = {"date_soins": "2026-02-02", "nature": "Pharmacie", "montant": "1 234,5"}
    made = make_evenement(
        database, agent, "AS", champs=champs, is_sans_arret=True,
        consequences=(ConsequenceDeclaree(type="FRAIS", champs=frais),),
    )  # fmt: skip

    facture = line_of(database, made.id, "FACTURE")

    assert "1234.50" == str(facture.montant_eur)
    assert "ORDONNANCE" in {line[0] for line in lines_of(database, made.id)}


def test_wrong_fields_are_named(database: Database) -> None:
    """Every wrong field is told at once, and nothing is written."""
    agent = make_agent(database, make_collectivite(database))

    with pytest.raises(RefusedError) as caught:
        make_evenement(database, agent, "AS", champs={"heure": "midi", "lieu": "x"})

    assert {"champs.heure", "champs.circonstances", "champs.lesions"} == {
        e.champ for e in caught.value.erreurs
    }

    def count(session: ReadSession) -> int:
        return len(evenements.of_agents(session, [agent.id]))

    assert 0 == database.read(count)


def test_the_days_of_the_form_are_a_first_leave(database: Database) -> None:
    """A CMO declared with its two days has its arrêt, and moves with them."""
    agent = make_agent(database, make_collectivite(database))
    made = make_evenement(
        database,
        agent,
        champs={"debut": "2026-01-19", "fin": "2026-01-25"},
        consequences=(),
    )

    longer = {"debut": "2026-01-19", "fin": "2026-02-03"}

    def change(session: WriteSession) -> None:
        evenements.update(
            session, made.reference, {"champs": longer},
            perimetre=EVERYWHERE, auteur=AUTEUR, now=NOW, version=made.version,
        )  # fmt: skip

    database.write(change)

    assert (days("2026-01-19", "2026-01-25"),) == made.periodes
    assert (days("2026-01-19", "2026-02-03"),) == database.read(
        evenements.by_id, made.id
    ).periodes
    with pytest.raises(ConflictError, match="etat-modifie"):
        database.write(change)


def test_same_external_reference_is_refused(database: Database) -> None:
    """Declaring twice under one reference is a conflict, not a second event."""
    agent = make_agent(database, make_collectivite(database))
    make_evenement(database, agent, reference_externe="E1")

    with pytest.raises(ConflictError, match="evenement-existant"):
        make_evenement(database, agent, reference_externe="E1")
