"""Changing an event part by part (S06, S07, S10): its fields, its conséquences, its pay."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from records.declarations import ConsequenceDeclaree
from records.evenements import Consequence, Evenement
from records.natures import Catalogue, ChampDeclare, Nature, TypeConsequence
from records.parties import Agent
from records.store import agents, evenements
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, NotFoundError, RefusedError
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal import declaration_lue as lire
from web.portal.declaration_lue import DeclarationLue
from web.portal.forms import read_form, version_of
from web.portal.page import STAFF, see_other, show, tell

ETATS = (("en_cours", "En cours"), ("clos", "Clos"))


@dataclass(slots=True, kw_only=True)
class Modification:
    """What a page that changes an event shows."""

    evenement: Evenement
    agent: Agent
    nature: Nature | None
    known: Catalogue
    lue: DeclarationLue
    garde: frozenset[str] = frozenset()
    genre: TypeConsequence | None = None
    consequence: Consequence | None = None
    lignes: list[dict[str, str]] = field(default_factory=list)

    @property
    def adresse(self) -> str:
        """The page of the event."""
        return f"/evenements/{self.evenement.reference}"


def open_page(session: ReadSession, ctx: Contexte, reference: str) -> Modification:
    """Read an event to be changed; `NotFoundError` when foreign or inexistent."""
    event = evenements.get(session, reference, ctx.perimetre)
    known = ctx.catalogue.au(event.date_survenance)
    return Modification(
        evenement=event,
        agent=agents.by_id(session, event.agent_id),
        nature=known.natures.get(event.nature),
        known=known,
        lue=DeclarationLue(typed={}),
    )


def _typed(
    ctx: Contexte,
    declared: tuple[ChampDeclare, ...],
    values: Mapping[str, Any],
    prefix: str,
) -> tuple[dict[str, str], frozenset[str]]:
    """Return the fields as the form shows them, and those kept without being shown."""
    hides = ctx.identite.role not in STAFF
    typed, kept = {}, set()
    for champ in declared:
        value = values.get(champ.nom)
        if value in (None, "", False):
            continue
        if champ.type == "sensible" and hides:
            kept.add(champ.nom)
            continue
        typed[f"{prefix}.{champ.nom}"] = "oui" if value is True else str(value)
    return typed, frozenset(kept)


# --- the event's own fields ---------------------------------------------------------


def _event_page(
    session: ReadSession, ctx: Contexte, reference: str, typed: Mapping[str, str] | None
) -> Modification:
    page = open_page(session, ctx, reference)
    event = page.evenement
    champs = page.nature.champs if page.nature else ()
    shown, page.garde = _typed(ctx, champs, event.champs, "champs")
    shown |= {
        "date_survenance": event.date_survenance.isoformat(),
        "sans_arret": "oui" if event.is_sans_arret else "",
        "tiers_implique": "oui" if event.has_tiers else "",
        "numero": event.numero or "",
        "etat": event.etat,
        "version": str(event.version),
    }
    page.lue.typed = dict(typed) if typed is not None else shown
    return page


async def get_modifier(request: web.Request) -> web.Response:
    """Show the fields of an event, to be changed."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    db = request.app[SERVICES].db
    page = await db.aread(_event_page, ctx, reference, None)
    return await show(request, "modifier.html", p=page, etats=ETATS)


