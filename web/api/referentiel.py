"""Reference data for the API: collectivités, services, agents, vocabulary."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from records.natures import ChampDeclare
from records.parties import Agent, Contrat
from records.store import agents, collectivites, renvois, repertoire, services
from records.store.repertoire import Demande
from records.store.services import ServiceVu
from socle.db import ReadSession, WriteSession
from socle.errors import ErreurChamp, RefusedError
from web.api import models as m
from web.api import present
from web.api.contexte import Contexte

Json = dict[str, Any]


def demande(ctx: Contexte, asked: m.ParReferenceExterne) -> Demande:
    """Return the page asked."""
    return Demande(
        curseur=ctx.open_cursor(asked.curseur),
        limite=asked.limite,
        reference_externe=asked.reference_externe,
    )


def given(model: BaseModel, *without: str) -> Json:
    """Return the fields the caller really sent."""
    return model.model_dump(exclude_unset=True, exclude=set(without), mode="python")


def refuse_null(changes: Json, *names: str) -> None:
    """Raise when a field that must hold something is emptied."""
    wrong = tuple(
        ErreurChamp(
            champ=n, code="obligatoire", detail="Ce champ ne peut pas être vidé."
        )
        for n in names
        if n in changes and changes[n] is None
    )
    if wrong:
        listed = ", ".join(e.champ for e in wrong)
        raise RefusedError(
            "demande-invalide", f"Corrigez, puis recommencez : {listed}.", erreurs=wrong
        )


# --- collectivités --------------------------------------------------------------


def _contrats(entries: Iterable[m.ContratEntree]) -> tuple[Contrat, ...]:
    return tuple(
        Contrat(
            numero=entry.numero,
            debut=entry.debut,
            fin=present.after(entry.fin),
            delai_pieces_jours=entry.delai_pieces_jours,
            parametres=entry.parametres,
        )
        for entry in entries
    )


def list_collectivites(
    session: ReadSession, ctx: Contexte, asked: m.ParReferenceExterne
) -> Json:
    """List the collectivités one may see."""
    found = repertoire.collectivites(session, ctx.perimetre, demande(ctx, asked))
    shown = [
        present.collectivite(row, collectivites.contrats(session, row.id))
        for row in found.elements
    ]
    return present.page(ctx, found, shown)


def get_collectivite(session: ReadSession, ctx: Contexte, reference: str) -> Json:
    """Show one collectivité."""
    row = collectivites.get(session, reference, ctx.perimetre)
    return present.collectivite(row, collectivites.contrats(session, row.id))


def create_collectivite(
    session: WriteSession, ctx: Contexte, entry: m.CollectiviteEntree
) -> Json:
    """Create a collectivité with its contracts."""
    made = collectivites.create(
        session,
        nom=entry.nom,
        siret=entry.siret,
        reference_externe=entry.reference_externe,
        adresse=entry.adresse.model_dump(exclude_none=True),
        budgets=list(entry.budgets),
        contrats=_contrats(entry.contrats),
        auteur=ctx.auteur,
        now=ctx.now,
    )
    return present.collectivite(made, collectivites.contrats(session, made.id))


def change_collectivite(
    session: WriteSession,
    ctx: Contexte,
    reference: str,
    entry: m.CollectiviteChangement,
) -> Json:
    """Change a collectivité; contracts are written by their number."""
    changes = given(entry, "contrats")
    refuse_null(changes, "nom", "adresse", "budgets")
    row = collectivites.update(
        session,
        reference,
        changes,
        perimetre=ctx.perimetre,
        auteur=ctx.auteur,
        now=ctx.now,
    )
    for contrat in _contrats(entry.contrats or ()):
        collectivites.put_contrat(session, row.id, contrat)
    return present.collectivite(row, collectivites.contrats(session, row.id))


# --- services -------------------------------------------------------------------


def _services(session: ReadSession, rows: Iterable[ServiceVu]) -> list[Json]:
    listed = list(rows)
    places = renvois.collectivites(session, [row.collectivite_id for row in listed])
    return [
        {
            "reference": row.reference,
            "reference_externe": row.reference_externe,
            "collectivite": places[row.collectivite_id],
            "code": row.code,
            "libelle": row.libelle,
            "debut": present.day(row.debut),
            "fin": present.last(row.fin),
            "version": row.version,
        }
        for row in listed
    ]


def list_services(
    session: ReadSession, ctx: Contexte, asked: m.ServiceRecherche
) -> Json:
    """List services."""
    found = repertoire.services(
        session, ctx.perimetre, demande(ctx, asked), collectivite=asked.collectivite
    )
    return present.page(ctx, found, _services(session, found.elements))


def get_service(session: ReadSession, ctx: Contexte, reference: str) -> Json:
    """Show one service."""
    row = services.get(session, reference, ctx.perimetre)
    return _services(session, [row])[0]


def create_service(
    session: WriteSession, ctx: Contexte, entry: m.ServiceEntree
) -> Json:
    """Create a service."""
    place = collectivites.get(session, entry.collectivite, ctx.perimetre)
    made = services.create(
        session,
        collectivite_id=place.id,
        code=entry.code,
        libelle=entry.libelle,
        debut=entry.debut,
        fin=present.after(entry.fin),
        reference_externe=entry.reference_externe,
        auteur=ctx.auteur,
        now=ctx.now,
    )
    return _services(session, [made])[0]


def change_service(
    session: WriteSession, ctx: Contexte, reference: str, entry: m.ServiceChangement
) -> Json:
    """Change a service."""
    changes = given(entry, "version")
    refuse_null(changes, "libelle")
    if "fin" in changes:
        changes["fin"] = present.after(changes["fin"])
    row = services.update(
        session,
        reference,
        changes,
        perimetre=ctx.perimetre,
        auteur=ctx.auteur,
        now=ctx.now,
        version=entry.version,
    )
    return _services(session, [row])[0]


# --- agents -----------------------------------------------------------------------


def show_agents(
    session: ReadSession, ctx: Contexte, rows: Iterable[Agent]
) -> list[Json]:
    """Return agents with the references they point at, the NIR masked."""
    listed = list(rows)
    places = renvois.collectivites(session, [row.collectivite_id for row in listed])
    offices = renvois.services(session, [row.service_id for row in listed])
    masked = agents.masked_nirs(session, [row.id for row in listed], coffre=ctx.coffre)
    return [
        present.agent(
            row,
            collectivite=places[row.collectivite_id],
            service=offices.get(row.service_id or 0),
            nir=masked.get(row.id),
        )
        for row in listed
    ]


def list_agents(session: ReadSession, ctx: Contexte, asked: m.AgentRecherche) -> Json:
    """List or search agents."""
    place = None
    if asked.collectivite:
        place = collectivite_id(session, ctx, asked.collectivite)
    found = agents.search(
        session,
        perimetre=ctx.perimetre,
        q=asked.q,
        collectivite_id=place,
        reference_externe=asked.reference_externe,
        curseur=ctx.open_cursor(asked.curseur),
        limite=asked.limite,
    )
    return present.page(ctx, found, show_agents(session, ctx, found.rows))


def collectivite_id(session: ReadSession, ctx: Contexte, reference: str) -> int:
    """Return the id of a collectivité one may see."""
    return collectivites.get(session, reference, ctx.perimetre).id


def get_agent(session: ReadSession, ctx: Contexte, reference: str) -> Json:
    """Show one agent."""
    row = agents.find(session, reference, perimetre=ctx.perimetre)
    return show_agents(session, ctx, [row])[0]


def create_agent(session: WriteSession, ctx: Contexte, entry: m.AgentEntree) -> Json:
    """Create an agent."""
    fields = entry.model_dump(exclude={"collectivite", "service"})
    made = agents.create(
        session,
        agents.NouvelAgent(
            collectivite_id=collectivite_id(session, ctx, entry.collectivite),
            service_id=_service_id(session, ctx, entry.service),
            **fields,
        ),
        coffre=ctx.coffre,
        auteur=ctx.auteur,
        now=ctx.now,
    )
    return show_agents(session, ctx, [made])[0]


def change_agent(
    session: WriteSession, ctx: Contexte, reference: str, entry: m.AgentChangement
) -> Json:
    """Change an agent."""
    changes = given(entry, "service", "version")
    refuse_null(changes, "nom_famille", "prenoms", "situation")
    if "service" in entry.model_fields_set:
        changes["service_id"] = _service_id(session, ctx, entry.service)
    row = agents.change(
        session,
        reference,
        changes,
        perimetre=ctx.perimetre,
        coffre=ctx.coffre,
        auteur=ctx.auteur,
        now=ctx.now,
        version=entry.version,
    )
    return show_agents(session, ctx, [row])[0]


def _service_id(
    session: ReadSession, ctx: Contexte, reference: str | None
) -> int | None:
    if reference is None:
        return None
    return services.get(session, reference, ctx.perimetre).id


# --- vocabulary -------------------------------------------------------------------


def lexique(ctx: Contexte) -> Json:
    """Give the natures, conséquences and types in force, with their fields."""
    known = ctx.catalogue
    return {
        "natures": [
            {
                "code": n.code,
                "libelle": n.libelle,
                "regimes": list(n.regimes),
                "risque": n.risque,
                "champs": _champs(n.champs),
                "consequences": list(n.consequences),
                "valable_des": present.day(n.valable_des),
                "source": n.source,
            }
            for n in known.natures.values()
        ],
        "consequences": [
            {
                "code": c.code,
                "libelle": c.libelle,
                "periode": c.periode,
                "aide": c.aide,
                "champs": _champs(c.champs),
                "valable_des": present.day(c.valable_des),
                "source": c.source,
            }
            for c in known.consequences.values()
        ],
        "types": [
            {
                "code": x.code,
                "libelle": x.libelle,
                "numeros": list(x.numeros),
                "titres": list(x.titres),
                "sensible": x.is_sensible,
                "jamais_exige": x.is_jamais_exige,
                "valable_des": present.day(x.valable_des),
                "source": x.source,
            }
            for x in known.types.values()
        ],
    }


def _champs(champs: Iterable[ChampDeclare]) -> list[Json]:
    return [
        {
            **asdict(champ),
            "choix": [{"code": code, "libelle": said} for code, said in champ.choix],
        }
        for champ in champs
    ]
