"""A mail server on loopback that speaks real SMTP, and misbehaves as told."""

import contextlib
import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

MODES = (
    "accepte", "banniere_muette", "421", "450", "451", "452", "550", "552",
    "tls_refuse", "coupe_apres_data", "lent",
)  # fmt: skip


def certificate(folder: Path, hote: str) -> ssl.SSLContext:
    """Make a server's side of TLS, signed by itself, for a host name."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hote)])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=36_500))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(hote)]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "serveur.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(path)
    return made


@dataclass
class Serveur:
    """Accepts messages one connection at a time; `mode` may change between two."""

    mode: str = "accepte"
    recus: list[bytes] = field(default_factory=list)
    tentatives: int = 0
    contexte: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        """Take a free port."""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(0.1)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listening.getsockname()[1])

    def close(self) -> None:
        """Stop listening."""
        self._stopped.set()
        self._thread.join(2)
        self._listening.close()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            with contextlib.suppress(OSError):
                link, _ = self._listening.accept()
                self.tentatives += 1
                with link, contextlib.suppress(OSError, ssl.SSLError):
                    link.settimeout(5)
                    self._talk(link)

    def _talk(self, link: socket.socket) -> None:
        if self.mode == "banniere_muette":
            self._stopped.wait(1.5)
            return
        if self.mode == "421":
            link.sendall(b"421 4.3.2 revenez plus tard\r\n")
            return
        if self.contexte is not None:
            link = self.contexte.wrap_socket(link, server_side=True)
        self._say(link, b"220 facteur ESMTP\r\n")
        reader = link.makefile("rb")
        while line := reader.readline(4096):
            word = line[:4].upper()
            if word in {b"EHLO", b"HELO"}:
                self._say(link, b"250-facteur\r\n250 8BITMIME\r\n")
            elif word == b"STAR":
                self._say(link, b"454 4.7.0 TLS indisponible\r\n")
            elif word == b"RCPT" and self.mode in {"450", "451", "452", "550", "552"}:
                self._say(link, f"{self.mode} 4.2.0 non\r\n".encode())
            elif word == b"DATA":
                self._say(link, b"354 continuez\r\n")
                self._keep(reader)
                if self.mode == "coupe_apres_data":
                    return
                self._say(link, b"250 2.0.0 pris\r\n")
            elif word == b"QUIT":
                self._say(link, b"221 2.0.0 au revoir\r\n")
                return
            else:
                self._say(link, b"250 2.0.0 bien\r\n")

    def _say(self, link: socket.socket, words: bytes) -> None:
        if self.mode != "lent":
            link.sendall(words)
            return
        for rank in range(len(words)):
            link.sendall(words[rank : rank + 1])
            time.sleep(0.2)

    def _keep(self, reader: "socket.SocketIO | object") -> None:
        lines = []
        while (line := reader.readline()) not in {b".\r\n", b""}:  # type: ignore[attr-defined]
            lines.append(line)
        self.recus.append(b"".join(lines))


@contextlib.contextmanager
def serving(mode: str = "accepte", **options: object) -> Iterator[Serveur]:
    """Run a server for the length of the `with`."""
    made = Serveur(mode=mode, **options)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        made.close()
