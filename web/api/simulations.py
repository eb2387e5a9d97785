"""Views of the rights simulation: one, many, kept, and an agent's rights on a day."""

import asyncio
import datetime as dt
from typing import Any, Literal

from aiohttp import web
from pydantic import Field

from records.bareme import shipped
from records.droits import AvisArret, Resultat, Situation, simulate
from records.historiques import LigneHistorique, situation_of
from records.parties import Agent
from records.store import agents, collectivites, simulations
from records.store.simulations import SimulationGardee, SimulationNouvelle
from socle.db import ReadSession, WriteSession
from socle.errors import RefusedError, VaguemestreError
from web import droits
from web.api import models as m
from web.api import present
from web.api import reponses as r
from web.api.contexte import Contexte, contexte_of
from web.api.forms import read_body, read_query
from web.api.modeles_droits import LotEntree, SimulationEntree, named
from web.api.vues import look, reference, reply
from web.keys import SERVICES

Json = dict[str, Any]
Position = Literal["carence", "plein", "demi", "sans_traitement", "epuise"]
# above this many lines in all, the computing leaves the loop: more than five milliseconds
_SMALL = 100


class TrancheLue(r.Reponse):
    """Days of one avis under one rate."""

    debut: dt.date
    fin: dt.date = Field(description="Dernier jour inclus.")
    jours: float
    position: Position
    taux: str | None = Field(
        description="Part du traitement, null si elle attend un décret."
    )
    nature: str
    regle: str
    source: str
    explication: str


class TotalLu(r.Reponse):
    """Days under one position and rate."""

    position: Position
    taux: str | None
    jours: float


class ProfilLu(r.Reponse):
    """The ten choices the computation was made with."""

    consommation: str
    fenetre: str
    unite: str
    quota: str
    carence_comptee: bool
    plafond_demi: int | None
    evaluation: str
    declencheur: str
    palier: str
    accident_ircantec_mois: int | None


class SimulationLue(r.Reponse):
    """How each day is paid, why, and what to watch."""

    tranches: list[TrancheLue]
    historique_calcule: list[TrancheLue]
    recapitulatif: list[TotalLu]
    passage_demi_traitement: dt.date | None
    epuisement_le: dt.date | None
    retour_plein_le: dt.date | None
    profil: ProfilLu
    avertissements: list[str]
    version_regles: str
    reference: str | None = Field(description="Référence de la simulation gardée.")


class RefusLu(r.Reponse):
    """Why one simulation of a lot was refused."""

    code: str
    detail: str
    erreurs: list[r.ChampRefuse]


class ResultatDuLot(r.Reponse):
    """One of many: a result, or a refusal."""

    simulation: SimulationLue | None
    refus: RefusLu | None


class LotLu(r.Reponse):
    """The answers, in the order of the questions."""

    resultats: list[ResultatDuLot]


class ServicesLus(r.Reponse):
    """A period of service."""

    debut: dt.date
    fin: dt.date = Field(description="Dernier jour inclus.")


class SituationLue(r.Reponse):
    """The situation used."""

    statut: str
    stagiaire: bool
    date_entree: dt.date | None
    contrat_r326_6: bool
    services: list[ServicesLus]
    date_fin_contrat: dt.date | None


class SimulationGardeeLue(r.Reponse):
    """A kept simulation: what was asked, what was answered, by which rules."""

    reference: str
    collectivite: str
    agent: str | None
    garde_le: r.Instant
    version_regles: str
    entrees: dict[str, Any]
    resultat: SimulationLue


class DroitsLus(r.Reponse):
    """The rights of an agent on a day."""

    agent: str
    au: dt.date
    en_cours: bool = Field(
        description="Vrai si un arrêt court ce jour-là ; sinon le calcul suppose un CMO "
        "d'un an qui commencerait ce jour."
    )
    situation: SituationLue
    arret: dict[str, Any]
    droits: SimulationLue


class DroitsDemandes(m.Modele):
    """On which day; today by default."""

    au: m.Jour | None = None


