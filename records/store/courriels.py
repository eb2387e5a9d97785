"""A mail stopped for good becomes a task: to which address, why, what to do about it."""

import datetime as dt
import re

import sqlalchemy as sa

from records import tables as t
from records.comptes import Perimetre
from records.store import taches
from records.store.perimetres import narrow
from records.store.taches import TacheNouvelle
from records.vocabulary import Typologie
from socle import mail
from socle.db import WriteSession
from socle.errors import ConflictError, NotFoundError
from socle.mail import CourrielVu

AUTEUR = "courriel"
_CODE = "courriel:"
_ENHANCED = re.compile(r"\b[45]\.(\d{1,3})\.(\d{1,3})\b")
# RFC 3463: subject.detail of the answer, the most precise first
_WHY = {
    "1.10": "le domaine de cette adresse ne reçoit aucun courriel",
    "1.2": "le domaine de cette adresse n’existe pas",
    "1": "cette adresse n’existe pas",
    "2.1": "cette boîte est fermée",
    "2.2": "cette boîte est pleine",
    "2": "cette boîte ne prend pas le message",
    "3.4": "le message est trop gros pour ce serveur",
    "7": "ce serveur refuse nos messages",
}
_BY_CODE = {550: "1", 551: "1", 552: "2.2", 553: "1", 554: "7"}


def why(seen: CourrielVu) -> str:
    """Return why a message was stopped, in French.

    The answer's enhanced code says it best; else its code does.
    """
    found = _ENHANCED.search(seen.dernier_detail or "")
    precise = f"{found[1]}.{found[2]}" if found else ""
    usual = _BY_CODE.get(seen.dernier_code or 0, "")
    known = (precise, precise.split(".", maxsplit=1)[0], usual, usual.split(".")[0])
    reason = next((_WHY[k] for k in known if k in _WHY), "ce serveur refuse le message")
    if seen.nb_essais >= mail.MAX_TRIES:
        return f"{reason}, après {seen.nb_essais} essais"
    return reason


def tell(session: WriteSession, seen: CourrielVu, now: dt.datetime) -> None:
    """Open the task of a message just stopped, in the transaction that stops it."""
    said = f"{seen.dernier_code} {seen.dernier_detail or ''}".strip()
    task = TacheNouvelle(
        typologie=Typologie.COURRIEL_NON_REMIS,
        code=f"{_CODE}{seen.id}",
        detail=f"{seen.destinataire} : {why(seen)} (réponse du serveur : {said}). "
        "Corrigez l’adresse si besoin, puis réessayez.",
        collectivite_id=seen.proprietaire,
    )
    taches.open_task(session, task, auteur=AUTEUR, now=now)


def courriel_of(code: str) -> int | None:
    """Return the message a task is about, by its code."""
    word = code.removeprefix(_CODE)
    return int(word) if code.startswith(_CODE) and word.isdigit() else None


def resume(
    session: WriteSession,
    identity: int,
    *,
    perimetre: Perimetre,
    auteur: str,
    now: dt.datetime,
) -> None:
    """Try a stopped message again: its task is closed, and comes back if it must.

    Raises `NotFoundError` for a message one does not see, `ConflictError` when not stopped.
    """
    known = _close(session, identity, perimetre, auteur, "nouvel envoi demandé", now)
    # set aside, its task is gone: only who sees every collectivité finds it again
    if not known and perimetre.collectivites is not None:
        raise _absent()
    if not mail.retry(session, identity, now):
        raise ConflictError("deja-repris", "Ce message n'est plus arrêté.")


def set_aside(
    session: WriteSession,
    identity: int,
    *,
    perimetre: Perimetre,
    auteur: str,
    now: dt.datetime,
) -> None:
    """Close the task of a stopped message without sending it again."""
    if not _close(session, identity, perimetre, auteur, "classé sans envoi", now):
        raise _absent()


def _absent() -> NotFoundError:
    return NotFoundError("introuvable", "Aucun courriel arrêté à ce numéro.")


def _close(
    session: WriteSession,
    identity: int,
    perimetre: Perimetre,
    auteur: str,
    motif: str,
    now: dt.datetime,
) -> bool:
    k = t.Tache
    statement = sa.select(k.reference).where(
        k.is_ouverte,
        k.typologie == Typologie.COURRIEL_NON_REMIS.code,
        k.code == f"{_CODE}{identity}",
    )
    reference = session.scalar(narrow(statement, k, perimetre))
    if reference is None:
        return False
    taches.close(
        session, reference, perimetre=perimetre, auteur=auteur, motif=motif, now=now
    )
    return True
