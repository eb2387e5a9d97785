"""Ordered voters → one verdict; ties are `INCONNU`, never a coin toss.

Rules vote first; when they abstain, the learned voter may be heard (`second_avis`). The
verdict says the words and the zones that led to it, and what else the paper could be.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from classifiers.confusions import apply_rules
from classifiers.evidence import Liasse, Page
from classifiers.feuille import Feuille
from classifiers.fields import Lecture, read_fields
from classifiers.modele import Modele
from classifiers.notes import Note, merge, note_page, strongest
from classifiers.second_avis import second_opinion
from classifiers.verdict import BLANCHE, INCONNU, Certitude, Raison, Verdict

SEUIL, CERTAIN = 0.8, 0.95
# what a paper of no known type scores, and how fast points become certainty
NEANT, TEMPERATURE = 3.4, 1.25
MARGE, ASSEZ = 1.5, 7.0
SUGGESTIONS_MAX, SUGGESTION_MIN = 4, 1.5
PAGES_MAX = 6


@dataclass(frozen=True, slots=True)
class Vote:
    """What one voter thinks: points per type, and the reasons behind them."""

    points: Mapping[str, float]
    raisons: Mapping[str, tuple[Raison, ...]]


Voteur = Callable[[Sequence[Feuille]], Vote]


def judge(
    liasse: Liasse,
    seuils: Mapping[str, float] | None = None,
    modele: Modele | None = None,
) -> Verdict:
    """Say what a paper is, how sure, and read its fields.

    `seuils` gives, per type, the confidence (0 to 1) under which the answer is withheld;
    types it does not name keep the house's own. `modele` is the learned voter, heard only
    when the rules abstain.
    """
    pages = [page for page in liasse.pages if not is_blank(page)]
    if not pages:
        return _blank(liasse)
    feuilles = [Feuille(page) for page in pages[:PAGES_MAX] if page.mots]
    if not feuilles:
        return _unread(pages)
    votes = [voter(feuilles) for voter in VOTEURS]
    first = _verdict(feuilles, pages, votes, seuils or {})
    if first.type != INCONNU or modele is None:
        return first
    return second_opinion(first, feuilles, modele, seuils or {})


def read_as(liasse: Liasse, code: str) -> Verdict:
    """Read a paper as the type a person says it is; the type is theirs, so certain."""
    feuilles = [Feuille(page) for page in liasse.pages[:PAGES_MAX] if page.mots]
    lecture = read_fields(code, feuilles)
    why = Raison(code="correction", detail="Type choisi par une personne.")
    return Verdict(
        type=code,
        certitude=Certitude.CERTAIN,
        confiance=1.0,
        raisons=(why,),
        champs=lecture.champs,
        lignes=lecture.lignes,
        is_medical=lecture.is_medical,
    )


def is_blank(page: Page) -> bool:
    """Tell whether nobody wrote on this page; an unreadable page is not blank."""
    if page.is_illisible:
        return False
    return page.is_blanche or not any(
        c.isalnum() for mot in page.mots for c in mot.texte
    )


def vote_by_rules(feuilles: Sequence[Feuille]) -> Vote:
    """Weigh the portraits; look for nearly written words only when unsure."""
    notes = _noted(feuilles, fuzzy=False)
    ranked = sorted((note.total for note in notes.values()), reverse=True)
    if ranked[0] < ASSEZ or ranked[0] - ranked[1] < 2 * MARGE:
        notes = _noted(feuilles, fuzzy=True)
    return Vote(
        {code: note.total for code, note in notes.items()},
        {code: strongest(note) for code, note in notes.items()},
    )


def _noted(feuilles: Sequence[Feuille], *, fuzzy: bool) -> dict[str, Note]:
    notes = merge([note_page(feuille, fuzzy=fuzzy) for feuille in feuilles])
    apply_rules(feuilles, notes)
    return notes


VOTEURS: tuple[Voteur, ...] = (vote_by_rules,)


def _blank(liasse: Liasse) -> Verdict:
    first = liasse.pages[0].numero if liasse.pages else None
    why = Raison(code="page_blanche", detail="Aucune écriture sur la page.", page=first)
    return Verdict(
        type=BLANCHE, certitude=Certitude.CERTAIN, confiance=0.99, raisons=(why,)
    )


def _unread(pages: Sequence[Page]) -> Verdict:
    why = Raison(
        code="illisible", detail="La page n'a pas pu être lue.", page=pages[0].numero
    )
    return Verdict(
        type=INCONNU, certitude=Certitude.INCONNU, confiance=0.0, raisons=(why,)
    )


def _verdict(
    feuilles: Sequence[Feuille],
    pages: Sequence[Page],
    votes: Sequence[Vote],
    seuils: Mapping[str, float],
) -> Verdict:
    points = {
        code: sum(v.points.get(code, 0.0) for v in votes) for code in votes[0].points
    }
    points.pop(BLANCHE, None)
    ranked = sorted(points.items(), key=lambda pair: -pair[1])
    (code, best), (_, second) = ranked[0], ranked[1]
    sure = confidence(points, code)
    withheld = sure < seuils.get(code, SEUIL) or best - second < MARGE
    raisons = tuple(reason for vote in votes for reason in vote.raisons.get(code, ()))
    suggestions = _suggestions(points, ranked, skip="" if withheld else code)
    if withheld:
        why = Raison(code="abstention", detail=_doubt(ranked, sure))
        return Verdict(
            type=INCONNU,
            certitude=Certitude.INCONNU,
            confiance=round(sure, 3),
            raisons=(why, *raisons),
            suggestions=suggestions,
            champs=read_fields(INCONNU, feuilles).champs,
        )
    lecture: Lecture = read_fields(code, feuilles)
    certain = sure >= CERTAIN and not any(page.is_illisible for page in pages)
    return Verdict(
        type=code,
        certitude=Certitude.CERTAIN if certain else Certitude.PROBABLE,
        confiance=round(min(sure, 0.995), 3),
        raisons=raisons,
        champs=lecture.champs,
        lignes=lecture.lignes,
        suggestions=suggestions,
        is_medical=lecture.is_medical,
    )


def confidence(points: Mapping[str, float], code: str) -> float:
    """Return the share of one type among all and « none of them » (0 to 1)."""
    top = max(max(points.values(), default=0.0), NEANT)
    parts = {c: math.exp((p - top) / TEMPERATURE) for c, p in points.items()}
    whole = sum(parts.values()) + math.exp((NEANT - top) / TEMPERATURE)
    return parts[code] / whole


def _suggestions(
    points: Mapping[str, float], ranked: Sequence[tuple[str, float]], *, skip: str
) -> tuple[tuple[str, float], ...]:
    shown = [
        (code, round(confidence(points, code), 3))
        for code, score in ranked[: SUGGESTIONS_MAX + 1]
        if score >= SUGGESTION_MIN and code != skip
    ]
    return tuple(shown[:SUGGESTIONS_MAX])


def _doubt(ranked: Sequence[tuple[str, float]], sure: float) -> str:
    (first, best), (other, second) = ranked[0], ranked[1]
    if best < SUGGESTION_MIN:
        return "Rien sur la page ne dit de quel papier il s'agit."
    if best - second < MARGE:
        return f"La page ressemble autant à {first} qu'à {other}."
    return f"La page ressemble à {first}, sans assez de preuves ({sure:.0%})."
