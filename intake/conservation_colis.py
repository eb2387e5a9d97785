"""Received = filed + to review + in anomaly + refused + duplicates + blank + purged.

For each colis, channel or collectivité, in files, pages and bytes, at any instant (what is
being read counts too). Received is counted in the envelope; the rest in the deposits.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from intake import tables as t
from intake.depots import UNFINISHED
from records import tables_colis as tc
from records.colis import Colis, Conservation, EtatFichier, Mesure
from records.comptes import Perimetre
from records.tables import Justificatif
from records.vocabulary import EtatDepot, EtatJustificatif
from socle.db import ReadSession

_SLICE = 500
_FILED = (
    EtatJustificatif.RATTACHE.code,
    EtatJustificatif.INTEGRE_SANS_PIECE.code,
)
_TERMS = {
    EtatFichier.TROUVE.code: "en_cours",
    EtatFichier.A_ATTRIBUER.code: "a_verifier",
    EtatFichier.REFUSE.code: "refuses",
    EtatFichier.DOUBLON.code: "doublons",
    EtatFichier.CLOS.code: "refuses",
    EtatFichier.PURGE.code: "purges",
}
_PAPER_TERMS = {
    EtatJustificatif.A_VERIFIER.code: "a_verifier",
    EtatJustificatif.ANOMALIE.code: "anomalies",
    EtatJustificatif.QUARANTAINE.code: "anomalies",
}
# the whole file goes with the worst of its papers
_WORST = ("anomalies", "a_verifier", "classes", "blancs")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ligne:
    """One file of a colis beside its deposit."""

    etat: str
    taille: int
    depot_id: int | None
    depot_etat: str | None
    depot_taille: int | None
    nb_pages: int | None


def of_colis(session: ReadSession, colis: Colis, perimetre: Perimetre) -> Conservation:
    """Return the equation of one colis, over the lines the perimeter sees."""
    statement = _statement().where(tc.Fichier.colis_id == colis.id)
    if perimetre.collectivites is None:
        found = Mesure(fichiers=colis.nb_fichiers or 0, octets=colis.nb_octets or 0)
        return _measure(session, statement, found)
    seen = sorted(perimetre.collectivites)
    return _measure(session, statement.where(tc.Fichier.collectivite_id.in_(seen)))


def of_collectivite(session: ReadSession, collectivite_id: int) -> Conservation:
    """Return the equation of every colis file of a collectivité."""
    statement = _statement().where(tc.Fichier.collectivite_id == collectivite_id)
    return _measure(session, statement)


def by_channel(session: ReadSession) -> dict[str, Conservation]:
    """Return the equation of each channel colis came through."""
    found = {}
    for canal, files, octets in session.execute(
        sa.select(
            tc.Colis.canal,
            sa.func.sum(tc.Colis.nb_fichiers),
            sa.func.sum(tc.Colis.nb_octets),
        ).group_by(tc.Colis.canal)
    ):
        statement = (
            _statement()
            .join(tc.Colis, tc.Colis.id == tc.Fichier.colis_id)
            .where(tc.Colis.canal == canal)
        )
        received = Mesure(fichiers=int(files or 0), octets=int(octets or 0))
        found[str(canal)] = _measure(session, statement, received)
    return found


def _statement() -> Any:  # noqa: ANN401 - a select
    return (
        sa.select(
            tc.Fichier.etat,
            tc.Fichier.taille,
            t.Depot.id,
            t.Depot.etat,
            t.Depot.taille,
            t.Depot.nb_pages,
        )
        .select_from(tc.Fichier)
        .outerjoin(t.Depot, t.Depot.id == tc.Fichier.depot_id)
    )


def _measure(
    session: ReadSession,
    statement: Any,  # noqa: ANN401 - a select
    received: Mesure | None = None,
) -> Conservation:
    lines = [
        _Ligne(
            etat=row[0],
            taille=row[1],
            depot_id=row[2],
            depot_etat=row[3],
            depot_taille=row[4],
            nb_pages=row[5],
        )
        for row in session.execute(statement)
    ]
    if received is None:
        octets = sum(line.taille for line in lines)
        received = Mesure(fichiers=len(lines), octets=octets)
    pages = sum(line.nb_pages or 0 for line in lines)
    terms: dict[str, Mesure] = defaultdict(Mesure)
    owned = _owned(session, [x.depot_id for x in lines if x.depot_id is not None])
    for line in lines:
        for term, mesure in _share(line, owned.get(line.depot_id or 0, {})):
            terms[term] += mesure
    return Conservation(recus=replace(received, pages=pages), **terms)


def _share(line: _Ligne, owned: dict[str, int]) -> Iterator[tuple[str, Mesure]]:
    """Give one file to a term, each of its pages to a term, its bytes to a term."""
    octets = line.taille if line.depot_taille is None else line.depot_taille
    whole = Mesure(fichiers=1, octets=octets)
    if line.etat != EtatFichier.DEPOSE.code or line.depot_etat is None:
        term = _TERMS.get(line.etat, "en_cours")
        yield term, replace(whole, pages=line.nb_pages or 0)
    elif line.depot_etat in UNFINISHED:
        yield "en_cours", replace(whole, pages=line.nb_pages or 0)
    elif line.depot_etat == EtatDepot.REFUSE.code:
        yield "refuses", replace(whole, pages=line.nb_pages or 0)
    elif line.depot_etat == EtatDepot.QUARANTAINE.code:
        yield "anomalies", replace(whole, pages=line.nb_pages or 0)
    else:
        yield next((name for name in _WORST if owned.get(name)), "classes"), whole
        for term, pages in owned.items():
            yield term, Mesure(pages=pages)


def _owned(session: ReadSession, depots: Sequence[int]) -> dict[int, dict[str, int]]:
    """Return, by deposit, how many pages its papers put in each term."""
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for first in range(0, len(depots), _SLICE):
        some = depots[first : first + _SLICE]
        bare = _bare(session, some)
        for depot_id, numbers in bare.items():
            found[depot_id]["blancs"] += len(numbers)
        rows = session.execute(
            sa.select(
                Justificatif.depot_id, Justificatif.etat, Justificatif.pages
            ).where(Justificatif.depot_id.in_(some))
        )
        for depot_id, etat, pages in rows:
            term = _PAPER_TERMS.get(etat, "classes")
            found[depot_id][term] += len(set(pages) - bare.get(depot_id, set()))
    return found


def _bare(session: ReadSession, depots: Iterable[int]) -> dict[int, set[int]]:
    """Return, by deposit, the numbers of its blank pages and separator sheets."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = session.execute(
        sa.select(t.Page.depot_id, t.Page.numero).where(
            t.Page.depot_id.in_(list(depots)),
            sa.or_(t.Page.is_blanche, t.Page.is_separateur),
        )
    )
    for depot_id, numero in rows:
        found[depot_id].add(numero)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Pouls:
    """The colis at a glance: gaps by unit, colis by state, open disagreements by code."""

    ecarts: dict[str, int]
    etats: dict[str, int]
    codes: dict[str, int]


