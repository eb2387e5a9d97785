"""The other doors: command, watched folder, mailbox; a receipt before a file moves."""

import asyncio
import email.message
import json
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from intake import tables as it
from intake.canaux import Boite, DossierSurveille
from records import tables as t
from records import tables_colis as tc
from records.vocabulary import Canal
from socle.clock import ManualClock
from socle.db import Database, ReadSession, WriteSession
from socle.errors import UnavailableError
from socle.settings import Settings
from tests.bilan.maison import ROOT, environment
from tests.drills import papiers
from tests.intake import colisages
from tests.intake.colisages import Papier
from tests.web.maison import NOW
from web.arrivees import Porte
from web.commands.surveiller import take_folder, take_mail
from web.services import Services, build_services

SIRET = "21617998600015"


@pytest.fixture
def services(sqlite: Database, tmp_path: Path) -> Iterator[Services]:
    """Give a product with one collectivité, known as COL9."""
    url = sqlite.url.render_as_string(hide_password=False)
    settings = Settings(
        _env_file=None, donnees=tmp_path / "var", base=url, reserve_disque=0
    )  # type: ignore[call-arg]

    def name(session: WriteSession) -> None:
        session.add(
            t.Collectivite(
                reference="CL-ESSAI", reference_externe="COL9", nom="Azur", siret=SIRET
            )
        )

    sqlite.write(name)
    built = build_services(settings, clock=ManualClock(NOW))
    yield built
    built.queue.close()
    asyncio.run(built.db.aclose())


def packed(rank: int = 1) -> bytes:
    papers = [Papier("a.pdf", papiers.letter(rank))]
    said = colisages.metadata(papers, {"1": {"siret": SIRET}}, numero=f"C-{rank}")
    return colisages.with_metadata(papers, said)


def received(session: ReadSession) -> dict[str, int]:
    """Count what came in, by kind and channel."""
    found = {}
    for kind, table in (("depot", it.Depot), ("colis", tc.Colis)):
        for canal, count in session.execute(
            sa.select(table.canal, sa.func.count()).group_by(table.canal)
        ):
            found[f"{kind}/{canal}"] = count
    return found


def told(session: ReadSession) -> list[tuple[str, str]]:
    """Return the open tasks: their code, and the file they name."""
    rows = session.execute(
        sa.select(t.Tache.code, t.Tache.detail).where(
            t.Tache.is_ouverte, t.Tache.proprietaire == "operateur"
        )
    )
    return [
        (code, detail.strip("« (").split(" »")[0].strip("()")) for code, detail in rows
    ]


def test_a_watched_folder_takes_what_stands_still(
    services: Services, tmp_path: Path
) -> None:
    """A file being written waits; whole ones leave after their receipt; wrong ones say."""
    folder = tmp_path / "arrivees"
    (folder / "COL9").mkdir(parents=True)
    (folder / "colis.zip").write_bytes(packed())
    (folder / "COL9" / "lettre.pdf").write_bytes(papiers.letter(2))
    (folder / "perdu.pdf").write_bytes(papiers.letter(3))
    (folder / "lien.pdf").symlink_to(folder / "perdu.pdf")
    watched = DossierSurveille(folder)
    porte = Porte(services=services, canal=Canal.DOSSIER, depose_par="essai")
    assert 0 == take_folder(porte, watched)
    (folder / "colis.zip").write_bytes(packed(5))

    first = take_folder(porte, watched)
    second = take_folder(porte, watched)

    assert (2, 1) == (first, second)
    assert {"depot/dossier": 1, "colis/dossier": 1} == services.db.read(received)
    assert {"colis.zip", "lettre.pdf"} == {p.name for p in (folder / "recus").iterdir()}
    assert (
        "collectivite-a-preciser"
        in (folder / "refuses" / "perdu.pdf.motif.txt").read_text()
    )
    assert 0 == take_folder(porte, watched)
    assert [("collectivite-a-preciser", "perdu.pdf")] == services.db.read(told)


@dataclass
class Facteur:
    """A mail server of one box, on the loopback: enough IMAP to be emptied."""

    mails: list[bytes]
    drapeaux: dict[int, set[str]] = field(default_factory=dict)

    def answer(self, tag: str, line: str) -> Iterator[bytes]:
        """Answer one command."""
        words = line.split(" ")
        verb = words[0].upper()
        if verb == "UID":
            yield from self._uid(words[1:])
        elif verb == "CAPABILITY":
            yield b"* CAPABILITY IMAP4rev1\r\n"
        elif verb == "SELECT":
            yield b"* %d EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n" % len(self.mails)
        elif verb == "LOGIN" and "secret" not in line:
            yield f"{tag} NO refuse\r\n".encode()
            return
        yield f"{tag} OK fait\r\n".encode()

    def _uid(self, words: list[str]) -> Iterator[bytes]:
        verb = words[0].upper()
        if verb == "SEARCH":
            unseen = [
                n
                for n in range(1, len(self.mails) + 1)
                if "\\Seen" not in self.drapeaux.get(n, set())
            ]
            yield b"* SEARCH " + " ".join(map(str, unseen)).encode() + b"\r\n"
        elif verb == "FETCH":
            uid = int(words[1])
            mail = self.mails[uid - 1]
            yield b"* %d FETCH (UID %d FLAGS () BODY[] {%d}\r\n" % (uid, uid, len(mail))
            yield mail + b")\r\n"
        elif verb == "STORE":
            flags = " ".join(words[3:]).strip("()").split()
            self.drapeaux.setdefault(int(words[1]), set()).update(flags)


