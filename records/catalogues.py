"""Reads the reference data and refuses what is wrong, naming the file.

Refused: an unknown or absent key, an entry without source, a version that leaves a gap or
overlaps the next one, a word outside the closed lists, a rule that names something absent
or that has no legal or contractual base.
"""

import datetime as dt
import functools
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol, TypeVar

from records.conditions import CONDITIONS
from records.natures import (
    EVENEMENT,
    Catalogue,
    ChampDeclare,
    Nature,
    Regle,
    TypeConsequence,
    TypeDocument,
)

FOLDER = Path(__file__).parent
REGIMES = frozenset({"CNRACL", "IRCANTEC"})
TYPES_DE_CHAMP = frozenset(
    {
        "texte", "texte_long", "sensible", "date", "heure", "oui_non", "choix", "nombre",
        "montant",
    }
)  # fmt: skip
PERIODES = frozenset(
    {"aucune", "consequence", "arrets", "mois", "mois_precedent", "evenement"}
)
DEPUIS = frozenset({"reference", "fin_de_periode", "naissance", "connaissance"})
_VERSION = {"valable_des", "valable_jusqu_au", "source"}


class CatalogueError(Exception):
    """A file of reference data is wrong: the message names it and the entry."""


class _Dated(Protocol):
    @property
    def valable_des(self) -> dt.date: ...
    @property
    def valable_jusqu_au(self) -> dt.date | None: ...


