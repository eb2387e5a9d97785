"""The second factor (TOTP, RFC 6238): secrets sealed, steps spent once, spare codes.

The code of the moment is accepted one step (30 s) early or late, and never twice.
"""

import datetime as dt
import io
import re
import secrets

import pyotp
import segno

from records.store import facteurs
from socle.crypto import Coffre
from socle.db import WriteSession

EMETTEUR = "Vaguemestre"
STEP_S = 30
SLACK = 1
NB_CODES = 10
_SIGNS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_CODE = re.compile(r"[0-9]{6}")
_PIXELS, _QUIET = 6, 4


def new_secret() -> str:
    """Draw a secret of 160 bits, in base 32 as applications take it."""
    return pyotp.random_base32(32)


def seal(coffre: Coffre, compte_id: int, secret: str) -> bytes:
    """Seal a secret for one account: moved to another row, it no longer opens."""
    return coffre.seal(secret, context=_context(compte_id))


def unseal(coffre: Coffre, compte_id: int, scelle: bytes) -> str:
    """Return the secret of an account."""
    return coffre.open(scelle, context=_context(compte_id))


def _context(compte_id: int) -> str:
    return f"totp\0{compte_id}"


def address(secret: str, identifiant: str) -> str:
    """Return the `otpauth:` address an application reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=identifiant, issuer_name=EMETTEUR)


def picture(text: str) -> bytes:
    """Return a text as a QR code, in PNG."""
    buffer = io.BytesIO()
    made = segno.make(text, error="m", micro=False)
    made.save(buffer, kind="png", scale=_PIXELS, border=_QUIET)
    return buffer.getvalue()


def step_of(secret: str, given: str, now: dt.datetime) -> int | None:
    """Return the step a code belongs to, None when it is not one of this moment."""
    code = re.sub(r"\s", "", given)
    if not _CODE.fullmatch(code):
        return None
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP_S
    for step in range(current - SLACK, current + SLACK + 1):
        if secrets.compare_digest(totp.generate_otp(step), code):
            return step
    return None


def new_codes() -> tuple[str, ...]:
    """Draw the recovery codes, shown once: ten times 49 bits."""
    return tuple(
        "-".join("".join(secrets.choice(_SIGNS) for _ in range(5)) for _ in range(2))
        for _ in range(NB_CODES)
    )


def fingerprint(coffre: Coffre, compte_id: int, code: str) -> str:
    """Return what is kept of a recovery code: a keyed hash, for one account."""
    plain = re.sub(r"[\s-]", "", code).upper()
    return coffre.fingerprint(plain, context=f"secours\0{compte_id}")


def spend(
    session: WriteSession, coffre: Coffre, compte_id: int, given: str, now: dt.datetime
) -> bool:
    """Tell whether a code opens the account, and spend it: never twice."""
    known = facteurs.get(session, compte_id)
    if not known.is_actif or known.scelle is None:
        return False
    step = step_of(unseal(coffre, compte_id, known.scelle), given, now)
    if step is not None:
        return facteurs.spend_step(session, compte_id, step)
    return facteurs.spend_code(
        session, compte_id, fingerprint(coffre, compte_id, given), now=now
    )
