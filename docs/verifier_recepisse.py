"""Check a receipt without the service: its signature, and the file it speaks of.

    python verifier_recepisse.py CLE_PUBLIQUE recepisse.json fichier

CLE_PUBLIQUE is shown in hexadecimal beside the receipts of the portal; `recepisse.json` is
what the deposit answered. Needs the package `cryptography`. Exits 0 when all holds.
"""

# ruff: noqa: INP001 - a script of its own, no package

import hashlib
import json
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def check(key: str, receipt: dict[str, object], content: bytes) -> str | None:
    """Return what is wrong with a receipt (French), None when nothing is."""
    moment = f"{str(receipt['recu_le'])[:19]}Z"
    signed = [receipt["reference"], receipt["empreinte"], receipt["taille"], moment]
    text = json.dumps(signed, separators=(",", ":")).encode()
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
            bytes.fromhex(str(receipt["recepisse"])), text
        )
    except (InvalidSignature, ValueError):
        return "La signature n'est pas celle du service, ou le récépissé a été modifié."
    if hashlib.sha256(content).hexdigest() != receipt["empreinte"]:
        return "Le récépissé est vrai, mais il parle d'un autre fichier."
    return None


if __name__ == "__main__":
    public_key, receipt_path, file_path = sys.argv[1:]
    sys.exit(
        check(
            public_key,
            json.loads(Path(receipt_path).read_text(encoding="utf-8")),
            Path(file_path).read_bytes(),
        )
    )
