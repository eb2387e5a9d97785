"""Answering a letter's line without a paper: said in the window, answered on the bench."""

from aiohttp import web

from records.store.contestations import Contestation
from records.vocabulary import NatureContestation, ReponseContestation
from socle.db import WriteSession
from socle.errors import RefusedError
from web.api import contestations
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal.page import see_other, tell

_NATURES = {word.code: word for word in NatureContestation}
_REPONSES = {ReponseContestation.ACCEPTEE.code, ReponseContestation.REFUSEE.code}
MOTIF_MAX = 500


def _say(
    session: WriteSession, ctx: Contexte, reference: str, nature: str, motif: str
) -> Contestation:
    return contestations.say(session, ctx, reference, _NATURES[nature], motif)


async def post_contester(request: web.Request) -> web.Response:
    """Say that a paper cannot be produced, or was misread."""
    ctx, form = contexte_of(request), await request.post()
    nature, motif = str(form.get("nature", "")), str(form.get("motif", "")).strip()
    if nature not in _NATURES or len(motif) > MOTIF_MAX:
        raise RefusedError(
            "demande-invalide", f"Dites-le en {MOTIF_MAX} caractères au plus."
        )
    reference = request.match_info["reference"]
    said = await request.app[SERVICES].db.awrite(_say, ctx, reference, nature, motif)
    await tell(request, "bon", f"Votre demande est transmise. {said.effet}")
    return see_other("/documents-manquants")


async def post_repondre(request: web.Request) -> web.Response:
    """Answer what a collectivité said of a line."""
    ctx, form = contexte_of(request), await request.post()
    reponse, motif = str(form.get("reponse", "")), str(form.get("motif", "")).strip()
    if reponse not in _REPONSES or len(motif) > MOTIF_MAX:
        raise RefusedError(
            "demande-invalide", "Choisissez votre réponse, et motivez-la."
        )
    reference = request.match_info["reference"]
    db = request.app[SERVICES].db
    await db.awrite(contestations.answer, ctx, reference, reponse, motif)
    await tell(request, "bon", "Votre réponse est enregistrée.")
    return see_other("/actions/contestation")
