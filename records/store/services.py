"""Services of a collectivité on disk, with their days of effect."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from records import tables as t
from records.comptes import Perimetre
from records.journal import FaitNouveau, Tag
from records.references import Sujet, new_reference, parse_reference
from records.store import agents, journal, revisions
from records.store.perimetres import narrow
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, ErreurChamp, NotFoundError, RefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceVu:
    """A service; `fin` is excluded, None while it exists."""

    id: int
    reference: str
    reference_externe: str | None
    collectivite_id: int
    code: str
    libelle: str
    debut: dt.date | None
    fin: dt.date | None
    version: int


def _value(row: t.Service) -> ServiceVu:
    return ServiceVu(
        id=row.id,
        reference=row.reference,
        reference_externe=row.reference_externe,
        collectivite_id=row.collectivite_id,
        code=row.code,
        libelle=row.libelle,
        debut=row.debut,
        fin=row.fin,
        version=row.version,
    )


def create(
    session: WriteSession,
    *,
    collectivite_id: int,
    code: str,
    libelle: str,
    auteur: str,
    now: dt.datetime,
    debut: dt.date | None = None,
    fin: dt.date | None = None,
    reference_externe: str | None = None,
) -> ServiceVu:
    """Create a service; `ConflictError` when its code exists in the collectivité."""
    if by_code(session, collectivite_id, code) is not None:
        raise _exists(code)
    _refuse_backwards(debut, fin)
    row = t.Service(
        reference=new_reference(Sujet.SERVICE, now.year),
        reference_externe=reference_externe,
        collectivite_id=collectivite_id,
        code=code,
        libelle=libelle,
        debut=debut,
        fin=fin,
    )
    session.add(row)
    session.flush()
    _write(session, Tag.SERVICE_CREE, row, auteur, now)
    return _value(row)


def _write(
    session: WriteSession, tag: Tag, row: t.Service, auteur: str, now: dt.datetime
) -> None:
    revisions.keep(session, row, auteur=auteur, now=now)
    fait = FaitNouveau(
        tag=tag,
        sujet=row.reference,
        auteur=auteur,
        collectivite_id=row.collectivite_id,
    )
    journal.append(session, fait, now)


def by_code(session: ReadSession, collectivite_id: int, code: str) -> ServiceVu | None:
    """Return the service of a code, None when there is none."""
    row = session.scalar(
        sa.select(t.Service).where(
            t.Service.collectivite_id == collectivite_id, t.Service.code == code
        )
    )
    return _value(row) if row else None


def _row(
    session: ReadSession,
    reference: str,
    perimetre: Perimetre,
    *,
    is_locked: bool = False,
) -> t.Service:
    canonical = parse_reference(reference) or reference
    statement = sa.select(t.Service).where(t.Service.reference == canonical)
    if is_locked:
        statement = statement.with_for_update()
    row = session.scalar(narrow(statement, t.Service, perimetre))
    if row is None:
        raise NotFoundError("introuvable", "Aucun service à cette référence.")
    return row


def get(session: ReadSession, reference: str, perimetre: Perimetre) -> ServiceVu:
    """Return a service; `NotFoundError` when foreign or inexistent."""
    return _value(_row(session, reference, perimetre))


def update(
    session: WriteSession,
    reference: str,
    changes: dict[str, Any],
    *,
    perimetre: Perimetre,
    auteur: str,
    now: dt.datetime,
    version: int | None = None,
) -> ServiceVu:
    """Change some of code, libelle, debut, fin, reference_externe.

    Raises `ConflictError` when someone changed it since `version` or when the code is
    taken by another service, `RefusedError` when it would end before it starts.
    """
    row = _row(session, reference, perimetre, is_locked=True)
    agents.refuse_stale(row.version, version)
    code = changes.get("code", row.code)
    taken = by_code(session, row.collectivite_id, code)
    if taken is not None and taken.id != row.id:
        raise _exists(code)
    _refuse_backwards(changes.get("debut", row.debut), changes.get("fin", row.fin))
    for name, value in changes.items():
        setattr(row, name, value)
    row.version += 1
    session.flush()
    _write(session, Tag.SERVICE_MODIFIE, row, auteur, now)
    return _value(row)


def _exists(code: str) -> ConflictError:
    return ConflictError(
        "service-existant", f"Le service {code} existe déjà dans la collectivité."
    )


def _refuse_backwards(debut: dt.date | None, fin: dt.date | None) -> None:
    if debut and fin and fin <= debut:
        detail = "La fin d'effet précède le début d'effet."
        wrong = ErreurChamp(champ="fin", code="periode-inversee", detail=detail)
        raise RefusedError("demande-invalide", detail, erreurs=(wrong,))


def listing(session: ReadSession, perimetre: Perimetre) -> tuple[ServiceVu, ...]:
    """Return every service one may see, by code."""
    statement = sa.select(t.Service).order_by(t.Service.code, t.Service.id)
    rows = session.scalars(narrow(statement, t.Service, perimetre))
    return tuple(_value(row) for row in rows)


def label(session: ReadSession, service_id: int | None) -> str:
    """Return the name of a service already known to be visible, "" for none."""
    row = session.get(t.Service, service_id) if service_id else None
    return row.libelle if row else ""
