"""Relevés de comptes: what was reimbursed over a period, six months back at most."""

import calendar
import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from bordereaux import tables as t
from bordereaux.lignes_lues import EtatLigne
from bordereaux.prestations import Prestation
from bordereaux.registre_prestations import prestation
from records import tables as register
from records.comptes import Perimetre
from records.noms import fold
from records.store import valeurs
from records.store.listes import Liste, after, bounded, count, decode, encode
from records.store.perimetres import narrow
from socle.db import ReadSession
from socle.errors import ErreurChamp, RefusedError

MONTHS_BACK = 6
_YEAR = 12


def earliest(on: dt.date) -> dt.date:
    """Return the first day a relevé may show on a day: six months before.

    >>> earliest(dt.date(2026, 9, 30)), earliest(dt.date(2026, 8, 31))
    (datetime.date(2026, 3, 30), datetime.date(2026, 2, 28))
    """
    months = on.year * _YEAR + on.month - 1 - MONTHS_BACK
    year, month = divmod(months, _YEAR)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(on.day, last))


def window(
    du: dt.date | None, au: dt.date | None, on: dt.date
) -> "tuple[dt.date, dt.date]":
    """Return the two days of a relevé asked for on a day; the longest when unsaid.

    Raises `RefusedError` (`periode-invalide`) past six months, or upside down.
    """
    first, last = du or earliest(on), au or on
    wrong = None
    if first < earliest(on):
        wrong = (
            "du",
            f"Un relevé remonte à six mois au plus : le {earliest(on):%d/%m/%Y}.",
        )
    elif last < first:
        wrong = ("au", "Le dernier jour précède le premier.")
    if wrong is not None:
        champ, detail = wrong
        faute = ErreurChamp(champ=champ, code="periode-invalide", detail=detail)
        raise RefusedError("periode-invalide", detail, erreurs=(faute,))
    return first, last


@dataclass(frozen=True, slots=True, kw_only=True)
class FiltreReleve:
    """Which reimbursements: by day of payment, both included; None means all."""

    du: dt.date
    au: dt.date
    collectivite_id: int | None = None
    type: str | None = None
    texte: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneReleve:
    """A reimbursement, with the references a person needs to follow it."""

    prestation: Prestation
    bordereau: str
    numero: str
    agent: str
    agent_nom: str
    evenement: str
    nature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Releve:
    """A page of reimbursements and the sum of all of them."""

    lignes: Liste[LigneReleve]
    total_eur: Decimal


def releve(
    session: ReadSession,
    perimetre: Perimetre,
    filtre: FiltreReleve,
    *,
    curseur: str | None = None,
    limite: int = 50,
) -> Releve:
    """Return the reimbursements of a period, the last first."""
    statement = _reimbursed(perimetre, filtre)
    x = t.LignePrestation
    total = count(session, statement.with_only_columns(x.id))
    summed = session.scalar(statement.with_only_columns(sa.func.sum(x.rembourse_eur)))
    columns, size = (x.date_emission, x.id), bounded(limite)
    if curseur:
        seen = decode(curseur, (dt.date.fromisoformat, int))
        statement = statement.where(after(columns, seen, is_descending=True))
    ordered = statement.order_by(*(column.desc() for column in columns))
    rows = session.execute(ordered.limit(size + 1)).all()
    suivant = None
    if len(rows) > size:
        last = rows[size - 1][0]
        suivant = encode((last.date_emission, last.id))
    return Releve(
        lignes=Liste([_releve_line(row) for row in rows[:size]], suivant, total),
        total_eur=summed or Decimal("0.00"),
    )


def _reimbursed(perimetre: Perimetre, filtre: FiltreReleve) -> Any:  # noqa: ANN401
    x, b, a, e = t.LignePrestation, t.Bordereau, register.Agent, register.Evenement
    statement = narrow(
        sa.select(x, b.reference, b.numero, a, e.reference, e.nature)
        .join(b, b.id == x.bordereau_id)
        .join(a, a.id == x.agent_id)
        .join(e, e.id == x.evenement_id)
        .where(
            x.etat == EtatLigne.REGLEE.code,
            x.rembourse_eur != Decimal("0.00"),
            x.date_emission >= filtre.du,
            x.date_emission <= filtre.au,
        ),
        x,
        perimetre,
    )
    if filtre.collectivite_id is not None:
        statement = statement.where(x.collectivite_id == filtre.collectivite_id)
    if filtre.type is not None:
        statement = statement.where(x.type == filtre.type)
    for word in fold(filtre.texte or "").split():
        statement = statement.where(a.recherche.contains(word, autoescape=True))
    return statement


def _releve_line(row: Any) -> LigneReleve:  # noqa: ANN401 - a joined row
    line, reference, numero, agent, evenement, nature = row
    return LigneReleve(
        prestation=prestation(line), bordereau=reference, numero=numero,
        agent=agent.reference, agent_nom=valeurs.agent(agent).libelle,
        evenement=evenement, nature=nature,
    )  # fmt: skip
