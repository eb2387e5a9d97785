"""Declaring an event (S05 to S08): the agent, the nature, its fields, what it will ask.

Saving is the declaration. Everything works without script: each act posts the whole form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from aiohttp import web

from records.declarations import checked
from records.evenements import Evenement
from records.exigences import Exigence
from records.natures import Catalogue, Nature
from records.parties import Agent
from records.previsions import foresee
from records.store import agents, brouillons, collectivites, evenements, repertoire
from records.store.brouillons import BrouillonVu
from socle.db import ReadSession, WriteSession
from socle.errors import ErreurChamp, NotFoundError, RefusedError
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal import declaration_lue as lire
from web.portal.declaration_lue import DeclarationLue
from web.portal.dossiers import Recherche, search
from web.portal.forms import read_form, version_of
from web.portal.page import is_fragment, see_other, show, tell
from web.portal.presentation import moment_long

SAVE, KEEP, ADD, FORESEE = "enregistrer", "brouillon", "ajouter", "apercu"
_REMOVE = "retirer-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Formulaire:
    """The form of a declaration as its page shows it."""

    agent: Agent
    lieu: str
    budgets: tuple[str, ...]
    natures: tuple[Nature, ...]
    lue: DeclarationLue
    prevues: tuple[Exigence, ...] = ()
    existant: str | None = None
    brouillon: str = ""
    version: int = 1

    @property
    def choix_natures(self) -> tuple[tuple[str, str], ...]:
        """The natures of the agent's régime, as a list to choose from."""
        return tuple((nature.code, nature.libelle) for nature in self.natures)


async def get_declarer(request: web.Request) -> web.Response:
    """Choose the agent, or take a draft up again."""
    ctx, q = contexte_of(request), request.query.get("q", "").strip()[:80]
    db = request.app[SERVICES].db
    found, kept = await db.aread(_start, ctx, q, request.query.get("curseur") or None)
    return await show(request, "declarer.html", r=found, brouillons=kept)


def _start(
    session: ReadSession, ctx: Contexte, q: str, curseur: str | None
) -> tuple[Recherche, tuple[BrouillonVu, ...]]:
    drafts = brouillons.listing(session, ctx.perimetre)
    return search(session, ctx, q, curseur), drafts


async def get_formulaire(request: web.Request) -> web.Response:
    """Show the form: the natures first, then the fields of the one chosen."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    asked = request.query
    typed = {"nature": asked.get("nature", "")}
    draft = asked.get("brouillon", "")
    form = await request.app[SERVICES].db.aread(_form, ctx, reference, typed, draft)
    form.lue.erreurs.clear()
    return await show(request, "declarer_agent.html", f=form)


def _form(
    session: ReadSession,
    ctx: Contexte,
    reference: str,
    typed: Mapping[str, str],
    draft: str = "",
) -> Formulaire:
    """Read a form, typed or kept; `NotFoundError` when the agent is foreign."""
    agent = agents.find(session, reference, perimetre=ctx.perimetre)
    version = version_of(typed) or 1
    if draft:
        kept = brouillons.get(session, draft, perimetre=ctx.perimetre)
        if kept.agent.id != agent.id:
            raise NotFoundError("introuvable", "Aucun brouillon à cette référence.")
        typed, version = kept.champs, kept.version
    home = collectivites.by_id(session, agent.collectivite_id)
    lue = lire.read(typed, agent, _catalogue(ctx, typed))
    form = Formulaire(
        agent=agent,
        lieu=home.nom,
        budgets=home.budgets,
        natures=_natures(ctx, agent),
        lue=lue,
        brouillon=draft or typed.get("brouillon", ""),
        version=version,
    )
    return replace(form, prevues=_foreseen(session, ctx, form))


def _catalogue(ctx: Contexte, typed: Mapping[str, str]) -> Catalogue:
    day = lire.day_typed(typed.get("date_survenance", ""))
    return ctx.catalogue.au(day) if day else ctx.catalogue


def _natures(ctx: Contexte, agent: Agent) -> tuple[Nature, ...]:
    return tuple(
        nature
        for nature in ctx.catalogue.natures.values()
        if agent.regime is None or agent.regime in nature.regimes
    )


def _foreseen(
    session: ReadSession, ctx: Contexte, form: Formulaire
) -> tuple[Exigence, ...]:
    declaration = form.lue.declaration
    if declaration is None:
        return ()
    try:
        return foresee(
            replace(declaration, is_importee=True),
            known=ctx.catalogue.au(declaration.date_survenance),
            regime=form.agent.regime,
            statut=form.agent.statut,
            delai_jours=collectivites.delai_au(
                session, form.agent.collectivite_id, declaration.date_survenance
            ),
        )
    except RefusedError:
        return ()


async def post_formulaire(request: web.Request) -> web.Response:
    """Do what the button says: save, keep a draft, add or remove a conséquence."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    typed = await read_form(request)
    act, db = typed.get("acte", SAVE), request.app[SERVICES].db
    if act == KEEP:
        await db.awrite(_keep, ctx, reference, typed)
        await tell(
            request, "bon",
            "Brouillon gardé. Rien n’est déclaré pour l’instant : reprenez-le quand "
            "vous voulez.",
        )  # fmt: skip
        return see_other("/declarer")
    if act == SAVE:
        return await _save(request, ctx, reference, typed)
    if act == ADD:
        typed = lire.with_row(typed, typed.get("nouvelle", ""))
    elif act.startswith(_REMOVE) and act.removeprefix(_REMOVE).isdigit():
        typed = lire.without_row(typed, int(act.removeprefix(_REMOVE)))
    form = await db.aread(_form, ctx, reference, typed)
    form.lue.erreurs.clear()
    page = "_prevues.html" if is_fragment(request) and act == FORESEE else None
    return await show(request, page or "declarer_agent.html", f=form)