@pytest.fixture
def facteur() -> Iterator[tuple[Facteur, int]]:
    """Run the mail server."""
    post = Facteur(mails=[])

    class Poste(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"* OK IMAP4rev1\r\n")
            while line := self.rfile.readline():
                tag, _, rest = line.decode().strip().partition(" ")
                if rest.upper() == "LOGOUT":
                    self.wfile.write(f"* BYE\r\n{tag} OK\r\n".encode())
                    return
                for part in post.answer(tag, rest):
                    self.wfile.write(part)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Poste)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield post, server.server_address[1]
    server.shutdown()
    server.server_close()


def mail(to: str, *files: tuple[str, bytes]) -> bytes:
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "rh@azur.test", to, "Papiers"
    message.set_content("Bonjour")
    for name, octets in files:
        message.add_attachment(
            octets, maintype="application", subtype="octet-stream", filename=name
        )
    return message.as_bytes()


def test_a_mailbox_is_emptied_once(
    services: Services, facteur: tuple[Facteur, int]
) -> None:
    """Attachments get receipts, then the mail is read; what is refused is flagged."""
    post, port = facteur
    post.mails = [
        mail("depots+COL9@vague.test", ("a.pdf", papiers.letter(11))),
        mail("depots@vague.test", ("colis.zip", packed(12))),
        mail("depots@vague.test", ("b.pdf", papiers.letter(13))),
        mail("depots@vague.test"),
    ]
    boite = Boite.of(f"imap://salle:secret@127.0.0.1:{port}/INBOX")
    porte = Porte(services=services, canal=Canal.MESSAGERIE, depose_par="essai")

    taken = take_mail(porte, boite)
    again = take_mail(porte, boite)

    assert (4, 0) == (taken, again)
    assert {"depot/messagerie": 1, "colis/messagerie": 1} == services.db.read(received)
    flagged = ["\\Flagged" in post.drapeaux[n] for n in (1, 2, 3, 4)]
    assert [False, False, True, True] == flagged
    assert [
        ("collectivite-a-preciser", "b.pdf"), ("courriel-sans-fichier", "sans fichier"),
    ] == services.db.read(told)  # fmt: skip


def test_a_mailbox_that_is_away_loses_nothing(
    services: Services, facteur: tuple[Facteur, int]
) -> None:
    """A wrong secret, a closed door: said, and the mails stay."""
    post, port = facteur
    post.mails = [mail("depots+COL9@vague.test", ("a.pdf", papiers.letter(11)))]
    porte = Porte(services=services, canal=Canal.MESSAGERIE, depose_par="essai")
    for url in (f"imap://salle:faux@127.0.0.1:{port}/", "imap://x:y@127.0.0.1:9/"):
        with pytest.raises(UnavailableError):
            take_mail(porte, Boite.of(url))

    assert {} == post.drapeaux


def _serving(services: Services, folder: Path, port: int) -> subprocess.Popen[str]:
    """Start the whole service on settings that name a folder and a mailbox."""
    env = environment(services.settings) | {
        "VAGUEMESTRE_BASE": services.settings.base,
        "VAGUEMESTRE_SURVEILLER": str(folder),
        "VAGUEMESTRE_IMAP": f"imap://salle:secret@127.0.0.1:{port}/INBOX",
    }
    words = [sys.executable, "-m", "web", "serve", "--port", "0", "--sans-travailleur"]
    return subprocess.Popen(
        words, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def test_serve_watches_what_the_settings_name_and_nobody_else_does(
    services: Services, facteur: tuple[Facteur, int], tmp_path: Path
) -> None:
    """Folder and mailbox are taken by `serve` alone; a second watcher is told so."""
    post, port = facteur
    post.mails = [mail("depots+COL9@vague.test", ("a.pdf", papiers.letter(31)))]
    folder = tmp_path / "arrivees"
    (folder / "COL9").mkdir(parents=True)
    (folder / "COL9" / "lettre.pdf").write_bytes(papiers.letter(32))
    wanted = {"depot/dossier": 1, "depot/messagerie": 1}
    service = _serving(services, folder, port)
    try:
        until = time.monotonic() + 120
        while services.db.read(received) != wanted and time.monotonic() < until:
            time.sleep(0.2)
        other = subprocess.run(
            [sys.executable, "-m", "web", "surveiller", "--une-fois", str(folder)],
            cwd=ROOT, env=environment(services.settings)
            | {"VAGUEMESTRE_BASE": services.settings.base},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        service.terminate()
        service.wait(60)

    assert wanted == services.db.read(received)
    assert 1 == other.returncode
    assert "deja-surveille" in other.stderr


def test_the_command_takes_archives_folders_and_checks_without_keeping(
    services: Services, tmp_path: Path
) -> None:
    """`importer colis`: an archive, a folder with its list; `--verifier` keeps nothing."""
    env = environment(services.settings) | {"VAGUEMESTRE_BASE": services.settings.base}

    def run(*words: str) -> list[dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, "-m", "web", "importer", "colis", "--json", *words],
            cwd=ROOT, env=env, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return json.loads(done.stdout)

    place = tmp_path / "colis.zip"
    place.write_bytes(packed(21))
    folder = tmp_path / "dossier"
    folder.mkdir()
    papers = [Papier("a.pdf", papiers.letter(22))]
    said = colisages.metadata(papers, {"1": {"siret": SIRET}}, nb_documents=2)
    (folder / "metadata.json").write_text(json.dumps(said))
    (folder / "a.pdf").write_bytes(papers[0].octets)

    checked = run("--verifier", str(folder))
    before = services.db.read(received)
    sent = run(str(place), str(folder))
    again = run(str(place), str(folder))

    assert ["nombre-annonce"] == [one["code"] for one in checked[0]["ecarts"]]
    assert {} == before
    assert {"colis/commande": 2} == services.db.read(received)
    assert [False, False] == [one["deja_recu"] for one in sent]
    assert [True, True] == [one["deja_recu"] for one in again]
