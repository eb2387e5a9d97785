"""Colis on disk: received once, opened once, closed when reconciled.

Who sees a colis: those who see all; the collectivité it was sent for; a collectivité one of
whose papers it holds. What is inside is narrowed again, line by line (`colis_contenu`).
"""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from records import tables_colis as tc
from records.colis import Colis, ColisNouveau, EtatColis, Sens
from records.comptes import Perimetre
from records.journal import FaitNouveau, Tag
from records.references import Sujet, new_reference, parse_reference
from records.store import curseurs, journal
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, NotFoundError

UNFINISHED = (EtatColis.RECU.code, EtatColis.EN_COURS.code)

_FACTS = {
    EtatColis.RECU: Tag.COLIS_REPRIS,
    EtatColis.DEPOUILLE: Tag.COLIS_OUVERT,
    EtatColis.CLOS: Tag.COLIS_CLOS,
    EtatColis.REFUSE: Tag.COLIS_REFUSE,
    EtatColis.QUARANTAINE: Tag.COLIS_QUARANTAINE,
    EtatColis.RENDU: Tag.COLIS_RENDU,
}


def value(row: tc.Colis) -> Colis:
    """Return a colis as a value."""
    return Colis(
        id=row.id,
        reference=row.reference,
        sens=row.sens,
        enveloppe=row.enveloppe,
        etat=row.etat,
        code=row.code,
        motif=row.motif,
        numero=row.numero,
        nom_fichier=row.nom_fichier,
        empreinte=row.empreinte,
        taille=row.taille,
        canal=row.canal,
        depose_par=row.depose_par,
        collectivite_id=row.collectivite_id,
        recu_at=row.recu_at,
        date_reception=row.date_reception,
        livre_at=row.livre_at,
        ouvert_at=row.ouvert_at,
        lot_cree_at=row.lot_cree_at,
        operateur=row.operateur,
        boite_postale=row.boite_postale,
        organisme=row.organisme,
        classification=row.classification,
        ref_dossier=row.ref_dossier,
        ref_client=row.ref_client,
        renumerisation_de=row.renumerisation_de,
        nb_plis_annonce=row.nb_plis_annonce,
        nb_elements_annonce=row.nb_elements_annonce,
        nb_pages_annonce=row.nb_pages_annonce,
        non_numerisables=tuple(row.non_numerisables),
        liste=row.liste,
        nb_fichiers=row.nb_fichiers,
        nb_octets=row.nb_octets,
        depouille_at=row.depouille_at,
        clos_at=row.clos_at,
        recepisse=row.recepisse,
        version=row.version,
    )


def narrow(
    statement: Any,  # noqa: ANN401 - a select
    perimetre: Perimetre,
) -> Any:  # noqa: ANN401 - the same select
    """Keep the colis that concern the perimeter; someone of one service sees none."""
    if perimetre.services is not None:
        return statement.where(sa.false())
    if perimetre.collectivites is None:
        return statement
    seen = sorted(perimetre.collectivites)
    inside = [
        sa.select(table.colis_id).where(table.collectivite_id.in_(seen))
        for table in (tc.Pli, tc.Fichier, tc.Element)
    ]
    return statement.where(
        sa.or_(
            tc.Colis.collectivite_id.in_(seen),
            *(tc.Colis.id.in_(ids) for ids in inside),
        )
    )


def add(
    session: WriteSession,
    nouveau: ColisNouveau,
    *,
    now: dt.datetime,
    recepisse: str = "",
) -> Colis:
    """Write a colis whose bytes are durable, with its fact; its reference is drawn here."""
    row = tc.Colis(
        reference=new_reference(Sujet.COLIS, now.year),
        sens=nouveau.sens.code,
        enveloppe=nouveau.enveloppe.code if nouveau.enveloppe else None,
        etat=EtatColis.RECU.code,
        numero=nouveau.numero,
        nom_fichier=nouveau.nom_fichier,
        empreinte=nouveau.empreinte,
        taille=nouveau.taille,
        canal=nouveau.canal,
        depose_par=nouveau.depose_par,
        collectivite_id=nouveau.collectivite_id,
        recu_at=now,
        date_reception=nouveau.date_reception,
        nb_pages_annonce=nouveau.nb_pages_annonce,
        non_numerisables=[],
        recepisse=recepisse,
    )
    session.add(row)
    session.flush()
    contenu = {"empreinte": nouveau.empreinte, "taille": nouveau.taille}
    note(session, row, Tag.COLIS_RECU, nouveau.depose_par, now, contenu)
    return value(row)


def sign(session: WriteSession, colis_id: int, recepisse: str) -> Colis:
    """Write the signature of the receipt, once the reference is known."""
    row = session.get_one(tc.Colis, colis_id)
    row.recepisse = recepisse
    session.flush()
    return value(row)


def get(session: ReadSession, reference: str, perimetre: Perimetre) -> Colis:
    """Return a colis; `NotFoundError` when foreign or inexistent."""
    canonical = parse_reference(reference) or reference
    statement = sa.select(tc.Colis).where(tc.Colis.reference == canonical)
    row = session.scalar(narrow(statement, perimetre))
    if row is None:
        raise NotFoundError("introuvable", "Aucun colis à cette référence.")
    return value(row)


def by_ids(session: ReadSession, ids: list[int]) -> dict[int, Colis]:
    """Return colis already known to be visible, by id."""
    rows = session.scalars(sa.select(tc.Colis).where(tc.Colis.id.in_(ids)))
    return {row.id: value(row) for row in rows}


