"""`python -m tests.fabrique.lecons`: write the base lessons of the learned voter again.

Invented papers of other seeds than any test's, a few of each layout; the layouts typed by
hand; and papers that no type of the catalogue asks for. Names of people and places are
taken out: a word that teaches must not be somebody's.
"""

import json
import random
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

import pypdfium2 as pdfium

from classifiers.lecons import BASE, Lecon, layouts, words
from tests.classifiers.modeles import MODELES
from tests.fabrique import noms, rendu
from tests.fabrique.corpus import world
from tests.fabrique.monde import Monde

GRAINES = (101, 102, 103)
NOMBRE, PAR_TYPE, PAR_MISE_EN_PAGE = 300, 6, 3
ENCORE = Path(__file__).with_suffix(".toml")
# common words that some invented name also holds
COMMUNS = frozenset(words("de la le les du des d l et commune communauté centre communal "
                          "action sociale rue avenue place route chemin quai impasse "
                          "travail médecin docteur"))  # fmt: skip


def proper() -> frozenset[str]:
    """Return the words of the invented names."""
    texts = [
        *noms.FAMILLES, *noms.FEMMES, *noms.HOMMES, *noms.MEDECINS, *noms.TEMOINS,
        *noms.ASSUREURS, *noms.VOIES, *(" ".join(row) for row in noms.COLLECTIVITES),
        "Tardivel Noémie Rouvrel Paul Vaubrun Poitiers",
    ]  # fmt: skip
    return frozenset(word for text in texts for word in words(text)) - COMMUNS


def _people(monde: Monde) -> Iterator[str]:
    for agent in monde.agents:
        yield f"{agent['nom_famille']} {agent['nom_usage'] or ''}"
        yield " ".join(agent["prenoms"])


def drawn(names: set[str]) -> Iterator[tuple[str, str]]:
    """Yield (type, text) of papers the corpus maker draws; note whose names they hold."""
    for graine in GRAINES:
        monde, cases = world(graine, NOMBRE)
        names.update(word for text in _people(monde) for word in words(text))
        seen: Counter[str] = Counter()
        pieces = [p for cas in cases if not cas.blanche for p in cas.pieces]
        for rank, piece in enumerate(pieces):
            kind = piece.papier.type
            seen[kind] += 1
            if seen[kind] <= PAR_TYPE:
                pdf = rendu.to_pdf(piece.papier, random.Random(f"{graine}:{rank}"))
                yield kind, text_of(pdf)


def text_of(pdf: bytes) -> str:
    """Return the text layer of a drawn paper."""
    document = pdfium.PdfDocument(pdf)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def typed() -> Iterator[tuple[str, str]]:
    """Yield (type, text) of the layouts written by hand."""
    for code, layouts_ in MODELES.items():
        for lines in layouts_:
            yield code, "\n".join(lines)
    for code, texts in tomllib.loads(ENCORE.read_text(encoding="utf-8")).items():
        for text in texts:
            yield code, text


def lessons(pairs: Iterable[tuple[str, str]], names: AbstractSet[str]) -> list[Lecon]:
    """Keep a few papers of each layout, without names."""
    found = [
        Lecon(type=kind, mots=tuple(w for w in words(text) if w not in names))
        for kind, text in pairs
    ]
    seen: Counter[int] = Counter()
    kept = []
    for lecon, layout in zip(found, layouts(found), strict=True):
        seen[layout] += 1
        if seen[layout] <= PAR_MISE_EN_PAGE:
            kept.append(lecon)
    return sorted(kept, key=lambda lecon: lecon.type)


def main() -> None:
    """Write the file and say how many lessons it holds."""
    names = set(proper())
    pairs = [*drawn(names), *typed()]
    kept = lessons(pairs, names - COMMUNS)
    lines = [
        json.dumps({"type": x.type, "mots": " ".join(x.mots)}, ensure_ascii=False)
        for x in kept
    ]
    BASE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(kept)} leçons, {len(set(layouts(kept)))} mises en page")


if __name__ == "__main__":
    main()
