"""The lists of the basket: filters, sort, pages, who takes charge, views kept (S01)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from intake import depots
from intake.depots import Depot
from records.parties import Agent, Collectivite
from records.store import (
    affectations,
    agents,
    clotures,
    collectivites,
    contestations,
    evenements,
    justificatifs,
    taches,
)
from records.store.clotures import FiltreClotures
from records.store.courriels import courriel_of
from records.store.curseurs import PageDe
from records.store.justificatifs import Justificatif
from records.store.taches import FiltreTaches, TacheVue
from records.vocabulary import Role, Typologie
from socle import mail
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, NotFoundError
from socle.mail import CourrielVu
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal import prises
from web.portal.accueil import BASKET, HELP, Panier, basket, concerns
from web.portal.courriels import home_of
from web.portal.forms import read_form, safe_place
from web.portal.page import STAFF, see_other, show, tell
from web.portal.presentation import jour, requete

PAGE = 25
# what a view kept may hold; the missing documents have filters of their own
_NAMES = ("texte", "collectivite", "nature", "code", "affecte", "tri")
_NAMES_KEPT = (*_NAMES, "type", "exigible_avant")


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneAction:
    """One thing to do: since when, about whom, why, who does it, and where."""

    reference: str
    titre: str
    detail: str
    depuis: object
    lien: str
    verbe: str
    courriel: int | None = None
    agent: Agent | None = None
    prise_par: str = ""
    is_a_moi: bool = False


@dataclass(slots=True, kw_only=True)
class ListeActions:
    """One page of a list of the basket, with what may narrow it."""

    typologie: Typologie
    page: PageDe[LigneAction]
    panier: Panier
    typed: dict[str, str]
    lieux: tuple[Collectivite, ...]
    motifs: tuple[tuple[str, str], ...] = ()
    natures: tuple[tuple[str, str], ...] = ()
    vues: tuple[tuple[str, str], ...] = ()
    aide: str = ""
    tris: Mapping[str, str] = field(default_factory=dict)

    @property
    def adresse(self) -> str:
        """The page of the list."""
        return f"/actions/{self.typologie.code}"

    @property
    def is_filtered(self) -> bool:
        """Tell whether something is left out of the list."""
        return any(v for n, v in self.typed.items() if n not in {"tri", "curseur"})


async def get_typologie(request: web.Request) -> web.Response:
    """Show what waits, of one typology."""
    ctx, word = contexte_of(request), request.match_info["typologie"]
    typologie = _typologie(ctx, word)
    query = request.query
    typed = {n: query.get(n, "").strip()[:100] for n in _NAMES}
    curseur = ctx.open_cursor(query.get("curseur"))
    found = await request.app[SERVICES].db.aread(_read, ctx, typologie, typed, curseur)
    found.typed["curseur"] = query.get("curseur", "")
    return await show(
        request, "taches.html", liste=found, affectes=prises.AFFECTES,
        ici=request.rel_url.path_qs,
    )  # fmt: skip


def _typologie(ctx: Contexte, word: str) -> Typologie:
    """Return a typology this person may list; others are « introuvable »."""
    found = next((one for one in Typologie if one.code == word), None)
    is_staff = ctx.identite.role in STAFF
    may = found in BASKET or (is_staff and found is not None and concerns(ctx, found))
    if found is None or not may:
        raise NotFoundError("introuvable", "Aucune liste d’actions à cette adresse.")
    return found


def _read(
    session: ReadSession,
    ctx: Contexte,
    typologie: Typologie,
    typed: dict[str, str],
    curseur: str | None,
) -> ListeActions:
    tri = typed["tri"] if typed["tri"] in clotures.SORTS else "ancien"
    typed["tri"] = tri
    held = prises.asked(ctx, typed["affecte"])
    is_closing = typologie is Typologie.DOSSIER_A_CLOTURER
    read = _closings if is_closing else _tasks
    page = read(session, ctx, typologie, typed, held, curseur)
    listed = ListeActions(
        typologie=typologie,
        page=page,
        panier=basket(session, ctx),
        typed=typed,
        lieux=collectivites.listing(session, ctx.perimetre),
        vues=affectations.views(session, ctx.identite.compte_id, typologie.code),
        aide=HELP[typologie],
        tris=clotures.SORTS,
    )
    if is_closing:
        known = ctx.catalogue.natures.values()
        listed.natures = tuple((one.code, one.libelle) for one in known)
    else:
        codes = taches.codes(session, ctx.perimetre, typologie.code)
        listed.motifs = tuple((code, _plain(code)) for code in codes if ":" not in code)
    return listed


def _plain(code: str) -> str:
    return code.replace("-", " ").replace("_", " ").capitalize()


def _closings(
    session: ReadSession,
    ctx: Contexte,
    typologie: Typologie,
    typed: Mapping[str, str],
    held: str | None,
    curseur: str | None,
) -> PageDe[LigneAction]:
    filtre = FiltreClotures(
        collectivite=typed["collectivite"] or None,
        texte=typed["texte"] or None,
        nature=typed["nature"] or None,
        affecte=held,
    )
    found = clotures.listing(
        session, ctx.perimetre, ctx.today, filtre, tri=typed["tri"], curseur=curseur,
        limite=PAGE,
    )  # fmt: skip
    events = [one.evenement for one in found.elements]
    people = agents.by_ids(session, [event.agent_id for event in events])
    holders = prises.holders(session, ctx, [event.reference for event in events])
    lines = tuple(
        LigneAction(
            reference=one.evenement.reference,
            titre=f"{ctx.catalogue.nature(one.evenement.nature)} du "
            f"{jour(one.evenement.date_survenance)}",
            detail=HELP[typologie],
            depuis=one.dernier_jour,
            lien=f"/evenements/{one.evenement.reference}/cloturer",
            verbe="Clôturer",
            agent=people.get(one.evenement.agent_id),
            **holders.get(one.evenement.reference, {}),
        )
        for one in found.elements
    )
    suivant = ctx.close_cursor(found.suivant)
    return PageDe(elements=lines, suivant=suivant, total=found.total)


def _tasks(
    session: ReadSession,
    ctx: Contexte,
    typologie: Typologie,
    typed: Mapping[str, str],
    held: str | None,
    curseur: str | None,
) -> PageDe[LigneAction]:
    filtre = FiltreTaches(
        code=typed["code"] or None,
        collectivite=typed["collectivite"] or None,
        texte=typed["texte"] or None,
        affecte=held,
    )
    found = taches.listing(
        session, ctx.perimetre, (typologie.code,), filtre, tri=typed["tri"],
        curseur=curseur, limite=PAGE,
    )  # fmt: skip
    rows = found.elements
    papers = justificatifs.by_ids(
        session, [r.justificatif_id for r in rows if r.justificatif_id], ctx.perimetre
    )
    files = depots.by_ids(session, [r.depot_id for r in rows if r.depot_id])
    events = evenements.by_ids(
        session, [r.evenement_id for r in rows if r.evenement_id]
    )
    people = agents.by_ids(
        session,
        [paper.agent_id for paper in papers.values()]
        + [event.agent_id for event in events.values()],
    )
    told = mail.by_ids(session, [n for r in rows if (n := courriel_of(r.code))])
    refs = {event.id: (event.reference, event.agent_id) for event in events.values()}
    holders = prises.holders(session, ctx, [row.reference for row in rows])
    lines = tuple(
        _told(row, told[number], holders.get(row.reference, {}))
        if (number := courriel_of(row.code)) in told
        else _line(ctx, row, papers.get(row.justificatif_id or 0),
              files.get(row.depot_id or 0), refs.get(row.evenement_id or 0), people,
              holders.get(row.reference, {}))
        for row in rows
    )  # fmt: skip
    suivant = ctx.close_cursor(found.suivant)
    return PageDe(elements=lines, suivant=suivant, total=found.total)


def _told(row: TacheVue, seen: CourrielVu, holder: Mapping[str, Any]) -> LigneAction:
    """Return the line of a mail that could not be handed over."""
    return LigneAction(
        reference=row.reference,
        titre=seen.sujet,
        detail=row.detail,
        depuis=row.ouverte_at,
        lien=home_of(seen.objet),
        verbe="Voir l’envoi",
        courriel=seen.id,
        **holder,
    )


def _line(
    ctx: Contexte,
    row: TacheVue,
    paper: Justificatif | None,
    file: Depot | None,
    event: tuple[str, int] | None,
    people: Mapping[int, Agent],
    holder: Mapping[str, Any],
) -> LigneAction:
    titre, lien, verbe = "Dossier", "/", "Ouvrir"
    works = ctx.identite.has_role(*(r for r in Role if r.code in STAFF))
    if event is not None and row.typologie == Typologie.RECOURS_A_ENVOYER.code:
        titre, lien = "Recours contre un tiers", f"/evenements/{event[0]}#recours"
    elif paper is not None:
        titre = "Type non reconnu"
        if paper.type != "INCONNU":
            titre = ctx.catalogue.label(paper.type)
        lien = f"/documents/{paper.reference}"
        if works:
            lien, verbe = f"{lien}/traiter?liste={row.typologie}", "Traiter"
    elif file is not None:
        titre, lien = f"Fichier « {file.nom_fichier} »", f"/depots/{file.reference}"
    elif (line := contestations.piece_of(row.code)) is not None:
        titre = "Document manquant"
        lien, verbe = f"/pieces-attendues/{line}/integration#autrement", "Répondre"
    elif event is not None:
        titre, lien = "Évènement", f"/evenements/{event[0]}"
    elif works:
        titre, lien, verbe = "Fichier non pris", f"/taches/{row.reference}", "Régler"
    agent_id = (paper.agent_id if paper else None) or (event[1] if event else None)
    return LigneAction(
        reference=row.reference,
        titre=titre,
        detail=row.detail,
        depuis=row.ouverte_at,
        lien=lien,
        verbe=verbe,
        agent=people.get(agent_id or 0),
        **holder,
    )


# --- acts ----------------------------------------------------------------------------


async def post_affecter(request: web.Request) -> web.Response:
    """Take charge of a line, or give it back; another's line is told, not taken."""
    ctx, form = contexte_of(request), await read_form(request)
    act = affectations.give_back if form.get("acte") == "rendre" else affectations.take
    try:
        await request.app[SERVICES].db.awrite(
            act, form.get("ligne", "")[:24], perimetre=ctx.perimetre,
            auteur=ctx.auteur, now=ctx.now,
        )  # fmt: skip
    except ConflictError as error:
        await tell(request, "erreur", error.detail)
    return see_other(safe_place(form.get("retour")))


async def post_vue(request: web.Request) -> web.Response:
    """Keep the filters of a list under a name, or forget one."""
    ctx, form = contexte_of(request), await read_form(request)
    typologie = _typologie(ctx, request.match_info["typologie"])
    back = safe_place(form.get("retour"))
    await request.app[SERVICES].db.awrite(
        _keep_view, ctx.identite.compte_id, typologie.code, form
    )
    return see_other(back)


def _keep_view(
    session: WriteSession, compte_id: int, liste: str, form: Mapping[str, str]
) -> None:
    nom = form.get("nom", "")
    if form.get("acte") == "supprimer":
        affectations.drop_view(session, compte_id, liste, nom)
        return
    asked = dict(parse_qsl(form.get("requete", "")[:1000]))
    kept = {name: asked.get(name, "") for name in _NAMES_KEPT}
    affectations.keep_view(session, compte_id, liste, nom, requete(kept))
