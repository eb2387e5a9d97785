"""One file read apart: split, read, typed, its fields taken out; nothing is stored."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

from classifiers import decoupage, ensemble
from classifiers.evidence import Liasse
from classifiers.verdict import Verdict
from intake.integration import reasons_json
from intake.juge import Judge
from intake.lecture import read_pages
from intake.triage import MODULES, Accepte, LimitesTri, examine
from socle.sandbox import Sandbox


class Examinateur:
    """Reads files in the box; keep one for many files: its readers stay warm."""

    def __init__(self, *, pages_max: int, judge: Judge = ensemble.judge) -> None:
        self._judge = judge
        self._limites = LimitesTri(pages_max=pages_max)
        self._sandbox = Sandbox(MODULES)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._sandbox.close()

    def examine(self, chemin: Path) -> dict[str, Any]:
        """Return what was understood of a file, as JSON values."""
        found = examine(self._sandbox, chemin, chemin.name, self._limites)
        if not isinstance(found, Accepte):
            return {
                "fichier": str(chemin),
                "etat": type(found).__name__.lower(),
                "code": found.code,
                "detail": found.detail,
                "nb_pages": None,
                "documents": [],
            }
        tri = found.tri
        pages = read_pages(self._sandbox, chemin, tri, 1, tri.nb_pages)
        liasses = decoupage.split(tuple(lue.page for lue in pages))
        return {
            "fichier": str(chemin),
            "etat": "lu",
            "code": None,
            "detail": None,
            "nb_pages": tri.nb_pages,
            "documents": [_paper(x, self._judge(x)) for x in liasses],
        }


def _paper(liasse: Liasse, verdict: Verdict) -> dict[str, Any]:
    return {
        "pages": list(liasse.numeros),
        "type": verdict.type,
        "certitude": verdict.certitude.value,
        "confiance": round(verdict.confiance, 4),
        "suggestions": [
            {"type": kind, "score": round(score, 4)}
            for kind, score in verdict.suggestions
        ],
        "champs": {name: champ.valeur for name, champ in verdict.champs.items()},
        "lignes": [
            {name: champ.valeur for name, champ in ligne.items()}
            for ligne in verdict.lignes
        ],
        "medical": verdict.is_medical,
        "modele": verdict.modele,
        "motifs": reasons_json(verdict.raisons),
    }
