"""« Données journalières » (S12): what was entered on a given day."""

import datetime as dt
from dataclasses import dataclass

from aiohttp import web

from records.store import journees
from records.store.curseurs import PageDe
from records.store.journees import Saisie
from socle.db import ReadSession
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal import faits
from web.portal.declaration_lue import day_typed
from web.portal.page import show

PAGE = 100
_ONE_DAY = dt.timedelta(days=1)
NOMS = (
    ("evenement", "Évènements"),
    ("consequence", "Conséquences"),
    ("salaires", "Salaires"),
    ("depot", "Fichiers déposés"),
    ("recours", "Recours"),
    ("piece", "Dispenses et impossibilités"),
    ("agent", "Agents"),
    ("service", "Services"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneSaisie:
    """One thing entered, as the list says it."""

    saisie: Saisie
    auteur: str
    phrase: str
    lien: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Journee:
    """What was entered on a day."""

    jour: dt.date
    veille: dt.date
    lendemain: dt.date | None
    page: PageDe[LigneSaisie]
    comptes: tuple[tuple[str, int], ...]


def read(
    session: ReadSession, ctx: Contexte, jour: dt.date, curseur: str | None
) -> Journee:
    """Read one page of a day."""
    found = journees.listing(
        session, ctx.perimetre, jour, curseur=ctx.open_cursor(curseur), limite=PAGE
    )
    names = faits.authors(session, ctx, [one.auteur for one in found.elements])
    counted = journees.counts(session, ctx.perimetre, jour)
    lines = tuple(
        LigneSaisie(
            saisie=one,
            auteur=names[one.auteur],
            phrase=faits.said(ctx, {"tag": one.tag, "contenu": one.contenu}),
            lien=_link(one),
        )
        for one in found.elements
    )
    return Journee(
        jour=jour,
        veille=jour - _ONE_DAY,
        lendemain=jour + _ONE_DAY if jour < ctx.today else None,
        page=PageDe(
            elements=lines, suivant=ctx.close_cursor(found.suivant), total=found.total
        ),
        comptes=tuple((nom, counted[code]) for code, nom in NOMS if code in counted),
    )


def _link(one: Saisie) -> str:
    if one.tag.startswith("depot:"):
        return f"/depots/{one.sujet}"
    if one.evenement:
        return f"/evenements/{one.evenement}"
    if one.tag.startswith("service:"):
        return f"/services/{one.sujet}"
    return f"/agents/{one.sujet}"


async def get_journee(request: web.Request) -> web.Response:
    """Show what was entered on a day, today by default."""
    ctx, query = contexte_of(request), request.query
    asked = query.get("jour", "")
    jour = day_typed(asked)
    is_day = jour is not None and 1900 < jour.year < 2200  # noqa: PLR2004 - our days
    erreur = "" if is_day or not asked else "Écrivez la date sous la forme jj/mm/aaaa."
    shown = jour if jour and is_day else ctx.today
    db = request.app[SERVICES].db
    found = await db.aread(read, ctx, shown, query.get("curseur") or None)
    return await show(request, "journee.html", j=found, erreur=erreur)
