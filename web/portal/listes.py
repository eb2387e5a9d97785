"""Liste des arrêts (S30 to S33): two steps, then its editions, found again as they were."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from bordereaux import listes as l
from bordereaux import listes_registre, listes_rendu
from bordereaux.listes_registre import Execution, ListeVue
from records.parties import Collectivite
from records.store import collectivites
from records.store.curseurs import PageDe
from socle.db import ReadSession, WriteSession
from socle.errors import ErreurChamp, RefusedError
from web import listes as desk
from web.api.contexte import Contexte, contexte_of
from web.api.listes import make, open_run, rank_of
from web.keys import SERVICES
from web.listes import Demande
from web.portal.forms import MAX_TEXT, read_form
from web.portal.page import see_other, show, tell

PAGE = 25
_CHOICES = {
    "categories": l.Categorie,
    "types": l.TypeListe,
    "formats": l.FormatListe,
    "frequences": l.Frequence,
}
_FIRST_STEP = frozenset({"collectivite", "categorie", "type", "budget"})
_MAX_ADDRESSES = 4000
_MAX_RISKS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class SaisieListe:
    """What was typed in the two steps, and what is wrong by field."""

    typed: Mapping[str, str]
    risques: tuple[str, ...] = ()
    du: dt.date | None = None
    au: dt.date | None = None
    erreurs: dict[str, str] = field(default_factory=dict)

    def demande(self) -> Demande:
        """Return what is asked, as texts."""
        day = self.typed.get("jour_semaine", "")
        if self.typed.get("frequence") != l.Frequence.HEBDOMADAIRE.code:
            day = self.typed.get("jour_mois", "")
        return Demande(
            collectivite=self.typed.get("collectivite") or None,
            categorie=self.typed.get("categorie", ""),
            type=self.typed.get("type", ""),
            budget=self.typed.get("budget") or None,
            risques=self.risques,
            format=self.typed.get("format", ""),
            destinataires=desk.addresses(self.typed.get("destinataires", "")),
            frequence=self.typed.get("frequence", ""),
            jour=int(day) if day.isascii() and day.isdigit() and len(day) < 3 else None,  # noqa: PLR2004
            du=self.du,
            au=self.au,
        )


def read(given: Mapping[str, str], risques: tuple[str, ...] = ()) -> SaisieListe:
    """Read what was typed; a wrong day is said beside its field."""
    typed = {
        name: value.strip()[: _MAX_ADDRESSES if name == "destinataires" else MAX_TEXT]
        for name, value in given.items()
    }
    days: dict[str, dt.date] = {}
    wrong: dict[str, str] = {}
    for name in ("du", "au"):
        try:
            if typed.get(name):
                days[name] = dt.date.fromisoformat(typed[name])
        except ValueError:
            wrong[name] = "Écrivez la date sous la forme jj/mm/aaaa."
    return SaisieListe(
        typed=typed,
        risques=risques[:_MAX_RISKS],
        du=days.get("du"),
        au=days.get("au"),
        erreurs=wrong,
    )


def _choices() -> dict[str, tuple[tuple[str, str], ...]]:
    return {
        name: tuple((word.code, word.label) for word in words)
        for name, words in _CHOICES.items()
    }


# --- what was asked -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Listes:
    """One page of lists asked for, with the names the table shows."""

    page: PageDe[ListeVue]
    noms: dict[int, str]
    is_plusieurs: bool


def _listed(session: ReadSession, ctx: Contexte, curseur: str | None) -> Listes:
    homes = collectivites.listing(session, ctx.perimetre)
    found = listes_registre.listing(
        session, ctx.perimetre, curseur=ctx.open_cursor(curseur), limite=PAGE
    )
    return Listes(
        page=PageDe(
            elements=tuple(found.rows),
            suivant=ctx.close_cursor(found.suivant),
            total=found.total,
        ),
        noms={home.id: home.nom for home in homes},
        is_plusieurs=len(homes) > 1,
    )


async def get_listes(request: web.Request) -> web.Response:
    """Show the lists asked for."""
    ctx, curseur = contexte_of(request), request.query.get("curseur") or None
    found = await request.app[SERVICES].db.aread(_listed, ctx, curseur)
    return await show(
        request, "listes.html", listes=found, curseur=curseur or "", dit=l.frequency
    )


# --- asking ---------------------------------------------------------------------------


async def get_parametres(request: web.Request) -> web.Response:
    """Show the first step (S30): whose leaves, which list, which budget."""
    ctx = contexte_of(request)
    homes = await request.app[SERVICES].db.aread(collectivites.listing, ctx.perimetre)
    saisie = read(request.query)
    return await _first_step(request, homes, saisie)


async def _first_step(
    request: web.Request, homes: tuple[Collectivite, ...], saisie: SaisieListe
) -> web.Response:
    return await show(
        request,
        "liste_parametres.html",
        status=422 if saisie.erreurs else 200,
        saisie=saisie,
        collectivites=homes,
        choix=_choices(),
    )


async def get_risque(request: web.Request) -> web.Response:
    """Show the second step (S31 to S33): the risk, the format, to whom, how often."""
    ctx = contexte_of(request)
    saisie = read(request.query, tuple(request.query.getall("risques", ())))
    return await _second_step(request, ctx, saisie)


async def _second_step(
    request: web.Request, ctx: Contexte, saisie: SaisieListe
) -> web.Response:
    """Show the second step; what is wrong in the first one leads back there."""
    db = request.app[SERVICES].db
    place, wrong = await db.aread(_checked_first, ctx, saisie)
    if place is None or wrong:
        saisie.erreurs.update(wrong)
        homes = await db.aread(collectivites.listing, ctx.perimetre)
        return await _first_step(request, homes, saisie)
    return await show(
        request,
        "liste_risque.html",
        status=422 if saisie.erreurs else 200,
        saisie=saisie,
        place=place,
        risques=l.risks(ctx.catalogue),
        semaine=tuple(enumerate(l.WEEKDAYS, start=1)),
        periode=l.period_of(l.Parametres(type=l.TypeListe.PRESENTS), ctx.today),
        choix=_choices(),
    )


def _checked_first(
    session: ReadSession, ctx: Contexte, saisie: SaisieListe
) -> tuple[Collectivite | None, dict[str, str]]:
    """Return the collectivité of the first step, and what is wrong in that step."""
    place = None
    second = {
        "format": l.FormatListe.PDF.code,
        "frequence": l.Frequence.UNE_FOIS.code,
    }
    first = SaisieListe(typed={**saisie.typed, **second}).demande()
    try:
        place = desk.place_of(session, ctx, first.collectivite)
        desk.checked(first, place, ctx.catalogue)
    except RefusedError as error:
        found = _by_field(error.erreurs)
        return place, {
            name: said for name, said in found.items() if name in _FIRST_STEP
        }
    return place, {}


async def post_liste(request: web.Request) -> web.Response:
    """Keep what is asked and make the list at once, or say what is wrong."""
    ctx, form = contexte_of(request), await read_form(request)
    chosen = (await request.post()).getall("risques", [])
    saisie = read(form, tuple(str(risk) for risk in chosen if risk))
    if not saisie.erreurs:
        db = request.app[SERVICES].db
        try:
            liste = await db.awrite(desk.create, ctx, saisie.demande())
        except RefusedError as error:
            saisie.erreurs.update(_by_field(error.erreurs) or {"": error.detail})
        else:
            await make(request, liste)
            await tell(request, "bon", "La liste est éditée.")
            return see_other(f"/listes-arrets/{liste.reference}")
    return await _second_step(request, ctx, saisie)


def _by_field(erreurs: tuple[ErreurChamp, ...]) -> dict[str, str]:
    return {erreur.champ: erreur.detail for erreur in reversed(erreurs)}


# --- one list and its runs ------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class VueListe:
    """A list as its page shows it."""

    liste: ListeVue
    collectivite: str
    parametres: tuple[tuple[str, str], ...]
    executions: tuple[Execution, ...]


def _view(session: ReadSession, ctx: Contexte, reference: str) -> VueListe:
    liste = listes_registre.get(session, reference, ctx.perimetre)
    return VueListe(
        liste=liste,
        collectivite=collectivites.by_id(session, liste.collectivite_id).nom,
        parametres=tuple(l.said(liste.parametres)),
        executions=tuple(listes_registre.executions(session, liste)),
    )


async def get_liste(request: web.Request) -> web.Response:
    """Show a list, what it asks, its editions, when the next one is."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    found = await request.app[SERVICES].db.aread(_view, ctx, reference)
    return await show(request, "liste.html", v=found)