# --- one --------------------------------------------------------------------------------


async def post_simulations(request: web.Request) -> web.Response:
    """Simulate; nothing is stored unless `conserver` is true."""
    asked = await _read(request, SimulationEntree)
    ctx, db = contexte_of(request), request.app[SERVICES].db
    if asked.conserver:
        return reply(await db.awrite(_keep, ctx, asked))
    if asked.agent is not None:
        return reply(await db.aread(_of_agent, ctx, asked))
    if len(asked.historique) > _SMALL:
        return reply(await asyncio.to_thread(_run, asked))
    return reply(_run(asked))


def _run(asked: SimulationEntree) -> Json:
    return droits.resultat_json(droits.run(asked))


async def _read(request: web.Request, model: type[Any]) -> Any:  # noqa: ANN401 - a model
    try:
        return await read_body(request, model)
    except RefusedError as error:
        raise named(error) from None


def _of_agent(session: ReadSession, ctx: Contexte, asked: SimulationEntree) -> Json:
    found, _, _ = played(session, ctx, asked)
    return droits.resultat_json(found)


def played(
    session: ReadSession, ctx: Contexte, asked: SimulationEntree
) -> tuple[Resultat, Agent | None, Json]:
    """Run a simulation about a person or an agent; also return its inputs, resolved.

    Raises `NotFoundError` when the agent is foreign or inexistent.
    """
    if asked.agent is None:
        return droits.run(asked), None, asked.model_dump(mode="json")
    agent = agents.find(session, asked.agent, perimetre=ctx.perimetre)
    situation = situation_of(agent)
    lines = simulations.history(session, [agent.id])[agent.id]
    arret = asked.arret.value()
    past = tuple(line.avis for line in lines if not _is_same(line.avis, arret))
    result = simulate(situation, past, arret, profil=asked.profil.value())
    inputs = asked.model_dump(mode="json") | {
        "agent": agent.reference,
        "situation": droits.situation_json(situation),
        "historique": [droits.avis_json(one) for one in past],
    }
    return result, agent, inputs


def _is_same(past: AvisArret, arret: AvisArret) -> bool:
    """Tell whether the leave studied is itself in the register."""
    return past.periode == arret.periode and past.nature == arret.nature


def _keep(session: WriteSession, ctx: Contexte, asked: SimulationEntree) -> Json:
    result, agent, inputs = played(session, ctx, asked)
    return kept(session, ctx, result, agent, inputs)


def kept(
    session: WriteSession,
    ctx: Contexte,
    result: Resultat,
    agent: Agent | None,
    inputs: Json,
) -> Json:
    """Keep a simulation where the person works; return its JSON with its reference."""
    told = droits.resultat_json(result)
    home = agent.collectivite_id if agent else _own_place(session, ctx)
    nouvelle = SimulationNouvelle(
        collectivite_id=home,
        agent_id=agent.id if agent else None,
        entrees=inputs,
        resultat=told,
        version_regles=shipped().version,
    )
    told["reference"] = simulations.keep(
        session, nouvelle, auteur=ctx.auteur, now=ctx.now
    )
    return told


def _own_place(session: ReadSession, ctx: Contexte) -> int:
    """Return the collectivité of one who sees only one."""
    homes = collectivites.listing(session, ctx.perimetre)
    if len(homes) != 1:
        raise RefusedError(
            "collectivite-a-preciser",
            "Vous voyez plusieurs collectivités : une simulation sans agent ne peut pas "
            "être gardée. Choisissez un agent, ou ne la gardez pas.",
        )
    return homes[0].id


async def get_simulation(request: web.Request) -> web.Response:
    """Show a kept simulation."""
    return await look(request, _kept_json, reference(request))


def _kept_json(session: ReadSession, ctx: Contexte, wanted: str) -> Json:
    found = simulations.get(session, wanted, perimetre=ctx.perimetre, auteur=ctx.auteur)
    return gardee_json(
        found, collectivites.by_id(session, found.collectivite_id).reference
    )


