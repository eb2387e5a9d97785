"""The outbox as the administrator sees it: what left, what waits, what was stopped."""

from aiohttp import web

from socle import mail
from socle.errors import ConflictError
from web.api.contexte import contexte_of
from web.keys import SERVICES
from web.portal.page import see_other, show, tell

_MOTS = {
    mail.EtatCourriel.EN_ATTENTE: "En attente",
    mail.EtatCourriel.ENVOYE: "Envoyé",
    mail.EtatCourriel.ARRETE: "Arrêté",
}


async def get_courriels(request: web.Request) -> web.Response:
    """Show the messages, the last written first; those of one state if asked."""
    services = request.app[SERVICES]
    asked = request.query.get("etat", "")
    kept = [etat for etat in mail.EtatCourriel if etat.value == asked]
    found = await services.db.aread(mail.listing, kept)
    counts = await services.db.aread(mail.counts)
    return await show(
        request, "courriels.html", messages_ecrits=found, comptes=counts, mots=_MOTS,
        etats=_MOTS, choisi=asked if kept else "", has_smtp=bool(services.settings.smtp),
    )  # fmt: skip


async def post_reprendre(request: web.Request) -> web.Response:
    """Try a stopped message again."""
    ctx, identity = contexte_of(request), int(request.match_info["numero"])
    db = request.app[SERVICES].db
    if not await db.awrite(mail.retry, identity, ctx.now):
        raise ConflictError("deja-repris", "Ce message n'est plus arrêté.")
    await tell(request, "bon", "Le message repart dans la minute.")
    return see_other("/courriels")
