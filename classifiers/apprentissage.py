"""Fitting the learned voter: TF-IDF and one logistic regression per type (scikit-learn).

Loaded in workers only, where a refit runs; applying a model needs none of it
(`classifiers.modele`). Calibration is measured on layouts the model was not taught, and on
types it was not taught: what it then says « 95 % » of must be right 95 times in 100.
"""

import math
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from classifiers.lecons import Lecon, layouts, ngrams
from classifiers.modele import (
    SCALE,
    STATED_MAX,
    TYPES_MIN,
    Etalon,
    Modele,
    Signes,
    Suggestion,
    stated,
)
from classifiers.verdict import AUTRE

PLIS = 5
NGRAMS_KEPT = 8000
# a word of clerks' papers is learned when it stands on the papers of so many people
PEOPLE_MIN = 3
# a poor scan loses one word in four, or more: every lesson is also taught so
LOSSES_TAUGHT = (0.0, 0.2, 0.4)
LOSSES_TRIED = (0.0, 0.15, 0.3)
FORCE = 10.0
COMMITTED = 0.95
# what is always right in trials is stated as 19 times in 20
ALWAYS = math.log(19.0)
# the bounds of what is stated, for the calibration table
BANDES = (0.0, 0.5, 0.8, 0.9, 0.97, 1.01)

Matrice = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Essai:
    """One paper judged by a model that had not been taught its layout (or its type)."""

    type: str
    mise_en_page: int
    propose: str
    signes: Signes
    is_alien: bool

    @property
    def is_right(self) -> bool:
        """Tell whether the right type was proposed."""
        return self.propose == self.type and not self.is_alien


@dataclass(frozen=True, slots=True)
class Reglage:
    """How scores become confidence, and the types on which the model keeps silent."""

    etalon: Etalon
    muets: frozenset[str]

    def stated(self, essai: Essai) -> float | None:
        """Return what would be stated of a trial; None when the model keeps silent."""
        if essai.propose in self.muets:
            return None
        return min(stated(self.etalon, essai.signes), STATED_MAX)


def fit(lecons: Sequence[Lecon]) -> Modele:
    """Fit a model on these lessons; the same lessons give the same model.

    Raises `ValueError` when fewer than two types are taught.
    """
    if len({lecon.type for lecon in lecons}) < TYPES_MIN:
        raise ValueError("a model needs two types to tell apart")
    essais = _tried(lecons)
    reglage = tune(essais)
    return replace(
        _fitted(lecons),
        etalon=reglage.etalon,
        muets=reglage.muets,
        mesures=measure(essais) | {"lecons": len(lecons)},
    )


# --- one fit --------------------------------------------------------------------------


def _fitted(lecons: Sequence[Lecon]) -> Modele:
    taught = [x for loss in LOSSES_TAUGHT for x in spoiled(lecons, loss)]
    vectoriser = TfidfVectorizer(
        analyzer=ngrams, sublinear_tf=True, vocabulary=vocabulary(lecons)
    )
    matrix = vectoriser.fit_transform([lecon.mots for lecon in taught])
    types = tuple(sorted({lecon.type for lecon in lecons}))
    rows, biases = [], []
    for code in types:
        regression = LogisticRegression(
            C=FORCE, solver="liblinear", class_weight="balanced", random_state=0
        )
        regression.fit(matrix, [lecon.type == code for lecon in taught])
        rows.append(regression.coef_[0])
        biases.append(float(regression.intercept_[0]))
    weights = np.rint(np.array(rows).T * SCALE).astype(int)
    grams = vectoriser.get_feature_names_out()
    return Modele(
        types=types,
        rarete={
            str(gram): float(rare)
            for gram, rare in zip(grams, vectoriser.idf_, strict=True)
        },
        poids={
            str(gram): tuple(int(w) for w in row)
            for gram, row in zip(grams, weights, strict=True)
        },
        biais=tuple(round(bias, 4) for bias in biases),
        etalon=(0.0, 0.0, 0.0, 0.0),
        muets=frozenset(),
    )


def vocabulary(lecons: Sequence[Lecon]) -> list[str]:
    """Return the n-grams to learn, sorted: frequent ones, and nobody's own.

    An n-gram of clerks' papers that no invented lesson holds must stand on the papers of
    three people: a name, an address or a rare illness is not learned.
    """
    spread: Counter[str] = Counter()
    people: dict[str, set[str]] = {}
    common: set[str] = set()
    for lecon in lecons:
        grams = set(ngrams(lecon.mots))
        spread.update(grams)
        if lecon.is_base:
            common |= grams
            continue
        for gram in grams:
            people.setdefault(gram, set()).add(lecon.source)
    kept = [
        gram
        for gram in spread
        if gram in common or len(people.get(gram, ())) >= PEOPLE_MIN
    ]
    ranked = sorted(kept, key=lambda gram: (-spread[gram], gram))
    return sorted(ranked[:NGRAMS_KEPT])


def spoiled(lecons: Iterable[Lecon], loss: float) -> list[Lecon]:
    """Return the lessons as a poor scan gives them: a share of the words is lost."""
    if not loss:
        return list(lecons)
    return [
        replace(lecon, mots=_lost(lecon, loss, rank))
        for rank, lecon in enumerate(lecons)
    ]


def _lost(lecon: Lecon, loss: float, rank: int) -> tuple[str, ...]:
    tirage = random.Random(f"{rank}:{loss}:{len(lecon.mots)}")  # noqa: S311 no secret
    # a misread word still stands between its neighbours: it breaks their pairs
    return tuple("?" if tirage.random() < loss else mot for mot in lecon.mots)


# --- calibration ----------------------------------------------------------------------


