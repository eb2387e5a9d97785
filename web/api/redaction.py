"""What one prints from an event, and the wording of letters: tried, kept, versioned."""

import asyncio
from typing import Any, Literal

from aiohttp import hdrs, web
from pydantic import Field

from letters import apercu, emission, evenementiels, redaction, textes
from letters.courriers import NatureCourrier
from letters.emission import DemandeEdition
from letters.evenementiels import Signataire
from letters.redaction import VersionModele
from records.parties import Collectivite
from records.store import collectivites
from records.vocabulary import Role
from socle.db import ReadSession, WriteSession
from socle.errors import ForbiddenError
from web.api import models as m
from web.api import present
from web.api import reponses as r
from web.api.contexte import Contexte, contexte_of
from web.api.forms import read_body, read_query
from web.api.vues import change, look, reference, reply
from web.courriers import bureau_of, courriers_json
from web.keys import SERVICES

Json = dict[str, Any]
NatureModele = Literal["document_manquant", "attestation", "enquete"]
MAX_TEXTS = 20


class EditionEvenementEntree(m.Modele):
    """What to print from an event, and who signs it."""

    nature: Literal["attestation", "enquete"]
    nom: str = Field("", max_length=120, description="Nom du signataire.")
    grade: str = Field("", max_length=120, description="Grade du signataire.")
    fonctions: str = Field("", max_length=120, description="Fonctions du signataire.")


class ModeleRecherche(m.Modele):
    """Whose wording, of which letter."""

    nature: NatureModele = "document_manquant"
    collectivite: m.Reference | None = Field(
        None, description="Par défaut, le modèle commun à toutes."
    )


class ModeleEntree(ModeleRecherche):
    """A wording: the texts to change, by name."""

    textes: dict[str, str] = Field(min_length=1, max_length=MAX_TEXTS)


class VersionLue(r.Reponse):
    """One wording saved."""

    version: int
    auteur: str
    le: r.Instant
    textes: dict[str, str]


class ModeleLu(r.Reponse):
    """The wording in force, and what was kept before."""

    nature: str
    collectivite: str | None
    textes: dict[str, str]
    versions: list[VersionLue]


async def issue_from_event(
    request: web.Request, nature: NatureCourrier, signataire: Signataire
) -> Any:  # noqa: ANN401 - a Courrier
    """Print a document of the event of the address; a started edition is not cut."""
    services, ctx = request.app[SERVICES], contexte_of(request)
    asked = DemandeEdition(
        evenement=reference(request), nature=nature, perimetre=ctx.perimetre,
        signataire=signataire, on=ctx.today, now=ctx.now,
    )  # fmt: skip
    bureau = bureau_of(services, ctx.auteur)
    work = asyncio.to_thread(emission.issue_from_event, bureau, asked)
    return await asyncio.shield(asyncio.ensure_future(work))


async def post_courrier_evenement(request: web.Request) -> web.Response:
    """Print an attestation or an enquête from an event."""
    given = await read_body(request, EditionEvenementEntree)
    nature = next(n for n in evenementiels.EDITIONS if n.code == given.nature)
    signataire = Signataire(nom=given.nom, grade=given.grade, fonctions=given.fonctions)
    letter = await issue_from_event(request, nature, signataire)
    db = request.app[SERVICES].db
    (shown,) = await db.aread(courriers_json, [letter])
    response = reply(shown, 201)
    response.headers[hdrs.LOCATION] = f"/api/v1/courriers/{letter.reference}"
    return response


def place_of(
    session: ReadSession, ctx: Contexte, ref: str | None
) -> Collectivite | None:
    """Return whose wording it is, None for the common one."""
    return collectivites.get(session, ref, ctx.perimetre) if ref else None


def owner_of(
    session: ReadSession, ctx: Contexte, ref: str | None
) -> Collectivite | None:
    """Return whose wording is changed; the common one is the administrator's."""
    if not ref and not ctx.identite.has_role(Role.ADMINISTRATEUR):
        raise ForbiddenError(
            "interdit",
            "Le modèle commun à toutes les collectivités est celui de l'administrateur : "
            "choisissez une collectivité.",
        )
    return place_of(session, ctx, ref)


def _show(session: ReadSession, ctx: Contexte, asked: ModeleRecherche) -> Json:
    place = place_of(session, ctx, asked.collectivite)
    place_id = place.id if place else None
    found = redaction.modele_of(session, asked.nature, place_id)
    kept = redaction.versions(session, asked.nature, place_id)
    return {
        "nature": asked.nature,
        "collectivite": place.reference if place else None,
        "textes": dict(found.textes),
        "versions": [_version_json(one) for one in kept],
    }


def _version_json(one: VersionModele) -> Json:
    return {
        "version": one.version,
        "auteur": one.auteur,
        "le": present.instant(one.cree_at),
        "textes": dict(one.textes),
    }


def _save(session: WriteSession, ctx: Contexte, given: ModeleEntree) -> Json:
    place = owner_of(session, ctx, given.collectivite)
    redaction.save(
        session, given.nature, place.id if place else None, given.textes,
        auteur=ctx.auteur, now=ctx.now,
    )  # fmt: skip
    return _show(session, ctx, given)


async def get_modele(request: web.Request) -> web.Response:
    """Show the wording of a letter."""
    return await look(request, _show, read_query(request, ModeleRecherche))


async def post_modele(request: web.Request) -> web.Response:
    """Keep a wording; refused whole when one of its texts cannot be composed."""
    return await change(request, _save, await read_body(request, ModeleEntree))


def _preview_of(
    session: ReadSession, ctx: Contexte, given: ModeleEntree
) -> tuple[Collectivite, dict[str, str]]:
    place = place_of(session, ctx, given.collectivite)
    found = redaction.modele_of(session, given.nature, place.id if place else None)
    shown = place or Collectivite(id=0, reference="", nom="Commune de Valbrune")
    return shown, {**found.textes, **given.textes}


async def preview(request: web.Request, given: ModeleEntree) -> bytes:
    """Print an invented letter with these texts; nothing is kept."""
    ctx = contexte_of(request)
    textes.check(given.nature, given.textes)
    place, wording = await request.app[SERVICES].db.aread(_preview_of, ctx, given)
    return await asyncio.to_thread(
        apercu.pdf, given.nature, wording, place, ctx.catalogue, ctx.today
    )


async def post_apercu(request: web.Request) -> web.Response:
    """Answer an invented letter with these texts."""
    given = await read_body(request, ModeleEntree)
    return web.Response(
        body=await preview(request, given), content_type="application/pdf"
    )
