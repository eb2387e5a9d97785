"""What the API accepts about papers: lists, deposits, corrections.

Same habits as `web.api.models`.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from web.api.models import Code, Jour, Modele, Motif, Page, Reference


class JustificatifRecherche(Page):
    """How the papers integrated are listed."""

    collectivite: Reference | None = None
    agent: Reference | None = None
    evenement: Reference | None = None
    depot: Reference | None = None
    type: Code | None = None
    etat: (
        Literal[
            "rattache", "a_verifier", "integre_sans_piece", "anomalie", "quarantaine"
        ]
        | None
    ) = None
    depuis: Jour | None = None
    jusqu_a: Jour | None = Field(None, description="Dernier jour inclus.")
    q: str | None = Field(
        None, min_length=3, max_length=200, description="Mots lus sur le document."
    )


class DepotRecherche(Page):
    """How deposits are listed."""

    collectivite: Reference | None = None
    etat: Literal["recu", "en_cours", "traite", "refuse", "quarantaine"] | None = None


class Retypage(Modele):
    """The right type of a paper, said by a person."""

    type: Code
    motif: Motif | None = None
    version: int | None = Field(None, ge=1)


class CouvertureEntree(Modele):
    """Days proved, both included."""

    debut: Jour
    fin: Jour

    @model_validator(mode="after")
    def _in_order(self) -> "CouvertureEntree":
        if self.fin < self.debut:
            raise ValueError("la fin précède le début")
        return self


class LienEntree(Modele):
    """One requirement the paper answers."""

    piece: Reference
    couverture: CouvertureEntree | None = None


class RattachementEntree(Modele):
    """Where a paper belongs: an agent, an event, the requirements it answers."""

    agent: Reference | None = None
    evenement: Reference | None = None
    pieces: list[LienEntree] = Field(default_factory=list, max_length=60)
    motif: Motif | None = None
    version: int | None = Field(None, ge=1)


class DetachementEntree(Modele):
    """Undo links; without `pieces`, all of them."""

    pieces: list[Reference] = Field(default_factory=list, max_length=60)
    motif: Motif
    version: int | None = Field(None, ge=1)


class AnomalieEntree(Modele):
    """The paper cannot be integrated: why."""

    motif: Motif
    version: int | None = Field(None, ge=1)


class RotationEntree(Modele):
    """How far the pages must be turned, clockwise, to be read by eye."""

    angle: Literal[0, 90, 180, 270]
    motif: Motif | None = None
    version: int | None = Field(None, ge=1)


class DecoupageEntree(Modele):
    """The papers of a deposit, each as its list of pages (from 1)."""

    documents: list[
        Annotated[list[Annotated[int, Field(ge=1, le=500)]], Field(min_length=1)]
    ] = Field(min_length=1, max_length=500)
    motif: Motif | None = None
