"""The whole opening of a colis on one screen: envelope, lines, deposits, closing.

Each step may be killed and run again: lines are keyed by their place in the envelope, a
file becomes a deposit in the same transaction as its line. One bad file sinks no other.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
import structlog

from intake import enveloppes, inventaires, reception
from intake import tables as t
from intake.colis_reception import OWNER
from intake.depots import UNFINISHED
from intake.enveloppes import LimitesColis
from intake.motifs import MOTIFS
from intake.pipeline import MAX_RESUMES, MAX_TRIES, WAIT_S, Atelier
from intake.reception import Envoi, Guichet
from intake.triage import Quarantaine, Refuse
from records import tables_colis as tc
from records.colis import Colis, Enveloppe, EtatColis, EtatFichier, Fichier
from records.comptes import HOUSE
from records.store import colis as store
from records.store import colis_contenu as contenu
from socle.db import ReadSession, WriteSession
from socle.errors import RefusedError, UnavailableError, VaguemestreError
from socle.storage import Recu

OPENER = "ouverture"
CLOSE_JOB = "colis:rapprocher"
# files and bytes taken out by one child, deposits written by one transaction
FILES_OUT, BYTES_OUT, ROWS = 400, 64 << 20, 50

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ouvroir:
    """What opening needs: the reading room, and the counter its files go to."""

    atelier: Atelier
    guichet: Guichet
    limites: LimitesColis


def open_colis(ouvroir: Ouvroir, reference: str) -> None:
    """Open a colis to its last file; tried again when it fails, three times at most.

    Raises `UnavailableError` when the storage is away: the colis waits, uncounted.
    """
    atelier = ouvroir.atelier
    while True:
        colis, tries, resumes = atelier.db.write(store.take, reference, atelier.vie)
        if colis.etat != EtatColis.EN_COURS.code:
            return
        if tries > MAX_TRIES or resumes > MAX_RESUMES:
            _end(ouvroir, colis, EtatColis.QUARANTAINE, "analyse-impossible")
            return
        try:
            _open(ouvroir, colis)
        except UnavailableError as error:
            atelier.db.write(store.give_back, colis.id, error.code, error.detail)
            raise
        except Exception as error:
            log.warning("ouverture-en-echec", colis=reference, exc_info=error)
            time.sleep(WAIT_S * tries)
        else:
            return


def _open(ouvroir: Ouvroir, colis: Colis) -> None:
    """Write what the envelope holds, take its files out, wait for their reading."""
    atelier = ouvroir.atelier
    with atelier.storage.local(OWNER, colis.empreinte) as path:
        if colis.nb_fichiers is None:
            found = enveloppes.open_envelope(atelier.sandbox, path, ouvroir.limites)
            if isinstance(found, Refuse | Quarantaine):
                log.info("colis-refuse", colis=colis.reference, code=found.code)
                refused = isinstance(found, Refuse)
                etat = EtatColis.REFUSE if refused else EtatColis.QUARANTAINE
                _end(ouvroir, colis, etat, found.code)
                return
            now = atelier.clock.now()
            colis = atelier.db.write(inventaires.keep, colis, found, now)
        if colis.enveloppe == Enveloppe.LOT.code:
            _deposit_batch(ouvroir, colis)
        else:
            for files in _batches(ouvroir, colis):
                _take_out(ouvroir, colis, path, files)
    atelier.db.write(_opened, ouvroir, colis)


def _end(ouvroir: Ouvroir, colis: Colis, etat: EtatColis, code: str) -> None:
    now = ouvroir.atelier.clock.now()
    ouvroir.atelier.db.write(
        store.move,
        colis.id,
        etat,
        now=now,
        auteur=OPENER,
        code=code,
        motif=MOTIFS[code],
    )


def _batches(ouvroir: Ouvroir, colis: Colis) -> Iterator[list[Fichier]]:
    """Yield the files still inside, some at a time."""
    waiting = ouvroir.atelier.db.read(_waiting, colis.id)
    batch: list[Fichier] = []
    weight = 0
    for fichier in waiting:
        if batch and (len(batch) == FILES_OUT or weight + fichier.taille > BYTES_OUT):
            yield batch
            batch, weight = [], 0
        batch.append(fichier)
        weight += fichier.taille
    if batch:
        yield batch


def _waiting(session: ReadSession, colis_id: int) -> tuple[Fichier, ...]:
    return contenu.fichiers(session, colis_id, HOUSE, etats=(EtatFichier.TROUVE.code,))


@dataclass(slots=True)
class _Sortie:
    """Files just taken out, not yet written."""

    ouvroir: Ouvroir
    colis: Colis
    files: dict[int, Fichier]
    kept: list[tuple[Fichier, Recu]] = field(default_factory=list)
    refused: list[tuple[Fichier, str]] = field(default_factory=list)

    def keep(self, rang: int, octets: bytes | None, refus: str | None) -> None:
        """Make one file durable, or note why it stays inside."""
        fichier = self.files[rang]
        if octets is None:
            self.refused.append((fichier, refus or "archive-illisible"))
        elif not octets:
            self.refused.append((fichier, "fichier-vide"))
        else:
            owner = reception.owner_of(fichier.collectivite_id or 0)
            recu = self.ouvroir.atelier.storage.put(owner, octets)
            self.kept.append((fichier, recu))
        if len(self.kept) + len(self.refused) >= ROWS:
            self.write()

    def write(self) -> None:
        """Write the deposits and their lines, all or none."""
        db = self.ouvroir.atelier.db
        if self.kept or self.refused:
            db.write(deposit, self.ouvroir, self.colis, self.kept, self.refused)
            self.kept, self.refused = [], []


def _take_out(ouvroir: Ouvroir, colis: Colis, path: Path, files: list[Fichier]) -> None:
    """Take some files out; the one on which the child died is refused, alone."""
    sortie = _Sortie(
        ouvroir=ouvroir, colis=colis, files={fichier.rang: fichier for fichier in files}
    )
    stopped = enveloppes.take_out(
        ouvroir.atelier.sandbox,
        path,
        sorted(sortie.files),
        ouvroir.limites,
        sortie.keep,
    )
    sortie.write()
    if stopped is None:
        ouvroir.atelier.db.write(store.forget_attempts, colis.id)
        return
    left = ouvroir.atelier.db.read(_waiting, colis.id)
    first = next((one for one in left if one.rang in sortie.files), None)
    if first is not None:
        sortie.refused.append((first, stopped.code))
        sortie.write()
    raise RuntimeError(f"the envelope stopped answering: {stopped.technique}")


def deposit(
    session: WriteSession,
    ouvroir: Ouvroir,
    colis: Colis,
    kept: list[tuple[Fichier, Recu]],
    refused: list[tuple[Fichier, str]],
) -> None:
    """Make deposits of files whose bytes are durable, and say what each line became."""
    now = ouvroir.atelier.clock.now()
    parts = _announced_parts(session, [fichier.id for fichier, _ in kept])
    types = _announced_types(session, [fichier.id for fichier, _ in kept])
    pairs = [
        (recu, _envoi(colis, fichier, types.get(fichier.id))) for fichier, recu in kept
    ]
    receipts = reception.deposit_all(session, ouvroir.guichet, pairs, now)
    for (fichier, recu), receipt in zip(kept, receipts, strict=True):
        row = session.get_one(tc.Fichier, fichier.id)
        etat = EtatFichier.DOUBLON if receipt.is_deja_recu else EtatFichier.DEPOSE
        row.etat, row.empreinte = etat.code, recu.empreinte
        depot = session.scalars(
            sa.select(t.Depot).where(t.Depot.reference == receipt.reference)
        ).one()
        row.depot_id = depot.id
        row.collectivite_id = fichier.collectivite_id
        if receipt.is_deja_recu:
            row.code, row.motif = "deja-recu", MOTIFS["deja-recu"]
        else:
            depot.decoupage = {"lot": is_batch(colis)} | (
                {"annonce": parts[fichier.id]} if fichier.id in parts else {}
            )
    for fichier, code in refused:
        row = session.get_one(tc.Fichier, fichier.id)
        row.etat, row.code, row.motif = EtatFichier.REFUSE.code, code, MOTIFS[code]
    session.flush()


def is_batch(colis: Colis) -> bool:
    """Tell whether the pages of a colis are to be split without anybody's list."""
    return colis.enveloppe == Enveloppe.LOT.code