def same_bytes(session: ReadSession, sens: Sens, empreinte: str) -> Colis | None:
    """Return the colis of the same direction made of the same bytes."""
    row = session.scalar(
        sa.select(tc.Colis).where(
            tc.Colis.sens == sens.code, tc.Colis.empreinte == empreinte
        )
    )
    return value(row) if row else None


def listing(
    session: ReadSession,
    perimetre: Perimetre,
    *,
    sens: str | None = None,
    etat: str | None = None,
    collectivite_id: int | None = None,
    curseur: str | None = None,
    limite: int = 50,
) -> curseurs.PageDe[Colis]:
    """Return one page of colis, newest first.

    `collectivite_id` keeps those sent for it or holding one of its papers.
    """
    limite = curseurs.bounded(limite)
    base = narrow(sa.select(tc.Colis), perimetre)
    if collectivite_id is not None:
        only = Perimetre(collectivites=frozenset({collectivite_id}))
        base = narrow(base, only)
    if sens:
        base = base.where(tc.Colis.sens == sens)
    if etat:
        base = base.where(tc.Colis.etat == etat)
    total = session.scalar(sa.select(sa.func.count()).select_from(base.subquery())) or 0
    statement = base.order_by(tc.Colis.id.desc()).limit(limite + 1)
    if curseur:
        (last,) = curseurs.decode(curseur, 1)
        statement = statement.where(tc.Colis.id < int(last))
    rows = list(session.scalars(statement))
    suivant = curseurs.encode(rows[limite - 1].id) if len(rows) > limite else None
    elements = tuple(value(row) for row in rows[:limite])
    return curseurs.PageDe(elements=elements, suivant=suivant, total=total)


def move(
    session: WriteSession,
    colis_id: int,
    etat: EtatColis,
    *,
    now: dt.datetime,
    auteur: str,
    code: str | None = None,
    motif: str | None = None,
    nombre: int | None = None,
) -> Colis:
    """Bring a colis to a state, with its fact; the same state twice writes nothing."""
    row = session.get_one(tc.Colis, colis_id, with_for_update=True)
    if row.etat == etat.code and row.code == code:
        return value(row)
    row.etat, row.code, row.motif = etat.code, code, motif
    row.version += 1
    if etat is EtatColis.DEPOUILLE:
        row.depouille_at = row.depouille_at or now
    if etat is EtatColis.CLOS:
        row.clos_at = now
    session.flush()
    contenu: dict[str, Any] = {"code": code} if code else {}
    if nombre is not None:
        contenu["nombre"] = nombre
    if etat in _FACTS:
        note(session, row, _FACTS[etat], auteur, now, contenu)
    return value(row)


def change(session: WriteSession, colis_id: int, changes: dict[str, Any]) -> Colis:
    """Write what the list of a colis says of it (columns of the table)."""
    row = session.get_one(tc.Colis, colis_id)
    for name, given in changes.items():
        setattr(row, name, given)
    session.flush()
    return value(row)


def take(session: WriteSession, reference: str, vie: str) -> tuple[Colis, int, int]:
    """Start an attempt, counted before the work; return it with attempts and resumes.

    As for deposits: an attempt cut in another life of the service is counted apart.
    """
    row = session.scalar(sa.select(tc.Colis).where(tc.Colis.reference == reference))
    if row is None:
        raise NotFoundError("introuvable", f"Aucun colis {reference}.")
    if row.etat in UNFINISHED:
        is_cut = row.etat == EtatColis.EN_COURS.code and row.essai_vie != vie
        row.etat, row.code, row.motif = EtatColis.EN_COURS.code, None, None
        row.essai_vie = vie
        if is_cut:
            row.nb_reprises += 1
        else:
            row.nb_essais += 1
        session.flush()
    return value(row), row.nb_essais, row.nb_reprises


def give_back(session: WriteSession, colis_id: int, code: str, motif: str) -> None:
    """Put a colis back for later, its attempt not counted: something else is missing."""
    row = session.get_one(tc.Colis, colis_id)
    if row.etat == EtatColis.EN_COURS.code:
        row.etat, row.code, row.motif = EtatColis.RECU.code, code, motif
        row.nb_essais = max(0, row.nb_essais - 1)
        session.flush()


def forget_attempts(session: WriteSession, colis_id: int) -> None:
    """Start counting again: work advanced, or a person asked for another opening."""
    row = session.get_one(tc.Colis, colis_id)
    row.nb_essais = row.nb_reprises = 0
    session.flush()


def hold(session: WriteSession, colis_id: int, version: int | None) -> Colis:
    """Lock a colis to the end of the transaction; `etat-modifie` when it changed since."""
    row = session.get_one(tc.Colis, colis_id, with_for_update=True)
    if version is not None and row.version != version:
        raise ConflictError(
            "etat-modifie",
            "Ce colis a changé depuis l'affichage de la page. Rien n'a été fait : "
            "regardez-le de nouveau.",
        )
    row.version += 1
    session.flush()
    return value(row)


def note(
    session: WriteSession,
    row: tc.Colis,
    tag: Tag,
    auteur: str,
    now: dt.datetime,
    contenu: dict[str, Any],
) -> None:
    """Write a fact about a colis."""
    fait = FaitNouveau(
        tag=tag,
        sujet=row.reference,
        auteur=auteur,
        collectivite_id=row.collectivite_id,
        contenu=contenu,
    )
    journal.append(session, fait, now)
