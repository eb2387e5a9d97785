"""A row of a bordereau of prestations → a line whose every amount agrees, or what is wrong.

Pure: nothing here knows who exists. Fields are those of the décomptes: days, franchise,
base of pay, daily allowance, deductions; or care, invoice, amounts presented and kept.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from records.importation import valeurs as v
from records.importation.valeurs import RefusError
from records.noms import fold
from records.periodes import Periode
from records.vocabulary import Mot

T = TypeVar("T")
ZERO = Decimal("0.00")
_HALF_CENT = Decimal("0.005")
# what a line may say beside what is checked: kept as written, shown as such
TEXTS = (
    "regime", "position", "motif_retenue", "professionnel", "n_facture", "motif_rejet",
    "paye_a", "consequence",
)  # fmt: skip
AMOUNTS = (
    "tib", "nbi", "sft", "indemnite_residence", "indemnites_accessoires",
    "charges_patronales", "ij", "ij_cpam_deduites", "retenue", "montant_presente",
    "montant_retenu", "taux_garanti",
)  # fmt: skip
COUNTS = ("jours_calendaires", "franchise_jours", "jours_indemnises")
LONGEST = 200


class TypeLigne(Mot):
    """What a line pays."""

    IJ = ("IJ", "Indemnités journalières")
    FRAIS = ("FRAIS", "Frais médicaux")


class EtatLigne(Mot):
    """Whether the money left."""

    REGLEE = ("reglee", "Réglée")
    BLOQUEE = ("bloquee", "Bloquée")


@dataclass(frozen=True, slots=True, kw_only=True)
class Faute:
    """What is wrong with a line: the column, and what to do (French)."""

    colonne: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneLue:
    """A line whose values hold together; whom it is about is only claimed."""

    rang: int | None
    type: TypeLigne
    etat: EtatLigne
    periode: Periode | None
    date_soins: dt.date | None
    brut_eur: Decimal
    rembourse_eur: Decimal
    bloque_eur: Decimal
    champs: Mapping[str, str] = field(default_factory=dict)
    motif_blocage: str | None = None

    @property
    def cle(self) -> str:
        """What the line pays: a later line of the same key takes its place."""
        if self.periode is not None:
            return f"IJ|{self.periode.debut}|{self.periode.fin}"
        acte = fold(self.champs.get("nature_acte", ""))[:80]
        return f"FRAIS|{self.date_soins}|{acte}|{self.brut_eur}"


class Reader:
    """Reads the cells of one row; what is wrong is noted, never raised."""

    def __init__(self, valeurs: Mapping[str, Any]) -> None:
        self.valeurs = valeurs
        self.fautes: list[Faute] = []

    def get(self, act: Callable[..., T], name: str, **rest: Any) -> T | None:  # noqa: ANN401
        """Read a cell by one of the readers of `records.importation.valeurs`."""
        try:
            return act(self.valeurs, name, **rest)
        except RefusError as error:
            self.wrong(error.champ, error.detail)
            return None

    def has_fault(self, *colonnes: str) -> bool:
        """Tell whether something is already wrong with one of these columns."""
        return any(faute.colonne in colonnes for faute in self.fautes)

    def wrong(self, colonne: str, detail: str) -> None:
        """Note what is wrong with a column, once."""
        if not self.has_fault(colonne):
            self.fautes.append(Faute(colonne=colonne, detail=detail))


def read(
    valeurs: Mapping[str, Any], emission: dt.date
) -> tuple[LigneLue | None, list[Faute]]:
    """Read a row of a bordereau issued on a day; the line is None when it is wrong."""
    reader = Reader(valeurs)
    if valeurs.get("_trop"):
        reader.wrong("ligne", "il y a plus de valeurs que de colonnes.")
    genre = _word(reader, "type_ligne", {"ij": TypeLigne.IJ, "frais": TypeLigne.FRAIS,
                                         "frais medicaux": TypeLigne.FRAIS})  # fmt: skip
    etat = _word(reader, "etat", {"reglee": EtatLigne.REGLEE, "payee": EtatLigne.REGLEE,
                                  "bloquee": EtatLigne.BLOQUEE})  # fmt: skip
    amounts = {name: reader.get(v.exact_amount, name) for name in AMOUNTS}
    rembourse = reader.get(v.exact_amount, "montant_rembourse")
    if rembourse is None:
        reader.wrong("montant_rembourse", "ce montant est obligatoire.")
    line = None
    if genre is TypeLigne.IJ:
        line = _daily(reader, amounts, rembourse or ZERO, etat, emission)
    elif genre is TypeLigne.FRAIS:
        line = _care(reader, amounts, rembourse or ZERO, etat, emission)
    return (None, reader.fautes) if reader.fautes else (line, [])


def _word(reader: Reader, name: str, words: Mapping[str, T]) -> T | None:
    written = reader.get(v.needed, name, longest=40)
    if written is None:
        return None
    found = words.get(fold(written))
    if found is None:
        reader.wrong(name, f"« {written} » n'est pas attendu ici.")
    return found


# --- indemnités journalières -----------------------------------------------------------


def _daily(
    reader: Reader,
    amounts: Mapping[str, Decimal | None],
    rembourse: Decimal,
    etat: EtatLigne | None,
    emission: dt.date,
) -> LigneLue | None:
    periode = reader.get(v.periode, "periode_du", fin="periode_au")
    if periode is None:
        if not reader.has_fault("periode_du", "periode_au"):
            reader.wrong("periode_du", "la période est obligatoire.")
    elif periode.debut > emission:
        reader.wrong("periode_du", "la période commence après l'émission du bordereau.")
    counts = {name: reader.get(v.whole, name) for name in COUNTS}
    _check_days(reader, periode, counts)
    brut = reader.get(v.exact_amount, "montant_brut")
    if brut is None:
        reader.wrong("montant_brut", "ce montant est obligatoire.")
        brut = ZERO
    _check_daily_rate(reader, amounts["ij"], counts["jours_indemnises"], brut)
    due = brut - (amounts["ij_cpam_deduites"] or ZERO) - (amounts["retenue"] or ZERO)
    _check_paid(reader, etat, due, rembourse)
    if reader.fautes or etat is None:
        return None
    return _line(reader, TypeLigne.IJ, etat, amounts, counts, brut=brut, due=due,
                 rembourse=rembourse, periode=periode)  # fmt: skip


def _check_days(
    reader: Reader, periode: Periode | None, counts: Mapping[str, int | None]
) -> None:
    days, franchise, paid = (counts[name] for name in COUNTS)
    if periode and days is not None and days != periode.nb_jours:
        reader.wrong(
            "jours_calendaires",
            f"{days} jours annoncés, la période en compte {periode.nb_jours}.",
        )
    whole = periode.nb_jours if periode else days
    if whole is not None and (paid or 0) + (franchise or 0) > whole:
        reader.wrong(
            "jours_indemnises",
            "jours indemnisés et franchise dépassent les jours de la période.",
        )


def _check_daily_rate(
    reader: Reader, ij: Decimal | None, days: int | None, brut: Decimal
) -> None:
    """Compare with the daily allowance: printed to the cent, it hides half a cent a day."""
    if ij is None or days is None:
        return
    if abs(brut - ij * days) > _HALF_CENT * days:
        reader.wrong(
            "montant_brut",
            f"{days} jours à {_shown(ij)} font {_shown(ij * days)}, "
            f"pas {_shown(brut)}.",
        )


def _check_paid(
    reader: Reader, etat: EtatLigne | None, due: Decimal, rembourse: Decimal
) -> None:
    wanted = due if etat is EtatLigne.REGLEE else ZERO
    if etat is None or rembourse == wanted:
        return
    said = "une ligne bloquée ne rembourse rien"
    if etat is EtatLigne.REGLEE:
        said = f"le montant dû est {_shown(due)}"
    reader.wrong("montant_rembourse", f"{_shown(rembourse)} est faux : {said}.")


# --- frais médicaux --------------------------------------------------------------------


def _care(
    reader: Reader,
    amounts: Mapping[str, Decimal | None],
    rembourse: Decimal,
    etat: EtatLigne | None,
    emission: dt.date,
) -> LigneLue | None:
    day = reader.get(v.day, "date_soins")
    if day is None:
        reader.wrong("date_soins", "la date des soins est obligatoire.")
    elif day > emission:
        reader.wrong("date_soins", "les soins suivent l'émission du bordereau.")
    acte = reader.get(v.needed, "nature_acte", longest=LONGEST)
    presented, kept = amounts["montant_presente"], amounts["montant_retenu"]
    if presented is None:
        reader.wrong("montant_presente", "ce montant est obligatoire.")
        presented = ZERO
    if kept is not None and kept > presented:
        reader.wrong("montant_retenu", "il dépasse le montant présenté.")
    # a blocked line keeps nothing yet: what was presented is what waits
    due = kept or presented
    _check_paid(reader, etat, presented if kept is None else kept, rembourse)
    if reader.fautes or etat is None or acte is None:
        return None
    return _line(reader, TypeLigne.FRAIS, etat, amounts, {}, brut=presented, due=due,
                 rembourse=rembourse, date_soins=day, acte=acte)  # fmt: skip


def _line(
    reader: Reader,
    genre: TypeLigne,
    etat: EtatLigne,
    amounts: Mapping[str, Decimal | None],
    counts: Mapping[str, int | None],
    *,
    brut: Decimal,
    due: Decimal,
    rembourse: Decimal,
    periode: Periode | None = None,
    date_soins: dt.date | None = None,
    acte: str | None = None,
) -> LigneLue | None:
    texts = {name: reader.get(v.text, name, longest=LONGEST) for name in TEXTS}
    rang = reader.get(v.whole, "n_ligne")
    motif = reader.get(v.text, "motif_blocage", longest=LONGEST)
    kept = {**texts, "nature_acte": acte}
    champs = {name: value for name, value in kept.items() if value}
    champs |= {name: str(n) for name, n in counts.items() if n is not None}
    champs |= {name: f"{n:.2f}" for name, n in amounts.items() if n is not None}
    if reader.fautes:
        return None
    return LigneLue(
        rang=rang, type=genre, etat=etat, periode=periode, date_soins=date_soins,
        brut_eur=brut, rembourse_eur=rembourse,
        bloque_eur=due if etat is EtatLigne.BLOQUEE else ZERO, champs=champs,
        motif_blocage=motif,
    )  # fmt: skip


def _shown(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")
