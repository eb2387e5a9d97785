"""What a cell says → a value of the register, or a refusal naming the column."""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from records.conditions import is_yes
from records.noms import fold
from records.periodes import Periode

_NO_NUMBER = re.compile(r"[\s\u00a0\u202f€%]")
_AMOUNT = re.compile(r"-?\d{1,10}(\.\d{0,2})?")
_CENT = Decimal("0.01")
_FRENCH_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


class RefusError(Exception):
    """A line is refused: which column, and what to do about it (French)."""

    def __init__(self, champ: str, detail: str) -> None:
        super().__init__(f"{champ}: {detail}")
        self.champ = champ
        self.detail = detail


def is_empty(value: object) -> bool:
    """Tell whether a cell holds nothing."""
    return value is None or value == ""


def text(valeurs: Mapping[str, Any], name: str, *, longest: int = 200) -> str | None:
    """Return a text without blanks around, None when empty; whole numbers stay whole."""
    value = valeurs.get(name)
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, dict | list):
        raise RefusError(name, "une seule valeur est attendue.")
    found = str(value).strip()
    if len(found) > longest:
        raise RefusError(name, f"{longest} caractères au plus.")
    return found or None


def needed(valeurs: Mapping[str, Any], name: str, *, longest: int = 200) -> str:
    """Return a text that must be there."""
    found = text(valeurs, name, longest=longest)
    if found is None:
        raise RefusError(name, "cette valeur est obligatoire.")
    return found


def day(valeurs: Mapping[str, Any], name: str) -> dt.date | None:
    """Return a day written `2026-02-03` or `03/02/2026`, None when empty."""
    value = valeurs.get(name)
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    written = text(valeurs, name)
    if written is None:
        return None
    french = _FRENCH_DAY.fullmatch(written)
    try:
        if french:
            return dt.date(int(french[3]), int(french[2]), int(french[1]))
        return dt.date.fromisoformat(written)
    except ValueError as error:
        raise RefusError(
            name, f"« {written} » n'est pas un jour : écrivez 03/02/2026 ou 2026-02-03."
        ) from error


def needed_day(valeurs: Mapping[str, Any], name: str) -> dt.date:
    """Return a day that must be there."""
    found = day(valeurs, name)
    if found is None:
        raise RefusError(name, "ce jour est obligatoire.")
    return found


def periode(
    valeurs: Mapping[str, Any], debut: str = "du", fin: str = "au"
) -> Periode | None:
    """Return the days between two inclusive columns, None when both are empty."""
    first, last = day(valeurs, debut), day(valeurs, fin)
    if first is None and last is None:
        return None
    if first is None or last is None:
        raise RefusError(
            debut if first is None else fin, "il manque un des deux jours."
        )
    if last < first:
        raise RefusError(fin, "le dernier jour précède le premier.")
    return Periode.inclusive(first, last)


def yes(valeurs: Mapping[str, Any], name: str) -> bool:
    """Return a box; empty is no."""
    value = valeurs.get(name)
    if is_empty(value):
        return False
    if is_yes(value):
        return True
    if fold(str(value)) in {"non", "false", "0", "faux", "n"}:
        return False
    raise RefusError(name, "écrivez oui ou non.")


def whole(valeurs: Mapping[str, Any], name: str) -> int | None:
    """Return a whole number, None when empty."""
    written = text(valeurs, name)
    if written is None:
        return None
    if not written.isdigit():
        raise RefusError(name, f"« {written} » n'est pas un nombre entier.")
    return int(written)


def amount(valeurs: Mapping[str, Any], name: str) -> Decimal | None:
    """Return an amount in euros, decimal comma or point, None when empty."""
    written = text(valeurs, name)
    if written is None:
        return None
    bare = re.sub(r"[\s\u00a0\u202f€]", "", written).replace(",", ".")
    try:
        found = Decimal(bare).quantize(Decimal("0.01"))
    except InvalidOperation as error:
        raise RefusError(name, f"« {written} » n'est pas un montant.") from error
    if found < 0:
        raise RefusError(name, "un montant n'est pas négatif.")
    return found


def exact_amount(valeurs: Mapping[str, Any], name: str) -> Decimal | None:
    """Return an amount to the cent, signed, None when empty; nothing is rounded."""
    written = text(valeurs, name)
    if written is None:
        return None
    bare = _NO_NUMBER.sub("", written).replace(",", ".").replace("\u2212", "-")
    if not _AMOUNT.fullmatch(bare):
        raise RefusError(
            name, f"« {written} » n'est pas un montant à deux décimales au plus."
        )
    return Decimal(bare).quantize(_CENT)


def several(valeurs: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return a list given as such, or as text separated by commas or semicolons."""
    value = valeurs.get(name)
    if isinstance(value, list):
        parts = [str(part) for part in value]
    else:
        written = text(valeurs, name, longest=2000) or ""
        parts = re.split(r"[;,|]", written)
    return tuple(part.strip() for part in parts if part.strip())


def plain(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    """Return a cell as it may be kept in JSON."""
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
