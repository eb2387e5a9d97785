"""A ZIP of strangers: its directory read by ourselves, its members inflated under a count.

Refuses whole what no honest tool writes (overlap, two directories, bytes before or after,
names that differ between the two headers); judges each member for the rest, so that one
bad member sinks no other. Members are read by their place: a name is shown, never used.
For the children of every desk; pure bytes, no third-party reader.
"""

import io
import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from socle.sandbox_server import CodedError

END = struct.Struct("<4s4H2LH")
CENTRAL = struct.Struct("<4s6H3L5H2L")
LOCAL = struct.Struct("<4s5H3L2H")
END_MARK, CENTRAL_MARK, LOCAL_MARK = b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04"
COMMENT_MAX = 0xFFFF
ZIP64, ZIP64_COUNT = 0xFFFFFFFF, 0xFFFF
STORED, DEFLATED = 0, 8
ENCRYPTED, STRONG, MASKED, UTF8 = 0x1, 0x40, 0x2000, 0x800
AES = 99
UNIX = 3
NAME_MAX = 1024
RATIO_MEMBER, RATIO_WHOLE = 100, 50
CHUNK = 1 << 20
# below this size, an even page deflates beyond any ratio and harms nobody
RATIO_FROM = 4 << 20
_ARCHIVES = frozenset({"zip", "jar", "7z", "rar", "tar", "gz", "tgz", "bz2", "xz"})
_TRICKS = frozenset(
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Membre:
    """One member: where its bytes are, how large, and why it cannot be taken out."""

    rang: int
    brut: bytes
    nom: str
    methode: int
    crc: int
    compresse: int
    taille: int
    place: int
    refus: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bornes:
    """What an archive may hold."""

    membres: int
    total: int
    membre: int
    # how many times its size the whole may inflate to
    ratio: int = RATIO_WHOLE


def lire(file: BinaryIO, bornes: Bornes) -> list[Membre]:
    """Return the members that are files, in the order of the directory.

    Raises `CodedError`: `archive-illisible`, `archive-bombe`, `archive-protegee`,
    `trop-d-elements`; the code all members share when none can be taken out.
    """
    size = file.seek(0, io.SEEK_END)
    count, length, start = _end(file, size)
    if count > bornes.membres:
        raise CodedError("trop-d-elements", str(count))
    file.seek(start)
    directory = file.read(length)
    found = list(_central(directory, count))
    _check_places(file, found, start)
    judged = [_bounded(m, bornes) for m in found if not _is_folder(m)]
    taken = [m for m in judged if m.refus is None]
    kept, squeezed = sum(m.taille for m in taken), sum(m.compresse for m in taken)
    if kept > bornes.total:
        raise CodedError("archive-bombe", "total")
    if kept > max(4 * RATIO_FROM, bornes.ratio * squeezed):
        raise CodedError("archive-bombe", "ratio")
    codes = {m.refus for m in judged}
    if judged and not taken and len(codes) == 1:
        raise CodedError(judged[0].refus or "", "every member")
    return judged


def _end(file: BinaryIO, size: int) -> tuple[int, int, int]:
    """Return (members, bytes, place) of the only directory, or refuse."""
    tail = min(size, END.size + COMMENT_MAX)
    file.seek(size - tail)
    octets = file.read(tail)
    at = octets.rfind(END_MARK)
    if at < 0 or at + END.size > len(octets):
        raise CodedError("archive-illisible", "no end")
    _, disk, first, here, count, length, start, comment = END.unpack_from(octets, at)
    place = size - tail + at
    if ZIP64 in {length, start} or ZIP64_COUNT in {here, count}:
        raise CodedError("archive-illisible", "zip64")
    if disk or first or here != count or at + END.size + comment != len(octets):
        raise CodedError("archive-illisible", "end")
    if start + length != place:
        raise CodedError("archive-illisible", "bytes before or two directories")
    return count, length, start


def _central(directory: bytes, count: int) -> Iterator[Membre]:
    at = 0
    for rank in range(1, count + 1):
        if at + CENTRAL.size > len(directory):
            raise CodedError("archive-illisible", "directory cut")
        entry = CENTRAL.unpack_from(directory, at)
        mark, made, _, flags, method, _, _, crc, squeezed, size = entry[:10]
        name_len, extra_len, comment_len, disk, _, external, place = entry[10:]
        if mark != CENTRAL_MARK or disk or name_len > NAME_MAX:
            raise CodedError("archive-illisible", f"entry {rank}")
        if ZIP64 in {squeezed, size, place}:
            raise CodedError("archive-illisible", "zip64")
        at += CENTRAL.size
        raw = directory[at : at + name_len]
        at += name_len + extra_len + comment_len
        system = made >> 8
        yield Membre(
            rang=rank,
            brut=raw,
            nom=decode(raw, is_utf8=bool(flags & UTF8), is_unix=system == UNIX),
            methode=method,
            crc=crc,
            compresse=squeezed,
            taille=size,
            place=place,
            refus=_refusal(raw, flags, method, external >> 16 if system == UNIX else 0),
        )
    if at != len(directory):
        raise CodedError("archive-illisible", "directory too long")


def decode(raw: bytes, *, is_utf8: bool, is_unix: bool) -> str:
    """Read a name: UTF-8 when it is, else what the system that wrote it used."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if is_utf8 or is_unix:
        return raw.decode("cp1252", "replace")
    return raw.decode("cp850", "replace")


def _refusal(raw: bytes, flags: int, method: int, mode: int) -> str | None:
    """Say why a member cannot be taken out, by its entry alone."""
    if flags & (ENCRYPTED | STRONG | MASKED) or method == AES:
        return "archive-protegee"
    kind = stat.S_IFMT(mode)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR} or is_forbidden(raw):
        return "archive-chemin-interdit"
    if method not in {STORED, DEFLATED}:
        return "archive-illisible"
    return None


def is_forbidden(raw: bytes) -> bool:
    """Tell whether a name could leave a folder, or lies about what it shows."""
    text = decode(raw, is_utf8=True, is_unix=True).replace("\\", "/")
    if any(sign < " " or sign == "\x7f" or sign in _TRICKS for sign in text):
        return True
    has_drive = text[1:2] == ":" and text[:1].isalpha()
    return text.startswith("/") or has_drive or ".." in text.split("/")


def _is_folder(member: Membre) -> bool:
    return member.brut.endswith(b"/") and member.taille == 0


def _bounded(member: Membre, bornes: Bornes) -> Membre:
    """Add to a member's entry what its name and its sizes say against it."""
    if member.refus is not None:
        return member
    ratio = member.taille / max(1, member.compresse)
    if is_archive(member.nom):
        return replace(member, refus="archive-imbriquee")
    if member.taille > RATIO_FROM and ratio > RATIO_MEMBER:
        return replace(member, refus="archive-bombe")
    if member.taille > bornes.membre:
        return replace(member, refus="fichier-trop-gros")
    return member


def is_archive(nom: str) -> bool:
    """Tell whether a name says that it is an archive."""
    return nom.rpartition(".")[2].lower() in _ARCHIVES


def _check_places(file: BinaryIO, members: list[Membre], limit: int) -> None:
    """Refuse members that share bytes, or whose two headers tell two stories."""
    ends = 0
    for member in sorted(members, key=lambda m: m.place):
        if member.place < ends:
            raise CodedError("archive-bombe", "overlap")
        ends = data_place(file, member) + member.compresse
        if ends > limit:
            raise CodedError("archive-illisible", "past the directory")


def data_place(file: BinaryIO, member: Membre) -> int:
    """Return where the bytes of a member begin; refuse a local header that differs."""
    file.seek(member.place)
    head = file.read(LOCAL.size)
    if len(head) < LOCAL.size:
        raise CodedError("archive-illisible", "local header cut")
    mark, _, _, method, _, _, _, _, _, name_len, extra_len = LOCAL.unpack(head)
    same = mark == LOCAL_MARK and method == member.methode
    if not same or file.read(name_len) != member.brut:
        raise CodedError("archive-illisible", "local and central differ")
    return int(member.place + LOCAL.size + name_len + extra_len)


def inflate(file: BinaryIO, member: Membre) -> Iterator[bytes]:
    """Yield a member's bytes; `archive-illisible` when they are not what is announced."""
    file.seek(data_place(file, member))
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
    if method == STORED:
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
