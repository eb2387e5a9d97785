"""A learned model at work: the words of a page → the type they speak for, how sure, why.

A model is figures, never code: nothing is run when one is read back. It knows common words
only (`classifiers.lecons`); a paper unlike all it was taught with gets a low confidence.
Plain Python: no numerical library is loaded to apply one.
"""

import json
import math
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from classifiers.feuille import Feuille
from classifiers.lecons import ngrams, words_of
from classifiers.text import phrase
from classifiers.verdict import INCONNU, Raison

FORME = 1
# weights are kept as whole thousandths
SCALE = 1000
NGRAMS_MAX, TYPES_MIN, TYPES_MAX = 20_000, 2, 100
UNPACKED_MAX = 32 * 1024 * 1024
# fewer known words than this: there is nothing to judge
KNOWN_MIN = 6
SHOWN = 5
STATED_MAX, LOGIT_MAX = 0.995, 40.0


Signes = tuple[float, float, float]
Etalon = tuple[float, float, float, float]


def stated(etalon: Etalon, signes: Signes) -> float:
    """Return the share of right answers among judgements that show these signs."""
    logit = sum(term * sign for term, sign in zip(etalon, (*signes, 1.0), strict=True))
    return 1 / (1 + math.exp(-max(min(logit, LOGIT_MAX), -LOGIT_MAX)))


