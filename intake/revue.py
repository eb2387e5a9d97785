"""The clerk's corrections: link, unlink, retype, file, put in anomaly, turn, cut again.

Each is one transaction, kept with author and reason, and can be undone by another act. Two
people on the same paper: the second is told the present state, nothing of theirs remains.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from classifiers import ensemble
from classifiers.evidence import Liasse, Page
from classifiers.verdict import Certitude
from intake import depots, doublons, integration, registre, seuils
from intake.rattachement import propose
from records import tables as t
from records.comptes import Perimetre
from records.evenements import Evenement
from records.journal import Tag
from records.natures import catalogue
from records.periodes import Periode
from records.store import justificatifs, pieces, taches
from records.store.justificatifs import Justificatif
from records.vocabulary import EtatJustificatif, Typologie
from socle.clock import legal_day
from socle.crypto import Coffre
from socle.db import WriteSession
from socle.errors import ConflictError, RefusedError

ROTATIONS = (0, 90, 180, 270)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acte:
    """Who corrects, when, why, over what they see, and on which version of the paper."""

    perimetre: Perimetre
    auteur: str
    now: dt.datetime
    motif: str
    version: int | None = None


def link(
    session: WriteSession,
    reference: str,
    piece_references: list[str],
    acte: Acte,
    *,
    periodes: Mapping[str, Periode] | None = None,
) -> Justificatif:
    """Tie a paper to one or several requirements; close what they close.

    `periodes` gives, by reference, the days proved when they are not the whole line.
    Raises `ConflictError` (`piece-deja-satisfaite`, `etat-modifie`), `NotFoundError`.
    """
    paper = justificatifs.get(session, reference, acte.perimetre)
    if not piece_references:
        raise RefusedError(
            "ligne-a-choisir", "Choisissez la ligne à laquelle le document répond."
        )
    wanted = [pieces.get(session, ref, acte.perimetre) for ref in piece_references]
    if any(piece.collectivite_id != paper.collectivite_id for piece in wanted):
        raise _elsewhere()
    for piece in wanted:
        pieces.settle(
            session,
            piece.id,
            paper.id,
            periode=(periodes or {}).get(piece.reference),
            auteur=acte.auteur,
            motif=acte.motif,
            now=acte.now,
        )
    changes = {
        "etat": EtatJustificatif.RATTACHE.code,
        "agent_id": wanted[0].agent_id,
        "evenement_id": wanted[0].evenement_id,
    }
    contenu = {"pieces": [piece.reference for piece in wanted]}
    return _change(session, paper, changes, Tag.JUSTIFICATIF_RATTACHE, acte, contenu)


def _elsewhere() -> RefusedError:
    return RefusedError(
        "autre-collectivite",
        "Cette ligne n'est pas celle de la collectivité qui a déposé le document.",
    )


def unlink(
    session: WriteSession, reference: str, piece_reference: str | None, acte: Acte
) -> Justificatif:
    """Untie a paper from one requirement, or from all: the lines open again."""
    paper = justificatifs.get(session, reference, acte.perimetre)
    ties = pieces.links_of(session, justificatif_ids=[paper.id])
    if piece_reference is not None:
        piece = pieces.get(session, piece_reference, acte.perimetre)
        ties = tuple(tie for tie in ties if tie.piece_id == piece.id)
    if not ties:
        raise ConflictError(
            "deja-detache",
            "Ce document n'est rattaché à aucune ligne. Rien n'a été changé.",
        )
    for piece_id in sorted({tie.piece_id for tie in ties}):
        pieces.unlink(
            session,
            piece_id,
            paper.id,
            auteur=acte.auteur,
            motif=acte.motif,
            now=acte.now,
        )
    left = pieces.links_of(session, justificatif_ids=[paper.id])
    etat = EtatJustificatif.RATTACHE if left else EtatJustificatif.A_VERIFIER
    changed = _change(
        session, paper, {"etat": etat.code}, Tag.JUSTIFICATIF_DETACHE, acte, {}
    )
    if not left:
        _open_task(session, changed, Typologie.A_VERIFIER, "detache", acte)
    return changed


def retype(
    session: WriteSession, reference: str, type_: str, acte: Acte, coffre: Coffre
) -> Justificatif:
    """Correct the type, then propose again what a paper of that type answers.

    The proposal is shown, never applied: a person is already looking.
    """
    if type_ not in catalogue(legal_day(acte.now)).types:
        raise RefusedError("type-inconnu", "Ce type n'est pas au catalogue.")
    paper = justificatifs.get(session, reference, acte.perimetre)
    _refuse_linked(session, paper, "Détachez d'abord le document de sa ligne.")
    depot = depots.by_ids(session, [paper.depot_id])[paper.depot_id]
    liasse = _liasse(session, paper)
    verdict = replace(
        ensemble.judge(liasse), type=type_, certitude=Certitude.CERTAIN, confiance=1.0
    )
    known = registre.load(session, coffre, depot, liasse, verdict)
    found = propose(verdict, liasse, known, registre.contexte_of(session, depot))
    changes: dict[str, Any] = {
        "type": type_,
        "etat": EtatJustificatif.A_VERIFIER.code,
        "candidats": integration.candidates_of(session, found),
        "motifs": integration.reasons_json((*found.raisons, *verdict.raisons)),
        "champs": integration.fields_json(verdict.champs),
    }
    contenu = {"avant": paper.type, "apres": type_}
    changed = _change(
        session, paper, changes, Tag.JUSTIFICATIF_RETYPE, acte, contenu, closes=False
    )
    _open_task(session, changed, Typologie.A_VERIFIER, "retype", acte)
    return changed


def _liasse(session: WriteSession, paper: Justificatif) -> Liasse:
    kept = set(paper.pages)
    found = depots.pages(session, paper.depot_id)
    mine: tuple[Page, ...] = tuple(page for page in found if page.numero in kept)
    written = tuple(page for page in mine if not page.is_blanche)
    return Liasse(pages=written or mine)


def file_without_line(
    session: WriteSession,
    reference: str,
    acte: Acte,
    *,
    evenement: Evenement | None = None,
) -> Justificatif:
    """Keep a paper among the integrated ones: it answers no line.

    `evenement` (already known to be visible) says where a person files it.
    """
    paper = justificatifs.get(session, reference, acte.perimetre)
    _refuse_linked(session, paper, "Détachez d'abord le document de sa ligne.")
    changes: dict[str, Any] = {"etat": EtatJustificatif.INTEGRE_SANS_PIECE.code}
    if evenement is not None:
        if evenement.collectivite_id != paper.collectivite_id:
            raise _elsewhere()
        changes["agent_id"] = evenement.agent_id
        changes["evenement_id"] = evenement.id
    return _change(session, paper, changes, Tag.JUSTIFICATIF_CLASSE, acte, {})


def put_in_anomaly(session: WriteSession, reference: str, acte: Acte) -> Justificatif:
    """Say that a paper could not be integrated, and why: its sender must act."""
    paper = justificatifs.get(session, reference, acte.perimetre)
    _refuse_linked(session, paper, "Détachez d'abord le document de sa ligne.")
    changes = {"etat": EtatJustificatif.ANOMALIE.code}
    contenu = {"code": "decision-gestionnaire"}
    changed = _change(session, paper, changes, Tag.JUSTIFICATIF_ANOMALIE, acte, contenu)
    _open_task(
        session, changed, Typologie.DOSSIER_EN_ANOMALIE, "decision-gestionnaire", acte
    )
    return changed


def bring_back(session: WriteSession, reference: str, acte: Acte) -> Justificatif:
    """Undo a filing or an anomaly: the paper is « à vérifier » again, as it was read."""
    paper = justificatifs.get(session, reference, acte.perimetre)
    _refuse_linked(session, paper, "Détachez d'abord le document de sa ligne.")
    changes = {"etat": EtatJustificatif.A_VERIFIER.code}
    contenu = {"code": "remis-a-verifier"}
    tag = Tag.JUSTIFICATIF_A_VERIFIER
    changed = _change(session, paper, changes, tag, acte, contenu)
    _open_task(session, changed, Typologie.A_VERIFIER, "remis-a-verifier", acte)
    return changed


def rotate(
    session: WriteSession, reference: str, degres: int, acte: Acte
) -> Justificatif:
    """Record that the pages must be turned (clockwise, degrees) to be read by eye."""
    if degres not in ROTATIONS:
        raise RefusedError("rotation-invalide", "Tournez de 0, 90, 180 ou 270 degrés.")
    paper = justificatifs.get(session, reference, acte.perimetre)
    contenu = {"rotation": degres}
    return _change(
        session,
        paper,
        {"rotation": degres},
        Tag.JUSTIFICATIF_TOURNE,
        acte,
        contenu,
        closes=False,
    )


def recut(
    session: WriteSession,
    depot_reference: str,
    parts: list[list[int]],
    acte: Acte,
    coffre: Coffre,
    *,
    apart: frozenset[int] | None = None,
) -> tuple[Justificatif, ...]:
    """Cut the pages of a deposit again, and read each part; all pages must be there.

    `apart` are the sheets that belong to no paper; None: those already known as such.

    The former papers must be untied first; they are replaced, their facts stay.
    """
    depot = depots.get(session, depot_reference, acte.perimetre)
    outside = depots.separators(session, depot.id) if apart is None else apart
    expected = [n for n in range(1, (depot.nb_pages or 0) + 1) if n not in outside]
    if sorted(page for part in parts for page in part) != expected or not all(parts):
        raise RefusedError(
            "decoupage-invalide",
            f"Chaque page, de 1 à {depot.nb_pages}, doit être dans un document et un "
            "seul.",
        )
    former = justificatifs.of_depot(session, depot.id, acte.perimetre)
    for paper in former:
        _refuse_linked(
            session, paper, "Détachez d'abord les documents de leurs lignes."
        )
    _forget(session, former, acte)
    known = {page.numero: page for page in depots.pages(session, depot.id)}
    contexte = registre.contexte_of(session, depot)
    limits = seuils.of(session, depot.collectivite_id)
    for rang, part in enumerate(parts, start=1):
        mine = tuple(known[numero] for numero in part)
        written = tuple(page for page in mine if not page.is_blanche)
        liasse = Liasse(pages=written or mine)
        verdict = ensemble.judge(liasse, limits)
        register = registre.load(session, coffre, depot, liasse, verdict)
        papier = integration.Papier(
            pages=tuple(part),
            liasse=liasse,
            verdict=verdict,
            proposition=propose(verdict, liasse, register, contexte),
        )
        integration.write(session, depot, rang, papier, acte.now)
    return justificatifs.of_depot(session, depot.id, acte.perimetre)


def _forget(
    session: WriteSession, former: tuple[Justificatif, ...], acte: Acte
) -> None:
    for paper in former:
        row = session.get_one(t.Justificatif, paper.id)
        justificatifs.note(
            session, row, Tag.JUSTIFICATIF_DECOUPE, acte.auteur, acte.now, {}
        )
        taches.close_of(
            session,
            justificatif_id=paper.id,
            auteur=acte.auteur,
            motif=acte.motif,
            now=acte.now,
        )
        doublons.forget(session, paper.id)
        session.execute(
            sa.update(t.Tache)
            .where(t.Tache.justificatif_id == paper.id)
            .values(justificatif_id=None)
        )
        session.execute(
            sa.delete(t.Rattachement).where(t.Rattachement.justificatif_id == paper.id)
        )
        session.delete(row)
    session.flush()


def _refuse_linked(session: WriteSession, paper: Justificatif, advice: str) -> None:
    if pieces.links_of(session, justificatif_ids=[paper.id]):
        raise ConflictError(
            "document-rattache",
            f"Le document {paper.reference} lève une ligne. {advice}",
        )


def _change(
    session: WriteSession,
    paper: Justificatif,
    changes: dict[str, Any],
    tag: Tag,
    acte: Acte,
    contenu: dict[str, Any],
    *,
    closes: bool = True,
) -> Justificatif:
    changed = justificatifs.change(
        session,
        paper.id,
        changes,
        tag=tag,
        auteur=acte.auteur,
        now=acte.now,
        contenu=contenu,
        version=acte.version,
    )
    if closes:
        taches.close_of(
            session,
            justificatif_id=paper.id,
            auteur=acte.auteur,
            motif=acte.motif,
            now=acte.now,
        )
        _decided(session, paper, acte)
    return changed


def _decided(session: WriteSession, paper: Justificatif, acte: Acte) -> None:
    """Take « reçue, à vérifier » off the line the sender chose: somebody has looked."""
    chosen = depots.by_ids(session, [paper.depot_id])[paper.depot_id].piece_id
    if chosen is not None:
        pieces.clear_received(session, chosen, auteur=acte.auteur, now=acte.now)


def _open_task(
    session: WriteSession,
    paper: Justificatif,
    typologie: Typologie,
    code: str,
    acte: Acte,
) -> None:
    tache = taches.TacheNouvelle(
        typologie=typologie,
        code=code,
        detail=acte.motif or "À reprendre.",
        collectivite_id=paper.collectivite_id,
        depot_id=paper.depot_id,
        justificatif_id=paper.id,
        evenement_id=paper.evenement_id,
    )
    taches.open_task(session, tache, auteur=acte.auteur, now=acte.now)
