"""The bench: the page beside the proposal, and the acts of a person, one after the other.

Each act is a plain form; someone else's act in between is said, and nothing of ours kept.
"""

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from records.periodes import Periode
from records.store import curseurs, evenements, pieces, taches
from records.store.pieces import FiltrePieces, LignePiece
from records.vocabulary import OPEN_PIECE_STATES, Typologie
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, NotFoundError, RefusedError, VaguemestreError
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal.comparaison import CandidatVu, candidates
from web.portal.forms import read_form, reason_of, version_of
from web.portal.page import see_other, show, tell
from web.portal.papiers import VuePapier, view
from web.portal.presentation import types_on
from web.problems import status_of

if TYPE_CHECKING:
    from intake.revue import Acte

FOUND = 15
REASONS = (
    "Document illisible : une nouvelle numérisation est nécessaire.",
    "Document incomplet : il manque une page.",
    "Document non signé.",
    "Ce document ne concerne aucun agent de la collectivité.",
    "Ce n’est pas le document demandé.",
)
_BENCH = (
    Typologie.A_VERIFIER.code,
    Typologie.DOSSIER_EN_ANOMALIE.code,
    Typologie.REGULARISATION.code,
    Typologie.SECRET_MEDICAL.code,
    Typologie.RECOURS_A_ENVOYER.code,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poste:
    """The work screen: one paper, its candidates, what a search found, what comes next."""

    vue: VuePapier
    candidats: tuple[CandidatVu, ...]
    liste: str
    q: str
    trouvees: tuple[LignePiece, ...]
    nb_trouvees: int
    suivant: str
    nb_restants: int


def desk(
    session: ReadSession, ctx: Contexte, reference: str, liste: str, q: str
) -> Poste:
    """Read the work screen of a paper."""
    vue = view(session, ctx, reference)
    trouvees, number = _search(session, ctx, vue, q)
    suivant, left = following(session, ctx, liste, vue)
    return Poste(
        vue=vue,
        candidats=candidates(session, ctx, vue.papier),
        liste=liste,
        q=q,
        trouvees=trouvees,
        nb_trouvees=number,
        suivant=suivant,
        nb_restants=left,
    )


def _search(
    session: ReadSession, ctx: Contexte, vue: VuePapier, q: str
) -> tuple[tuple[LignePiece, ...], int]:
    """Find open lines of the collectivité by the name of the agent or the file number."""
    if not q:
        return (), 0
    filtre = FiltrePieces(etats=OPEN_PIECE_STATES, texte=q)
    found = pieces.listing(session, ctx.perimetre, filtre, limite=MAX_SEARCH)
    home = vue.papier.collectivite_id
    mine = tuple(x for x in found.elements if x.piece.collectivite_id == home)
    return mine[:FOUND], len(mine)


MAX_SEARCH = 200


def following(
    session: ReadSession, ctx: Contexte, liste: str, vue: VuePapier | None = None
) -> tuple[str, int]:
    """Return where the next paper of the list is worked on, and how many are left."""
    here = vue.papier.id if vue else None
    after = max((task.id for task in vue.taches), default=0) if vue else 0
    for curseur in (curseurs.encode(after), None):
        page = taches.listing(
            session, ctx.perimetre, (liste,), curseur=curseur, limite=PAGE
        )
        for task in page.elements:
            if task.justificatif_id not in {None, here}:
                return _place(session, ctx, task.justificatif_id, liste), page.total
    return "", page.total


PAGE = 20


def _place(
    session: ReadSession, ctx: Contexte, paper_id: int | None, liste: str
) -> str:
    from records.store import justificatifs

    found = justificatifs.by_ids(session, [paper_id or 0], ctx.perimetre)
    if not found:
        return ""
    (paper,) = found.values()
    return f"/documents/{paper.reference}/traiter?liste={liste}"


def _list(given: str | None) -> str:
    return given if given in _BENCH else Typologie.A_VERIFIER.code


async def get_traiter(request: web.Request) -> web.Response:
    """Show the work screen."""
    query = request.query
    return await _desk(request, _list(query.get("liste")), query.get("q", "").strip())


async def _desk(
    request: web.Request,
    liste: str,
    q: str = "",
    *,
    erreur: str = "",
    status: int = 200,
    saisie: Mapping[str, str] | None = None,
) -> web.Response:
    ctx, reference = contexte_of(request), request.match_info["reference"]
    poste = await request.app[SERVICES].db.aread(desk, ctx, reference, liste, q[:80])
    return await show(
        request,
        "traiter.html",
        status=status,
        poste=poste,
        v=poste.vue,
        types=types_on(ctx.today),
        motifs=REASONS,
        erreur=erreur,
        saisie=saisie or {},
    )


# --- the acts -------------------------------------------------------------------------


def _acte(request: web.Request, form: Mapping[str, str], default: str) -> "Acte":
    from intake.revue import Acte

    ctx = contexte_of(request)
    return Acte(
        perimetre=ctx.perimetre,
        auteur=ctx.auteur,
        now=ctx.now,
        motif=reason_of(form, default=default),
        version=version_of(form),
    )


async def _act(
    request: web.Request,
    form: Mapping[str, str],
    done: str,
    function: Callable[[WriteSession], object],
    *,
    defaire: Mapping[str, Any] | None = None,
    stays: bool = False,
) -> web.Response:
    """Do one act, then go to the next paper; a refusal is said where the person is."""
    liste, db = _list(form.get("liste")), request.app[SERVICES].db
    try:
        # acts may judge the paper again: not on the loop, and not cut by a departure
        work = asyncio.to_thread(lambda: db.write(function))
        await asyncio.shield(asyncio.ensure_future(work))
    except NotFoundError:
        raise
    except (ConflictError, RefusedError) as error:
        return await _refused(request, form, liste, error)
    await tell(request, "bon", done, defaire=defaire)
    if stays or form.get("retour"):
        reference = request.match_info["reference"]
        place = f"/documents/{reference}"
        stay = f"{place}/traiter?liste={liste}"
        return see_other(stay if stays else place)
    ctx = contexte_of(request)
    suivant, _ = await db.aread(following, ctx, liste)
    return see_other(suivant or f"/actions/{liste}")


async def _refused(
    request: web.Request, form: Mapping[str, str], liste: str, error: VaguemestreError
) -> web.Response:
    status = status_of(error)
    return await _desk(
        request,
        liste,
        erreur=error.detail,
        status=status,
        saisie={**form, "acte": request.path.rsplit("/", 1)[-1]},
    )


def _undo(reference: str, mot: str, **champs: str) -> dict[str, Any]:
    return {"adresse": f"/documents/{reference}/{mot}", "champs": champs}


async def post_rattacher(request: web.Request) -> web.Response:
    """Tie the paper to the line chosen, or to several."""
    posted = await request.post()
    form = await read_form(request)
    reference = request.match_info["reference"]
    wanted = [str(value).strip() for value in posted.getall("piece", []) if value]
    acte = _acte(request, form, "Rattachement confirmé par une personne")

    def tie(session: WriteSession) -> None:
        from intake import revue

        proved = days_of(form)
        days = {wanted[0]: proved} if proved and len(wanted) == 1 else None
        revue.link(session, reference, wanted, acte, periodes=days)

    done = "Document rattaché." if len(wanted) < 2 else "Document rattaché aux lignes."  # noqa: PLR2004
    undo = _undo(reference, "detacher", retour="1", motif="Rattachement annulé")
    return await _act(request, form, done, tie, defaire=undo)


def days_of(form: Mapping[str, str]) -> Periode | None:
    """Return the days said to be proved, None for the whole line.

    Raises `RefusedError` when only one is given or they are not in order.
    """
    du, au = form.get("du", ""), form.get("au", "")
    if not du and not au:
        return None
    try:
        return Periode.inclusive(dt.date.fromisoformat(du), dt.date.fromisoformat(au))
    except ValueError as error:
        raise RefusedError(
            "jours-invalides",
            "Indiquez le premier et le dernier jour prouvés, dans l’ordre, ou laissez "
            "les deux vides pour toute la ligne.",
        ) from error


async def post_detacher(request: web.Request) -> web.Response:
    """Untie the paper: its lines open again, and it goes back to « à vérifier »."""
    form, reference = await read_form(request), request.match_info["reference"]
    acte = _acte(request, form, "Rattachement annulé")

    def untie(session: WriteSession) -> None:
        from intake import revue

        revue.unlink(session, reference, form.get("piece") or None, acte)

    done = "Document détaché : la ligne est de nouveau ouverte."
    return await _act(request, form, done, untie)


async def post_type(request: web.Request) -> web.Response:
    """Correct the type: the paper is proposed again, and the person stays on it."""
    form, reference = await read_form(request), request.match_info["reference"]
    acte = _acte(request, form, "Type corrigé")
    coffre = request.app[SERVICES].coffre

    def retype(session: WriteSession) -> None:
        from intake import revue

        revue.retype(session, reference, form.get("type", ""), acte, coffre)

    done = "Type enregistré : les lignes possibles ont été cherchées de nouveau."
    return await _act(request, form, done, retype, stays=True)


async def post_classer(request: web.Request) -> web.Response:
    """Keep the paper among the integrated ones, without closing a line."""
    form, reference = await read_form(request), request.match_info["reference"]
    acte = _acte(request, form, "Ne répond à aucune ligne")
    ctx, event = contexte_of(request), form.get("evenement", "")

    def file(session: WriteSession) -> str:
        from intake import revue

        parent = evenements.get(session, event, ctx.perimetre) if event else None
        kept = revue.file_without_line(session, reference, acte, evenement=parent)
        return kept.type

    undo = _undo(reference, "remettre", motif="Classement annulé")
    done = "Document intégré sans lever de ligne."
    return await _act(request, form, done, file, defaire=undo)


async def post_anomalie(request: web.Request) -> web.Response:
    """Say that the paper cannot be integrated, with a reason its sender will read."""
    form, reference = await read_form(request), request.match_info["reference"]
    acte = _acte(request, form, "")

    def refuse(session: WriteSession) -> None:
        from intake import revue

        if not acte.motif:
            raise RefusedError(
                "motif-absent",
                "Dites pourquoi ce document est refusé : la collectivité lira ce motif.",
            )
        revue.put_in_anomaly(session, reference, acte)

    undo = _undo(reference, "remettre", motif="Anomalie annulée")
    done = "Document mis en anomalie : la collectivité voit le motif."
    return await _act(request, form, done, refuse, defaire=undo)


async def post_remettre(request: web.Request) -> web.Response:
    """Undo a filing or an anomaly: the paper goes back to « à vérifier »."""
    form, reference = await read_form(request), request.match_info["reference"]
    acte = _acte(request, form, "Remis à vérifier")

    def bring_back(session: WriteSession) -> None:
        from intake import revue

        revue.bring_back(session, reference, acte)

    done = "Document remis à vérifier."
    return await _act(request, form, done, bring_back, stays=True)


async def post_tourner(request: web.Request) -> web.Response:
    """Say how far the pages must be turned to be read by eye."""
    form, reference = await read_form(request), request.match_info["reference"]
    acte = _acte(request, form, "Sens de lecture corrigé")
    said = form.get("degres", "")

    def turn(session: WriteSession) -> None:
        from intake import revue

        revue.rotate(session, reference, int(said) if said.isdecimal() else -1, acte)

    return await _act(request, form, "Sens de lecture enregistré.", turn, stays=True)
