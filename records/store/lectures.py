"""Who opened a sensitive paper: the read itself is a fact of the journal."""

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa

from records import tables as t
from records.journal import FaitNouveau, Tag
from records.store import journal
from records.store.justificatifs import Justificatif
from socle.db import ReadSession, WriteSession

# the pages of a paper are asked one by one: they are one reading
SAME_READING = dt.timedelta(minutes=15)


def unnoted(
    session: ReadSession,
    papers: Iterable[Justificatif],
    *,
    auteur: str,
    now: dt.datetime,
) -> tuple[Justificatif, ...]:
    """Return the papers whose reading by this person is not in the journal yet."""
    listed = tuple(papers)
    known = set(
        session.scalars(
            sa.select(t.Fait.sujet).where(
                t.Fait.sujet.in_([paper.reference for paper in listed]),
                t.Fait.tag == Tag.JUSTIFICATIF_CONSULTE.code,
                t.Fait.auteur == auteur,
                t.Fait.survenu_at > now - SAME_READING,
            )
        )
    )
    return tuple(paper for paper in listed if paper.reference not in known)


def note(
    session: WriteSession,
    papers: Iterable[Justificatif],
    *,
    auteur: str,
    now: dt.datetime,
) -> None:
    """Write that a person opens these papers, once per reading."""
    listed = tuple(papers)
    for home in sorted({paper.collectivite_id for paper in listed}):
        # two pages asked at once wait for each other here
        journal.lock(session, home)
    for paper in unnoted(session, listed, auteur=auteur, now=now):
        fait = FaitNouveau(
            tag=Tag.JUSTIFICATIF_CONSULTE,
            sujet=paper.reference,
            auteur=auteur,
            collectivite_id=paper.collectivite_id,
            evenement_id=paper.evenement_id,
            contenu={"type": paper.type},
        )
        journal.append(session, fait, now)
