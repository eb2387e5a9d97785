"""Untrusted forms and queries → values, or the French sentences of what is wrong.

What was typed is kept, so that a person corrects instead of starting again.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from aiohttp import web

from records.natures import Catalogue
from records.vocabulary import EtatJustificatif
from web.portal.presentation import INCONNU

MAX_TEXT = 100
MAX_REASON = 500
SORTS = {
    "echeance": "Échéance",
    "exigible": "Date d’exigibilité",
    "nom": "Nom de l’agent",
}


@dataclass(slots=True, kw_only=True)
class Saisie:
    """What a list is asked for: texts as typed, days as read, and what is wrong."""

    texte: str = ""
    plein: str = ""
    type: str = ""
    etat: str = ""
    collectivite: str = ""
    exigible_avant: dt.date | None = None
    du: dt.date | None = None
    au: dt.date | None = None
    affecte: str = ""
    tri: str = "echeance"
    curseur: str | None = None
    typed: dict[str, str] = field(default_factory=dict)
    erreurs: dict[str, str] = field(default_factory=dict)

    @property
    def is_filtered(self) -> bool:
        """Tell whether something is left out of the list."""
        return any(value for name, value in self.typed.items() if name != "tri")


_DAYS = ("exigible_avant", "du", "au")
_TEXTS = ("texte", "plein", "collectivite", "affecte")
_NAMES = frozenset(f.name for f in fields(Saisie))


def read_list(query: Mapping[str, str], known: Catalogue) -> Saisie:
    """Read the filters of a list; a wrong one is said and left out."""
    saisie = Saisie(curseur=query.get("curseur") or None)
    for name, raw in query.items():
        if name in _NAMES - {"curseur", "typed", "erreurs"} and raw.strip():
            saisie.typed[name] = raw.strip()[:MAX_TEXT]
    for name in _TEXTS:
        setattr(saisie, name, saisie.typed.get(name, ""))
    for name in _DAYS:
        setattr(saisie, name, _day(saisie, name))
    _choose(saisie, "type", {*known.types, INCONNU})
    _choose(saisie, "etat", {mot.code for mot in EtatJustificatif})
    _choose(saisie, "tri", set(SORTS), default="echeance")
    if saisie.du and saisie.au and saisie.au < saisie.du:
        saisie.erreurs["au"] = "La date de fin précède la date de début."
    return saisie


def _day(saisie: Saisie, name: str) -> dt.date | None:
    typed = saisie.typed.get(name)
    if typed is None:
        return None
    day = day_in(typed)
    if day is None:
        saisie.erreurs[name] = "Écrivez la date sous la forme jj/mm/aaaa."
    return day


def day_in(typed: str) -> dt.date | None:
    """Return the day written as a browser (2026-02-03) or a person (3/2/2026) does.

    >>> day_in("3/2/2026")
    datetime.date(2026, 2, 3)
    """
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(typed.strip(), pattern).date()  # noqa: DTZ007
        except ValueError:
            continue
    return None


def _choose(saisie: Saisie, name: str, known: set[str], default: str = "") -> None:
    typed = saisie.typed.get(name, "")
    if typed and typed not in known:
        saisie.erreurs[name] = "Choisissez dans la liste."
    setattr(saisie, name, typed if typed in known else default)


async def read_form(request: web.Request) -> dict[str, str]:
    """Return the text fields of a posted form."""
    posted = await request.post()
    return {
        name: value.strip() for name, value in posted.items() if isinstance(value, str)
    }


def version_of(form: Mapping[str, Any]) -> int | None:
    """Return the version of what the person was looking at, None when not said."""
    said = str(form.get("version", ""))
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None  # noqa: PLR2004


def reason_of(form: Mapping[str, str], *, default: str = "") -> str:
    """Return the reason given, one of the list or written, bounded."""
    chosen, written = form.get("motif", ""), form.get("precision", "")
    return " ".join(part for part in (chosen, written) if part)[:MAX_REASON] or default


def safe_place(given: str | None) -> str:
    """Return where to go after signing in: one of our own pages, nothing else.

    >>> safe_place("//evil.example"), safe_place("/agents?q=dup")
    ('/', '/agents?q=dup')
    """
    place = given or "/"
    is_ours = place.startswith("/") and not place.startswith(("//", "/\\"))
    is_plain = place.isprintable() and "\\" not in place
    return place if is_ours and is_plain else "/"
