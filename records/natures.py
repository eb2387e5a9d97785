"""Natures, conséquences, document types and the matrix of required pieces: dated data.

The law and the contract change them, so they are TOML with a source and days of validity,
never an enum: one file per nature (`natures/`), conséquence (`consequences/`), type of
paper (`types/`), and one file of rules per type of paper required (`matrice/`).
`records.catalogues` reads and checks them; this room only answers.
"""

import datetime as dt
import functools
from collections.abc import Mapping
from dataclasses import dataclass

EVENEMENT = "evenement"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChampDeclare:
    """One field of a declaration form.

    `type` is one of `records.catalogues.TYPES_DE_CHAMP`; « sensible » is read only by
    those who handle the file. `choix` lists (code, label); a « texte » with `choix`
    accepts other words.
    """

    nom: str
    libelle: str
    type: str
    obligatoire: bool = False
    aide: str = ""
    choix: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Nature:
    """A nature of event as described from `valable_des` (until `valable_jusqu_au`)."""

    code: str
    libelle: str
    regimes: tuple[str, ...]
    risque: str
    dsn: tuple[str, ...]
    champs: tuple[ChampDeclare, ...]
    consequences: tuple[str, ...]
    valable_des: dt.date
    source: str
    valable_jusqu_au: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeConsequence:
    """A kind of conséquence; `periode` is obligatoire, facultative or aucune."""

    code: str
    libelle: str
    periode: str
    champs: tuple[ChampDeclare, ...]
    valable_des: dt.date
    source: str
    aide: str = ""
    valable_jusqu_au: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeDocument:
    """A type of paper of the catalogue; `unite` is « mois » when one covers a month."""

    code: str
    libelle: str
    numeros: tuple[str, ...]
    titres: tuple[str, ...]
    is_sensible: bool
    is_jamais_exige: bool
    valable_des: dt.date
    source: str
    unite: str = ""
    valable_jusqu_au: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Regle:
    """One line of the matrix: when this paper is asked, for which days, and why.

    `par` names what gives birth to the requirement: the event itself, or the codes of the
    conséquences; with `is_unique`, several of these conséquences ask for one paper.
    """

    nom: str
    type: str
    natures: frozenset[str]
    regimes: frozenset[str]
    par: tuple[str, ...]
    si: tuple[str, ...]
    precision: str | None
    substituts: tuple[tuple[str, str | None], ...]
    periode: str
    exigible_apres_jours: int
    exigible_apres_mois: int
    exigible_depuis: str
    is_unique: bool
    base: str
    source: str
    valable_des: dt.date
    valable_jusqu_au: dt.date | None = None

    def is_valid(self, jour: dt.date) -> bool:
        """Tell whether the rule applies to what happens on a day."""
        is_over = self.valable_jusqu_au is not None and jour >= self.valable_jusqu_au
        return self.valable_des <= jour and not is_over


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The reference data in force on one day; `histoire` holds every rule ever."""

    jour: dt.date
    natures: Mapping[str, Nature]
    consequences: Mapping[str, TypeConsequence]
    types: Mapping[str, TypeDocument]
    histoire: tuple[Regle, ...]

    @property
    def regles(self) -> tuple[Regle, ...]:
        """The rules in force on the day."""
        return tuple(regle for regle in self.histoire if regle.is_valid(self.jour))

    def label(self, type_document: str) -> str:
        """Return the French name of a type, or its code when unknown."""
        known = self.types.get(type_document)
        return known.libelle if known else type_document

    def nature(self, code: str) -> str:
        """Return the French name of a nature, or its code when unknown."""
        known = self.natures.get(code)
        return known.libelle if known else code

    def consequence(self, code: str) -> str:
        """Return the French name of a conséquence, or its code when unknown."""
        known = self.consequences.get(code)
        return known.libelle if known else code

    def au(self, jour: dt.date) -> "Catalogue":
        """Return the catalogue as it stands on another day."""
        return catalogue(jour)


@functools.lru_cache(maxsize=512)
def catalogue(jour: dt.date) -> Catalogue:
    """Return the catalogue shipped with this version, as it stands on a day."""
    from records.catalogues import shipped

    return shipped().au(jour)
