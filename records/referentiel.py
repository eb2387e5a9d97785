"""Import of a register: each line is answered, good lines are kept, twice is once.

Lines are written in small transactions, an event with its conséquences and requirements in
one; inside, each line has its own savepoint, so that a bad one takes nothing with it.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.exc import DataError, IntegrityError

from records.importation import evenements as events
from records.importation import parties
from records.importation import pieces as given_pieces
from records.importation.lecture import GENRES, Rangee, read
from records.importation.parties import CREE, INCHANGE, MODIFIE, Chantier
from records.importation.valeurs import RefusError, is_empty
from records.store import evenements, matrice
from socle.crypto import Coffre
from socle.db import Database, WriteSession
from socle.errors import VaguemestreError

REFUSE = "refuse"
_LINES_AT_ONCE = 200
_EVENTS_AT_ONCE = 25
_LABELS = {
    CREE: "créées",
    MODIFIE: "modifiées",
    INCHANGE: "inchangées",
    REFUSE: "refusées",
}
T = TypeVar("T")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneRapport:
    """What became of one line: cree, inchange, modifie or refuse (column, what to do)."""

    genre: str
    ligne: int
    reference: str
    etat: str
    champ: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rapport:
    """What became of every line of the file."""

    rangees: tuple[LigneRapport, ...]

    @property
    def nb_refus(self) -> int:
        """How many lines were refused."""
        return sum(line.etat == REFUSE for line in self.rangees)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many lines of each kind were created, changed, left, refused."""
        found = Counter((line.genre, line.etat) for line in self.rangees)
        return {
            genre: {etat: found[genre, etat] for etat in _LABELS if found[genre, etat]}
            for genre in GENRES
            if any(line.genre == genre for line in self.rangees)
        }

    def lines(self) -> Iterator[str]:
        """Say it in French: one line per refusal, then one per kind."""
        for line in self.rangees:
            if line.etat == REFUSE:
                place = f"{line.genre}, ligne {line.ligne}"
                name = f" ({line.reference})" if line.reference else ""
                yield f"{place}{name}, {line.champ or 'ligne'} : {line.detail}"
        for genre, found in self.counts().items():
            said = ", ".join(f"{n} {_LABELS[etat]}" for etat, n in found.items())
            yield f"{genre} : {said}"

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "comptes": self.counts(),
            "nb_refus": self.nb_refus,
            "lignes": [asdict(line) for line in self.rangees],
        }


def import_referentiel(
    db: Database,
    source: bytes | Path,
    *,
    coffre: Coffre,
    now: dt.datetime,
    auteur: str = "importer",
    nom_fichier: str | None = None,
    progress: Progress | None = None,
) -> Rapport:
    """Write a whole register; return what became of each line.

    `nom_fichier` may tell what a CSV table holds (`agents.csv`). Raises `RefusedError`
    only when the file as a whole cannot be read.
    """
    if isinstance(source, Path):
        rows = read(source.read_bytes(), nom_fichier or source.name)
    else:
        rows = read(source, nom_fichier)
    answers: list[LigneRapport] = []

    def tell() -> None:
        if progress is not None:
            progress(len(answers), len(rows))

    for genre in ("collectivites", "services", "agents"):
        chosen = [row for row in rows if row.genre == genre]
        for chunk in _chunks(chosen, _LINES_AT_ONCE):
            answers += db.write(_write_lines, chunk, coffre, auteur, now)
            tell()
    for units in _chunks(_units(rows), _EVENTS_AT_ONCE):
        answers += db.write(_write_units, units, coffre, auteur, now)
        tell()
    rank = {genre: place for place, genre in enumerate(GENRES)}
    answers.sort(key=lambda line: (rank[line.genre], line.ligne))
    return Rapport(rangees=tuple(answers))


class _TriedError(Exception):
    """Carries the answers of a dry run out of a transaction that must not stay."""

    def __init__(self, answers: list[LigneRapport]) -> None:
        super().__init__()
        self.answers = answers


def write_rows(
    db: Database,
    rows: Sequence[Rangee],
    genres: Sequence[str],
    *,
    coffre: Coffre,
    auteur: str,
    now: dt.datetime,
    is_essai: bool = False,
) -> list[LigneRapport]:
    """Write lines of simple kinds, kind by kind; `is_essai` leaves nothing behind."""
    answers: list[LigneRapport] = []

    def attempt(session: WriteSession, chunk: Sequence[Rangee]) -> list[LigneRapport]:
        told = _write_lines(session, chunk, coffre, auteur, now)
        if is_essai:
            raise _TriedError(told)
        return told

    for genre in genres:
        chosen = [row for row in rows if row.genre == genre]
        for chunk in _chunks(chosen, _LINES_AT_ONCE):
            try:
                answers += db.write(attempt, chunk)
            except _TriedError as tried:
                answers += tried.answers
    return answers


