"""What the scorer compares: the truth of a file, and what the product made of it."""

from dataclasses import dataclass, field
from typing import Any

INCONNUS = frozenset({"", "INCONNU", "A_TYPER"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Lu:
    """One paper as the product sees it; codes are the register's own."""

    pages: tuple[int, ...]
    type: str
    etat: str
    champs: dict[str, str] = field(default_factory=dict)
    agent: str | None = None
    evenement: str | None = None
    # lines tied to it, whether or not the tie is enough to close them
    lignes: frozenset[str] = frozenset()
    candidats: tuple[tuple[str | None, str | None, str | None], ...] = ()
    motifs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recu:
    """One file as the product sees it."""

    fichier: str
    etat: str
    code: str = ""
    documents: tuple[Lu, ...] = ()
    pages_blanches: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Champ:
    """One expected field and what was read (None: nothing)."""

    type: str
    nom: str
    attendu: str
    lu: str | None

    @property
    def is_exact(self) -> bool:
        """Tell whether the value read is the value printed."""
        return self.lu == self.attendu


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """The score of one paper.

    `typage`: juste, abstenu, faux. `lien`: lie, montre (right candidate shown), non_montre,
    faux (closed what it must not), rien (rightly closes nothing).
    """

    fichier: str
    pages: tuple[int, ...]
    type: str
    lisibilite: str
    attendu: tuple[str, ...] | str
    typage: str
    lien: str
    type_lu: str
    etat: str
    fermees: tuple[str, ...] = ()
    fautives: tuple[str, ...] = ()
    champs: tuple[Champ, ...] = ()
    cause: str = ""


@dataclass(slots=True, kw_only=True)
class Bilan:
    """Every score of a folder."""

    nb_fichiers: int
    duree_s: float
    notes: list[Note]
    # lines that closed though no truth lists them, whatever paper did it
    fautives: list[str]
    # files that reached no end
    en_suspens: list[str]
    sans_verite: bool = False
    recus: list[Recu] = field(default_factory=list)

    def count(self, **wanted: str) -> int:
        """Count the papers whose attributes have these values."""
        return sum(
            all(getattr(note, key) == value for key, value in wanted.items())
            for note in self.notes
        )

    @property
    def fermants(self) -> list[Note]:
        """The papers that must close a line."""
        return [note for note in self.notes if not isinstance(note.attendu, str)]

    @property
    def reserves(self) -> list[Note]:
        """The papers that must close nothing."""
        return [note for note in self.notes if isinstance(note.attendu, str)]

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        from dataclasses import asdict

        return {
            "nb_fichiers": self.nb_fichiers,
            "duree_s": round(self.duree_s, 1),
            "chiffres": figures(self),
            "fautives": self.fautives,
            "en_suspens": self.en_suspens,
            "notes": [asdict(note) for note in self.notes],
        }


def figures(bilan: Bilan) -> dict[str, int]:
    """Sum up a bilan: the numbers the README states."""
    closing = bilan.fermants
    fields = [
        c for note in bilan.notes if note.lisibilite == "bonne" for c in note.champs
    ]
    return {
        "fichiers": bilan.nb_fichiers,
        "documents": len(bilan.notes),
        "types_justes": bilan.count(typage="juste"),
        "types_abstenus": bilan.count(typage="abstenu"),
        "types_faux": bilan.count(typage="faux"),
        "fermants": len(closing),
        "fermants_lies": sum(note.lien == "lie" for note in closing),
        "fermants_montres": sum(note.lien == "montre" for note in closing),
        "fermants_non_montres": sum(note.lien == "non_montre" for note in closing),
        "reserves": len(bilan.reserves),
        "reserves_respectees": sum(note.lien == "rien" for note in bilan.reserves),
        "fermetures_fausses": len(bilan.fautives),
        "champs_bonne_lisibilite": len(fields),
        "champs_exacts": sum(c.is_exact for c in fields),
        "en_suspens": len(bilan.en_suspens),
    }
