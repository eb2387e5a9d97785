"""Received = treated + in progress + refused + set aside, in files, pages and bytes.

`verify` counts what came in and what became of it, both ways between rows and bytes, and
reads the journal's chains; each gap is a line with its reference.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from intake import conservation_colis, orphelins
from intake import tables as t
from intake.depots import UNFINISHED
from intake.reception import owner_of
from records import tables_colis as tc
from records.colis import Mesure, Sens
from records.comptes import HOUSE
from records.store import colis as colis_store
from records.store import journal
from records.store.journal import Tete
from records.tables import Justificatif, PieceAttendue, Rattachement, Tache
from records.vocabulary import EtatDepot, EtatJustificatif, EtatPiece
from socle.db import ReadSession
from socle.storage import CHUNK, Storage

# the sweep has removed by then what no receipt promised
FORGOTTEN_AFTER_S = 4 * orphelins.ORPHAN_AFTER_S
STUCK_AFTER = dt.timedelta(days=1)
_DOUBTS = (
    EtatJustificatif.A_VERIFIER.code,
    EtatJustificatif.ANOMALIE.code,
    EtatJustificatif.QUARANTAINE.code,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ecart:
    """One thing that does not add up: a closed code, its reference, what is wrong."""

    code: str
    reference: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bilan:
    """Deposits, pages and bytes by state, and the gaps."""

    depots: dict[str, int]
    pages: dict[str, int]
    octets: int
    ecarts: tuple[Ecart, ...]


def verify(
    session: ReadSession,
    storage: Storage,
    *,
    is_complete: bool,
    now: dt.datetime | None = None,
    sealed: Iterable[Tete] = (),
) -> Bilan:
    """Count everything; with `is_complete`, read every byte again against its hash.

    `sealed` are the heads of the journal kept in a second place.

    With `now`, deposits that have waited for more than a day are gaps too.
    """
    by_state = {
        row[0]: (row[1], row[2] or 0, row[3] or 0)
        for row in session.execute(
            sa.select(
                t.Depot.etat,
                sa.func.count(),
                sa.func.sum(t.Depot.nb_pages),
                sa.func.sum(t.Depot.taille),
            ).group_by(t.Depot.etat)
        )
    }
    return Bilan(
        depots={etat: found[0] for etat, found in sorted(by_state.items())},
        pages={etat: int(found[1]) for etat, found in sorted(by_state.items())},
        octets=sum(int(found[2]) for found in by_state.values()),
        ecarts=(
            *_deposits_gaps(session, now),
            *_pages_gaps(session),
            *_pieces_gaps(session),
            *_doubts_gaps(session),
            *_colis_gaps(session),
            *_bytes_gaps(session, storage, is_complete=is_complete),
            *(
                Ecart(
                    code="journal-rompu",
                    reference=f"chaîne {r.chaine}, rang {r.rang}",
                    detail=r.detail,
                )
                for r in journal.verify(session, sealed)
            ),
            *(_database_gaps(session) if is_complete else ()),
        ),
    )


def _deposits_gaps(session: ReadSession, now: dt.datetime | None) -> Iterator[Ecart]:
    """Find the deposits that should have ended long ago."""
    if now is None:
        return
    statement = sa.select(t.Depot.reference, t.Depot.recu_at).where(
        t.Depot.etat.in_(UNFINISHED), t.Depot.recu_at < now - STUCK_AFTER
    )
    for reference, since in session.execute(statement):
        detail = f"en attente depuis le {since:%d/%m/%Y}"
        yield Ecart(code="depot-en-souffrance", reference=reference, detail=detail)


def _pages_gaps(session: ReadSession) -> Iterator[Ecart]:
    """Find the treated deposits whose pages are not each in one paper, or apart."""
    owned: dict[int, list[int]] = {}
    for depot_id, pages in session.execute(
        sa.select(Justificatif.depot_id, Justificatif.pages)
    ):
        owned.setdefault(depot_id, []).extend(pages)
    for depot_id, numero in session.execute(
        sa.select(t.Page.depot_id, t.Page.numero).where(t.Page.is_separateur)
    ):
        owned.setdefault(depot_id, []).append(numero)
    treated = sa.select(t.Depot).where(t.Depot.etat == EtatDepot.TRAITE.code)
    for depot in session.scalars(treated.execution_options(yield_per=500)):
        expected = list(range(1, (depot.nb_pages or 0) + 1))
        if sorted(owned.get(depot.id, [])) != expected:
            yield Ecart(
                code="pages-perdues",
                reference=depot.reference,
                detail=f"{len(owned.get(depot.id, []))} pages classées pour "
                f"{depot.nb_pages} reçues",
            )


def _pieces_gaps(session: ReadSession) -> Iterator[Ecart]:
    """Find the lines closed by no paper at all."""
    tied = sa.select(Rattachement.piece_id).where(Rattachement.is_actif)
    statement = sa.select(PieceAttendue.reference).where(
        PieceAttendue.etat == EtatPiece.SATISFAITE.code,
        PieceAttendue.origine != "import",
        PieceAttendue.id.not_in(tied),
    )
    for reference in session.scalars(statement):
        yield Ecart(
            code="ligne-sans-preuve",
            reference=reference,
            detail="ligne levée sans document rattaché",
        )


def _doubts_gaps(session: ReadSession) -> Iterator[Ecart]:
    """Find the doubts that were never put in front of anybody."""
    told = sa.select(Tache.justificatif_id).where(Tache.justificatif_id.is_not(None))
    statement = sa.select(Justificatif.reference).where(
        Justificatif.etat.in_(_DOUBTS), Justificatif.id.not_in(told)
    )
    for reference in session.scalars(statement):
        detail = "papier à regarder, sans tâche ouverte pour personne"
        yield Ecart(code="doute-sans-tache", reference=reference, detail=detail)
    shown = sa.select(Tache.depot_id).where(Tache.depot_id.is_not(None))
    aside = (EtatDepot.REFUSE.code, EtatDepot.QUARANTAINE.code)
    statement = sa.select(t.Depot.reference).where(
        t.Depot.etat.in_(aside), t.Depot.id.not_in(shown)
    )
    for reference in session.scalars(statement):
        detail = "fichier refusé ou mis à part, sans tâche ouverte pour personne"
        yield Ecart(code="doute-sans-tache", reference=reference, detail=detail)


def _colis_gaps(session: ReadSession) -> Iterator[Ecart]:
    """Find the colis whose equation does not come to zero, in files, pages or bytes."""
    opened = sa.select(tc.Colis).where(tc.Colis.nb_fichiers.is_not(None))
    for row in session.scalars(opened.execution_options(yield_per=200)):
        colis = colis_store.value(row)
        gap = conservation_colis.of_colis(session, colis, HOUSE).ecart
        if gap != Mesure():
            yield Ecart(
                code="colis-en-ecart",
                reference=colis.reference,
                detail=f"reçus et introuvables : {gap.fichiers} fichiers, "
                f"{gap.pages} pages, {gap.octets} octets",
            )


def _database_gaps(session: ReadSession) -> Iterator[Ecart]:
    """Ask the database file whether it is whole (SQLite; a server checks its own)."""
    if session.get_bind().dialect.name != "sqlite":
        return
    for line in session.scalars(sa.text("PRAGMA integrity_check(20)")):
        if line != "ok":
            yield Ecart(code="base-abimee", reference="base", detail=str(line)[:200])


def _bytes_gaps(
    session: ReadSession, storage: Storage, *, is_complete: bool
) -> Iterator[Ecart]:
    for depot in session.scalars(sa.select(t.Depot).order_by(t.Depot.id)):
        owner = owner_of(depot.collectivite_id)
        if not storage.exists(owner, depot.empreinte):
            detail = "octets absents du stockage"
            yield Ecart(code="octets-absents", reference=depot.reference, detail=detail)
        elif is_complete and not _is_intact(storage, owner, depot.empreinte):
            detail = "octets modifiés depuis la réception"
            yield Ecart(
                code="octets-modifies", reference=depot.reference, detail=detail
            )
    yield from _envelopes_gaps(session, storage, is_complete=is_complete)
    for key in orphelins.find(session, storage):
        if storage.age_s(*key) > FORGOTTEN_AFTER_S:
            yield Ecart(
                code="octets-sans-ligne",
                reference="/".join(key),
                detail="octets conservés que nulle ligne ne nomme",
            )
    yield from _previews_gaps(session, storage)


def _envelopes_gaps(
    session: ReadSession, storage: Storage, *, is_complete: bool
) -> Iterator[Ecart]:
    """Find the envelopes whose bytes are gone, or changed."""
    c = tc.Colis
    received = sa.select(c.reference, c.empreinte).where(c.sens == Sens.ENTRANT.code)
    for reference, empreinte in session.execute(received):
        if not storage.exists(orphelins.ENVELOPES, empreinte):
            detail = "octets de l'enveloppe absents du stockage"
            yield Ecart(code="octets-absents", reference=reference, detail=detail)
        elif is_complete and not _is_intact(storage, orphelins.ENVELOPES, empreinte):
            detail = "octets de l'enveloppe modifiés depuis la réception"
            yield Ecart(code="octets-modifies", reference=reference, detail=detail)


def _previews_gaps(session: ReadSession, storage: Storage) -> Iterator[Ecart]:
    """Find the pages whose picture is gone."""
    statement = (
        sa.select(t.Depot.reference, t.Depot.collectivite_id, t.Page.numero)
        .add_columns(t.Page.apercu)
        .join(t.Page, t.Page.depot_id == t.Depot.id)
        .where(t.Page.apercu.is_not(None))
    )
    for reference, collectivite_id, numero, apercu in session.execute(statement):
        if not storage.exists(owner_of(collectivite_id), apercu):
            detail = f"image de la page {numero} absente du stockage"
            yield Ecart(code="apercu-absent", reference=reference, detail=detail)


def _is_intact(storage: Storage, owner: str, empreinte: str) -> bool:
    digest = hashlib.sha256()
    with storage.local(owner, empreinte) as path, path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest() == empreinte
