"""The counter's door: bytes made durable, then a row, then a receipt. Nothing is parsed.

Idempotent twice over: the same bytes by the same collectivité give the first receipt, and
the same `Idempotency-Key` gives the same answer or a refusal.
"""

import asyncio
import datetime as dt
import json
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy.exc import IntegrityError

from intake import depots, orphelins
from intake import tables as t
from intake.motifs import MOTIFS
from records.journal import FaitNouveau, Tag
from records.references import Sujet, new_reference
from records.store import journal, taches
from records.vocabulary import EtatDepot
from socle.clock import legal_day
from socle.crypto import Coffre
from socle.db import Database, ReadSession, WriteSession
from socle.errors import ConflictError, RefusedError
from socle.queue import Queue
from socle.storage import Recu, Storage

JOB = "depot:lire"
NAME_MAX = 255
EXTENSION_MAX = 16
WAITING_MAX = 1000
_TRIES = 3
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guichet:
    """What receiving needs."""

    db: Database
    storage: Storage
    queue: Queue
    coffre: Coffre
    taille_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Envoi:
    """What the sender says; the ids were resolved inside the sender's perimeter."""

    collectivite_id: int
    nom_fichier: str
    depose_par: str
    canal: str
    piece_id: int | None = None
    evenement_id: int | None = None
    agent_id: int | None = None
    type_declare: str | None = None
    # a delivery by post, or the replay of a folder, may precede the reception
    date_reception: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recepisse:
    """The proof that the bytes are safe; `signature` is Ed25519 over the other fields."""

    reference: str
    empreinte: str
    taille: int
    nom: str
    recu_le: dt.datetime
    etat: str
    signature: str
    is_deja_recu: bool = False


def owner_of(collectivite_id: int) -> str:
    """Return the storage folder of a collectivité."""
    return f"c{collectivite_id}"


def displayed_name(name: str) -> str:
    r"""Return a file name as it may be shown: one line, no control, no bidi trick.

    >>> displayed_name("C:\\scans\\arre\u0302t.pdf")
    'arrêt.pdf'
    """
    normal = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    shown = "".join(
        "\ufffd" if unicodedata.category(sign) in _HIDDEN else sign for sign in normal
    ).strip()
    stem, point, extension = shown.rpartition(".")
    if not point or len(extension.encode()) > EXTENSION_MAX:
        stem, point, extension = shown, "", ""
    left = NAME_MAX - len((point + extension).encode())
    kept = stem.encode()[:left].decode(errors="ignore")
    return f"{kept}{point}{extension}" or "sans nom"


def _key(coffre: Coffre) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(coffre.derive("recepisse"))


def public_key(coffre: Coffre) -> str:
    """Return the key (hex) with which anyone checks a receipt, without the service."""
    raw = _key(coffre).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return raw.hex()


def sign(coffre: Coffre, text: bytes) -> str:
    """Return the signature of a receipt, in hexadecimal."""
    return _key(coffre).sign(text).hex()


def signed_text(
    reference: str, empreinte: str, taille: int, recu_le: dt.datetime
) -> bytes:
    """Return the exact bytes a receipt signs."""
    moment = recu_le.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps(
        [reference, empreinte, taille, moment], separators=(",", ":")
    ).encode()


async def keep_bytes(
    guichet: Guichet, collectivite_id: int, chunks: AsyncIterator[bytes]
) -> Recu:
    """Make the bytes durable; raises `fichier-vide` or what the storage refuses."""
    owner = owner_of(collectivite_id)
    recu = await guichet.storage.receive(owner, chunks, guichet.taille_max)
    if recu.taille == 0:
        guichet.storage.delete(owner, recu.empreinte)
        raise RefusedError("fichier-vide", MOTIFS["fichier-vide"])
    return recu


async def register(
    guichet: Guichet,
    recus: list[tuple[Recu, Envoi]],
    now: dt.datetime,
    *,
    cle: tuple[str, str] | None = None,
) -> tuple[Recepisse, ...]:
    """Write the deposits of one sending, all together, and give their receipts.

    `cle` is (account, Idempotency-Key). Two sendings of the same bytes, or under the same
    key, that meet: the second gets what the first was answered.
    """
    for left in reversed(range(_TRIES)):
        try:
            return await guichet.db.awrite(_register, guichet, recus, now, cle)
        except IntegrityError:
            if not left:
                raise
    raise AssertionError("unreachable")


async def receive(
    guichet: Guichet,
    chunks: AsyncIterator[bytes],
    envoi: Envoi,
    now: dt.datetime,
    *,
    cle: tuple[str, str] | None = None,
) -> Recepisse:
    """Receive one file from its stream to its receipt.

    Once the bytes are durable, the sender's departure no longer cuts anything.
    """
    recu = await keep_bytes(guichet, envoi.collectivite_id, chunks)
    task = asyncio.ensure_future(register(guichet, [(recu, envoi)], now, cle=cle))
    (recepisse,) = await asyncio.shield(task)
    return recepisse


def deposit_all(
    session: WriteSession,
    guichet: Guichet,
    recus: list[tuple[Recu, Envoi]],
    now: dt.datetime,
) -> tuple[Recepisse, ...]:
    """Write the deposits of bytes already durable, inside the caller's transaction."""
    return tuple(_deposit(session, guichet, *pair, now) for pair in recus)


