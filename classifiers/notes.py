"""How well each portrait fits a page: hits, weights, and the reasons behind them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from classifiers.evidence import Zone
from classifiers.feuille import Feuille, Touche
from classifiers.marks import Marque, cerfas
from classifiers.portraits import Portrait, portraits
from classifiers.verdict import Raison

WORDS_MAX = 7.0
SECOND_TITLE = 0.5
FIRST_TITLE_BONUS = 1.5
BIG, HUGE = 1.25, 1.6
FULL, HALF = 0.6, 0.35
IN_BODY = 0.2
LOW_TITLE = 0.45
FAINT = 0.9
LATER_PAGES = 0.35
REASONS_MAX = 6
STRONG_FORCE, STRONG_TITLE, SAME_ROW = 0.7, 3.5, 0.012


@dataclass(slots=True)
class Note:
    """The fit of one type: its total, and what made it."""

    code: str
    titre: float = 0.0
    cerfa: float = 0.0
    mots: float = 0.0
    contre: float = 0.0
    raisons: list[Raison] = field(default_factory=list)
    # where the best title stands: page position, and how much it looks like a title
    titre_zone: Zone | None = None
    titre_y: float = 1.0
    titre_force: float = 0.0

    @property
    def total(self) -> float:
        """The sum, words counted up to a cap."""
        return self.titre + self.cerfa + min(self.mots, WORDS_MAX) - self.contre


def note_page(feuille: Feuille, *, fuzzy: bool = False) -> dict[str, Note]:
    """Weigh every portrait against one page."""
    numbers = cerfas(feuille)
    notes = {}
    for portrait in portraits():
        note = Note(portrait.code)
        _weigh_titles(note, portrait, feuille, fuzzy=fuzzy)
        _weigh_cerfas(note, portrait, feuille, numbers)
        _weigh_words(note, portrait, feuille, fuzzy=fuzzy)
        notes[portrait.code] = note
    _reward_first_title(notes.values())
    return notes


def merge(pages: Iterable[Mapping[str, Note]]) -> dict[str, Note]:
    """Join the notes of a paper's pages: the first says the title, all give words."""
    merged: dict[str, Note] = {}
    for rank, notes in enumerate(pages):
        for code, note in notes.items():
            if rank == 0:
                merged[code] = note
                continue
            known = merged[code]
            known.titre = max(known.titre, note.titre * LATER_PAGES)
            known.cerfa = max(known.cerfa, note.cerfa * LATER_PAGES)
            known.mots += note.mots
            known.contre = max(known.contre, note.contre * LATER_PAGES)
            known.raisons += note.raisons
    return merged


def _weigh_titles(
    note: Note, portrait: Portrait, feuille: Feuille, *, fuzzy: bool
) -> None:
    best: tuple[float, Touche | None] = (0.0, None)
    second = 0.0
    for clue in portrait.titres:
        for touche in feuille.find(clue.phrase, fuzzy=fuzzy):
            force = title_force(feuille, touche, portrait.haut)
            weight = (
                clue.poids * force * (touche.score if touche.score > FAINT else 0.75)
            )
            if weight > best[0]:
                if best[1] is not None and not _overlap(best[1], touche):
                    second = max(second, best[0])
                best = (weight, touche)
                note.titre_force = force
            elif best[1] is not None and not _overlap(best[1], touche):
                second = max(second, weight)
    weight, found = best
    if found is None:
        return
    note.titre = weight + SECOND_TITLE * min(second, weight)
    note.titre_zone = feuille.zone(found.debut, found.fin)
    note.titre_y = note.titre_zone.y if note.titre_zone else 1.0
    note.raisons.append(
        Raison(
            code="titre",
            detail=f"Titre lu : « {_shown(feuille, found)} »",
            page=feuille.page,
            zone=note.titre_zone,
            poids=round(note.titre, 2),
        )
    )


