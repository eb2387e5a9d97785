"""The outbox: messages written with the state they tell of, sent one by one over SMTP.

The only place that speaks SMTP. A message enters in the caller's transaction, once per
key; it keeps one Message-ID however often it is tried, so that a server that lost its
answer after DATA lets a reader drop the double. A refusal for now (4xx, no answer) waits
longer each time; one of the address or the message for good (5xx), or sixteen for now,
stops it and is told to a person. A server not there, or that refuses us, loses nothing.
"""

import asyncio
import datetime as dt
import email.message
import email.policy
import email.utils
import enum
import hashlib
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import aiosmtplib
import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Mapped, mapped_column

from socle.db import Base, Database, Instant, ReadSession, WriteSession
from socle.errors import RefusedError

FIRST_WAIT = dt.timedelta(minutes=1)
LONGEST_WAIT = dt.timedelta(hours=24)
TIMEOUT_S = 30.0
# one bounded round: a slow server delays messages, never the sweep that called
ROUND_S = 45.0
BATCH = 200
# doubled from a minute up to a day: six days of refusals « for now »
MAX_TRIES = 16
_FOR_GOOD = range(500, 600)
_HEADER_MAX = 900
log = structlog.get_logger()


class EtatCourriel(enum.Enum):
    """Where a message stands."""

    EN_ATTENTE = "en_attente"
    ENVOYE = "envoye"
    ARRETE = "arrete"


