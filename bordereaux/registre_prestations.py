"""The bordereaux of prestations on disk, read inside a perimeter.

A bordereau and its décomptes name agents of every service: someone who sees only some
services sees their lines, never the whole.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from bordereaux import tables as t
from bordereaux.prestations import (
    Bordereau,
    DecompteRecu,
    Prestation,
    Sommes,
    in_force,
)
from records.comptes import Perimetre
from records.references import parse_reference
from records.store.listes import Liste, after, bounded, count, decode, encode
from records.store.perimetres import narrow
from records.store.valeurs import periode_of
from socle.db import ReadSession
from socle.errors import NotFoundError


def owner_of(collectivite_id: int) -> str:
    """Return the storage folder of the bordereaux and décomptes of a collectivité."""
    return f"bordereaux{collectivite_id}"


def prestation(row: t.LignePrestation) -> Prestation:
    """Return a line as a value."""
    return Prestation(
        id=row.id, bordereau_id=row.bordereau_id, collectivite_id=row.collectivite_id,
        rang=row.rang, type=row.type, etat=row.etat, agent_id=row.agent_id,
        evenement_id=row.evenement_id, consequence_id=row.consequence_id,
        piece_id=row.piece_id, date_emission=row.date_emission,
        periode=periode_of(row.debut, row.fin), date_soins=row.date_soins,
        brut_eur=row.brut_eur, rembourse_eur=row.rembourse_eur,
        bloque_eur=row.bloque_eur, cle=row.cle, motif_blocage=row.motif_blocage,
        piece_libelle=row.piece_libelle, champs=row.champs,
    )  # fmt: skip


def bordereau(row: t.Bordereau) -> Bordereau:
    """Return a bordereau as a value."""
    return Bordereau(
        id=row.id, reference=row.reference, collectivite_id=row.collectivite_id,
        colis_id=row.colis_id, numero=row.numero, numero_colis=row.numero_colis,
        date_emission=row.date_emission, contrat=row.contrat, budget=row.budget,
        mode_paiement=row.mode_paiement, iban=row.iban, nb_lignes=row.nb_lignes,
        nb_reglees=row.nb_reglees, nb_bloquees=row.nb_bloquees, brut_eur=row.brut_eur,
        rembourse_eur=row.rembourse_eur, bloque_eur=row.bloque_eur,
        ecarts=tuple(row.ecarts), importe_at=row.importe_at,
    )  # fmt: skip


def _decompte(row: t.Decompte) -> DecompteRecu:
    return DecompteRecu(
        reference=row.reference, collectivite_id=row.collectivite_id,
        bordereau_id=row.bordereau_id, nom_fichier=row.nom_fichier,
        empreinte=row.empreinte, taille=row.taille, recu_at=row.recu_at,
    )  # fmt: skip


def _whole(statement: Any, table: Any, perimetre: Perimetre) -> Any:  # noqa: ANN401
    kept = narrow(statement, table, perimetre)
    return kept if perimetre.services is None else kept.where(sa.false())


# --- bordereaux and décomptes ----------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FiltreBordereaux:
    """What a list is narrowed to; None means all. `colis` is the manager's number."""

    collectivite_id: int | None = None
    colis: str | None = None
    du: dt.date | None = None
    au: dt.date | None = None


def _filtered(perimetre: Perimetre, filtre: FiltreBordereaux) -> Any:  # noqa: ANN401
    b = t.Bordereau
    statement = _whole(sa.select(b), b, perimetre)
    if filtre.collectivite_id is not None:
        statement = statement.where(b.collectivite_id == filtre.collectivite_id)
    if filtre.colis is not None:
        statement = statement.where(b.numero_colis == filtre.colis)
    if filtre.du is not None:
        statement = statement.where(b.date_emission >= filtre.du)
    if filtre.au is not None:
        statement = statement.where(b.date_emission <= filtre.au)
    return statement


def listing(
    session: ReadSession,
    perimetre: Perimetre,
    filtre: FiltreBordereaux,
    *,
    curseur: str | None = None,
    limite: int = 50,
) -> Liste[Bordereau]:
    """List the bordereaux, the last issued first."""
    statement = _filtered(perimetre, filtre)
    total, size = count(session, statement), bounded(limite)
    columns = (t.Bordereau.date_emission, t.Bordereau.id)
    if curseur:
        seen = decode(curseur, (dt.date.fromisoformat, int))
        statement = statement.where(after(columns, seen, is_descending=True))
    ordered = statement.order_by(*(column.desc() for column in columns))
    rows = session.scalars(ordered.limit(size + 1)).all()
    suivant = None
    if len(rows) > size:
        suivant = encode((rows[size - 1].date_emission, rows[size - 1].id))
    return Liste([bordereau(row) for row in rows[:size]], suivant, total)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColisEmis:
    """An outgoing colis as a collectivité chooses it: its number, how much it holds."""

    numero: str
    date_emission: dt.date
    nb_bordereaux: int
    rembourse_eur: Decimal


