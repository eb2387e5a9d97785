"""A spreadsheet that a person brings to a page: read in a disposable child."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from socle.errors import RefusedError
from socle.sandbox import Erreur, Limites, Message, Reponse, Sandbox

READER = "records.importation.boite"
_SAID = frozenset({"fichier-illisible", "colonnes-inconnues"})


def read_sheet(
    function: str, path: Path, params: Mapping[str, Any], limites: Limites
) -> tuple[Message, ...]:
    """Run one function of the reader on the file; `RefusedError` when it cannot be read."""
    with Sandbox((READER,)) as sandbox:
        issue = sandbox.run(f"{READER}:{function}", path, params, limites=limites)
    if isinstance(issue, Erreur) and issue.code in _SAID:
        raise RefusedError(issue.code, issue.detail)
    if not isinstance(issue, Reponse):
        raise RefusedError(
            "fichier-illisible",
            "Ce fichier n’a pas pu être lu jusqu’au bout. Enregistrez-le de nouveau en "
            "CSV ou en XLSX, puis recommencez.",
        )
    return issue.messages
