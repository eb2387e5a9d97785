"""The strip of a file's pages: where its papers begin, proposed, then decided by a person.

Everything is one plain form: for each page, its role, its place, its turn. Moving, merging,
splitting, reordering are changes of these; the original stays whole.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import hdrs, web

from classifiers.coupures import Coupure
from intake import decoupages, depots, reception
from intake.decoupages import Decision
from intake.depots import Depot
from intake.revue import ROTATIONS, Acte
from records.store import colis as colis_store
from records.store import colis_contenu as contenu
from records.store import justificatifs, pieces
from records.store.justificatifs import Justificatif
from records.store.renvois import sees_every_paper
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, NotFoundError, RefusedError
from web import downloads
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal.forms import read_form, reason_of
from web.portal.page import see_other, show, tell
from web.problems import status_of

BEGINS, FOLLOWS, APART = "debut", "suite", "apart"
ROLES = (
    (BEGINS, "Début"),
    (FOLLOWS, "Suite"),
    (APART, "Hors document"),
)
DEFAULT_REASON = "Découpage vérifié."
_FIELD = re.compile(r"(role|place|tour)-(\d{1,5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageBande:
    """One page of the strip: what is proposed for it, and why."""

    numero: int
    role: str
    place: int
    is_blanche: bool
    has_apercu: bool
    papier: Justificatif | None
    coupure: Coupure | None
    tour: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bande:
    """The strip of a deposit."""

    depot: Depot
    colis: str | None
    pages: tuple[PageBande, ...]
    vu: str
    is_rattache: bool

    @property
    def nb_doutes(self) -> int:
        """How many boundaries are only suspected."""
        return sum(
            page.coupure is not None and not page.coupure.is_sure for page in self.pages
        )


def strip(session: ReadSession, ctx: Contexte, reference: str) -> Bande:
    """Read the pages of a deposit and their papers, in the order shown."""
    depot = depots.get(session, reference, ctx.perimetre)
    if not sees_every_paper(session, depot.id, perimetre=ctx.perimetre):
        raise NotFoundError("introuvable", "Ce fichier contient une partie réservée.")
    papers = justificatifs.of_depot(session, depot.id, ctx.perimetre)
    fichier = contenu.of_depot(session, depot.id)
    parcel = None
    if fichier is not None:
        found = colis_store.by_ids(session, [fichier.colis_id])[fichier.colis_id]
        parcel = found.reference
    apart = depots.separators(session, depot.id)
    owner = {n: paper for paper in papers for n in paper.pages}
    place = {n: rank for rank, n in enumerate(_order(papers, depot, apart), start=1)}
    cuts = {one.page: one for one in decoupages.boundaries(depot)}
    return Bande(
        depot=depot,
        colis=parcel,
        pages=tuple(
            _page(looked, owner.get(looked.numero), place, cuts, apart)
            for looked in sorted(
                depots.looks(session, depot.id), key=lambda x: place.get(x.numero, 0)
            )
        ),
        vu=decoupages.mark_of(papers),
        is_rattache=bool(
            pieces.links_of(session, justificatif_ids=[paper.id for paper in papers])
        ),
    )


def _order(
    papers: tuple[Justificatif, ...], depot: Depot, apart: set[int]
) -> list[int]:
    """Return the pages in the order of their papers, those apart at their own place."""
    ordered = [numero for paper in papers for numero in paper.pages]
    for numero in range(1, (depot.nb_pages or 0) + 1):
        if numero in apart or numero not in ordered:
            before = [p for p, n in enumerate(ordered) if n == numero - 1]
            ordered.insert(before[0] + 1 if before else 0, numero)
    return ordered


def _page(
    looked: depots.Aspect,
    papier: Justificatif | None,
    place: Mapping[int, int],
    cuts: Mapping[int, Coupure],
    apart: set[int],
) -> PageBande:
    numero = looked.numero
    begins = papier is not None and papier.pages[0] == numero
    role = APART if numero in apart or papier is None else BEGINS if begins else FOLLOWS
    return PageBande(
        numero=numero,
        role=role,
        place=place.get(numero, numero),
        is_blanche=looked.is_blanche,
        has_apercu=looked.apercu is not None,
        papier=papier,
        coupure=cuts.get(numero),
        tour=papier.rotation if papier is not None and begins else 0,
    )


async def get_decoupage(request: web.Request) -> web.Response:
    """Show the strip of a deposit."""
    return await _show(request)


async def _show(
    request: web.Request, *, status: int = 200, erreur: str = ""
) -> web.Response:
    ctx, reference = contexte_of(request), request.match_info["reference"]
    found = await request.app[SERVICES].db.aread(strip, ctx, reference)
    return await show(
        request,
        "decoupage.html",
        status=status,
        bande=found,
        erreur=erreur,
        roles=ROLES,
        tours=ROTATIONS,
    )


async def post_decoupage(request: web.Request) -> web.Response:
    """Part a deposit as the form says."""
    ctx, form = contexte_of(request), await read_form(request)
    reference, services = request.match_info["reference"], request.app[SERVICES]

    def act(session: WriteSession) -> int:
        depot = depots.get(session, reference, ctx.perimetre)
        if not sees_every_paper(session, depot.id, perimetre=ctx.perimetre):
            raise NotFoundError(
                "introuvable", "Ce fichier contient une partie réservée."
            )
        former = justificatifs.of_depot(session, depot.id, ctx.perimetre)
        acte = Acte(
            perimetre=ctx.perimetre,
            auteur=ctx.auteur,
            now=ctx.now,
            motif=reason_of(form, default=DEFAULT_REASON),
        )
        decision = read_decision(form, depot.nb_pages or 0)
        made = decoupages.decide(
            session, depot, former, decision, acte, services.coffre
        )
        return len(made)

    try:
        # judging papers again is slow: not on the loop; once begun, nothing cuts it
        work = asyncio.to_thread(services.db.write, act)
        count = await asyncio.shield(asyncio.ensure_future(work))
    except (RefusedError, ConflictError) as error:
        return await _show(request, status=status_of(error), erreur=error.detail)
    await tell(request, "bon", f"Le fichier est découpé en {count} document(s).")
    return see_other(f"/depots/{reference}/decoupage")


def read_decision(form: Mapping[str, str], nb_pages: int) -> Decision:
    """Read the roles, places and turns of the pages; each page has one."""
    given: dict[str, dict[int, str]] = {"role": {}, "place": {}, "tour": {}}
    for name, value in form.items():
        if found := _FIELD.fullmatch(name):
            given[found[1]][int(found[2])] = value
    known = set(range(1, nb_pages + 1))
    if set(given["role"]) != known:
        raise RefusedError("decoupage-invalide", "Chaque page doit avoir un rôle.")
    places = {n: _whole(given["place"].get(n, ""), n) for n in known}
    parts: list[list[int]] = []
    apart: set[int] = set()
    for numero in sorted(known, key=lambda n: (places[n], n)):
        role = given["role"][numero]
        if role == APART:
            apart.add(numero)
        elif role == BEGINS or not parts:
            parts.append([numero])
        else:
            parts[-1].append(numero)
    if not parts:
        raise RefusedError(
            "decoupage-invalide", "Un document au moins doit rester dans le fichier."
        )
    if apart and len(form.get("precision", "").strip()) < 3:  # noqa: PLR2004
        was = {int(n) for n in form.get("apart", "").split(",") if n.isdigit()}
        if apart - was:
            raise RefusedError(
                "motif-obligatoire",
                "Dites pourquoi des pages sont mises hors document.",
            )
    turns = {
        part[0]: _whole(given["tour"].get(part[0], ""), 0)
        for part in parts
        if given["tour"].get(part[0], "0") != "0"
    }
    return Decision(
        parties=tuple(tuple(part) for part in parts),
        apart=frozenset(apart),
        rotations=turns,
        vu=form.get("vu"),
    )


def _whole(text: str, default: int) -> int:
    plain = text.isascii() and text.isdigit() and len(text) < 6  # noqa: PLR2004
    return int(text) if plain else default


def _picture(
    session: ReadSession, ctx: Contexte, reference: str, numero: int
) -> tuple[Depot, str]:
    depot = depots.get(session, reference, ctx.perimetre)
    key = depots.preview_key(session, depot.id, numero)
    if key is None or not sees_every_paper(session, depot.id, perimetre=ctx.perimetre):
        raise NotFoundError("introuvable", "Cette page n'a pas d'image.")
    return depot, key


async def get_image(request: web.Request) -> web.StreamResponse:
    """Send the picture of a page of a deposit, separator sheets included."""
    services, ctx = request.app[SERVICES], contexte_of(request)
    reference, numero = request.match_info["reference"], request.match_info["page"]
    depot, key = await services.db.aread(_picture, ctx, reference, int(numero))
    headers: dict[str, str] = {
        hdrs.CONTENT_TYPE: "image/webp",
        hdrs.CACHE_CONTROL: "private, no-store",
        hdrs.ETAG: f'"{key}"',
    }
    owner = reception.owner_of(depot.collectivite_id)
    chunks = services.storage.stream(owner, key)
    return await downloads.stream(request, chunks, headers=headers)
