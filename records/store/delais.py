"""How long papers took: from the day they could be asked for to the day they came."""

import datetime as dt

import sqlalchemy as sa

from records import tables as t
from records.comptes import Perimetre
from records.periodes import Periode
from records.store.perimetres import narrow
from socle.clock import legal_day
from socle.db import ReadSession


def of_period(
    session: ReadSession, perimetre: Perimetre, periode: Periode, collectivite_id: int
) -> list[int]:
    """Return the delay, in days, of each paper that closed a line in a period.

    Negative when it came before it could be asked for.
    """
    p, r, j = t.PieceAttendue, t.Rattachement, t.Justificatif
    statement = (
        sa.select(p.exigible_le, j.integre_at)
        .join(r, r.piece_id == p.id)
        .join(j, j.id == r.justificatif_id)
        .where(
            r.is_actif,
            p.collectivite_id == collectivite_id,
            j.integre_at >= _midnight(periode.debut),
            j.integre_at < _midnight(periode.fin),
        )
    )
    rows = session.execute(narrow(statement, p, perimetre))
    return [(legal_day(instant) - day).days for day, instant in rows]


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)
