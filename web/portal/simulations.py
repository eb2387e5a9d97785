"""The simulator (S23, S27, S28, S29): an agent or a person, a history, a leave, a result.

Everything works without script: each act posts the whole form. With script, *calculer*
replaces the form and its result in place.
"""

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import hdrs, web

from records.droits import Resultat, Situation, simulate
from records.droits.situation import AvisArret
from records.historiques import LigneHistorique, situation_of
from records.parties import Agent
from records.store import agents, collectivites, simulations
from records.store.simulations import SimulationGardee
from socle import tableurs
from socle.db import ReadSession, WriteSession
from socle.errors import RefusedError, VaguemestreError
from web import downloads, droits
from web.api import simulations as api
from web.api.contexte import Contexte, contexte_of
from web.api.modeles_droits import SimulationEntree
from web.keys import SERVICES
from web.portal import simulation_choix as choix
from web.portal import simulation_sorties as sorties
from web.portal.dossiers import Recherche, search
from web.portal.forms import read_form
from web.portal.mois_payes import MOTS, Mois, months
from web.portal.page import is_fragment, see_other, show, tell
from web.portal.simulation_import import read_import
from web.portal.simulation_lue import BLANK_ROWS, SimulationLue, ask, typed_of

COMPUTE, KEEP, ADD, READ, PDF, XLSX = (
    "calculer", "garder", "ajouter", "lire", "pdf", "xlsx",
)  # fmt: skip
ADDED = 5
_KEPT_LINE = "ligne."


@dataclass(frozen=True, slots=True, kw_only=True)
class Cote:
    """One side of a result: what it supposes, and what comes out."""

    titre: str
    resultat: Resultat
    json: dict[str, Any]
    mois: tuple[Mois, ...]
    profil: tuple[tuple[str, str], ...]


@dataclass(slots=True, kw_only=True)
class Vue:
    """The simulator as its page shows it."""

    lue: SimulationLue
    adresse: str
    agent: Agent | None = None
    lieu: str = ""
    situation: Situation | None = None
    lignes: tuple[LigneHistorique, ...] = ()
    ecartees: frozenset[str] = frozenset()
    cotes: tuple[Cote, ...] = ()
    refus: str = ""
    vides: tuple[int, ...] = ()


# --- the door ---------------------------------------------------------------------------


async def get_simulations(request: web.Request) -> web.Response:
    """Choose the agent, a new person, or a simulation already kept."""
    ctx, q = contexte_of(request), request.query.get("q", "").strip()[:80]
    db = request.app[SERVICES].db
    found, kept = await db.aread(_start, ctx, q, request.query.get("curseur") or None)
    return await show(request, "simulations.html", r=found, gardees=kept)


def _start(
    session: ReadSession, ctx: Contexte, q: str, curseur: str | None
) -> tuple[Recherche, tuple[SimulationGardee, ...]]:
    kept = simulations.listing(session, perimetre=ctx.perimetre, auteur=ctx.auteur)
    return search(session, ctx, q, curseur), kept


# --- the form and its result ------------------------------------------------------------


async def get_agent(request: web.Request) -> web.Response:
    """Show the simulator of an agent: the history comes by itself (S23, S28)."""
    return await _show(request, await _view(request, dict(request.query), is_new=False))


async def post_agent(request: web.Request) -> web.Response:
    """Do what the button says, for an agent of the register."""
    return await _act(request, is_new=False)


async def get_nouvelle(request: web.Request) -> web.Response:
    """Show the simulator of a person who is not in the register (S27)."""
    return await _show(request, await _view(request, {}, is_new=True))


async def post_nouvelle(request: web.Request) -> web.Response:
    """Do what the button says, for a new person."""
    return await _act(request, is_new=True)


async def post_import(request: web.Request) -> web.Response:
    """Add the lines of a file to the history of a new person."""
    lue = await read_import(request)
    vue = Vue(lue=lue, adresse="/simulations/nouvelle", vides=_blank(lue, BLANK_ROWS))
    return await _show(request, vue, status=422 if lue.erreurs else 200)


