"""A whole staff into one collectivité: services and agents, tried first, then written."""

import datetime as dt
from collections.abc import Iterable, Sequence

from records.importation.lecture import Rangee
from records.importation.valeurs import is_empty
from records.parties import Collectivite
from records.referentiel import REFUSE, LigneRapport, Rapport, write_rows
from socle.crypto import Coffre
from socle.db import Database

GENRES = ("services", "agents")
MAX_LINES = 20_000


def import_staff(
    db: Database,
    rows: Sequence[Rangee],
    home: Collectivite,
    *,
    coffre: Coffre,
    auteur: str,
    now: dt.datetime,
    is_essai: bool,
) -> Rapport:
    """Write (or only try) the services and agents of one collectivité, line by line.

    The collectivité is the one chosen, whatever the file names: a line that names another
    is refused. Without a code, an agent is known by the matricule.
    """
    kept, refused = [], []
    seen: set[tuple[str, str]] = set()
    for row in rows:
        wrong = _wrong(row, home, seen)
        if wrong is None:
            kept.append(_at_home(row, home))
        else:
            refused.append(wrong)
    written = write_rows(
        db, kept, GENRES, coffre=coffre, auteur=auteur, now=now, is_essai=is_essai
    )
    return Rapport(rangees=tuple(_ordered([*refused, *written])))


def _ordered(lines: Iterable[LigneRapport]) -> list[LigneRapport]:
    return sorted(lines, key=lambda line: (line.genre != GENRES[0], line.ligne))


def _code(row: Rangee) -> str:
    for name in ("code", "matricule"):
        if not is_empty(row.valeurs.get(name)):
            return str(row.valeurs[name]).strip()
    return ""


def _wrong(
    row: Rangee, home: Collectivite, seen: set[tuple[str, str]]
) -> LigneRapport | None:
    """Return the refusal of a line that is not of this staff, None when it is."""
    named = row.valeurs.get("collectivite")
    known = {home.reference, home.reference_externe, home.siret, home.nom}
    code = _code(row)
    if row.genre not in GENRES:
        return _refusal(
            row, "ligne", "seuls des services et des agents s’importent ici."
        )
    if not is_empty(named) and str(named).strip() not in known:
        return _refusal(
            row, "collectivite", "cette ligne est d’une autre collectivité."
        )
    if not code:
        return _refusal(row, "matricule", "indiquez un matricule ou un code.")
    if (row.genre, code) in seen:
        return _refusal(
            row, "matricule", f"« {code} » est déjà plus haut dans le fichier."
        )
    seen.add((row.genre, code))
    return None


def _refusal(row: Rangee, champ: str, detail: str) -> LigneRapport:
    return LigneRapport(
        genre=row.genre,
        ligne=row.ligne,
        reference=_code(row),
        etat=REFUSE,
        champ=champ,
        detail=detail,
    )


def _at_home(row: Rangee, home: Collectivite) -> Rangee:
    mine = {"collectivite": home.reference, "code": _code(row)}
    return Rangee(genre=row.genre, ligne=row.ligne, valeurs={**row.valeurs, **mine})