def _keep(
    session: WriteSession, ctx: Contexte, reference: str, typed: Mapping[str, str]
) -> str:
    agent = agents.find(session, reference, perimetre=ctx.perimetre)
    lue = lire.read(typed, agent, _catalogue(ctx, typed))
    return brouillons.keep(
        session,
        agent,
        lue.kept(),
        reference=typed.get("brouillon", ""),
        version=version_of(typed),
        perimetre=ctx.perimetre,
        auteur=ctx.identite.identifiant,
        now=ctx.now,
    )


async def _save(
    request: web.Request, ctx: Contexte, reference: str, typed: Mapping[str, str]
) -> web.Response:
    form, made = await request.app[SERVICES].db.awrite(_declare, ctx, reference, typed)
    if made is None:
        return await show(request, "declarer_agent.html", f=form, status=422)
    await tell(
        request, "bon",
        f"Déclaration enregistrée le {moment_long(made.declare_at)}. Cet enregistrement "
        "vaut déclaration. Joignez maintenant les documents que vous avez.",
    )  # fmt: skip
    return see_other(f"/evenements/{made.reference}")


def _declare(
    session: WriteSession, ctx: Contexte, reference: str, typed: Mapping[str, str]
) -> tuple[Formulaire, Evenement | None]:
    """Declare what the form says; the form comes back alone when something is wrong."""
    form = _form(session, ctx, reference, typed)
    lue = form.lue
    if lue.nature is None:
        lue.erreurs["nature"] = "Choisissez une nature."
    declaration = lue.declaration
    if declaration is None:
        return form, None
    if ctx.today < declaration.date_survenance and _is_accident(lue):
        lue.erreurs["date_survenance"] = "Un accident ne se déclare pas à l'avance."
    twin = repertoire.same_event(
        session, form.agent.id, declaration.nature, declaration.date_survenance
    )
    if twin and not typed.get("autre_evenement"):
        lue.erreurs["autre_evenement"] = (
            "Un évènement de cette nature est déjà déclaré à cette date pour cet agent."
        )
        form = replace(form, existant=twin)
    if _is_wrong(ctx, lue):
        return form, None
    made = evenements.declare(session, declaration, auteur=ctx.auteur, now=ctx.now)
    if form.brouillon:
        brouillons.drop(session, form.brouillon, perimetre=ctx.perimetre)
    return form, made


def _is_accident(lue: DeclarationLue) -> bool:
    return lue.nature is not None and any(c.nom == "heure" for c in lue.nature.champs)


def _is_wrong(ctx: Contexte, lue: DeclarationLue) -> bool:
    """Say everything wrong at once, the days and the fields together."""
    assert lue.declaration is not None
    try:
        checked(lue.declaration, ctx.catalogue.au(lue.declaration.date_survenance))
    except RefusedError as error:
        lue.refuse(error.erreurs or (_unknown(error),))
    return bool(lue.erreurs)


def _unknown(error: RefusedError) -> ErreurChamp:
    return ErreurChamp(champ="nature", code=error.code, detail=error.detail)


async def post_supprimer(request: web.Request) -> web.Response:
    """Remove a draft; what it held can be typed again from its message."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    is_gone = await request.app[SERVICES].db.awrite(
        brouillons.drop, reference, perimetre=ctx.perimetre
    )
    said = "Brouillon supprimé." if is_gone else "Ce brouillon n’existait déjà plus."
    await tell(request, "info", said)
    return see_other("/declarer")