async def _act(request: web.Request, *, is_new: bool) -> web.Response:
    typed = await read_form(request)
    act = typed.pop("acte", COMPUTE)
    vue = await _view(request, typed, is_new=is_new)
    if act in {ADD, READ}:
        kept = {"colle": vue.lue.erreurs["colle"]} if "colle" in vue.lue.erreurs else {}
        vue.lue.erreurs = kept if act == READ else {}
        vue.vides = _blank(vue.lue, ADDED if act == ADD else BLANK_ROWS)
        return await _show(request, vue)
    ask(vue.lue, vue.agent.reference if vue.agent else None)
    if vue.lue.asked is not None and not vue.lue.erreurs:
        await asyncio.to_thread(_compute, vue)
    is_wrong = bool(vue.lue.erreurs or vue.refus)
    if is_wrong or act == COMPUTE:
        # htmx shows what is answered only when it is a success
        return await _show(
            request, vue, status=422 if is_wrong and not is_fragment(request) else 200
        )
    if act == KEEP:
        return await _keep(request, vue)
    return await asyncio.to_thread(_file, request, vue, act)


async def _show(request: web.Request, vue: Vue, *, status: int = 200) -> web.Response:
    return await show(
        request, "simulation.html", v=vue, lue=vue.lue, choix=choix.Choix, mots=MOTS,
        status=status,
    )  # fmt: skip


async def _view(request: web.Request, typed: dict[str, str], *, is_new: bool) -> Vue:
    lue = typed_of(typed)
    if is_new:
        return Vue(lue=lue, adresse="/simulations/nouvelle",
                   vides=_blank(lue, BLANK_ROWS))  # fmt: skip
    ctx, reference = contexte_of(request), request.match_info["reference"]
    return await request.app[SERVICES].db.aread(_of_agent, ctx, reference, lue)


def _blank(lue: SimulationLue, count: int) -> tuple[int, ...]:
    first = len(lue.lignes)
    return tuple(range(first, first + count))


def _of_agent(
    session: ReadSession, ctx: Contexte, reference: str, lue: SimulationLue
) -> Vue:
    agent = agents.find(session, reference, perimetre=ctx.perimetre)
    vue = Vue(
        lue=lue,
        agent=agent,
        adresse=f"/agents/{agent.reference}/simulation",
        lieu=collectivites.by_id(session, agent.collectivite_id).nom,
    )
    try:
        vue.situation = situation_of(agent)
    except RefusedError as error:
        vue.refus = error.detail
    vue.lignes = simulations.history(session, [agent.id])[agent.id]
    if "lignes_vues" in lue.typed:
        taken = {n.removeprefix(_KEPT_LINE) for n in lue.typed if _KEPT_LINE in n}
        vue.ecartees = frozenset(x.cle for x in vue.lignes if x.cle not in taken)
    elif "arret.debut" not in lue.typed:
        lue.typed |= _next_leave(vue.lignes, ctx.today)
    return vue


def _next_leave(lignes: tuple[LigneHistorique, ...], today: dt.date) -> dict[str, str]:
    """Propose what is usually asked: the prolongation of the leave that runs."""
    running = [x.avis for x in lignes if x.avis.periode.fin >= today]
    if not running:
        return {"arret.nature": "CMO", "arret.debut": today.isoformat()}
    last = running[-1]
    return {
        "arret.nature": last.nature,
        "arret.debut": last.periode.fin.isoformat(),
        "arret.prolongation": "oui",
    }


def _compute(vue: Vue) -> None:
    """Run the simulation asked, and the one it is compared with."""
    asked = vue.lue.asked
    assert asked is not None
    situation = vue.situation
    if situation is None:
        assert asked.situation is not None
        situation = asked.situation.value()
    cas = choix.Cas(
        situation=situation,
        passe=_past(vue, asked),
        arret=asked.arret.value(),
        profil=asked.profil.value(),
    )
    try:
        sides = [("Calcul demandé", cas)]
        if (other := choix.compared(vue.lue, cas)) is not None:
            sides.append(other)
        vue.cotes = tuple(_side(title, one) for title, one in sides)
    except VaguemestreError as error:
        vue.lue.refuse(error.erreurs)
        vue.refus = "" if error.erreurs else error.detail
        _name_lines(vue)


def _past(vue: Vue, asked: SimulationEntree) -> tuple[AvisArret, ...]:
    if vue.agent is None:
        return tuple(row.value() for row in asked.historique)
    return tuple(x.avis for x in vue.lignes if x.cle not in vue.ecartees)


