"""A colis as one looks at it, and one sending from multipart to its receipt.

The same for the API and the portal. What is the whole colis's (totals, other people's
plis) is only said to those who see it whole.
"""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import web

from intake import conservation_colis
from intake.colis_reception import (
    EnvoiColis,
    RecepisseColis,
    keep_envelope,
    register,
)
from intake.depots import Depot
from intake.depots import by_ids as depots_by_ids
from records.colis import (
    Colis,
    Conservation,
    Ecart,
    Element,
    EtatFichier,
    Fichier,
    Pli,
    Sens,
)
from records.comptes import Identite, Perimetre
from records.store import colis as store
from records.store import colis_contenu as contenu
from records.store import collectivites, justificatifs
from records.store.justificatifs import Justificatif
from records.vocabulary import Canal, EtatDepot
from socle.db import ReadSession
from socle.errors import ErreurChamp, NotFoundError, RefusedError
from socle.storage import Recu
from web import metrics, uploads
from web.deposits import guichet_of
from web.identity import identite
from web.keys import LIMITES, SERVICES
from web.services import Services
from web.uploads import Formulaire

WHOLE = slice(None)
FIELDS = ("sens", "collectivite", "nb_pages")


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneColis:
    """One paper announced, or one file nobody announced, and what became of it."""

    element: Element | None
    fichier: Fichier | None
    pli: str | None
    collectivite: str | None
    depot: Depot | None
    papiers: tuple[Justificatif, ...]

    @property
    def verdict(self) -> str:
        """What became of it: a code of the page and of the API."""
        if self.fichier is None:
            return "manquant"
        if self.fichier.etat != EtatFichier.DEPOSE.code or self.depot is None:
            return self.fichier.etat
        if self.depot.etat != EtatDepot.TRAITE.code:
            return self.depot.etat
        states = {paper.etat for paper in self.papiers}
        order = ("anomalie", "quarantaine", "a_verifier")
        return next((etat for etat in order if etat in states), "traite")


@dataclass(frozen=True, slots=True, kw_only=True)
class VueColis:
    """A colis, its lines, its disagreements, its equation."""

    colis: Colis
    is_whole: bool
    plis: tuple[Pli, ...]
    # how many lines there are, and those asked for
    nb_lignes: int
    lignes: tuple[LigneColis, ...]
    ecarts: tuple[Ecart, ...]
    conservation: Conservation
    noms: dict[int, str]
    references: dict[int, str]


def sees_whole(colis: Colis, perimetre: Perimetre) -> bool:
    """Tell whether a person may read what concerns every collectivité of a colis."""
    return perimetre.collectivites is None or (
        colis.collectivite_id is not None and perimetre.sees(colis.collectivite_id)
    )


def veiled(colis: Colis, perimetre: Perimetre) -> Colis:
    """Return a colis without what only its whole may tell."""
    if sees_whole(colis, perimetre):
        return colis
    return dataclasses.replace(
        colis,
        nb_plis_annonce=None,
        nb_elements_annonce=None,
        nb_pages_annonce=None,
        non_numerisables=(),
        nb_fichiers=None,
        nb_octets=None,
        ref_dossier=None,
        ref_client=None,
    )


def view(
    session: ReadSession,
    perimetre: Perimetre,
    reference: str,
    *,
    tranche: slice = WHOLE,
) -> VueColis:
    """Read a colis as a person may see it; `NotFoundError` when foreign.

    `tranche` bounds the lines whose deposits and papers are read.
    """
    colis = store.get(session, reference, perimetre)
    plis = contenu.plis(session, colis.id, perimetre)
    files = contenu.fichiers(session, colis.id, perimetre)
    elements = contenu.elements(session, colis.id, perimetre)
    homes = collectivites.listing(session, perimetre)
    pairs = _pairs(elements, files)
    chosen = pairs[tranche]
    known = depots_by_ids(
        session, [f.depot_id for _, f in chosen if f is not None and f.depot_id]
    )
    papers = justificatifs.of_depots(session, list(known), perimetre)
    by_pli = {pli.id: pli for pli in plis}
    lines = [_line(e, f, by_pli, known, papers) for e, f in chosen]
    names = {home.id: home.nom for home in homes}
    return VueColis(
        colis=veiled(colis, perimetre),
        is_whole=sees_whole(colis, perimetre),
        plis=plis,
        nb_lignes=len(pairs),
        lignes=tuple(
            dataclasses.replace(line, collectivite=names.get(_home(line) or 0))
            for line in lines
        ),
        ecarts=contenu.ecarts(session, colis.id, perimetre),
        conservation=conservation_colis.of_colis(session, colis, perimetre),
        noms=names,
        references={home.id: home.reference for home in homes},
    )


def _home(line: LigneColis) -> int | None:
    for part in (line.fichier, line.element):
        if part is not None and part.collectivite_id is not None:
            return part.collectivite_id
    return None


Paire = tuple[Element | None, Fichier | None]


