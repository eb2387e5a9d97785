"""Agents: created, changed, found by the first letters of any of their names.

The NIR goes in sealed and never comes out of here but masked (see `records.nir`).
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from records import tables as t
from records.comptes import Perimetre
from records.journal import FaitNouveau, Tag
from records.nir import masked_nir, nir_fingerprint, normal_nir, seal_context
from records.noms import fold, search_words
from records.parties import Agent
from records.references import Sujet, new_reference
from records.store import journal, revisions, valeurs
from records.store.listes import count
from records.store.recherche import MIN_SEARCH, search
from records.store.renvois import id_of
from socle.crypto import Coffre
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, ErreurChamp, NotFoundError, RefusedError

__all__ = [
    "MIN_SEARCH",
    "NouvelAgent",
    "by_id",
    "by_ids",
    "change",
    "count_of",
    "create",
    "find",
    "masked_nirs",
    "of_collectivite",
    "refuse_stale",
    "search",
    "value_of",
    "with_words",
]
_PLAIN = {
    "nom_famille", "nom_usage", "prenoms", "sexe", "date_naissance", "matricule",
    "regime", "statut", "service_id", "reference_externe", "situation",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class NouvelAgent:
    """An agent to create in a collectivité already known to be visible."""

    collectivite_id: int
    nom_famille: str
    prenoms: Sequence[str]
    nom_usage: str | None = None
    sexe: str | None = None
    date_naissance: dt.date | None = None
    nir: str | None = None
    matricule: str | None = None
    service_id: int | None = None
    regime: str | None = None
    statut: str | None = None
    situation: Mapping[str, Any] = field(default_factory=dict)
    reference_externe: str | None = None


def create(
    session: WriteSession,
    nouvel: NouvelAgent,
    *,
    coffre: Coffre,
    auteur: str,
    now: dt.datetime,
) -> Agent:
    """Create an agent.

    Raises `ConflictError` (matricule or external reference taken in the collectivité),
    `RefusedError` (NIR, or a service of another collectivité).
    """
    row = t.Agent(
        reference=new_reference(Sujet.AGENT, now.year),
        collectivite_id=nouvel.collectivite_id,
        prenoms=list(nouvel.prenoms),
        situation=dict(nouvel.situation),
    )
    for name in sorted(_PLAIN - {"prenoms", "situation"}):
        setattr(row, name, getattr(nouvel, name))
    _check(session, row)
    _seal(row, nouvel.nir, coffre)
    session.add(row)
    session.flush()
    _index(session, row)
    _write(session, Tag.AGENT_CREE, row, auteur, now, ())
    return value_of(row)


def change(
    session: WriteSession,
    reference: str,
    changes: Mapping[str, Any],
    *,
    perimetre: Perimetre,
    coffre: Coffre,
    auteur: str,
    now: dt.datetime,
    version: int | None = None,
) -> Agent:
    """Change the given fields (those of `NouvelAgent`), keep the others.

    With `version`, raises `ConflictError` (`etat-modifie`) when someone else changed the
    agent in between.
    """
    found = id_of(session, t.Agent, reference, perimetre=perimetre)
    row = session.get_one(t.Agent, found, with_for_update=True)
    refuse_stale(row.version, version)
    unknown = changes.keys() - _PLAIN - {"nir"}
    if unknown:
        raise ValueError(f"unknown fields: {sorted(unknown)}")
    for name in sorted(changes.keys() - {"nir", "prenoms", "situation"}):
        setattr(row, name, changes[name])
    if "prenoms" in changes:
        row.prenoms = list(changes["prenoms"])
    if "situation" in changes:
        row.situation = dict(changes["situation"])
    if "nir" in changes:
        _seal(row, changes["nir"], coffre)
    with session.no_autoflush:
        _check(session, row)
    row.version += 1
    session.flush()
    _index(session, row)
    _write(session, Tag.AGENT_MODIFIE, row, auteur, now, sorted(changes))
    return value_of(row)


def refuse_stale(present: int, expected: int | None) -> None:
    """Raise when the caller looked at an older version than the present one."""
    if expected is not None and expected != present:
        raise ConflictError(
            "etat-modifie",
            "Quelqu'un d'autre vient de modifier cette fiche : rechargez-la, "
            "puis refaites votre modification.",
        )


def _check(session: ReadSession, row: t.Agent) -> None:
    for name, label in (
        ("matricule", "matricule"),
        ("reference_externe", "référence externe"),
    ):
        value = getattr(row, name)
        taken = sa.select(t.Agent.id).where(
            t.Agent.collectivite_id == row.collectivite_id,
            getattr(t.Agent, name) == value,
        )
        if value is not None and session.scalar(taken) not in {None, row.id}:
            raise ConflictError(
                "agent-existant",
                f"Un agent de la collectivité porte déjà ce {label} ({value}).",
            )
    if row.service_id is not None:
        service = session.get(t.Service, row.service_id)
        if service is None or service.collectivite_id != row.collectivite_id:
            detail = "Ce service n'est pas de la collectivité de l'agent."
            raise RefusedError(
                "service-etranger",
                detail,
                erreurs=(
                    ErreurChamp(
                        champ="service", code="service-etranger", detail=detail
                    ),
                ),
            )


def _seal(row: t.Agent, nir: str | None, coffre: Coffre) -> None:
    if not nir:
        row.nir_scelle, row.nir_empreinte = None, None
        return
    whole = normal_nir(nir)
    row.nir_scelle = coffre.seal(whole, context=seal_context(row.reference))
    row.nir_empreinte = nir_fingerprint(coffre, whole)


def _index(session: WriteSession, row: t.Agent) -> None:
    noms = [row.nom_usage or "", row.nom_famille, *row.prenoms]
    shown = [row.nom_usage or row.nom_famille, *row.prenoms[:1], row.nom_famille]
    row.recherche = fold(" ".join(shown))
    wanted = search_words(noms)
    table = t.AgentMot
    present = set(session.scalars(sa.select(table.mot).where(table.agent_id == row.id)))
    gone = sorted(present - wanted)
    if gone:
        session.execute(
            sa.delete(table).where(table.agent_id == row.id, table.mot.in_(gone))
        )
    session.add_all(
        table(agent_id=row.id, mot=mot, collectivite_id=row.collectivite_id)
        for mot in sorted(wanted - present)
    )
    session.flush()


def _write(
    session: WriteSession,
    tag: Tag,
    row: t.Agent,
    auteur: str,
    now: dt.datetime,
    champs: Sequence[str],
) -> None:
    revisions.keep(session, row, auteur=auteur, now=now)
    fait = FaitNouveau(
        tag=tag,
        sujet=row.reference,
        auteur=auteur,
        collectivite_id=row.collectivite_id,
        contenu={"champs": list(champs)} if champs else {},
    )
    journal.append(session, fait, now)


def find(session: ReadSession, reference: str, *, perimetre: Perimetre) -> Agent:
    """Return an agent; `NotFoundError` when foreign or inexistent."""
    return by_id(session, id_of(session, t.Agent, reference, perimetre=perimetre))


def by_id(session: ReadSession, agent_id: int) -> Agent:
    """Return an agent already known to be visible."""
    row = session.get(t.Agent, agent_id)
    if row is None:
        raise NotFoundError("introuvable", "Aucun agent à cette référence.")
    return value_of(row)


def by_ids(session: ReadSession, ids: Iterable[int | None]) -> dict[int, Agent]:
    """Return agents already known to be visible, by their id."""
    wanted = sorted({i for i in ids if i is not None})
    rows = session.scalars(sa.select(t.Agent).where(t.Agent.id.in_(wanted)))
    return {row.id: value_of(row) for row in rows}


def of_collectivite(session: ReadSession, collectivite_id: int) -> tuple[Agent, ...]:
    """Return every agent of a collectivité already known to be visible."""
    rows = session.scalars(
        sa.select(t.Agent)
        .where(t.Agent.collectivite_id == collectivite_id)
        .order_by(t.Agent.id)
    )
    return tuple(value_of(row) for row in rows)


def with_words(
    session: ReadSession, collectivite_id: int, words: Iterable[str]
) -> tuple[Agent, ...]:
    """Return the agents of a large collectivité one of whose names is among `words`.

    `words` are folded (`records.noms.fold`).
    """
    named_so = sa.select(t.AgentMot.agent_id).where(
        t.AgentMot.collectivite_id == collectivite_id,
        t.AgentMot.mot.in_(sorted(set(words))),
    )
    rows = session.scalars(
        sa.select(t.Agent).where(t.Agent.id.in_(named_so)).order_by(t.Agent.id)
    )
    return tuple(value_of(row) for row in rows)


def homes_of_nirs(session: ReadSession, empreintes: list[str]) -> set[int]:
    """Return the collectivités whose agents bear these NIR (keyed hashes)."""
    return set(
        session.scalars(
            sa.select(t.Agent.collectivite_id).where(
                t.Agent.nir_empreinte.in_(empreintes)
            )
        )
    )


def count_of(session: ReadSession, collectivite_id: int) -> int:
    """Return how many agents a collectivité has."""
    return count(
        session, sa.select(t.Agent.id).where(t.Agent.collectivite_id == collectivite_id)
    )


def masked_nirs(
    session: ReadSession, ids: Iterable[int], *, coffre: Coffre
) -> dict[int, str]:
    """Return what may be shown of the NIR of agents already known to be visible."""
    rows = session.execute(
        sa.select(t.Agent.id, t.Agent.reference, t.Agent.nir_scelle).where(
            t.Agent.id.in_(sorted(set(ids))), t.Agent.nir_scelle.is_not(None)
        )
    )
    return {
        row.id: masked_nir(
            coffre.open(row.nir_scelle, context=seal_context(row.reference))
        )
        for row in rows
    }


def value_of(row: t.Agent) -> Agent:
    """Return the value of a row, without the NIR."""
    return valeurs.agent(row)
