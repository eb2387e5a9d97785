"""Duplicates in the register: looked for when a paper is written, decided by a person.

Nothing is deleted, nothing is filed by itself. A paper whose twin already answers a line
closes none: it becomes a question, the line kept as its candidate.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from intake import ressemblances
from intake import tables as t
from intake.proposition import Proposition, as_question
from intake.ressemblances import LOOK_MAX, Genre, PageVue, Ressemblance, Vu
from records import tables as rt
from records.comptes import Perimetre
from records.store import justificatifs
from records.store.justificatifs import Justificatif
from records.vocabulary import Mot
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, NotFoundError, RefusedError

CODE = "doublon-possible"
BANDS, BAND_BITS = 4, 16
# pages looked at by their image, papers of the same agent, papers compared, twins kept
LOOKS_MAX, AGENT_MAX, COMPARED_MAX, KEPT_MAX = 1_000, 100, 40, 5
_NOT_COMPARED = ("BLANCHE", "COUPON")
_NO_TYPE = ("INCONNU", *_NOT_COMPARED)


class EtatDoublon(Mot):
    """What a person made of two papers that look the same."""

    A_VOIR = ("a_voir", "À voir")
    CONFIRME = ("confirme", "Doublon confirmé")
    ECARTE = ("ecarte", "Deux papiers différents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Jumeau:
    """An earlier paper that may be the same one; `is_tied`: it answers a line."""

    justificatif_id: int
    ressemblance: Ressemblance
    is_tied: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Doublon:
    """Two papers shown side by side: `papier` came after `premier`."""

    id: int
    genre: Genre
    score: float
    detail: str
    etat: EtatDoublon
    papier: Justificatif
    premier: Justificatif
    motif: str | None = None


def bands(look: int) -> list[int]:
    """Cut a look into the four keys it is found by.

    >>> [hex(band) for band in bands(0x0001_0002_0003_0004)]
    ['0x4', '0x10003', '0x20002', '0x30001']
    """
    mask = (1 << BAND_BITS) - 1
    return [
        rank << BAND_BITS | (look >> (rank * BAND_BITS)) & mask for rank in range(BANDS)
    ]


def near(look: int) -> list[int]:
    """Return the keys of the looks that differ by a bit in some band, or by none.

    Up to seven different bits, one band in four has at most one: none is missed.
    """
    return [
        band ^ flip
        for band in bands(look)
        for flip in (0, *(1 << bit for bit in range(BAND_BITS)))
    ]


def index(session: WriteSession, collectivite_id: int, depot_id: int) -> None:
    """Make the pages of a deposit findable by their look; again, it changes nothing."""
    b = t.BandePage
    rows = session.execute(
        sa.select(t.Page.id, t.Page.image)
        .where(t.Page.depot_id == depot_id, t.Page.image.is_not(None))
        .where(t.Page.id.not_in(sa.select(b.page_id)))
    )
    session.add_all(
        b(collectivite_id=collectivite_id, bande=bande, page_id=page_id)
        for page_id, image in rows.all()
        for bande in bands(int(image or 0))
    )
    session.flush()


def twins(
    session: ReadSession, depot_id: int, collectivite_id: int, vu: Vu
) -> tuple[Jumeau, ...]:
    """Return the earlier papers of a collectivité that may be this one, surest first."""
    if vu.type in _NOT_COMPARED:
        return ()
    found = []
    candidates = _candidates(session, depot_id, collectivite_id, vu)
    pages = _pages(session, candidates)
    for paper in candidates:
        same = ressemblances.compare(vu, _seen(paper, pages))
        if same is not None:
            found.append((paper, same))
    order = [Genre.MEMES_PAGES, Genre.MEMES_FAITS]
    found.sort(key=lambda pair: (order.index(pair[1].genre), -pair[1].score))
    kept = found[:KEPT_MAX]
    tied = _tied(session, [paper.id for paper, _ in kept])
    return tuple(
        Jumeau(justificatif_id=paper.id, ressemblance=same, is_tied=paper.id in tied)
        for paper, same in kept
    )


def _candidates(
    session: ReadSession, depot_id: int, collectivite_id: int, vu: Vu
) -> list[rt.Justificatif]:
    """Find what is worth comparing: pages of the same look, papers of the same agent."""
    j = rt.Justificatif
    mine = sa.select(j).where(j.collectivite_id == collectivite_id)
    mine = mine.where(j.depot_id != depot_id)
    found: dict[int, rt.Justificatif] = {}
    by_look = _looking_alike(session, depot_id, collectivite_id, vu.pages)
    if by_look:
        rows = session.scalars(mine.where(j.depot_id.in_(sorted(set(by_look)))))
        found = {row.id: row for row in rows if _holds(row, by_look)}
    if vu.agent_id is not None and vu.type not in _NO_TYPE:
        same = mine.where(j.agent_id == vu.agent_id, j.type == vu.type)
        rows = session.scalars(same.order_by(j.id.desc()).limit(AGENT_MAX))
        found |= {row.id: row for row in rows}
    return list(found.values())


def _holds(row: rt.Justificatif, pages: dict[int, set[int]]) -> bool:
    return bool(pages[row.depot_id] & set(row.pages))


def _looking_alike(
    session: ReadSession, depot_id: int, collectivite_id: int, pages: Sequence[PageVue]
) -> dict[int, set[int]]:
    """Return, by deposit, the pages that look like the first of these."""
    look = next((page.image for page in pages if page.image is not None), None)
    if look is None:
        return {}
    b, p = t.BandePage, t.Page
    keys = sa.select(b.page_id).where(
        b.collectivite_id == collectivite_id, b.bande.in_(near(look))
    )
    rows = session.execute(
        sa.select(p.depot_id, p.numero, p.image)
        .where(p.id.in_(keys.order_by(b.page_id.desc()).limit(LOOKS_MAX)))
        .where(p.depot_id != depot_id)
    )
    near_ones = sorted(
        (ressemblances.distance(look, int(image or 0)), -depot, numero)
        for depot, numero, image in rows
    )
    found: dict[int, set[int]] = {}
    for far, depot, numero in near_ones[:COMPARED_MAX]:
        if far <= LOOK_MAX:
            found.setdefault(-depot, set()).add(numero)
    return found


def _seen(paper: rt.Justificatif, pages: Mapping[tuple[int, int], PageVue]) -> Vu:
    mine = [pages.get((paper.depot_id, numero)) for numero in sorted(paper.pages)]
    return Vu(
        type=paper.type,
        agent_id=paper.agent_id,
        evenement_id=paper.evenement_id,
        champs=paper.champs,
        pages=tuple(page for page in mine if page is not None),
    )


def _pages(
    session: ReadSession, papers: Sequence[rt.Justificatif]
) -> dict[tuple[int, int], PageVue]:
    """Return the written pages of these papers, by deposit and number, in one reading."""
    p = t.Page
    rows = session.execute(
        sa.select(p.depot_id, p.numero, p.image, p.texte).where(
            p.depot_id.in_({paper.depot_id for paper in papers}),
            p.numero.in_({numero for paper in papers for numero in paper.pages}),
            p.is_blanche.is_(False),
            p.is_separateur.is_(False),
        )
    )
    return {
        (depot, numero): PageVue(image=image, texte=texte)
        for depot, numero, image, texte in rows
    }


def pages_of(
    session: ReadSession, depot_id: int, numeros: Iterable[int]
) -> tuple[PageVue, ...]:
    """Return the written pages of a paper, in order, as they are compared."""
    p = t.Page
    rows = session.execute(
        sa.select(p.image, p.texte)
        .where(p.depot_id == depot_id, p.numero.in_(list(numeros)))
        .where(p.is_blanche.is_(False), p.is_separateur.is_(False))
        .order_by(p.numero)
    )
    return tuple(PageVue(image=image, texte=texte) for image, texte in rows)


def _tied(session: ReadSession, ids: list[int]) -> set[int]:
    r = rt.Rattachement
    return set(
        session.scalars(
            sa.select(r.justificatif_id).where(r.justificatif_id.in_(ids), r.is_actif)
        )
    )


def withhold(proposition: Proposition, jumeaux: Sequence[Jumeau]) -> Proposition:
    """Make a question of a link whose paper may have answered a line already."""
    if not proposition.liens or not any(one.is_tied for one in jumeaux):
        return proposition
    detail = (
        "Ce papier ressemble à un papier déjà rattaché : aucune ligne n’est fermée une "
        "seconde fois sans vous. Regardez les deux côte à côte."
    )
    return as_question(proposition, CODE, detail)


def hold_agents(session: WriteSession, ids: Iterable[int | None]) -> None:
    """Let one deposit of an agent be written at a time: two scans of a sheet do not race.

    Always in the same order, so that two deposits of the same people do not lock.
    """
    for agent_id in sorted({one for one in ids if one is not None}):
        session.get(rt.Agent, agent_id, with_for_update={"key_share": True})


def keep(
    session: WriteSession,
    justificatif_id: int,
    jumeaux: Iterable[Jumeau],
    now: dt.datetime,
) -> None:
    """Write the pairs to be seen; a pair is written once."""
    d = t.Doublon
    known = set(
        session.scalars(
            sa.select(d.premier_id).where(d.justificatif_id == justificatif_id)
        )
    )
    session.add_all(
        d(
            justificatif_id=justificatif_id,
            premier_id=one.justificatif_id,
            genre=one.ressemblance.genre.code,
            score=one.ressemblance.score,
            detail=one.ressemblance.detail,
            etat=EtatDoublon.A_VOIR.code,
            vu_at=now,
        )
        for one in jumeaux
        if one.justificatif_id not in known
    )
    session.flush()


def forget(session: WriteSession, justificatif_id: int) -> None:
    """Drop the pairs of a paper whose pages a person parts otherwise."""
    d = t.Doublon
    mine = sa.or_(d.justificatif_id == justificatif_id, d.premier_id == justificatif_id)
    session.execute(sa.delete(d).where(mine))


def of_paper(
    session: ReadSession, paper: Justificatif, perimetre: Perimetre
) -> tuple[Doublon, ...]:
    """Return the pairs a paper is in, whichever came first, as this person may see."""
    d = t.Doublon
    rows = session.scalars(
        sa.select(d)
        .where(sa.or_(d.justificatif_id == paper.id, d.premier_id == paper.id))
        .order_by(d.score.desc(), d.id)
    ).all()
    ids = {one for row in rows for one in (row.justificatif_id, row.premier_id)}
    known = justificatifs.by_ids(session, sorted(ids), perimetre)
    return tuple(
        _value(row, known)
        for row in rows
        if row.justificatif_id in known and row.premier_id in known
    )


def _value(row: t.Doublon, known: dict[int, Justificatif]) -> Doublon:
    return Doublon(
        id=row.id,
        genre=next(genre for genre in Genre if genre.code == row.genre),
        score=row.score,
        detail=row.detail,
        etat=next(etat for etat in EtatDoublon if etat.code == row.etat),
        papier=known[row.justificatif_id],
        premier=known[row.premier_id],
        motif=row.motif,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Avis:
    """What a person says of a pair, with the reason."""

    etat: EtatDoublon
    auteur: str
    motif: str
    perimetre: Perimetre
    now: dt.datetime


def decide(session: WriteSession, paper: str, premier: str, avis: Avis) -> Doublon:
    """Keep what a person says of two papers; both stay as they are.

    Raises `NotFoundError`, `motif-obligatoire`, `deja-traite` (said otherwise meanwhile).
    """
    mine = justificatifs.get(session, paper, avis.perimetre)
    first = justificatifs.get(session, premier, avis.perimetre)
    if not avis.motif.strip():
        raise RefusedError("motif-obligatoire", "Dites pourquoi.")
    d = t.Doublon
    row = session.scalar(
        sa.select(d)
        .where(d.justificatif_id == mine.id, d.premier_id == first.id)
        .with_for_update()
    )
    if row is None:
        raise NotFoundError("introuvable", "Ces deux documents ne sont pas comparés.")
    if row.etat != EtatDoublon.A_VOIR.code:
        raise ConflictError(
            "deja-traite", "Quelqu’un a déjà répondu pour ces documents."
        )
    row.etat, row.motif = avis.etat.code, avis.motif.strip()
    row.decide_par, row.decide_at = avis.auteur, avis.now
    session.flush()
    return _value(row, {mine.id: mine, first.id: first})
