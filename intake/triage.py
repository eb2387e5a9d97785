"""Bytes → accepted, refused under a code, or put aside. Never an exception, never silence.

The bytes are opened in a disposable child only; how the child died is itself a finding.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intake.motifs import MOTIFS, REMARQUES
from socle.sandbox import Depasse, Erreur, Issue, Limites, Message, Plante, Sandbox

LECTEUR = "intake.boite.lecture"
PHOTOGRAPHE = "intake.boite.photo"
ENVELOPPE = "intake.boite.enveloppe"
MODULES = (LECTEUR, PHOTOGRAPHE, ENVELOPPE)
TYPES = frozenset({"pdf", "tiff", "jpeg", "png", "heic"})
PIXELS_MAX = 80_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitesTri:
    """What a file may be; the defaults are the published limits."""

    pages_max: int = 500
    pixels_max: int = PIXELS_MAX
    duree_s: float = 20.0
    cpu_s: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Tri:
    """The counter's findings about a file it accepts.

    `type` is one of pdf, tiff, jpeg, png, heic (the content's, never the name's);
    `notes` are codes of `motifs.REMARQUES`; `is_photo` routes to the photo engine.
    """

    type: str
    nb_pages: int
    notes: tuple[str, ...] = ()
    is_photo: bool = False
    producteur: str = ""
    createur: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepte:
    """The file can be read."""

    tri: Tri


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """The file is given back: `code` of the closed list, `detail` for a person."""

    code: str
    detail: str
    technique: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantaine:
    """The file is kept aside for a person: it could not be examined to the end."""

    code: str
    detail: str
    technique: str = ""


def examine(
    sandbox: Sandbox,
    chemin: Path,
    nom_fichier: str,
    limites: LimitesTri | None = None,
) -> Accepte | Refuse | Quarantaine:
    """Say what the file is, from its bytes; the name is only compared with them."""
    limites = limites or LimitesTri()
    issue = sandbox.run(
        f"{LECTEUR}:examiner",
        chemin,
        {
            "extension": _extension(nom_fichier),
            "pages_max": limites.pages_max,
            "pixels_max": limites.pixels_max,
        },
        limites=Limites(wall_s=limites.duree_s, cpu_s=limites.cpu_s),
    )
    return _conclude(issue)


def _extension(nom_fichier: str) -> str:
    _, point, extension = nom_fichier.rpartition(".")
    return extension[:16] if point else ""


def _conclude(issue: Issue) -> Accepte | Refuse | Quarantaine:
    kind = _kind(issue.messages)
    if isinstance(issue, Erreur) and issue.code in MOTIFS:
        return Refuse(
            code=issue.code, detail=MOTIFS[issue.code], technique=issue.detail
        )
    if isinstance(issue, Depasse):
        return _exceeded(kind, issue.limite)
    if isinstance(issue, Erreur):
        return _put_aside("analyse-impossible", issue.detail or issue.code)
    if isinstance(issue, Plante):
        return _put_aside("analyse-impossible", f"{issue.signal}/{issue.code}")
    tri = _tri(kind, issue.messages)
    return Accepte(tri=tri) if tri else _put_aside("analyse-impossible", "answer")


def _exceeded(kind: str | None, limite: str) -> Refuse | Quarantaine:
    if kind == "pdf":
        return _refuse("pdf-trop-complexe", limite)
    if limite == "memoire":
        return _refuse("image-trop-grande", limite)
    return _put_aside("analyse-trop-longue", limite)


def _kind(messages: tuple[Message, ...]) -> str | None:
    kind = messages[0].corps.get("type") if messages else None
    return kind if kind in TYPES else None


def _tri(kind: str | None, messages: tuple[Message, ...]) -> Tri | None:
    """Read the findings; None when the child said something else than findings."""
    if kind is None or len(messages) != 2:  # noqa: PLR2004 the type, then the findings
        return None
    return tri_from({**messages[1].corps, "type": kind})


def tri_from(corps: Mapping[str, Any]) -> Tri | None:
    """Build a `Tri` from JSON (a child's answer, or the column that kept it)."""
    nb_pages = corps.get("nb_pages")
    if corps.get("type") not in TYPES or not isinstance(nb_pages, int) or nb_pages < 1:
        return None
    notes = corps.get("notes")
    known = notes if isinstance(notes, list) else []
    return Tri(
        type=str(corps["type"]),
        nb_pages=nb_pages,
        notes=tuple(note for note in known if note in REMARQUES),
        is_photo=corps.get("is_photo") is True,
        producteur=str(corps.get("producteur", ""))[:200],
        createur=str(corps.get("createur", ""))[:200],
    )


def _refuse(code: str, technique: str) -> Refuse:
    return Refuse(code=code, detail=MOTIFS[code], technique=technique)


def _put_aside(code: str, technique: str) -> Quarantaine:
    return Quarantaine(code=code, detail=MOTIFS[code], technique=technique)


def moteurs(sandbox: Sandbox) -> Mapping[str, Any]:
    """Say which engines this machine has, and which walls stand around them.

    `ocr` is `tesseract` or `photo` (French data missing: every page goes to the photo
    engine); `magic` is `systeme` or `pylibmagic`.
    """
    report = dict(sandbox.report(LECTEUR))
    report["murs"] = dict(sandbox.walls(LECTEUR))
    return report
