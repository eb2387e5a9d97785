"""A page as it comes out of the box: what was read, its picture, and what it cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from classifiers.evidence import Origine, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLue:
    """One page read: `apercu` is its WebP picture, None when there is none.

    `compteurs` says how it was read (`couche`, `ocr`, `photo`, `image` taken out of the
    PDF); `technique` why it could not be (for the operator's log).
    """

    page: Page
    apercu: bytes | None = None
    # what it looks like, in 64 bits; None when nobody saw it
    image: int | None = None
    compteurs: Mapping[str, int] = field(default_factory=dict)
    cpu_s: float = 0.0
    technique: str = ""


def unreadable(numero: int, apercu: bytes | None, technique: str) -> PageLue:
    """Keep a page that could not be read: a person will read it."""
    page = Page(numero=numero, origine=Origine.ILLISIBLE, is_illisible=True)
    return PageLue(page=page, apercu=apercu, technique=technique)