def _chunks(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


# --- one line --------------------------------------------------------------------------


def _refuse_shapeless(row: Rangee) -> None:
    if not row.valeurs:
        raise RefusError("ligne", "un objet est attendu.")
    if row.valeurs.get("_trop"):
        raise RefusError("ligne", "il y a plus de valeurs que de colonnes.")


def _answer(session: WriteSession, row: Rangee, act: Callable[[], str]) -> LigneRapport:
    """Do one line in its savepoint; what it raises becomes a refusal."""
    champ, detail, etat = None, None, REFUSE
    try:
        _refuse_shapeless(row)
        with session.begin_nested():
            etat = act()
    except RefusError as error:
        champ, detail = error.champ, error.detail
    except VaguemestreError as error:
        first = error.erreurs[0] if error.erreurs else None
        champ = first.champ if first else None
        detail = first.detail if first else error.detail
    except (IntegrityError, DataError, OverflowError):
        detail = "une valeur est trop grande, ou déjà prise par une autre ligne."
    return LigneRapport(
        genre=row.genre,
        ligne=row.ligne,
        reference=str(row.valeurs.get("code") or ""),
        etat=etat,
        champ=champ,
        detail=detail,
    )


def _write_lines(
    session: WriteSession,
    rows: Iterable[Rangee],
    coffre: Coffre,
    auteur: str,
    now: dt.datetime,
) -> list[LigneRapport]:
    site = Chantier(session=session, coffre=coffre, auteur=auteur, now=now)
    writers = {
        "collectivites": parties.write_collectivite,
        "services": parties.write_service,
        "agents": parties.write_agent,
    }
    return [
        _answer(session, row, _bound(writers[row.genre], site, row)) for row in rows
    ]


# --- an event and what hangs on it -------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class _Unit:
    """An event of the file (or one already known), its conséquences and requirements."""

    rows: list[Rangee] = field(default_factory=list)

    def of(self, genre: str) -> list[Rangee]:
        """Return its lines of one kind."""
        return [row for row in self.rows if row.genre == genre]


def _units(rows: Iterable[Rangee]) -> list[_Unit]:
    """Gather the lines of each event, in the order of the file."""
    units: dict[tuple[str, str], _Unit] = {}
    by_code: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        if row.genre == "evenements":
            key = (_word(row, "collectivite"), _word(row, "code"))
            units.setdefault(key, _Unit()).rows.append(row)
            by_code.setdefault(key[1], []).append(key)
    for row in rows:
        if row.genre in {"consequences", "pieces"}:
            place, code = _word(row, "collectivite"), _word(row, "evenement")
            known = by_code.get(code, [])
            key = (place, code)
            if not place and len(set(known)) == 1:
                key = known[0]
            units.setdefault(key, _Unit()).rows.append(row)
    return list(units.values())


def _word(row: Rangee, name: str) -> str:
    value = row.valeurs.get(name)
    return "" if is_empty(value) else str(value).strip()


def _write_units(
    session: WriteSession,
    units: Iterable[_Unit],
    coffre: Coffre,
    auteur: str,
    now: dt.datetime,
) -> list[LigneRapport]:
    site = Chantier(session=session, coffre=coffre, auteur=auteur, now=now)
    return [line for unit in units for line in _write_unit(site, unit)]


def _write_unit(site: Chantier, unit: _Unit) -> list[LigneRapport]:
    session = site.session
    before = _known_before(site, unit)
    was_given = given_pieces.has_given(site, _event_id(site, unit))
    answers = []
    for row in unit.of("evenements"):
        act = _bound(events.write_evenement, site, row, has_matrice=False)
        answers.append(_answer(session, row, act))
    for row in unit.of("consequences"):
        act = _bound(events.write_consequence, site, row, has_matrice=False)
        answers.append(_answer(session, row, act))
    has_changed = any(line.etat in {CREE, MODIFIE} for line in answers)
    given = [
        _answer(session, row, _bound(given_pieces.write_piece, site, row))
        for row in unit.of("pieces")
    ]
    event_id = _event_id(site, unit)
    if event_id is not None:
        if any(line.etat == CREE for line in given) and not was_given:
            given_pieces.retire_derived(site, event_id)
        elif has_changed and not given:
            now_known = evenements.by_id(session, event_id)
            matrice.refresh(
                session, now_known, auteur=site.auteur, now=site.now, before=before
            )
    return [*answers, *given]


def _bound(
    writer: Callable[..., str], site: Chantier, row: Rangee, **rest: bool
) -> Callable[[], str]:
    return lambda: writer(site, row.valeurs, **rest)


def _event_id(site: Chantier, unit: _Unit) -> int | None:
    row = unit.rows[0]
    place = row.valeurs.get("collectivite")
    code = row.valeurs.get("code" if row.genre == "evenements" else "evenement")
    try:
        found = events.find_evenement(site, {"evenement": code, "collectivite": place})
    except (RefusError, VaguemestreError):
        return None
    return found.id


def _known_before(site: Chantier, unit: _Unit) -> Any:  # noqa: ANN401 - exigences or None
    event_id = _event_id(site, unit)
    if event_id is None:
        return None
    return matrice.implied(site.session, evenements.by_id(site.session, event_id))
