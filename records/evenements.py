"""Events and what follows from them, as values."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from records.periodes import Periode


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What follows from an event (code of `documents.md` §1.3)."""

    id: int
    reference: str
    evenement_id: int
    type: str
    periode: Periode | None = None
    champs: dict[str, Any] = field(default_factory=dict)
    reference_externe: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Evenement:
    """The insured happening; `numero` is the manager's label read on papers."""

    id: int
    reference: str
    collectivite_id: int
    agent_id: int
    nature: str
    date_survenance: dt.date
    numero: str | None = None
    is_sans_arret: bool = False
    has_tiers: bool = False
    etat: str = "en_cours"
    champs: dict[str, Any] = field(default_factory=dict)
    consequences: tuple[Consequence, ...] = ()
    reference_externe: str | None = None
    declare_at: dt.datetime | None = None
    version: int = 1

    @property
    def periodes(self) -> tuple[Periode, ...]:
        """The periods of its conséquences, as declared."""
        return tuple(c.periode for c in self.consequences if c.periode)
