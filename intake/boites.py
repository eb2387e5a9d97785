"""Whose postal box a colis came through: that of an address, or of those before it.

A box nobody is known to have says nothing.
"""

from collections.abc import Iterable

import sqlalchemy as sa

from records import tables as t
from records import tables_colis as tc
from records.colis import Colis, Fichier, Sens
from records.noms import fold
from socle.db import ReadSession


def fault(
    session: ReadSession, colis: Colis, fichiers: Iterable[Fichier]
) -> str | None:
    """Say why the box is not that of the papers inside, None when nothing says so."""
    if colis.boite_postale is None:
        return None
    box = fold(colis.boite_postale)
    homes = _homes(session, box)
    given = {one.collectivite_id for one in fichiers} - {None}
    if homes and not given <= homes:
        return (
            f"Le courrier est arrivé à la boîte {colis.boite_postale}, qui n’est pas "
            "celle de la collectivité annoncée."
        )
    known = _bodies(session, colis)
    if colis.organisme and known and fold(colis.organisme) not in known:
        return (
            f"Les colis de la boîte {colis.boite_postale} portaient jusqu’ici un autre "
            f"organisme que {colis.organisme}."
        )
    return None


def _homes(session: ReadSession, box: str) -> set[int]:
    """Return the collectivités whose address bears this box."""
    rows = session.execute(sa.select(t.Collectivite.id, t.Collectivite.adresse))
    return {
        home
        for home, adresse in rows
        if fold(str((adresse or {}).get("boite_postale") or "")) == box
    }


def _bodies(session: ReadSession, colis: Colis) -> set[str]:
    """Return the bodies that earlier colis of this box named."""
    c = tc.Colis
    said = session.scalars(
        sa.select(c.organisme)
        .where(
            c.boite_postale == colis.boite_postale,
            c.sens == Sens.ENTRANT.code,
            c.id < colis.id,
            c.organisme.is_not(None),
        )
        .distinct()
        .limit(20)
    )
    return {fold(one or "") for one in said}
