"""Sealing of sensitive columns and signing of receipts, from the one master key.

A NIR is never stored in clear: it is sealed (AES-256-GCM) to be shown, and hashed with a
key to be compared.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


@dataclass(frozen=True, slots=True)
class Coffre:
    """The keys derived from the master key, one per use."""

    master: bytes

    def _key(self, use: str) -> bytes:
        return hmac.digest(self.master, use.encode(), hashlib.sha256)

    def derive(self, use: str) -> bytes:
        """Return 32 bytes that belong to one use and tell nothing of the master key."""
        return self._key(use)

    def seal(self, text: str, *, context: str) -> bytes:
        """Encrypt `text`; the ciphertext opens only with the same `context`."""
        nonce = secrets.token_bytes(_NONCE)
        cipher = AESGCM(self._key("sceau"))
        return nonce + cipher.encrypt(nonce, text.encode(), context.encode())

    def open(self, sealed: bytes, *, context: str) -> str:
        """Decrypt what `seal` made; raises `InvalidTag` when moved or changed."""
        cipher = AESGCM(self._key("sceau"))
        opened = cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], context.encode())
        return opened.decode()

    def fingerprint(self, text: str, *, context: str) -> str:
        """Return a keyed hash (hex): equal texts compare equal, nothing else leaks."""
        message = f"{context}\0{text}".encode()
        return hmac.new(self._key("empreinte"), message, hashlib.sha256).hexdigest()

    def sign(self, message: bytes) -> str:
        """Return a signature (hex) of a receipt or a link."""
        return hmac.new(self._key("signature"), message, hashlib.sha256).hexdigest()

    def signed(self, message: bytes, signature: str) -> bool:
        """Tell, in constant time, whether `signature` is ours."""
        return hmac.compare_digest(self.sign(message), signature)