def _announced_parts(
    session: ReadSession, ids: list[int]
) -> dict[int, list[list[int]]]:
    """Return, for files shared by several papers, the pages of each as announced."""
    e = tc.Element
    found: dict[int, list[list[int]]] = {}
    rows = session.execute(
        sa.select(e.fichier_id, e.page_debut, e.page_fin)
        .where(e.fichier_id.in_(ids), e.page_debut.is_not(None))
        .order_by(e.fichier_id, e.page_debut)
    )
    for fichier_id, first, last in rows:
        found.setdefault(int(fichier_id or 0), []).append(
            [int(first or 0), int(last or 0)]
        )
    return {key: parts for key, parts in found.items() if len(parts) > 1}


def _announced_types(session: ReadSession, ids: list[int]) -> dict[int, str]:
    """Return the type each file is said to be, when it is said to be one paper."""
    e = tc.Element
    rows = session.execute(
        sa.select(e.fichier_id, sa.func.min(e.type_annonce))
        .where(e.fichier_id.in_(ids))
        .group_by(e.fichier_id)
        .having(sa.func.count() == 1)
    )
    return {int(row[0] or 0): row[1] for row in rows if row[1]}


def _envoi(colis: Colis, fichier: Fichier, type_: str | None) -> Envoi:
    if fichier.collectivite_id is None:
        raise RefusedError("collectivite-a-preciser", "Dites à qui est ce fichier.")
    return Envoi(
        collectivite_id=fichier.collectivite_id,
        nom_fichier=fichier.nom,
        depose_par=colis.depose_par,
        canal=colis.canal,
        type_declare=type_,
        date_reception=colis.date_reception,
    )


