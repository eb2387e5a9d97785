"""Claims against a liable third party (S21, S22): noted, saved, sent, followed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from records.store import recours
from records.store.recours import FIRST_STATES, Recours, next_states
from records.vocabulary import EtatRecours, Role
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, ForbiddenError, NotFoundError
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal.forms import read_form, version_of
from web.portal.modifier import Modification, open_page
from web.portal.page import see_other, show, tell
from web.problems import status_of

# name, label, kind of input, help
CHAMPS = (
    ("tiers_nom", "Nom du tiers", "text", ""),
    ("tiers_adresse", "Adresse du tiers", "text", ""),
    ("tiers_assureur", "Assureur du tiers", "text", ""),
    ("tiers_contrat", "N° de contrat du tiers", "text", ""),
    ("tiers_immatriculation", "Immatriculation du véhicule", "text", ""),
    ("autorite", "Police ou gendarmerie", "text", "Qui a établi le procès-verbal."),
    ("numero_pv", "N° du procès-verbal", "text", ""),
    ("temoins", "Témoins", "texte_long", "Noms et adresses."),
    ("circonstances", "Circonstances", "texte_long", "En quelques lignes."),
    ("issue", "Suite donnée", "texte_long", "À la clôture : comment le recours finit."),
)
MAX_VALUE = 4000
_ACTS = {
    "saisi": "Tiers noté ; aucune demande n’est faite.",
    "enregistre": "Demande de recours enregistrée. Elle n’est pas encore envoyée.",
    "envoye": "Demande de recours envoyée.",
    "ouvert": "Recours ouvert : il est en cours d’analyse.",
    "clos": "Recours clos.",
}
_BUTTONS = {
    "saisi": "Noter le tiers sans rien demander",
    "enregistre": "Enregistrer sans envoyer",
    "envoye": "Envoyer la demande",
    "ouvert": "Ouvrir le recours",
    "clos": "Clore le recours",
}


@dataclass(slots=True, kw_only=True)
class PageRecours(Modification):
    """The form of a claim: the event, the claim when it exists, the acts it admits."""

    recours: Recours | None = None
    actes: tuple[tuple[str, str], ...] = ()


def _is_handler(ctx: Contexte) -> bool:
    return ctx.identite.has_role(Role.GESTIONNAIRE, Role.ADMINISTRATEUR)


def _page(
    session: ReadSession,
    ctx: Contexte,
    reference: str,
    which: str | None,
    typed: Mapping[str, str] | None = None,
) -> PageRecours:
    opened = open_page(session, ctx, reference)
    page = PageRecours(
        evenement=opened.evenement, agent=opened.agent, nature=opened.nature,
        known=opened.known, lue=opened.lue,
    )  # fmt: skip
    event = page.evenement
    if which is None:
        known: Mapping[str, Any] = event.champs
        page.actes = _acts(("enregistre", "envoye", "saisi"))
    else:
        page.recours = recours.find(session, which, perimetre=ctx.perimetre)
        if page.recours.evenement_id != event.id:
            raise NotFoundError("introuvable", "Aucun recours à cette référence.")
        known = page.recours.champs
        page.actes = _acts(_proposed(page.recours, ctx))
    version = str(page.recours.version) if page.recours else ""
    shown = {name: str(known.get(name) or "") for name, *_ in CHAMPS}
    page.lue.typed = {"version": version, **shown, **(typed or {})}
    return page


def _proposed(one: Recours, ctx: Contexte) -> tuple[str, ...]:
    """Return the acts of the form, saving as it stands first; a settled one opens only."""
    wanted = next_states(one.etat, is_handler=_is_handler(ctx))
    return wanted[1:] if one.etat == "clos" else wanted


def _acts(codes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((code, _BUTTONS[code]) for code in codes)


async def get_recours(request: web.Request) -> web.Response:
    """Show the form of a claim: a new one, or one to follow."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    which = request.match_info.get("recours")
    page = await request.app[SERVICES].db.aread(_page, ctx, reference, which)
    return await show(request, "recours.html", p=page, champs=CHAMPS)


async def post_recours(request: web.Request) -> web.Response:
    """Save, send or change a claim; an act already done is told, with what stands."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    which = request.match_info.get("recours")
    typed = await read_form(request)
    db = request.app[SERVICES].db
    try:
        made = await db.awrite(_write, ctx, reference, which, typed)
    except (ConflictError, ForbiddenError) as error:
        page = await db.aread(_page, ctx, reference, which, _kept(typed))
        page.lue.erreurs["contenu"] = error.detail
        if page.recours is not None:
            page.lue.typed["version"] = str(page.recours.version)
        status = status_of(error)
        return await show(request, "recours.html", p=page, champs=CHAMPS, status=status)
    if made is None:
        page = await db.aread(_page, ctx, reference, which, _kept(typed))
        page.lue.erreurs["tiers_nom"] = "Indiquez le nom du tiers, ou « inconnu »."
        return await show(request, "recours.html", p=page, champs=CHAMPS, status=422)
    await tell(request, "bon", _ACTS[made.etat])
    return see_other(f"/evenements/{reference}#recours")


def _kept(typed: Mapping[str, str]) -> dict[str, str]:
    names = {name for name, *_ in CHAMPS}
    return {name: value[:MAX_VALUE] for name, value in typed.items() if name in names}


def _write(
    session: WriteSession,
    ctx: Contexte,
    reference: str,
    which: str | None,
    typed: Mapping[str, str],
) -> Recours | None:
    """Write a claim; None when what a request cannot do without is missing."""
    page = _page(session, ctx, reference, which)
    etat = typed.get("acte", "")
    if which is None and etat not in FIRST_STATES:
        etat = "enregistre"
    before = dict(page.recours.champs) if page.recours else {}
    champs = {**before, **_kept(typed)}
    if etat == "envoye" and not champs.get("tiers_nom"):
        return None
    common: dict[str, Any] = {
        "perimetre": ctx.perimetre, "auteur": ctx.auteur, "now": ctx.now,
        "champs": {name: value for name, value in champs.items() if value},
    }  # fmt: skip
    if which is None:
        return recours.add(session, reference, etat=etat, **common)
    known = {word.code for word in EtatRecours}
    return recours.change(
        session,
        which,
        etat=etat if etat in known else None,
        version=version_of(typed),
        is_handler=_is_handler(ctx),
        **common,
    )
