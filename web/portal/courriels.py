"""The outbox as the administrator sees it: what left, what waits, what was stopped."""

from collections.abc import Callable

from aiohttp import web

from records.references import Sujet
from records.store import courriels
from socle import mail
from socle.errors import ConflictError
from web.api.contexte import contexte_of
from web.keys import SERVICES
from web.portal.forms import read_form, safe_place
from web.portal.page import see_other, show, tell

_MOTS = {
    mail.EtatCourriel.EN_ATTENTE: "En attente",
    mail.EtatCourriel.ENVOYE: "Envoyé",
    mail.EtatCourriel.ARRETE: "Arrêté",
}


def home_of(objet: str) -> str:
    """Return the page of what a message tells of: a letter, a list."""
    is_letter = objet.startswith(f"{Sujet.COURRIER.value}-")
    return f"/{'courriers' if is_letter else 'listes-arrets'}/{objet}"


async def get_courriels(request: web.Request) -> web.Response:
    """Show the messages, the last written first; those of one state if asked."""
    services = request.app[SERVICES]
    asked = request.query.get("etat", "")
    kept = [etat for etat in mail.EtatCourriel if etat.value == asked]
    found = await services.db.aread(mail.listing, kept)
    counts = await services.db.aread(mail.counts)
    return await show(
        request, "courriels.html", messages_ecrits=found, comptes=counts, mots=_MOTS,
        page_de=home_of, raison=courriels.why,
        etats=_MOTS, choisi=asked if kept else "", has_smtp=bool(services.settings.smtp),
    )  # fmt: skip


async def post_reprendre(request: web.Request) -> web.Response:
    """Try a stopped message again; its task is closed."""
    return await _act(request, courriels.resume, "Le message repart dans la minute.")


async def post_classer(request: web.Request) -> web.Response:
    """Close the task of a stopped message, which is not sent again."""
    return await _act(
        request, courriels.set_aside, "L’avis est classé sans nouvel envoi."
    )


async def _act(
    request: web.Request, act: Callable[..., None], told: str
) -> web.Response:
    ctx, form = contexte_of(request), await read_form(request)
    try:
        await request.app[SERVICES].db.awrite(
            act, int(request.match_info["numero"]), perimetre=ctx.perimetre,
            auteur=ctx.auteur, now=ctx.now,
        )  # fmt: skip
    except ConflictError as error:
        await tell(request, "erreur", error.detail)
    else:
        await tell(request, "bon", told)
    return see_other(safe_place(form.get("retour")))
