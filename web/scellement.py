"""The heads of the journal, signed and kept in a second place: a chain cut short shows.

One line of JSON per seal, added at the end of a file that may lie on another volume
(`VAGUEMESTRE_SCEAUX`). Who rewrites the database cannot sign; who cuts the journal leaves
here what was there.
"""

import asyncio
import datetime as dt
import json
import os
from dataclasses import dataclass
from pathlib import Path

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from records.store import journal
from records.store.journal import Tete
from socle.crypto import Coffre
from web.services import Services

EVERY = dt.timedelta(minutes=5)
FACTS_AT_MOST = 1_000
LOOK_EVERY_S = 30.0
USE = "journal"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sceaux:
    """What the second place holds: heads truly ours, and the lines that are not."""

    tetes: tuple[Tete, ...]
    fausses: tuple[int, ...] = ()
    dernier_at: dt.datetime | None = None

    def last(self) -> dict[int, Tete]:
        """Return the newest head of each chain."""
        found: dict[int, Tete] = {}
        for head in self.tetes:
            if head.chaine not in found or found[head.chaine].rang < head.rang:
                found[head.chaine] = head
        return found


def key_of(coffre: Coffre) -> Ed25519PrivateKey:
    """Return the key that signs heads and exports."""
    return Ed25519PrivateKey.from_private_bytes(coffre.derive(USE))


def public_key(coffre: Coffre) -> str:
    """Return, in hexadecimal, what verifies heads and exports without the service."""
    return key_of(coffre).public_key().public_bytes_raw().hex()


def place_of(services: Services) -> Path:
    """Return the file of the seals."""
    return services.settings.sceaux or services.settings.donnees / "sceaux.jsonl"


def _signed_text(head: Tete, moment: str) -> bytes:
    values = [head.chaine, head.rang, head.empreinte, moment]
    return json.dumps(values, separators=(",", ":")).encode()


def read(services: Services) -> Sceaux:
    """Read the second place; a line cut by a crash or written by another is told."""
    path = place_of(services)
    if not path.exists():
        return Sceaux(tetes=())
    verify = key_of(services.coffre).public_key().verify
    heads, wrong, last = [], [], None
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            said = json.loads(line)
            head = Tete(
                chaine=int(said["chaine"]),
                rang=int(said["rang"]),
                empreinte=str(said["empreinte"]),
            )
            moment = str(said["scelle_le"])
            verify(bytes.fromhex(said["signature"]), _signed_text(head, moment))
            last = dt.datetime.fromisoformat(moment)
        except (ValueError, KeyError, TypeError, InvalidSignature):
            wrong.append(number)
            continue
        heads.append(head)
    return Sceaux(tetes=tuple(heads), fausses=tuple(wrong), dernier_at=last)


def seal(services: Services, *, is_due: bool = True) -> int:
    """Sign the heads that moved since the last seal; return how many.

    Unless `is_due`, only when the last seal is old or many facts came since.
    """
    known = read(services)
    last = known.last()
    now = services.clock.now()
    heads = services.db.read(journal.heads)
    moved = [head for head in heads if last.get(head.chaine) != head]
    fresh = sum(
        head.rang - (last[head.chaine].rang if head.chaine in last else 0)
        for head in moved
    )
    is_old = known.dernier_at is None or now - known.dernier_at >= EVERY
    if moved and (is_due or is_old or fresh >= FACTS_AT_MOST):
        _append(services, moved, now)
        return len(moved)
    return 0


def _append(services: Services, heads: list[Tete], now: dt.datetime) -> None:
    moment = now.astimezone(dt.UTC).isoformat()
    sign = key_of(services.coffre).sign
    lines = [
        json.dumps({
            "chaine": head.chaine,
            "rang": head.rang,
            "empreinte": head.empreinte,
            "scelle_le": moment,
            "signature": sign(_signed_text(head, moment)).hex(),
        })
        for head in heads
    ]  # fmt: skip
    path = place_of(services)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        # a line cut by a crash is closed first, so that it spoils no other
        start = b"" if _ends_well(path) else b"\n"
        file.write(start + "".join(f"{line}\n" for line in lines).encode())
        file.flush()
        os.fsync(file.fileno())


def _ends_well(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        if file.tell() == 0:
            return True
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def seal_last(services: Services) -> None:
    """Seal as the service stops; what cannot be sealed is told, and stops nothing."""
    try:
        seal(services)
    except Exception as error:
        log.warning("scellement-manque", exc_info=error)
    finally:
        services.db.close()


async def keep_sealing(services: Services) -> None:
    """Seal every five minutes or thousand facts, for as long as the service runs."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            await asyncio.to_thread(seal, services, is_due=False)
        except Exception as error:
            log.warning("scellement-manque", exc_info=error)
