"""Bordereaux for the doors of the house: the workshop built from the services, as JSON."""

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Any

from bordereaux import fichiers, imports, listes_prestations, listes_reception, registre
from bordereaux import registre_prestations as prestations
from bordereaux.imports import Atelier
from bordereaux.prestations import Bordereau, DecompteRecu, Prestation
from bordereaux.rapport import Rapport
from bordereaux.registre import AEmettre, Edition, NatureBordereau, Presse
from bordereaux.releves import LigneReleve
from records.comptes import Perimetre
from records.store import renvois
from socle.db import ReadSession
from socle.sandbox import Sandbox
from socle.storage import Recu
from web.api import present
from web.api.contexte import Contexte
from web.services import Services

Json = dict[str, Any]
Progress = Callable[[int, int], None]
MAX_FILE = 100 << 20
OWNER = imports.OWNER


def import_file(
    services: Services,
    recu: Recu,
    nom: str,
    *,
    perimetre: Perimetre,
    auteur: str,
    canal: str,
    now: dt.datetime,
    progress: Progress | None = None,
) -> Rapport:
    """Import a file kept under `imports.OWNER`. Blocking: seconds for a large one."""
    with Sandbox(fichiers.MODULES) as sandbox:
        atelier = Atelier(
            db=services.db, storage=services.storage, sandbox=sandbox,
            catalogue=services.catalogue, perimetre=perimetre, auteur=auteur,
            canal=canal, now=now,
        )  # fmt: skip
        return imports.import_kept(atelier, recu, nom, progress)


async def import_for(
    services: Services, ctx: Contexte, recu: Recu, nom: str, canal: str
) -> Rapport:
    """Import for the person of a request; their departure cuts nothing."""
    work = asyncio.to_thread(
        import_file, services, recu, nom, perimetre=ctx.perimetre, auteur=ctx.auteur,
        canal=canal, now=ctx.now,
    )  # fmt: skip
    return await asyncio.shield(asyncio.ensure_future(work))


def presse_of(services: Services, ctx: Contexte) -> Presse:
    """Return the press that issues for the person of a request."""
    return Presse(
        db=services.db, storage=services.storage, auteur=ctx.auteur, now=ctx.now
    )


async def issue_prestations(
    services: Services, ctx: Contexte, reference: str
) -> Edition:
    """Return the edition of a bordereau of prestations, issued if it never was."""
    found = await services.db.aread(prestations.get, reference, ctx.perimetre)

    def liste(session: ReadSession) -> Any:  # noqa: ANN401 - a Liste
        return listes_prestations.of_prestations(
            session, found.reference, ctx.perimetre
        )

    asked = AEmettre(
        nature=NatureBordereau.PRESTATIONS, objet=found.reference,
        collectivite_id=found.collectivite_id, liste=liste,
    )  # fmt: skip
    return await _issue(services, ctx, asked)


async def issue_reception(
    services: Services, ctx: Contexte, reference: str, collectivite: str | None
) -> Edition:
    """Return the edition of what a colis brought to a collectivité."""
    colis, place = await services.db.aread(
        listes_reception.addressee, reference, collectivite, ctx.perimetre
    )
    only = Perimetre(collectivites=frozenset({place}))

    def liste(session: ReadSession) -> Any:  # noqa: ANN401 - a Liste
        return listes_reception.of_colis(session, colis.reference, only)

    asked = AEmettre(
        nature=NatureBordereau.RECEPTION, objet=colis.reference, collectivite_id=place,
        liste=liste,
    )  # fmt: skip
    return await _issue(services, ctx, asked)


async def _issue(services: Services, ctx: Contexte, asked: AEmettre) -> Edition:
    work = asyncio.to_thread(registre.issue, presse_of(services, ctx), asked)
    return await asyncio.shield(asyncio.ensure_future(work))


# --- JSON ------------------------------------------------------------------------------


