"""What was paid and what is held back: by event (S11), by period (S13)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from aiohttp import web

from bordereaux import registre_prestations as prestations
from bordereaux import releves
from bordereaux.lignes_lues import TypeLigne
from bordereaux.prestations import Bordereau, Prestation, Sommes
from bordereaux.releves import FiltreReleve, LigneReleve
from records import decompte
from records.evenements import Evenement
from records.parties import Agent, Collectivite
from records.pieces import PieceAttendue
from records.store import agents, collectivites, evenements, pieces, renvois
from records.store.curseurs import PageDe
from records.store.fiches import Fiche
from socle.db import ReadSession
from socle.errors import RefusedError
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal.page import show

PAGE = 50
_TYPES = tuple((word.code, word.label) for word in TypeLigne)


@dataclass(frozen=True, slots=True, kw_only=True)
class VueSommes:
    """The sums of an event, with what a line leads to."""

    evenement: Evenement
    agent: Agent
    sommes: Sommes
    jours: tuple[Prestation, ...]
    frais: tuple[Prestation, ...]
    bordereaux: dict[int, Bordereau]
    pieces: dict[int, PieceAttendue]
    # the lists themselves name agents of other services
    voit_bordereaux: bool


def _sommes(session: ReadSession, ctx: Contexte, reference: str) -> VueSommes:
    event = evenements.get(session, reference, ctx.perimetre)
    found = prestations.sommes(session, event.id, ctx.perimetre)
    agent = agents.by_ids(session, [event.agent_id])[event.agent_id]
    wanted = [line.piece_id for line in found.lignes if line.piece_id]
    return VueSommes(
        evenement=event,
        agent=agent,
        sommes=found,
        jours=found.of(TypeLigne.IJ.code),
        frais=found.of(TypeLigne.FRAIS.code),
        bordereaux=prestations.by_ids(session, [x.bordereau_id for x in found.lignes]),
        pieces=pieces.by_ids(session, wanted),
        voit_bordereaux=ctx.perimetre.services is None,
    )


async def get_sommes(request: web.Request) -> web.Response:
    """Show the daily allowances and the care of an event: settled, blocked, why."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    found = await request.app[SERVICES].db.aread(_sommes, ctx, reference)
    return await show(request, "sommes.html", v=found)


def of_fiche(session: ReadSession, ctx: Contexte, fiche: Fiche) -> Sommes:
    """Return the sums of an event for its fiche, as known at its instant."""
    return prestations.sommes(session, fiche.evenement.id, ctx.perimetre, fiche.au)


# --- relevés de comptes ----------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class SaisieReleve:
    """The filters of a relevé, as typed; what is wrong is shown beside its field."""

    du: dt.date
    au: dt.date
    type: str = ""
    texte: str = ""
    collectivite: str = ""
    curseur: str | None = None
    typed: dict[str, str] = field(default_factory=dict)
    erreurs: dict[str, str] = field(default_factory=dict)


def read_releve(query: Mapping[str, str], on: dt.date) -> SaisieReleve:
    """Read the filters of the address; a wrong period shows the longest one."""
    names = ("du", "au", "type", "texte", "collectivite")
    typed = {name: query.get(name, "").strip()[:120] for name in names}
    days: dict[str, dt.date] = {}
    wrong: dict[str, str] = {}
    for name in ("du", "au"):
        try:
            if typed[name]:
                days[name] = dt.date.fromisoformat(typed[name])
        except ValueError:
            wrong[name] = "Donnez un jour, par exemple 30/09/2026."
    try:
        du, au = releves.window(days.get("du"), days.get("au"), on)
    except RefusedError as error:
        wrong |= {faute.champ: faute.detail for faute in error.erreurs}
        du, au = releves.window(None, None, on)
    known = {code for code, _ in _TYPES}
    shown = {
        **typed,
        "du": typed["du"] or du.isoformat(),
        "au": typed["au"] or au.isoformat(),
    }
    return SaisieReleve(
        du=du, au=au, type=typed["type"] if typed["type"] in known else "",
        texte=typed["texte"], collectivite=typed["collectivite"],
        curseur=query.get("curseur") or None, typed=shown, erreurs=wrong,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class VueReleve:
    """A page of reimbursements, their sum in figures and in words."""

    page: PageDe[LigneReleve]
    collectivites: tuple[Collectivite, ...]
    noms: dict[int, str]
    total_eur: Decimal
    total_en_lettres: str
    voit_bordereaux: bool


def _releve(session: ReadSession, ctx: Contexte, saisie: SaisieReleve) -> VueReleve:
    homes = collectivites.listing(session, ctx.perimetre)
    place = renvois.find_collectivite(
        session, saisie.collectivite or None, ctx.perimetre
    )
    found = releves.releve(
        session,
        ctx.perimetre,
        FiltreReleve(
            du=saisie.du, au=saisie.au, collectivite_id=place,
            type=saisie.type or None, texte=saisie.texte or None,
        ),
        curseur=ctx.open_cursor(saisie.curseur),
        limite=PAGE,
    )  # fmt: skip
    return VueReleve(
        page=PageDe(
            elements=tuple(found.lignes.rows),
            suivant=ctx.close_cursor(found.lignes.suivant), total=found.lignes.total,
        ),
        collectivites=homes,
        noms={home.id: home.nom for home in homes},
        total_eur=found.total_eur,
        total_en_lettres=decompte.in_words(found.total_eur),
        voit_bordereaux=ctx.perimetre.services is None,
    )  # fmt: skip


async def get_releves(request: web.Request) -> web.Response:
    """Show what was reimbursed over a period, six months at most (S13)."""
    ctx = contexte_of(request)
    saisie = read_releve(request.query, ctx.today)
    found = await request.app[SERVICES].db.aread(_releve, ctx, saisie)
    return await show(
        request, "releves.html", v=found, saisie=saisie, genres=_TYPES,
        plus_ancien=releves.earliest(ctx.today),
    )  # fmt: skip
