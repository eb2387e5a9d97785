"""The door of the colis: bytes durable, then a row and its job, then a receipt.

The same bytes give the first receipt, and a line that says they came again. Nothing is
opened here.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from intake import orphelins, reception
from intake.motifs import MOTIFS
from intake.reception import Guichet, displayed_name
from records.colis import (
    CodeEcart,
    Colis,
    ColisNouveau,
    EcartNouveau,
    Enveloppe,
    EtatColis,
    Sens,
)
from records.store import colis as store
from records.store import colis_contenu as contenu
from socle.clock import legal_day
from socle.db import WriteSession
from socle.errors import ConflictError, RefusedError
from socle.queue import Queue
from socle.storage import Recu

OWNER = orphelins.ENVELOPES
JOB = "colis:ouvrir"
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvoiColis:
    """What the sender says of a colis; ids were resolved inside their perimeter."""

    nom_fichier: str
    depose_par: str
    canal: str
    sens: Sens = Sens.ENTRANT
    collectivite_id: int | None = None
    date_reception: dt.date | None = None
    nb_pages_annonce: int | None = None
    enveloppe: Enveloppe | None = None
    is_retry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecepisseColis:
    """The proof that a colis is safe; signed like the receipt of a deposit."""

    reference: str
    empreinte: str
    taille: int
    nom: str
    recu_le: dt.datetime
    etat: str
    sens: str
    signature: str
    is_deja_recu: bool = False


async def keep_envelope(
    guichet: Guichet, chunks: AsyncIterator[bytes], limit: int
) -> Recu:
    """Make the bytes of an envelope durable; raises `fichier-vide`, `trop-volumineux`."""
    recu = await guichet.storage.receive(OWNER, chunks, limit)
    if recu.taille == 0:
        guichet.storage.delete(OWNER, recu.empreinte)
        raise RefusedError("fichier-vide", MOTIFS["fichier-vide"])
    return recu


async def register(
    guichet: Guichet, recu: Recu, envoi: EnvoiColis, now: dt.datetime
) -> RecepisseColis:
    """Write a colis and its job; two sendings of the same bytes get one receipt."""
    for left in reversed(range(_TRIES)):
        try:
            return await guichet.db.awrite(_register, guichet, recu, envoi, now)
        except IntegrityError:
            if not left:
                raise
    raise AssertionError("unreachable")


async def receive_colis(
    guichet: Guichet,
    chunks: AsyncIterator[bytes],
    envoi: EnvoiColis,
    now: dt.datetime,
    *,
    limit: int,
) -> RecepisseColis:
    """Receive a colis from its stream to its receipt; a departure cuts nothing."""
    recu = await keep_envelope(guichet, chunks, limit)
    task = asyncio.ensure_future(register(guichet, recu, envoi, now))
    return await asyncio.shield(task)


def _register(
    session: WriteSession,
    guichet: Guichet,
    recu: Recu,
    envoi: EnvoiColis,
    now: dt.datetime,
) -> RecepisseColis:
    known = store.same_bytes(session, envoi.sens, recu.empreinte)
    if known is not None:
        if not envoi.is_retry:
            _note_again(session, known, envoi, now)
        return _receipt(known, is_deja_recu=True)
    orphelins.refuse_leaving(session, OWNER, recu.empreinte)
    nouveau = ColisNouveau(
        sens=envoi.sens,
        canal=envoi.canal,
        depose_par=envoi.depose_par,
        nom_fichier=displayed_name(envoi.nom_fichier),
        empreinte=recu.empreinte,
        taille=recu.taille,
        date_reception=envoi.date_reception or legal_day(now),
        collectivite_id=envoi.collectivite_id,
        nb_pages_annonce=envoi.nb_pages_annonce,
        enveloppe=envoi.enveloppe,
    )
    colis = store.add(session, nouveau, now=now)
    text = reception.signed_text(colis.reference, recu.empreinte, recu.taille, now)
    colis = store.sign(session, colis.id, reception.sign(guichet.coffre, text))
    guichet.queue.defer(session, JOB, colis.reference, key=colis.reference)
    return _receipt(colis)


def _note_again(
    session: WriteSession, known: Colis, envoi: EnvoiColis, now: dt.datetime
) -> None:
    """Say on the first colis that the same bytes came again."""
    nouveau = EcartNouveau(
        cle="octets-recus-de-nouveau",
        code=CodeEcart.COLIS_EN_DOUBLE,
        detail="Les mêmes octets sont arrivés une deuxième fois "
        f"le {legal_day(now):%d/%m/%Y} : rien n’a été traité deux fois.",
        proprietaire="operateur",
        collectivite_id=known.collectivite_id,
    )
    contenu.open_ecart(session, known.id, nouveau, auteur=envoi.depose_par, now=now)


def _receipt(colis: Colis, *, is_deja_recu: bool = False) -> RecepisseColis:
    return RecepisseColis(
        reference=colis.reference,
        empreinte=colis.empreinte,
        taille=colis.taille,
        nom=colis.nom_fichier,
        recu_le=colis.recu_at,
        etat=colis.etat,
        sens=colis.sens,
        signature=colis.recepisse,
        is_deja_recu=is_deja_recu,
    )


def retry(
    session: WriteSession, queue: Queue, colis: Colis, *, auteur: str, now: dt.datetime
) -> Colis:
    """Open a stuck colis again, from what is missing."""
    if colis.etat in {EtatColis.CLOS.code, EtatColis.RENDU.code}:
        raise ConflictError("deja-traite", "Ce colis est déjà traité.")
    store.forget_attempts(session, colis.id)
    moved = store.move(session, colis.id, EtatColis.RECU, now=now, auteur=auteur)
    key = f"{colis.reference}#{int(now.timestamp())}"
    queue.defer(session, JOB, colis.reference, key=key)
    return moved
