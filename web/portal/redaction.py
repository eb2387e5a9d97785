"""Writing letters for oneself: the wording of a collectivité, seen, tried, kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from letters import evenementiels, redaction, textes
from letters.evenementiels import Signataire
from letters.redaction import VersionModele
from records.parties import Collectivite
from records.store import collectivites
from records.vocabulary import Role
from socle.db import ReadSession, WriteSession
from socle.errors import RefusedError
from web.api import redaction as api
from web.api.contexte import Contexte, contexte_of
from web.api.redaction import ModeleEntree
from web.keys import SERVICES
from web.portal import faits
from web.portal.page import see_other, show, tell

_NAMES = {
    "titre": "Titre",
    "emetteur": "Émetteur, une ligne par ligne",
    "introduction": "Introduction",
    "que_faire": "Comment nous adresser ces documents",
    "consequences": "Ce qui en dépend",
    "donnees": "Vos données, vos recours",
    "signature": "Formule finale",
    "coupons": "Consigne des coupons",
    "praticiens": "Aux praticiens",
    "agent": "À l’agent",
    "circonstances": "Circonstances",
}
_PREFIX = "texte_"
COLUMNS = 62  # signs a row of the form holds


@dataclass(frozen=True, slots=True, kw_only=True)
class VueModele:
    """The page of a wording: its texts, its versions, whose it is."""

    nature: str
    collectivite: Collectivite | None
    collectivites: tuple[Collectivite, ...]
    textes: Mapping[str, str]
    versions: tuple[VersionModele, ...]
    reprise: int | None = None
    auteurs: Mapping[str, str] = field(default_factory=dict)

    def hauteur(self, texte: str) -> int:
        """Return how many rows show a whole text in the form's column."""
        return sum(len(line) // COLUMNS + 1 for line in texte.split("\n")) + 1


def _view(session: ReadSession, ctx: Contexte, query: Mapping[str, str]) -> VueModele:
    nature = query.get("nature") or "document_manquant"
    redaction.refuse_unknown(nature)
    seen = collectivites.listing(session, ctx.perimetre)
    asked = query.get("collectivite") or ""
    is_admin = ctx.identite.has_role(Role.ADMINISTRATEUR)
    if not asked and not is_admin and seen:
        asked = seen[0].reference
    place = api.place_of(session, ctx, asked or None)
    place_id = place.id if place else None
    kept = redaction.versions(session, nature, place_id)
    current = dict(redaction.modele_of(session, nature, place_id).textes)
    wanted = query.get("version", "")
    taken = next((v for v in kept if str(v.version) == wanted), None)
    if taken is not None:
        current = {**textes.shipped(nature), **taken.textes}
    return VueModele(
        nature=nature,
        collectivite=place,
        collectivites=seen,
        textes=current,
        versions=kept,
        reprise=taken.version if taken else None,
        auteurs=faits.authors(session, ctx, [one.auteur for one in kept]),
    )


async def _show(
    request: web.Request,
    vue: VueModele,
    erreurs: Mapping[str, str] | None = None,
    status: int = 200,
) -> web.Response:
    ctx = contexte_of(request)
    return await show(
        request, "modele.html", status=status, v=vue, erreurs=erreurs or {},
        natures=redaction.NATURES, noms=_NAMES, variables=sorted(textes.CONNUS),
        peut_tout=ctx.identite.has_role(Role.ADMINISTRATEUR), max_texte=textes.MAX_TEXT,
    )  # fmt: skip


async def get_modele(request: web.Request) -> web.Response:
    """Show the wording of a letter, its versions, and what may be written in it."""
    ctx = contexte_of(request)
    vue = await request.app[SERVICES].db.aread(_view, ctx, request.query)
    return await _show(request, vue)


def _save(session: WriteSession, ctx: Contexte, given: ModeleEntree) -> VersionModele:
    place = api.owner_of(session, ctx, given.collectivite)
    return redaction.save(
        session, given.nature, place.id if place else None, given.textes,
        auteur=ctx.auteur, now=ctx.now,
    )  # fmt: skip


async def post_modele(request: web.Request) -> web.StreamResponse:
    """Keep a wording, or print an invented letter with it."""
    ctx, form = contexte_of(request), await request.post()
    db = request.app[SERVICES].db
    nature = str(form.get("nature", ""))
    redaction.refuse_unknown(nature)
    known = textes.shipped(nature)
    typed = {
        name: str(form.get(f"{_PREFIX}{name}", text)).replace("\r\n", "\n")
        for name, text in known.items()
    }
    whose = str(form.get("collectivite", ""))
    given = ModeleEntree.model_construct(
        nature=nature, collectivite=whose or None, textes=typed
    )
    try:
        if form.get("apercu"):
            body = await api.preview(request, given)
            return web.Response(body=body, content_type="application/pdf")
        kept = await db.awrite(_save, ctx, given)
    except RefusedError as error:
        query = {"nature": nature, "collectivite": whose}
        vue = await db.aread(_view, ctx, query)
        vue = VueModele(
            nature=nature, collectivite=vue.collectivite, textes=typed,
            collectivites=vue.collectivites, versions=vue.versions,
            auteurs=vue.auteurs,
        )  # fmt: skip
        wrong = {one.champ: one.detail for one in error.erreurs}
        return await _show(request, vue, wrong or {"": error.detail}, 422)
    await tell(request, "bon", f"Version {kept.version} enregistrée.")
    return see_other(f"/courriers/modele?nature={nature}&collectivite={whose}")


async def post_editer(request: web.Request) -> web.Response:
    """Print an attestation or an enquête from the fiche, then show the letter."""
    form = await request.post()
    code = str(form.get("nature", ""))
    nature = next((n for n in evenementiels.EDITIONS if n.code == code), None)
    if nature is None:
        raise RefusedError("edition-inconnue", "Choisissez le document à éditer.")
    parts = {
        name: str(form.get(name, "")).strip()[:120]
        for name in ("nom", "grade", "fonctions")
    }
    letter = await api.issue_from_event(request, nature, Signataire(**parts))
    await tell(request, "bon", f"« {nature.label} » est éditée.")
    return see_other(f"/courriers/{letter.reference}")
