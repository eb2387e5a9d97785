"""Loads the demo: safe to run twice, it keeps what is already there."""

import csv
import dataclasses
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from web.demo.acces import Acces, open_accounts
from web.demo.depots import Depose, deposit_scans
from web.demo.prestations import send_prestations
from web.demo.registre import FOLDER, declare_register, is_loaded, read_register
from web.demo.suivis import NB_SUIVIS, SUIVIS
from web.services import Services

SCANS = FOLDER / "scans"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """What was loaded, told to the newcomer (`str`) or to a machine (`to_json`)."""

    is_new: bool
    nb_collectivites: int
    nb_agents: int
    nb_evenements: int
    acces: tuple[Acces, ...]
    deposes: tuple[Depose, ...]
    exemples: Path
    a_essayer: tuple[tuple[str, str], ...]
    nb_bordereaux: int
    url: str

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return dataclasses.asdict(self) | {"exemples": str(self.exemples)}

    def __str__(self) -> str:
        head = (
            f"Démonstration {'chargée' if self.is_new else 'déjà présente, gardée'} : "
            f"{self.nb_collectivites} collectivités, {self.nb_agents} agents, "
            f"{self.nb_evenements} évènements, tous inventés."
        )
        lines = [head, "", *self._accounts()]
        if self.deposes:
            lines += ["", f"{len(self.deposes)} scans sont déjà déposés."]
        if self.nb_bordereaux:
            lines += ["", f"{self.nb_bordereaux} bordereaux de prestations sont émis."]
        lines += ["", f"Scans à déposer vous-même, dans {self.exemples} :"]
        lines += [f"  {name:24} {said}" for name, said in self.a_essayer]
        return "\n".join(lines)

    def _accounts(self) -> list[str]:
        kept = "(mot de passe inchangé)"
        lines = ["Comptes (mots de passe affichés une seule fois) :"]
        lines += [
            f"  {one.identifiant:22} {one.mot_de_passe or kept:25} "
            f"{one.role} — {one.perimetre}"
            for one in self.acces
        ]
        return lines


def load_demo(services: Services, *, vide: bool = False) -> Demonstration:
    """Load register, accounts and scans; with `vide`, deposit nothing.

    Each part is skipped when it is already there, so a demo cut short completes itself.
    """
    now = services.clock.now()
    register = read_register()
    is_new = not services.db.read(is_loaded, register)
    if is_new:
        services.db.write(declare_register, register, coffre=services.coffre, now=now)
    acces = open_accounts(services.db, register, now=now)
    rows = read_scans()
    samples = services.settings.donnees / "exemples"
    to_try = _lay_out(samples, [row for row in rows if row["sort"] == "exemple"])
    nb_bordereaux = 0 if vide else send_prestations(services, register)
    wanted = [] if vide else [row for row in rows if row["sort"] == "depose"]
    return Demonstration(
        is_new=is_new,
        nb_collectivites=len(register["collectivites"]),
        nb_agents=len(register["agents"]) + len(SUIVIS),
        nb_evenements=len(register["evenements"]) + NB_SUIVIS,
        acces=tuple(acces),
        deposes=tuple(deposit_scans(services, SCANS, wanted)),
        exemples=samples.resolve(),
        a_essayer=to_try,
        nb_bordereaux=nb_bordereaux,
        url=services.settings.public_url,
    )


def read_scans() -> list[dict[str, str]]:
    """Return the rows of `scans.csv`: file, sender, day, what to do, what it shows."""
    with (SCANS / "scans.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def _lay_out(samples: Path, rows: list[dict[str, str]]) -> tuple[tuple[str, str], ...]:
    """Copy the scans a newcomer may try; keep those already copied."""
    samples.mkdir(parents=True, exist_ok=True)
    for row in rows:
        target = samples / row["fichier"]
        if not target.exists():
            shutil.copyfile(SCANS / row["fichier"], target)
    return tuple((row["fichier"], row["dit"]) for row in rows)
