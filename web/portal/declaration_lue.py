"""The form of a declaration → a `Declaration`, and what is wrong, field by field.

What was typed is kept under the names of the form, so that the page shows it again:
`champs.lieu`, `consequences[0].debut`, `consequences[0].champs.prescripteur`.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from records.declarations import ConsequenceDeclaree, Declaration
from records.natures import Catalogue, ChampDeclare, Nature, TypeConsequence
from records.parties import Agent
from records.periodes import Periode
from socle.errors import ErreurChamp

MAX_ROWS = 30
MAX_VALUE = 4000
_ROW = re.compile(r"^consequences\[(\d{1,2})\]\.type$")
_DAY_FORM = "Écrivez la date sous la forme jj/mm/aaaa."
_NOT_KEPT = {"_jeton", "acte", "brouillon", "version", "nouvelle"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneConsequence:
    """One conséquence of the form: its rank there, its kind, its fields."""

    rang: int
    genre: TypeConsequence

    @property
    def prefixe(self) -> str:
        """How the names of its fields begin."""
        return f"consequences[{self.rang}]"


@dataclass(slots=True, kw_only=True)
class DeclarationLue:
    """A form as typed, with what it says and what is wrong with it."""

    typed: dict[str, str]
    nature: Nature | None = None
    date_survenance: dt.date | None = None
    lignes: tuple[LigneConsequence, ...] = ()
    declaration: Declaration | None = None
    erreurs: dict[str, str] = field(default_factory=dict)

    def refuse(self, erreurs: Iterable[ErreurChamp]) -> None:
        """Keep the first thing said of each field."""
        for erreur in erreurs:
            self.erreurs.setdefault(erreur.champ, erreur.detail)

    def kept(self) -> dict[str, str]:
        """Return what a draft keeps."""
        return {n: v for n, v in self.typed.items() if v and n not in _NOT_KEPT}


def read(form: Mapping[str, str], agent: Agent, known: Catalogue) -> DeclarationLue:
    """Read a form; what cannot be read is said in `erreurs` and left out."""
    typed = _numbered({n: v.strip()[:MAX_VALUE] for n, v in form.items()})
    lue = DeclarationLue(typed=typed, nature=known.natures.get(typed.get("nature", "")))
    lue.lignes = _rows(typed, known)
    if not typed.get("date_survenance"):
        lue.erreurs["date_survenance"] = "Indiquez la date de l'évènement."
    else:
        lue.date_survenance = read_day(lue, "date_survenance")
    given = tuple(_consequence(lue, ligne) for ligne in lue.lignes)
    if lue.nature and lue.date_survenance:
        lue.declaration = Declaration(
            agent_id=agent.id,
            collectivite_id=agent.collectivite_id,
            nature=lue.nature.code,
            date_survenance=lue.date_survenance,
            champs=read_fields(typed, lue.nature.champs, "champs"),
            consequences=given,
            is_sans_arret=bool(typed.get("sans_arret")),
            has_tiers=bool(typed.get("tiers_implique")),
        )
    return lue


def _numbered(typed: Mapping[str, str]) -> dict[str, str]:
    """Return the form with its conséquences numbered 0, 1, 2… whatever was removed."""
    ranks = sorted(int(found[1]) for name in typed if (found := _ROW.match(name)))
    new = {f"consequences[{old}]": rank for rank, old in enumerate(ranks)}

    def moved(name: str) -> str:
        start, dot, rest = name.partition(".")
        return f"consequences[{new[start]}]{dot}{rest}" if start in new else name

    return {moved(name): value for name, value in typed.items()}


def _rows(typed: Mapping[str, str], known: Catalogue) -> tuple[LigneConsequence, ...]:
    ranks = {
        int(found[1]): typed[name]
        for name in typed
        if (found := _ROW.match(name)) and typed[name] in known.consequences
    }
    return tuple(
        LigneConsequence(rang=rank, genre=known.consequences[ranks[rank]])
        for rank in sorted(ranks)[:MAX_ROWS]
    )


def _consequence(lue: DeclarationLue, ligne: LigneConsequence) -> ConsequenceDeclaree:
    champs = read_fields(lue.typed, ligne.genre.champs, f"{ligne.prefixe}.champs")
    periode = read_period(lue, ligne.prefixe, ligne.genre)
    return ConsequenceDeclaree(type=ligne.genre.code, periode=periode, champs=champs)


def read_period(
    lue: DeclarationLue, prefix: str, genre: TypeConsequence
) -> Periode | None:
    """Read the first and last day of a conséquence, both included."""
    if genre.periode == "aucune":
        return None
    dot = f"{prefix}." if prefix else ""
    debut, fin = read_day(lue, f"{dot}debut"), read_day(lue, f"{dot}fin")
    if debut and fin and fin < debut:
        lue.erreurs[f"{dot}fin"] = "Le dernier jour précède le premier."
        return None
    if debut and fin:
        return Periode.inclusive(debut, fin)
    if bool(debut) != bool(fin):
        missing = "fin" if debut else "debut"
        lue.erreurs.setdefault(
            f"{dot}{missing}", "Indiquez le premier et le dernier jour."
        )
    return None


def read_day(lue: DeclarationLue, name: str) -> dt.date | None:
    """Read a day as browsers send it, or as people write it."""
    typed = lue.typed.get(name)
    if not typed:
        return None
    day = day_typed(typed)
    if day is None:
        lue.erreurs[name] = _DAY_FORM
    return day


def day_typed(typed: str) -> dt.date | None:
    """Return a day typed as 2026-02-03 or 03/02/2026, None when it is neither.

    >>> day_typed("3/2/2026")
    datetime.date(2026, 2, 3)
    """
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(typed, pattern).date()  # noqa: DTZ007 - a day
        except ValueError:
            continue
    return None


def read_fields(
    typed: Mapping[str, str], wanted: Iterable[ChampDeclare], prefix: str
) -> dict[str, str]:
    """Return the fields of a kind that were filled; a French day becomes an ISO day."""
    found: dict[str, str] = {}
    for champ in wanted:
        value = typed.get(f"{prefix}.{champ.nom}", "")
        day = day_typed(value) if champ.type == "date" and value else None
        if value:
            found[champ.nom] = day.isoformat() if day else value
    return found


def without_row(typed: Mapping[str, str], rank: int) -> dict[str, str]:
    """Return the form without one of its conséquences."""
    start = f"consequences[{rank}]."
    return {n: v for n, v in typed.items() if not n.startswith(start)}


def with_row(typed: Mapping[str, str], code: str) -> dict[str, str]:
    """Return the form with one more conséquence, at the end."""
    ranks = [int(found[1]) for name in typed if (found := _ROW.match(name))]
    rank = max(ranks, default=-1) + 1
    if rank >= MAX_ROWS or not code:
        return dict(typed)
    return {**typed, f"consequences[{rank}].type": code}