def _side(title: str, cas: choix.Cas) -> Cote:
    found = simulate(cas.situation, cas.passe, cas.arret, profil=cas.profil)
    told = droits.resultat_json(found)
    return Cote(titre=title, resultat=found, json=told, mois=months(told),
                profil=choix.profile_words(told["profil"]))  # fmt: skip


def _name_lines(vue: Vue) -> None:
    """Say an error of a line of the register where the page shows that line."""
    if vue.agent is None:
        return
    kept = [x for x in vue.lignes if x.cle not in vue.ecartees]
    said = {}
    for champ, detail in vue.lue.erreurs.items():
        rank = champ.removeprefix("historique[").partition("]")[0]
        if champ.startswith("historique[") and int(rank) < len(kept):
            said[f"ligne.{kept[int(rank)].cle}"] = (
                f"{detail} Ou décochez la ligne pour l'écarter du calcul."
            )
        else:
            said[champ] = detail
    vue.lue.erreurs = said


# --- what leaves the page ---------------------------------------------------------------


async def _keep(request: web.Request, vue: Vue) -> web.Response:
    ctx = contexte_of(request)
    try:
        reference = await request.app[SERVICES].db.awrite(_write, ctx, vue)
    except RefusedError as error:
        vue.refus = error.detail
        return await _show(request, vue, status=422)
    await tell(
        request, "bon",
        "Simulation gardée. Son adresse peut être transmise aux personnes qui voient "
        "cette collectivité.",
    )  # fmt: skip
    return see_other(f"/simulations/{reference}")


def _write(session: WriteSession, ctx: Contexte, vue: Vue) -> str:
    asked = vue.lue.asked
    assert asked is not None
    inputs = asked.model_dump(mode="json")
    if vue.situation is not None:
        inputs["situation"] = droits.situation_json(vue.situation)
        inputs["historique"] = [droits.avis_json(one) for one in _past(vue, asked)]
    told = api.kept(session, ctx, vue.cotes[0].resultat, vue.agent, inputs)
    return str(told["reference"])


def _file(request: web.Request, vue: Vue, act: str) -> web.Response:
    ctx = contexte_of(request)
    asked = vue.lue.asked
    assert asked is not None
    edition = sorties.Edition(
        personne=vue.agent.libelle if vue.agent else "",
        lieu=vue.lieu,
        resultats=tuple((side.titre, side.json) for side in vue.cotes),
        now=ctx.now,
    )
    return attached(sorties.pdf(edition) if act == PDF else sorties.xlsx(edition), act)


def attached(content: bytes, kind: str) -> web.Response:
    """Send a file of a simulation; its name says no person."""
    return web.Response(
        body=content,
        content_type="application/pdf" if kind == PDF else tableurs.XLSX,
        headers={
            hdrs.CONTENT_DISPOSITION: downloads.attachment(f"simulation-droits.{kind}")
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class VueGardee:
    """A kept simulation as its page shows it."""

    gardee: SimulationGardee
    lieu: str
    mots: Mapping[str, str]
    mois: tuple[Mois, ...]
    profil: tuple[tuple[str, str], ...]


def _kept(session: ReadSession, ctx: Contexte, reference: str) -> VueGardee:
    found = simulations.get(
        session, reference, perimetre=ctx.perimetre, auteur=ctx.auteur
    )
    home = collectivites.by_id(session, found.collectivite_id)
    return VueGardee(
        gardee=found,
        lieu=home.nom,
        mots=MOTS,
        mois=months(found.resultat),
        profil=choix.profile_words(found.resultat["profil"]),
    )


async def get_gardee(request: web.Request) -> web.Response:
    """Show a kept simulation: what was asked, what was answered, by which rules."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    found = await request.app[SERVICES].db.aread(_kept, ctx, reference)
    return await show(request, "simulation_gardee.html", v=found)


async def get_fichier(request: web.Request) -> web.Response:
    """Send a kept simulation as PDF or XLSX."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    kind = request.match_info["format"]
    found = await request.app[SERVICES].db.aread(_kept, ctx, reference)
    edition = sorties.Edition(
        personne=found.gardee.agent.libelle if found.gardee.agent else "",
        lieu=found.lieu,
        reference=found.gardee.reference,
        resultats=(("Calcul demandé", dict(found.gardee.resultat)),),
        now=found.gardee.cree_at,
    )
    make = sorties.pdf if kind == PDF else sorties.xlsx
    return attached(await asyncio.to_thread(make, edition), kind)
