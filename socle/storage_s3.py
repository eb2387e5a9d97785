"""Bytes in a bucket: spooled on this machine, sent with their checksum, then answered."""

import contextlib
import datetime as dt
import hashlib
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import obstore
from obstore.store import S3Store

from socle.errors import NotFoundError
from socle.settings import Settings
from socle.storage import (
    CHUNK,
    FOLDER_MODE,
    FULL,
    DiskStorage,
    Recu,
    absent,
    checked_key,
    full,
    is_digest,
    now_s,
    private,
    sweep_folder,
    unreachable,
)


class S3Storage:
    """A bucket; what comes in is spooled on this machine, then sent, then answered."""

    def __init__(self, store: S3Store, spool: DiskStorage, scratch: Path) -> None:
        self._store = store
        self._spool = spool
        self._scratch = scratch
        scratch.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)

    @staticmethod
    def _key(owner: str, empreinte: str) -> str:
        owner, empreinte = checked_key(owner, empreinte)
        return f"{owner}/{empreinte[:2]}/{empreinte}"

    async def receive(
        self, owner: str, chunks: AsyncIterator[bytes], limit: int
    ) -> Recu:
        """Spool, send, check what arrived, then forget the spool."""
        async with self._spool.spooled(chunks, limit) as (recu, path):
            key = self._key(owner, recu.empreinte)
            with _answering():
                await obstore.put_async(self._store, key, path)
                head = await obstore.head_async(self._store, key)
            if head["size"] != recu.taille:
                raise unreachable()
        return recu

    def put(self, owner: str, content: bytes) -> Recu:
        """Send small derived bytes."""
        recu = Recu(empreinte=hashlib.sha256(content).hexdigest(), taille=len(content))
        with _answering():
            obstore.put(self._store, self._key(owner, recu.empreinte), content)
        return recu

    async def stream(self, owner: str, empreinte: str) -> AsyncIterator[bytes]:
        """Yield the bytes as the server sends them."""
        key = self._key(owner, empreinte)
        with _answering():
            answer = await obstore.get_async(self._store, key)
            async for chunk in answer.stream(min_chunk_size=CHUNK):
                yield bytes(chunk)

    @contextlib.contextmanager
    def local(self, owner: str, empreinte: str) -> Iterator[Path]:
        """Bring the bytes here for the length of the `with`, checked by their hash."""
        path = self._scratch / f"{secrets.token_hex(16)}.tmp"
        try:
            self._fetch(self._key(owner, empreinte), empreinte, path)
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _fetch(self, key: str, empreinte: str, path: Path) -> None:
        digest = hashlib.sha256()
        with _answering(), open(path, "xb", opener=private) as file:
            for chunk in obstore.get(self._store, key).stream(min_chunk_size=CHUNK):
                digest.update(chunk)
                file.write(chunk)
        if digest.hexdigest() != empreinte:
            raise unreachable()

    def exists(self, owner: str, empreinte: str) -> bool:
        """Tell whether the bytes are there."""
        try:
            with _answering():
                obstore.head(self._store, self._key(owner, empreinte))
        except NotFoundError:
            return False
        return True

    def delete(self, owner: str, empreinte: str) -> None:
        """Forget the bytes."""
        with contextlib.suppress(NotFoundError), _answering():
            obstore.delete(self._store, self._key(owner, empreinte))

    def walk(self) -> Iterator[tuple[str, str]]:
        """Yield every (owner, hash) kept, sorted; what is not ours is left aside."""
        with _answering():
            for batch in obstore.list(self._store):
                for entry in batch:
                    parts = entry["path"].split("/")
                    if len(parts) == 3 and is_digest(parts[2]):  # noqa: PLR2004
                        yield parts[0], parts[2]

    def age_s(self, owner: str, empreinte: str) -> float:
        """Return how long ago the bytes were written, by the server's date."""
        with _answering():
            head = obstore.head(self._store, self._key(owner, empreinte))
        return now_s() - head["last_modified"].timestamp()

    def sweep(self) -> int:
        """Remove temporary files of interrupted receptions and readings."""
        return self._spool.sweep() + sweep_folder(self._scratch)

    def ping(self) -> None:
        """Raise when the spool is full or the bucket does not answer."""
        self._spool.ping()
        with _answering():
            next(iter(obstore.list(self._store, chunk_size=1)), None)


@contextlib.contextmanager
def _answering() -> Iterator[None]:
    """Turn what the object store says into our own errors."""
    try:
        yield
    except (FileNotFoundError, obstore.exceptions.NotFoundError) as error:
        raise absent() from error
    except (obstore.exceptions.BaseError, OSError) as error:
        full_here = isinstance(error, OSError) and error.errno in FULL
        raise (full() if full_here else unreachable()) from error


def open_bucket(settings: Settings) -> S3Storage:
    """Open the bucket the settings name, `s3://bucket/prefix`."""
    bucket, _, prefix = settings.storage_url.removeprefix("s3://").partition("/")
    store = S3Store(
        bucket,
        prefix=prefix.strip("/") or None,
        endpoint=settings.s3_endpoint or None,
        access_key_id=settings.s3_cle,
        secret_access_key=settings.s3_secret.get_secret_value(),
        region=settings.s3_region,
        virtual_hosted_style_request=False,
        checksum_algorithm="SHA256",
        client_options={
            "allow_http": settings.s3_endpoint.startswith("http://"),
            "connect_timeout": "5s",
            "timeout": "60s",
        },
        retry_config={"max_retries": 3, "retry_timeout": dt.timedelta(seconds=30)},
    )
    folder = settings.donnees / "tampon"
    spool = DiskStorage(folder, reserve=settings.reserve_disque)
    return S3Storage(store, spool, settings.donnees / "prets")
