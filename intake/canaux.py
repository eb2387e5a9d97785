"""The other doors: a watched folder, a mailbox, a folder taken as a colis.

They only find files that are whole and say whose they are; what receives them is handed
in. A file leaves its place after its receipt, never before: cut in between, it is sent
again and gets the same receipt.
"""

import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from intake.boite.listes import METADATA_NAME
from socle.errors import UnavailableError

if TYPE_CHECKING:
    from imap_tools import MailMessage

DONE, REFUSED = "recus", "refuses"
_STAMP = (2000, 1, 1, 0, 0, 0)
_INDEX = re.compile(r"index[\w .-]{0,60}\.(?:csv|txt)", re.IGNORECASE)
_PLUS = re.compile(r"\+([A-Za-z0-9_-]{1,80})@")
MAIL_BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivee:
    """One file that came: where its bytes are, its name, whose it is said to be."""

    chemin: Path
    nom: str
    # code, reference or SIRET, when the door says it
    collectivite: str | None = None


def is_colis_folder(folder: Path) -> bool:
    """Tell whether a folder holds a list of its own: it is then one colis."""
    return any(
        path.is_file()
        and (path.name.lower() == METADATA_NAME or _INDEX.fullmatch(path.name))
        for path in folder.iterdir()
    )


def is_folder(chemin: Path) -> bool:
    """Tell whether what is handed over is a folder."""
    return chemin.is_dir()


def is_archive(chemin: Path) -> bool:
    """Tell whether a file begins as an archive does; only its first bytes are read."""
    with chemin.open("rb") as file:
        return file.read(4) in {b"PK\x03\x04", b"PK\x05\x06"}


def pack(folder: Path, target: Path) -> None:
    """Make one archive of a folder, nothing compressed, always the same bytes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as packed:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and path.name[0] != ".":
                name = path.relative_to(folder).as_posix()
                with (
                    path.open("rb") as source,
                    packed.open(zipfile.ZipInfo(name, _STAMP), "w") as sink,
                ):
                    while chunk := source.read(1 << 20):
                        sink.write(chunk)


@dataclass(slots=True)
class DossierSurveille:
    """A watched folder: `<folder>/file`, or `<folder>/<collectivité>/file`.

    A file is taken once its size and date stood still between two looks; then it is moved
    to `recus`, or to `refuses` with the reason beside it.
    """

    dossier: Path
    _seen: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def look(self) -> list[Arrivee]:
        """Return the files that have stood still since the last look."""
        ready, now = [], {}
        for path in self._files():
            known = path.stat(follow_symlinks=False)
            mark = (known.st_size, known.st_mtime_ns)
            now[path] = mark
            if self._seen.get(path) == mark:
                parent = path.parent
                home = None if parent == self.dossier else parent.name
                ready.append(Arrivee(chemin=path, nom=path.name, collectivite=home))
        self._seen = now
        return ready

    def _files(self) -> Iterator[Path]:
        folders = [self.dossier, *sorted(self.dossier.iterdir())]
        for folder in folders:
            if folder.name in {DONE, REFUSED} or folder.is_symlink():
                continue
            if folder.is_dir():
                for path in sorted(folder.iterdir()):
                    mode = path.stat(follow_symlinks=False).st_mode
                    if stat.S_ISREG(mode) and not path.name.startswith("."):
                        yield path

    def put_away(self, arrivee: Arrivee, refus: str | None) -> None:
        """Move a file out of the way, its receipt or its refusal beside it."""
        place = self.dossier / (REFUSED if refus else DONE)
        place.mkdir(mode=0o700, exist_ok=True)
        target = place / arrivee.nom
        rank = 1
        while target.exists():
            target = place / f"{arrivee.chemin.stem}-{rank}{arrivee.chemin.suffix}"
            rank += 1
        if refus:
            target.with_name(f"{target.name}.motif.txt").write_text(f"{refus}\n")
        arrivee.chemin.rename(target)
        self._seen.pop(arrivee.chemin, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Boite:
    """Where a mailbox is: `imaps://user:password@host:port/INBOX` (or `imap://`)."""

    hote: str
    port: int
    utilisateur: str
    mot_de_passe: str
    dossier: str
    is_chiffre: bool

    @classmethod
    def of(cls, url: str) -> "Boite":
        """Read the address; raises `UnavailableError` when it is not one."""
        parts = urlsplit(url)
        if parts.scheme not in {"imap", "imaps"} or not parts.hostname:
            raise UnavailableError(
                "messagerie-mal-reglee",
                "VAGUEMESTRE_IMAP s’écrit imaps://compte:secret@serveur/INBOX.",
            )
        is_secure = parts.scheme == "imaps"
        return cls(
            hote=parts.hostname,
            port=parts.port or (993 if is_secure else 143),
            utilisateur=unquote(parts.username or ""),
            mot_de_passe=unquote(parts.password or ""),
            dossier=unquote(parts.path.strip("/")) or "INBOX",
            is_chiffre=is_secure,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceJointe:
    """One attachment: its bytes, its name, whose mailbox address it was sent to."""

    nom: str
    octets: bytes
    collectivite: str | None


def empty_mailbox(
    boite: Boite,
    take: Callable[[PieceJointe], bool],
    nothing: Callable[[], None] = lambda: None,
) -> int:
    """Hand over the attachments of unread mails; return how many mails were taken.

    A mail is marked read after all its attachments have their receipts: `take` raises to
    leave it unread, and it comes again; it answers False for a file refused, and the mail
    is flagged for whoever reads the box, as one without any file (`nothing` is told).
    Raises `UnavailableError` when nobody answers.
    """
    from imap_tools import MailBox, MailboxLoginError, MailBoxUnencrypted
    from imap_tools.errors import ImapToolsError

    kind = MailBox if boite.is_chiffre else MailBoxUnencrypted
    taken = 0
    try:
        with kind(boite.hote, boite.port, timeout=30).login(
            boite.utilisateur, boite.mot_de_passe, boite.dossier
        ) as box:
            for mail in box.fetch("UNSEEN", mark_seen=False, limit=MAIL_BATCH):
                took = [take(piece) for piece in attachments(mail)]
                if not took:
                    nothing()
                if mail.uid:
                    box.flag(mail.uid, r"\Seen", value=True)
                    if not took or not all(took):
                        box.flag(mail.uid, r"\Flagged", value=True)
                taken += 1
    except (OSError, MailboxLoginError, ImapToolsError) as error:
        raise UnavailableError(
            "messagerie-injoignable",
            f"La boîte aux lettres ne répond pas ({type(error).__name__}). Rien n’est "
            "perdu : les messages y restent.",
        ) from error
    return taken


def attachments(mail: "MailMessage") -> Iterator[PieceJointe]:
    """Return the files of a mail; whose they are is written after the + of the address."""
    found = next((m[1] for address in mail.to if (m := _PLUS.search(address))), None)
    for part in mail.attachments:
        if part.payload and part.content_disposition != "inline":
            yield PieceJointe(
                nom=part.filename or "piece-jointe",
                octets=part.payload,
                collectivite=found,
            )
