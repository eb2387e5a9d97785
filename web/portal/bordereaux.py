"""« Bordereaux et décomptes » (S25): choose the colis, see and download what it holds."""

from dataclasses import dataclass

from aiohttp import web

from bordereaux import registre_prestations as prestations
from bordereaux.listes_prestations import Personne, whom
from bordereaux.prestations import Bordereau, DecompteRecu, Prestation
from bordereaux.registre_prestations import ColisEmis, FiltreBordereaux
from records import decompte
from records.parties import Collectivite
from records.store import collectivites, renvois
from records.store.curseurs import PageDe
from records.vocabulary import Canal, Role
from socle.db import ReadSession
from socle.errors import VaguemestreError
from web.api.bordereaux import receive_file
from web.api.contexte import Contexte, contexte_of
from web.bordereaux import import_for
from web.keys import SERVICES
from web.portal.page import show
from web.problems import status_of

PAGE = 100
IMPORTERS = (Role.GESTIONNAIRE, Role.ADMINISTRATEUR)
SHOWN_LINES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Choix:
    """What is asked of the page: a collectivité, a colis."""

    collectivite: str
    colis: str

    @property
    def typed(self) -> dict[str, str]:
        """Return the fields as they go in an address."""
        return {"collectivite": self.collectivite, "colis": self.colis}


@dataclass(frozen=True, slots=True, kw_only=True)
class Envoi:
    """The colis one may choose, the one chosen, and what it holds."""

    collectivites: tuple[Collectivite, ...]
    noms: dict[int, str]
    colis: list[ColisEmis]
    choisi: ColisEmis | None
    bordereaux: tuple[Bordereau, ...] = ()
    decomptes: dict[int, list[DecompteRecu]] | None = None


def _envoi(session: ReadSession, ctx: Contexte, choix: Choix) -> Envoi:
    homes = collectivites.listing(session, ctx.perimetre)
    place = renvois.find_collectivite(
        session, choix.collectivite or None, ctx.perimetre
    )
    known = prestations.outgoing_colis(session, ctx.perimetre, place)
    chosen = [one for one in known if one.numero == choix.colis]
    if not choix.colis:
        chosen = known[:1]
    envoi = Envoi(
        collectivites=homes,
        noms={home.id: home.nom for home in homes},
        colis=known,
        choisi=chosen[0] if chosen else None,
    )
    if envoi.choisi is None:
        return envoi
    filtre = FiltreBordereaux(collectivite_id=place, colis=envoi.choisi.numero)
    found = prestations.listing(session, ctx.perimetre, filtre, limite=PAGE).rows
    papers: dict[int, list[DecompteRecu]] = {}
    ids = [one.id for one in found]
    for paper in prestations.decomptes(session, ctx.perimetre, bordereau_ids=ids).rows:
        papers.setdefault(paper.bordereau_id, []).append(paper)
    return Envoi(
        collectivites=homes, noms=envoi.noms, colis=known, choisi=envoi.choisi,
        bordereaux=tuple(found), decomptes=papers,
    )  # fmt: skip


async def get_bordereaux(request: web.Request) -> web.Response:
    """Show the bordereaux and décomptes of a colis: the last one until chosen."""
    return await _show_page(request)


async def _show_page(
    request: web.Request, *, status: int = 200, erreur: str = ""
) -> web.Response:
    ctx = contexte_of(request)
    choix = Choix(
        collectivite=request.query.get("collectivite", "").strip()[:40],
        colis=request.query.get("colis", "").strip()[:80],
    )
    envoi = await request.app[SERVICES].db.aread(_envoi, ctx, choix)
    return await show(
        request, "bordereaux.html", status=status, envoi=envoi, choix=choix,
        erreur=erreur, peut_importer=ctx.identite.has_role(*IMPORTERS),
    )  # fmt: skip


async def post_bordereaux(request: web.Request) -> web.Response:
    """Import a file of the manager's tool, and show what became of each line."""
    services, ctx = request.app[SERVICES], contexte_of(request)
    try:
        nom, recu = await receive_file(request)
        rapport = await import_for(services, ctx, recu, nom, Canal.PORTAIL.code)
    except VaguemestreError as error:
        return await _show_page(request, status=status_of(error), erreur=error.detail)
    wrong = [line for line in rapport.lignes if line.fautes or line.remarques]
    return await show(
        request, "import_bordereaux.html", rapport=rapport, nom=nom,
        lignes=wrong[:SHOWN_LINES], nb_lignes=len(wrong),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class VueBordereau:
    """A bordereau, a page of its lines, its files, its totals in words."""

    bordereau: Bordereau
    collectivite: str
    lignes: PageDe[Prestation]
    personnes: dict[int, Personne]
    evenements: dict[int, str]
    pieces: dict[int, str]
    decomptes: tuple[DecompteRecu, ...]
    totaux: tuple[tuple[str, str, str], ...]


def _view(
    session: ReadSession, ctx: Contexte, reference: str, curseur: str | None
) -> VueBordereau:
    found = prestations.get(session, reference, ctx.perimetre)
    lines = prestations.lines_of(
        session, found.id, curseur=ctx.open_cursor(curseur), limite=PAGE
    )
    papers = prestations.decomptes(session, ctx.perimetre, bordereau_ids=[found.id])
    return VueBordereau(
        bordereau=found,
        collectivite=collectivites.by_id(session, found.collectivite_id).nom,
        lignes=PageDe(
            elements=tuple(lines.rows), suivant=ctx.close_cursor(lines.suivant),
            total=lines.total,
        ),
        personnes=dict(whom(session, lines.rows)),
        evenements=renvois.evenements(session, [x.evenement_id for x in lines.rows]),
        pieces=renvois.pieces(session, [x.piece_id for x in lines.rows]),
        decomptes=tuple(papers.rows),
        totaux=tuple(
            (name, f"{amount:.2f}", decompte.in_words(amount))
            for name, amount in (
                ("Montant brut", found.brut_eur), ("Remboursé", found.rembourse_eur),
                ("Bloqué", found.bloque_eur),
            )
        ),
    )  # fmt: skip


async def get_bordereau(request: web.Request) -> web.Response:
    """Show one bordereau, line by line."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    curseur = request.query.get("curseur") or None
    found = await request.app[SERVICES].db.aread(_view, ctx, reference, curseur)
    return await show(request, "bordereau.html", v=found, curseur=curseur or "")
