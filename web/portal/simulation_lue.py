"""The form of a simulation → what is asked, and what is wrong, field by field.

What was typed is kept under the names of the form, which are those of the API:
`arret.debut`, `historique[3].fin`, `situation.statut`, `profil.unite`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from socle.errors import ErreurChamp, RefusedError
from web.api.modeles_droits import MAX_LIGNES, SimulationEntree, read
from web.portal.forms import day_in

MAX_VALUE = 200
MAX_PASTE = 60_000
BLANK_ROWS = 3
FICHIER = "fichier"
_CELL = re.compile(r"^historique\[(\d{1,3})\]\.(\w+)$")
_SPLIT = re.compile(r"[\t;]")
_DAYS = {"debut", "fin", "date_entree", "date_fin_contrat"}
_BOXES = {
    "prolongation", "demi_journees", "decision_attendue", "imputable", "stagiaire",
    "contrat_r326_6", "carence_comptee",
}  # fmt: skip
_NUMBERS = {"plafond_demi", "accident_ircantec_mois"}
_MOTIF = "motif:"


@dataclass(slots=True, kw_only=True)
class SimulationLue:
    """A form as typed, with what it asks and what is wrong with it."""

    typed: dict[str, str]
    lignes: tuple[int, ...] = ()
    colle: str = ""
    asked: SimulationEntree | None = None
    erreurs: dict[str, str] = field(default_factory=dict)

    def refuse(self, erreurs: Iterable[ErreurChamp]) -> None:
        """Keep the first thing said of each field."""
        for erreur in erreurs:
            self.erreurs.setdefault(_anchor(erreur.champ), erreur.detail)


def _anchor(champ: str) -> str:
    """Return the field of the form where an error is shown."""
    if champ == "":
        return "situation.statut"
    if champ == "arret" or re.fullmatch(r"historique\[\d+\]", champ):
        return f"{champ}.debut"
    return champ.replace(".motif_exoneration", ".carence")


def typed_of(form: Mapping[str, str]) -> SimulationLue:
    """Return the form with its lines numbered 0, 1, 2…, what was pasted added to them."""
    apart = {"colle", FICHIER, "acte"}
    given = {n: v.strip()[:MAX_VALUE] for n, v in form.items() if n not in apart}
    lue = SimulationLue(typed={n: v for n, v in given.items() if not _CELL.match(n)})
    rows = _rows(given)
    pasted, left = _pasted(form.get("colle", "")[:MAX_PASTE], lue)
    rows += pasted
    lue.colle = left
    if len(rows) > MAX_LIGNES:
        lue.erreurs["colle"] = f"Au plus {MAX_LIGNES} lignes d'historique."
        rows = rows[:MAX_LIGNES]
    for rank, row in enumerate(rows):
        lue.typed |= {
            f"historique[{rank}].{name}": value for name, value in row.items()
        }
    lue.lignes = tuple(range(len(rows)))
    return lue


def _rows(given: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the lines that say something, in their order."""
    found: dict[int, dict[str, str]] = {}
    for name, value in given.items():
        if cell := _CELL.match(name):
            found.setdefault(int(cell[1]), {})[cell[2]] = value
    ordered = (found[rank] for rank in sorted(found))
    return [row for row in ordered if row.get("debut") or row.get("fin")]


def _pasted(text: str, lue: SimulationLue) -> tuple[list[dict[str, str]], str]:
    """Read lines copied from a spreadsheet: nature, first day, last day, prolongation.

    Return the lines read, and what could not be, to be corrected where it stands.
    """
    rows, left = [], []
    for rank, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        row = _pasted_row(line)
        if row is not None:
            rows.append(row)
        elif rank > 1 or any(sign.isdigit() for sign in line):
            left.append(line)  # a first line without figures is a header
    if left:
        lue.erreurs["colle"] = (
            f"{len(left)} ligne(s) non lue(s), laissée(s) ci-dessous : chaque ligne porte "
            "la nature, le premier jour et le dernier jour (jj/mm/aaaa), séparés par une "
            "tabulation ou un point-virgule."
        )
    return rows, "\n".join(left)


def _pasted_row(line: str) -> dict[str, str] | None:
    cells = [cell.strip().strip('"') for cell in _SPLIT.split(line)]
    days = [(n, day) for n, cell in enumerate(cells) if (day := day_in(cell))]
    if len(days) < 2:  # noqa: PLR2004 - a first day and a last day
        return None
    (first, debut), (_, fin) = days[:2]
    nature = cells[0].upper() if first > 0 and cells[0] else "CMO"
    rest = " ".join(cells[days[1][0] + 1 :]).casefold()
    row = {"nature": nature, "debut": debut.isoformat(), "fin": fin.isoformat()}
    if "prolong" in rest or rest in {"oui", "p", "x"}:
        row["prolongation"] = "oui"
    return row


def ask(lue: SimulationLue, agent: str | None = None) -> SimulationLue:
    """Read what the form asks; what is wrong is in `erreurs`."""
    given: dict[str, Any] = {}
    for name, value in lue.typed.items():
        where, _, leaf = name.rpartition(".")
        if value and where in {"arret", "situation", "profil"}:
            given.setdefault(where, {})[leaf] = _value(leaf, value)
        elif value and (cell := _CELL.match(name)):
            rows = given.setdefault("historique", {})
            rows.setdefault(int(cell[1]), {})[leaf] = _value(leaf, value)
    given["historique"] = [
        _row(row) for _, row in sorted(given.get("historique", {}).items())
    ]
    given["arret"] = _row(given.get("arret", {}))
    if "profil.lu" in lue.typed:
        profil = given.setdefault("profil", {})
        profil.pop("lu", None)
        profil.setdefault("carence_comptee", False)
    if agent is not None:
        given = {n: v for n, v in given.items() if n in {"arret", "profil"}}
        given["agent"] = agent
    try:
        lue.asked = read(given)
    except RefusedError as error:
        lue.refuse(error.erreurs)
    return lue


def _value(name: str, value: str) -> Any:  # noqa: ANN401 - a JSON value
    if name in _DAYS:
        day = day_in(value)
        return day.isoformat() if day else value
    if name in _BOXES:
        return value == "oui"
    if name in _NUMBERS and value.isascii() and value.isdigit():
        return int(value)
    return value


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """Split the list « carence » of the form: how it applies, or why it does not."""
    said = str(row.get("carence", ""))
    if said.startswith(_MOTIF):
        row = {**row, "carence": "appliquee",
               "motif_exoneration": said.removeprefix(_MOTIF)}  # fmt: skip
    return row