async def post_modifier(request: web.Request) -> web.Response:
    """Change the fields of an event; its requirements follow."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    typed = await read_form(request)
    db = request.app[SERVICES].db
    try:
        page = await db.awrite(_change_event, ctx, reference, typed)
    except (RefusedError, ConflictError) as error:
        page = await db.aread(_event_page, ctx, reference, typed)
        say(page.lue, error)
    if page.lue.erreurs:
        return await show(request, "modifier.html", p=page, etats=ETATS, status=422)
    await tell(request, "bon", "Évènement modifié ; les pièces demandées ont suivi.")
    return see_other(page.adresse)


def say(lue: DeclarationLue, error: RefusedError | ConflictError) -> None:
    """Put a refusal beside the fields it names, else at the top of the form."""
    lue.refuse(error.erreurs)
    if not error.erreurs:
        lue.erreurs["contenu"] = error.detail


def _change_event(
    session: WriteSession, ctx: Contexte, reference: str, typed: Mapping[str, str]
) -> Modification:
    page = _event_page(session, ctx, reference, typed)
    day = lire.read_day(page.lue, "date_survenance")
    if day is None:
        page.lue.erreurs.setdefault("date_survenance", "Indiquez la date.")
        return page
    evenements.update(
        session,
        reference,
        {
            "date_survenance": day,
            "sans_arret": bool(typed.get("sans_arret")),
            "tiers_implique": bool(typed.get("tiers_implique")),
            "numero": typed.get("numero") or None,
            "etat": "clos" if typed.get("etat") == "clos" else "en_cours",
            "champs": _merged(
                page.evenement.champs,
                page.nature.champs if page.nature else (),
                page.garde,
                lire.read_fields(
                    typed, page.nature.champs if page.nature else (), "champs"
                ),
            ),
        },
        perimetre=ctx.perimetre,
        auteur=ctx.auteur,
        now=ctx.now,
        version=version_of(typed),
    )
    return page


def _merged(
    before: Mapping[str, Any],
    declared: tuple[ChampDeclare, ...],
    kept: frozenset[str],
    given: Mapping[str, str],
) -> dict[str, Any]:
    """Put the fields of the form over the former ones; those it does not show stay."""
    shown = {champ.nom for champ in declared} - kept
    return {n: v for n, v in before.items() if n not in shown} | dict(given)


# --- conséquences --------------------------------------------------------------------


def _consequence_page(
    session: ReadSession,
    ctx: Contexte,
    reference: str,
    consequence: str | None,
    typed: Mapping[str, str] | None,
    code: str = "",
) -> Modification:
    page = open_page(session, ctx, reference)
    event = page.evenement
    if consequence:
        page.consequence = next(
            (c for c in event.consequences if c.reference == consequence), None
        )
        if page.consequence is None:
            raise NotFoundError("introuvable", "Aucune conséquence à cette référence.")
        code = page.consequence.type
    page.genre = page.known.consequences.get(code)
    if page.consequence and page.genre:
        one = page.consequence
        shown, page.garde = _typed(ctx, page.genre.champs, one.champs, "champs")
        if one.periode:
            shown["debut"] = one.periode.debut.isoformat()
            shown["fin"] = one.periode.dernier.isoformat()
        page.lue.typed = shown | {"version": str(one.version)}
    if typed is not None:
        page.lue.typed = dict(typed)
    return page


async def get_consequence(request: web.Request) -> web.Response:
    """Show the form of a conséquence: a new one, or one to change."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    page = await request.app[SERVICES].db.aread(
        _consequence_page,
        ctx,
        reference,
        request.match_info.get("consequence"),
        None,
        request.query.get("type", ""),
    )
    return await show(request, "consequence.html", p=page)


async def post_consequence(request: web.Request) -> web.Response:
    """Add or change a conséquence; what it implies is asked at once."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    which = request.match_info.get("consequence")
    typed = await read_form(request)
    db, code = request.app[SERVICES].db, typed.get("type", "")
    try:
        page = await db.awrite(_write_consequence, ctx, reference, which, typed, code)
    except (RefusedError, ConflictError) as error:
        page = await db.aread(_consequence_page, ctx, reference, which, typed, code)
        say(page.lue, error)
    if page.lue.erreurs or page.genre is None:
        return await show(request, "consequence.html", p=page, status=422)
    said = "modifiée" if which else "ajoutée"
    await tell(request, "bon", f"Conséquence {said} : {page.genre.libelle}.")
    return see_other(page.adresse)


def _write_consequence(
    session: WriteSession,
    ctx: Contexte,
    reference: str,
    which: str | None,
    typed: Mapping[str, str],
    code: str,
) -> Modification:
    page = _consequence_page(session, ctx, reference, which, typed, code)
    if page.genre is None:
        page.lue.erreurs["type"] = "Choisissez un type."
        return page
    periode = lire.read_period(page.lue, "", page.genre)
    if page.lue.erreurs:
        return page
    given = lire.read_fields(typed, page.genre.champs, "champs")
    before = page.consequence.champs if page.consequence else {}
    declared = ConsequenceDeclaree(
        type=page.genre.code,
        periode=periode,
        champs=_merged(before, page.genre.champs, page.garde, given),
    )
    common: dict[str, Any] = {
        "perimetre": ctx.perimetre, "auteur": ctx.auteur, "now": ctx.now,
    }  # fmt: skip
    if which:
        version = version_of(typed)
        evenements.update_consequence(
            session, which, declared, version=version, **common
        )
    else:
        evenements.add_consequence(session, reference, declared, **common)
    return page
