"""Accounts and their perimeters: the only SQL about who may act.

Secrets are never kept: activation secrets, tokens and cookies are stored as SHA-256 (they
are 192 random bits or more), passwords as the Argon2id text that `web.passwords` makes.
"""

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from records import tables as t
from records import tables_comptes as c
from records.comptes import EVERYTHING, Identite, Perimetre
from records.journal import FaitNouveau, Tag
from records.references import Sujet, new_reference
from records.store import journal
from records.vocabulary import Role
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, NotFoundError, RefusedError

ACTIVATION_MIN = dt.timedelta(minutes=15)
ACTIVATION_MAX = dt.timedelta(days=7)
FREE_FAILURES = 5
FIRST_WAIT = dt.timedelta(minutes=1)
LONGEST_WAIT = dt.timedelta(minutes=15)
# who signs what is done from a shell of the machine
COMMAND_LINE = "commande"
_IDENTIFIANT = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,118}[a-z0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class NouveauCompte:
    """An account to open; `services` narrows one single collectivité."""

    identifiant: str
    role: str
    collectivites: Sequence[int] = ()
    services: Sequence[int] = ()
    has_secret_medical: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Acces:
    """What is needed to judge a password, and how long to wait before trying again."""

    compte_id: int
    mot_de_passe: str | None
    bloque_jusqu_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nom:
    """How the author of a fact is called."""

    reference: str
    identifiant: str
    role: str


def digest(secret: str) -> str:
    """Return what is stored in place of a random secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def canonical(identifiant: str) -> str:
    """Return the identifier as compared: lower case, without blanks around."""
    return identifiant.strip().lower()


# --- accounts ---------------------------------------------------------------


def create_compte(
    session: WriteSession,
    nouveau: NouveauCompte,
    *,
    now: dt.datetime,
    validity: dt.timedelta = dt.timedelta(days=1),
    auteur: str = COMMAND_LINE,
) -> tuple[Identite, str]:
    """Open an account; return it with its one-time activation secret (shown once).

    Raises `RefusedError` (bad identifier, role, perimeter), `ConflictError` (taken).
    """
    identifiant = canonical(nouveau.identifiant)
    _check(nouveau, identifiant)
    taken = sa.select(c.Compte.id).where(c.Compte.identifiant == identifiant)
    if session.scalar(taken) is not None:
        raise ConflictError(
            "identifiant-pris",
            f"L'identifiant « {identifiant} » existe déjà : choisissez-en un autre.",
        )
    secret = secrets.token_urlsafe(24)
    compte = c.Compte(
        reference=new_reference(Sujet.COMPTE, now.year),
        identifiant=identifiant,
        role=nouveau.role,
        has_secret_medical=nouveau.has_secret_medical,
        activation_empreinte=digest(secret),
        activation_expire_at=now + _bounded(validity),
        cree_at=now,
    )
    session.add(compte)
    session.flush()
    give_perimeter(session, compte.id, nouveau)
    session.flush()
    fait = FaitNouveau(
        tag=Tag.COMPTE_CREE,
        sujet=compte.reference,
        auteur=auteur,
        contenu={"role": nouveau.role},
    )
    journal.append(session, fait, now)
    return identity(session, compte), secret


def _check(nouveau: NouveauCompte, identifiant: str) -> None:
    if not _IDENTIFIANT.fullmatch(identifiant):
        raise RefusedError(
            "identifiant-invalide",
            "L'identifiant compte de 3 à 120 lettres sans accent, chiffres ou . _ @ + - "
            "(une adresse électronique convient).",
        )
    roles = [role.code for role in Role]
    if nouveau.role not in roles:
        raise RefusedError(
            "role-inconnu", f"Rôle inconnu : choisissez parmi {', '.join(roles)}."
        )
    if nouveau.role not in EVERYTHING and not nouveau.collectivites:
        raise RefusedError(
            "perimetre-vide", "Indiquez au moins une collectivité pour ce rôle."
        )
    if nouveau.services and len(nouveau.collectivites) != 1:
        raise RefusedError(
            "perimetre-ambigu",
            "Un compte limité à des services porte sur une seule collectivité.",
        )


def _bounded(validity: dt.timedelta) -> dt.timedelta:
    return min(max(validity, ACTIVATION_MIN), ACTIVATION_MAX)


def give_perimeter(
    session: WriteSession, compte_id: int, nouveau: NouveauCompte
) -> None:
    """Write what an account may see; a role that sees everything needs nothing."""
    if nouveau.role in EVERYTHING:
        return
    for collectivite in nouveau.collectivites:
        for service in nouveau.services or (None,):
            session.add(
                c.PerimetreCompte(
                    compte_id=compte_id,
                    collectivite_id=collectivite,
                    service_id=service,
                )
            )


def renew_activation(
    session: WriteSession,
    identifiant: str,
    *,
    now: dt.datetime,
    validity: dt.timedelta = dt.timedelta(days=1),
) -> str:
    """Give a new activation secret (forgotten password); every session ends."""
    compte = _compte(session, identifiant)
    secret = secrets.token_urlsafe(24)
    compte.activation_empreinte = digest(secret)
    compte.activation_expire_at = now + _bounded(validity)
    close_every_session(session, compte.id)
    return secret


def activate(
    session: WriteSession, secret: str, mot_de_passe: str, *, now: dt.datetime
) -> Identite:
    """Spend an activation secret: set the (hashed) password. Works once."""
    compte = session.scalar(
        sa.select(c.Compte)
        .where(c.Compte.activation_empreinte == digest(secret.strip()))
        .with_for_update()
    )
    expire_at = compte.activation_expire_at if compte else None
    if compte is None or expire_at is None or expire_at <= now or not compte.is_actif:
        raise RefusedError(
            "activation-refusee",
            "Ce lien d'activation n'est plus valable. "
            "Demandez-en un nouveau à votre administrateur.",
        )
    compte.activation_empreinte = None
    compte.activation_expire_at = None
    compte.mot_de_passe = mot_de_passe
    compte.nb_echecs = 0
    compte.bloque_jusqu_at = None
    close_every_session(session, compte.id)
    return identity(session, compte)


def activation_identifiant(
    session: ReadSession, secret: str, *, now: dt.datetime
) -> str | None:
    """Return whose account a live activation secret opens, else None."""
    return session.scalar(
        sa.select(c.Compte.identifiant).where(
            c.Compte.activation_empreinte == digest(secret.strip()),
            c.Compte.activation_expire_at > now,
            c.Compte.is_actif,
        )
    )


def deactivate(session: WriteSession, identifiant: str, *, now: dt.datetime) -> None:
    """Close an account: its sessions end and its tokens are revoked."""
    compte = _compte(session, identifiant)
    compte.is_actif = False
    compte.activation_empreinte = None
    close_every_session(session, compte.id)
    session.execute(
        sa.update(c.Jeton)
        .where(c.Jeton.compte_id == compte.id, c.Jeton.revoque_at.is_(None))
        .values(revoque_at=now)
    )


def list_comptes(session: ReadSession) -> list[Identite]:
    """Return every active account, by identifier (administrators only)."""
    rows = session.scalars(
        sa.select(c.Compte).where(c.Compte.is_actif).order_by(c.Compte.identifiant)
    ).all()
    return [identity(session, row) for row in rows]


def named(session: ReadSession, references: Iterable[str]) -> tuple[Nom, ...]:
    """Return how accounts are called, whether they are still open or not."""
    rows = session.execute(
        sa.select(c.Compte.reference, c.Compte.identifiant, c.Compte.role).where(
            c.Compte.reference.in_(sorted(set(references)))
        )
    )
    return tuple(Nom(reference=r[0], identifiant=r[1], role=r[2]) for r in rows)


def _compte(session: ReadSession, identifiant: str) -> c.Compte:
    found = session.scalar(
        sa.select(c.Compte).where(c.Compte.identifiant == canonical(identifiant))
    )
    if found is None:
        raise NotFoundError(
            "compte-inconnu", f"Aucun compte « {canonical(identifiant)} »."
        )
    return found


# --- what an account may see ------------------------------------------------


def identity(
    session: ReadSession, compte: c.Compte, *, moyen: str = "session"
) -> Identite:
    """Return the identity an account acts under."""
    return Identite(
        compte_id=compte.id,
        reference=compte.reference,
        identifiant=compte.identifiant,
        role=compte.role,
        perimetre=_perimetre(session, compte),
        moyen=moyen,
    )


def _perimetre(session: ReadSession, compte: c.Compte) -> Perimetre:
    if compte.role in EVERYTHING:
        return Perimetre(
            collectivites=None, has_secret_medical=compte.has_secret_medical
        )
    rows = session.execute(
        sa.select(
            c.PerimetreCompte.collectivite_id, c.PerimetreCompte.service_id
        ).where(c.PerimetreCompte.compte_id == compte.id)
    ).all()
    services = frozenset(service for _, service in rows if service is not None)
    return Perimetre(
        collectivites=frozenset(collectivite for collectivite, _ in rows),
        services=services or None,
        has_secret_medical=compte.has_secret_medical,
    )


# --- passwords --------------------------------------------------------------


def acces(session: ReadSession, identifiant: str) -> Acces | None:
    """Return what judges a password, None when nobody has this identifier."""
    compte = session.scalar(
        sa.select(c.Compte).where(
            c.Compte.identifiant == canonical(identifiant), c.Compte.is_actif
        )
    )
    if compte is None:
        return None
    return Acces(
        compte_id=compte.id,
        mot_de_passe=compte.mot_de_passe,
        bloque_jusqu_at=compte.bloque_jusqu_at,
    )


def wait_after(failures: int) -> dt.timedelta:
    """Return how long to wait after so many failures in a row: 1 min, 2, 4… 15."""
    if failures < FREE_FAILURES:
        return dt.timedelta()
    doubled: dt.timedelta = FIRST_WAIT * 2 ** min(failures - FREE_FAILURES, 10)
    return min(doubled, LONGEST_WAIT)


def note_failure(session: WriteSession, compte_id: int, *, now: dt.datetime) -> None:
    """Count one more wrong password; beyond five in a row, trying must wait."""
    compte = session.get_one(c.Compte, compte_id, with_for_update=True)
    compte.nb_echecs += 1
    waiting = wait_after(compte.nb_echecs)
    compte.bloque_jusqu_at = now + waiting if waiting else None


def close_every_session(session: WriteSession, compte_id: int) -> None:
    """Sign an account out everywhere."""
    session.execute(sa.delete(c.SessionWeb).where(c.SessionWeb.compte_id == compte_id))


def find_collectivite(session: ReadSession, text: str) -> int:
    """Return the id of a collectivité by reference, external reference or SIRET."""
    table = t.Collectivite
    found = session.scalar(
        sa.select(table.id).where(
            sa.or_(
                table.reference == text,
                table.reference_externe == text,
                table.siret == text,
            )
        )
    )
    if found is None:
        raise NotFoundError(
            "collectivite-inconnue",
            f"Aucune collectivité « {text} » : importez d'abord le référentiel.",
        )
    return found


def find_service(session: ReadSession, collectivites: list[int], code: str) -> int:
    """Return the id of a service by its code within these collectivités."""
    found = session.scalar(
        sa.select(t.Service.id).where(
            t.Service.collectivite_id.in_(collectivites), t.Service.code == code
        )
    )
    if found is None:
        raise NotFoundError("service-inconnu", f"Aucun service de code « {code} ».")
    return found
