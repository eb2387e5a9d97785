"""What the list of an envelope claims, from the child's texts to checked values. Pure.

Nothing here is believed: a wrong date, a wrong number is said and left out, and the rest
of the line stays.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_DIGEST = re.compile(r"[0-9a-f]{64}")
NUMBER_MAX = 1_000_000
TEXT = 120
NAME = 255
DIGITS_MAX = 9
# kept with the paper, as the provider's claims
_INDEX = (
    "n_evenement", "ref_courrier_relance", "matricule", "nom", "prenom",
    "date_naissance", "periode_du", "periode_au", "date_document", "montant",
    "confiance", "notes", "intervention", "qualite_ocr", "suite",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PliAnnonce:
    """One sealed envelope, as announced."""

    numero: str
    nb_elements: int | None = None
    recu_at: dt.datetime | None = None
    annonce: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementAnnonce:
    """One paper, as announced. Pages are numbered from 1, both ends included."""

    rang: int
    fichier: str
    pli: str | None = None
    rang_pli: int | None = None
    numero_controle: str | None = None
    type: str | None = None
    sous_type: str | None = None
    nb_pages: int | None = None
    page_debut: int | None = None
    page_fin: int | None = None
    empreinte: str | None = None
    numerise_at: dt.datetime | None = None
    # who it belongs to, when the line says so itself: code, siret
    annonce: Mapping[str, str] = field(default_factory=dict)
    index: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Liste:
    """The whole list: kind, header, plis, papers; and what could not be understood."""

    genre: str
    rang: int
    entete: Mapping[str, Any]
    plis: tuple[PliAnnonce, ...] = ()
    elements: tuple[ElementAnnonce, ...] = ()
    fautes: tuple[str, ...] = ()

    def text(self, name: str, longest: int = TEXT) -> str | None:
        """Return a text of the header, None when absent."""
        return _text(self.entete, name, longest)

    def number(self, name: str) -> int | None:
        """Return a count of the header, None when absent or senseless."""
        return whole(self.entete.get(name))

    def instant(self, name: str) -> dt.datetime | None:
        """Return an instant of the header, None when absent or senseless."""
        return moment(self.entete.get(name))


def read(
    genre: str,
    rang: int,
    entete: Mapping[str, Any],
    plis: Iterable[Mapping[str, Any]],
    documents: Sequence[Mapping[str, Any]],
) -> Liste:
    """Check what the child said of a list."""
    fautes: list[str] = []
    listed = {pli.numero: pli for raw in plis if (pli := _pli(raw)) is not None}
    elements = []
    for rank, raw in enumerate(documents, start=1):
        element = _element(rank, raw)
        if element is None:
            fautes.append(f"ligne {rank} : aucun fichier nommé")
            continue
        elements.append(element)
        if element.pli is not None and element.pli not in listed:
            listed[element.pli] = PliAnnonce(numero=element.pli)
    return Liste(
        genre=genre,
        rang=rang,
        entete=entete,
        plis=tuple(listed.values()),
        elements=tuple(elements),
        fautes=tuple(fautes),
    )


def _pli(raw: Mapping[str, Any]) -> PliAnnonce | None:
    numero = _text(raw, "numero", 40)
    if numero is None:
        return None
    return PliAnnonce(
        numero=numero,
        nb_elements=whole(raw.get("nb_documents")),
        recu_at=moment(raw.get("recu_le")),
        annonce=_owner(raw),
    )


def _owner(raw: Mapping[str, Any]) -> dict[str, str]:
    names = ("collectivite", "siret", "contrat", "ref_courrier_relance")
    return {name: text for name in names if (text := _text(raw, name, TEXT))}


def _element(rank: int, raw: Mapping[str, Any]) -> ElementAnnonce | None:
    name = _text(raw, "fichier", NAME)
    if name is None:
        return None
    given = raw.get("index")
    claims = given if isinstance(given, Mapping) else {}
    index = {n: v for n in _INDEX if (v := raw.get(n, claims.get(n))) is not None}
    first, last = whole(raw.get("page_debut")), whole(raw.get("page_fin"))
    if first is None or last is None or not 1 <= first <= last:
        first = last = None
    digest = (_text(raw, "sha256", 64) or "").lower()
    return ElementAnnonce(
        rang=rank,
        fichier=name,
        pli=_text(raw, "pli", 40),
        rang_pli=whole(raw.get("rang")),
        numero_controle=_text(raw, "dcn", TEXT),
        type=_text(raw, "type", 40),
        sous_type=_text(raw, "sous_type", 80),
        nb_pages=whole(raw.get("nb_pages")),
        page_debut=first,
        page_fin=last,
        empreinte=digest if _DIGEST.fullmatch(digest) else None,
        numerise_at=moment(raw.get("numerise_le")),
        annonce=_owner(raw),
        index=index,
    )


def _text(raw: Mapping[str, Any], name: str, longest: int) -> str | None:
    given = raw.get(name)
    if isinstance(given, bool) or given is None:
        return None
    text = str(given).strip()[:longest]
    return text or None


def whole(given: object) -> int | None:
    """Read a count: a positive whole number, or None.

    >>> whole("12"), whole(3), whole("3,5"), whole(True)
    (12, 3, None, None)
    """
    if isinstance(given, bool):
        return None
    if isinstance(given, int):
        return given if 0 <= given <= NUMBER_MAX else None
    text = str(given or "").strip()
    ok = text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX
    return min(int(text), NUMBER_MAX) if ok else None


def moment(given: object) -> dt.datetime | None:
    """Read an instant or a day (noon, UTC), ISO or `jj/mm/aaaa`; None when senseless.

    >>> moment("2026-09-09T05:45:00.000Z").isoformat(), moment("03/07/2026").day
    ('2026-09-09T05:45:00+00:00', 3)
    """
    if not isinstance(given, str) or not given.strip():
        return None
    text = given.strip()
    found = _DAY.fullmatch(text)
    try:
        if found:
            day, month, year = (int(part) for part in found.groups())
            return dt.datetime(year, month, day, 12, tzinfo=dt.UTC)
        read_ = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    if len(text) <= len("2026-01-01"):
        return read_.replace(hour=12, tzinfo=dt.UTC)
    return read_.astimezone(dt.UTC) if read_.tzinfo else read_.replace(tzinfo=dt.UTC)