class Courriel(Base):
    """One message to one person: written once, tried until it leaves or is stopped."""

    __tablename__ = "courriel"
    id: Mapped[int] = mapped_column(primary_key=True)
    cle: Mapped[str] = mapped_column(sa.String(200), unique=True)
    # what it tells of: the reference of a letter, of a list
    objet: Mapped[str] = mapped_column(sa.String(40), index=True)
    # the id of whom it is sent for: who sees that it was stopped
    proprietaire: Mapped[int | None]
    destinataire: Mapped[str] = mapped_column(sa.String(320))
    sujet: Mapped[str] = mapped_column(sa.String(200))
    corps: Mapped[str] = mapped_column(sa.Text)
    message_id: Mapped[str] = mapped_column(sa.String(200), unique=True)
    etat: Mapped[str] = mapped_column(sa.String(20), default="en_attente")
    nb_essais: Mapped[int] = mapped_column(default=0)
    prochain_at: Mapped[dt.datetime] = mapped_column(Instant)
    # the last answer: SMTP code (0: none came) and words
    dernier_code: Mapped[int | None]
    dernier_detail: Mapped[str | None] = mapped_column(sa.String(300))
    cree_at: Mapped[dt.datetime] = mapped_column(Instant)
    envoye_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    __table_args__ = (sa.Index("ix_courriel_file", "etat", "prochain_at", "id"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class CourrielNouveau:
    """A message about to be written; `cle` is unique: written twice, it leaves once."""

    cle: str
    objet: str
    destinataire: str
    sujet: str
    corps: str
    proprietaire: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CourrielVu:
    """A message as people see it."""

    id: int
    objet: str
    proprietaire: int | None
    destinataire: str
    sujet: str
    etat: EtatCourriel
    nb_essais: int
    prochain_at: dt.datetime
    dernier_code: int | None
    dernier_detail: str | None
    cree_at: dt.datetime
    envoye_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Serveur:
    """Where mails are handed: `smtp://`, `smtp+starttls://` or `smtps://`."""

    hote: str
    port: int
    expediteur: str
    utilisateur: str = ""
    secret: str = ""
    is_tls: bool = False
    is_starttls: bool = False
    autorite: ssl.SSLContext | None = None


_SCHEMES = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


def serveur_of(url: str) -> Serveur:
    """Read a mail server's address; raises `ValueError` saying what is wrong.

    The sender is the `expediteur` given in the query, or the user.

    >>> serveur_of("smtps://moi%40exemple.fr:mot@mail.exemple.fr").port
    465
    """
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise ValueError("smtp://, smtp+starttls:// ou smtps://, puis un hôte")
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    user = unquote(parts.username or "")
    sender = unquote(query.get("expediteur", "")) or user
    if "@" not in sender:
        raise ValueError("dites l'expéditeur : ?expediteur=adresse")
    refuse_header(sender)
    return Serveur(
        hote=parts.hostname,
        port=parts.port or _SCHEMES[parts.scheme],
        expediteur=sender,
        utilisateur=user,
        secret=unquote(parts.password or ""),
        is_tls=parts.scheme == "smtps",
        is_starttls=parts.scheme == "smtp+starttls",
    )


def refuse_header(value: str) -> str:
    r"""Return a header value as it is; `RefusedError` when it could add another header.

    CPython 3.11 does not check it by itself.
    """
    if len(value) > _HEADER_MAX or any(sign in value for sign in "\r\n\0"):
        raise RefusedError(
            "courriel-refuse", "L'en-tête d'un message tient sur une ligne."
        )
    return value


def refuse_address(value: str) -> str:
    """Return one bare address; `RefusedError` for a list, a name or a forged header."""
    refuse_header(value)
    name, address = email.utils.parseaddr(value)
    local, at, domain = address.rpartition("@")
    is_plain = address == value and not name and at and local and "." in domain
    if not is_plain or not value.isprintable() or any(c in value for c in " ,;<>()"):
        raise RefusedError(
            "courriel-refuse", "Cette adresse n'est pas une adresse seule."
        )
    return value


def post(session: WriteSession, new: CourrielNouveau, now: dt.datetime) -> bool:
    """Write a message in the caller's transaction; False when its key is known."""
    refuse_address(new.destinataire)
    refuse_header(new.sujet)
    known = sa.select(Courriel.id).where(Courriel.cle == new.cle)
    if session.scalar(known) is not None:
        return False
    stamp = hashlib.sha256(new.cle.encode()).hexdigest()[:32]
    session.add(
        Courriel(
            cle=new.cle, objet=new.objet, proprietaire=new.proprietaire,
            destinataire=new.destinataire, sujet=new.sujet, corps=new.corps,
            message_id=f"<{stamp}@vaguemestre>",
            etat=EtatCourriel.EN_ATTENTE.value, prochain_at=now, cree_at=now,
        )
    )  # fmt: skip
    session.flush()
    return True


def message_of(row: Courriel, expediteur: str) -> email.message.EmailMessage:
    """Return the message as it travels: the same each time it is tried."""
    made = email.message.EmailMessage(policy=email.policy.SMTP)
    made["From"] = refuse_header(expediteur)
    made["To"] = refuse_address(row.destinataire)
    made["Subject"] = refuse_header(row.sujet)
    made["Date"] = email.utils.format_datetime(row.cree_at)
    made["Message-ID"] = row.message_id
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(row.corps)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Reponse:
    """An answer: code (0: none came), words, and whether they speak of the message.

    Otherwise they speak of us (our name, our password) or of the server itself.
    """

    code: int
    detail: str = ""
    is_about_message: bool = False


# told of a message stopped, in the transaction that stops it
Arret = Callable[[WriteSession, CourrielVu, dt.datetime], None]


def deliver(
    db: Database,
    serveur: Serveur,
    now: dt.datetime,
    *,
    within_s: float = ROUND_S,
    on_stopped: Arret | None = None,
) -> int:
    """Try every message due, oldest first, for a bounded time; return how many left.

    `on_stopped` is called for each one stopped, in the transaction that stops it.
    """
    return asyncio.run(_deliver(db, serveur, now, within_s, on_stopped))


async def _deliver(
    db: Database,
    serveur: Serveur,
    now: dt.datetime,
    within_s: float,
    told: Arret | None,
) -> int:
    loop = asyncio.get_running_loop()
    end = loop.time() + within_s
    sent = 0
    for identity in db.read(_due, now):
        left = end - loop.time()
        if left <= 0:
            break
        # the attempt is counted before it begins: a crash here waits like a refusal
        row = db.write(_take, identity, now)
        if row is None:
            continue
        answer = await _try(serveur, row, min(TIMEOUT_S, left))
        db.write(_told, identity, answer, now, told)
        sent += answer.code == aiosmtplib.SMTPStatus.completed
    return sent


def _due(session: ReadSession, now: dt.datetime) -> list[int]:
    statement = (
        sa.select(Courriel.id)
        .where(
            Courriel.etat == EtatCourriel.EN_ATTENTE.value, Courriel.prochain_at <= now
        )
        .order_by(Courriel.prochain_at, Courriel.id)
        .limit(BATCH)
    )
    return list(session.scalars(statement))


def wait_after(nb_essais: int) -> dt.timedelta:
    """Return how long a message waits after so many attempts: doubled, a day at most.

    >>> [int(wait_after(n).total_seconds() // 60) for n in (1, 2, 5, 30)]
    [1, 2, 16, 1440]
    """
    doubled: int = 2 ** min(nb_essais - 1, 20)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


def _take(session: WriteSession, identity: int, now: dt.datetime) -> Courriel | None:
    row = session.get(Courriel, identity, with_for_update=True)
    if (
        row is None
        or row.etat != EtatCourriel.EN_ATTENTE.value
        or row.prochain_at > now
    ):
        return None
    row.nb_essais += 1
    row.prochain_at = now + wait_after(row.nb_essais)
    session.flush()
    session.expunge(row)
    return row


async def _try(serveur: Serveur, row: Courriel, timeout: float) -> Reponse:  # noqa: ASYNC109
    """Hand one message over; return the answer."""
    message = message_of(row, serveur.expediteur)
    try:
        async with asyncio.timeout(timeout):
            await aiosmtplib.send(
                message,
                sender=serveur.expediteur,
                recipients=[row.destinataire],
                hostname=serveur.hote,
                port=serveur.port,
                username=serveur.utilisateur or None,
                password=serveur.secret or None,
                use_tls=serveur.is_tls,
                start_tls=serveur.is_starttls,
                tls_context=serveur.autorite,
                timeout=timeout,
            )
    except aiosmtplib.SMTPRecipientsRefused as error:
        said = error.recipients[0]
        return Reponse(code=said.code, detail=said.message, is_about_message=True)
    except aiosmtplib.SMTPDataError as error:
        return Reponse(code=error.code, detail=error.message, is_about_message=True)
    except aiosmtplib.SMTPResponseException as error:
        return Reponse(code=error.code, detail=error.message)
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        return Reponse(code=0, detail=type(error).__name__)
    return Reponse(code=aiosmtplib.SMTPStatus.completed)


def _told(
    session: WriteSession,
    identity: int,
    answer: Reponse,
    now: dt.datetime,
    on_stopped: Arret | None,
) -> None:
    row = session.get_one(Courriel, identity)
    row.dernier_code = answer.code
    row.dernier_detail = " ".join(answer.detail.split())[:300] or None
    is_over = answer.code in _FOR_GOOD or row.nb_essais >= MAX_TRIES
    if answer.code == aiosmtplib.SMTPStatus.completed:
        row.etat, row.envoye_at = EtatCourriel.ENVOYE.value, now
    elif answer.is_about_message and is_over:
        row.etat = EtatCourriel.ARRETE.value
        log.warning("courriel-arrete", objet=row.objet, code=answer.code)
        if on_stopped is not None:
            on_stopped(session, _seen(row), now)
    session.flush()


def retry(session: WriteSession, identity: int, now: dt.datetime) -> bool:
    """Try a stopped message again from the start; False when it is not stopped."""
    row = session.get(Courriel, identity, with_for_update=True)
    if row is None or row.etat != EtatCourriel.ARRETE.value:
        return False
    row.etat, row.nb_essais = EtatCourriel.EN_ATTENTE.value, 0
    row.prochain_at = now
    session.flush()
    return True


def listing(
    session: ReadSession, etats: Iterable[EtatCourriel] = (), limite: int = 200
) -> tuple[CourrielVu, ...]:
    """Return messages, the last written first; those of some states only if given."""
    statement = sa.select(Courriel).order_by(Courriel.id.desc()).limit(limite)
    kept = [etat.value for etat in etats]
    if kept:
        statement = statement.where(Courriel.etat.in_(kept))
    return tuple(_seen(row) for row in session.scalars(statement))


def of_objet(session: ReadSession, objet: str) -> tuple[CourrielVu, ...]:
    """Return the messages that tell of one thing, oldest first."""
    statement = sa.select(Courriel).where(Courriel.objet == objet).order_by(Courriel.id)
    return tuple(_seen(row) for row in session.scalars(statement))


def by_ids(session: ReadSession, ids: Iterable[int]) -> dict[int, CourrielVu]:
    """Return messages by id."""
    rows = session.scalars(sa.select(Courriel).where(Courriel.id.in_(list(ids))))
    return {row.id: _seen(row) for row in rows}


def counts(session: ReadSession) -> dict[str, int]:
    """Return how many messages are in each state."""
    statement = sa.select(Courriel.etat, sa.func.count()).group_by(Courriel.etat)
    return {row[0]: row[1] for row in session.execute(statement)}


def _seen(row: Courriel) -> CourrielVu:
    return CourrielVu(
        id=row.id, objet=row.objet, proprietaire=row.proprietaire,
        destinataire=row.destinataire, sujet=row.sujet,
        etat=EtatCourriel(row.etat), nb_essais=row.nb_essais,
        prochain_at=row.prochain_at, dernier_code=row.dernier_code,
        dernier_detail=row.dernier_detail, cree_at=row.cree_at,
        envoye_at=row.envoye_at,
    )  # fmt: skip
