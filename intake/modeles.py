"""The versions of the learned model: kept, signed, chosen, rolled back.

A model steers what papers are: bytes that this house did not sign never serve. One version
serves at most; every change is a fact with its author.
"""

import datetime as dt
import hashlib
import threading
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from classifiers.modele import Modele, ModeleError, from_bytes
from intake import tables as t
from records.journal import FaitNouveau, Tag
from records.store import journal
from socle.crypto import Coffre
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, NotFoundError, RefusedError

SERT, ANCIEN, REFUSE, ARRETE = "sert", "ancien", "refuse", "arrete"
# proposals examined before anything is said of a drift, and how far it may go
FOLLOWED_MIN, DRIFT = 20, 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What is known of a version, its bytes apart."""

    numero: int
    etat: str
    empreinte: str
    signature: str
    lecons: str
    nb_lecons: int
    nb_corrections: int
    mesures: dict[str, Any]
    comparaison: dict[str, Any]
    suivi: dict[str, Any]
    motif: str
    auteur: str
    fait_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Brouillon:
    """A model just fitted, and what is to be kept with it."""

    modele: Modele
    lecons: str
    nb_corrections: int
    comparaison: dict[str, Any] = field(default_factory=dict)
    motif: str = ""


def _signed(numero: int, empreinte: str) -> bytes:
    return f"modele-typage\0{numero}\0{empreinte}".encode()


def _version(row: t.ModeleTypage) -> Version:
    return Version(
        **{name: getattr(row, name) for name in Version.__dataclass_fields__}
    )


def listing(session: ReadSession) -> list[Version]:
    """Return every version, the newest first."""
    m = t.ModeleTypage
    statement = sa.select(m).options(sa.orm.defer(m.octets)).order_by(m.numero.desc())
    return [_version(row) for row in session.scalars(statement)]


def serving(session: ReadSession) -> Version | None:
    """Return the version that serves, None when there is none."""
    m = t.ModeleTypage
    statement = sa.select(m).options(sa.orm.defer(m.octets)).where(m.etat == SERT)
    row = session.scalar(statement)
    return _version(row) if row else None


def keep(
    session: WriteSession,
    coffre: Coffre,
    brouillon: Brouillon,
    *,
    serves: bool,
    auteur: str,
    now: dt.datetime,
) -> Version:
    """Keep a fitted model under a new number, signed; it serves, or is kept refused."""
    last = session.scalar(sa.select(sa.func.max(t.ModeleTypage.numero))) or 0
    octets = brouillon.modele.to_bytes()
    empreinte = hashlib.sha256(octets).hexdigest()
    numero = last + 1
    if serves:
        _retire(session, ANCIEN)
    row = t.ModeleTypage(
        numero=numero,
        etat=SERT if serves else REFUSE,
        octets=octets,
        empreinte=empreinte,
        signature=coffre.sign(_signed(numero, empreinte)),
        lecons=brouillon.lecons,
        nb_lecons=int(brouillon.modele.mesures.get("lecons", 0)),
        nb_corrections=brouillon.nb_corrections,
        mesures=dict(brouillon.modele.mesures),
        comparaison=brouillon.comparaison,
        suivi={},
        motif=brouillon.motif,
        auteur=auteur,
        fait_at=now,
    )
    session.add(row)
    session.flush()
    tag = Tag.MODELE_AJUSTE if serves else Tag.MODELE_REFUSE
    _note(session, tag, numero, auteur, now, code=brouillon.motif)
    return _version(row)


def _retire(session: WriteSession, etat: str) -> None:
    m = t.ModeleTypage
    session.execute(sa.update(m).where(m.etat == SERT).values(etat=etat))


def _note(
    session: WriteSession,
    tag: Tag,
    numero: int,
    auteur: str,
    now: dt.datetime,
    *,
    code: str = "",
) -> None:
    fait = FaitNouveau(
        tag=tag,
        sujet=f"MODELE-{numero}",
        auteur=auteur,
        contenu={"numero": numero, "code": code},
    )
    journal.append(session, fait, now)


def roll_back(
    session: WriteSession,
    coffre: Coffre,
    numero: int,
    *,
    auteur: str,
    now: dt.datetime,
) -> Version:
    """Make a kept version serve again; raises `NotFoundError`, `RefusedError`.

    Refused: a version found worse, or one this house did not sign.
    """
    row = session.get(t.ModeleTypage, numero, with_for_update=True)
    if row is None:
        raise NotFoundError("introuvable", f"Aucun modèle n° {numero}.")
    if row.etat == SERT:
        raise ConflictError("deja-en-service", f"Le modèle n° {numero} sert déjà.")
    if row.etat == REFUSE:
        raise RefusedError(
            "modele-refuse",
            f"Le modèle n° {numero} a été refusé : {row.motif} Il ne peut pas servir.",
        )
    if load(row, coffre) is None:
        raise RefusedError("modele-non-signe", _unsigned(numero))
    _retire(session, ANCIEN)
    session.flush()
    row.etat = SERT
    session.flush()
    _note(session, Tag.MODELE_RETABLI, numero, auteur, now)
    return _version(row)


def stop(session: WriteSession, *, auteur: str, now: dt.datetime) -> int:
    """Stop the model that serves: the rules decide alone; return its number."""
    found = serving(session)
    if found is None:
        raise ConflictError("aucun-modele", "Aucun modèle ne sert.")
    _retire(session, ARRETE)
    _note(session, Tag.MODELE_ARRETE, found.numero, auteur, now)
    return found.numero


def is_stopped(session: ReadSession) -> bool:
    """Tell whether a person stopped the model: no refit may start it again."""
    m = t.ModeleTypage
    etats = set(session.scalars(sa.select(m.etat).where(m.etat.in_((SERT, ARRETE)))))
    return SERT not in etats and ARRETE in etats


def follow(session: WriteSession, numero: int, suivi: dict[str, Any]) -> None:
    """Keep what clerks made of the proposals of a version."""
    m = t.ModeleTypage
    session.execute(sa.update(m).where(m.numero == numero).values(suivi=suivi))


# --- reading one back -----------------------------------------------------------------


def is_ours(row: t.ModeleTypage, coffre: Coffre) -> bool:
    """Tell whether this house signed these very bytes under this number."""
    empreinte = hashlib.sha256(row.octets).hexdigest()
    return coffre.signed(_signed(row.numero, empreinte), row.signature)


def load(row: t.ModeleTypage, coffre: Coffre) -> Modele | None:
    """Read a model back; None when it is not signed by this house or not a model."""
    if not is_ours(row, coffre):
        return None
    try:
        return from_bytes(row.octets, row.numero)
    except ModeleError:
        return None


@dataclass(slots=True)
class Lecteur:
    """Lends the serving model; it is read again only when another one serves."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _key: tuple[int, str] | None = None
    _kept: Modele | None = None

    def current(self, session: ReadSession, coffre: Coffre) -> Modele | None:
        """Return the model that serves, None when there is none or it is not ours."""
        m = t.ModeleTypage
        found = session.execute(
            sa.select(m.numero, m.signature).where(m.etat == SERT)
        ).first()
        key = (found[0], found[1]) if found else None
        with self._lock:
            if key != self._key:
                row = session.get(m, key[0]) if key else None
                self._kept = load(row, coffre) if row else None
                self._key = key
            return self._kept


