"""The three storages keep the same promises: memory, disk, and an S3 server."""

import asyncio
import errno
import hashlib
import os
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from socle import storage as storages
from socle.errors import NotFoundError, RefusedError, UnavailableError
from socle.memory import MemoryStorage
from socle.settings import Settings
from socle.storage import CHUNK, DiskStorage, Storage, open_storage

LIMIT = 4 * CHUNK
OWNER = "c7"


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    """Yield parts as a client sends them."""
    for part in parts:
        await asyncio.sleep(0)
        yield part


async def broken(*parts: bytes) -> AsyncIterator[bytes]:
    """Yield parts, then break off as a client that goes away."""
    for part in parts:
        yield part
    raise ConnectionResetError("parti")


async def read(storage: Storage, owner: str, empreinte: str) -> bytes:
    """Read a stream to its end."""
    return b"".join([chunk async for chunk in storage.stream(owner, empreinte)])


def files_of(folder: Path) -> list[Path]:
    """Return every file under a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """Start an S3 server on the loopback, once for the whole run."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def s3_storage(endpoint: str, folder: Path, bucket: str = "depots") -> Storage:
    """Open the storage that the settings of an S3 installation give."""
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id="cle",
        aws_secret_access_key="secret",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket=bucket)
    settings = Settings(
        _env_file=None,
        donnees=folder,
        stockage=f"s3://{bucket}/{folder.name}",
        s3_endpoint=endpoint,
        s3_cle="cle",
        s3_secret="secret",
        reserve_disque=0,
    )
    return open_storage(settings)


