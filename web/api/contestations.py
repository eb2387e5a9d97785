"""« Je ne peux pas la fournir », « vous l'avez mal lue »: said, shown, answered."""

import datetime as dt
from typing import Any, Literal

from aiohttp import web

from letters import calendrier
from records.store import contestations, pieces
from records.store.contestations import Acteur, Contestation
from records.vocabulary import EtatPiece, NatureContestation, ReponseContestation, Role
from socle.db import ReadSession, WriteSession
from socle.errors import NotFoundError
from web.api import exigences, present
from web.api import models as m
from web.api import reponses as r
from web.api.contexte import Contexte
from web.api.forms import read_body
from web.api.vues import change, look, reference

Json = dict[str, Any]
# offices have ten working days to answer
DELAI_OUVRES = 10


class ReponseEntree(m.Modele):
    """The answer to what was said of a line."""

    reponse: Literal["acceptee", "refusee"]
    motif: m.Motif


class ContestationLue(r.Reponse):
    """What was said of a line instead of sending its paper, and the answer."""

    piece_attendue: str
    nature: str
    motif: str
    ouverte_le: r.Instant
    echeance: dt.date
    effet_du_silence: str
    reponse: str | None
    reponse_motif: str | None
    repondue_le: r.Instant | None


def acteur_of(ctx: Contexte) -> Acteur:
    """Return who acts in a request."""
    return Acteur(perimetre=ctx.perimetre, auteur=ctx.auteur, now=ctx.now)


def say(
    session: WriteSession,
    ctx: Contexte,
    reference: str,
    nature: NatureContestation,
    motif: str,
) -> Contestation:
    """Open a demand about a line, to be answered within ten working days."""
    return contestations.say(
        session, reference, nature, acteur=acteur_of(ctx), motif=motif,
        echeance=calendrier.after_ouvres(ctx.today, DELAI_OUVRES),
    )  # fmt: skip


def answer(
    session: WriteSession, ctx: Contexte, reference: str, reponse: str, motif: str
) -> Contestation:
    """Answer the demand about a line."""
    word = next(word for word in ReponseContestation if word.code == reponse)
    return contestations.answer(
        session, reference, word, acteur=acteur_of(ctx), motif=motif
    )


def _json(reference: str, found: Contestation) -> Json:
    return {
        "piece_attendue": reference,
        "nature": found.nature.code,
        "motif": found.motif,
        "ouverte_le": present.instant(found.ouverte_at),
        "echeance": present.day(found.echeance),
        "effet_du_silence": found.effet,
        "reponse": found.reponse.code if found.reponse else None,
        "reponse_motif": found.reponse_motif,
        "repondue_le": present.instant(found.reponse_at),
    }


def _impossible(
    session: WriteSession, ctx: Contexte, reference: str, motif: str
) -> Json:
    """Close the line as impossible; said by a collectivité, it waits for an answer."""
    if ctx.identite.has_role(Role.COLLECTIVITE):
        say(session, ctx, reference, NatureContestation.IMPOSSIBLE, motif)
        return exigences.get_piece(session, ctx, reference)
    return exigences.decide(
        session, ctx, reference, EtatPiece.IMPOSSIBLE_DECLAREE, motif
    )


def _misread(session: WriteSession, ctx: Contexte, reference: str, motif: str) -> Json:
    found = say(session, ctx, reference, NatureContestation.MAL_LUE, motif)
    return _json(pieces.get(session, reference, ctx.perimetre).reference, found)


def _answer(
    session: WriteSession, ctx: Contexte, reference: str, given: ReponseEntree
) -> Json:
    found = answer(session, ctx, reference, given.reponse, given.motif)
    return _json(pieces.get(session, reference, ctx.perimetre).reference, found)


def _show(session: ReadSession, ctx: Contexte, reference: str) -> Json:
    piece = pieces.get(session, reference, ctx.perimetre)
    found = contestations.last_of(session, piece.id)
    if found is None:
        raise NotFoundError("introuvable", "Rien n'a été dit de cette pièce attendue.")
    return _json(piece.reference, found)


async def post_impossible(request: web.Request) -> web.Response:
    """Say that the paper cannot be produced."""
    given = await read_body(request, m.Acte)
    return await change(request, _impossible, reference(request), given.motif)


async def post_mal_lue(request: web.Request) -> web.Response:
    """Say that the paper was sent, and misread."""
    given = await read_body(request, m.Acte)
    return await change(request, _misread, reference(request), given.motif)


async def post_reponse(request: web.Request) -> web.Response:
    """Answer what was said of a line."""
    given = await read_body(request, ReponseEntree)
    return await change(request, _answer, reference(request), given)


async def get_contestation(request: web.Request) -> web.Response:
    """Show what was last said of a line, and the answer."""
    return await look(request, _show, reference(request))
