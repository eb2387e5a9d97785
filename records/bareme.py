"""Dated parameters of the law: values with their source, asked for *at a day*.

Each file of `baremes/` is one parameter: what it is, its unit, which date selects its
value (`choisi_par`: the avis, the start of the leave… not the day paid), and its history.
A first value dated 2018-01-01 was already in force then. The loader refuses gaps, dates
out of order, unknown keys and missing sources, naming the file.
"""

import datetime as dt
import functools
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "baremes"
EXONERATIONS = "exonerations/"
_HEADER = {"description", "unite", "choisi_par", "valeur"}
_DATED = {"des", "source", "parution", "jusqu_au"}
SELECTORS = frozenset({"octroi_de_l_avis", "debut_de_l_arret", "debut_du_conge"})


class BaremeError(Exception):
    """A parameter file is wrong, or a value is missing on a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Valeur:
    """What applies from `des` (included) until the next value."""

    des: dt.date
    source: str
    parution: dt.date | None = None
    jusqu_au: dt.date | None = None
    contenu: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - a TOML value
        return self.contenu[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parametre:
    """One parameter of the law and its history, oldest first."""

    nom: str
    description: str
    unite: str
    choisi_par: str
    valeurs: tuple[Valeur, ...]

    def au(self, jour: dt.date, demandeur: str = "") -> Valeur:
        """Return the value selected by `jour`; raises `BaremeError` when there is none."""
        found = self.find(jour)
        if found is None:
            last = self.valeurs[-1].jusqu_au
            until = f" et finit au {last:%d/%m/%Y}" if last else ""
            raise BaremeError(
                f"Le paramètre {self.nom} n'a pas de valeur au {jour:%d/%m/%Y}"
                f"{f' (demandé par {demandeur})' if demandeur else ''} : "
                f"il commence au {self.valeurs[0].des:%d/%m/%Y}{until}."
            )
        return found

    def find(self, jour: dt.date) -> Valeur | None:
        """Return the value selected by `jour`, None before the first or after the end."""
        for valeur in reversed(self.valeurs):
            if valeur.des <= jour:
                is_over = valeur.jusqu_au is not None and valeur.jusqu_au < jour
                return None if is_over else valeur
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Bareme:
    """Every parameter, by its name (`cmo/taux_plein`); `version` names these values.

    Two of them are never compared: one is read once, and what it implies is remembered.
    """

    parametres: Mapping[str, Parametre]
    version: str = ""

    def au(self, nom: str, jour: dt.date, demandeur: str = "") -> Valeur:
        """Return the value of a parameter selected by `jour`."""
        return self.parametres[nom].au(jour, demandeur)

    @property
    def motifs_exoneration(self) -> tuple[str, ...]:
        """The motives that may spare the unpaid first day of a CMO, whatever the date."""
        return tuple(
            nom.removeprefix(EXONERATIONS)
            for nom in self.parametres
            if nom.startswith(EXONERATIONS)
        )

    def exempts(self, motif: str, debut: dt.date) -> bool:
        """Tell whether a motive spares the unpaid first day of a leave starting then."""
        return self.parametres[EXONERATIONS + motif].find(debut) is not None


def load(folder: Path = FOLDER) -> Bareme:
    """Read every file; raises `BaremeError` naming the first wrong one."""
    parametres: dict[str, Parametre] = {}
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.toml")):
        nom = path.relative_to(folder).with_suffix("").as_posix()
        parametres[nom] = _parametre(nom, path)
        digest.update(f"{nom}\0".encode() + path.read_bytes())
    return Bareme(parametres, f"{_last_change(parametres)}-{digest.hexdigest()[:10]}")


def _last_change(parametres: Mapping[str, Parametre]) -> str:
    """Return the last day from which a value applies, as ISO."""
    days = (one.valeurs[-1].des for one in parametres.values())
    return max(days, default=dt.date.min).isoformat()


@functools.cache
def shipped() -> Bareme:
    """Return the barèmes of this version, read once."""
    return load()


def _parametre(nom: str, path: Path) -> Parametre:
    try:
        content = tomllib.loads(path.read_text(), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise BaremeError(f"{path.name} : {error}") from error
    unknown = sorted(content.keys() ^ _HEADER)
    if unknown:
        raise BaremeError(f"{nom} : clés inconnues ou absentes : {', '.join(unknown)}")
    if content["choisi_par"] not in SELECTORS:
        raise BaremeError(f"{nom} : choisi_par inconnu : {content['choisi_par']}")
    valeurs = tuple(_valeur(nom, entry) for entry in content["valeur"])
    _refuse_disorder(nom, valeurs)
    return Parametre(
        nom=nom,
        description=content["description"],
        unite=content["unite"],
        choisi_par=content["choisi_par"],
        valeurs=valeurs,
    )


def _valeur(nom: str, entry: dict[str, Any]) -> Valeur:
    if not isinstance(entry.get("des"), dt.date):
        raise BaremeError(f"{nom} : une valeur n'a pas de date « des »")
    if not str(entry.get("source", "")).strip():
        raise BaremeError(f"{nom} : la valeur du {entry['des']} n'a pas de source")
    contenu = {key: value for key, value in entry.items() if key not in _DATED}
    if not contenu:
        raise BaremeError(f"{nom} : la valeur du {entry['des']} est vide")
    return Valeur(
        des=entry["des"],
        source=entry["source"],
        parution=entry.get("parution"),
        jusqu_au=entry.get("jusqu_au"),
        contenu=contenu,
    )


def _refuse_disorder(nom: str, valeurs: tuple[Valeur, ...]) -> None:
    if not valeurs:
        raise BaremeError(f"{nom} : aucune valeur")
    for before, after in pairwise(valeurs):
        if after.des <= before.des:
            raise BaremeError(f"{nom} : dates en désordre ou doubles au {after.des}")
        if before.jusqu_au is not None:
            raise BaremeError(
                f"{nom} : « jusqu_au » n'est admis que sur la dernière valeur"
            )
        if after.contenu.keys() != before.contenu.keys():
            raise BaremeError(f"{nom} : une valeur change de forme au {after.des}")
