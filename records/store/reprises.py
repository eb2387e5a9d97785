"""Since when a return to work is awaited: derived from an event, kept beside it.

« Dossier à clôturer » asks it of every open file at each page of the basket: kept on the
event, it is a range of an index instead of a look at the conséquences of each.
"""

import datetime as dt

import sqlalchemy as sa

from records import tables as t
from records.vocabulary import EtatEvenement
from socle.db import WriteSession

LEAVES = ("ARRET", "PROLONG", "RECHUTE")
_ENDS = ("REPRISE", "REPRISE_TPT", "DECES_C", "DISPO")
_OPEN = (EtatEvenement.EN_COURS.code, EtatEvenement.A_CLOTURER.code)


def follow(session: WriteSession, row: t.Evenement) -> None:
    """Bring `sans_reprise_depuis` in step: called by every act on leaves or state."""
    session.flush()
    awaited = _last_leave(session, row.id) if row.etat in _OPEN else None
    if row.sans_reprise_depuis != awaited:
        row.sans_reprise_depuis = awaited
        session.flush()


def _last_leave(session: WriteSession, evenement_id: int) -> dt.date | None:
    """Return the (excluded) end of the last leave; None once a return is known."""
    c = t.Consequence
    rows = session.execute(
        sa.select(c.type, c.fin).where(c.evenement_id == evenement_id)
    ).all()
    if any(kind in _ENDS for kind, _ in rows):
        return None
    return max((fin for kind, fin in rows if kind in LEAVES and fin), default=None)
