"""The confidence under which a type is withheld: the house's, then the collectivité's.

Data, kept with who set it: a collectivité whose forms are often confused asks for more.
"""

import datetime as dt

import sqlalchemy as sa

from intake import tables as t
from records.journal import FaitNouveau, Tag
from records.natures import catalogue
from records.store import journal
from socle.clock import legal_day
from socle.db import ReadSession, WriteSession
from socle.errors import RefusedError

HOUSE = 0
LOWEST, HIGHEST = 0.5, 1.0


def of(session: ReadSession, collectivite_id: int) -> dict[str, float]:
    """Return the thresholds that hold for a collectivité, by type."""
    s = t.SeuilTypage
    rows = session.execute(
        sa.select(s.type, s.seuil)
        .where(s.portee.in_((HOUSE, collectivite_id)))
        .order_by(s.portee)
    )
    return {row[0]: row[1] for row in rows}


def listing(session: ReadSession) -> list[tuple[int, str, float]]:
    """Return every threshold set: scope (0: the house), type, confidence."""
    s = t.SeuilTypage
    statement = sa.select(s.portee, s.type, s.seuil).order_by(s.portee, s.type)
    return [(row[0], row[1], row[2]) for row in session.execute(statement)]


def fix(
    session: WriteSession,
    type_: str,
    seuil: float | None,
    *,
    auteur: str,
    now: dt.datetime,
    collectivite_id: int | None = None,
) -> None:
    """Set a threshold, or take it away with None; raises `RefusedError`."""
    if type_ not in catalogue(legal_day(now)).types:
        raise RefusedError("type-inconnu", "Ce type n'est pas au catalogue.")
    if seuil is not None and not LOWEST <= seuil <= HIGHEST:
        raise RefusedError("seuil-invalide", "Donnez un seuil entre 0,5 et 1.")
    key = {"portee": collectivite_id or HOUSE, "type": type_}
    row = session.get(t.SeuilTypage, key)
    if seuil is None:
        if row is not None:
            session.delete(row)
        tag = Tag.SEUIL_RETIRE
    else:
        values = {"seuil": seuil, "auteur": auteur, "fixe_at": now}
        session.merge(t.SeuilTypage(**key, **values))
        tag = Tag.SEUIL_FIXE
    fait = FaitNouveau(
        tag=tag,
        sujet=f"SEUIL-{type_}"[:24],
        auteur=auteur,
        collectivite_id=collectivite_id,
        contenu={"type": type_, "seuil": seuil},
    )
    journal.append(session, fait, now)
