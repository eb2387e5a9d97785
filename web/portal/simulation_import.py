"""A history brought from a spreadsheet: read apart, each wrong cell said where it stands.

What was typed before stays, and so do the cells that could not be understood: the person
corrects them in the page.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import get_args

import aiofiles
from aiohttp import web

from socle.errors import RefusedError
from socle.sandbox import Limites
from web.api.modeles_droits import MAX_LIGNES, Nature
from web.portal.forms import day_in
from web.portal.simulation_lue import FICHIER, SimulationLue, typed_of
from web.portal.tableur import read_sheet
from web.uploads import Formulaire, read_multipart

MAX_BYTES = 1024 * 1024
_MAX_PARTS = 12 * MAX_LIGNES
_NATURES = frozenset(get_args(Nature))
_SAID = {"debut": "début", "fin": "fin", "nature": "nature"}
_YES = frozenset({"oui", "o", "x", "p", "1", "vrai", "true"})
Ligne = tuple[int, Mapping[str, str]]


async def read_import(request: web.Request) -> SimulationLue:
    """Return the form as typed, the lines of its file added after the others.

    A file that cannot be read is said in `erreurs`, and nothing typed is lost. Raises
    `RefusedError` only for a body that is no form.
    """
    form: Formulaire[list[Ligne] | RefusedError] = Formulaire()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "historique"

        async def receive(
            _nom: str, chunks: AsyncIterator[bytes]
        ) -> list[Ligne] | RefusedError:
            if not await _keep(path, chunks):
                return RefusedError(
                    "trop-volumineux", "Le fichier dépasse 1 Mo : gardez un seul agent."
                )
            return await asyncio.to_thread(_read_apart, path)

        await read_multipart(request, receive, form, max_parts=_MAX_PARTS)
    lue = typed_of(form.champs)
    found = form.fichiers[0] if form.fichiers else _missing()
    if isinstance(found, RefusedError):
        lue.erreurs[FICHIER] = found.detail
    else:
        add_lines(lue, found)
    return lue


def _missing() -> RefusedError:
    return RefusedError("fichier-vide", "Choisissez d'abord un fichier CSV ou XLSX.")


async def _keep(path: Path, chunks: AsyncIterator[bytes]) -> bool:
    """Write the file, all of it read; False when it is too big."""
    size = 0
    async with aiofiles.open(path, "wb") as file:
        async for chunk in chunks:
            size += len(chunk)
            if size <= MAX_BYTES:
                await file.write(chunk)
    return size <= MAX_BYTES


def _read_apart(path: Path) -> list[Ligne] | RefusedError:
    """Read a table in a disposable child."""
    limites = Limites(wall_s=30.0, cpu_s=20)
    try:
        found = read_sheet("lire_arrets", path, {"max": MAX_LIGNES}, limites)
    except RefusedError as error:
        return error
    return [
        (int(ligne), {str(name): str(cell) for name, cell in dict(cells).items()})
        for message in found
        for ligne, cells in message.corps["lignes"]
    ]


def add_lines(lue: SimulationLue, lignes: list[Ligne]) -> None:
    """Add the lines of a file to the form, and say which cells are wrong."""
    room = MAX_LIGNES - len(lue.lignes)
    if len(lignes) > room:
        lue.erreurs[FICHIER] = (
            f"Au plus {MAX_LIGNES} lignes d'historique : les dernières du fichier n'ont "
            "pas été prises."
        )
    elif not lignes:
        lue.erreurs[FICHIER] = "Aucune ligne d'arrêt dans ce fichier."
    first = len(lue.lignes)
    for rank, (ligne, cells) in enumerate(lignes[:room], start=first):
        place = f"historique[{rank}]"
        for name, value in _row(cells).items():
            lue.typed[f"{place}.{name}"] = value
        for name, why in _wrong(cells):
            lue.erreurs[f"{place}.{name}"] = (
                f"Ligne {ligne} du fichier, colonne « {_SAID[name]} » : {why}"
            )
    lue.lignes = tuple(range(first + len(lignes[:room])))


def _row(cells: Mapping[str, str]) -> dict[str, str]:
    """Return a line as the form writes it; what is not understood stays as it is."""
    nature = cells.get("nature", "CMO").upper()
    row = {"nature": nature if nature in _NATURES else cells["nature"]}
    for name in ("debut", "fin"):
        typed = cells.get(name, "")
        day = day_in(typed)
        row[name] = day.isoformat() if day else typed
    said = cells.get("prolongation", "").casefold()
    if said in _YES or said.startswith("prolong"):
        row["prolongation"] = "oui"
    return row


def _wrong(cells: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the cells that cannot be understood, and what to write instead."""
    wrong = []
    nature = cells.get("nature", "CMO")
    if nature.upper() not in _NATURES:
        wrong.append(
            ("nature", f"« {nature} » n'est pas connue ; choisissez-la dans la liste.")
        )
    days = {name: day_in(cells.get(name, "")) for name in ("debut", "fin")}
    for name, day in days.items():
        if day is None:
            typed = cells.get(name, "")
            said = f"« {typed} » n'est pas une date" if typed else "elle est vide"
            wrong.append((name, f"{said} ; écrivez le jour, par exemple 03/02/2026."))
    debut, fin = days["debut"], days["fin"]
    if debut and fin and fin < debut:
        wrong.append(("fin", "elle précède le début ; corrigez l'une des deux dates."))
    return wrong
