"""The lists of the portal, taken away: the same filters, as spreadsheet or PDF.

Ten per hour and per person; each one is a fact. What was read on the pages of a paper
stays out: an export holds what the list shows.
"""

import asyncio
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from aiohttp import hdrs, web

from intake import depots
from records.journal import FaitNouveau, Tag
from records.store import journal, justificatifs, pieces
from records.store.curseurs import MAX_PAGE, PageDe, T
from socle import tableaux, tableurs
from socle.clock import legal_day
from socle.db import ReadSession, WriteSession
from socle.errors import RefusedError
from socle.tableaux import Colonne, Section, Tableau
from socle.tableurs import Cellule, Feuille
from web import downloads
from web.api.contexte import Contexte, contexte_of
from web.keys import LIMITES, SERVICES
from web.portal import accueil, papiers
from web.portal import presentation as p
from web.portal.forms import Saisie, read_list

MAX_LINES = 10_000
MEDIA = {"xlsx": tableurs.XLSX, "pdf": "application/pdf"}
Ligne = tuple[Cellule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extrait:
    """A list ready to be written: its name, its columns, its lines."""

    nom: str
    titre: str
    colonnes: Sequence[Colonne]
    lignes: Sequence[Ligne]
    criteres: Sequence[tuple[str, str]]


def missing(session: ReadSession, ctx: Contexte, saisie: Saisie) -> Extrait:
    """Read every missing document of the filters (S14)."""

    def page(curseur: str | None) -> PageDe[pieces.LignePiece]:
        return pieces.listing(
            session, ctx.perimetre, accueil.filtre_of(ctx, saisie), curseur=curseur,
            limite=MAX_PAGE, tri=saisie.tri,
        )  # fmt: skip

    return Extrait(
        nom="documents-manquants",
        titre="Documents manquants",
        colonnes=(
            Colonne(titre="Agent"), Colonne(titre="Matricule", largeur=20),
            Colonne(titre="Document attendu", largeur=48),
            Colonne(titre="Période", largeur=34), Colonne(titre="Nature", largeur=38),
            Colonne(titre="Dossier", largeur=28), Colonne(titre="Exigible le", largeur=19),
            Colonne(titre="Échéance", largeur=19), Colonne(titre="État", largeur=20),
        ),
        lignes=[
            (
                line.agent_libelle, line.matricule or "", _wanted(ctx, line),
                p.periode(line.piece.periode), ctx.catalogue.nature(line.nature),
                line.evenement_numero or line.evenement_reference,
                line.piece.exigible_le, line.piece.echeance, p.mot_piece(line.piece.etat),
            )
            for line in _whole(page)
        ],
        criteres=_criteria(saisie),
    )  # fmt: skip


def _wanted(ctx: Contexte, line: pieces.LignePiece) -> str:
    said = ctx.catalogue.label(line.piece.type)
    return f"{said} ({line.piece.precision})" if line.piece.precision else said


def integrated(session: ReadSession, ctx: Contexte, saisie: Saisie) -> Extrait:
    """Read every integrated document of the filters (S15)."""

    def page(curseur: str | None) -> PageDe[justificatifs.LigneJustificatif]:
        return justificatifs.listing(
            session, ctx.perimetre, papiers.filtre_of(saisie), curseur=curseur,
            limite=MAX_PAGE,
        )  # fmt: skip

    found = list(_whole(page))
    ids = sorted({line.justificatif.depot_id for line in found})
    files = {
        key: depot.nom_fichier
        for start in range(0, len(ids), MAX_PAGE)
        for key, depot in depots.by_ids(session, ids[start : start + MAX_PAGE]).items()
    }
    return Extrait(
        nom="documents-integres",
        titre="Documents intégrés",
        colonnes=(
            Colonne(titre="Document", largeur=52), Colonne(titre="Agent"),
            Colonne(titre="Nature", largeur=44), Colonne(titre="Dossier", largeur=30),
            Colonne(titre="Intégré le", largeur=22), Colonne(titre="État", largeur=34),
            Colonne(titre="Fichier", largeur=36),
        ),
        lignes=[
            (
                p.nom_type(line.justificatif.type, ctx.today),
                line.agent.libelle if line.agent else "non identifié",
                ctx.catalogue.nature(line.nature) if line.nature else "",
                line.evenement_numero or line.evenement_reference or "",
                legal_day(line.justificatif.integre_at),
                p.mot_papier(line.justificatif.etat),
                files.get(line.justificatif.depot_id, ""),
            )
            for line in found
        ],
        criteres=_criteria(saisie),
    )  # fmt: skip


def _whole(page: Callable[[str | None], PageDe[T]]) -> Iterator[T]:
    """Yield every line of a list; refuse one too long to be useful."""
    curseur: str | None = None
    while True:
        found = page(curseur)
        if found.total > MAX_LINES:
            raise RefusedError(
                "export-trop-long",
                f"{found.total} lignes répondent à ces critères, {MAX_LINES} au plus "
                "tiennent dans un export : précisez les filtres.",
            )
        yield from found.elements
        if found.suivant is None:
            return
        curseur = found.suivant


_NAMES = {
    "texte": "Recherche", "type": "Type", "etat": "État", "collectivite": "Collectivité",
    "exigible_avant": "Exigible jusqu'au", "du": "Du", "au": "Au", "plein": "Mots",
    "affecte": "Prise en charge",
}  # fmt: skip


def _criteria(saisie: Saisie) -> list[tuple[str, str]]:
    return [
        (label, saisie.typed[name])
        for name, label in _NAMES.items()
        if saisie.typed.get(name)
    ]


# --- written --------------------------------------------------------------------------

_LISTES = {"documents-manquants": missing, "documents": integrated}


async def get_export(request: web.Request) -> web.Response:
    """Send a list as a file; the export is a fact."""
    ctx, services = contexte_of(request), request.app[SERVICES]
    suffixe = request.path.rpartition(".")[2]
    read = _LISTES[request.path.strip("/").partition(".")[0]]
    saisie = dataclasses.replace(read_list(request.query, ctx.catalogue), curseur=None)
    if saisie.erreurs:
        raise RefusedError("filtre-refuse", next(iter(saisie.erreurs.values())))
    if request.method == hdrs.METH_HEAD:
        return web.Response(headers={hdrs.CONTENT_TYPE: MEDIA[suffixe]})
    limites = request.app[LIMITES]
    limites.spend(
        limites.exports, ctx.auteur, ctx.now.timestamp(),
        "Dix exports par heure au plus.",
    )  # fmt: skip
    found = await services.db.aread(read, ctx, saisie)
    octets = await asyncio.to_thread(_write, found, suffixe, ctx)
    await services.db.awrite(_note, ctx, found, suffixe)
    name = f"{found.nom}-{ctx.today.isoformat()}.{suffixe}"
    return web.Response(
        body=octets,
        headers={
            hdrs.CONTENT_TYPE: MEDIA[suffixe],
            hdrs.CONTENT_DISPOSITION: downloads.attachment(name),
        },
    )


def _write(found: Extrait, suffixe: str, ctx: Contexte) -> bytes:
    feuille = Feuille(
        titre=found.titre,
        colonnes=[column.titre for column in found.colonnes],
        lignes=found.lignes,
    )
    if suffixe == "xlsx":
        return tableurs.write_xlsx([feuille], titre=found.titre, instant=ctx.now)
    said = p.moment(ctx.now)
    return tableaux.pdf(
        Tableau(
            titre=found.titre,
            auteur="Vaguemestre",
            pied=f"{found.titre}, au {said}. Données personnelles : à ne pas diffuser.",
            parametres=[("Édité le", said), *found.criteres],
            phrases=[p.accord(len(found.lignes), "ligne") + "."],
            colonnes=found.colonnes,
            sections=[
                Section(
                    lignes=[[_text(cell) for cell in line] for line in found.lignes]
                )
            ],
            vide="Aucune ligne ne répond à ces critères.",
        ),
        instant=ctx.now,
    )


def _text(cell: Cellule) -> str:
    return cell if isinstance(cell, str) else p.jour(cell)  # type: ignore[arg-type]


def _note(session: WriteSession, ctx: Contexte, found: Extrait, suffixe: str) -> None:
    fait = FaitNouveau(
        tag=Tag.EXPORT_FAIT,
        sujet=ctx.auteur,
        auteur=ctx.auteur,
        contenu={"liste": found.nom, "nombre": len(found.lignes), "format": suffixe},
    )
    journal.append(session, fait, ctx.now)
