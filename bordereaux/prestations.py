"""Bordereaux of prestations as values; which of their blocked lines still hold. Pure."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from records import decompte
from records.periodes import Periode, gaps


@dataclass(frozen=True, slots=True, kw_only=True)
class Bordereau:
    """A bordereau of prestations; its totals are those of the lines kept."""

    id: int
    reference: str
    collectivite_id: int
    colis_id: int
    numero: str
    numero_colis: str
    date_emission: dt.date
    contrat: str | None
    budget: str | None
    mode_paiement: str | None
    iban: str | None
    nb_lignes: int
    nb_reglees: int
    nb_bloquees: int
    brut_eur: Decimal
    rembourse_eur: Decimal
    bloque_eur: Decimal
    ecarts: tuple[dict[str, str], ...]
    importe_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Prestation:
    """One line: `IJ` for days, `FRAIS` for care; `reglee` or `bloquee`."""

    id: int
    bordereau_id: int
    collectivite_id: int
    rang: int
    type: str
    etat: str
    agent_id: int
    evenement_id: int
    consequence_id: int | None
    piece_id: int | None
    date_emission: dt.date
    periode: Periode | None
    date_soins: dt.date | None
    brut_eur: Decimal
    rembourse_eur: Decimal
    bloque_eur: Decimal
    cle: str
    motif_blocage: str | None
    piece_libelle: str | None
    champs: dict[str, str] = field(default_factory=dict)

    @property
    def is_bloquee(self) -> bool:
        """Tell whether a missing paper held the money back."""
        return self.etat == "bloquee"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecompteRecu:
    """The file of a décompte."""

    reference: str
    collectivite_id: int
    bordereau_id: int
    nom_fichier: str
    empreinte: str
    taille: int
    recu_at: dt.datetime


def in_force(lines: Sequence[Prestation]) -> list[Prestation]:
    """Return the lines of one event that still hold, oldest bordereau first.

    A settled line always does. A blocked one does until later bordereaux say again what it
    pays: the same care, or all of its days.
    """
    ordered = sorted(lines, key=_age)
    return [
        line
        for rank, line in enumerate(ordered)
        if not (line.is_bloquee and _is_overtaken(line, ordered[rank + 1 :]))
    ]


def _age(line: Prestation) -> tuple[dt.date, int]:
    return line.date_emission, line.id


def _is_overtaken(line: Prestation, later: Iterable[Prestation]) -> bool:
    after = [one for one in later if one.bordereau_id != line.bordereau_id]
    if line.periode is None:
        return any(one.cle == line.cle for one in after)
    said = [one.periode for one in after if one.periode]
    return not gaps(line.periode, said)


def held_back(lines: Sequence[Prestation]) -> dict[int, Decimal]:
    """Return what each requirement holds back, from the lines of its event.

    A requirement that held something and no longer does is there, at zero.
    """
    amounts = {line.piece_id: Decimal("0.00") for line in lines if line.piece_id}
    for line in in_force(lines):
        if line.is_bloquee and line.piece_id:
            amounts[line.piece_id] += line.bloque_eur
    return {piece_id: amounts[piece_id] for piece_id in amounts if piece_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sommes:
    """What an event was paid, and what is held back: the sums, and their lines."""

    lignes: tuple[Prestation, ...]

    @property
    def reglees_eur(self) -> Decimal:
        """All that was reimbursed."""
        return decompte.total([line.rembourse_eur for line in self.lignes])

    @property
    def bloquees_eur(self) -> Decimal:
        """All that waits for a paper."""
        return decompte.total([line.bloque_eur for line in self.lignes])

    def of(self, genre: str) -> tuple[Prestation, ...]:
        """Return the lines of one kind."""
        return tuple(line for line in self.lignes if line.type == genre)
