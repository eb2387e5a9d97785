"""What is declared, before it has a row, and whether it can be accepted. Pure.

Refused: an unknown nature or conséquence, a mandatory field left out, a day, an amount or a
choice that is not one. Accepted values come back in their normal form (ISO days, amounts
with a point, codes of the choice).
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from records.conditions import day_of, is_yes
from records.natures import Catalogue, ChampDeclare, Nature, TypeConsequence
from records.noms import fold
from records.periodes import Periode
from socle.errors import ErreurChamp, RefusedError

_HOUR = re.compile(r"([01]?\d|2[0-3])\s*[h:]\s*([0-5]\d)?")
_LEAVES = {"ARRET", "PROLONG"}
_OWN_DAYS = ("debut", "fin")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsequenceDeclaree:
    """A conséquence as declared, before it has a row."""

    type: str
    periode: Periode | None = None
    champs: dict[str, Any] | None = None
    reference_externe: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """An event as declared.

    `has_matrice` False: its requirements are given apart. `is_importee`: it was accepted
    by the manager's tool, so that a field left out there is not asked here.
    """

    agent_id: int
    collectivite_id: int
    nature: str
    date_survenance: dt.date
    champs: dict[str, Any] | None = None
    consequences: tuple[ConsequenceDeclaree, ...] = ()
    is_sans_arret: bool = False
    has_tiers: bool = False
    numero: str | None = None
    reference_externe: str | None = None
    etat: str = "en_cours"
    has_matrice: bool = True
    is_importee: bool = False


def checked(declaration: Declaration, known: Catalogue) -> Declaration:
    """Return the declaration in its normal form.

    Raises `RefusedError` with one `ErreurChamp` per wrong field.
    """
    nature = known.natures.get(declaration.nature)
    if nature is None:
        raise refused([_erreur("nature", "nature-inconnue", "Choisissez une nature.")])
    is_strict = not declaration.is_importee
    erreurs: list[ErreurChamp] = []
    given = checked_fields(
        nature.champs, declaration.champs, "champs", erreurs, is_strict=is_strict
    )
    consequences = _with_own_days(nature, declaration, given)
    kept = []
    own = len(consequences) - len(declaration.consequences)
    for rank, consequence in enumerate(consequences, start=-own):
        # the leave told by the event's own form comes before those that were given
        where = f"consequences[{rank}]" if rank >= 0 else ""
        if declaration.is_sans_arret and consequence.type in _LEAVES and is_strict:
            detail = (
                "L'évènement est déclaré sans arrêt : décochez « AT sans arrêt » "
                "avant d'ajouter un arrêt."
            )
            erreurs.append(
                _erreur(
                    f"{where}.type" if where else "sans_arret", "sans-arret", detail
                )
            )
        kept.append(
            _consequence(consequence, known, where, erreurs, is_strict=is_strict)
        )
    if erreurs:
        raise refused(erreurs)
    return replace(declaration, champs=given, consequences=tuple(kept))


def checked_consequence(
    declared: ConsequenceDeclaree, known: Catalogue, *, is_strict: bool = True
) -> ConsequenceDeclaree:
    """Return a conséquence in its normal form; `RefusedError` when a field is wrong."""
    erreurs: list[ErreurChamp] = []
    kept = _consequence(declared, known, "", erreurs, is_strict=is_strict)
    if erreurs:
        raise refused(erreurs)
    return kept


def normal_fields(
    nature: str, champs: Mapping[str, Any], known: Catalogue
) -> dict[str, Any]:
    """Return the fields of an event in the form they are kept; nothing is refused."""
    found = known.natures.get(nature)
    wanted = found.champs if found else ()
    return checked_fields(wanted, champs, "champs", [], is_strict=False)


def own_days(champs: Mapping[str, Any] | None) -> Periode | None:
    """Return the first and last day told by the event's own form."""
    debut, fin = (day_of((champs or {}).get(name)) for name in _OWN_DAYS)
    return Periode.inclusive(debut, fin) if debut and fin and debut <= fin else None


def _with_own_days(
    nature: Nature, declaration: Declaration, given: Mapping[str, Any]
) -> tuple[ConsequenceDeclaree, ...]:
    """Add the leave that the nature's own form tells, when none was added apart."""
    days = own_days(given)
    kind = "REPRISE_TPT" if nature.code == "TPT" else "ARRET"
    if fold(str(given.get("cas", ""))) == "prolongation":
        kind = "PROLONG"
    said = {c.type for c in declaration.consequences}
    if days is None or kind not in nature.consequences or said & {*_LEAVES, kind}:
        return declaration.consequences
    champs = {"quotite": given["quotite"]} if "quotite" in given else {}
    own = ConsequenceDeclaree(type=kind, periode=days, champs=champs)
    return (own, *declaration.consequences)


