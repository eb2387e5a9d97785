"""`verifier`: conservation, bytes against their hashes, journal; exit 1 on a gap."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated

import typer

from web.commands.console import AsJson, emit, open_house, say

if TYPE_CHECKING:
    from intake.conservation import Ecart

BROKEN, FALSE = "journal-rompu", "sceau-faux"


def verifier(
    *,
    tout: Annotated[
        bool, typer.Option("--tout", help="Relit aussi chaque octet conservé.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Vérifie que rien ne manque : fichiers, pages, octets, preuves, journal."""
    from intake import conservation
    from web import scellement

    services = open_house()
    seals = scellement.read(services)
    found = services.db.read(
        conservation.verify,
        services.storage,
        is_complete=tout,
        now=services.clock.now(),
        sealed=seals.tetes,
    )
    found = replace(found, ecarts=(*found.ecarts, *_false(seals.fausses)))
    if not any(ecart.code in {BROKEN, FALSE} for ecart in found.ecarts):
        scellement.seal(services)
    services.db.close()
    if as_json:
        emit(asdict(found) | {"nb_ecarts": len(found.ecarts)})
    else:
        total = sum(found.depots.values())
        states = ", ".join(f"{etat} {n}" for etat, n in found.depots.items()) or "aucun"
        pages = sum(found.pages.values())
        say(f"{total} dépôts ({states}), {pages} pages, {found.octets} octets.")
        for ecart in found.ecarts:
            say(f"  {ecart.code} {ecart.reference} : {ecart.detail}")
        done = "octets relus" if tout else "octets présents, non relus (--tout)"
        say(f"{len(found.ecarts)} écart(s) ; {done}.")
    if found.ecarts:
        raise typer.Exit(1)


def _false(lines: tuple[int, ...]) -> Iterator["Ecart"]:
    from intake.conservation import Ecart

    for number in lines:
        detail = "cette ligne n'est pas un sceau de ce service"
        yield Ecart(code=FALSE, reference=f"sceaux, ligne {number}", detail=detail)
