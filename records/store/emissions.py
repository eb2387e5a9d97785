"""What every outgoing register shares: numbers without a hole, bytes kept for good.

A number is taken in the transaction that issues: whoever fails leaves it to the next.
"""

import datetime as dt
import enum
from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from records.tables_courriers import Compteur, OctetsEmis
from socle.db import ReadSession, WriteSession


class Registre(enum.Enum):
    """A register that numbers what it issues, per collectivité and year."""

    COURRIERS = "courriers"
    BORDEREAUX = "bordereaux"


def numero(annee: int, rang: int) -> str:
    """Return the number people read.

    >>> numero(2026, 17)
    '2026-000017'
    """
    return f"{annee}-{rang:06d}"


def next_rank(
    session: ReadSession, registre: Registre, collectivite_id: int, annee: int
) -> int:
    """Return the number that would be taken next."""
    return next_ranks(session, registre, (collectivite_id,), annee)[collectivite_id]


def next_ranks(
    session: ReadSession, registre: Registre, ids: Collection[int], annee: int
) -> dict[int, int]:
    """Return the number that would be taken next, by collectivité."""
    c = Compteur
    statement = sa.select(c.collectivite_id, c.dernier).where(
        c.registre == registre.value, c.annee == annee, c.collectivite_id.in_(ids)
    )
    last = {row[0]: row[1] for row in session.execute(statement)}
    return {place: last.get(place, 0) + 1 for place in ids}


def take_rank(
    session: WriteSession, registre: Registre, collectivite_id: int, annee: int
) -> int:
    """Take the next number; the counter stays locked until the transaction ends."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = sqlite.insert if is_sqlite else postgresql.insert
    first = insert(Compteur).values(
        registre=registre.value, collectivite_id=collectivite_id, annee=annee, dernier=1
    )
    taken: int | None = session.scalar(
        first.on_conflict_do_update(
            index_elements=["registre", "collectivite_id", "annee"],
            set_={"dernier": Compteur.dernier + 1},
        ).returning(sa.literal_column("dernier", sa.Integer))
    )
    assert taken is not None
    return taken


def keep_bytes(
    session: WriteSession, owner: str, empreinte: str, objet: str, now: dt.datetime
) -> None:
    """Say that bytes of ours are kept for good, and for which object (a reference)."""
    keep_all_bytes(session, {(owner, empreinte): objet}, now)


def keep_all_bytes(
    session: WriteSession, kept: Mapping[tuple[str, str], str], now: dt.datetime
) -> None:
    """Say which bytes are kept for good: (folder, hash) → the object they are of."""
    k = OctetsEmis
    known = session.execute(
        sa.select(k.proprietaire, k.empreinte).where(
            k.empreinte.in_([empreinte for _, empreinte in kept])
        )
    )
    for owner, empreinte in kept.keys() - {(row[0], row[1]) for row in known}:
        objet = kept[owner, empreinte]
        session.add(
            k(proprietaire=owner, empreinte=empreinte, objet=objet, emis_at=now)
        )
    session.flush()