def pulse(session: ReadSession) -> Pouls:
    """Measure every colis by sums alone: cheap enough to be asked every few seconds.

    Pages are those the triage counted less those that were written; which paper owns each
    is for `verifier`.
    """
    c, f, d = tc.Colis, tc.Fichier, t.Depot
    received = session.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(c.nb_fichiers), 0),
            sa.func.coalesce(sa.func.sum(c.nb_octets), 0),
        )
    ).one()
    found = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(sa.func.coalesce(d.taille, f.taille)), 0),
        )
        .select_from(f)
        .outerjoin(d, d.id == f.depot_id)
    ).one()
    mine = sa.select(f.depot_id).where(f.etat == EtatFichier.DEPOSE.code)
    treated = sa.and_(d.etat == EtatDepot.TRAITE.code, d.id.in_(mine))
    counted = session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(d.nb_pages), 0)).where(treated)
    )
    written = session.scalar(
        sa.select(sa.func.count())
        .select_from(t.Page)
        .join(d, d.id == t.Page.depot_id)
        .where(treated)
    )
    return Pouls(
        ecarts={
            "fichiers": int(received[0] or 0) - int(found[0] or 0),
            "octets": int(received[1] or 0) - int(found[1] or 0),
            "pages": int(counted or 0) - int(written or 0),
        },
        etats=_counts(session, c.etat),
        codes=_counts(session, tc.Ecart.code, tc.Ecart.is_ouvert),
    )


def _counts(
    session: ReadSession,
    column: Any,  # noqa: ANN401 - a column
    *kept: Any,  # noqa: ANN401 - conditions
) -> dict[str, int]:
    rows = session.execute(
        sa.select(column, sa.func.count()).where(*kept).group_by(column)
    )
    return {str(row[0]): int(row[1]) for row in rows}
