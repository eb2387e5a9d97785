"""The letters sent to the collectivité (S26): all of them, found again, one by one."""

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from letters import courriers, tournee
from letters.courriers import Courrier, FiltreCourriers, NatureCourrier
from records.parties import Collectivite
from records.store import collectivites, evenements, renvois
from records.store.courriels import why
from records.store.curseurs import PageDe
from records.vocabulary import Role
from socle import mail
from socle.db import ReadSession
from socle.mail import CourrielVu
from web.api.contexte import Contexte, contexte_of
from web.courriers import MOTIFS, bureau_of, places
from web.keys import SERVICES
from web.portal.page import see_other, show, tell
from web.portal.presentation import accord

PAGE = 50
_NATURES = tuple((word.code, word.label) for word in NatureCourrier)
_NOTHING = (
    "Aucun courrier ne part aujourd’hui : « Voir ce qui partirait » dit pourquoi."
)
_ISSUERS = (Role.GESTIONNAIRE, Role.ADMINISTRATEUR)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaisieCourriers:
    """The filters of the list, as typed; wrong days are shown beside their field."""

    texte: str = ""
    nature: str = ""
    collectivite: str = ""
    evenement: str = ""
    du: dt.date | None = None
    au: dt.date | None = None
    curseur: str | None = None
    typed: dict[str, str] = field(default_factory=dict)
    erreurs: dict[str, str] = field(default_factory=dict)

    @property
    def is_filtered(self) -> bool:
        """Tell whether the list is narrowed."""
        return any(self.typed.values())


def read_list(query: Mapping[str, str]) -> SaisieCourriers:
    """Read the filters of the address."""
    names = ("texte", "nature", "collectivite", "evenement", "du", "au")
    typed = {name: query.get(name, "").strip()[:120] for name in names}
    days: dict[str, dt.date] = {}
    wrong: dict[str, str] = {}
    for name in ("du", "au"):
        try:
            if typed[name]:
                days[name] = dt.date.fromisoformat(typed[name])
        except ValueError:
            wrong[name] = "Donnez un jour, par exemple 30/09/2026."
    known = {code for code, _ in _NATURES}
    return SaisieCourriers(
        texte=typed["texte"],
        nature=typed["nature"] if typed["nature"] in known else "",
        collectivite=typed["collectivite"],
        evenement=typed["evenement"],
        du=days.get("du"),
        au=days.get("au"),
        curseur=query.get("curseur") or None,
        typed=typed,
        erreurs=wrong,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeCourriers:
    """One page of letters, with the names the table shows."""

    page: PageDe[Courrier]
    collectivites: tuple[Collectivite, ...]
    noms: dict[int, str]


def listed(
    session: ReadSession, ctx: Contexte, saisie: SaisieCourriers
) -> ListeCourriers:
    """Read one page of the letters one may see."""
    homes = collectivites.listing(session, ctx.perimetre)
    found = courriers.listing(
        session,
        ctx.perimetre,
        FiltreCourriers(
            collectivite_id=renvois.find_collectivite(
                session, saisie.collectivite or None, ctx.perimetre
            ),
            evenement_id=renvois.find_evenement(
                session, saisie.evenement or None, ctx.perimetre
            ),
            nature=saisie.nature or None,
            du=saisie.du,
            au=saisie.au,
            texte=saisie.texte or None,
        ),
        curseur=ctx.open_cursor(saisie.curseur),
        limite=PAGE,
    )
    return ListeCourriers(
        page=PageDe(
            elements=tuple(found.rows),
            suivant=ctx.close_cursor(found.suivant),
            total=found.total,
        ),
        collectivites=homes,
        noms={home.id: home.nom for home in homes},
    )


async def get_courriers(request: web.Request) -> web.Response:
    """Show every letter sent to the collectivité (S26)."""
    ctx, saisie = contexte_of(request), read_list(request.query)
    found = await request.app[SERVICES].db.aread(listed, ctx, saisie)
    return await show(
        request,
        "courriers.html",
        liste=found,
        saisie=saisie,
        natures=_NATURES,
        mots_nature=dict(_NATURES),
        peut_editer=ctx.identite.has_role(*_ISSUERS),
        peut_poster=ctx.identite.has_role(Role.ADMINISTRATEUR),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class VueCourrier:
    """A letter as its page shows it."""

    courrier: Courrier
    collectivite: str
    evenement: str | None
    dossiers: tuple[dict[str, object], ...]
    # line, rank, state then, document and agent as printed
    fondements: tuple[tuple[str, int, dict[str, object], str, str], ...]
    avis: tuple[CourrielVu, ...]


def view(session: ReadSession, ctx: Contexte, reference: str) -> VueCourrier:
    """Read a letter with its list as it stood."""
    letter = courriers.get(session, reference, ctx.perimetre)
    events = evenements.by_ids(session, [letter.evenement_id or 0])
    event = events.get(letter.evenement_id or 0)
    return VueCourrier(
        courrier=letter,
        collectivite=collectivites.by_id(session, letter.collectivite_id).nom,
        evenement=event.reference if event else None,
        dossiers=tuple(letter.contenu.get("dossiers", ())),
        fondements=tuple(
            (*ground, *printed)
            for ground, printed in zip(
                courriers.grounds(session, letter.id), _printed(letter), strict=True
            )
        ),
        avis=mail.of_objet(session, letter.reference),
    )


def _printed(letter: Courrier) -> list[tuple[str, str]]:
    """Return the document and the agent of each line, in the order they were printed."""
    return [
        (
            ", ".join(part for part in (line["piece"], line["detail"]) if part),
            d["agent"],
        )
        for d in letter.contenu.get("dossiers", ())
        for line in d["lignes"]
    ]


async def get_courrier(request: web.Request) -> web.Response:
    """Show one letter: what it asked for, that day."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    found = await request.app[SERVICES].db.aread(view, ctx, reference)
    return await show(request, "courrier.html", v=found, mots_nature=dict(_NATURES),
                      raison=why, peut_editer=ctx.identite.has_role(*_ISSUERS))  # fmt: skip


async def post_edition(request: web.Request) -> web.Response:
    """Issue what is due today, or show what would leave and why."""
    ctx, form = contexte_of(request), await request.post()
    services = request.app[SERVICES]
    chosen = str(form.get("collectivite", "")).strip()
    ids = await services.db.aread(places, ctx, [chosen] if chosen else None)
    bureau = bureau_of(services, ctx.auteur)
    if form.get("essai"):
        plans = await asyncio.to_thread(
            lambda: list(tournee.rehearse(bureau, ids, ctx.today))
        )
        kept = [p for p in plans if p.demandes or p.suspensions]
        return await show(request, "edition.html", plans=kept, mots=MOTIFS,
                          choisie=chosen)  # fmt: skip
    work = asyncio.to_thread(lambda: list(tournee.go(bureau, ids, ctx.today, ctx.now)))
    passages = await asyncio.shield(asyncio.ensure_future(work))
    issued = sum(len(passage.courriers) for passage in passages)
    for passage in passages:
        if passage.code:
            await tell(request, "erreur", passage.detail)
    told = accord(issued, "courrier édité.", "courriers édités.")
    await tell(request, "bon" if issued else "info",
               told if issued else _NOTHING)  # fmt: skip
    return see_other("/courriers")
