"""Staff files read in the child: a spreadsheet is a stranger's bytes like any other."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import python_calamine  # noqa: F401 - loaded before the walls, for `read`

from records.importation.arrets import read_lines
from records.importation.lecture import Rangee, read
from records.importation.valeurs import plain
from socle.errors import RefusedError
from socle.sandbox_server import Answer, CodedError

_AT_ONCE = 500


def lire(file: BinaryIO, params: Mapping[str, Any]) -> Iterator[Answer]:
    """Yield the lines of the file, by batches; `params`: `nom`, as sent."""
    try:
        rows = read(file.read(), str(params["nom"]))
    except RefusedError as error:
        raise CodedError(error.code, error.detail) from None
    for start in range(0, len(rows), _AT_ONCE):
        batch = [_plain(row) for row in rows[start : start + _AT_ONCE]]
        yield {"rangees": batch}, b""


def lire_arrets(file: BinaryIO, params: Mapping[str, Any]) -> Iterator[Answer]:
    """Yield the lines of a history of leaves, by batches; `params`: `max`, how many."""
    try:
        rows = list(itertools.islice(read_lines(file.read()), int(params["max"]) + 1))
    except RefusedError as error:
        raise CodedError(error.code, error.detail) from None
    yield {"lignes": [[row.ligne, row.cellules] for row in rows]}, b""


def _plain(row: Rangee) -> list[Any]:
    valeurs = {name: _cell(value) for name, value in row.valeurs.items()}
    return [row.genre, row.ligne, valeurs]


def _cell(value: Any) -> Any:  # noqa: ANN401 - a cell
    if isinstance(value, list):
        return [plain(part) for part in value]
    return plain(value)
