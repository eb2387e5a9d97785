"""Where a deposit stands, in plain words, until its lines are closed or a person looks."""

import dataclasses
from dataclasses import dataclass

from aiohttp import web

from intake import depots
from intake.depots import Depot
from intake.motifs import REMARQUES
from records.pieces import PieceAttendue
from records.store import justificatifs, pieces, taches
from records.store.justificatifs import Justificatif
from records.store.taches import TacheVue
from records.vocabulary import EtatDepot, EtatJustificatif
from socle.db import ReadSession
from socle.errors import VaguemestreError
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal.page import show
from web.portal.presentation import accord

ENDED = (EtatDepot.TRAITE.code, EtatDepot.REFUSE.code, EtatDepot.QUARANTAINE.code)
FINISHED = "lecture-finie"


@dataclass(frozen=True, slots=True, kw_only=True)
class PapierSuivi:
    """One paper of a deposit: its lines closed, or why a person must look."""

    papier: Justificatif
    lignes: tuple[PieceAttendue, ...]
    raison: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suivi:
    """A deposit followed; `nb_secrets` counts papers this person may not see."""

    depot: Depot
    is_fini: bool
    ton: str
    titre: str
    phrase: str
    papiers: tuple[PapierSuivi, ...] = ()
    nb_secrets: int = 0
    taches: tuple[TacheVue, ...] = ()
    remarques: tuple[str, ...] = ()

    @property
    def nb_levees(self) -> int:
        """How many lines it closed."""
        return sum(len(papier.lignes) for papier in self.papiers)


def follow(session: ReadSession, ctx: Contexte, reference: str) -> Suivi:
    """Say where a deposit stands; `NotFoundError` when foreign or inexistent."""
    depot = depots.get(session, reference, ctx.perimetre)
    open_tasks = taches.of_depot(session, depot.id, ctx.perimetre)
    papiers = _papers(session, ctx, depot, open_tasks)
    everything = dataclasses.replace(ctx.perimetre, has_secret_medical=True)
    whole = justificatifs.of_depot(session, depot.id, everything)
    nb_secrets = len(whole) - len(papiers)
    ton, titre, phrase = _words(depot, papiers, nb_secrets)
    return Suivi(
        depot=depot,
        is_fini=depot.etat in ENDED,
        ton=ton,
        titre=titre,
        phrase=phrase,
        papiers=papiers,
        nb_secrets=nb_secrets,
        taches=tuple(task for task in open_tasks if task.justificatif_id is None),
        remarques=tuple(
            REMARQUES[code] for code in depot.tri.get("notes", ()) if code in REMARQUES
        ),
    )


def _papers(
    session: ReadSession, ctx: Contexte, depot: Depot, open_tasks: tuple[TacheVue, ...]
) -> tuple[PapierSuivi, ...]:
    rows = justificatifs.of_depot(session, depot.id, ctx.perimetre)
    links = pieces.links_of(session, justificatif_ids=[row.id for row in rows])
    lines = pieces.by_ids(session, [link.piece_id for link in links])
    why = {task.justificatif_id: task.detail for task in open_tasks}
    return tuple(
        PapierSuivi(
            papier=row,
            lignes=tuple(
                lines[link.piece_id]
                for link in links
                if link.justificatif_id == row.id and link.piece_id in lines
            ),
            raison=why.get(row.id, ""),
        )
        for row in rows
    )


def _words(
    depot: Depot, papiers: tuple[PapierSuivi, ...], nb_secrets: int
) -> tuple[str, str, str]:
    """Return the look, the title and the sentence."""
    if depot.etat == EtatDepot.RECU.code:
        return "cours", "Reçu, lecture en cours", (
            "Votre fichier est en sécurité. Il va être lu dans un instant."
        )  # fmt: skip
    if depot.etat == EtatDepot.EN_COURS.code:
        return "cours", "Reçu, lecture en cours", (
            "Votre fichier est en sécurité ; ses pages sont en train d’être lues."
        )  # fmt: skip
    if depot.etat == EtatDepot.REFUSE.code:
        return "refus", "Fichier refusé", depot.motif or ""
    if depot.etat == EtatDepot.QUARANTAINE.code:
        return "doute", "Fichier mis à part", depot.motif or ""
    closed = sum(len(papier.lignes) for papier in papiers)
    waiting = sum(p.papier.etat == EtatJustificatif.A_VERIFIER.code for p in papiers)
    wrong = sum(p.papier.etat == EtatJustificatif.ANOMALIE.code for p in papiers)
    return _ended(closed, waiting, wrong, nb_secrets)


def _ended(
    closed: int, waiting: int, wrong: int, nb_secrets: int
) -> tuple[str, str, str]:
    done = f"{accord(closed, 'ligne levée', 'lignes levées')}." if closed else ""
    if wrong:
        return "refus", "Dossier en anomalie", (
            f"{done} Le document n’a pas pu être intégré : voici pourquoi.".strip()
        )  # fmt: skip
    if waiting:
        return "doute", "À vérifier", (
            f"{done} Un gestionnaire va vérifier le document ; vous n’avez rien à "
            "faire pour l’instant.".strip()
        )  # fmt: skip
    if closed:
        return "bon", "Ligne levée" if closed == 1 else "Lignes levées", done
    if nb_secrets:
        return "doute", "En quarantaine médicale", (
            "Seules les personnes tenues au secret médical peuvent ouvrir ce document."
        )  # fmt: skip
    return "neutre", "Document intégré", "Il ne répondait à aucune ligne ouverte."


def followed(session: ReadSession, ctx: Contexte, recu: str | None) -> Suivi | None:
    """Return the deposit just made; an address typed by hand shows nothing."""
    if not recu:
        return None
    try:
        return follow(session, ctx, recu)
    except VaguemestreError:
        return None


async def get_suivi(request: web.Request) -> web.Response:
    """Send the state of a deposit to the page that follows it; 204 while nothing moved."""
    ctx = contexte_of(request)
    reference = request.match_info["reference"]
    found = await request.app[SERVICES].db.aread(follow, ctx, reference)
    if not found.is_fini and request.query.get("vu") == found.depot.etat:
        return web.Response(status=204)
    headers = {"HX-Trigger": FINISHED} if found.is_fini else {}
    return await show(request, "_suivi.html", suivi=found, headers=headers)
