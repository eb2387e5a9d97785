"""A mail server on loopback (aiosmtpd) that misbehaves as told."""

import asyncio
import contextlib
import datetime as dt
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

REFUSALS = ("450", "451", "452", "550", "552")


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
class Boite:
    """What the server does and got; `mode` may change between two connections."""

    mode: str = "accepte"
    recus: list[bytes] = field(default_factory=list)
    tentatives: int = 0

    async def handle_MAIL(  # noqa: N802 - the name aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str,
        _options: list[str],
    ) -> str:  # fmt: skip
        """Refuse us, when told to."""
        if self.mode == "530":
            return "530 5.7.0 qui êtes-vous"
        envelope.mail_from = address
        return "250 2.0.0 bien"

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str,
        _options: list[str],
    ) -> str:  # fmt: skip
        """Refuse the address, when told to."""
        if self.mode in REFUSALS:
            return f"{self.mode} {self.mode[0]}.2.0 non"
        envelope.rcpt_tos.append(address)
        return "250 2.0.0 bien"

    async def handle_DATA(  # noqa: N802 - the name aiosmtpd calls
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take the message; hang up without a word, when told to."""
        assert isinstance(envelope.original_content, bytes)
        self.recus.append(envelope.original_content)
        if self.mode == "coupe_apres_data":
            assert server.transport is not None
            server.transport.abort()
        return "250 2.0.0 pris"


class _Protocole(SMTP):
    """SMTP as the library speaks it, but for a bad start or a slow tongue."""

    async def _handle_client(self) -> None:
        mode = self.event_handler.mode
        if mode == "banniere_muette":
            await asyncio.sleep(1.5)
        elif mode == "421":
            await self.push("421 4.3.2 revenez plus tard")
        else:
            await super()._handle_client()
            return
        self.transport.close()

    async def push(self, status: str | bytes) -> None:
        """Say a line, a byte every fifth of a second when told to be slow."""
        if self.event_handler.mode == "lent":
            for sign in str(status):
                self._writer.write(sign.encode())
                await asyncio.sleep(0.2)
        await super().push(status)


class _Ecoute(Controller):
    def _trigger_server(self) -> None:
        # the library calls itself once to begin: at the port it was given
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()

    def factory(self) -> SMTP:
        """Build the server's side of one connection."""
        self.handler.tentatives += 1
        return _Protocole(self.handler, **self.SMTP_kwargs)


@dataclass
class Serveur:
    """A server running, and its box."""

    boite: Boite
    port: int

    @property
    def recus(self) -> list[bytes]:
        """The messages it took."""
        return self.boite.recus

    @property
    def tentatives(self) -> int:
        """How many connections it saw."""
        return self.boite.tentatives

    @property
    def mode(self) -> str:
        """How it behaves."""
        return self.boite.mode

    @mode.setter
    def mode(self, mode: str) -> None:
        self.boite.mode = mode


@contextlib.contextmanager
def serving(
    mode: str = "accepte", contexte: ssl.SSLContext | None = None
) -> Iterator[Serveur]:
    """Run a server for the length of the `with`."""
    boite = Boite()
    listening = _Ecoute(
        boite, hostname="127.0.0.1", port=0, ssl_context=contexte,
        server_hostname="facteur",
    )  # fmt: skip
    listening.start()
    try:
        boite.mode, boite.tentatives = mode, 0
        yield Serveur(boite=boite, port=listening.port)
    finally:
        listening.stop()
