"""Multipart bodies, read part by part under our own caps; files go straight to a receiver.

aiohttp counts neither parts nor progress and follows nested parts without end: this loop
does not. Nothing of a file stays in memory, and nothing is parsed.
"""

import asyncio
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from aiohttp import BodyPartReader, MultipartReader, hdrs, web
from aiohttp.client_exceptions import ClientPayloadError
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestPayloadError

from socle.errors import ForbiddenError, RefusedError
from web.identity import has_proof
from web.keys import ANTI_FORGERY_DUE
from web.security import ANTI_FORGERY_FIELD

T = TypeVar("T")

CHUNK = 1 << 20
MAX_PARTS = 20
MAX_FIELD = 64 * 1024
MAX_FIELDS = 2 * 1024 * 1024  # signs of text in all
MAX_NAME_BYTES = 255
PROGRESS_S = 30.0
MIN_RATE = 4 * 1024  # bytes per second, once the first half minute is over
_AS_IS = frozenset({"binary", "8bit", "7bit"})
_CUT = (
    ValueError,
    AssertionError,
    ConnectionError,
    ClientPayloadError,
    HttpProcessingError,
    RequestPayloadError,
    asyncio.IncompleteReadError,
)
Receive = Callable[[str, AsyncIterator[bytes]], Awaitable[T | None]]


@dataclass(slots=True)
class Formulaire(Generic[T]):
    """What a multipart body held: text fields, and what the receiver made of files."""

    champs: dict[str, str] = field(default_factory=dict)
    fichiers: list[T] = field(default_factory=list)
    taille: int = 0

    def add(self, made: T | None) -> None:
        """Keep what the receiver made of a file; None: refused, and noted by it."""
        if made is not None:
            self.fichiers.append(made)


async def read_multipart(
    request: web.Request,
    receive: Receive[T],
    formulaire: Formulaire[T],
    *,
    max_parts: int = MAX_PARTS,
) -> None:
    """Fill `formulaire` from the body, in the order parts come.

    `receive(name, chunks)` must consume the chunks of one file. Raises `RefusedError`:
    `envoi-tronque`, `format-refuse`, `trop-volumineux`, `trop-d-elements`; and
    `ForbiddenError` when a page's anti-forgery token is owed and is not the first part.
    """
    if request.content_type != "multipart/form-data":
        raise _refused("Envoyez un formulaire multipart/form-data.")
    meter = _Meter(request)
    try:
        reader = await request.multipart()
    except ValueError as error:
        raise _refused("Le formulaire multipart n'a pas de séparateur.") from error
    number = 0
    while (part := await meter.follow(reader.next())) is not None:
        number += 1
        if number > max_parts:
            raise RefusedError(
                "trop-d-elements",
                f"Un envoi compte au plus {max_parts} éléments : faites-en plusieurs.",
            )
        await _take(request, part, number, receive, formulaire, meter)


async def _take(
    request: web.Request,
    part: MultipartReader | BodyPartReader,
    number: int,
    receive: Receive[T],
    formulaire: Formulaire[T],
    meter: "_Meter",
) -> None:
    plain = _plain(part)
    name, filename = plain.name or "", plain.filename
    if filename is None and name != "fichier":
        value = await _text(plain, meter)
        if number == 1:
            _check_proof(request, value if name == ANTI_FORGERY_FIELD else None)
        _keep_field(formulaire, name, value)
        return
    if number == 1:
        _check_proof(request, None)
    chunks = _chunks(plain, meter)
    if not filename:
        # a file input left empty by the person: no name, no byte
        first = await anext(chunks, b"")
        if not first:
            return
        chunks = _again(first, chunks)
    formulaire.add(await receive(display_name(filename or ""), chunks))


def _plain(part: MultipartReader | BodyPartReader) -> BodyPartReader:
    """Return a part sent as it is; nested and encoded ones are refused."""
    if isinstance(part, MultipartReader):
        raise _refused("Un formulaire ne peut pas en contenir un autre.")
    encoding = part.headers.get(hdrs.CONTENT_TRANSFER_ENCODING, "binary").lower()
    if encoding not in _AS_IS or hdrs.CONTENT_ENCODING in part.headers:
        raise _refused("Envoyez les fichiers tels quels, sans encodage.")
    return part


