"""Envelopes in the child: what they hold, what their list says, their files one by one.

Nothing is written by name: `socle.archives` checks the directory and counts what inflates.
"""

import io
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from intake.boite import listes, signatures
from socle import archives
from socle.archives import Bornes, Membre
from socle.sandbox_server import Answer, CodedError

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
    if head[:4] not in {archives.LOCAL_MARK, archives.END_MARK}:
        yield {"genre": "lot", "type": _batch_type(file, head)}, b""
        return
    bornes = Bornes(
        membres=int(params["membres_max"]),
        total=int(params["total_max"]),
        membre=int(params["membre_max"]),
    )
    members = archives.lire(file, bornes)
    yield {"genre": "archive"}, b""
    for first in range(0, len(members), LINES):
        yield {"membres": [_line(m) for m in members[first : first + LINES]]}, b""
    found = listes.find(members)
    if found is not None:
        genre, member = found
        if member.refus is not None or member.taille > LIST_MAX:
            raise CodedError("manifeste-invalide", member.refus or "too long")
        content = b"".join(archives.inflate(file, member))
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
    for member in archives.lire(file, bornes):
        if member.rang not in wanted:
            continue
        refus = member.refus
        if refus is None:
            try:
                for octets in archives.inflate(file, member):
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
    is_prefixed = archives.END_MARK in file.read()
    raise CodedError("archive-illisible" if is_prefixed else "type-non-accepte")


def _line(member: Membre) -> dict[str, Any]:
    return {
        "rang": member.rang,
        "nom": member.nom,
        "brut": member.brut.hex(),
        "taille": member.taille,
        "refus": member.refus or "",
    }