def _deposit_batch(ouvroir: Ouvroir, colis: Colis) -> None:
    """Make a deposit of the envelope itself, copied to its collectivité's folder."""
    waiting = ouvroir.atelier.db.read(_waiting, colis.id)
    for fichier in waiting:
        storage = ouvroir.atelier.storage
        owner = reception.owner_of(fichier.collectivite_id or 0)
        limit = max(colis.taille, 1)
        recu = asyncio.run(
            storage.receive(owner, storage.stream(OWNER, colis.empreinte), limit)
        )
        pairs = [(fichier, recu)]
        ouvroir.atelier.db.write(deposit, ouvroir, colis, pairs, [])


def _opened(session: WriteSession, ouvroir: Ouvroir, colis: Colis) -> None:
    now = ouvroir.atelier.clock.now()
    store.move(
        session, colis.id, EtatColis.DEPOUILLE,
        now=now, auteur=OPENER, nombre=colis.nb_fichiers,
    )  # fmt: skip
    close_when_read(session, ouvroir.guichet, colis)


def close_when_read(session: WriteSession, guichet: Guichet, colis: Colis) -> bool:
    """Ask for the reconciliation when nothing of a colis waits to be read."""
    if has_unread(session, colis.id):
        return False
    key = f"{colis.reference}#clore{colis.version}"
    guichet.queue.defer(session, CLOSE_JOB, colis.reference, key=key)
    return True


def has_unread(session: ReadSession, colis_id: int) -> bool:
    """Tell whether a deposit of this colis is not yet read to its end."""
    mine = sa.select(tc.Fichier.depot_id).where(tc.Fichier.colis_id == colis_id)
    return (
        session.scalar(
            sa.select(t.Depot.id)
            .where(t.Depot.etat.in_(UNFINISHED), t.Depot.id.in_(mine))
            .limit(1)
        )
        is not None
    )


def note_end(ouvroir: Ouvroir, reference: str) -> None:
    """Close the colis whose last deposit just ended; the sweep does it if we are cut."""
    try:
        colis = ouvroir.atelier.db.read(_colis_of, reference)
        if colis is not None:
            ouvroir.atelier.db.write(close_when_read, ouvroir.guichet, colis)
    except VaguemestreError as error:
        log.warning("cloture-reportee", depot=reference, exc_info=error)


def _colis_of(session: ReadSession, reference: str) -> Colis | None:
    """Return the colis waiting for this deposit, when nothing else of it is unread."""
    row = session.scalar(
        sa.select(tc.Colis)
        .join(tc.Fichier, tc.Fichier.colis_id == tc.Colis.id)
        .join(t.Depot, t.Depot.id == tc.Fichier.depot_id)
        .where(
            t.Depot.reference == reference, tc.Colis.etat == EtatColis.DEPOUILLE.code
        )
        .limit(1)
    )
    if row is None or has_unread(session, row.id):
        return None
    return store.value(row)
