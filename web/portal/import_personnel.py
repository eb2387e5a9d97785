"""A staff brought from a spreadsheet: tried first, told line by line, then written."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiofiles
from aiohttp import web

from records.importation.lecture import Rangee
from records.importation.personnel import MAX_LINES, import_staff
from records.parties import Collectivite
from records.referentiel import Rapport
from records.store import collectivites
from socle.db import ReadSession
from socle.errors import NotFoundError, RefusedError, VaguemestreError
from socle.sandbox import Limites
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal.page import show
from web.portal.tableur import read_sheet
from web.problems import status_of
from web.services import Services
from web.uploads import Formulaire, read_multipart

MAX_BYTES = 10 * 1024 * 1024
SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What became of a file: tried or written, and what to correct."""

    nom: str
    rapport: Rapport
    is_essai: bool

    @property
    def refus(self) -> tuple[str, ...]:
        """The lines refused, said in French, the first ones."""
        return tuple(self.rapport.lines())[: min(SHOWN, self.rapport.nb_refus)]

    @property
    def comptes(self) -> dict[str, dict[str, int]]:
        """How many lines of each kind were created, changed, left, refused."""
        return self.rapport.counts()


async def get_import(request: web.Request) -> web.Response:
    """Show the form of an import."""
    return await _show(request)


async def _show(
    request: web.Request,
    done: Import | None = None,
    erreur: str = "",
    status: int = 200,
) -> web.Response:
    ctx, db = contexte_of(request), request.app[SERVICES].db
    homes = await db.aread(collectivites.listing, ctx.perimetre)
    return await show(
        request, "import_personnel.html", lieux=homes, fait=done, erreur=erreur,
        nb_max=MAX_LINES, status=status,
    )  # fmt: skip


async def post_import(request: web.Request) -> web.Response:
    """Try or write a staff file; nothing of it is kept afterwards."""
    ctx, services = contexte_of(request), request.app[SERVICES]
    if ctx.perimetre.services is not None:
        raise NotFoundError("introuvable", "Rien à cette adresse pour votre compte.")
    form: Formulaire[str] = Formulaire()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "personnel"

        async def receive(nom: str, chunks: AsyncIterator[bytes]) -> str:
            await _keep(path, chunks)
            return nom

        try:
            await read_multipart(request, receive, form)
            if not form.fichiers:
                raise RefusedError("fichier-vide", "Choisissez un fichier CSV ou XLSX.")
            home = await services.db.aread(_home, ctx, form.champs)
            is_essai = form.champs.get("acte") != "importer"
            nom = form.fichiers[0]
            work = asyncio.to_thread(_import, services, ctx, path, nom, home, is_essai)
            done = await asyncio.shield(asyncio.ensure_future(work))
        except NotFoundError:
            raise
        except VaguemestreError as error:
            return await _show(request, erreur=error.detail, status=status_of(error))
    return await _show(request, done)


async def _keep(path: Path, chunks: AsyncIterator[bytes]) -> None:
    size = 0
    async with aiofiles.open(path, "wb") as file:
        async for chunk in chunks:
            size += len(chunk)
            if size > MAX_BYTES:
                raise RefusedError(
                    "trop-volumineux", "Le fichier dépasse 10 Mo : partagez-le."
                )
            await file.write(chunk)


def _home(session: ReadSession, ctx: Contexte, champs: dict[str, str]) -> Collectivite:
    named = champs.get("collectivite", "")
    if named:
        return collectivites.get(session, named, ctx.perimetre)
    homes = collectivites.listing(session, ctx.perimetre)
    if len(homes) != 1:
        raise RefusedError("demande-invalide", "Choisissez la collectivité.")
    return homes[0]


def _import(
    services: Services, ctx: Contexte, path: Path, nom: str, home: Collectivite,
    is_essai: bool,
) -> Import:  # fmt: skip
    rows = read_apart(path, nom)
    if len(rows) > MAX_LINES:
        raise RefusedError(
            "trop-d-elements", f"{MAX_LINES} lignes au plus par fichier : partagez-le."
        )
    rapport = import_staff(
        services.db, rows, home, coffre=ctx.coffre, auteur=ctx.auteur, now=ctx.now,
        is_essai=is_essai,
    )  # fmt: skip
    return Import(nom=nom, rapport=rapport, is_essai=is_essai)


def read_apart(path: Path, nom: str) -> list[Rangee]:
    """Read a staff file in a disposable child; raises `RefusedError` when it cannot be."""
    found = read_sheet("lire", path, {"nom": nom}, Limites(wall_s=60.0, cpu_s=50))
    return [
        Rangee(genre=str(genre), ligne=int(ligne), valeurs=dict(valeurs))
        for message in found
        for genre, ligne, valeurs in message.corps["rangees"]
    ]
