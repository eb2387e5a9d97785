"""What an import answers: every line, by its place in the file, and what to correct."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bordereaux.ecriture import Ecrit
from bordereaux.lignes_lues import Faute
from bordereaux.lots import EcartLu, Source

CREEE, INCHANGEE, REFUSEE = "creee", "inchangee", "refusee"
MAX_KEPT = 2_000
_LABELS = {CREEE: "créées", INCHANGEE: "inchangées", REFUSEE: "refusées"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneRapport:
    """What became of a row: `fautes` say why it is refused, `remarques` what is unsure."""

    table: str
    ligne: int
    bordereau: str
    etat: str
    fautes: tuple[Faute, ...] = ()
    remarques: tuple[Faute, ...] = ()

    def plain(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "table": self.table,
            "ligne": self.ligne,
            "bordereau": self.bordereau,
            "etat": self.etat,
            "fautes": [_plain(faute) for faute in self.fautes],
            "remarques": [_plain(faute) for faute in self.remarques],
        }


def _plain(faute: Faute) -> dict[str, str]:
    return {"colonne": faute.colonne, "detail": faute.detail}


def answered(answer: Ecrit, remarques: tuple[Faute, ...]) -> LigneRapport:
    """Say what became of a line that was ready."""
    etat = CREEE if answer.is_new else INCHANGEE
    if answer.faute is not None:
        etat = REFUSEE
    return LigneRapport(
        table=answer.source.table, ligne=answer.source.rangee.ligne,
        bordereau=answer.source.rangee.valeurs.get("n_bordereau", ""), etat=etat,
        fautes=(answer.faute,) if answer.faute else (), remarques=remarques,
    )  # fmt: skip


def refused(source: Source, fautes: tuple[Faute, ...]) -> LigneRapport:
    """Say why a row was not kept."""
    return LigneRapport(
        table=source.table, ligne=source.rangee.ligne,
        bordereau=source.rangee.valeurs.get("n_bordereau", ""), etat=REFUSEE,
        fautes=fautes,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rapport:
    """What became of a file; `bordereaux` are the references of those it holds."""

    colis: str
    lignes: tuple[LigneRapport, ...]
    ecarts: tuple[EcartLu, ...]
    bordereaux: tuple[str, ...] = ()

    def nombre(self, etat: str) -> int:
        """How many lines came to a state."""
        return sum(line.etat == etat for line in self.lignes)

    @property
    def is_sans_faute(self) -> bool:
        """Tell whether nothing was refused and nothing contradicts itself."""
        return not self.ecarts and not self.nombre(REFUSEE)

    def sentences(self) -> Iterator[str]:
        """Say it in French: a line per fault, then one per contradiction, then counts."""
        for line in self.lignes:
            for faute in line.fautes:
                yield f"{line.table}, ligne {line.ligne}, {faute.colonne} : {faute.detail}"
        for ecart in self.ecarts:
            yield (
                f"{ecart.objet}, {ecart.champ} : {ecart.annonce} annoncé, "
                f"{ecart.trouve} trouvé."
            )
        counts = Counter(line.etat for line in self.lignes)
        said = ", ".join(f"{counts[etat]} {label}" for etat, label in _LABELS.items())
        yield f"lignes : {said}"

    def plain(self, *, only_wrong: bool = False) -> dict[str, Any]:
        """Return JSON values; `only_wrong` keeps the lines one must look at."""
        kept = [
            line
            for line in self.lignes
            if not only_wrong or line.fautes or line.remarques
        ]
        if only_wrong:
            kept = kept[:MAX_KEPT]
        return {
            "colis": self.colis,
            "bordereaux": list(self.bordereaux),
            "comptes": {
                "creees": self.nombre(CREEE),
                "inchangees": self.nombre(INCHANGEE),
                "refusees": self.nombre(REFUSEE),
                "remarques": sum(bool(line.remarques) for line in self.lignes),
            },
            "ecarts": [
                {"objet": e.objet, "champ": e.champ, "annonce": e.annonce,
                 "trouve": e.trouve}
                for e in self.ecarts
            ],
            "lignes": [line.plain() for line in kept],
        }  # fmt: skip
