"""Writes the bordereaux of one colis in one transaction: all of it, or nothing.

A line already there with the same values is left; with others, it is refused: a bordereau
that was issued does not change.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from bordereaux import tables as t
from bordereaux.liens import Lien
from bordereaux.lignes_lues import EtatLigne, Faute, LigneLue, TypeLigne
from bordereaux.lots import EcartLu, Source
from bordereaux.prestations import held_back
from bordereaux.registre_prestations import owner_of, prestation
from records import tables_colis as tc
from records.journal import FaitNouveau, Tag
from records.references import Sujet, new_reference
from records.store import journal
from records.store.emissions import keep_bytes
from records.store.sommes import hold_back
from socle.db import WriteSession
from socle.storage import Recu

_AT_ONCE = 500
ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneLiee:
    """A line ready to be written: where it comes from, what it says, whose it is."""

    source: Source
    rang: int
    ligne: LigneLue
    lien: Lien


@dataclass(slots=True, kw_only=True)
class BordereauPret:
    """A bordereau ready to be written, its décomptes already kept as bytes."""

    numero: str
    colis: str
    collectivite_id: int
    date_emission: dt.date
    entete: Mapping[str, str | None]
    annonce: Mapping[str, Any]
    ecarts: Sequence[EcartLu] = ()
    lignes: list[LigneLiee] = field(default_factory=list)
    decomptes: list[tuple[str, Recu]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ecrit:
    """What became of a line: written, or already there (`faute` None), or refused."""

    source: Source
    is_new: bool
    faute: Faute | None = None


def write_colis(
    session: WriteSession,
    ready: Sequence[BordereauPret],
    *,
    colis_id: int,
    auteur: str,
    now: dt.datetime,
) -> list[Ecrit]:
    """Write the bordereaux of a colis; return what became of each line."""
    answers: list[Ecrit] = []
    touched: set[int] = set()
    # always in the same order, so that two imports never wait for each other
    for place in sorted({one.collectivite_id for one in ready}):
        journal.lock(session, place)
    for one in ready:
        row = _row(session, one, colis_id, auteur, now)
        found = _write_lines(session, row, one)
        answers += found
        is_new = {answer.source for answer in found if answer.is_new}
        touched |= {x.lien.evenement_id for x in one.lignes if x.source in is_new}
        nb_files = _write_decomptes(session, row, one, now)
        _close(session, row, one, len(is_new), nb_files, auteur, now)
    _hold_back(session, touched)
    return answers


def _row(
    session: WriteSession,
    one: BordereauPret,
    colis_id: int,
    auteur: str,
    now: dt.datetime,
) -> t.Bordereau:
    b = t.Bordereau
    row = session.scalar(
        sa.select(b)
        .where(b.collectivite_id == one.collectivite_id, b.numero == one.numero)
        .with_for_update()
    )
    if row is not None:
        return row
    row = b(
        reference=new_reference(Sujet.BORDEREAU, one.date_emission.year),
        collectivite_id=one.collectivite_id, colis_id=colis_id, numero=one.numero,
        numero_colis=one.colis, date_emission=one.date_emission,
        contrat=one.entete.get("contrat"), budget=one.entete.get("budget_cotisation"),
        mode_paiement=one.entete.get("mode_paiement"), iban=one.entete.get("iban"),
        nb_lignes=0, nb_reglees=0, nb_bloquees=0, brut_eur=ZERO, rembourse_eur=ZERO,
        bloque_eur=ZERO, annonce=dict(one.annonce), ecarts=[], importe_at=now,
        importe_par=auteur,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _add_pli(session, row, one)
    return row


def _add_pli(session: WriteSession, row: t.Bordereau, one: BordereauPret) -> None:
    """Say that the colis holds something of this collectivité: that is how it sees it."""
    p = tc.Pli
    numero = one.numero[:40]
    known = sa.select(p.id).where(p.colis_id == row.colis_id, p.numero == numero)
    if session.scalar(known) is not None:
        numero = row.reference  # the manager's number stands twice in this colis
    pli = p(
        colis_id=row.colis_id, numero=numero, collectivite_id=one.collectivite_id,
        annonce=dict(one.annonce),
    )  # fmt: skip
    session.add(pli)


# --- lines -----------------------------------------------------------------------------


def _write_lines(
    session: WriteSession, row: t.Bordereau, one: BordereauPret
) -> list[Ecrit]:
    if row.date_emission != one.date_emission or row.numero_colis != one.colis:
        faute = Faute(
            colonne="n_bordereau",
            detail=f"le bordereau {row.numero} a déjà été importé, émis le "
            f"{row.date_emission:%d/%m/%Y} dans le colis {row.numero_colis}.",
        )
        return [Ecrit(source=x.source, is_new=False, faute=faute) for x in one.lignes]
    x = t.LignePrestation
    present = {
        line.rang: line
        for line in session.scalars(sa.select(x).where(x.bordereau_id == row.id))
    }
    answers, new = [], []
    for line in one.lignes:
        known = present.get(line.rang)
        if known is None:
            new.append(_values(row, line))
            answers.append(Ecrit(source=line.source, is_new=True))
        else:
            why = None if _is_same(known, line) else _changed(known)
            answers.append(Ecrit(source=line.source, is_new=False, faute=why))
    for start in range(0, len(new), _AT_ONCE):
        session.execute(sa.insert(x), new[start : start + _AT_ONCE])
    return answers


def _values(row: t.Bordereau, given: LigneLiee) -> dict[str, Any]:
    line, lien = given.ligne, given.lien
    return {
        "bordereau_id": row.id, "collectivite_id": row.collectivite_id,
        "rang": given.rang, "type": line.type.code, "etat": line.etat.code,
        "agent_id": lien.agent_id, "evenement_id": lien.evenement_id,
        "consequence_id": lien.consequence_id, "piece_id": lien.piece_id,
        "cle": line.cle, "date_emission": row.date_emission,
        "debut": line.periode.debut if line.periode else None,
        "fin": line.periode.fin if line.periode else None,
        "date_soins": line.date_soins, "brut_eur": line.brut_eur,
        "rembourse_eur": line.rembourse_eur, "bloque_eur": line.bloque_eur,
        "motif_blocage": line.motif_blocage, "piece_libelle": lien.piece_libelle,
        "champs": dict(line.champs),
    }  # fmt: skip


def _is_same(known: t.LignePrestation, given: LigneLiee) -> bool:
    line, lien = given.ligne, given.lien
    return (
        known.type, known.etat, known.cle, known.agent_id, known.evenement_id,
        known.brut_eur, known.rembourse_eur, known.bloque_eur, known.champs,
    ) == (
        line.type.code, line.etat.code, line.cle, lien.agent_id, lien.evenement_id,
        line.brut_eur, line.rembourse_eur, line.bloque_eur, dict(line.champs),
    )  # fmt: skip


def _changed(known: t.LignePrestation) -> Faute:
    return Faute(
        colonne="n_ligne",
        detail=f"la ligne {known.rang} de ce bordereau a déjà été importée avec "
        "d'autres valeurs : un bordereau émis ne change pas.",
    )


# --- décomptes, totals, sums held back -------------------------------------------------


def _write_decomptes(
    session: WriteSession, row: t.Bordereau, one: BordereauPret, now: dt.datetime
) -> int:
    d = t.Decompte
    known = set(session.scalars(sa.select(d.empreinte).where(d.bordereau_id == row.id)))
    count = 0
    for name, recu in one.decomptes:
        if recu.empreinte in known:
            continue
        known.add(recu.empreinte)
        reference = new_reference(Sujet.DECOMPTE, row.date_emission.year)
        session.add(
            d(
                reference=reference, collectivite_id=row.collectivite_id,
                bordereau_id=row.id, nom_fichier=name[-255:], empreinte=recu.empreinte,
                taille=recu.taille, recu_at=now,
            )
        )  # fmt: skip
        keep_bytes(
            session, owner_of(row.collectivite_id), recu.empreinte, reference, now
        )
        count += 1
    session.flush()
    return count


def _close(
    session: WriteSession,
    row: t.Bordereau,
    one: BordereauPret,
    nb_new: int,
    nb_files: int,
    auteur: str,
    now: dt.datetime,
) -> None:
    """Count the bordereau again, and say in the journal what came."""
    ecarts = [
        {"champ": e.champ, "annonce": e.annonce, "trouve": e.trouve} for e in one.ecarts
    ]
    if not nb_new and not nb_files and row.ecarts == ecarts:
        return
    x = t.LignePrestation
    is_paid, is_daily = x.etat == EtatLigne.REGLEE.code, x.type == TypeLigne.IJ.code
    nothing = sa.literal(ZERO, t.Euros)
    counted = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.count().filter(is_paid),
            sa.func.coalesce(sa.func.sum(x.brut_eur).filter(is_daily), nothing),
            sa.func.coalesce(sa.func.sum(x.rembourse_eur), nothing),
            sa.func.coalesce(sa.func.sum(x.bloque_eur), nothing),
        ).where(x.bordereau_id == row.id)
    ).one()
    row.nb_lignes, row.nb_reglees = counted[0], counted[1]
    row.nb_bloquees = row.nb_lignes - row.nb_reglees
    row.brut_eur, row.rembourse_eur, row.bloque_eur = counted[2:]
    row.ecarts = ecarts
    row.version += 1
    session.flush()
    contenu = {"numero": row.numero, "nombre": nb_new, "decomptes": nb_files,
               "colis": row.numero_colis}  # fmt: skip
    fait = FaitNouveau(
        tag=Tag.BORDEREAU_IMPORTE, sujet=row.reference, auteur=auteur,
        collectivite_id=row.collectivite_id, contenu=contenu,
    )  # fmt: skip
    journal.append(session, fait, now)


def _hold_back(session: WriteSession, events: Iterable[int]) -> None:
    """Write what each requirement of these events now holds back."""
    ids, x = sorted(events), t.LignePrestation
    for start in range(0, len(ids), _AT_ONCE):
        by_event = defaultdict(list)
        chosen = sa.select(x).where(x.evenement_id.in_(ids[start : start + _AT_ONCE]))
        for line in session.scalars(chosen):
            by_event[line.evenement_id].append(prestation(line))
        amounts: dict[int, Decimal] = {}
        for lines in by_event.values():
            amounts |= held_back(lines)
        hold_back(session, amounts)
