"""Where the papers of a deposit begin: proposed by the reader, decided by a person.

The proposal is kept with its boundaries, sure and suspected. The original stays whole: a
decision parts its pages again, each in one paper or apart with a reason.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from classifiers import coupures, decoupage
from classifiers.coupures import Coupure, Genre
from classifiers.evidence import Liasse, Page
from intake import depots, retours, revue
from intake.depots import Depot
from intake.integration import Papier
from intake.juge import Judge
from intake.proposition import as_question
from intake.retours import Pli
from intake.revue import Acte
from records.store.justificatifs import Justificatif
from records.vocabulary import EtatJustificatif
from socle.crypto import Coffre
from socle.db import WriteSession
from socle.errors import ConflictError, RefusedError

DOUBT = "decoupage-a-verifier"
_DETAIL = (
    "Le début ou la fin de ce document n’est pas sûr : regardez le découpage du fichier "
    "avant de le rattacher."
)
_SETTLED = (
    EtatJustificatif.RATTACHE.code,
    EtatJustificatif.INTEGRE_SANS_PIECE.code,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoupe:
    """The papers of a deposit in order, its separator sheets, its boundaries."""

    plis: list[Pli]
    separateurs: frozenset[int]
    coupures: tuple[Coupure, ...]


def unfold(
    coffre: Coffre, depot: Depot, pages: Sequence[Page], judge: Judge
) -> Decoupe:
    """Part the pages of a deposit: as a list announces, as a batch shows, or plainly."""
    sheets: set[int] = set()
    found: list[Coupure] = []

    def split(part: Sequence[Page]) -> tuple[Liasse, ...]:
        if parts := depot.decoupage.get("annonce"):
            decoupe = coupures.announced(part, [(a, b) for a, b in parts])
        elif depot.decoupage.get("lot"):
            decoupe = coupures.cut(part, judge)
        else:
            sheets.update(p.numero for p in part if decoupage.is_separator(p))
            return decoupage.split(part)
        sheets.update(decoupe.separateurs)
        found.extend(decoupe.coupures)
        return decoupe.liasses

    plis = retours.unfold(coffre, pages, judge, split)
    return Decoupe(plis=plis, separateurs=frozenset(sheets), coupures=tuple(found))


def doubt(depot: Depot, papier: Papier, decoupe: Decoupe) -> Papier:
    """Make a question of a paper one of whose ends is only suspected."""
    del depot
    first, last = papier.liasse.numeros[0], papier.liasse.numeros[-1]
    unsure = [one.page for one in decoupe.coupures if not one.is_sure]
    starts = {pli.liasse.numeros[0] for pli in decoupe.plis}
    after = min((start for start in starts if start > last), default=0)
    if not any(first <= page <= last or page == after for page in unsure):
        return papier
    found = papier.proposition
    if found.etat not in _SETTLED:
        return papier
    return replace(papier, proposition=as_question(found, DOUBT, _DETAIL))


def keep(session: WriteSession, depot: Depot, decoupe: Decoupe) -> None:
    """Write the boundaries proposed, when there is something to review."""
    if not decoupe.coupures and not decoupe.separateurs:
        return
    known = {**depot.decoupage, "coupures": [_plain(one) for one in decoupe.coupures]}
    depots.keep_cuts(session, depot.id, known, decoupe.separateurs)


def _plain(coupure: Coupure) -> dict[str, Any]:
    return {
        "page": coupure.page,
        "genre": coupure.genre.code,
        "faite": coupure.is_faite,
        "sure": coupure.is_sure,
    }


def boundaries(depot: Depot) -> tuple[Coupure, ...]:
    """Return the boundaries kept with a deposit."""
    genres = {genre.code: genre for genre in Genre}
    return tuple(
        Coupure(
            page=one["page"],
            genre=genres[one["genre"]],
            is_faite=one["faite"],
            is_sure=one["sure"],
        )
        for one in depot.decoupage.get("coupures", ())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """How a person parts a deposit: papers in order, pages apart, turns by first page."""

    parties: tuple[tuple[int, ...], ...]
    apart: frozenset[int] = frozenset()
    rotations: Mapping[int, int] | None = None
    # what the person was looking at: the papers and their versions
    vu: str | None = None


def mark_of(papers: Iterable[Justificatif]) -> str:
    """Return what tells that the papers of a deposit are still those shown."""
    return ",".join(f"{paper.reference}:{paper.version}" for paper in papers)


def decide(
    session: WriteSession,
    depot: Depot,
    former: Sequence[Justificatif],
    decision: Decision,
    acte: Acte,
    coffre: Coffre,
) -> tuple[Justificatif, ...]:
    """Part a deposit as a person says; each page in one paper, or apart.

    Raises `etat-modifie` when the papers are no longer those shown, `motif-obligatoire`
    when written pages are left apart without a reason.
    """
    if decision.vu is not None and decision.vu != mark_of(former):
        raise ConflictError(
            "etat-modifie",
            "Ces documents ont changé depuis l’affichage. Rien n’a été fait : "
            "regardez le découpage de nouveau.",
        )
    if decision.apart and not acte.motif.strip():
        raise RefusedError(
            "motif-obligatoire", "Dites pourquoi des pages sont mises à part."
        )
    parts = [list(part) for part in decision.parties]
    made = revue.recut(
        session, depot.reference, parts, acte, coffre, apart=decision.apart
    )
    decided = [
        _plain(Coupure(page=part[0], genre=Genre.PERSONNE)) for part in parts[1:]
    ]
    kept = {**depot.decoupage, "coupures": decided, "accepte": True}
    depots.keep_cuts(session, depot.id, kept, decision.apart)
    turned = decision.rotations or {}
    for paper in made:
        degrees = turned.get(paper.pages[0], 0)
        if degrees:
            revue.rotate(session, paper.reference, degrees, replace(acte, version=None))
    return made
