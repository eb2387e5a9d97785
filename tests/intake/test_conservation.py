"""What `verifier` finds: every kind of loss, each with its reference."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from intake import conservation
from records import tables as t
from socle.db import WriteSession
from tests.drills import papiers
from tests.intake.guichet import (
    Comptoir,
    add_line,
    gaps,
)


async def test_every_kind_of_loss_is_found(comptoir: Comptoir, letter: bytes) -> None:
    """Lost or changed bytes, lost pages, unproved lines, forgotten doubts: all told."""
    receipt = await comptoir.deposit(letter)
    lost = await comptoir.deposit(papiers.letter(2))
    comptoir.work()
    ligne = comptoir.db.write(add_line, comptoir.collectivite)
    owner = f"c{comptoir.collectivite}"
    comptoir.storage.delete(owner, lost.empreinte)
    kept: Any = comptoir.storage
    kept._kept[owner, receipt.empreinte] = (b"autre chose", 0.0)

    def spoil(session: WriteSession) -> None:
        session.execute(sa.update(t.Justificatif).values(pages=[]))
        session.execute(sa.delete(t.Tache))
        session.execute(
            sa.update(t.PieceAttendue)
            .where(t.PieceAttendue.id == ligne.piece_id)
            .values(etat="satisfaite")
        )

    comptoir.db.write(spoil)
    assert set(gaps(comptoir)) == {
        "octets-absents",
        "octets-modifies",
        "pages-perdues",
        "ligne-sans-preuve",
        "doute-sans-tache",
    }


async def test_a_forgotten_deposit_is_told(comptoir: Comptoir, letter: bytes) -> None:
    """A deposit that waits with no job behind it for a long time is a gap."""
    await comptoir.deposit(letter)
    comptoir.clock.advance(dt.timedelta(days=2))
    now = comptoir.clock.now()
    found = comptoir.db.read(
        conservation.verify, comptoir.storage, is_complete=False, now=now
    )
    assert [ecart.code for ecart in found.ecarts] == ["depot-en-souffrance"]
