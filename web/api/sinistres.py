"""Events for the API: declaration, conséquences, salaires, recours, the fiche."""

import datetime as dt
from typing import Any

from bordereaux import registre_prestations as prestations
from letters import courriers as lettres
from records.evenements import Evenement
from records.journal import sentence
from records.periodes import Periode
from records.store import (
    agents,
    clotures,
    evenements,
    fiches,
    recours,
    renvois,
    repertoire,
    salaires,
)
from records.store.evenements import ConsequenceDeclaree, Declaration
from records.store.fiches import Fiche
from records.store.recours import Recours
from records.vocabulary import Role
from socle.clock import end_of_day
from socle.db import ReadSession, WriteSession
from socle.errors import NotFoundError
from web.api import models as m
from web.api import present
from web.api.contexte import Contexte
from web.api.referentiel import demande, given, refuse_null

Json = dict[str, Any]


def show(session: ReadSession, rows: list[Evenement]) -> list[Json]:
    """Return events as lists show them."""
    places = renvois.collectivites(session, [row.collectivite_id for row in rows])
    people = agents.by_ids(session, [row.agent_id for row in rows])
    return [
        present.evenement(
            row,
            collectivite=places[row.collectivite_id],
            agent=people[row.agent_id],
        )
        for row in rows
    ]


def list_evenements(
    session: ReadSession, ctx: Contexte, asked: m.EvenementRecherche
) -> Json:
    """List events, the last happened first."""
    found = repertoire.evenements(
        session,
        ctx.perimetre,
        demande(ctx, asked),
        collectivite=asked.collectivite,
        agent=asked.agent,
        nature=asked.nature,
        etat=asked.etat,
    )
    return present.page(ctx, found, show(session, list(found.elements)))


def _declared(entry: m.ConsequenceEntree | m.ConsequenceChangement, type_: str) -> Any:  # noqa: ANN401
    return ConsequenceDeclaree(
        type=type_,
        periode=_periode(entry.debut, entry.fin),
        champs=entry.champs,
        reference_externe=entry.reference_externe,
    )


def _periode(debut: dt.date | None, fin: dt.date | None) -> Periode | None:
    return Periode.inclusive(debut, fin) if debut and fin and debut <= fin else None


def create_evenement(
    session: WriteSession, ctx: Contexte, entry: m.EvenementEntree
) -> Json:
    """Declare an event: its requirements open by themselves."""
    person = agents.find(session, entry.agent, perimetre=ctx.perimetre)
    made = evenements.declare(
        session,
        Declaration(
            agent_id=person.id,
            collectivite_id=person.collectivite_id,
            nature=entry.nature,
            date_survenance=entry.date_survenance,
            champs=entry.champs,
            consequences=tuple(_declared(c, c.type) for c in entry.consequences),
            is_sans_arret=entry.sans_arret,
            has_tiers=entry.tiers_implique,
            numero=entry.numero,
            reference_externe=entry.reference_externe,
        ),
        auteur=ctx.auteur,
        now=ctx.now,
    )
    return fiche(session, ctx, made.reference)


def change_evenement(
    session: WriteSession, ctx: Contexte, reference: str, entry: m.EvenementChangement
) -> Json:
    """Change an event; its requirements are derived again."""
    changes = given(entry, "version")
    refuse_null(
        changes, "nature", "date_survenance", "sans_arret", "tiers_implique", "etat",
        "champs",
    )  # fmt: skip
    evenements.update(
        session,
        reference,
        changes,
        perimetre=ctx.perimetre,
        auteur=ctx.auteur,
        now=ctx.now,
        version=entry.version,
    )
    return fiche(session, ctx, reference)


def close_evenement(
    session: WriteSession, ctx: Contexte, reference: str, entry: m.ClotureEntree
) -> Json:
    """Close a file with its reason."""
    clotures.close(
        session,
        reference,
        motif=entry.motif,
        version=entry.version,
        perimetre=ctx.perimetre,
        auteur=ctx.auteur,
        now=ctx.now,
    )
    return fiche(session, ctx, reference)


# --- conséquences -----------------------------------------------------------------


def list_consequences(session: ReadSession, ctx: Contexte, reference: str) -> Json:
    """List the conséquences of an event."""
    found = evenements.get(session, reference, ctx.perimetre)
    return whole([present.consequence(c) for c in found.consequences])


def whole(elements: list[Json]) -> Json:
    """Return a list given at once."""
    return {"elements": elements, "suivant": None, "total": len(elements)}


def create_consequence(
    session: WriteSession, ctx: Contexte, reference: str, entry: m.ConsequenceEntree
) -> Json:
    """Add a conséquence."""
    made = evenements.add_consequence(
        session,
        reference,
        _declared(entry, entry.type),
        perimetre=ctx.perimetre,
        auteur=ctx.auteur,
        now=ctx.now,
    )
    return present.consequence(made)


def change_consequence(
    session: WriteSession,
    ctx: Contexte,
    reference: str,
    consequence: str,
    entry: m.ConsequenceChangement,
) -> Json:
    """Change a conséquence of this event; absent fields stay as they are."""
    parent = evenements.get(session, reference, ctx.perimetre)
    before = next((c for c in parent.consequences if c.reference == consequence), None)
    if before is None:
        raise NotFoundError("introuvable", "Aucune conséquence à cette référence.")
    changes = given(entry, "version")
    debut = changes.get("debut", before.periode.debut if before.periode else None)
    fin = changes.get("fin", before.periode.dernier if before.periode else None)
    made = evenements.update_consequence(
        session,
        consequence,
        ConsequenceDeclaree(
            type=before.type,
            periode=_periode(debut, fin),
            champs=changes.get("champs", before.champs) or {},
            reference_externe=before.reference_externe,
        ),
        perimetre=ctx.perimetre,
        auteur=ctx.auteur,
        now=ctx.now,
        version=entry.version,
    )
    return present.consequence(made)


