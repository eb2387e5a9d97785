"""The counter's door: a receipt means durable, once, for this collectivité, forever."""

import asyncio
import datetime as dt
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from intake import tables as it
from intake.reception import (
    JOB,
    displayed_name,
    public_key,
    receive,
    retry,
)
from records.references import parse_reference
from records.vocabulary import EtatDepot
from socle.errors import ConflictError, RefusedError, UnavailableError
from socle.memory import MemoryStorage
from tests.intake.guichet import COFFRE, Comptoir, chunks, facts
from web.api.papiers import receipt_json

SCRIPT = Path(__file__).resolve().parents[2] / "docs/verifier_recepisse.py"
_MINUTE = dt.timedelta(minutes=1)


async def test_a_receipt_stands_on_bytes_row_fact_and_job(comptoir: Comptoir) -> None:
    """Once answered: bytes stored, one row, one fact, one job, all of the same deposit."""
    receipt = await comptoir.deposit(b"%PDF-", b"1.4")
    depot = comptoir.depot(receipt.reference)
    assert parse_reference(receipt.reference) == receipt.reference
    assert (depot.etat, depot.taille, depot.nom_fichier) == ("recu", 8, "courrier.pdf")
    assert comptoir.storage.exists(f"c{comptoir.collectivite}", receipt.empreinte)
    assert comptoir.queue.waiting == {receipt.reference: (JOB, (receipt.reference,))}
    assert comptoir.db.read(facts) == ["depot:recu"]


async def test_a_receipt_verifies_without_the_service(
    comptoir: Comptoir, tmp_path: Path
) -> None:
    """The script of the documentation tells a true receipt, and only that one."""
    receipt = await comptoir.deposit(b"abc")
    shown = receipt_json(receipt)
    key = public_key(COFFRE)
    assert check_apart(tmp_path, key, shown, b"abc") == (0, "")
    for changed in (
        shown | {"taille": 4},
        shown | {"empreinte": "0" * 64},
        shown | {"recu_le": "2025-01-01T00:00:00Z"},
    ):
        code, said = check_apart(tmp_path, key, changed, b"abc")
        assert (code, "signature" in said) == (1, True)
    code, said = check_apart(tmp_path, key, shown, b"abd")
    assert (code, "autre fichier" in said) == (1, True)