# --- health ---------------------------------------------------------------------------


def state(session: ReadSession, coffre: Coffre) -> tuple[str, str]:
    """Return (ok or degrade, a French sentence) for the health page."""
    m = t.ModeleTypage
    row = session.scalar(sa.select(m).where(m.etat == SERT))
    if row is None:
        if is_stopped(session):
            return "degrade", "Modèle appris arrêté : les règles décident seules."
        return "degrade", "Pas encore de modèle appris : les règles décident seules."
    if not is_ours(row, coffre):
        return "degrade", _unsigned(row.numero)
    drift = _drift(row.suivi)
    if drift:
        return "degrade", f"Modèle appris n° {row.numero} : {drift}"
    return "ok", f"Modèle appris n° {row.numero}, signé."


def _unsigned(numero: int) -> str:
    return (
        f"Le modèle appris n° {numero} n'est pas signé par cette maison : il ne sert "
        "pas, les règles décident seules."
    )


def _drift(suivi: dict[str, Any]) -> str:
    examined = int(suivi.get("examines", 0))
    if examined < FOLLOWED_MIN:
        return ""
    right = int(suivi.get("justes", 0)) / examined
    stated = float(suivi.get("annonce", 0.0))
    if right >= stated - DRIFT:
        return ""
    return (
        f"{right:.0%} de ses propositions ont été gardées par les gestionnaires, il en "
        f"annonçait {stated:.0%}. Revenez à une version antérieure ou arrêtez-le."
    )