def _keep_field(formulaire: Formulaire[T], name: str, value: str) -> None:
    if name in formulaire.champs:
        raise RefusedError(
            "demande-invalide", "Un champ du formulaire est donné deux fois."
        )
    formulaire.taille += len(value)
    if formulaire.taille > MAX_FIELDS:
        raise RefusedError("trop-volumineux", "Le formulaire est trop long.")
    if name != ANTI_FORGERY_FIELD:
        formulaire.champs[name] = value


def _check_proof(request: web.Request, given: str | None) -> None:
    if request.get(ANTI_FORGERY_DUE, False):
        if not has_proof(request, given):
            raise ForbiddenError(
                "anti-contrefacon",
                "Cette page n'est plus à jour. Rechargez-la, puis recommencez.",
            )
        request[ANTI_FORGERY_DUE] = False


async def _text(part: BodyPartReader, meter: "_Meter") -> str:
    held = bytearray()
    async for chunk in _chunks(part, meter):
        held += chunk
        if len(held) > MAX_FIELD:
            raise RefusedError(
                "trop-volumineux", "Un champ du formulaire dépasse 64 ko."
            )
    try:
        text = held.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise RefusedError(
            "corps-illisible", "Un champ du formulaire n'est pas en UTF-8."
        ) from error
    if "\0" in text:
        raise RefusedError("corps-illisible", "Un champ porte un caractère nul.")
    return text


async def _chunks(part: BodyPartReader, meter: "_Meter") -> AsyncIterator[bytes]:
    while chunk := await meter.follow(part.read_chunk(CHUNK)):
        meter.count(len(chunk))
        yield chunk


async def _again(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


class _Meter:
    """Watches that bytes keep coming: no stall over 30 s, 4 kB/s after the first 30 s."""

    def __init__(self, request: web.Request) -> None:
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._received = 0
        self._request = request

    async def follow(self, reading: Awaitable[T]) -> T:
        """Await one read; a stall or a cut body is `envoi-tronque`."""
        try:
            async with asyncio.timeout(PROGRESS_S):
                return await reading
        except TimeoutError as error:
            raise _truncated() from error
        except _CUT as error:
            raise _truncated() from error

    def count(self, nb_bytes: int) -> None:
        """Note what came; raise when it comes too slowly to be a person's line."""
        self._received += nb_bytes
        elapsed = self._loop.time() - self._started
        if elapsed > PROGRESS_S and self._received < MIN_RATE * (elapsed - PROGRESS_S):
            raise _truncated()


def _truncated() -> RefusedError:
    return RefusedError(
        "envoi-tronque",
        "L'envoi s'est interrompu avant la fin : rien n'a été gardé. Recommencez-le.",
    )


def _refused(sentence: str) -> RefusedError:
    return RefusedError("format-refuse", sentence)


def display_name(raw: str) -> str:
    """Return the sender's file name as shown: NFC, no control sign, 255 bytes at most.

    It is never used as a path. Bytes that are not UTF-8 are read as Windows-1252, what
    an old workstation sends.
    """
    octets = raw.encode("utf-8", "surrogateescape")
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        text = octets.decode("cp1252", "replace")
    text = unicodedata.normalize("NFC", text.replace("\\", "/").rsplit("/", 1)[-1])
    shown = "".join(
        sign for sign in text if unicodedata.category(sign) not in {"Cc", "Cf", "Cs"}
    ).strip()
    if not shown.strip("."):
        return "sans-nom"
    return _shortened(shown)


def _shortened(name: str) -> str:
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    stem, dot, suffix = name.rpartition(".")
    end = f"{dot}{suffix}" if dot and len(suffix) <= 8 else ""  # noqa: PLR2004
    kept = (stem if end else name).encode()[: MAX_NAME_BYTES - len(end.encode())]
    return kept.decode("utf-8", "ignore") + end