def outgoing_colis(
    session: ReadSession, perimetre: Perimetre, collectivite_id: int | None = None
) -> list[ColisEmis]:
    """Return the colis one may choose from, the last issued first (200 at most)."""
    b = t.Bordereau
    day = sa.func.max(b.date_emission)
    statement = _whole(
        sa.select(b.numero_colis, day, sa.func.count(), sa.func.sum(b.rembourse_eur)),
        b,
        perimetre,
    )
    if collectivite_id is not None:
        statement = statement.where(b.collectivite_id == collectivite_id)
    ordered = statement.group_by(b.numero_colis).order_by(day.desc(), b.numero_colis)
    return [
        ColisEmis(numero=row[0], date_emission=row[1], nb_bordereaux=row[2],
                  rembourse_eur=row[3])
        for row in session.execute(ordered.limit(200))
    ]  # fmt: skip


def get(session: ReadSession, reference: str, perimetre: Perimetre) -> Bordereau:
    """Return a bordereau; `NotFoundError` when foreign or inexistent."""
    canonical = parse_reference(reference) or reference
    statement = sa.select(t.Bordereau).where(t.Bordereau.reference == canonical)
    row = session.scalar(_whole(statement, t.Bordereau, perimetre))
    if row is None:
        raise NotFoundError("introuvable", "Aucun bordereau à cette référence.")
    return bordereau(row)


def by_ids(session: ReadSession, ids: Sequence[int]) -> dict[int, Bordereau]:
    """Return bordereaux already known to be visible, by id."""
    chosen = sa.select(t.Bordereau).where(t.Bordereau.id.in_(sorted(set(ids))))
    return {row.id: bordereau(row) for row in session.scalars(chosen)}


def lines_of(
    session: ReadSession,
    bordereau_id: int,
    *,
    curseur: str | None = None,
    limite: int | None = None,
) -> Liste[Prestation]:
    """Return the lines of a bordereau already known to be visible, in order."""
    x = t.LignePrestation
    statement = sa.select(x).where(x.bordereau_id == bordereau_id)
    total = count(session, statement)
    if curseur:
        (rang,) = decode(curseur, (int,))
        statement = statement.where(x.rang > rang)
    statement = statement.order_by(x.rang)
    if limite is None:
        rows = session.scalars(statement).all()
        return Liste([prestation(row) for row in rows], None, total)
    size = bounded(limite)
    rows = session.scalars(statement.limit(size + 1)).all()
    suivant = encode((rows[size - 1].rang,)) if len(rows) > size else None
    return Liste([prestation(row) for row in rows[:size]], suivant, total)


def decomptes(
    session: ReadSession,
    perimetre: Perimetre,
    *,
    collectivite_id: int | None = None,
    bordereau_ids: Sequence[int] | None = None,
    curseur: str | None = None,
    limite: int = 200,
) -> Liste[DecompteRecu]:
    """List the décomptes received, the last first."""
    d = t.Decompte
    statement = _whole(sa.select(d), d, perimetre)
    if collectivite_id is not None:
        statement = statement.where(d.collectivite_id == collectivite_id)
    if bordereau_ids is not None:
        statement = statement.where(d.bordereau_id.in_(bordereau_ids))
    total, size = count(session, statement), bounded(limite)
    if curseur:
        (last,) = decode(curseur, (int,))
        statement = statement.where(d.id < last)
    rows = session.scalars(statement.order_by(d.id.desc()).limit(size + 1)).all()
    suivant = encode((rows[size - 1].id,)) if len(rows) > size else None
    return Liste([_decompte(row) for row in rows[:size]], suivant, total)


def decompte(
    session: ReadSession, reference: str, perimetre: Perimetre
) -> DecompteRecu:
    """Return a décompte; `NotFoundError` when foreign or inexistent."""
    canonical = parse_reference(reference) or reference
    statement = sa.select(t.Decompte).where(t.Decompte.reference == canonical)
    row = session.scalar(_whole(statement, t.Decompte, perimetre))
    if row is None:
        raise NotFoundError("introuvable", "Aucun décompte à cette référence.")
    return _decompte(row)


def sommes(
    session: ReadSession,
    evenement_id: int,
    perimetre: Perimetre,
    at: dt.datetime | None = None,
) -> Sommes:
    """Return what an event was paid and what is held back, the oldest days first.

    `at`: as it was known at that instant.
    """
    x = t.LignePrestation
    statement = narrow(sa.select(x).where(x.evenement_id == evenement_id), x, perimetre)
    if at is not None:
        known = sa.select(t.Bordereau.id).where(t.Bordereau.importe_at <= at)
        statement = statement.where(x.bordereau_id.in_(known))
    lines = in_force([prestation(row) for row in session.scalars(statement)])
    lines.sort(
        key=lambda line: (
            line.periode.debut if line.periode else line.date_soins,
            line.id,
        )
    )
    return Sommes(lignes=tuple(lines))
