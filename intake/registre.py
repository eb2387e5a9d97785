"""The part of the register one paper may concern, loaded for the linker."""

from classifiers.evidence import Liasse
from classifiers.verdict import Raison, Verdict
from intake import indices
from intake.depots import Depot
from intake.proposition import Contexte, Proposition, Registre
from records.nir import nir_fingerprint
from records.noms import search_words
from records.parties import Agent
from records.store import agents, collectivites, evenements, pieces
from records.vocabulary import EtatJustificatif
from socle.crypto import Coffre
from socle.db import ReadSession

# Beyond this many agents, only those one of whose names stands on the page are loaded.
WHOLE_COLLECTIVITE = 400


def contexte_of(session: ReadSession, depot: Depot) -> Contexte:
    """Return what was known of a deposit before reading."""
    collectivite = collectivites.by_id(session, depot.collectivite_id)
    return Contexte(
        collectivite_id=depot.collectivite_id,
        collectivite_nom=collectivite.nom,
        collectivite_siret=collectivite.siret,
        date_reception=depot.date_reception,
        piece_choisie=depot.piece_id,
        evenement_choisi=depot.evenement_id,
        agent_choisi=depot.agent_id,
        type_declare=depot.type_declare,
    )


def load(
    session: ReadSession,
    coffre: Coffre,
    depot: Depot,
    liasse: Liasse,
    verdict: Verdict,
) -> Registre:
    """Return agents, events and requirements the paper may concern."""
    people = _agents(session, depot, liasse)
    ids = [agent.id for agent in people]
    return Registre(
        agents=people,
        evenements=evenements.of_agents(session, ids),
        pieces=pieces.of_agents(session, ids),
        nir_empreintes=_fingerprints(coffre, liasse, verdict),
    )


def _agents(session: ReadSession, depot: Depot, liasse: Liasse) -> tuple[Agent, ...]:
    if agents.count_of(session, depot.collectivite_id) <= WHOLE_COLLECTIVITE:
        return agents.of_collectivite(session, depot.collectivite_id)
    words = set(search_words(page.texte for page in liasse.pages))
    found = agents.with_words(session, depot.collectivite_id, words)
    chosen = _chosen_agent(session, depot)
    return tuple({agent.id: agent for agent in (*found, *chosen)}.values())


def _chosen_agent(session: ReadSession, depot: Depot) -> tuple[Agent, ...]:
    wanted = [depot.agent_id] if depot.agent_id else []
    if depot.piece_id:
        wanted += [
            p.agent_id for p in pieces.by_ids(session, [depot.piece_id]).values()
        ]
    return tuple(agents.by_ids(session, wanted).values())


def _fingerprints(coffre: Coffre, liasse: Liasse, verdict: Verdict) -> dict[str, str]:
    """Return the keyed hash of each NIR read: fields first, then anything of its shape."""
    read = {
        champs["nir"].valeur
        for champs in (verdict.champs, *verdict.lignes)
        if "nir" in champs
    }
    read.update(*(indices.nirs(page.texte) for page in liasse.pages))
    found = {nir: nir_fingerprint(coffre, nir) for nir in read}
    return {nir: empreinte for nir, empreinte in found.items() if empreinte}


def by_hand(liasse: Liasse, proposition: Proposition) -> Proposition:
    """Send a paper with an unreadable page to a person, whatever was proposed."""
    lost = [page.numero for page in liasse.pages if page.is_illisible]
    if not lost or proposition.etat == EtatJustificatif.QUARANTAINE.code:
        return proposition
    detail = (
        f"La page {lost[0]} n'a pas pu être lue dans le temps imparti : elle est à lire "
        "à la main."
    )
    reason = Raison(code="a-lire-a-la-main", detail=detail, page=lost[0])
    return Proposition(
        etat=EtatJustificatif.A_VERIFIER.code,
        code="a-lire-a-la-main",
        detail=detail,
        agent_id=proposition.agent_id,
        evenement_id=proposition.evenement_id,
        candidats=proposition.candidats,
        raisons=(reason, *proposition.raisons),
        remarques=proposition.remarques,
    )