def gardee_json(found: SimulationGardee, collectivite: str) -> Json:
    """Tell a kept simulation."""
    return {
        "reference": found.reference,
        "collectivite": collectivite,
        "agent": found.agent.reference if found.agent else None,
        "garde_le": present.instant(found.cree_at),
        "version_regles": found.version_regles,
        "entrees": dict(found.entrees),
        "resultat": {**found.resultat, "reference": found.reference},
    }


# --- many -------------------------------------------------------------------------------


async def post_lot(request: web.Request) -> web.Response:
    """Simulate many at once; a refused one does not stop the others."""
    asked = await _read(request, LotEntree)
    if any(one.conserver for one in asked.simulations):
        raise RefusedError(
            "lot-non-conserve",
            "Un lot n'est pas gardé : retirez « conserver », ou envoyez-les une par une.",
        )
    db, ctx = request.app[SERVICES].db, contexte_of(request)
    known = await db.aread(_known, ctx, asked)
    size = sum(len(one.historique) + 1 for one in asked.simulations)
    if size <= _SMALL:
        return reply(_answers(asked, known))
    return reply(await asyncio.to_thread(_answers, asked, known))


Connus = dict[str, tuple[Situation, tuple[LigneHistorique, ...]] | VaguemestreError]


def _known(session: ReadSession, ctx: Contexte, asked: LotEntree) -> Connus:
    """Read the agents of a lot at once; a foreign one is told as inexistent."""
    found: Connus = {}
    people: dict[str, Agent] = {}
    for wanted in dict.fromkeys(one.agent for one in asked.simulations if one.agent):
        try:
            people[wanted] = agents.find(session, wanted, perimetre=ctx.perimetre)
        except VaguemestreError as error:
            found[wanted] = error
    history = simulations.history(session, [agent.id for agent in people.values()])
    for wanted, agent in people.items():
        try:
            found[wanted] = situation_of(agent), history[agent.id]
        except VaguemestreError as error:
            found[wanted] = error
    return found


def _answers(asked: LotEntree, known: Connus) -> Json:
    return {"resultats": [_answer(one, known) for one in asked.simulations]}


def _answer(one: SimulationEntree, known: Connus) -> Json:
    try:
        result = _simulated(one, known)
    except VaguemestreError as error:
        return {"simulation": None, "refus": droits.refusal_json(error)}
    return {"simulation": droits.resultat_json(result), "refus": None}


def _simulated(one: SimulationEntree, known: Connus) -> Resultat:
    if one.agent is None:
        return droits.run(one)
    found = known[one.agent]
    if isinstance(found, VaguemestreError):
        raise found
    situation, lines = found
    arret = one.arret.value()
    past = tuple(line.avis for line in lines if not _is_same(line.avis, arret))
    return simulate(situation, past, arret, profil=one.profil.value())


# --- an agent today ---------------------------------------------------------------------


async def get_droits(request: web.Request) -> web.Response:
    """Answer the rights of an agent on a day."""
    asked = read_query(request, DroitsDemandes)
    return await look(request, _droits, reference(request), asked.au)


def _droits(
    session: ReadSession, ctx: Contexte, wanted: str, au: dt.date | None
) -> Json:
    agent = agents.find(session, wanted, perimetre=ctx.perimetre)
    on = au or ctx.today
    situation = situation_of(agent)
    lines = simulations.history(session, [agent.id])[agent.id]
    arret, runs = droits.today_leave((line.avis for line in lines), on)
    past = tuple(
        line.avis for line in lines
        if line.avis is not arret and (runs or line.avis.periode.fin <= on)
    )  # fmt: skip
    result = simulate(situation, past, arret)
    return {
        "agent": agent.reference,
        "au": on.isoformat(),
        "en_cours": runs,
        "situation": droits.situation_json(situation),
        "arret": droits.avis_json(arret),
        "droits": droits.resultat_json(result),
    }
