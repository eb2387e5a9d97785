"""What a colis holds, on disk: plis, files found, papers announced, disagreements.

Reading narrows line by line: a collectivité sees its own lines of a shared colis, and
nothing that tells of the others. Lines of nobody yet are the house's.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from records import tables_colis as tc
from records.colis import Ecart, EcartNouveau, Element, EtatFichier, Fichier, Pli
from records.comptes import Perimetre
from records.journal import FaitNouveau, Tag
from records.references import Sujet, new_reference, parse_reference
from records.store import journal
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, NotFoundError

# disagreements written before anything is read
AT_THE_DOOR = frozenset({"nom", "octets-recus-de-nouveau"})


def _lines(
    statement: Any,  # noqa: ANN401 - a select
    table: Any,  # noqa: ANN401 - a mapped class with `collectivite_id`
    perimetre: Perimetre,
) -> Any:  # noqa: ANN401 - the same select
    if perimetre.services is not None:
        return statement.where(sa.false())
    if perimetre.collectivites is None:
        return statement
    return statement.where(table.collectivite_id.in_(sorted(perimetre.collectivites)))


def _pli(row: tc.Pli) -> Pli:
    return Pli(
        id=row.id,
        colis_id=row.colis_id,
        numero=row.numero,
        collectivite_id=row.collectivite_id,
        nb_elements_annonce=row.nb_elements_annonce,
        recu_at=row.recu_at,
        annonce=row.annonce,
    )


def fichier_value(row: tc.Fichier) -> Fichier:
    """Return a file as a value."""
    return Fichier(
        id=row.id,
        colis_id=row.colis_id,
        rang=row.rang,
        nom=row.nom,
        taille=row.taille,
        etat=row.etat,
        empreinte=row.empreinte,
        code=row.code,
        motif=row.motif,
        depot_id=row.depot_id,
        collectivite_id=row.collectivite_id,
    )


def _element(row: tc.Element) -> Element:
    return Element(
        id=row.id,
        colis_id=row.colis_id,
        rang=row.rang,
        nom_fichier=row.nom_fichier,
        pli_id=row.pli_id,
        rang_pli=row.rang_pli,
        fichier_id=row.fichier_id,
        numero_controle=row.numero_controle,
        type_annonce=row.type_annonce,
        sous_type=row.sous_type,
        nb_pages_annonce=row.nb_pages_annonce,
        page_debut=row.page_debut,
        page_fin=row.page_fin,
        empreinte_annoncee=row.empreinte_annoncee,
        numerise_at=row.numerise_at,
        collectivite_id=row.collectivite_id,
        is_tardif=row.is_tardif,
        index=row.index,
    )


def _ecart(row: tc.Ecart) -> Ecart:
    return Ecart(
        id=row.id,
        reference=row.reference,
        colis_id=row.colis_id,
        code=row.code,
        detail=row.detail,
        proprietaire=row.proprietaire,
        is_ouvert=row.is_ouvert,
        ouvert_at=row.ouvert_at,
        element_id=row.element_id,
        fichier_id=row.fichier_id,
        collectivite_id=row.collectivite_id,
        clos_at=row.clos_at,
        clos_par=row.clos_par,
        motif_cloture=row.motif_cloture,
    )


def plis(session: ReadSession, colis_id: int, perimetre: Perimetre) -> tuple[Pli, ...]:
    """Return the plis of a colis, in order."""
    statement = sa.select(tc.Pli).where(tc.Pli.colis_id == colis_id)
    rows = session.scalars(_lines(statement, tc.Pli, perimetre).order_by(tc.Pli.id))
    return tuple(_pli(row) for row in rows)


def fichiers(
    session: ReadSession,
    colis_id: int,
    perimetre: Perimetre,
    *,
    etats: tuple[str, ...] = (),
    after: int = 0,
    limite: int | None = None,
) -> tuple[Fichier, ...]:
    """Return the files found in a colis, in order, from the rank after `after`."""
    statement = sa.select(tc.Fichier).where(
        tc.Fichier.colis_id == colis_id, tc.Fichier.rang > after
    )
    if etats:
        statement = statement.where(tc.Fichier.etat.in_(etats))
    narrowed = _lines(statement, tc.Fichier, perimetre).order_by(tc.Fichier.rang)
    if limite is not None:
        narrowed = narrowed.limit(limite)
    return tuple(fichier_value(row) for row in session.scalars(narrowed))


def fichier(
    session: ReadSession, colis_id: int, rang: int, perimetre: Perimetre
) -> Fichier:
    """Return one file of a colis; `NotFoundError` when foreign or inexistent."""
    statement = sa.select(tc.Fichier).where(
        tc.Fichier.colis_id == colis_id, tc.Fichier.rang == rang
    )
    row = session.scalar(_lines(statement, tc.Fichier, perimetre))
    if row is None:
        raise NotFoundError("introuvable", "Aucun fichier à ce rang dans ce colis.")
    return fichier_value(row)


def elements(
    session: ReadSession, colis_id: int, perimetre: Perimetre
) -> tuple[Element, ...]:
    """Return the papers announced by a colis, in order."""
    statement = sa.select(tc.Element).where(tc.Element.colis_id == colis_id)
    narrowed = _lines(statement, tc.Element, perimetre).order_by(tc.Element.rang)
    return tuple(_element(row) for row in session.scalars(narrowed))


def ecarts(
    session: ReadSession, colis_id: int, perimetre: Perimetre
) -> tuple[Ecart, ...]:
    """Return the disagreements of a colis, open first, oldest first."""
    statement = sa.select(tc.Ecart).where(tc.Ecart.colis_id == colis_id)
    narrowed = _lines(statement, tc.Ecart, perimetre)
    rows = session.scalars(narrowed.order_by(tc.Ecart.is_ouvert.desc(), tc.Ecart.id))
    return tuple(_ecart(row) for row in rows)


def open_counts(session: ReadSession, colis_ids: Sequence[int]) -> dict[int, int]:
    """Return how many disagreements are open, by colis."""
    rows = session.execute(
        sa.select(tc.Ecart.colis_id, sa.func.count())
        .where(tc.Ecart.colis_id.in_(colis_ids), tc.Ecart.is_ouvert)
        .group_by(tc.Ecart.colis_id)
    )
    return {row[0]: row[1] for row in rows}


def of_depot(session: ReadSession, depot_id: int) -> Fichier | None:
    """Return the file of a colis that became this deposit, None when it came alone."""
    row = session.scalar(
        sa.select(tc.Fichier)
        .where(
            tc.Fichier.depot_id == depot_id, tc.Fichier.etat == EtatFichier.DEPOSE.code
        )
        .order_by(tc.Fichier.id)
        .limit(1)
    )
    return fichier_value(row) if row else None


def open_ecart(
    session: WriteSession,
    colis_id: int,
    nouveau: EcartNouveau,
    *,
    auteur: str,
    now: dt.datetime,
) -> Ecart:
    """Write a disagreement; the same one, open or closed, is returned, not doubled."""
    row = session.scalar(
        sa.select(tc.Ecart).where(
            tc.Ecart.colis_id == colis_id, tc.Ecart.cle == nouveau.cle
        )
    )
    if row is None:
        row = tc.Ecart(
            reference=new_reference(Sujet.ECART, now.year),
            colis_id=colis_id,
            cle=nouveau.cle,
            code=nouveau.code.code,
            detail=nouveau.detail,
            element_id=nouveau.element_id,
            fichier_id=nouveau.fichier_id,
            collectivite_id=nouveau.collectivite_id,
            proprietaire=nouveau.proprietaire,
            ouvert_at=now,
        )
        session.add(row)
        session.flush()
        _note(session, row, Tag.ECART_OUVERT, auteur, now, {"code": row.code})
    return _ecart(row)


def close_settled(
    session: WriteSession,
    colis_id: int,
    kept: set[str],
    *,
    auteur: str,
    now: dt.datetime,
) -> int:
    """Close the open disagreements that a new comparison no longer finds.

    Those written at the door (`nom`, bytes that came again) are for a person to close.
    """
    rows = session.scalars(
        sa.select(tc.Ecart).where(tc.Ecart.colis_id == colis_id, tc.Ecart.is_ouvert)
    )
    settled = [row for row in rows if row.cle not in kept | AT_THE_DOOR]
    for row in settled:
        _close(session, row, auteur, "Réglé depuis.", now)
    return len(settled)


def close_ecart(
    session: WriteSession,
    reference: str,
    *,
    perimetre: Perimetre,
    auteur: str,
    motif: str,
    now: dt.datetime,
) -> Ecart:
    """Close a disagreement with a reason; `ConflictError` (`deja-clos`) when it was."""
    canonical = parse_reference(reference) or reference
    statement = sa.select(tc.Ecart).where(tc.Ecart.reference == canonical)
    row = session.scalar(_lines(statement, tc.Ecart, perimetre))
    if row is None:
        raise NotFoundError("introuvable", "Aucun écart à cette référence.")
    if not row.is_ouvert:
        raise ConflictError("deja-clos", "Cet écart est déjà clos.")
    _close(session, row, auteur, motif, now)
    return _ecart(row)


def _close(
    session: WriteSession, row: tc.Ecart, auteur: str, motif: str, now: dt.datetime
) -> None:
    row.is_ouvert = False
    row.clos_at, row.clos_par, row.motif_cloture = now, auteur, motif
    session.flush()
    _note(session, row, Tag.ECART_CLOS, auteur, now, {"code": row.code})


def _note(
    session: WriteSession,
    row: tc.Ecart,
    tag: Tag,
    auteur: str,
    now: dt.datetime,
    contenu: dict[str, Any],
) -> None:
    fait = FaitNouveau(
        tag=tag,
        sujet=row.reference,
        auteur=auteur,
        collectivite_id=row.collectivite_id,
        contenu=contenu,
    )
    journal.append(session, fait, now)
