"""Envelopes in the child: what they hold, what their list says, their files one by one.

Nothing is written by name; what is inflated is counted while it comes out, and stops at
its announced size.
"""

import io
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from intake.boite import listes, repertoire, signatures
from intake.boite.repertoire import Bornes, Membre
from socle.sandbox_server import Answer, CodedError

CHUNK = 1 << 20
HEAD = 1024
LINES = 200
LIST_MAX = 32 << 20
PAGED = (signatures.PDF, signatures.TIFF)


def warm() -> dict[str, Any]:
    """Say nothing: there is no engine to prepare."""
    return {}


def inventorier(file: BinaryIO, params: Mapping[str, Any]) -> Iterator[Answer]:
    """Yield what the envelope is, its files, then its list.

    Messages: `{"genre": archive | lot}`, `{"membres": […]}` by hundreds, then those of
    `listes.dire`. `params`: `membres_max`, `total_max`, `membre_max`.
    """
    head = file.read(HEAD)
    if not head.strip(b"\x00 \t\r\n"):
        raise CodedError("fichier-vide")
    if head[:4] not in {repertoire.LOCAL_MARK, repertoire.END_MARK}:
        yield {"genre": "lot", "type": _batch_type(file, head)}, b""
        return
    bornes = Bornes(
        membres=int(params["membres_max"]),
        total=int(params["total_max"]),
        membre=int(params["membre_max"]),
    )
    members = repertoire.lire(file, bornes)
    yield {"genre": "archive"}, b""
    for first in range(0, len(members), LINES):
        yield {"membres": [_line(m) for m in members[first : first + LINES]]}, b""
    found = listes.find(members)
    if found is not None:
        genre, member = found
        if member.refus is not None or member.taille > LIST_MAX:
            raise CodedError("manifeste-invalide", member.refus or "too long")
        content = b"".join(_inflate(file, member))
        yield from listes.dire(genre, member, content)


def sortir(file: BinaryIO, params: Mapping[str, Any]) -> Iterator[Answer]:
    """Yield the bytes of the members whose ranks are in `rangs`.

    Each: `{"rang": n, "suite": true}` with bytes, then `{"rang": n, "refus": code | ""}`.
    The directory is checked again: the child trusts no former one.
    """
    bornes = Bornes(
        membres=int(params["membres_max"]),
        total=int(params["total_max"]),
        membre=int(params["membre_max"]),
    )
    wanted = frozenset(params["rangs"])
    for member in repertoire.lire(file, bornes):
        if member.rang not in wanted:
            continue
        refus = member.refus
        if refus is None:
            try:
                for octets in _inflate(file, member):
                    yield {"rang": member.rang, "suite": True}, octets
            except CodedError as error:
                refus = error.code
        yield {"rang": member.rang, "refus": refus or ""}, b""


def _batch_type(file: BinaryIO, head: bytes) -> str:
    """Return the type of a batch of pages; refuse anything else."""
    kind = signatures.real_type(head)
    if kind in PAGED:
        return kind
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - signatures.ZIP_TAIL))
    is_prefixed = repertoire.END_MARK in file.read()
    raise CodedError("archive-illisible" if is_prefixed else "type-non-accepte")


def _line(member: Membre) -> dict[str, Any]:
    return {
        "rang": member.rang,
        "nom": member.nom,
        "brut": member.brut.hex(),
        "taille": member.taille,
        "refus": member.refus or "",
    }


def _inflate(file: BinaryIO, member: Membre) -> Iterator[bytes]:
    """Yield a member's bytes; `archive-illisible` when they are not what is announced."""
    file.seek(repertoire.data_place(file, member))
    source = _Bounded(file, member.compresse)
    crc = size = 0
    for octets in _decoded(source, member.methode):
        size += len(octets)
        if size > member.taille:
            raise CodedError("archive-bombe", "larger than announced")
        crc = zlib.crc32(octets, crc)
        yield octets
    if size != member.taille or crc != member.crc:
        raise CodedError("archive-illisible", "size or checksum")


class _Bounded:
    """A file that ends where a member ends."""

    def __init__(self, file: BinaryIO, left: int) -> None:
        self._file = file
        self._left = left

    def read(self) -> bytes:
        octets = self._file.read(min(CHUNK, self._left))
        self._left -= len(octets)
        return octets


def _decoded(source: _Bounded, method: int) -> Iterator[bytes]:
    if method == repertoire.STORED:
        while octets := source.read():
            yield octets
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        while not inflater.eof:
            octets = inflater.unconsumed_tail or source.read()
            out = inflater.decompress(octets, CHUNK)
            if not out and not octets:
                raise CodedError("archive-illisible", "cut")
            if out:
                yield out
    except zlib.error as error:
        raise CodedError("archive-illisible", str(error)) from None
