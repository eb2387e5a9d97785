"""Views of colis: received, listed, shown with their equation, reconciled, acted upon."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import aiofiles
from aiohttp import hdrs, web

from intake import essai_colis, etabli_colis
from intake.colis_reception import RecepisseColis
from intake.enveloppes import LimitesColis
from intake.essai_colis import Essai
from intake.etabli_colis import ActeColis, Demande
from records.colis import Colis, Conservation, Ecart, Mesure, Sens
from records.store import colis as store
from records.store import colis_contenu as contenu
from records.store import renvois
from records.vocabulary import Canal
from socle.db import ReadSession, WriteSession
from web import colis as shared
from web.api import models_colis as mc
from web.api import present
from web.api.contexte import Contexte, contexte_of
from web.api.forms import read_body, read_query
from web.api.vues import change, look, reference, reply
from web.deposits import guichet_of
from web.keys import SERVICES
from web.uploads import Formulaire, read_multipart

Json = dict[str, Any]


async def post_colis(request: web.Request) -> web.Response:
    """Receive a colis: 201 when its bytes are durable, 200 when they were known."""
    if request.query.get("essai") == "true":
        return await _rehearse(request)
    formulaire: Formulaire[shared.Octets] = Formulaire()
    receipt = await shared.receive(request, Canal.API, formulaire)
    response = reply(receipt_json(receipt), 200 if receipt.is_deja_recu else 201)
    response.headers[hdrs.LOCATION] = f"/api/v1/colis/{receipt.reference}"
    return response


async def _rehearse(request: web.Request) -> web.Response:
    """Check a colis in a disposable child, from a file that is then forgotten."""
    services = request.app[SERVICES]
    formulaire: Formulaire[str] = Formulaire()
    with tempfile.TemporaryDirectory(dir=services.settings.donnees) as folder:
        place = Path(folder) / "colis"

        async def keep(nom: str, chunks: Any) -> str:  # noqa: ANN401 - bytes as they come
            async with aiofiles.open(place, "wb") as file:
                async for chunk in chunks:
                    await file.write(chunk)
            return nom

        await read_multipart(request, keep, formulaire)
        found = await asyncio.to_thread(
            essai_colis.rehearse,
            services.db,
            place,
            formulaire.fichiers[0] if formulaire.fichiers else "colis",
            collectivite_id=None,
            limites=LimitesColis(membre_max=services.settings.taille_max),
            now=services.clock.now(),
        )
    return reply(essai_json(found))


def receipt_json(receipt: RecepisseColis) -> Json:
    """Return the receipt of a colis."""
    return {
        "reference": receipt.reference,
        "empreinte": receipt.empreinte,
        "taille": receipt.taille,
        "nom": receipt.nom,
        "recu_le": present.instant(receipt.recu_le),
        "etat": receipt.etat,
        "sens": receipt.sens,
        "recepisse": receipt.signature,
        "deja_recu": receipt.is_deja_recu,
        "code": "deja-recu" if receipt.is_deja_recu else None,
        "motif": None,
        "ecarts": [],
    }


def essai_json(found: Essai) -> Json:
    """Return what a colis would give."""
    return {
        "reference": None,
        "empreinte": None,
        "taille": None,
        "nom": None,
        "recu_le": None,
        "etat": "refuse" if found.code else "essai",
        "sens": Sens.ENTRANT.code,
        "recepisse": None,
        "deja_recu": False,
        "code": found.code,
        "motif": found.motif,
        "ecarts": [
            {
                "code": one.code.code,
                "detail": one.detail,
                "proprietaire": one.proprietaire,
            }
            for one in found.ecarts
        ],
    }


def _brief(colis: Colis, home: str | None, nb_ecarts: int) -> Json:
    return {
        "reference": colis.reference,
        "sens": colis.sens,
        "enveloppe": colis.enveloppe,
        "etat": colis.etat,
        "code": colis.code,
        "motif": colis.motif,
        "numero": colis.numero,
        "nom": colis.nom_fichier,
        "empreinte": colis.empreinte,
        "taille": colis.taille,
        "canal": colis.canal,
        "collectivite": home,
        "recu_le": present.instant(colis.recu_at),
        "livre_le": present.instant(colis.livre_at),
        "ouvert_le": present.instant(colis.ouvert_at),
        "lot_cree_le": present.instant(colis.lot_cree_at),
        "depouille_le": present.instant(colis.depouille_at),
        "clos_le": present.instant(colis.clos_at),
        "ecarts_ouverts": nb_ecarts,
    }


def _list(session: ReadSession, ctx: Contexte, asked: mc.ColisRecherche) -> Json:
    place = renvois.find_collectivite(session, asked.collectivite, ctx.perimetre)
    found = store.listing(
        session,
        ctx.perimetre,
        sens=asked.sens,
        etat=asked.etat,
        collectivite_id=place,
        curseur=ctx.open_cursor(asked.curseur),
        limite=asked.limite,
    )
    homes = renvois.collectivites(session, [c.collectivite_id for c in found.elements])
    lines = [
        _brief(
            c,
            _seen(ctx, homes, c),
            len(_open(contenu.ecarts(session, c.id, ctx.perimetre))),
        )
        for c in found.elements
    ]
    return present.page(ctx, found, lines)


def _seen(ctx: Contexte, homes: dict[int, str], colis: Colis) -> str | None:
    """Return the collectivité a colis was sent for, unless it is somebody else's."""
    if not ctx.perimetre.sees(colis.collectivite_id):
        return None
    return homes.get(colis.collectivite_id or 0)


def _open(ecarts: tuple[Ecart, ...]) -> list[Ecart]:
    return [one for one in ecarts if one.is_ouvert]