def check_apart(
    folder: Path, key: str, receipt: dict[str, object], content: bytes
) -> tuple[int, str]:
    """Run the script as an outsider does; return its exit code and what it says."""
    (folder / "recepisse.json").write_text(json.dumps(receipt))
    (folder / "fichier").write_bytes(content)
    done = subprocess.run(
        [sys.executable, SCRIPT, key, folder / "recepisse.json", folder / "fichier"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


async def test_same_bytes_give_the_first_receipt(comptoir: Comptoir) -> None:
    """The same file sent again, even renamed, is the same deposit, said as such."""
    first = await comptoir.deposit(b"abc")
    again = await comptoir.deposit(b"a", b"bc", nom_fichier="autre.pdf")
    assert (again.reference, again.signature) == (first.reference, first.signature)
    assert (first.is_deja_recu, again.is_deja_recu) == (False, True)
    assert again.nom == "courrier.pdf"
    assert (comptoir.count(it.Depot), comptoir.queue.depth()) == (1, 1)


async def test_same_bytes_of_a_neighbour_are_another_deposit(
    comptoir: Comptoir,
) -> None:
    """What another collectivité sent is never told: the same bytes are received anew."""
    first = await comptoir.deposit(b"abc")
    other = await comptoir.deposit(b"abc", collectivite_id=comptoir.voisine)
    assert other.reference != first.reference
    assert not other.is_deja_recu


async def test_fifty_senders_at_once_make_one_deposit(comptoir: Comptoir) -> None:
    """The same file fifty times at the same moment: one row, fifty equal receipts."""
    receipts = await asyncio.gather(*(comptoir.deposit(b"abc") for _ in range(50)))
    assert len({receipt.reference for receipt in receipts}) == 1
    assert [r.is_deja_recu for r in receipts].count(False) == 1
    assert (comptoir.count(it.Depot), comptoir.queue.depth()) == (1, 1)


async def test_same_key_same_bytes_is_the_same_answer(comptoir: Comptoir) -> None:
    """A retry after a lost answer gets the receipt that was lost."""
    first = await comptoir.deposit(b"abc", cle=("compte", "k1"))
    again = await comptoir.deposit(b"abc", cle=("compte", "k1"))
    assert again.reference == first.reference


async def test_same_key_other_bytes_is_refused(comptoir: Comptoir) -> None:
    """A key used again for other bytes is refused and nothing is written."""
    await comptoir.deposit(b"abc", cle=("compte", "k1"))
    with pytest.raises(RefusedError) as caught:
        await comptoir.deposit(b"xyz", cle=("compte", "k1"))
    assert caught.value.code == "cle-idempotence-reutilisee"
    assert comptoir.count(it.Depot) == 1


async def test_a_key_belongs_to_its_account(comptoir: Comptoir) -> None:
    """Two accounts may choose the same key without meeting."""
    first = await comptoir.deposit(b"abc", cle=("compte", "k1"))
    other = await comptoir.deposit(b"xyz", cle=("voisin", "k1"))
    assert other.reference != first.reference


async def test_twenty_retries_at_once_under_one_key(comptoir: Comptoir) -> None:
    """Retries that meet are answered alike, whichever wrote first."""
    receipts = await asyncio.gather(
        *(comptoir.deposit(b"abc", cle=("compte", "k1")) for _ in range(20))
    )
    assert len({receipt.reference for receipt in receipts}) == 1
    assert comptoir.count(it.CleIdempotence) == 1


async def test_an_empty_file_is_refused_and_not_kept(comptoir: Comptoir) -> None:
    """Zero byte is `fichier-vide`; neither row nor bytes remain."""
    with pytest.raises(RefusedError) as caught:
        await comptoir.deposit()
    assert caught.value.code == "fichier-vide"
    assert comptoir.count(it.Depot) == 0
    assert list(comptoir.storage.walk()) == []


async def test_a_full_storage_writes_no_row(comptoir: Comptoir) -> None:
    """A storage that fills up refuses with its code, and no receipt is ever given."""
    comptoir.storage = MemoryStorage(capacity=5)
    kept = await comptoir.deposit(b"abcd")
    with pytest.raises(UnavailableError) as caught:
        await comptoir.deposit(b"efgh")
    assert caught.value.code == "stockage-plein"
    assert comptoir.count(it.Depot) == 1
    assert (await comptoir.deposit(b"abcd")).reference == kept.reference


async def test_a_truncated_sending_writes_nothing(comptoir: Comptoir) -> None:
    """A stream that breaks leaves no row, no job, no bytes."""

    async def cut() -> AsyncIterator[bytes]:
        yield b"abc"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await receive(comptoir.guichet, cut(), comptoir.envoi(), comptoir.clock.now())
    assert (comptoir.count(it.Depot), comptoir.queue.depth()) == (0, 0)
    assert list(comptoir.storage.walk()) == []


async def test_a_sender_who_leaves_after_the_bytes_cuts_nothing(
    comptoir: Comptoir,
) -> None:
    """Cancelled while the row is written, the deposit is whole all the same."""
    for rank in range(10):
        task = asyncio.create_task(comptoir.deposit(b"abc%d" % rank))
        await asyncio.sleep(0.002 * rank)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await asyncio.sleep(1)
    rows, jobs = comptoir.count(it.Depot), comptoir.queue.depth()
    assert rows == jobs == len(comptoir.db.read(facts))


async def test_bytes_without_row_are_received_again(comptoir: Comptoir) -> None:
    """What a killed reception left (bytes, no row) does not hinder the retry."""
    await comptoir.storage.receive(f"c{comptoir.collectivite}", chunks(b"abc"), 100)
    receipt = await comptoir.deposit(b"abc")
    assert not receipt.is_deja_recu


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("certificat.pdf", "certificat.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\scans\\x.tif", "x.tif"),
        ("arre\u0302t.pdf", "arrêt.pdf"),
        ("a\r\nBcc: x.pdf", "a\ufffd\ufffdBcc: x.pdf"),
        ("fdp.\u202etxt", "fdp.\ufffdtxt"),
        ("\ud800.pdf", "\ufffd.pdf"),
        ("", "sans nom"),
        ("/", "sans nom"),
        (".pdf", ".pdf"),
    ],
)
def test_names_are_shown_never_obeyed(sent: str, shown: str) -> None:
    """A name is one line without path, control or bidi trick."""
    assert displayed_name(sent) == shown


def test_a_long_name_keeps_its_extension() -> None:
    """At most 255 bytes, cut between letters, and the extension stays."""
    name = displayed_name("é" * 400 + ".pdf")
    assert name.endswith("é.pdf")
    assert 250 < len(name.encode()) <= 255


async def test_a_small_sender_passes_before_a_flood(comptoir: Comptoir) -> None:
    """The rank in the queue grows with what its collectivité has waiting."""
    ranks: list[tuple[int, int]] = []

    class Noted(type(comptoir.queue)):  # type: ignore[misc]
        def defer(self, session, job, *args, key, priority=0) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002
            ranks.append((len(ranks), priority))
            super().defer(session, job, *args, key=key, priority=priority)

    comptoir.queue = Noted()
    for rank in range(3):
        await comptoir.deposit(b"a%d" % rank)
    await comptoir.deposit(b"b", collectivite_id=comptoir.voisine)
    assert ranks == [(0, 1), (1, 2), (2, 3), (3, 1)]


async def test_a_person_may_ask_for_another_reading(comptoir: Comptoir) -> None:
    """A refused deposit is read again: counted from zero, its task closed."""
    receipt = await comptoir.deposit(b"ceci n'est pas un pdf")
    comptoir.work()
    refused = comptoir.depot(receipt.reference)
    assert refused.etat == EtatDepot.REFUSE.code
    comptoir.clock.advance(_MINUTE)
    again = comptoir.db.write(
        retry, comptoir.queue, refused, auteur="essai", now=comptoir.clock.now()
    )
    assert (again.etat, again.nb_essais) == ("recu", 0)
    assert comptoir.queue.depth() == 1


async def test_a_treated_deposit_is_not_read_again(
    comptoir: Comptoir, letter: bytes
) -> None:
    """What was read to the end cannot be read again: its papers are someone's work."""
    receipt = await comptoir.deposit(letter)
    comptoir.work()
    with pytest.raises(ConflictError):
        comptoir.db.write(
            retry,
            comptoir.queue,
            comptoir.depot(receipt.reference),
            auteur="essai",
            now=comptoir.clock.now(),
        )