def _tried(lecons: Sequence[Lecon]) -> list[Essai]:
    """Judge every lesson by models taught without its layout, then without its type."""
    sheets = layouts(lecons)
    order = sorted(set(sheets), key=lambda s: (lecons[sheets.index(s)].type, s))
    fold = {sheet: rank % PLIS for rank, sheet in enumerate(order)}
    codes = sorted({lecon.type for lecon in lecons})
    found: list[Essai] = []
    for pli in range(PLIS):
        apart = [fold[sheet] == pli for sheet in sheets]
        found += _judged(lecons, sheets, apart, is_alien=False)
        hidden = set(codes[pli::PLIS])
        apart = [lecon.type in hidden for lecon in lecons]
        found += _judged(lecons, sheets, apart, is_alien=True)
    return found


def _judged(
    lecons: Sequence[Lecon],
    sheets: Sequence[int],
    apart: Sequence[bool],
    *,
    is_alien: bool,
) -> list[Essai]:
    taught = [x for x, held in zip(lecons, apart, strict=True) if not held]
    if all(apart) or len({lecon.type for lecon in taught}) < TYPES_MIN:
        return []
    model = _fitted(taught)
    essais = []
    for loss in LOSSES_TRIED[:1] if is_alien else LOSSES_TRIED:
        spoilt = zip(spoiled(lecons, loss), sheets, apart, strict=True)
        for lecon, sheet in ((x, s) for x, s, held in spoilt if held):
            signs = model.signs(lecon.mots)
            if signs is not None:
                essais.append(Essai(lecon.type, sheet, *signs, is_alien))
    return essais


def tune(essais: Sequence[Essai]) -> Reglage:
    """Learn from trials what to state, and on which types to keep silent.

    A type that was proposed, at the confidence from which the model speaks, of papers it is
    not more than once in twenty: the model does not know its layouts, and says so.
    """
    spoken = [essai for essai in essais if essai.propose != AUTRE]
    first = Reglage(_calibrated(spoken), frozenset({AUTRE}))
    said: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for essai in spoken:
        if (first.stated(essai) or 0.0) >= COMMITTED:
            said[essai.propose] += 1
            wrong[essai.propose] += not essai.is_right
    muets = {code for code in said if wrong[code] > (1 - COMMITTED) * said[code]}
    muets.add(AUTRE)
    kept = [essai for essai in spoken if essai.propose not in muets]
    return Reglage(_calibrated(kept), frozenset(muets))


def _calibrated(essais: Sequence[Essai]) -> Etalon:
    """Return the terms that turn the signs of a judgement into a share of right ones."""
    right = [essai.is_right for essai in essais]
    if len(set(right)) < TYPES_MIN:  # always right, or never: nothing to fit
        return (0.0, 0.0, 0.0, ALWAYS if right and all(right) else -ALWAYS)
    fitted = LogisticRegression(C=100.0).fit([e.signes for e in essais], right)
    a, b, c = (float(term) for term in fitted.coef_[0])
    return (a, b, c, float(fitted.intercept_[0]))


def measure(essais: Sequence[Essai]) -> dict[str, Any]:
    """Sum up trials, each stated by a tuning that has seen no paper of its layout."""
    pairs: list[tuple[Essai, float | None]] = []
    for pli in range(PLIS):
        reglage = tune([e for e in essais if e.mise_en_page % PLIS != pli])
        mine = [e for e in essais if e.mise_en_page % PLIS == pli]
        pairs += [(essai, reglage.stated(essai)) for essai in mine]
    known = [e for e, _ in pairs if not e.is_alien]
    committed = [(e, s) for e, s in pairs if s is not None and s >= COMMITTED]
    said = [essai for essai, _ in committed]
    return {
        "essais": len(known),
        "justes": sum(e.is_right for e in known),
        "engages": sum(not e.is_alien for e in said),
        "engages_justes": sum(e.is_right for e in said),
        "engages_annonce": round(sum(s for _, s in committed) / max(len(said), 1), 4),
        "inconnus": len(essais) - len(known),
        "inconnus_engages": sum(e.is_alien for e in said),
        "calibration": bands([(s, e.is_right) for e, s in pairs if s is not None]),
    }


def bands(pairs: Sequence[tuple[float, bool]]) -> list[dict[str, float]]:
    """Return, band by band, how many, what was stated on average, and what was right."""
    table = []
    for low, high in pairwise(BANDES):
        mine = [(s, right) for s, right in pairs if low <= s < high]
        if mine:
            table.append(
                {
                    "de": low,
                    "a": min(high, 1.0),
                    "nombre": len(mine),
                    "annonce": round(sum(s for s, _ in mine) / len(mine), 4),
                    "juste": round(sum(r for _, r in mine) / len(mine), 4),
                }
            )
    return table


# --- comparison -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How a model does on papers set apart: committed right, committed wrong, withheld."""

    justes: int
    faux: int
    abstenus: int

    def is_worse_than(self, other: "Score") -> bool:
        """Tell whether there are more mistakes, or as many and fewer right answers."""
        return (-self.faux, self.justes) < (-other.faux, other.justes)


def score(
    modele: Modele, lecons: Iterable[Lecon], seuils: Mapping[str, float] | None = None
) -> Score:
    """Judge lessons with a model, at the confidence from which it would speak."""
    limits = seuils or {}
    counts: Counter[str] = Counter()
    for lecon in lecons:
        found: Suggestion = modele.judge(lecon.mots)
        if found.confiance < limits.get(found.type, COMMITTED):
            counts["abstenus"] += 1
        else:
            counts["justes" if found.type == lecon.type else "faux"] += 1
    return Score(
        justes=counts["justes"], faux=counts["faux"], abstenus=counts["abstenus"]
    )
