"""Papers integrated: the list with its filters, and the page of one paper."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from intake import depots, doublons
from intake import renvois as registre
from intake.depots import Depot
from intake.doublons import Doublon
from records.evenements import Evenement
from records.parties import Agent, Collectivite
from records.store import (
    agents,
    collectivites,
    evenements,
    justificatifs,
    pieces,
    taches,
)
from records.store.curseurs import PageDe
from records.store.justificatifs import (
    FiltreJustificatifs,
    Justificatif,
    LigneJustificatif,
)
from records.store.pieces import LignePiece
from records.store.renvois import sees_every_paper
from records.store.taches import TacheVue
from records.vocabulary import EtatJustificatif
from socle.db import ReadSession
from web import lectures
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal.doublons import Renvoi, sent_again
from web.portal.forms import Saisie, read_list
from web.portal.page import show
from web.portal.presentation import (
    DOUBTFUL,
    HIDDEN_FIELDS,
    INCONNU,
    nom_champ,
    rang_champ,
    types_on,
    valeur_champ,
)

PAGE = 25
# exact to here, « plus de … » above: a count reads every paper it counts
MAX_COUNTED = 10_000
MAX_IMAGES = 40
_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Integres:
    """One page of papers, and what may narrow it; `is_plus`: there are more still."""

    page: PageDe[LigneJustificatif]
    is_plus: bool
    collectivites: tuple[Collectivite, ...]
    fichiers: dict[int, Depot]


def filtre_of(saisie: Saisie) -> FiltreJustificatifs:
    """Return what narrows the integrated documents."""
    return FiltreJustificatifs(
        type=saisie.type or None,
        etat=saisie.etat or None,
        collectivite=saisie.collectivite or None,
        du=saisie.du,
        au=saisie.au + _ONE_DAY if saisie.au else None,
        texte=saisie.texte or None,
        depots=registre.with_text(saisie.plein) if saisie.plein else None,
    )


def listing(session: ReadSession, ctx: Contexte, saisie: Saisie) -> Integres:
    """Read one page of papers integrated."""
    page = justificatifs.listing(
        session,
        ctx.perimetre,
        filtre_of(saisie),
        curseur=ctx.open_cursor(saisie.curseur),
        limite=PAGE,
        plafond=MAX_COUNTED,
    )
    ids = [line.justificatif.depot_id for line in page.elements]
    return Integres(
        page=PageDe(
            elements=page.elements,
            suivant=ctx.close_cursor(page.suivant),
            total=min(page.total, MAX_COUNTED),
        ),
        is_plus=page.total > MAX_COUNTED,
        collectivites=collectivites.listing(session, ctx.perimetre),
        fichiers=depots.by_ids(session, ids),
    )


async def get_integres(request: web.Request) -> web.Response:
    """Show the papers integrated (S15)."""
    ctx = contexte_of(request)
    saisie = read_list(request.query, ctx.catalogue)
    found = await request.app[SERVICES].db.aread(listing, ctx, saisie)
    return await show(
        request,
        "integres.html",
        liste=found,
        saisie=saisie,
        types=((INCONNU, "Type non reconnu"), *types_on(ctx.today)),
        etats=[(mot.code, mot.label) for mot in EtatJustificatif],
    )


# --- one paper ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Reperage:
    """A place on a page, numbered as in the list of reasons: percentages of the page."""

    numero: int
    texte: str
    x: float
    y: float
    largeur: float
    hauteur: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One page of the paper, with its places marked; `has_apercu` says if it shows."""

    numero: int
    has_apercu: bool
    reperes: tuple[Reperage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Raison:
    """One reason in French; `repere` numbers its place on the page, 0 when it has none."""

    detail: str
    page: int | None
    repere: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChampLu:
    """One field read on the paper."""

    nom: str
    valeur: str
    lu: str
    is_douteux: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VuePapier:
    """A paper as its page shows it."""

    papier: Justificatif
    depot: Depot
    agent: Agent | None
    evenement: Evenement | None
    lignes: tuple[LignePiece, ...]
    images: tuple[Image, ...]
    raisons: tuple[Raison, ...]
    champs: tuple[ChampLu, ...]
    taches: tuple[TacheVue, ...]
    has_original: bool
    collectivite: str
    doublons: tuple[Doublon, ...] = ()
    renvois: tuple[Renvoi, ...] = ()
    ailleurs: int = field(default=0)


def view(session: ReadSession, ctx: Contexte, reference: str) -> VuePapier:
    """Read a paper with all its page shows; `NotFoundError` when not to be seen."""
    paper = justificatifs.get(session, reference, ctx.perimetre)
    depot = depots.by_ids(session, [paper.depot_id])[paper.depot_id]
    people = agents.by_ids(session, [paper.agent_id])
    events = evenements.by_ids(session, [paper.evenement_id or 0])
    open_tasks = taches.of_depot(session, paper.depot_id, ctx.perimetre)
    reasons, places = _reasons(paper)
    return VuePapier(
        papier=paper,
        depot=depot,
        agent=people.get(paper.agent_id or 0),
        evenement=events.get(paper.evenement_id or 0),
        lignes=_lines(session, ctx, paper),
        images=_images(session, paper, places),
        raisons=reasons,
        champs=_fields(paper),
        taches=tuple(x for x in open_tasks if x.justificatif_id == paper.id),
        has_original=sees_every_paper(session, depot.id, perimetre=ctx.perimetre),
        collectivite=collectivites.by_id(session, paper.collectivite_id).nom,
        doublons=doublons.of_paper(session, paper, ctx.perimetre),
        renvois=sent_again(session, paper, ctx.perimetre),
        ailleurs=max(0, len(paper.pages) - MAX_IMAGES),
    )


def _lines(
    session: ReadSession, ctx: Contexte, paper: Justificatif
) -> tuple[LignePiece, ...]:
    """Return the lines it closes, that this person may see."""
    links = pieces.links_of(session, justificatif_ids=[paper.id])
    known = pieces.by_ids(session, [link.piece_id for link in links])
    return tuple(
        pieces.line(session, piece.reference, ctx.perimetre)
        for piece in known.values()
        if ctx.perimetre.sees(piece.collectivite_id)
    )


def _reasons(
    paper: Justificatif,
) -> tuple[tuple[Raison, ...], dict[int, tuple[Reperage, ...]]]:
    """Return the reasons, numbered when they show a place, and the places by page."""
    reasons: list[Raison] = []
    places: dict[int, tuple[Reperage, ...]] = {}
    for motif in paper.motifs:
        zone, page = _zone(motif.get("zone")), motif.get("page")
        number = 0
        if zone is not None and page in paper.pages:
            number = 1 + sum(map(len, places.values()))
            place = Reperage(numero=number, texte=motif["detail"], **zone)
            places[page] = (*places.get(page, ()), place)
        reasons.append(Raison(detail=motif["detail"], page=page, repere=number))
    return tuple(reasons), places


def _zone(zone: Any) -> dict[str, float] | None:  # noqa: ANN401 - as kept
    """Return a zone as percentages, kept inside the page."""
    if isinstance(zone, Mapping):
        zone = [zone.get(name, 0) for name in ("x", "y", "largeur", "hauteur")]
    if not zone or len(zone) != 4:  # noqa: PLR2004 - x, y, width, height
        return None
    x, y, wide, high = (min(1.0, max(0.0, float(value))) for value in zone)
    return {
        "x": round(100 * x, 2),
        "y": round(100 * y, 2),
        "largeur": round(100 * min(wide, 1 - x), 2),
        "hauteur": round(100 * min(high, 1 - y), 2),
    }


def _images(
    session: ReadSession, paper: Justificatif, places: dict[int, tuple[Reperage, ...]]
) -> tuple[Image, ...]:
    return tuple(
        Image(
            numero=number,
            has_apercu=depots.preview_key(session, paper.depot_id, number) is not None,
            reperes=places.get(number, ()),
        )
        for number in paper.pages[:MAX_IMAGES]
    )


def _fields(paper: Justificatif) -> tuple[ChampLu, ...]:
    """Return what was read; numbers and secrets only compared stay out."""
    return tuple(_field(name, read) for name, read in _shown(paper.champs.items()))


def _shown(pairs: Iterable[tuple[str, Any]]) -> Iterable[tuple[str, Any]]:
    kept = [pair for pair in pairs if pair[0] not in HIDDEN_FIELDS]
    return sorted(kept, key=lambda pair: rang_champ(pair[0]))


def _field(name: str, read: Any) -> ChampLu:  # noqa: ANN401 - a field as kept
    kept = read if isinstance(read, Mapping) else {"valeur": read}
    return ChampLu(
        nom=nom_champ(name),
        valeur=valeur_champ(str(kept.get("valeur", ""))),
        lu=str(kept.get("lu", "")),
        is_douteux=float(kept.get("confiance", 1.0)) < DOUBTFUL,
    )


async def get_document(request: web.Request) -> web.Response:
    """Show a paper: its pages, what was read, why, and what it answers."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    await lectures.note_paper(request, reference)
    found = await request.app[SERVICES].db.aread(view, ctx, reference)
    return await show(request, "document.html", v=found)
