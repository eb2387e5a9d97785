"""Requirements for the API: what the store knows, as JSON."""

import datetime as dt
import secrets
from decimal import Decimal
from typing import Any

from bordereaux.prestations import Sommes
from records.exigences import Exigence
from records.periodes import Periode
from records.pieces import Couverture, coverage
from records.store import collectivites, evenements, pieces, renvois
from records.store.fiches import Fiche
from records.store.pieces import FiltrePieces, LignePiece
from records.vocabulary import EtatPiece
from socle.db import ReadSession, WriteSession
from socle.errors import ErreurChamp, RefusedError
from web.api import models as m
from web.api import present
from web.api.contexte import Contexte

Json = dict[str, Any]


def show(session: ReadSession, lines: tuple[LignePiece, ...]) -> list[Json]:
    """Return requirements with their coverage."""
    causes = renvois.consequences(session, [x.piece.consequence_id for x in lines])
    links = pieces.links_of(session, piece_ids=[x.piece.id for x in lines])
    proofs: dict[int, list[Periode | None]] = {}
    for link in links:
        proofs.setdefault(link.piece_id, []).append(link.periode)
    return [
        present.piece(
            x,
            _coverage(x.piece.periode, proofs.get(x.piece.id, [])),
            causes.get(x.piece.consequence_id or 0),
        )
        for x in lines
    ]


def _coverage(
    wanted: Periode | None, proofs: list[Periode | None]
) -> Couverture | None:
    """Lay the proofs on the days wanted; a link without days proves them all."""
    if wanted is None:
        return None
    return coverage(wanted, [proof or wanted for proof in proofs])


def list_pieces(session: ReadSession, ctx: Contexte, asked: m.PieceRecherche) -> Json:
    """List requirements, first due first."""
    filtre = FiltrePieces(
        etats=(asked.etat,) if asked.etat else (),
        type=asked.type,
        agent=asked.agent,
        evenement=asked.evenement,
        collectivite=asked.collectivite,
        exigible_avant=asked.exigible_avant,
        reference_externe=asked.reference_externe,
    )
    page = pieces.listing(
        session,
        ctx.perimetre,
        filtre,
        curseur=ctx.open_cursor(asked.curseur),
        limite=asked.limite,
    )
    return present.page(ctx, page, show(session, page.elements))


def of_fiche(session: ReadSession, found: Fiche) -> list[Json]:
    """Return the requirements of a fiche, as they stood at its instant."""
    event = found.evenement
    causes = renvois.consequences(session, [p.consequence_id for p in found.pieces])
    place = renvois.collectivites(session, [event.collectivite_id])
    return [
        present.piece(
            LignePiece(
                piece=piece,
                agent_reference=found.agent.reference,
                agent_libelle=found.agent.libelle,
                nom=found.agent.nom_courant,
                prenom=found.agent.prenoms[0] if found.agent.prenoms else "",
                matricule=found.agent.matricule,
                evenement_reference=event.reference,
                evenement_numero=event.numero,
                nature=event.nature,
                date_survenance=event.date_survenance,
                collectivite_reference=place[event.collectivite_id],
                collectivite_nom=found.collectivite_nom,
            ),
            found.couvertures.get(piece.id),
            causes.get(piece.consequence_id or 0),
        )
        for piece in found.pieces
    ]


def sommes(lines: list[Json], paid: Sommes) -> Json:
    """Return what is blocked by missing papers, and what the bordereaux paid."""
    blocked = [Decimal(x["montant_bloque"]) for x in lines if x["montant_bloque"]]
    return {
        "bloquees": present.money(sum(blocked, Decimal(0))),
        # None: no bordereau ever spoke of this event
        "reglees": present.money(paid.reglees_eur) if paid.lignes else None,
        "pieces_bloquantes": sum(
            1 for x in lines if x["etat"] in {"attendue", "recue_a_verifier"}
        ),
    }


def get_piece(session: ReadSession, ctx: Contexte, reference: str) -> Json:
    """Show one requirement."""
    return show(session, (pieces.line(session, reference, ctx.perimetre),))[0]


def decide(
    session: WriteSession, ctx: Contexte, reference: str, etat: EtatPiece, motif: str
) -> Json:
    """Waive, declare impossible or reopen a requirement."""
    pieces.decide(
        session,
        reference,
        etat,
        perimetre=ctx.perimetre,
        auteur=ctx.auteur,
        motif=motif,
        now=ctx.now,
    )
    return get_piece(session, ctx, reference)


def waive_piece(
    session: WriteSession, ctx: Contexte, reference: str, motif: str
) -> Json:
    """Waive a requirement."""
    return decide(session, ctx, reference, EtatPiece.DISPENSEE, motif)


def reopen_piece(
    session: WriteSession, ctx: Contexte, reference: str, motif: str
) -> Json:
    """Open a requirement again."""
    return decide(session, ctx, reference, EtatPiece.ATTENDUE, motif)


def create_piece(session: WriteSession, ctx: Contexte, entry: m.PieceEntree) -> Json:
    """Open a requirement by hand, on an event one may see."""
    evenement = evenements.get(session, entry.evenement, ctx.perimetre)
    if entry.type not in ctx.catalogue.types:
        raise _wrong("type", "Ce type n'est pas au catalogue (GET /api/v1/natures).")
    cause = None
    if entry.consequence is not None:
        found = [c for c in evenement.consequences if c.reference == entry.consequence]
        if not found:
            raise _wrong("consequence", "Cette conséquence n'est pas de cet évènement.")
        cause = found[0].id
    if (entry.debut is None) != (entry.fin is None):
        raise _wrong("fin", "Donnez les deux jours de la période, ou aucun.")
    if entry.debut and entry.fin and entry.fin < entry.debut:
        raise _wrong("fin", "Le dernier jour précède le premier.")
    made = evenements.open_piece(
        session,
        evenement,
        _exigence(session, ctx, entry, evenement.collectivite_id, cause),
        auteur=ctx.auteur,
        now=ctx.now,
        origine="main",
        reference_externe=entry.reference_externe,
    )
    return get_piece(session, ctx, made.reference)


def _wrong(champ: str, detail: str) -> RefusedError:
    erreur = ErreurChamp(champ=champ, code="invalide", detail=detail)
    return RefusedError("demande-invalide", detail, erreurs=(erreur,))


def _exigence(
    session: ReadSession,
    ctx: Contexte,
    entry: m.PieceEntree,
    collectivite_id: int,
    cause: int | None,
) -> Exigence:
    due = entry.exigible_le or ctx.today
    delay = collectivites.delai_au(session, collectivite_id, due)
    days = (
        Periode.inclusive(entry.debut, entry.fin) if entry.debut and entry.fin else None
    )
    return Exigence(
        # opened by a person: asked as many times as a person asks
        cle=f"main|{entry.type}|{secrets.token_hex(8)}",
        type=entry.type,
        precision=entry.precision,
        consequence_id=cause,
        periode=days,
        date_reference=entry.debut or due,
        exigible_le=due,
        echeance=entry.echeance or due + dt.timedelta(days=delay),
        base=entry.motif,
        substituts=(),
        montant_eur=entry.montant,
    )