def _register(
    session: WriteSession,
    guichet: Guichet,
    recus: list[tuple[Recu, Envoi]],
    now: dt.datetime,
    cle: tuple[str, str] | None,
) -> tuple[Recepisse, ...]:
    empreintes = [recu.empreinte for recu, _ in recus]
    if cle is not None:
        known = _answered(session, cle, empreintes)
        if known is not None:
            return tuple(_receipt(depot, is_deja_recu=True) for depot in known)
    receipts = deposit_all(session, guichet, recus, now)
    if cle is not None:
        session.add(
            t.CleIdempotence(
                compte=cle[0],
                cle=cle[1],
                empreintes=empreintes,
                depots=[receipt.reference for receipt in receipts],
                cree_at=now,
            )
        )
        session.flush()
    return receipts


def _answered(
    session: ReadSession, cle: tuple[str, str], empreintes: list[str]
) -> list[depots.Depot] | None:
    """Return what this key was answered; raises when its bytes differ."""
    row = session.scalar(
        sa.select(t.CleIdempotence).where(
            t.CleIdempotence.compte == cle[0], t.CleIdempotence.cle == cle[1]
        )
    )
    if row is None:
        return None
    if row.empreintes != empreintes:
        raise RefusedError(
            "cle-idempotence-reutilisee",
            "Cette clé d'idempotence a déjà servi pour d'autres octets. Rien n'a été "
            "enregistré : reprenez l'envoi avec une clé nouvelle.",
        )
    rows = session.scalars(sa.select(t.Depot).where(t.Depot.reference.in_(row.depots)))
    found = {depot.reference: depots.value(depot) for depot in rows}
    return [found[reference] for reference in row.depots]


def _deposit(
    session: WriteSession,
    guichet: Guichet,
    recu: Recu,
    envoi: Envoi,
    now: dt.datetime,
) -> Recepisse:
    first = depots.same_bytes(session, envoi.collectivite_id, recu.empreinte)
    if first is not None:
        return _receipt(first, is_deja_recu=True)
    orphelins.refuse_leaving(session, owner_of(envoi.collectivite_id), recu.empreinte)
    row = _row(guichet, recu, envoi, now)
    session.add(row)
    session.flush()
    fait = FaitNouveau(
        tag=Tag.DEPOT_RECU,
        sujet=row.reference,
        auteur=envoi.depose_par,
        collectivite_id=envoi.collectivite_id,
        evenement_id=envoi.evenement_id,
        contenu={"empreinte": recu.empreinte, "taille": recu.taille},
    )
    journal.append(session, fait, now)
    guichet.queue.defer(
        session,
        JOB,
        row.reference,
        key=row.reference,
        priority=_priority(session, envoi.collectivite_id),
    )
    return _receipt(depots.value(row))


def _priority(session: ReadSession, collectivite_id: int) -> int:
    """Return a rank that grows with what the collectivité already has waiting.

    So one that sends ten files is not served after another's ten thousand.
    """
    waiting = (
        sa.select(t.Depot.id)
        .where(
            t.Depot.etat.in_(depots.UNFINISHED),
            t.Depot.collectivite_id == collectivite_id,
        )
        .limit(WAITING_MAX)
    )
    count = session.scalar(sa.select(sa.func.count()).select_from(waiting.subquery()))
    return count or 1


def _row(guichet: Guichet, recu: Recu, envoi: Envoi, now: dt.datetime) -> t.Depot:
    reference = new_reference(Sujet.DEPOT, now.year)
    text = signed_text(reference, recu.empreinte, recu.taille, now)
    return t.Depot(
        reference=reference,
        collectivite_id=envoi.collectivite_id,
        canal=envoi.canal,
        depose_par=envoi.depose_par,
        nom_fichier=displayed_name(envoi.nom_fichier),
        empreinte=recu.empreinte,
        taille=recu.taille,
        recu_at=now,
        date_reception=envoi.date_reception or legal_day(now),
        piece_id=envoi.piece_id,
        evenement_id=envoi.evenement_id,
        agent_id=envoi.agent_id,
        type_declare=envoi.type_declare,
        tri={},
        recepisse=sign(guichet.coffre, text),
    )


def _receipt(depot: depots.Depot, *, is_deja_recu: bool = False) -> Recepisse:
    return Recepisse(
        reference=depot.reference,
        empreinte=depot.empreinte,
        taille=depot.taille,
        nom=depot.nom_fichier,
        recu_le=depot.recu_at,
        etat=depot.etat,
        signature=depot.recepisse,
        is_deja_recu=is_deja_recu,
    )


def retry(
    session: WriteSession,
    queue: Queue,
    depot: depots.Depot,
    *,
    auteur: str,
    now: dt.datetime,
) -> depots.Depot:
    """Read a stuck deposit again, from the beginning of what is missing."""
    if depot.etat == EtatDepot.TRAITE.code:
        raise ConflictError("deja-traite", "Ce dépôt est déjà traité.")
    depots.forget_attempts(session, depot.id)
    moved = depots.move(session, depot.id, EtatDepot.RECU, now=now, auteur=auteur)
    taches.close_of(session, depot_id=depot.id, auteur=auteur, motif="relance", now=now)
    key = f"{depot.reference}#{int(now.timestamp())}"
    queue.defer(session, JOB, depot.reference, key=key)
    return moved
