"""Agents created by a wizard, changed part by part (S16, S18); services (S17)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from records.parties import Agent, Collectivite
from records.store import agents, collectivites, services
from records.store.agents import NouvelAgent
from records.store.services import ServiceVu
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, NotFoundError, RefusedError, VaguemestreError
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal import personnel_lu as lire
from web.portal.forms import read_form, version_of
from web.portal.page import see_other, show, tell
from web.problems import status_of

ETAPES = (*lire.PARTIES, "verification")
_PREFIXE = "service_"


@dataclass(slots=True, kw_only=True)
class Assistant:
    """The wizard: where it stands, what was typed, what may be chosen."""

    etape: str
    typed: dict[str, str]
    lieux: tuple[Collectivite, ...]
    services: tuple[ServiceVu, ...] = ()
    erreurs: dict[str, str] = field(default_factory=dict)
    semblables: tuple[Agent, ...] = ()

    @property
    def choix_services(self) -> tuple[tuple[str, str], ...]:
        """The services as a list shows them."""
        return _choices(self.services)

    @property
    def rang(self) -> int:
        """The place of the screen, from one."""
        return ETAPES.index(self.etape) + 1


def _choices(listed: tuple[ServiceVu, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((one.reference, f"{one.libelle} ({one.code})") for one in listed)


def _wizard(
    session: ReadSession, ctx: Contexte, typed: Mapping[str, str], etape: str
) -> Assistant:
    homes = collectivites.listing(session, ctx.perimetre)
    page = Assistant(
        etape=etape if etape in ETAPES else ETAPES[0],
        typed={n: v for n, v in typed.items() if not n.startswith("_")},
        lieux=homes,
    )
    home = _home(session, ctx, page)
    if home is not None:
        page.typed["collectivite"] = home.reference
        page.services = _services(session, ctx, home.id)
    return page


def _home(session: ReadSession, ctx: Contexte, page: Assistant) -> Collectivite | None:
    """Return the collectivité of the new agent: the one named, else the only one."""
    named = page.typed.get("collectivite", "")
    if named:
        return collectivites.get(session, named, ctx.perimetre)
    return page.lieux[0] if len(page.lieux) == 1 else None


def _services(
    session: ReadSession, ctx: Contexte, collectivite_id: int
) -> tuple[ServiceVu, ...]:
    """Return the services one may choose: those of the place that still exist."""
    return tuple(
        one
        for one in services.listing(session, ctx.perimetre)
        if one.collectivite_id == collectivite_id
        and (one.fin is None or one.fin > ctx.today)
    )


async def get_nouveau(request: web.Request) -> web.Response:
    """Open the wizard on its first screen (S16)."""
    ctx = contexte_of(request)
    page = await request.app[SERVICES].db.aread(_wizard, ctx, {}, ETAPES[0])
    return await _show_wizard(request, page)


async def _show_wizard(
    request: web.Request, page: Assistant, status: int = 200
) -> web.Response:
    return await show(
        request, "agent_nouveau.html", a=page, parties=lire.PARTIES, status=status
    )


async def post_nouveau(request: web.Request) -> web.Response:
    """Go on, go back, save a service on the way, or create the agent."""
    ctx, typed = contexte_of(request), await read_form(request)
    acte, db = typed.pop("acte", "suivant"), request.app[SERVICES].db
    try:
        done = await db.awrite(_step, ctx, typed, acte)
    except (ConflictError, RefusedError) as error:
        page = await db.aread(_wizard, ctx, typed, typed.get("etape", ""))
        page.erreurs["contenu"] = error.detail
        return await _show_wizard(request, page, status_of(error))
    if isinstance(done, Agent):
        await tell(request, "bon", f"Agent créé : {done.libelle}.")
        return see_other(f"/agents/{done.reference}")
    return await _show_wizard(request, done, 422 if done.erreurs else 200)


def _step(
    session: WriteSession, ctx: Contexte, typed: dict[str, str], acte: str
) -> Assistant | Agent:
    page = _wizard(session, ctx, typed, typed.get("etape", ""))
    rank = ETAPES.index(page.etape)
    if acte == "precedent":
        page.etape = ETAPES[max(0, rank - 1)]
        return page
    if acte == "service":
        return _save_service(session, ctx, page)
    if page.etape in lire.PARTIES:
        page.erreurs |= lire.read(page.typed, page.etape).erreurs
    if not page.typed.get("collectivite"):
        page.erreurs["collectivite"] = "Choisissez la collectivité."
    if page.erreurs:
        return page
    if acte == "creer":
        return _create(session, ctx, page)
    page.etape = ETAPES[min(rank + 1, len(ETAPES) - 1)]
    if page.etape == "verification":
        page.semblables = _alike(session, ctx, page)
    return page


def _alike(session: ReadSession, ctx: Contexte, page: Assistant) -> tuple[Agent, ...]:
    """Return the agents of the same name and first name, already there."""
    q = f"{page.typed.get('nom_famille', '')} {page.typed.get('prenoms', '').split()[0]}"
    try:
        found = agents.search(session, perimetre=ctx.perimetre, q=q, limite=5)
    except RefusedError:
        return ()
    return tuple(found.rows)


def _save_service(session: WriteSession, ctx: Contexte, page: Assistant) -> Assistant:
    """Create a service on the way, and choose it for the agent."""
    home = _home(session, ctx, page)
    if home is None:
        page.erreurs["collectivite"] = "Choisissez la collectivité."
        return page
    lue = lire.read_service(page.typed, _PREFIXE)
    page.erreurs |= lue.erreurs
    if not page.erreurs:
        made = services.create(
            session, collectivite_id=home.id, auteur=ctx.auteur, now=ctx.now,
            **lue.valeurs,
        )  # fmt: skip
        page.services = _services(session, ctx, home.id)
        page.typed = {n: v for n, v in page.typed.items() if not n.startswith(_PREFIXE)}
        page.typed["service"] = made.reference
    return page


def _create(session: WriteSession, ctx: Contexte, page: Assistant) -> Assistant | Agent:
    found: dict[str, Any] = {}
    for partie in lire.PARTIES:
        lue = lire.read(page.typed, partie)
        page.erreurs |= lue.erreurs
        found |= lire.changes(partie, lue, found.get("situation", {}))
    home = _home(session, ctx, page)
    if page.erreurs or home is None:
        page.etape = ETAPES[0]
        return page
    nouvel = NouvelAgent(
        collectivite_id=home.id,
        service_id=_service_id(session, ctx, page.typed.get("service", "")),
        **found,
    )
    return agents.create(
        session, nouvel, coffre=ctx.coffre, auteur=ctx.auteur, now=ctx.now
    )


def _service_id(session: ReadSession, ctx: Contexte, reference: str) -> int | None:
    if not reference:
        return None
    return services.get(session, reference, ctx.perimetre).id


# --- changing, part by part ---------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class Fiche:
    """One part of an agent, to be changed."""

    agent: Agent
    partie: str
    typed: dict[str, str]
    services: tuple[ServiceVu, ...]
    nir: str
    erreurs: dict[str, str] = field(default_factory=dict)

    @property
    def choix_services(self) -> tuple[tuple[str, str], ...]:
        """The services as a list shows them."""
        return _choices(self.services)


def _part(session: ReadSession, ctx: Contexte, reference: str, partie: str) -> Fiche:
    if partie not in lire.PARTIES:
        raise NotFoundError("introuvable", "Rien à modifier à cette adresse.")
    agent = agents.find(session, reference, perimetre=ctx.perimetre)
    listed = services.listing(session, ctx.perimetre)
    mine = tuple(s for s in listed if s.collectivite_id == agent.collectivite_id)
    chosen = next((s.reference for s in mine if s.id == agent.service_id), "")
    nirs = agents.masked_nirs(session, [agent.id], coffre=ctx.coffre)
    typed = lire.shown(agent, partie)
    typed |= {"version": str(agent.version), "service": chosen}
    return Fiche(
        agent=agent, partie=partie, typed=typed, services=mine,
        nir=nirs.get(agent.id, ""),
    )  # fmt: skip


async def _show_part(
    request: web.Request, page: Fiche, status: int = 200
) -> web.Response:
    titre, champs = lire.PARTIES[page.partie]
    return await show(
        request,
        "agent_modifier.html",
        p=page,
        titre=titre,
        champs=champs,
        status=status,
    )


async def get_modifier(request: web.Request) -> web.Response:
    """Show one part of an agent, to be changed (S18)."""
    ctx, found = contexte_of(request), request.match_info
    db = request.app[SERVICES].db
    page = await db.aread(_part, ctx, found["reference"], found["partie"])
    return await _show_part(request, page)


async def post_modifier(request: web.Request) -> web.Response:
    """Change one part of an agent."""
    ctx, found = contexte_of(request), request.match_info
    reference, partie = found["reference"], found["partie"]
    typed, db = await read_form(request), request.app[SERVICES].db
    status = 422
    try:
        erreurs = await db.awrite(_change, ctx, reference, partie, typed)
    except (ConflictError, RefusedError) as error:
        erreurs, status = _said(error), status_of(error)
    if erreurs:
        page = await db.aread(_part, ctx, reference, partie)
        page.typed |= {n: v for n, v in typed.items() if n != "version"}
        page.erreurs = erreurs
        return await _show_part(request, page, status)
    await tell(request, "bon", f"{lire.PARTIES[partie][0]} : modification enregistrée.")
    return see_other(f"/agents/{reference}")


def _said(error: VaguemestreError) -> dict[str, str]:
    if error.erreurs:
        return {one.champ: one.detail for one in error.erreurs}
    return {"contenu": error.detail}


def _change(
    session: WriteSession,
    ctx: Contexte,
    reference: str,
    partie: str,
    typed: Mapping[str, str],
) -> dict[str, str]:
    page = _part(session, ctx, reference, partie)
    lue = lire.read(typed, partie)
    if lue.erreurs:
        return lue.erreurs
    changes = lire.changes(partie, lue, page.agent.situation)
    if partie == "situation":
        changes["service_id"] = _service_id(session, ctx, typed.get("service", ""))
    agents.change(
        session,
        reference,
        changes,
        perimetre=ctx.perimetre,
        coffre=ctx.coffre,
        auteur=ctx.auteur,
        now=ctx.now,
        version=version_of(typed),
    )
    return {}