def refused(erreurs: Iterable[ErreurChamp]) -> RefusedError:
    """Make the refusal of a declaration."""
    return RefusedError(
        "declaration-invalide",
        "La déclaration n'est pas enregistrée : corrigez les champs indiqués.",
        erreurs=tuple(erreurs),
    )


def _erreur(champ: str, code: str, detail: str) -> ErreurChamp:
    return ErreurChamp(champ=champ, code=code, detail=detail)


def _consequence(
    declared: ConsequenceDeclaree,
    known: Catalogue,
    where: str,
    erreurs: list[ErreurChamp],
    *,
    is_strict: bool,
) -> ConsequenceDeclaree:
    prefix = f"{where}." if where else ""
    kind = known.consequences.get(declared.type)
    if kind is None:
        erreurs.append(
            _erreur(f"{prefix}type", "consequence-inconnue", "Choisissez un type.")
        )
        return declared
    _check_days(kind, declared, prefix, erreurs, is_strict=is_strict)
    given = dict(declared.champs or {})
    if declared.periode and "constatation_le" in {champ.nom for champ in kind.champs}:
        given.setdefault("constatation_le", declared.periode.debut.isoformat())
    champs = checked_fields(
        kind.champs, given, f"{prefix}champs", erreurs, is_strict=is_strict
    )
    return replace(declared, champs=champs)


def _check_days(
    kind: TypeConsequence,
    declared: ConsequenceDeclaree,
    prefix: str,
    erreurs: list[ErreurChamp],
    *,
    is_strict: bool,
) -> None:
    if kind.periode == "obligatoire" and declared.periode is None and is_strict:
        detail = "Indiquez le premier et le dernier jour, dans l'ordre."
        erreurs.append(_erreur(f"{prefix}debut", "periode-obligatoire", detail))
    if kind.periode == "aucune" and declared.periode is not None and is_strict:
        detail = f"« {kind.libelle} » n'a qu'une date : laissez la période vide."
        erreurs.append(_erreur(f"{prefix}debut", "periode-sans-objet", detail))


def checked_fields(
    wanted: tuple[ChampDeclare, ...],
    given: Mapping[str, Any] | None,
    where: str,
    erreurs: list[ErreurChamp],
    *,
    is_strict: bool = True,
) -> dict[str, Any]:
    """Return the fields in their normal form; add what is wrong to `erreurs`."""
    kept = dict(given or {})
    for champ in wanted:
        value = kept.get(champ.nom)
        name = f"{where}.{champ.nom}"
        if value is None or value == "":
            if champ.obligatoire and is_strict:
                detail = f"Le champ « {champ.libelle} » est obligatoire."
                erreurs.append(_erreur(name, "champ-obligatoire", detail))
            continue
        try:
            kept[champ.nom] = _normal(champ, value)
        except ValueError as error:
            if is_strict:
                detail = f"« {champ.libelle} » : {error}"
                erreurs.append(_erreur(name, "champ-invalide", detail))
    return kept


def _normal(champ: ChampDeclare, value: Any) -> Any:  # noqa: ANN401 - a JSON value
    """Return a field in its normal form; `ValueError` says in French what is wanted."""
    match champ.type:
        case "date":
            day = day_of(value)
            if day is None:
                raise ValueError("indiquez un jour, par exemple 2026-02-03.")
            return day.isoformat()
        case "oui_non":
            return is_yes(value)
        case "heure":
            found = _HOUR.fullmatch(str(value).strip())
            if found is None:
                raise ValueError("indiquez une heure, par exemple 08:45.")
            return f"{int(found[1]):02d}:{found[2] or '00'}"
        case "nombre" | "montant":
            return _number(value, is_amount=champ.type == "montant")
        case "choix":
            for code, label in champ.choix:
                if fold(str(value)) in {fold(code), fold(label)}:
                    return code
            listed = ", ".join(label for _, label in champ.choix)
            raise ValueError(f"choisissez parmi {listed}.")
    return value


def _number(value: Any, *, is_amount: bool) -> Any:  # noqa: ANN401 - a JSON value
    text = re.sub(r"[\s\u00a0\u202f€%]", "", str(value)).replace(",", ".")
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0:
        raise ValueError("indiquez un nombre positif, par exemple 42,50.")
    if is_amount:
        return f"{number:.2f}"
    return int(number) if number == number.to_integral_value() else float(number)
