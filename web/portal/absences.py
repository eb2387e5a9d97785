"""Absences one looks at: by month, by risk, by service; how long papers took.

Each picture is a table: a label, a bar with a pattern, a number. No script draws it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web

from bordereaux.listes import risk_of
from records import absences
from records.parties import Collectivite
from records.store import arrets, collectivites, delais
from socle.db import ReadSession
from socle.errors import NotFoundError
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal.page import show
from web.portal.presentation import MONTHS

YEARS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Barre:
    """One bar: what it is about, how much, and its length in hundredths."""

    nom: str
    valeur: int
    longueur: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Dessin:
    """One picture: its title, what is counted, its bars."""

    titre: str
    unite: str
    barres: tuple[Barre, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Absences:
    """What the page shows of a year of a collectivité."""

    collectivite: Collectivite
    collectivites: tuple[Collectivite, ...]
    dessins: tuple[Dessin, ...]


def draw(titre: str, unite: str, pairs: Iterable[tuple[str, int]]) -> Dessin:
    """Measure bars against the longest one."""
    listed = list(pairs)
    longest = max((value for _, value in listed), default=0) or 1
    return Dessin(
        titre=titre,
        unite=unite,
        barres=tuple(
            Barre(nom=name, valeur=value, longueur=round(100 * value / longest, 1))
            for name, value in listed
        ),
        total=sum(value for _, value in listed),
    )


def view(session: ReadSession, ctx: Contexte, chosen: str, annee: int) -> Absences:
    """Read a year; `NotFoundError` for a foreign collectivité, or when one sees none."""
    homes = collectivites.listing(session, ctx.perimetre)
    if chosen:
        place = collectivites.get(session, chosen, ctx.perimetre)
    elif homes:
        place = homes[0]
    else:
        raise NotFoundError("introuvable", "Aucune collectivité à montrer.")
    days = absences.year(annee)
    spells = arrets.touching(session, ctx.perimetre, days, collectivite_id=place.id)
    late = delais.of_period(session, ctx.perimetre, days, place.id)
    known = ctx.catalogue
    months = zip(MONTHS, absences.by_month(spells, annee), strict=True)
    return Absences(
        collectivite=place,
        collectivites=homes,
        dessins=(
            draw("Jours d’absence par mois", "jours", months),
            draw(
                "Jours d’absence par risque", "jours",
                absences.by_group(spells, days, lambda a: risk_of(a, known)),
            ),
            draw(
                "Jours d’absence par service", "jours",
                absences.by_group(spells, days, lambda a: a.service or "sans service"),
            ),
            draw(
                "Délai des documents, depuis leur date d’exigibilité", "documents",
                absences.by_delay(late),
            ),
        ),
    )  # fmt: skip


async def get_absences(request: web.Request) -> web.Response:
    """Show a year of absences."""
    ctx, asked = contexte_of(request), request.query
    years = tuple(range(ctx.today.year, ctx.today.year - YEARS, -1))
    said = asked.get("annee", "")
    annee = next((one for one in years if str(one) == said), years[0])
    found = await request.app[SERVICES].db.aread(
        view, ctx, asked.get("collectivite", ""), annee
    )
    return await show(request, "absences.html", a=found, annee=annee, annees=years)