async def post_editer(request: web.Request) -> web.Response:
    """Make one more edition now."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    liste = await request.app[SERVICES].db.aread(
        listes_registre.get, reference, ctx.perimetre
    )
    run = await make(request, liste)
    await tell(request, "bon", f"L’édition n° {run.rang} est faite.")
    return see_other(f"/listes-arrets/{liste.reference}")


async def post_arreter(request: web.Request) -> web.Response:
    """Make the list no more."""
    ctx, reference = contexte_of(request), request.match_info["reference"]

    def act(session: WriteSession) -> ListeVue:
        return listes_registre.stop(
            session, reference, ctx.perimetre, auteur=ctx.auteur, now=ctx.now
        )

    liste = await request.app[SERVICES].db.awrite(act)
    await tell(
        request, "bon", "La liste ne sera plus éditée. Ses éditions restent ici."
    )
    return see_other(f"/listes-arrets/{liste.reference}")


async def get_execution(request: web.Request) -> web.Response:
    """Show an edition on screen, as it was made; the reading is a fact."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    liste, run = await request.app[SERVICES].db.awrite(
        open_run, ctx, reference, rank_of(request)
    )
    return await show(
        request,
        "liste_execution.html",
        liste=liste,
        run=run,
        vide=listes_rendu.VIDE,
        dit=listes_rendu.told,
        change=listes_rendu.change,
        sorti=listes_rendu.gone,
    )