class ModeleError(ValueError):
    """Bytes that are not a model; the message says what is wrong with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What the model thinks a paper is. `confiance` is calibrated, 0 to 1."""

    type: str
    confiance: float
    raisons: tuple[Raison, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Modele:
    """Weights per word and type, and how scores become a share of right answers.

    `poids` gives, per n-gram, one weight per type, already multiplied by how rare the
    n-gram is (`rarete`). `etalon` are the four terms of the calibration: best score, lead
    over the second, share of known words, constant. `muets` are the types it must not
    propose. `numero` is its version in the store.
    """

    types: tuple[str, ...]
    rarete: Mapping[str, float]
    poids: Mapping[str, tuple[int, ...]]
    biais: tuple[float, ...]
    etalon: Etalon
    muets: frozenset[str]
    numero: int = 0
    mesures: Mapping[str, Any] = field(default_factory=dict)

    def scores(self, mots: Sequence[str]) -> list[float] | None:
        """Return one score per type; None when too few words are known."""
        weighed = self._weighed(mots)
        if sum(" " not in gram for gram in weighed) < KNOWN_MIN:
            return None
        found = list(self.biais)
        for gram, value in weighed.items():
            for rank, weight in enumerate(self.poids[gram]):
                found[rank] += value * weight / SCALE
        return found

    def _weighed(self, mots: Sequence[str]) -> dict[str, float]:
        counts = Counter(gram for gram in ngrams(mots) if gram in self.rarete)
        raw = {
            gram: (1 + math.log(count)) * self.rarete[gram]
            for gram, count in counts.items()
        }
        norm = math.sqrt(sum(value * value for value in raw.values())) or 1.0
        return {gram: value / norm for gram, value in raw.items()}

    def signs(self, mots: Sequence[str]) -> tuple[str, Signes] | None:
        """Return the best type, its score, its lead, and the share of known words."""
        scores = self.scores(mots)
        if scores is None:
            return None
        best, second = sorted(range(len(scores)), key=lambda rank: -scores[rank])[:2]
        known = sum(mot in self.rarete for mot in mots) / len(mots)
        lead = scores[best] - scores[second]
        return self.types[best], (scores[best], lead, known)

    def judge(self, mots: Sequence[str]) -> Suggestion:
        """Say what these words speak for; `INCONNU` when the model must keep silent."""
        found = self.signs(mots)
        if found is None or found[0] in self.muets:
            return Suggestion(type=INCONNU, confiance=0.0)
        code, signes = found
        return Suggestion(
            type=code, confiance=min(stated(self.etalon, signes), STATED_MAX)
        )

    def propose(self, feuilles: Sequence[Feuille]) -> Suggestion:
        """Say what pages are, with the words that weighed most and where they stand."""
        mots = words_of(feuilles)
        found = self.judge(mots)
        if found.type == INCONNU:
            return found
        return Suggestion(
            type=found.type,
            confiance=found.confiance,
            raisons=tuple(self._reasons(feuilles, mots, found.type)),
        )

    def _reasons(
        self, feuilles: Sequence[Feuille], mots: Sequence[str], code: str
    ) -> Iterable[Raison]:
        rank = self.types.index(code)
        weighed = self._weighed(mots)
        pull = {g: v * self.poids[g][rank] / SCALE for g, v in weighed.items()}
        said: set[str] = set()
        for gram in sorted(pull, key=lambda g: (-pull[g], g)):
            if len(said) >= SHOWN or pull[gram] <= 0:
                return
            if any(gram in other or other in gram for other in said):
                continue
            place = _place(feuilles, gram)
            if place is not None:
                said.add(gram)
                yield _reason(place, pull[gram])

    def to_bytes(self) -> bytes:
        """Write the model: figures as JSON, compressed."""
        body = {
            "forme": FORME,
            "types": list(self.types),
            "ngrammes": [
                [gram, round(self.rarete[gram], 4), list(self.poids[gram])]
                for gram in self.rarete
            ],
            "biais": list(self.biais),
            "etalon": list(self.etalon),
            "muets": sorted(self.muets),
            "mesures": dict(self.mesures),
        }
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return zlib.compress(text.encode(), 9)


def _place(
    feuilles: Sequence[Feuille], gram: str
) -> tuple[Feuille, tuple[int, int]] | None:
    for feuille in feuilles:
        touche = next(iter(feuille.exact(phrase(gram))), None)
        if touche is not None:
            return feuille, (touche.debut, touche.fin)
    return None


def _reason(place: tuple[Feuille, tuple[int, int]], poids: float) -> Raison:
    feuille, (debut, fin) = place
    read = " ".join(feuille.texte[debut:fin].split())
    return Raison(
        code="mots-appris",
        detail=f"Mot qui a pesé : « {read[:60]} ».",
        page=feuille.page,
        zone=feuille.zone(debut, fin),
        poids=round(poids, 3),
    )


def from_bytes(octets: bytes, numero: int = 0) -> Modele:
    """Read a model back; raise `ModeleError` on anything that is not one."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(octets, UNPACKED_MAX)
    except zlib.error as error:
        raise ModeleError("not a compressed model") from error
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise ModeleError("the model is truncated or too large")
    try:
        return _read(json.loads(text), numero)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModeleError(f"not a model: {error}") from error


def _read(body: dict[str, Any], numero: int) -> Modele:
    if body["forme"] != FORME:
        raise ModeleError("the model has another form than the one read here")
    types = tuple(str(code) for code in body["types"])
    rows = body["ngrammes"]
    if not TYPES_MIN <= len(types) <= TYPES_MAX or len(rows) > NGRAMS_MAX:
        raise ModeleError("the model has too few or too many types or words")
    etalon = tuple(float(term) for term in body["etalon"])
    biais = tuple(float(term) for term in body["biais"])
    poids = {str(gram): tuple(int(w) for w in row) for gram, _, row in rows}
    sizes = {len(row) for row in poids.values()} | {len(biais)}
    if sizes != {len(types)} or len(etalon) != 4:  # noqa: PLR2004 see `etalon`
        raise ModeleError("the model does not give one weight per type")
    return Modele(
        types=types,
        rarete={str(gram): float(rare) for gram, rare, _ in rows},
        poids=poids,
        biais=biais,
        etalon=(etalon[0], etalon[1], etalon[2], etalon[3]),
        muets=frozenset(str(code) for code in body["muets"]),
        numero=numero,
        mesures=body["mesures"],
    )
