"""« Mes actions en cours » for the API: how many, then which."""

from typing import Any

from intake import renvois as depots
from records.evenements import Evenement
from records.journal import sentence
from records.store import (
    actions,
    affectations,
    agents,
    clotures,
    journees,
    pieces,
    renvois,
    taches,
)
from records.store.clotures import FiltreClotures
from records.store.journees import Saisie
from records.store.pieces import FiltrePieces, LignePiece
from records.store.taches import FiltreTaches, TacheVue
from records.vocabulary import OPEN_PIECE_STATES, Typologie
from socle.db import ReadSession
from socle.errors import NotFoundError
from web.api import models as m
from web.api import present
from web.api.contexte import Contexte
from web.api.operations import PREFIX

Json = dict[str, Any]
_BASE: Json = {
    "reference": "", "code": None, "detail": "", "collectivite": None, "agent": None,
    "agent_libelle": None, "evenement": None, "document": None, "depot": None,
    "date": None, "prise_en_charge": None,
}  # fmt: skip


def count_actions(session: ReadSession, ctx: Contexte) -> Json:
    """Count what waits for a person, by typologie."""
    found = actions.counts(session, ctx.perimetre, ctx.today)
    return {
        "elements": [
            {
                "typologie": action.typologie.code,
                "libelle": action.typologie.label,
                "nombre": action.nombre,
                "lien": f"{PREFIX}/actions/{action.typologie.code}",
            }
            for action in found
        ]
    }


def list_actions(
    session: ReadSession, ctx: Contexte, typologie: str, asked: m.ActionRecherche
) -> Json:
    """List what waits, of one typologie."""
    try:
        Typologie.of(typologie)
    except ValueError as error:
        known = ", ".join(word.code for word in Typologie)
        raise NotFoundError(
            "introuvable", f"Typologie inconnue : choisissez parmi {known}."
        ) from error
    if typologie == Typologie.DOCUMENT_MANQUANT.code:
        return _with_holders(session, ctx, _missing(session, ctx, asked))
    if typologie == Typologie.DOSSIER_A_CLOTURER.code:
        page = clotures.listing(
            session,
            ctx.perimetre,
            ctx.today,
            FiltreClotures(affecte=_held(ctx, asked)),
            curseur=ctx.open_cursor(asked.curseur),
            limite=asked.limite,
        )
        events = [one.evenement for one in page.elements]
        found = present.page(ctx, page, _closings(session, events))
        return _with_holders(session, ctx, found)
    return _with_holders(session, ctx, _tasks(session, ctx, typologie, asked))


def _held(ctx: Contexte, asked: m.ActionRecherche) -> str | None:
    """Return whose lines are asked: "" for nobody's, None for all."""
    return {"moi": ctx.auteur, "personne": ""}.get(asked.affecte or "")


def _with_holders(session: ReadSession, ctx: Contexte, page: Json) -> Json:
    """Say of each line whether this account, or another, takes charge of it."""
    lines = page["elements"]
    held = affectations.holders(session, [line["reference"] for line in lines])
    for line in lines:
        if (who := held.get(line["reference"])) is not None:
            line["prise_en_charge"] = "moi" if who == ctx.auteur else "autre"
    return page


def _missing(session: ReadSession, ctx: Contexte, asked: m.ActionRecherche) -> Json:
    found = pieces.listing(
        session,
        ctx.perimetre,
        FiltrePieces(etats=OPEN_PIECE_STATES, affecte=_held(ctx, asked)),
        curseur=ctx.open_cursor(asked.curseur),
        limite=asked.limite,
    )
    known = ctx.catalogue
    return present.page(
        ctx,
        found,
        [_piece(line, known.label(line.piece.type)) for line in found.elements],
    )


def _piece(line: LignePiece, label: str) -> Json:
    return _BASE | {
        "typologie": Typologie.DOCUMENT_MANQUANT.code,
        "reference": line.piece.reference,
        "code": line.piece.type,
        "detail": label,
        "collectivite": line.collectivite_reference,
        "agent": line.agent_reference,
        "agent_libelle": line.agent_libelle,
        "evenement": line.evenement_reference,
        "date": present.day(line.piece.echeance),
        "lien": f"{PREFIX}/pieces-attendues/{line.piece.reference}",
    }


def _closings(session: ReadSession, rows: list[Evenement]) -> list[Json]:
    people = agents.by_ids(session, [row.agent_id for row in rows])
    places = renvois.collectivites(session, [row.collectivite_id for row in rows])
    return [
        _BASE
        | {
            "typologie": Typologie.DOSSIER_A_CLOTURER.code,
            "reference": row.reference,
            "code": row.nature,
            "detail": "Aucune date de reprise alors que le dernier arrêt est ancien.",
            "collectivite": places[row.collectivite_id],
            "agent": people[row.agent_id].reference,
            "agent_libelle": people[row.agent_id].libelle,
            "evenement": row.reference,
            "date": present.day(row.date_survenance),
            "lien": f"{PREFIX}/evenements/{row.reference}",
        }
        for row in rows
    ]


def _tasks(
    session: ReadSession, ctx: Contexte, typologie: str, asked: m.ActionRecherche
) -> Json:
    found = taches.listing(
        session,
        ctx.perimetre,
        (typologie,),
        FiltreTaches(affecte=_held(ctx, asked)),
        curseur=ctx.open_cursor(asked.curseur),
        limite=asked.limite,
    )
    places = renvois.collectivites(session, [x.collectivite_id for x in found.elements])
    events = renvois.evenements(session, [x.evenement_id for x in found.elements])
    papers = renvois.justificatifs(session, [x.justificatif_id for x in found.elements])
    deposits = depots.references(session, [x.depot_id for x in found.elements])
    return present.page(
        ctx, found, [_task(x, places, events, papers, deposits) for x in found.elements]
    )


def _task(
    task: TacheVue,
    places: dict[int, str],
    events: dict[int, str],
    papers: dict[int, str],
    deposits: dict[int, str],
) -> Json:
    paper = papers.get(task.justificatif_id or 0)
    deposit = deposits.get(task.depot_id or 0)
    event = events.get(task.evenement_id or 0)
    link = f"{PREFIX}/actions/{task.typologie}"
    for kind, reference in (
        ("documents", paper), ("depots", deposit), ("evenements", event)
    ):  # fmt: skip
        if reference:
            link = f"{PREFIX}/{kind}/{reference}"
            break
    return _BASE | {
        "typologie": task.typologie,
        "reference": task.reference,
        "code": task.code,
        "detail": task.detail,
        "collectivite": places.get(task.collectivite_id or 0),
        "evenement": event,
        "document": paper,
        "depot": deposit,
        "date": present.instant(task.ouverte_at),
        "lien": link,
    }


def list_day(session: ReadSession, ctx: Contexte, asked: m.JourneeRecherche) -> Json:
    """List what was entered on a day, in order."""
    found = journees.listing(
        session,
        ctx.perimetre,
        asked.jour,
        curseur=ctx.open_cursor(asked.curseur),
        limite=asked.limite,
    )
    return present.page(ctx, found, [_entered(one) for one in found.elements])


def _entered(one: Saisie) -> Json:
    return {
        "tag": one.tag,
        "phrase": sentence(one.tag, one.contenu),
        "auteur": one.auteur,
        "survenu_le": present.instant(one.survenu_at),
        "sujet": one.sujet,
        "contenu": one.contenu,
        "collectivite": one.collectivite,
        "evenement": one.evenement,
        "agent": one.agent,
        "agent_libelle": one.agent_libelle,
    }
