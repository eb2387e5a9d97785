"""The fiche évènement unique (S09, S10, S11): one page, today or as known on a past day."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from letters import courriers
from letters.courriers import Courrier, NatureCourrier
from letters.evenementiels import editions_of
from records.evenements import Consequence
from records.natures import ChampDeclare
from records.pieces import Couverture, PieceAttendue
from records.store import fiches
from records.store.fiches import Fiche
from records.store.justificatifs import Justificatif
from socle.clock import end_of_day
from socle.db import ReadSession
from socle.errors import RefusedError
from web import scellement
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal import faits, sections
from web.portal.declaration_lue import day_typed
from web.portal.faits import LigneJournal
from web.portal.frise import Frise, frise
from web.portal.page import STAFF, see_other, show, tell
from web.portal.paie import MONTANTS
from web.portal.presentation import champ_declare, jour_long
from web.portal.suivi import Suivi, followed


@dataclass(frozen=True, slots=True, kw_only=True)
class Vue:
    """An event as its page shows it; fields are (label, value)."""

    fiche: Fiche
    au: dt.date | None
    champs: tuple[tuple[str, str], ...]
    consequences: tuple[tuple[Consequence, tuple[tuple[str, str], ...]], ...]
    frise: Frise
    liens: dict[int, tuple[Justificatif, ...]]
    courriers: tuple[Courrier, ...]
    journal: tuple[LigneJournal, ...]
    suivi: Suivi | None
    sections: dict[str, Any]
    cle_publique: str
    montants: tuple[tuple[str, str], ...] = MONTANTS

    @property
    def couvertures(self) -> dict[int, Couverture]:
        """The days proved, by requirement."""
        return self.fiche.couvertures

    @property
    def editions(self) -> tuple[NatureCourrier, ...]:
        """What may be printed from the event."""
        return editions_of(self.fiche.evenement)

    @property
    def papiers(self) -> tuple[Justificatif, ...]:
        """The papers filed on the event."""
        return self.fiche.papiers

    @property
    def salaires(self) -> list[dict[str, Any]]:
        """The pay elements, month by month."""
        return self.fiche.salaires

    @property
    def ouvertes(self) -> tuple[PieceAttendue, ...]:
        """The requirements still open."""
        return tuple(piece for piece in self.fiche.pieces if piece.is_open)


def of_event(
    session: ReadSession,
    ctx: Contexte,
    reference: str,
    recu: str | None,
    au: dt.date | None = None,
) -> Vue:
    """Read an event with all that hangs on it, at the end of the day `au`."""
    if au is None or au >= ctx.today:
        au = None
        found = fiches.fiche(session, reference, ctx.perimetre)
    else:
        found = fiches.fiche_at(session, reference, ctx.perimetre, end_of_day(au))
    event = found.evenement
    known = ctx.catalogue.au(event.date_survenance)
    nature = known.natures.get(event.nature)
    return Vue(
        fiche=found,
        au=au,
        champs=_fields(ctx, nature.champs if nature else (), event.champs),
        consequences=tuple(
            (c, _fields(ctx, kind.champs if kind else (), c.champs))
            for c in event.consequences
            for kind in [known.consequences.get(c.type)]
        ),
        frise=frise(event),
        liens=_links(found),
        courriers=_letters(session, ctx, found),
        journal=faits.of_fiche(session, ctx, found),
        suivi=followed(session, ctx, recu),
        sections=sections.read(session, ctx, found),
        cle_publique=scellement.public_key(ctx.coffre),
    )


def _links(found: Fiche) -> dict[int, tuple[Justificatif, ...]]:
    """Return the papers tied to each requirement, those one may see."""
    by_id = {paper.id: paper for paper in found.papiers}
    links: dict[int, tuple[Justificatif, ...]] = {}
    for link in found.liens:
        if link.justificatif_id in by_id:
            mine = links.get(link.piece_id, ())
            links[link.piece_id] = (*mine, by_id[link.justificatif_id])
    return links


def _letters(session: ReadSession, ctx: Contexte, found: Fiche) -> tuple[Courrier, ...]:
    letters = courriers.of_evenement(session, found.evenement.id, ctx.perimetre)
    return tuple(one for one in letters if found.au is None or one.emis_at <= found.au)


def _fields(
    ctx: Contexte, declared: tuple[ChampDeclare, ...], values: dict[str, Any]
) -> tuple[tuple[str, str], ...]:
    """Return the fields filled; the sensitive ones only to those who handle the file."""
    reads_all = ctx.identite.role in STAFF
    return tuple(
        (champ.libelle, shown)
        for champ in declared
        if (reads_all or champ.type != "sensible")
        and (shown := champ_declare(champ, values.get(champ.nom)))
    )


async def get_evenement(request: web.Request) -> web.Response:
    """Show an event: declared, asked, received, told; with `au`, as known that day."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    recu, asked = request.query.get("recu"), request.query.get("au", "")
    db, au = request.app[SERVICES].db, day_typed(asked)
    if asked and au is None:
        await tell(request, "erreur", "Écrivez la date sous la forme jj/mm/aaaa.")
        return see_other(f"/evenements/{reference}")
    try:
        found = await db.aread(of_event, ctx, reference, recu, au)
    except RefusedError as error:
        if error.code != "pas-encore-declare" or au is None:
            raise
        await tell(request, "info", f"Le {jour_long(au)} : {error.detail}")
        return see_other(f"/evenements/{reference}")
    return await show(request, "evenement.html", v=found, suivi=found.suivi)
