"""What the manager's bordereaux hold back for a requirement, kept on its line."""

from collections.abc import Mapping
from decimal import Decimal

import sqlalchemy as sa

from records import tables as t
from socle.db import WriteSession


def hold_back(session: WriteSession, amounts: Mapping[int, Decimal]) -> None:
    """Write how much each of these requirements holds back; zero: nothing any more."""
    if not amounts:
        return
    session.flush()
    session.execute(
        sa.update(t.PieceAttendue),
        [
            {"id": piece_id, "bloque_eur": amount}
            for piece_id, amount in amounts.items()
        ],
    )
