"""Events on disk: declared, changed, and the requirements they imply kept in step."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from records import tables as t
from records.comptes import Perimetre
from records.declarations import (
    ConsequenceDeclaree,
    Declaration,
    checked,
    checked_consequence,
    own_days,
)
from records.evenements import Consequence, Evenement
from records.exigences import Exigence
from records.journal import FaitNouveau, Tag
from records.natures import catalogue
from records.periodes import Periode
from records.references import Sujet, new_reference, parse_reference
from records.store import agents, journal, matrice, reprises, revisions, valeurs
from records.store.evenements_lus import (
    by_id,
    by_ids,
    get,
    of_agents,
    row_by_id,
    row_of,
)
from records.store.matrice import open_piece
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, NotFoundError

__all__ = [
    "ConsequenceDeclaree",
    "Declaration",
    "add_consequence",
    "by_id",
    "by_ids",
    "declare",
    "get",
    "of_agents",
    "open_piece",
    "update",
    "update_consequence",
]
CHANGEABLE = {
    "nature", "date_survenance", "numero", "sans_arret", "tiers_implique", "etat",
    "champs", "reference_externe",
}  # fmt: skip


def declare(
    session: WriteSession, declaration: Declaration, *, auteur: str, now: dt.datetime
) -> Evenement:
    """Write a declaration and open what it implies.

    Raises `RefusedError` with one entry per wrong field, `ConflictError` when the external
    reference is taken in the collectivité.
    """
    _refuse_taken(session, declaration.collectivite_id, declaration.reference_externe)
    given = checked(declaration, catalogue(declaration.date_survenance))
    row = t.Evenement(
        reference=new_reference(Sujet.EVENEMENT, now.year),
        reference_externe=given.reference_externe,
        numero=given.numero,
        collectivite_id=given.collectivite_id,
        agent_id=given.agent_id,
        nature=given.nature,
        date_survenance=given.date_survenance,
        sans_arret=given.is_sans_arret,
        tiers_implique=given.has_tiers,
        etat=given.etat,
        champs=given.champs or {},
        declare_at=now,
    )
    session.add(row)
    session.flush()
    _note(session, row, Tag.EVENEMENT_DECLARE, auteur, now, {"nature": row.nature})
    for consequence in given.consequences:
        _add(session, row, consequence, auteur, now)
    if given.has_matrice:
        matrice.refresh(session, by_id(session, row.id), auteur=auteur, now=now)
    return by_id(session, row.id)


def _refuse_taken(
    session: ReadSession, collectivite_id: int, reference_externe: str | None
) -> None:
    taken = sa.select(t.Evenement.reference).where(
        t.Evenement.collectivite_id == collectivite_id,
        t.Evenement.reference_externe == reference_externe,
    )
    if reference_externe is not None and (found := session.scalar(taken)):
        raise ConflictError(
            "evenement-existant",
            f"L'évènement {found} porte déjà la référence {reference_externe} : "
            "modifiez-le au lieu de le déclarer de nouveau.",
        )


def _add(
    session: WriteSession,
    row: t.Evenement,
    declared: ConsequenceDeclaree,
    auteur: str,
    now: dt.datetime,
) -> t.Consequence:
    periode = declared.periode
    consequence = t.Consequence(
        reference=new_reference(Sujet.CONSEQUENCE, now.year),
        reference_externe=declared.reference_externe,
        evenement_id=row.id,
        type=declared.type,
        debut=periode.debut if periode else None,
        fin=periode.fin if periode else None,
        champs=declared.champs or {},
    )
    session.add(consequence)
    session.flush()
    contenu = {"type": declared.type, "consequence": consequence.reference}
    _note(session, row, Tag.CONSEQUENCE_DECLAREE, auteur, now, contenu, consequence)
    return consequence


def add_consequence(
    session: WriteSession,
    reference: str,
    declared: ConsequenceDeclaree,
    *,
    perimetre: Perimetre,
    auteur: str,
    now: dt.datetime,
    is_importee: bool = False,
    has_matrice: bool = True,
) -> Consequence:
    """Add a conséquence to an event; its requirements open (unless given apart).

    Raises `RefusedError` with one entry per wrong field.
    """
    row = row_of(session, reference, perimetre, is_locked=True)
    known = catalogue(row.date_survenance)
    given = checked_consequence(declared, known, is_strict=not is_importee)
    before = matrice.implied(session, by_id(session, row.id))
    if row.sans_arret and given.type in {"ARRET", "PROLONG"}:
        row.sans_arret = False  # declaring a leave corrects « AT sans arrêt »
    consequence = _add(session, row, given, auteur, now)
    if has_matrice:
        _follow(session, row, auteur, now, before)
    return valeurs.consequence(consequence)


def _follow(
    session: WriteSession,
    row: t.Evenement,
    auteur: str,
    now: dt.datetime,
    before: tuple[Exigence, ...],
) -> None:
    """Bring the requirements in step after a change."""
    session.flush()
    after = by_id(session, row.id)
    matrice.refresh(session, after, auteur=auteur, now=now, before=before)


def update_consequence(
    session: WriteSession,
    reference: str,
    declared: ConsequenceDeclaree,
    *,
    perimetre: Perimetre,
    auteur: str,
    now: dt.datetime,
    version: int | None = None,
    is_importee: bool = False,
    has_matrice: bool = True,
) -> Consequence:
    """Change the days and fields of a conséquence; what it implies follows.

    Raises `ConflictError` (`etat-modifie`) when someone changed it in between.
    """
    canonical = parse_reference(reference) or reference
    found = session.scalar(
        sa.select(t.Consequence).where(t.Consequence.reference == canonical)
    )
    if found is None:
        raise NotFoundError("introuvable", "Aucune conséquence à cette référence.")
    row = row_by_id(session, found.evenement_id, perimetre)
    agents.refuse_stale(found.version, version)
    known = catalogue(row.date_survenance)
    given = checked_consequence(declared, known, is_strict=not is_importee)
    before = matrice.implied(session, by_id(session, row.id))
    periode = given.periode
    found.debut, found.fin = (periode.debut, periode.fin) if periode else (None, None)
    found.champs = given.champs or {}
    found.reference_externe = given.reference_externe or found.reference_externe
    found.version += 1
    session.flush()
    contenu = {"type": found.type, "consequence": found.reference}
    _note(session, row, Tag.CONSEQUENCE_MODIFIEE, auteur, now, contenu, found)
    if has_matrice:
        _follow(session, row, auteur, now, before)
    return valeurs.consequence(found)


def update(
    session: WriteSession,
    reference: str,
    changes: dict[str, Any],
    *,
    perimetre: Perimetre,
    auteur: str,
    now: dt.datetime,
    version: int | None = None,
    is_importee: bool = False,
    has_matrice: bool = True,
) -> Evenement:
    """Change columns of an event; `ConflictError` (`etat-modifie`) when stale.

    Raises `RefusedError` with one entry per wrong field.
    """
    row = row_of(session, reference, perimetre, is_locked=True)
    agents.refuse_stale(row.version, version)
    unknown = changes.keys() - CHANGEABLE
    if unknown:
        raise ValueError(f"unknown fields: {sorted(unknown)}")
    if changes.get("reference_externe") not in {None, row.reference_externe}:
        _refuse_taken(session, row.collectivite_id, changes["reference_externe"])
    before = matrice.implied(session, by_id(session, row.id))
    days = own_days(row.champs)
    for name, value in _checked_changes(
        row, changes, is_strict=not is_importee
    ).items():
        setattr(row, name, value)
    moved = _move_own_leave(session, row, days)
    row.version += 1
    session.flush()
    contenu = {"champs": sorted(changes)}
    _note(session, row, Tag.EVENEMENT_MODIFIE, auteur, now, contenu, *moved)
    if has_matrice:
        _follow(session, row, auteur, now, before)
    return by_id(session, row.id)


def _checked_changes(
    row: t.Evenement, changes: dict[str, Any], *, is_strict: bool
) -> dict[str, Any]:
    """Return the changes in their normal form."""
    if not changes.keys() & {"nature", "champs"}:
        return changes
    declaration = Declaration(
        agent_id=row.agent_id,
        collectivite_id=row.collectivite_id,
        nature=changes.get("nature", row.nature),
        date_survenance=changes.get("date_survenance", row.date_survenance),
        champs=changes.get("champs", row.champs),
        is_importee=not is_strict or "champs" not in changes,
    )
    known = catalogue(declaration.date_survenance)
    return {**changes, "champs": checked(declaration, known).champs}


def _move_own_leave(
    session: WriteSession, row: t.Evenement, former: Periode | None
) -> tuple[t.Consequence, ...]:
    """Move the leave that came from the event's own days, when these change."""
    days = own_days(row.champs)
    if former is None or days is None or days == former:
        return ()
    found = session.scalars(
        sa.select(t.Consequence).where(
            t.Consequence.evenement_id == row.id,
            t.Consequence.debut == former.debut,
            t.Consequence.fin == former.fin,
        )
    ).all()
    for consequence in found:
        consequence.debut, consequence.fin = days.debut, days.fin
        consequence.version += 1
    return tuple(found)


def _note(
    session: WriteSession,
    row: t.Evenement,
    tag: Tag,
    auteur: str,
    now: dt.datetime,
    contenu: dict[str, Any],
    *consequences: t.Consequence,
) -> None:
    """Write the fact of an act, and the objects as it leaves them."""
    reprises.follow(session, row)
    for changed in (row, *consequences):
        revisions.keep(
            session,
            changed,
            auteur=auteur,
            now=now,
            collectivite_id=row.collectivite_id,
        )
    fait = FaitNouveau(
        tag=tag,
        sujet=row.reference,
        auteur=auteur,
        collectivite_id=row.collectivite_id,
        evenement_id=row.id,
        contenu=contenu,
    )
    journal.append(session, fait, now)
