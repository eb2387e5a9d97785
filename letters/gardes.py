"""Cover sheets: a return code printed on its own, for a paper that has lost its letter."""

import datetime as dt
from pathlib import Path

from letters import compose, render
from letters.compose import LigneLettre
from letters.edition import Bureau, instant_of
from records import coupons as codes
from records.comptes import Perimetre
from records.journal import Tag
from records.store import agents, coupons, evenements, pieces
from records.store.coupons import CouponNouveau
from socle import editions
from socle.db import WriteSession
from socle.errors import ConflictError

LAYOUT = Path(__file__).parent / "gabarits" / "garde.typ"


def cover(
    bureau: Bureau,
    piece_reference: str,
    perimetre: Perimetre,
    on: dt.date,
    now: dt.datetime,
) -> bytes:
    """Print the cover of a missing document; its code is kept first.

    Raises `NotFoundError` for a foreign line, `ConflictError` for one no longer open.
    """
    jeton = codes.new_jeton()
    ligne = bureau.db.write(_take, bureau, piece_reference, perimetre, jeton, on, now)
    slip = compose.coupon(ligne, bureau.catalogue(on))
    drawn = {**slip, "code": render.code(slip["contenu"])}
    return editions.compose(LAYOUT, drawn, instant=instant_of(on))


def _take(
    session: WriteSession,
    bureau: Bureau,
    piece_reference: str,
    perimetre: Perimetre,
    jeton: str,
    on: dt.date,
    now: dt.datetime,
) -> LigneLettre:
    piece = pieces.get(session, piece_reference, perimetre)
    if not piece.is_open:
        raise ConflictError(
            "piece-deja-satisfaite", "Ce document n'est plus attendu : rien à imprimer."
        )
    new = CouponNouveau(
        jeton=jeton, collectivite_id=piece.collectivite_id, piece_id=piece.id,
        courrier=None, emis_le=on,
    )  # fmt: skip
    coupons.add(session, [new])
    session.flush()
    pieces.note_of(session, piece.id, Tag.COUPON_IMPRIME, bureau.auteur, now)
    event = evenements.by_id(session, piece.evenement_id)
    cause = next((c for c in event.consequences if c.id == piece.consequence_id), None)
    return LigneLettre(
        piece=piece,
        agent=agents.by_id(session, piece.agent_id),
        evenement=event,
        consequence=cause,
        couverture=None,
        premiere_demande=on,
        code=codes.payload(bureau.coffre, jeton),
    )