def title_force(feuille: Feuille, touche: Touche, haut: float) -> float:
    """Return how much a phrase stands as a title, 0 to 1: alone, big, capital, high."""
    zone = feuille.zone(touche.debut, touche.fin)
    if zone is None:
        return 0.0
    debut, fin = feuille.segment(touche)
    length = max(fin - debut, 1)
    share = (touche.fin - touche.debut) / length
    size = max(m.zone.hauteur for m in feuille.words(touche.debut, touche.fin))
    ratio = size / feuille.hauteur if feuille.hauteur else 1.0
    raw = feuille.texte[touche.debut : touche.fin]
    if _is_in_sentence(feuille, touche):
        return IN_BODY
    capital = raw.isupper() and not feuille.is_capital
    starts = touche.debut - debut <= 3  # noqa: PLR2004
    if share >= FULL:
        force = 1.0
    elif starts and (ratio >= BIG or capital):
        force = 0.95
    elif share >= HALF and (ratio >= BIG or capital):
        force = 0.85
    elif (starts and share >= HALF) or ratio >= HUGE:
        force = 0.7
    else:
        force = IN_BODY
    if zone.y > haut:
        force *= LOW_TITLE
    elif force == 1.0 and ratio < BIG and not raw[:1].isupper():
        # a whole line in small type: a caption more than a title
        force = 0.8
    return force


_ARTICLES = frozenset(
    ["l", "un", "une", "mon", "ma", "votre", "vos", "cet", "cette", "son", "notre"]
)


def _is_in_sentence(feuille: Feuille, touche: Touche) -> bool:
    """Tell whether an article leads the phrase: « je vous envoie mon avis d'arrêt »."""
    before = re.findall(
        r"[a-z0-9]+", feuille.plat[max(touche.debut - 14, 0) : touche.debut]
    )
    return bool(before) and before[-1] in _ARTICLES


def _weigh_cerfas(
    note: Note, portrait: Portrait, feuille: Feuille, numbers: list[Marque]
) -> None:
    for marque in numbers:
        key = marque.valeur if "-" in marque.valeur else marque.valeur[:5]
        weight = portrait.cerfas.get(key, 0.0) * marque.score
        if weight > note.cerfa:
            note.cerfa = weight
            note.raisons.append(
                Raison(
                    code="cerfa",
                    detail=f"Numéro de formulaire {marque.valeur}",
                    page=feuille.page,
                    zone=feuille.zone(marque.debut, marque.fin),
                    poids=round(weight, 2),
                )
            )


def _weigh_words(
    note: Note, portrait: Portrait, feuille: Feuille, *, fuzzy: bool
) -> None:
    for clue in portrait.mots:
        found = feuille.find(clue.phrase, fuzzy=fuzzy)
        if found:
            note.mots += clue.poids * found[0].score
            note.raisons.append(
                _reason("mot", "Mention", clue.poids, feuille, found[0])
            )
    for clue in portrait.interdits:
        found = feuille.find(clue.phrase, fuzzy=False)
        if found:
            note.contre += clue.poids
            note.raisons.append(
                _reason(
                    "contraire", "Mention contraire", -clue.poids, feuille, found[0]
                )
            )


def _reason(
    code: str, what: str, weight: float, feuille: Feuille, touche: Touche
) -> Raison:
    return Raison(
        code=code,
        detail=f"{what} : « {_shown(feuille, touche)} »",
        page=feuille.page,
        zone=feuille.zone(touche.debut, touche.fin),
        poids=round(weight, 2),
    )


def _shown(feuille: Feuille, touche: Touche) -> str:
    return " ".join(feuille.texte[touche.debut : touche.fin].split())[:80]


def _overlap(left: Touche, right: Touche) -> bool:
    return left.debut < right.fin and right.debut < left.fin


def _reward_first_title(notes: Iterable[Note]) -> None:
    """Favour the highest strong title: it is what the paper calls itself.

    Two titles side by side, as on two papers copied together, favour nobody.
    """
    strong = [
        note
        for note in notes
        if note.titre_force >= STRONG_FORCE and note.titre >= STRONG_TITLE
    ]
    if not strong:
        return
    best = min(strong, key=lambda note: (round(note.titre_y, 2), -note.titre))
    if not any(_are_apart(best, note) for note in strong if note is not best):
        best.titre += FIRST_TITLE_BONUS


def _are_apart(left: Note, right: Note) -> bool:
    """Tell whether two titles stand on one row without touching."""
    first, second = left.titre_zone, right.titre_zone
    if first is None or second is None or abs(first.y - second.y) > SAME_ROW:
        return False
    return first.droite < second.x or second.droite < first.x


def strongest(note: Note) -> tuple[Raison, ...]:
    """Return the reasons that weighed most, for the clerk."""
    ranked = sorted(note.raisons, key=lambda r: -abs(r.poids))
    return tuple(ranked[:REASONS_MAX])
