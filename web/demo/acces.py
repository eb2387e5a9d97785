"""The accounts of the demo: one per role, each with a password nobody else has."""

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Any

from records.store import comptes
from records.store.comptes import NouveauCompte
from records.vocabulary import Role
from socle.db import Database, WriteSession
from web.passwords import hash_password

# without the signs one takes for another when copying from a screen
_SIGNS = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acces:
    """An account of the demo; `mot_de_passe` is None when it was there before."""

    identifiant: str
    role: str
    perimetre: str
    mot_de_passe: str | None


def random_password() -> str:
    """Draw a password of 20 signs (100 bits) that can be copied by hand."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(5)) for _ in range(4))


def open_accounts(
    db: Database, register: dict[str, Any], *, now: dt.datetime
) -> list[Acces]:
    """Open the accounts that are missing; those already there keep their password."""
    present = {compte.identifiant for compte in db.read(comptes.list_comptes)}
    made = []
    for nouveau, perimetre in _wanted(db, register):
        password = None
        if nouveau.identifiant not in present:
            password = random_password()
            db.write(_open, nouveau, hash_password(password), now)
        made.append(
            Acces(
                identifiant=nouveau.identifiant,
                role=Role.of(nouveau.role).label,
                perimetre=perimetre,
                mot_de_passe=password,
            )
        )
    return made


def _wanted(db: Database, register: dict[str, Any]) -> list[tuple[NouveauCompte, str]]:
    found = [
        (db.read(comptes.find_collectivite, row["code"]), row)
        for row in register["collectivites"]
    ]
    wanted = [
        (
            NouveauCompte(
                identifiant=f"rh.{rank}@demo",
                role=Role.COLLECTIVITE.code,
                collectivites=[home],
            ),
            str(row["nom"]),
        )
        for rank, (home, row) in enumerate(found, start=1)
    ]
    everywhere = [home for home, _ in found]
    for name, role, sees_secret in (
        ("gestionnaire@demo", Role.GESTIONNAIRE, True),
        ("operateur@demo", Role.OPERATEUR, False),
        ("administrateur@demo", Role.ADMINISTRATEUR, False),
    ):
        nouveau = NouveauCompte(
            identifiant=name,
            role=role.code,
            collectivites=everywhere if role is Role.GESTIONNAIRE else [],
            has_secret_medical=sees_secret,
        )
        wanted.append((nouveau, "les trois collectivités"))
    return wanted


def _open(
    session: WriteSession, nouveau: NouveauCompte, hashed: str, now: dt.datetime
) -> None:
    _, secret = comptes.create_compte(session, nouveau, now=now)
    comptes.activate(session, secret, hashed, now=now)