def _pairs(elements: tuple[Element, ...], files: tuple[Fichier, ...]) -> list[Paire]:
    """Return each paper announced beside its file, then the files nobody announced."""
    by_id = {fichier.id: fichier for fichier in files}
    pairs: list[Paire] = [
        (element, by_id.get(element.fichier_id or 0))
        for element in elements
        # a file that is another collectivité's hides its line too
        if element.fichier_id is None or element.fichier_id in by_id
    ]
    told = {element.fichier_id for element in elements}
    return pairs + [(None, fichier) for fichier in files if fichier.id not in told]


def _line(
    element: Element | None,
    fichier: Fichier | None,
    plis: dict[int, Pli],
    known: dict[int, Depot],
    papers: dict[int, tuple[Justificatif, ...]],
) -> LigneColis:
    pli = plis.get(element.pli_id or 0) if element else None
    depot = known.get(fichier.depot_id or 0) if fichier else None
    mine = papers.get(depot.id, ()) if depot else ()
    if element is not None and element.page_debut is not None:
        last = element.page_fin or element.page_debut
        wanted = set(range(element.page_debut, last + 1))
        mine = tuple(paper for paper in mine if wanted & set(paper.pages))
    return LigneColis(
        element=element,
        fichier=fichier,
        pli=pli.numero if pli else None,
        collectivite=None,
        depot=depot,
        papiers=mine,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Octets:
    """An envelope made durable, and the name its sender gave it."""

    nom: str
    recu: Recu


async def receive(
    request: web.Request, canal: Canal, formulaire: Formulaire[Octets]
) -> RecepisseColis:
    """Read one sending and write its colis; raises as for deposits.

    Bytes are durable before anything is written; nothing is opened here.
    """
    services, who = request.app[SERVICES], identite(request)
    limit = services.settings.colis_max
    _spend(request, services, who)

    async def keep(nom: str, chunks: AsyncIterator[bytes]) -> Octets:
        recu = await keep_envelope(guichet_of(services), chunks, limit)
        return Octets(nom=nom, recu=recu)

    await uploads.read_multipart(request, keep, formulaire)
    envoi = await services.db.aread(_envoi, who, formulaire, canal)
    task = asyncio.ensure_future(
        register(
            guichet_of(services),
            formulaire.fichiers[0].recu,
            envoi,
            services.clock.now(),
        )
    )
    receipt = await asyncio.shield(task)
    state = "deja-recu" if receipt.is_deja_recu else "recu"
    metrics.COLIS.labels(canal.code, state).inc()
    metrics.RECEIVED_BYTES.inc(receipt.taille)
    return receipt


def _spend(request: web.Request, services: Services, who: Identite) -> None:
    """Count the sending; refuse before reading what is announced too large."""
    announced = request.content_length or 0
    if announced > services.settings.colis_max + (1 << 20):
        raise RefusedError(
            "trop-volumineux",
            f"Un colis ne doit pas dépasser {services.settings.colis_max >> 20} Mo : "
            "envoyez-le en plusieurs fois.",
        )
    limites, at = request.app[LIMITES], services.clock.now().timestamp()
    sentence = "Le volume déposé aujourd'hui atteint sa limite."
    limites.spend(limites.bytes_machine, who.reference, at, sentence, cost=announced)


def _envoi(
    session: ReadSession, who: Identite, formulaire: Formulaire[Octets], canal: Canal
) -> EnvoiColis:
    champs = formulaire.champs
    erreurs = [
        _fault(name, "inconnu", "Ce champ n'existe pas.")
        for name in champs
        if name not in FIELDS
    ]
    if len(formulaire.fichiers) != 1:
        erreurs.append(_fault("fichier", "absent", "Choisissez un fichier, un seul."))
    sens = champs.get("sens") or Sens.ENTRANT.code
    if sens != Sens.ENTRANT.code:
        detail = "Un colis sortant s'importe par /bordereaux."
        erreurs.append(_fault("sens", "sens-non-admis", detail))
    pages = champs.get("nb_pages", "")
    if pages and not (pages.isascii() and pages.isdigit() and len(pages) <= 6):  # noqa: PLR2004
        erreurs.append(_fault("nb_pages", "nombre", "Donnez un nombre de pages."))
    if erreurs:
        raise RefusedError(
            "demande-invalide",
            "Corrigez, puis recommencez : " + ", ".join(e.champ for e in erreurs) + ".",
            erreurs=tuple(erreurs),
        )
    return EnvoiColis(
        nom_fichier=formulaire.fichiers[0].nom,
        depose_par=who.reference,
        canal=canal.code,
        collectivite_id=_collectivite(session, who, champs.get("collectivite", "")),
        nb_pages_annonce=int(pages) if pages else None,
    )


def _fault(champ: str, code: str, detail: str) -> ErreurChamp:
    return ErreurChamp(champ=champ, code=code, detail=detail)


def _collectivite(session: ReadSession, who: Identite, word: str) -> int | None:
    if not word:
        return None
    found = collectivites.find(session, word, who.perimetre)
    if found is None:
        raise NotFoundError("introuvable", "Aucune collectivité à cette référence.")
    return found.id