async def list_colis(request: web.Request) -> web.Response:
    """List the colis, the last first."""
    return await look(request, _list, read_query(request, mc.ColisRecherche))


def _show(session: ReadSession, ctx: Contexte, ref: str) -> Json:
    vue = shared.view(session, ctx.perimetre, ref)
    colis = vue.colis
    home = vue.references.get(colis.collectivite_id or 0)
    return {
        **_brief(colis, home, len(_open(vue.ecarts))),
        "operateur": colis.operateur,
        "boite_postale": colis.boite_postale,
        "organisme": colis.organisme,
        "renumerisation_de": colis.renumerisation_de,
        "annonce": {
            "plis": colis.nb_plis_annonce,
            "documents": colis.nb_elements_annonce,
            "pages": colis.nb_pages_annonce,
        },
        "non_numerisables": list(colis.non_numerisables),
        "plis": [
            {
                "numero": pli.numero,
                "collectivite": vue.references.get(pli.collectivite_id or 0),
                "recu_le": present.instant(pli.recu_at),
                "documents_annonces": pli.nb_elements_annonce,
            }
            for pli in vue.plis
        ],
        "elements": [_element(vue, ligne) for ligne in vue.lignes],
        "conservation": conservation_json(vue.conservation),
        "version": colis.version,
    }


def _element(vue: shared.VueColis, ligne: shared.LigneColis) -> Json:
    element, fichier = ligne.element, ligne.fichier
    home = next(
        (one.collectivite_id for one in (fichier, element) if one is not None), None
    )
    return {
        "rang": fichier.rang if fichier else None,
        "fichier": fichier.nom if fichier else element.nom_fichier if element else None,
        "annonce": element is not None,
        "trouve": fichier is not None,
        "pli": ligne.pli,
        "collectivite": vue.references.get(home or 0),
        "numero_controle": element.numero_controle if element else None,
        "type_annonce": element.type_annonce if element else None,
        "pages_annoncees": element.nb_pages_annonce if element else None,
        "plage": [element.page_debut, element.page_fin]
        if element and element.page_debut
        else None,
        "pages": ligne.depot.nb_pages if ligne.depot else None,
        "taille": fichier.taille if fichier else None,
        "empreinte": fichier.empreinte if fichier else None,
        "verdict": ligne.verdict,
        "code": fichier.code if fichier else None,
        "motif": fichier.motif if fichier else None,
        "depot": ligne.depot.reference if ligne.depot else None,
        "documents": [
            {
                "reference": paper.reference,
                "pages": list(paper.pages),
                "type": paper.type,
                "etat": paper.etat,
            }
            for paper in ligne.papiers
        ],
    }


def _measure(mesure: Mesure) -> Json:
    return {
        "fichiers": mesure.fichiers,
        "pages": mesure.pages,
        "octets": mesure.octets,
    }


def conservation_json(found: Conservation) -> Json:
    """Return the equation, term by term."""
    terms = {name: _measure(mesure) for name, mesure in found.termes.items()}
    return {"recus": _measure(found.recus), **terms, "ecart": _measure(found.ecart)}


async def get_colis(request: web.Request) -> web.Response:
    """Show a colis."""
    return await look(request, _show, reference(request))


def _reconcile(session: ReadSession, ctx: Contexte, ref: str) -> Json:
    colis = store.get(session, ref, ctx.perimetre)
    return {
        "reference": colis.reference,
        "etat": colis.etat,
        "clos_le": present.instant(colis.clos_at),
        "ecarts": [
            ecart_json(one) for one in contenu.ecarts(session, colis.id, ctx.perimetre)
        ],
    }


def ecart_json(ecart: Ecart) -> Json:
    """Return a disagreement."""
    return {
        "reference": ecart.reference,
        "code": ecart.code,
        "detail": ecart.detail,
        "proprietaire": ecart.proprietaire,
        "ouvert": ecart.is_ouvert,
        "ouvert_le": present.instant(ecart.ouvert_at),
        "clos_le": present.instant(ecart.clos_at),
        "motif_cloture": ecart.motif_cloture,
    }


async def get_reconciliation(request: web.Request) -> web.Response:
    """Show the disagreements of a colis, each with its owner."""
    return await look(request, _reconcile, reference(request))


async def post_acte(request: web.Request) -> web.Response:
    """Do an act of the operator's bench, or say what it would do."""
    given = await read_body(request, mc.ActeColisEntree)
    ctx, services = contexte_of(request), request.app[SERVICES]
    demande = Demande(
        acte=next(one for one in ActeColis if one.code == given.acte),
        motif=given.motif,
        auteur=ctx.auteur,
        now=ctx.now,
        perimetre=ctx.perimetre,
        rang=given.rang,
        collectivite=given.collectivite,
        version=given.version,
    )
    ref, db = reference(request), services.db
    if given.essai:
        effect = await db.aread(etabli_colis.plan, ref, demande)
    else:
        guichet = guichet_of(services)
        effect = await db.awrite(etabli_colis.act, guichet, ref, demande)
    return reply({"reference": ref, "essai": given.essai, "effet": effect})


def _close(session: WriteSession, ctx: Contexte, ref: str, motif: str) -> Json:
    closed = contenu.close_ecart(
        session,
        ref,
        perimetre=ctx.perimetre,
        auteur=ctx.auteur,
        motif=motif,
        now=ctx.now,
    )
    return ecart_json(closed)


async def post_cloture(request: web.Request) -> web.Response:
    """Settle a disagreement, with a reason."""
    given = await read_body(request, mc.EcartClos)
    return await change(request, _close, reference(request), given.motif)
