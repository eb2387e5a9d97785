"""What was read of a paper, ready to be compared with what the register says.

A field read surely decides. Where a field could not be read, a day or an amount the
register knows may still stand on the page: a hypothesis checked, never a value guessed.
Pure.
"""

import datetime as dt
import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from classifiers.evidence import Page
from classifiers.verdict import Champ, Verdict
from intake import indices
from records.evenements import Evenement
from records.noms import fold
from records.periodes import Periode, union

MIN_CONFIDENCE = 0.5
# a word the reader was less sure of is no day and no amount
MIN_WORD = 0.3
ACCIDENTS = ("AS", "AT", "TRAJET", "MP")


class Niveau(enum.IntEnum):
    """How well a paper meets a line."""

    DISCORDANTE = 1  # something read differs: a person may still think so
    MUETTE = 2  # what should tell could not be read
    UNIQUE = 3  # nothing differs; good only if no other line is possible
    EXACTE = 4  # a fact read on the paper is that of the line


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondance:
    """One meeting of a paper and a line; `periode` is the part proved."""

    niveau: Niveau
    detail: str
    periode: Periode | None = None


def exact(detail: str, periode: Periode | None = None) -> Correspondance:
    """Say that a fact of the paper is that of the line."""
    return Correspondance(niveau=Niveau.EXACTE, detail=detail, periode=periode)


def unique(detail: str) -> Correspondance:
    """Say that nothing differs, if the line is the only one."""
    return Correspondance(niveau=Niveau.UNIQUE, detail=detail)


def silent(detail: str) -> Correspondance:
    """Say that what should tell could not be read."""
    return Correspondance(niveau=Niveau.MUETTE, detail=detail)


def differs(detail: str) -> Correspondance:
    """Say that something read is not what the line asks."""
    return Correspondance(niveau=Niveau.DISCORDANTE, detail=detail)


def say(day: dt.date | None) -> str:
    """Write a day as people do."""
    return f"{day:%d/%m/%Y}" if day else "date inconnue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lecture:
    """What was read: the fields, the folded text, the days and amounts anywhere."""

    type: str
    champs: Mapping[str, Champ]
    texte: str
    periodes: tuple[Periode, ...] = ()
    jours: frozenset[dt.date] = frozenset()
    montants: frozenset[Decimal] = frozenset()

    def bears(self, *jours: dt.date) -> bool:
        """Tell whether all these days stand on the pages."""
        return self.jours.issuperset(jours)

    def jour(self, *noms: str) -> dt.date | None:
        """Return the first of these fields read surely enough, as a day."""
        for nom in noms:
            try:
                return dt.date.fromisoformat(self.valeur(nom) or "")
            except ValueError:
                continue
        return None

    def valeur(self, nom: str) -> str | None:
        """Return a field read surely enough."""
        champ = self.champs.get(nom)
        return champ.valeur if champ and champ.confiance >= MIN_CONFIDENCE else None

    def montant(self, nom: str) -> Decimal | None:
        """Return an amount read surely enough."""
        try:
            return Decimal(self.valeur(nom) or "")
        except InvalidOperation:
            return None

    def accident(self) -> dt.date | None:
        """Return the accident date read on the paper."""
        return self.jour("date_at", "date_accident")

    def periode(self) -> Periode | None:
        """Return the period whose two ends were read, in order."""
        debut, fin = self.jour("debut"), self.jour("fin")
        if debut and fin and debut <= fin:
            return Periode.inclusive(debut, fin)
        return None

    def names(self, evenement: Evenement) -> bool:
        """Tell whether the paper prints the number of this event."""
        printed = self.valeur("evenement")
        return printed is not None and printed == evenement.numero

    def dates_of(self, evenement: Evenement) -> frozenset[dt.date]:
        """Return the days by which papers name an event."""
        names = ("premiere_constatation_le", "constatation_le")
        found = {evenement.date_survenance}
        found.update(day for name in names if (day := declared(evenement, name)))
        return frozenset(found)

    def is_about(self, evenement: Evenement) -> bool | None:
        """Tell whether the accident written is this event's; None when none is read.

        The field decides; without it, the day of the event may stand elsewhere, provided
        it is not merely the day the paper was made.
        """
        known = self.dates_of(evenement)
        read = self.accident()
        if read is not None:
            return read in known
        if known & (self.jours - {self.jour("date")}):
            return True
        return None


def lecture_of(verdict: Verdict, pages: Iterable[Page]) -> Lecture:
    """Prepare a whole paper for comparison."""
    kept = list(pages)
    texte = "\n".join(page.texte for page in kept)
    seen = "\n".join(_well_read(page) for page in kept)
    one = Lecture(
        type=verdict.type,
        champs=verdict.champs,
        texte=f" {fold(texte)} ",
        jours=indices.days(seen),
        montants=indices.amounts(seen),
    )
    rows = [lecture_of_row(verdict, row) for row in verdict.lignes]
    periodes = [p for reading in (one, *rows) if (p := reading.periode())]
    return replace(one, periodes=union(periodes))


def lecture_of_row(verdict: Verdict, champs: Mapping[str, Champ]) -> Lecture:
    """Prepare one row of a table: what the other rows say is about other people."""
    one = Lecture(type=verdict.type, champs=champs, texte="")
    periode = one.periode()
    return replace(one, periodes=(periode,) if periode else ())


def _well_read(page: Page) -> str:
    lines: dict[int, list[str]] = {}
    for mot in page.mots:
        word = mot.texte if mot.confiance >= MIN_WORD else "?"
        lines.setdefault(mot.ligne, []).append(word)
    return "\n".join(" ".join(words) for words in lines.values())


def declared(evenement: Evenement, nom: str) -> dt.date | None:
    """Return a day of the declaration, None when it has none of that name."""
    try:
        return dt.date.fromisoformat(str(evenement.champs.get(nom)))
    except ValueError:
        return None
