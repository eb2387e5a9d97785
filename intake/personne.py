"""The one person a paper is about, or the question to ask. Pure."""

from collections.abc import Iterable

from intake.examen import Cas, ask
from intake.identite import Identification
from intake.proposition import Proposition
from records.noms import fold
from records.parties import Agent


def person(cas: Cas) -> Identification | Proposition:
    """Return the one person the paper is about, or the question to ask."""
    full = [one for one in cas.personnes if one.is_full]
    proved = [one for one in cas.personnes if one.is_proved]
    is_shared = len(full) > 1 and _names_two(cas, full)
    if len(proved) == 1 and not is_shared:
        return proved[0]
    named = _in_name_field(cas, proved or full)
    if named is not None and not named.contre and not is_shared:
        return named
    if proved or len(full) > 1:
        return ask(
            cas,
            "plusieurs-agents",
            "Plusieurs agents de la collectivité peuvent être la personne nommée.",
        )
    if full and full[0].contre:
        return ask(
            cas,
            "identite-contredite",
            "Le nom est celui d'un agent, mais un autre élément du papier désigne une "
            "autre personne.",
        )
    if full and not _has_homonym(full[0].agent, cas.registre.agents):
        return full[0]
    if full:
        return ask(
            cas,
            "homonymes",
            "Plusieurs agents portent ce nom, et rien sur le papier ne les départage.",
        )
    return _nobody(cas)


def _nobody(cas: Cas) -> Proposition:
    if cas.personnes:
        return ask(
            cas,
            "identite-incomplete",
            "La personne n'est pas nommée assez complètement pour être reconnue.",
        )
    return ask(
        cas,
        "agent-inconnu",
        "Aucun agent de la collectivité n'a été reconnu sur ce papier.",
    )


def _in_name_field(cas: Cas, people: list[Identification]) -> Identification | None:
    """Return the one person whose names stand in the name field of the form."""
    champ = cas.lecture.champs.get("nom_lu")
    if champ is None:
        return None
    read = set(fold(champ.valeur).split())
    found = [one for one in people if _wears(one.agent, read)]
    return found[0] if len(found) == 1 else None


def _names_two(cas: Cas, people: list[Identification]) -> bool:
    """Tell whether another of these people is named beside the same label."""
    champ = cas.lecture.champs.get("autre_nom_lu")
    if champ is None:
        return False
    read = set(fold(champ.valeur).split())
    return any(_wears(one.agent, read) for one in people)


def _wears(agent: Agent, read: set[str]) -> bool:
    first = set(fold(agent.prenoms[0]).split()) if agent.prenoms else set()
    names = [set(fold(n).split()) for n in (agent.nom_famille, agent.nom_usage) if n]
    return bool(first) and first <= read and any(name <= read for name in names)


def _has_homonym(agent: Agent, agents: Iterable[Agent]) -> bool:
    return any(
        other.id != agent.id and _names(agent) & _names(other) for other in agents
    )


def _names(agent: Agent) -> set[tuple[str, str]]:
    first = fold(agent.prenoms[0]) if agent.prenoms else ""
    return {
        (fold(name), first) for name in (agent.nom_famille, agent.nom_usage) if name
    }