# --- salaires and recours -----------------------------------------------------------


def get_salaires(session: ReadSession, ctx: Contexte, reference: str) -> Json:
    """Show the pay elements of an event."""
    found = evenements.get(session, reference, ctx.perimetre)
    return {
        "evenement": found.reference,
        "salaires": salaires.of_evenement(session, found.id),
        "version": found.version,
    }


def set_salaires(
    session: WriteSession, ctx: Contexte, reference: str, entry: m.SalairesEntree
) -> Json:
    """Enter the pay elements of an event: amounts are kept as text with two decimals."""
    lines = [
        {
            name: value if name == "mois" else present.money(value)
            for name, value in line.model_dump(exclude_none=True).items()
        }
        for line in entry.salaires
    ]
    salaires.replace(
        session,
        reference,
        lines,
        perimetre=ctx.perimetre,
        auteur=ctx.auteur,
        now=ctx.now,
        version=entry.version,
    )
    return get_salaires(session, ctx, reference)


def _recours(value: Recours) -> Json:
    return {
        "reference": value.reference,
        "reference_externe": value.reference_externe,
        "etat": value.etat,
        "champs": dict(value.champs),
        "version": value.version,
        "cree_le": present.instant(value.cree_at),
        "envoye_le": present.instant(value.envoye_at),
    }


def recours_of(session: ReadSession, evenement_id: int) -> list[Json]:
    """Return the recours of an event."""
    found = recours.of_evenements(session, [evenement_id])
    return [_recours(value) for value in found[evenement_id]]


def list_recours(session: ReadSession, ctx: Contexte, reference: str) -> Json:
    """List the recours of an event."""
    found = evenements.get(session, reference, ctx.perimetre)
    return whole(recours_of(session, found.id))


def create_recours(
    session: WriteSession, ctx: Contexte, reference: str, entry: m.RecoursEntree
) -> Json:
    """Save or send a recours."""
    made = recours.add(
        session,
        reference,
        etat=entry.etat,
        champs=entry.champs,
        reference_externe=entry.reference_externe,
        perimetre=ctx.perimetre,
        auteur=ctx.auteur,
        now=ctx.now,
    )
    return _recours(made)


def change_recours(
    session: WriteSession,
    ctx: Contexte,
    reference: str,
    claim: str,
    entry: m.RecoursChangement,
) -> Json:
    """Change a recours of this event."""
    parent = evenements.get(session, reference, ctx.perimetre)
    known = recours.find(session, claim, perimetre=ctx.perimetre)
    if known.evenement_id != parent.id:
        raise NotFoundError("introuvable", "Aucun recours à cette référence.")
    made = recours.change(
        session,
        claim,
        etat=entry.etat,
        champs=entry.champs,
        version=entry.version,
        is_handler=ctx.identite.has_role(Role.GESTIONNAIRE, Role.ADMINISTRATEUR),
        perimetre=ctx.perimetre,
        auteur=ctx.auteur,
        now=ctx.now,
    )
    return _recours(made)


# --- the fiche ------------------------------------------------------------------------


def fiche(session: ReadSession, ctx: Contexte, reference: str) -> Json:
    """Return the fiche évènement unique: everything that hangs on one event."""
    return _fiche(session, ctx, fiches.fiche(session, reference, ctx.perimetre))


def fiche_on(
    session: ReadSession, ctx: Contexte, reference: str, asked: m.FicheAu
) -> Json:
    """Return the fiche as known at the end of a day, today by default."""
    if asked.au is None or asked.au >= ctx.today:
        return fiche(session, ctx, reference)
    at = end_of_day(asked.au)
    return _fiche(session, ctx, fiches.fiche_at(session, reference, ctx.perimetre, at))


def _fiche(session: ReadSession, ctx: Contexte, found: Fiche) -> Json:
    from web.api import exigences, justificatifs
    from web.courriers import courriers_json

    row = found.evenement
    lines = exigences.of_fiche(session, found)
    letters = lettres.of_evenement(session, row.id, ctx.perimetre)
    sent = [one for one in letters if found.au is None or one.emis_at <= found.au]
    return {
        **show(session, [row])[0],
        "au": present.instant(found.au),
        "champs": row.champs,
        "consequences": [present.consequence(c) for c in row.consequences],
        "salaires": found.salaires,
        "recours": [_recours(one) for one in found.recours],
        "pieces_attendues": lines,
        "documents": justificatifs.show(session, found.papiers, found.liens),
        "sommes": exigences.sommes(
            lines, prestations.sommes(session, row.id, ctx.perimetre, found.au)
        ),
        "courriers": courriers_json(session, sent),
        "journal": [_fait(fait) for fait in found.faits],
    }


def _fait(fait: Json) -> Json:
    return {
        "tag": fait["tag"],
        "phrase": sentence(fait["tag"], fait["contenu"]),
        "auteur": fait["auteur"],
        "survenu_le": present.instant(fait["survenu_at"]),
        "sujet": fait["sujet"],
        "contenu": fait["contenu"],
    }
