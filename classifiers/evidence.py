"""Everything a classifier may look at: words with their boxes, ticked boxes, codes.

Positions are fractions of the upright page (0 at the top left, 1 at the bottom right), so
that a scan at 150 dpi and a photo compare. The file name is not evidence: it may lie.
"""

import enum
from dataclasses import dataclass, field


class Origine(enum.Enum):
    """How the words of a page were obtained."""

    COUCHE_TEXTE = "couche_texte"
    OCR = "ocr"
    PHOTO = "photo"
    ILLISIBLE = "illisible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A rectangle on the upright page, in fractions of its width and height."""

    x: float
    y: float
    largeur: float
    hauteur: float

    @property
    def droite(self) -> float:
        """Right edge."""
        return self.x + self.largeur

    @property
    def bas(self) -> float:
        """Bottom edge."""
        return self.y + self.hauteur

    def around(self, other: "Zone") -> "Zone":
        """Return the smallest rectangle holding both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        return Zone(
            x=x,
            y=y,
            largeur=max(self.droite, other.droite) - x,
            hauteur=max(self.bas, other.bas) - y,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mot:
    """One word as read. `confiance` is the reader's, 0 to 1 (1 for a text layer)."""

    texte: str
    zone: Zone
    confiance: float = 1.0
    ligne: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A square meant to be ticked, found in the ink of the page.

    `encre` is the share of dark pixels inside its frame, 0 to 1; what is ticked is decided
    by `classifiers.cases`, which compares the boxes of one group.
    """

    zone: Zone
    encre: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBarres:
    """A machine-readable code found on the page (QR, DataMatrix, Code 128…)."""

    symbologie: str
    contenu: str
    zone: Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page, upright: rotation (0, 90, 180, 270 clockwise) has been undone."""

    numero: int
    origine: Origine = Origine.OCR
    mots: tuple[Mot, ...] = ()
    cases: tuple[Case, ...] = ()
    codes: tuple[CodeBarres, ...] = ()
    is_blanche: bool = False
    rotation: int = 0
    largeur_px: int = 0
    hauteur_px: int = 0
    # the reader gave up on this page (budget, crash): a person must read it
    is_illisible: bool = False

    @property
    def texte(self) -> str:
        """The words in reading order, one line of the page per line."""
        lines: dict[int, list[str]] = {}
        for mot in self.mots:
            lines.setdefault(mot.ligne, []).append(mot.texte)
        return "\n".join(" ".join(words) for words in lines.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Liasse:
    """Consecutive pages forming one paper (its blank backs left out)."""

    pages: tuple[Page, ...] = field(default=())

    @property
    def numeros(self) -> tuple[int, ...]:
        """The page numbers in the file, from 1."""
        return tuple(page.numero for page in self.pages)