V = TypeVar("V", bound=_Dated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Archives:
    """Every version of every entry, oldest first."""

    natures: Mapping[str, tuple[Nature, ...]]
    consequences: Mapping[str, tuple[TypeConsequence, ...]]
    types: Mapping[str, tuple[TypeDocument, ...]]
    regles: tuple[Regle, ...]

    def au(self, jour: dt.date) -> Catalogue:
        """Return what is in force on a day."""
        return Catalogue(
            jour=jour,
            natures=_in_force(self.natures, jour),
            consequences=_in_force(self.consequences, jour),
            types=_in_force(self.types, jour),
            histoire=self.regles,
        )


def _in_force(entries: Mapping[str, tuple[V, ...]], jour: dt.date) -> dict[str, V]:
    return {
        code: version
        for code, versions in entries.items()
        for version in versions
        if version.valable_des <= jour
        and (version.valable_jusqu_au is None or jour < version.valable_jusqu_au)
    }


@functools.cache
def shipped() -> Archives:
    """Return the reference data of this version, read once."""
    return load()


def load(folder: Path = FOLDER) -> Archives:
    """Read every file; raises `CatalogueError` naming the first wrong one."""
    groups = {
        path.stem: _group(path) for path in sorted((folder / "champs").glob("*.toml"))
    }
    found = Archives(
        natures=_entries(folder / "natures", lambda p, e: _nature(p, e, groups)),
        consequences=_entries(folder / "consequences", _consequence),
        types=_entries(folder / "types", _type),
        regles=tuple(
            regle
            for path in sorted((folder / "matrice").glob("*.toml"))
            for regle in _regles(path)
        ),
    )
    _refuse_absent(found)
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{_name(path)} : {error}") from error


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _keys(
    path: Path, entry: Mapping[str, Any], wanted: set[str], optional: Iterable[str] = ()
) -> None:
    unknown = sorted(entry.keys() - wanted - set(optional))
    absent = sorted(wanted - entry.keys())
    if unknown:
        raise CatalogueError(f"{_name(path)} : clés inconnues : {', '.join(unknown)}")
    if absent:
        raise CatalogueError(f"{_name(path)} : clés absentes : {', '.join(absent)}")


def _sourced(path: Path, entry: Mapping[str, Any]) -> None:
    if not isinstance(entry.get("valable_des"), dt.date):
        raise CatalogueError(f"{_name(path)} : une version n'a pas de « valable_des »")
    if not str(entry.get("source", "")).strip():
        detail = f"la version du {entry['valable_des']} n'a pas de source"
        raise CatalogueError(f"{_name(path)} : {detail}")


def _contiguous(path: Path, versions: tuple[V, ...]) -> tuple[V, ...]:
    if not versions:
        raise CatalogueError(f"{_name(path)} : aucune version")
    for before, after in pairwise(versions):
        if before.valable_jusqu_au != after.valable_des:
            raise CatalogueError(
                f"{_name(path)} : la version du {before.valable_des} doit finir le "
                f"{after.valable_des}, où commence la suivante (trou ou chevauchement)"
            )
    for version in versions:
        end = version.valable_jusqu_au
        if end is not None and end <= version.valable_des:
            raise CatalogueError(
                f"{_name(path)} : la version du {version.valable_des} finit avant"
            )
    return versions


def _entries(
    folder: Path, build: Callable[[Path, dict[str, Any]], V]
) -> dict[str, tuple[V, ...]]:
    found: dict[str, tuple[V, ...]] = {}
    for path in sorted(folder.glob("*.toml")):
        entry = _read(path)
        _keys(path, entry, {"code", "libelle", "version"})
        if entry["code"] != path.stem:
            raise CatalogueError(
                f"{_name(path)} : le code {entry['code']} n'est pas lui"
            )
        header = {"code": entry["code"], "libelle": entry["libelle"]}
        versions = []
        for version in entry["version"]:
            _sourced(path, version)
            versions.append(build(path, {**header, **version}))
        found[path.stem] = _contiguous(path, tuple(versions))
    return found


def _champs(path: Path, rows: Iterable[Mapping[str, Any]]) -> tuple[ChampDeclare, ...]:
    found = []
    for row in rows:
        _keys(path, row, {"nom", "libelle", "type"}, ("obligatoire", "aide", "choix"))
        if row["type"] not in TYPES_DE_CHAMP:
            raise CatalogueError(f"{_name(path)} : type de champ {row['type']}")
        choix = tuple((code, label) for code, label in row.get("choix", ()))
        found.append(ChampDeclare(**{**row, "choix": choix}))
    names = [champ.nom for champ in found]
    if len(names) != len(set(names)):
        raise CatalogueError(f"{_name(path)} : un champ est décrit deux fois")
    return tuple(found)


def _group(path: Path) -> tuple[ChampDeclare, ...]:
    entry = _read(path)
    _keys(path, entry, {"description", "source", "champ"})
    _sourced(path, {**entry, "valable_des": dt.date.min})
    return _champs(path, entry["champ"])


def _nature(
    path: Path, entry: dict[str, Any], groups: Mapping[str, tuple[ChampDeclare, ...]]
) -> Nature:
    wanted = {"code", "libelle", "regimes", "risque", "dsn", "groupes", "consequences"}
    _keys(path, entry, wanted | {"valable_des", "source"}, {*_VERSION, "champ"})
    unknown = set(entry["groupes"]) - groups.keys()
    if unknown or set(entry["regimes"]) - REGIMES:
        raise CatalogueError(f"{_name(path)} : groupe ou régime inconnu")
    own = _champs(path, entry.get("champ", ()))
    shared = tuple(champ for name in entry["groupes"] for champ in groups[name])
    names = [champ.nom for champ in (*own, *shared)]
    if len(names) != len(set(names)):
        raise CatalogueError(f"{_name(path)} : un champ est décrit deux fois")
    return Nature(
        code=entry["code"],
        libelle=entry["libelle"],
        regimes=tuple(entry["regimes"]),
        risque=entry["risque"],
        dsn=tuple(entry["dsn"]),
        champs=(*own, *shared),
        consequences=tuple(entry["consequences"]),
        valable_des=entry["valable_des"],
        valable_jusqu_au=entry.get("valable_jusqu_au"),
        source=entry["source"],
    )


def _consequence(path: Path, entry: dict[str, Any]) -> TypeConsequence:
    wanted = {"code", "libelle", "periode", "valable_des", "source"}
    _keys(path, entry, wanted, {*_VERSION, "champ", "aide"})
    if entry["periode"] not in {"obligatoire", "facultative", "aucune"}:
        raise CatalogueError(f"{_name(path)} : période {entry['periode']}")
    own = {key: value for key, value in entry.items() if key != "champ"}
    return TypeConsequence(**own, champs=_champs(path, entry.get("champ", ())))


def _type(path: Path, entry: dict[str, Any]) -> TypeDocument:
    wanted = {"code", "libelle", "numeros", "titres", "sensible", "jamais_exige"}
    _keys(path, entry, wanted | {"valable_des", "source"}, {*_VERSION, "unite"})
    if entry.get("unite", "") not in {"", "mois"}:
        raise CatalogueError(f"{_name(path)} : unité {entry['unite']}")
    return TypeDocument(
        code=entry["code"],
        libelle=entry["libelle"],
        numeros=tuple(entry["numeros"]),
        titres=tuple(entry["titres"]),
        is_sensible=entry["sensible"],
        is_jamais_exige=entry["jamais_exige"],
        valable_des=entry["valable_des"],
        valable_jusqu_au=entry.get("valable_jusqu_au"),
        source=entry["source"],
        unite=entry.get("unite", ""),
    )


_REGLE = {"nom", "natures", "par", "periode", "exigible_depuis", "base"}
_REGLE_OPTIONS = {
    "regimes", "si", "precision", "substituts", "exigible_apres_jours",
    "exigible_apres_mois", "unique",
}  # fmt: skip


def _regles(path: Path) -> tuple[Regle, ...]:
    entry = _read(path)
    _keys(path, entry, {"type", "regle"})
    if entry["type"] != path.stem:
        raise CatalogueError(f"{_name(path)} : le type {entry['type']} n'est pas lui")
    named: dict[str, list[Regle]] = {}
    for row in entry["regle"]:
        _keys(path, row, _REGLE | {"valable_des", "source"}, _REGLE_OPTIONS | _VERSION)
        _sourced(path, row)
        named.setdefault(row["nom"], []).append(_regle(path, entry["type"], row))
    for versions in named.values():
        _contiguous(path, tuple(versions))
    return tuple(regle for versions in named.values() for regle in versions)


def _regle(path: Path, type_document: str, row: Mapping[str, Any]) -> Regle:
    if not row["base"].strip():
        raise CatalogueError(f"{_name(path)} : {row['nom']} n'a pas de fondement")
    regle = Regle(
        nom=row["nom"],
        type=type_document,
        natures=frozenset(row["natures"]),
        regimes=frozenset(row.get("regimes", REGIMES)),
        par=tuple(row["par"]),
        si=tuple(row.get("si", ())),
        precision=row.get("precision"),
        substituts=tuple((s["type"], s.get("cas")) for s in row.get("substituts", ())),
        periode=row["periode"],
        exigible_apres_jours=row.get("exigible_apres_jours", 0),
        exigible_apres_mois=row.get("exigible_apres_mois", 0),
        exigible_depuis=row["exigible_depuis"],
        is_unique=row.get("unique", False),
        base=row["base"],
        source=row["source"],
        valable_des=row["valable_des"],
        valable_jusqu_au=row.get("valable_jusqu_au"),
    )
    unknown = (
        (regle.regimes - REGIMES)
        | (set(regle.si) - CONDITIONS.keys())
        | ({regle.periode} - PERIODES)
        | ({regle.exigible_depuis} - DEPUIS)
    )
    if unknown:
        raise CatalogueError(
            f"{_name(path)} : {regle.nom} nomme l'inconnu {', '.join(sorted(unknown))}"
        )
    return regle


def _refuse_absent(found: Archives) -> None:
    """Refuse a rule or a nature that names something no file describes."""
    for regle in found.regles:
        papers = {regle.type, *(type_ for type_, _ in regle.substituts)}
        absent = (
            (regle.natures - found.natures.keys())
            | (papers - found.types.keys())
            | (set(regle.par) - found.consequences.keys() - {EVENEMENT})
        )
        if absent:
            raise CatalogueError(
                f"matrice/{regle.type}.toml : {regle.nom} nomme l'inconnu "
                f"{', '.join(sorted(absent))}"
            )
        if any(v.is_jamais_exige for v in found.types[regle.type]):
            raise CatalogueError(
                f"matrice/{regle.type}.toml : ce type n'est jamais exigé"
            )
    for code, versions in found.natures.items():
        named = {c for v in versions for c in v.consequences}
        unknown = sorted(named - found.consequences.keys())
        if unknown:
            raise CatalogueError(
                f"natures/{code}.toml nomme l'inconnu {', '.join(unknown)}"
            )