def bordereaux_json(session: ReadSession, found: list[Bordereau]) -> list[Json]:
    """Return bordereaux of prestations as lists show them."""
    homes = renvois.collectivites(session, [one.collectivite_id for one in found])
    papers: dict[int, list[str]] = {}
    for paper in _papers(session, found):
        papers.setdefault(paper.bordereau_id, []).append(paper.reference)
    return [
        {
            "reference": one.reference,
            "numero": one.numero,
            "colis": one.numero_colis,
            "collectivite": homes[one.collectivite_id],
            "date_emission": present.day(one.date_emission),
            "contrat": one.contrat,
            "budget": one.budget,
            "mode_paiement": one.mode_paiement,
            "lignes": one.nb_lignes,
            "reglees": one.nb_reglees,
            "bloquees": one.nb_bloquees,
            "total_brut": present.money(one.brut_eur),
            "total_rembourse": present.money(one.rembourse_eur),
            "total_bloque": present.money(one.bloque_eur),
            "ecarts": list(one.ecarts),
            "decomptes": papers.get(one.id, []),
            "importe_le": present.instant(one.importe_at),
            "pdf": f"/api/v1/bordereaux/{one.reference}.pdf",
        }
        for one in found
    ]


def _papers(session: ReadSession, found: list[Bordereau]) -> list[DecompteRecu]:
    seen = Perimetre(collectivites=frozenset(one.collectivite_id for one in found))
    ids = [one.id for one in found]
    return prestations.decomptes(session, seen, bordereau_ids=ids).rows


def prestations_json(session: ReadSession, lines: list[Prestation]) -> list[Json]:
    """Return lines as they are shown, whom they are about by reference."""
    agents = renvois.agents(session, [line.agent_id for line in lines])
    events = renvois.evenements(session, [line.evenement_id for line in lines])
    causes = renvois.consequences(session, [line.consequence_id for line in lines])
    papers = renvois.pieces(session, [line.piece_id for line in lines])
    return [
        {
            "ligne": line.rang,
            "type": line.type,
            "etat": line.etat,
            "agent": agents[line.agent_id],
            "evenement": events[line.evenement_id],
            "consequence": causes.get(line.consequence_id or 0),
            "piece_attendue": papers.get(line.piece_id or 0),
            "document_manquant": line.piece_libelle if line.is_bloquee else None,
            "motif_blocage": line.motif_blocage,
            "periode": present.periode(line.periode),
            "date_soins": present.day(line.date_soins),
            "montant_brut": present.money(line.brut_eur),
            "montant_rembourse": present.money(line.rembourse_eur),
            "montant_bloque": present.money(line.bloque_eur),
            "champs": line.champs,
        }
        for line in lines
    ]


def decomptes_json(session: ReadSession, found: list[DecompteRecu]) -> list[Json]:
    """Return décomptes as lists show them."""
    homes = renvois.collectivites(session, [one.collectivite_id for one in found])
    parents = prestations.by_ids(session, [one.bordereau_id for one in found])
    return [
        {
            "reference": one.reference,
            "bordereau": parents[one.bordereau_id].reference,
            "colis": parents[one.bordereau_id].numero_colis,
            "collectivite": homes[one.collectivite_id],
            "date_emission": present.day(parents[one.bordereau_id].date_emission),
            "nom": one.nom_fichier,
            "taille": one.taille,
            "empreinte": one.empreinte,
            "pdf": f"/api/v1/decomptes/{one.reference}.pdf",
        }
        for one in found
    ]


def releve_json(session: ReadSession, lines: list[LigneReleve]) -> list[Json]:
    """Return reimbursements as a relevé shows them."""
    shown = prestations_json(session, [line.prestation for line in lines])
    return [
        {
            **one,
            "bordereau": line.bordereau,
            "numero_bordereau": line.numero,
            "regle_le": present.day(line.prestation.date_emission),
        }
        for one, line in zip(shown, lines, strict=True)
    ]
