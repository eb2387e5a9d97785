"""Loads a register file for `importer referentiel`, with a progress bar on a terminal."""

from pathlib import Path

from records.referentiel import Rapport, import_referentiel
from records.store import comptes
from web.services import Services


def load(services: Services, fichier: Path) -> Rapport:
    """Write the register of a file; return what became of each line."""
    return import_referentiel(
        services.db,
        fichier,
        coffre=services.coffre,
        now=services.clock.now(),
        auteur=comptes.COMMAND_LINE,
    )
