"""Closing a colis: everything read, announced and found compared, disagreements written.

Runs again after each completion; a disagreement already written is found again, and one
that no longer holds is closed with its reason.
"""

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa
import structlog

from intake import boites, rapprochement
from intake import tables as t
from intake.colis import Ouvroir, has_unread
from intake.dossier_colis import Ailleurs, Dossier, LectureFichier
from intake.integration import ELSEWHERE
from records import tables_colis as tc
from records.colis import Colis, EtatColis, Fichier, Sens
from records.comptes import HOUSE
from records.natures import catalogue
from records.store import colis as store
from records.store import colis_contenu as contenu
from records.tables import Justificatif
from socle.db import ReadSession, WriteSession

CLOSER = "rapprochement"
_SLICE = 500
_CLOSABLE = (EtatColis.DEPOUILLE.code, EtatColis.CLOS.code)

log = structlog.get_logger()


def close_colis(ouvroir: Ouvroir, reference: str) -> None:
    """Reconcile a colis whose files have all been read, then close it."""
    db, now = ouvroir.atelier.db, ouvroir.atelier.clock.now()
    count = db.write(_close, reference, now)
    if count is not None:
        log.info("colis-clos", colis=reference, nombre=count)


def _close(session: WriteSession, reference: str, now: dt.datetime) -> int | None:
    colis = store.get(session, reference, HOUSE)
    colis = store.hold(session, colis.id, None)
    if colis.etat not in _CLOSABLE or has_unread(session, colis.id):
        return None
    wanted = rapprochement.compare(gather(session, colis, now))
    for nouveau in wanted:
        contenu.open_ecart(session, colis.id, nouveau, auteur=CLOSER, now=now)
    kept = {nouveau.cle for nouveau in wanted}
    settled = contenu.close_settled(session, colis.id, kept, auteur=CLOSER, now=now)
    log.info("colis-rapproche", colis=reference, nombre=len(wanted), n=settled)
    count = contenu.open_counts(session, [colis.id]).get(colis.id, 0)
    store.move(session, colis.id, EtatColis.CLOS, now=now, auteur=CLOSER, nombre=count)
    return count


def gather(session: ReadSession, colis: Colis, now: dt.datetime) -> Dossier:
    """Load all a reconciliation looks at."""
    elements = contenu.elements(session, colis.id, HOUSE)
    fichiers = contenu.fichiers(session, colis.id, HOUSE)
    numeros = [e.numero_controle for e in elements if e.numero_controle]
    return Dossier(
        colis=colis,
        plis=contenu.plis(session, colis.id, HOUSE),
        elements=elements,
        fichiers=fichiers,
        lectures=_lectures(session, fichiers),
        types=frozenset(catalogue(now.date()).types),
        ailleurs=_elsewhere(session, colis, numeros),
        meme_numero=_same_number(session, colis),
        renumerise=_named(session, colis.renumerisation_de),
        boite_d_autrui=boites.fault(session, colis, fichiers),
    )


def _lectures(
    session: ReadSession, fichiers: tuple[Fichier, ...]
) -> dict[int, LectureFichier]:
    by_depot = {f.depot_id: f.id for f in fichiers if f.depot_id is not None}
    found: dict[int, LectureFichier] = {}
    ids = list(by_depot)
    for first in range(0, len(ids), _SLICE):
        some = ids[first : first + _SLICE]
        lost = _lost_pages(session, some)
        elsewhere = _misplaced(session, some)
        rows = session.execute(
            sa.select(t.Depot.id, t.Depot.nb_pages, t.Depot.etat, t.Depot.motif).where(
                t.Depot.id.in_(some)
            )
        )
        for depot_id, nb_pages, etat, motif in rows:
            found[by_depot[depot_id]] = LectureFichier(
                nb_pages=nb_pages,
                etat=etat,
                motif=motif,
                nb_illisibles=lost.get(depot_id, 0),
                is_ailleurs=depot_id in elsewhere,
            )
    return found


def _lost_pages(session: ReadSession, depots: Iterable[int]) -> dict[int, int]:
    rows = session.execute(
        sa.select(t.Page.depot_id, sa.func.count())
        .where(t.Page.depot_id.in_(list(depots)), t.Page.origine == "illisible")
        .group_by(t.Page.depot_id)
    )
    return {row[0]: row[1] for row in rows}


def _misplaced(session: ReadSession, depots: Iterable[int]) -> set[int]:
    """Return the deposits one of whose papers names another collectivité's agent."""
    rows = session.execute(
        sa.select(Justificatif.depot_id, Justificatif.motifs).where(
            Justificatif.depot_id.in_(list(depots)),
            Justificatif.etat == "anomalie",
        )
    )
    return {
        depot_id
        for depot_id, motifs in rows
        if any(motif.get("code") == ELSEWHERE for motif in motifs)
    }


def _elsewhere(
    session: ReadSession, colis: Colis, numeros: list[str]
) -> dict[str, Ailleurs]:
    """Return where these control numbers were seen before, this colis left out."""
    found: dict[str, Ailleurs] = {}
    e = tc.Element
    for first in range(0, len(numeros), _SLICE):
        rows = session.execute(
            sa.select(e.numero_controle, e.fichier_id, tc.Colis.reference)
            .join(tc.Colis, tc.Colis.id == e.colis_id)
            .where(
                e.numero_controle.in_(numeros[first : first + _SLICE]),
                tc.Colis.id < colis.id,
                tc.Colis.sens == Sens.ENTRANT.code,
            )
            .order_by(e.id)
        )
        for numero, fichier_id, reference in rows:
            known = found.get(numero or "")
            if known is None or known.is_manquant:
                found[numero or ""] = Ailleurs(
                    colis=reference, is_manquant=fichier_id is None
                )
    return found


def _same_number(session: ReadSession, colis: Colis) -> str | None:
    """Return the first incoming colis of the same number, when it is not this one."""
    if colis.numero is None:
        return None
    return session.scalar(
        sa.select(tc.Colis.reference)
        .where(
            tc.Colis.numero == colis.numero,
            tc.Colis.sens == colis.sens,
            tc.Colis.id < colis.id,
            tc.Colis.etat.not_in((EtatColis.REFUSE.code, EtatColis.RENDU.code)),
        )
        .order_by(tc.Colis.id)
        .limit(1)
    )


def _named(session: ReadSession, nom: str | None) -> str | None:
    """Return the colis whose archive had this name."""
    if nom is None:
        return None
    return session.scalar(
        sa.select(tc.Colis.reference)
        .where(tc.Colis.nom_fichier == nom)
        .order_by(tc.Colis.id.desc())
        .limit(1)
    )