@pytest.fixture(params=["memoire", "disque", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """Run the test on every storage: what one promises, each promises."""
    if request.param == "memoire":
        return MemoryStorage()
    if request.param == "disque":
        return DiskStorage(tmp_path / "depots")
    return s3_storage(request.getfixturevalue("s3_endpoint"), tmp_path)


async def test_bytes_come_back_under_their_hash(storage: Storage) -> None:
    """What was received is read again, byte for byte, under its SHA-256."""
    parts = (b"%PDF-", os.urandom(CHUNK + 3), b"fin")
    recu = await storage.receive(OWNER, chunks(*parts), LIMIT)
    expected = b"".join(parts)
    assert hashlib.sha256(expected).hexdigest() == recu.empreinte
    assert len(expected) == recu.taille
    assert expected == await read(storage, OWNER, recu.empreinte)
    with storage.local(OWNER, recu.empreinte) as path:
        assert expected == path.read_bytes()


async def test_a_lent_file_is_gone_or_untouched_afterwards(storage: Storage) -> None:
    """The bytes are still whole once the file lent to a reader is given back."""
    recu = await storage.receive(OWNER, chunks(b"abc"), LIMIT)
    with storage.local(OWNER, recu.empreinte):
        pass
    assert await read(storage, OWNER, recu.empreinte) == b"abc"


async def test_limit_is_exact(storage: Storage) -> None:
    """The last allowed byte is taken, one more is refused and nothing is kept."""
    kept = await storage.receive(OWNER, chunks(b"x" * 10), 10)
    assert kept.taille == 10
    with pytest.raises(RefusedError) as caught:
        await storage.receive(OWNER, chunks(b"y" * 6, b"y" * 5), 10)
    assert caught.value.code == "fichier-trop-gros"
    assert list(storage.walk()) == [(OWNER, kept.empreinte)]


async def test_broken_stream_leaves_nothing(storage: Storage) -> None:
    """A sender that goes away leaves no bytes, and its own error is what is raised."""
    with pytest.raises(ConnectionResetError):
        await storage.receive(OWNER, broken(b"a" * 100), LIMIT)
    assert list(storage.walk()) == []


async def test_same_bytes_twice_are_kept_once(storage: Storage) -> None:
    """Ten receptions at once of the same bytes keep one copy, and all succeed."""
    content = os.urandom(200_000)
    received = await asyncio.gather(
        *(storage.receive(OWNER, chunks(content), LIMIT) for _ in range(10))
    )
    assert len(set(received)) == 1
    assert list(storage.walk()) == [(OWNER, received[0].empreinte)]
    assert await read(storage, OWNER, received[0].empreinte) == content


async def test_owners_do_not_see_each_other(storage: Storage) -> None:
    """The hash of another collectivité's bytes opens nothing."""
    recu = await storage.receive(OWNER, chunks(b"secret"), LIMIT)
    assert not storage.exists("c8", recu.empreinte)
    with pytest.raises(NotFoundError):
        await read(storage, "c8", recu.empreinte)
    with pytest.raises(NotFoundError), storage.local("c8", recu.empreinte):
        pass


def test_small_bytes_put_delete(storage: Storage) -> None:
    """Derived bytes are put, found, aged and deleted; deleting twice is nothing."""
    recu = storage.put(OWNER, b"image")
    assert storage.exists(OWNER, recu.empreinte)
    assert -5 < storage.age_s(OWNER, recu.empreinte) < 60
    storage.delete(OWNER, recu.empreinte)
    storage.delete(OWNER, recu.empreinte)
    assert not storage.exists(OWNER, recu.empreinte)
    with pytest.raises(NotFoundError):
        storage.age_s(OWNER, recu.empreinte)


def test_walk_is_sorted_by_owner(storage: Storage) -> None:
    """Every key is listed, owners together."""
    expected = sorted(
        (owner, storage.put(owner, f"{owner}{n}".encode()).empreinte)
        for owner in ("c1", "c2")
        for n in range(5)
    )
    assert expected == list(storage.walk())


@pytest.mark.parametrize("owner", ["../x", "", "a/b", "c\0"])
def test_an_owner_is_never_a_path(tmp_path: Path, owner: str) -> None:
    """A key that could leave the folder is refused before anything is touched."""
    storage = DiskStorage(tmp_path / "depots")
    with pytest.raises(ValueError, match="not a key"):
        storage.put(owner, b"x")


async def test_disk_folders_and_files_are_private(tmp_path: Path) -> None:
    """Folders are 0700 and files 0600, whatever the mask of the process."""
    before = os.umask(0)
    try:
        storage = DiskStorage(tmp_path / "depots")
        await storage.receive(OWNER, chunks(b"abc"), LIMIT)
        storage.put("c9", b"def")
    finally:
        os.umask(before)
    modes = {
        (path.is_dir(), stat.S_IMODE(path.stat().st_mode))
        for path in [tmp_path / "depots", *(tmp_path / "depots").rglob("*")]
    }
    assert modes == {(True, 0o700), (False, 0o600)}


async def test_bytes_are_synced_before_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is synced before it is named, and its folders after: in that order."""
    seen: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def traced(descriptor: int) -> None:
        kind = os.fstat(descriptor).st_mode
        seen.append("dossier" if stat.S_ISDIR(kind) else "fichier")
        fsync(descriptor)

    def named(self: Path, target: Path) -> Path:
        seen.append("nom")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", traced)
    monkeypatch.setattr(Path, "rename", named)
    storage = DiskStorage(tmp_path / "depots")
    await storage.receive(OWNER, chunks(b"abc"), LIMIT)
    assert seen == ["fichier", "dossier", "dossier", "nom", "dossier"]


async def test_reserve_is_checked_before_the_body_is_read(tmp_path: Path) -> None:
    """Under the reserve of free space, nothing of the body is read."""
    storage = DiskStorage(tmp_path / "depots", reserve=1 << 60)
    with pytest.raises(UnavailableError) as caught:
        await storage.receive(OWNER, broken(), LIMIT)
    assert caught.value.code == "stockage-plein"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "stockage-plein"),
        (errno.EDQUOT, "stockage-plein"),
        (errno.EIO, "stockage-injoignable"),
        (errno.EROFS, "stockage-injoignable"),
    ],
)
async def test_a_failing_disk_is_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    """A full or failing disk gives its code, no temporary file, and no bytes."""
    storage = DiskStorage(tmp_path / "depots")

    def fail(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        with pytest.raises(UnavailableError) as caught:
            await storage.receive(OWNER, chunks(b"abc"), LIMIT)
        assert caught.value.code == code
        with pytest.raises(UnavailableError):
            storage.put(OWNER, b"abc")
    assert files_of(tmp_path) == []


async def test_after_an_unwritten_sync_no_more_is_promised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that once failed to sync is not believed again: receptions stop."""
    storage = DiskStorage(tmp_path / "depots")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", lambda _d: _raise(errno.EIO))
        with pytest.raises(UnavailableError):
            await storage.receive(OWNER, chunks(b"abc"), LIMIT)
    with pytest.raises(UnavailableError):
        await storage.receive(OWNER, chunks(b"abc"), LIMIT)


async def test_a_full_disk_is_forgotten_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After space comes back, receptions go on by themselves."""
    storage = DiskStorage(tmp_path / "depots")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", lambda _d: _raise(errno.ENOSPC))
        with pytest.raises(UnavailableError):
            await storage.receive(OWNER, chunks(b"abc"), LIMIT)
    recu = await storage.receive(OWNER, chunks(b"abc"), LIMIT)
    assert await read(storage, OWNER, recu.empreinte) == b"abc"


def _raise(number: int) -> None:
    raise OSError(number, os.strerror(number))


async def test_a_cancelled_reception_leaves_no_temporary_file(tmp_path: Path) -> None:
    """A request cut in the middle of its body leaves nothing in the folder."""
    storage = DiskStorage(tmp_path / "depots")
    started = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1000
            started.set()
            await asyncio.sleep(0.01)

    task = asyncio.create_task(storage.receive(OWNER, endless(), 1 << 40))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert files_of(tmp_path) == []


def test_sweep_removes_only_stale_temporary_files(tmp_path: Path) -> None:
    """What a killed process left is removed after ten minutes, not before."""
    storage = DiskStorage(tmp_path / "depots")
    kept = storage.put(OWNER, b"abc")
    stale, fresh = (tmp_path / "depots/incoming" / f"{n}.tmp" for n in "ab")
    for path in (stale, fresh):
        path.write_bytes(b"x")
    os.utime(stale, (0, 0))
    assert storage.sweep() == 1
    assert (stale.exists(), fresh.exists()) == (False, True)
    assert storage.exists(OWNER, kept.empreinte)


async def test_a_storage_in_memory_can_fill_up() -> None:
    """The twin used in the drills refuses like a full disk."""
    storage = MemoryStorage(capacity=5)
    await storage.receive(OWNER, chunks(b"abcd"), LIMIT)
    with pytest.raises(UnavailableError) as caught:
        await storage.receive(OWNER, chunks(b"ef"), LIMIT)
    assert caught.value.code == "stockage-plein"


async def test_a_silent_bucket_is_said(tmp_path: Path) -> None:
    """A server that does not answer gives `stockage-injoignable`, and no spool stays."""
    settings = Settings(
        _env_file=None,
        donnees=tmp_path,
        stockage="s3://depots",
        s3_endpoint="http://127.0.0.1:9",
        s3_cle="cle",
        s3_secret="secret",
        reserve_disque=0,
    )
    storage = open_storage(settings)
    with pytest.raises(UnavailableError) as caught:
        await storage.receive(OWNER, chunks(b"abc"), LIMIT)
    assert caught.value.code == "stockage-injoignable"
    assert files_of(tmp_path) == []


async def test_bytes_changed_in_the_bucket_are_never_lent(
    s3_endpoint: str, tmp_path: Path
) -> None:
    """What no longer has its hash is refused to the reader."""
    storage = s3_storage(s3_endpoint, tmp_path, "change")
    recu = await storage.receive(OWNER, chunks(b"abc"), LIMIT)
    client = boto3.client(
        "s3",
        endpoint_url=s3_endpoint,
        aws_access_key_id="cle",
        aws_secret_access_key="secret",
        region_name="us-east-1",
    )
    key = f"{tmp_path.name}/{OWNER}/{recu.empreinte[:2]}/{recu.empreinte}"
    client.put_object(Bucket="change", Key=key, Body=b"xyz")
    with pytest.raises(UnavailableError), storage.local(OWNER, recu.empreinte):
        pass


def test_settings_choose_the_storage(tmp_path: Path) -> None:
    """One setting changes the storage: a folder by default."""
    storage = open_storage(Settings(_env_file=None, donnees=tmp_path))
    assert isinstance(storage, storages.DiskStorage)
