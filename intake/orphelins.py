"""Bytes that no row names: what a reception killed before its receipt leaves behind.

Nobody was promised them, but they are somebody's papers: they are marked, then removed at
a later round. Who sends the same bytes meanwhile is asked to wait, so that nothing that
gets a receipt can be removed.
"""

import datetime as dt
import itertools
from collections.abc import Iterable

import sqlalchemy as sa

from intake import tables as t
from records.tables_colis import Colis
from records.tables_courriers import OctetsEmis
from socle.db import Database, ReadSession, WriteSession
from socle.errors import UnavailableError
from socle.storage import Storage

# A reception writes its row seconds after its bytes: an hour later, it never will.
ORPHAN_AFTER_S = 3600.0
# Longer than any transaction: one that began before the mark has ended.
MARKED_FOR = dt.timedelta(minutes=5)
OWNER_PREFIX = "c"
# the folder of the envelopes, before anybody's papers are taken out of them
ENVELOPES = "colis"


def refuse_leaving(session: WriteSession, owner: str, *empreintes: str) -> None:
    """Raise `service-occupe` when these bytes are about to be removed."""
    o = t.OctetsOrphelins
    found = session.scalar(
        sa.select(o.empreinte)
        .where(o.proprietaire == owner, o.empreinte.in_(empreintes))
        .limit(1)
    )
    if found is not None:
        raise UnavailableError(
            "service-occupe",
            "Ce fichier ne peut pas être enregistré dans l'instant. Rien n'est perdu : "
            "envoyez-le de nouveau dans quelques minutes.",
        )


def known_of(session: ReadSession, owner: str) -> set[str]:
    """Return the hashes that rows name under an owner: received, shown, or issued."""
    issued = set(
        session.scalars(
            sa.select(OctetsEmis.empreinte).where(OctetsEmis.proprietaire == owner)
        )
    )
    if owner == ENVELOPES:
        return issued | set(session.scalars(sa.select(Colis.empreinte)))
    if not owner.removeprefix(OWNER_PREFIX).isdigit():
        return issued
    collectivite_id = int(owner.removeprefix(OWNER_PREFIX))
    deposits = sa.select(t.Depot.empreinte).where(
        t.Depot.collectivite_id == collectivite_id
    )
    previews = (
        sa.select(t.Page.apercu)
        .join(t.Depot, t.Depot.id == t.Page.depot_id)
        .where(t.Depot.collectivite_id == collectivite_id, t.Page.apercu.is_not(None))
    )
    return {*session.scalars(deposits), *session.scalars(previews), *issued}


def find(session: ReadSession, storage: Storage) -> list[tuple[str, str]]:
    """Return every (owner, hash) kept that no row names, whatever its age."""
    found = []
    # bytes are listed before rows are read: what arrives between the two has its row
    kept = list(storage.walk())
    for owner, keys in itertools.groupby(kept, key=lambda key: key[0]):
        known = known_of(session, owner)
        found += [key for key in keys if key[1] not in known]
    return found


def sweep(db: Database, storage: Storage, now: dt.datetime) -> int:
    """Mark old orphans, remove those marked at an earlier round; return how many."""
    orphans = [
        key for key in db.read(find, storage) if storage.age_s(*key) > ORPHAN_AFTER_S
    ]
    removed = 0
    for owner, empreinte in db.write(_mark, orphans, now):
        storage.delete(owner, empreinte)
        db.write(_unmark, owner, empreinte)
        removed += 1
    return removed


def _mark(
    session: WriteSession, orphans: Iterable[tuple[str, str]], now: dt.datetime
) -> list[tuple[str, str]]:
    """Mark these and no others; return those marked long enough to be removed."""
    wanted = set(orphans)
    ripe = []
    for row in list(session.scalars(sa.select(t.OctetsOrphelins))):
        key = (row.proprietaire, row.empreinte)
        if key not in wanted:
            session.delete(row)
        elif row.vu_at <= now - MARKED_FOR:
            ripe.append(key)
        wanted.discard(key)
    session.add_all(
        t.OctetsOrphelins(proprietaire=owner, empreinte=empreinte, vu_at=now)
        for owner, empreinte in wanted
    )
    session.flush()
    return ripe


def _unmark(session: WriteSession, owner: str, empreinte: str) -> None:
    o = t.OctetsOrphelins
    session.execute(
        sa.delete(o).where(o.proprietaire == owner, o.empreinte == empreinte)
    )
