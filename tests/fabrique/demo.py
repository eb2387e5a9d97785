"""`python -m tests.fabrique.demo`: make the invented demo again, from its fixed seed.

Writes `web/demo/registre.json` and a dozen small scans with their `scans.csv`.
"""

import csv
import datetime as dt
import json
import random
from pathlib import Path
from typing import Any

import numpy as np

from tests.fabrique import formats, rendu, usure
from tests.fabrique.cas import JOUR
from tests.fabrique.monde import Fiche, Monde
from tests.fabrique.papiers import accidents, actes, arrets, civil, frais, paie
from tests.fabrique.papiers.base import Papier, Sujet

DEMO = Path(__file__).resolve().parents[2] / "web" / "demo"
GRAINE = 20261
DPI = 200
MAX_BYTES = 60_000


class Scene:
    """The register of the demo and the scans that answer some of its lines."""

    def __init__(self) -> None:
        self.monde = Monde(random.Random(GRAINE))
        self.rows: list[dict[str, str]] = []
        self.files: dict[str, bytes] = {}

    def declare(
        self,
        coll: int,
        nature: str,
        on: dt.date,
        *suites: tuple[Any, ...],
        **choix: Any,
    ) -> Sujet:
        """Declare an event, with the fields its nature asks for."""
        agent = choix.pop("agent", None)
        who = {k: choix.pop(k) for k in list(choix) if k in {
            "regime", "sexe", "nom", "prenoms", "naissance", "usage"}}  # fmt: skip
        agent = agent or self.monde.agent(coll, **who)
        ev = self.monde.evenement(agent, nature, on, suites=suites, **choix)
        return Sujet(self.monde, agent, ev, self.monde.tirage)

    def scan(
        self, name: str, x: Sujet, papier: Papier, le: dt.date, *, sort: str, dit: str,
        flou: float = 0,
    ) -> None:  # fmt: skip
        """Scan a paper in black and white; `sort`: depose (at load) or exemple."""
        tirage = random.Random(f"{GRAINE}:{name}")
        pages = rendu.to_pages(rendu.to_pdf(papier, tirage), DPI)
        worn = [usure.biais(page, tirage, tirage.uniform(-0.8, 0.8)) for page in pages]
        if flou:
            import cv2

            worn = [cv2.GaussianBlur(page, (0, 0), flou) for page in worn]
        cut = 228 if flou else 150
        made = [np.where(page < cut, 0, 255).astype(np.uint8) for page in worn]
        if name.endswith(".tif"):
            content = formats.tiff(made, DPI, bitonal=True)
        else:
            content = formats.pdf(made, DPI, bitonal=True)
        if len(content) > MAX_BYTES:
            raise ValueError(f"{name}: {len(content)} bytes, {MAX_BYTES} at most")
        self.files[name] = content
        self.rows.append(
            {
                "fichier": name,
                "collectivite": x.agent["collectivite"],
                "canal": "portail",
                "depose_le": (le + 3 * JOUR).isoformat(),
                "sort": sort,
                "dit": dit,
            }
        )


def _arret(on: dt.date, days: int) -> tuple[Any, ...]:
    return ("ARRET", on, on + JOUR * (days - 1))


def _scanned(scene: Scene) -> None:
    """Declare the events whose papers are scanned."""
    m = scene.monde
    on = dt.date(2026, 9, 7)
    x = scene.declare(
        0, "CMO", on, _arret(on, 12), ("PROLONG", on + JOUR * 12, on + JOUR * 25)
    )
    end = on + JOUR * 11
    scene.scan("arret_travail.pdf", x, arrets.aat(x, 0, on, end, main=False), on,
               sort="depose", dit="ferme l'avis d'arrêt initial")  # fmt: skip
    scene.scan(
        "prolongation.tif",
        x,
        arrets.aat(
            x, 2, on + JOUR * 12, on + JOUR * 25, cas="prolongation", main=False
        ),
        on + JOUR * 12,
        sort="exemple",
        dit="ferme l'avis de prolongation",
    )
    scene.scan(
        "bulletin septembre.pdf",
        x,
        paie.bulletin(x, 0, dt.date(2026, 9, 1)),
        dt.date(2026, 9, 29),
        sort="depose",
        dit="ferme le bulletin de septembre 2026",
    )
    hurt = dt.date(2026, 10, 6)
    y = scene.declare(1, "AS", hurt, _arret(hurt, 10), (
        "FRAIS", hurt + JOUR * 4, None,
        {"piece": "FACTURE", "montant": "58.40", "date_soins": iso(hurt + JOUR * 4),
         "nature": "attelle"}))  # fmt: skip
    scene.scan(
        "declaration accident.pdf",
        y,
        accidents.decl_as(y, 1, hurt + JOUR),
        hurt + JOUR,
        sort="depose",
        dit="ferme la déclaration d'accident",
    )
    told = accidents.recit(y)
    scene.scan("certificat initial.pdf", y,
               arrets.cmatmp(y, 2, hurt, date_at=hurt, arret=hurt + JOUR * 9,
                             lesions=f"{told['lesion']} {told['siege']}"),
               hurt, sort="exemple", dit="ferme le certificat médical initial")  # fmt: skip
    scene.scan("facture.pdf", y, frais.facture(y, 1, hurt + JOUR * 5, "58.40", date_at=hurt,
               soins=hurt + JOUR * 4), hurt + JOUR * 5, sort="exemple",
               dit="ferme la facture de 58,40 €")  # fmt: skip
    fall = dt.date(2026, 9, 21)
    z = scene.declare(0, "AS", fall, _arret(fall, 19))
    scene.scan(
        "arrete citis.pdf",
        z,
        actes.arrete(
            z,
            1,
            fall + JOUR * 22,
            objet="imputabilité et congé",
            debut=fall,
            fin=fall + JOUR * 18,
            taux="plein",
            imputable=True,
        ),
        fall + JOUR * 22,
        sort="exemple",
        dit="ferme deux lignes : imputabilité et congé",
    )
    _doubts(scene, m)


def _doubts(scene: Scene, m: Monde) -> None:
    on = dt.date(2026, 10, 12)
    name = m.familles.pop()
    twins = [
        scene.declare(
            0,
            "CMO",
            on,
            _arret(on, 8),
            nom=name,
            prenoms=["Nadège"],
            sexe="F",
            naissance=birth,
        )
        for birth in (dt.date(1973, 4, 8), dt.date(1991, 12, 2))
    ]
    scene.scan(
        "avis homonyme.pdf",
        twins[0],
        arrets.aat(twins[0], 1, on, on + JOUR * 7, nir=False, anonyme=True, main=False),
        on,
        sort="depose",
        dit="à vérifier : deux homonymes, rien ne les distingue",
    )
    ill = scene.declare(2, "CMO", on + JOUR * 3, _arret(on + JOUR * 3, 10))
    scene.scan(
        "volet 1.pdf",
        ill,
        arrets.aat(ill, 0, on + JOUR * 3, on + JOUR * 12, volet=1, main=False),
        on + JOUR * 3,
        sort="depose",
        dit="quarantaine : volet 1 sous secret médical",
    )
    scene.scan(
        "illisible.pdf",
        ill,
        paie.bulletin(ill, 1, dt.date(2026, 10, 1)),
        on + JOUR * 20,
        sort="depose",
        dit="anomalie : rien n'est lisible",
        flou=7,
    )
    long = dt.date(2026, 7, 1)
    span = {"debut": iso(long), "fin": iso(long + JOUR * 183), "decision": "octroi"}
    c = scene.declare(2, "CLM", long, _arret(long, 184), champs=span)
    scene.scan(
        "pv conseil medical.pdf",
        c,
        actes.pv_cm(
            c,
            0,
            long + JOUR * 20,
            objet="octroi CLM",
            debut=long,
            fin=long + JOUR * 183,
        ),
        long + JOUR * 20,
        sort="exemple",
        dit="ferme l'avis du conseil médical",
    )
    scene.scan("arrete clm.pdf", c,
               actes.arrete(c, 0, long + JOUR * 27, objet="congé", debut=long,
                            fin=long + JOUR * 183, taux="plein"),
               long + JOUR * 27, sort="depose", dit="ferme l'arrêté de congé")  # fmt: skip
    born = dt.date(2026, 9, 18)
    d = scene.declare(1, "PAT", born, _arret(born + JOUR, 25), sexe="M",
                      champs={"naissance_le": iso(born)})  # fmt: skip
    scene.scan(
        "acte naissance.pdf",
        d,
        civil.naissance(d, 1, born, f"{d.courant} Lucie"),
        born + JOUR * 9,
        sort="exemple",
        dit="ferme l'acte de naissance",
    )


def iso(day: dt.date) -> str:
    """Write a day as the register does."""
    return day.isoformat()


def _background(scene: Scene) -> None:
    """Declare the other events: lines to look at, of every nature."""
    for rank in range(12):
        on = dt.date(2026, 6, 1) + JOUR * (rank * 17 + 1)
        scene.declare(rank % 3, "CMO", on, _arret(on, 5 + rank),
                      regime="IRCANTEC" if rank % 4 == 3 else "CNRACL")  # fmt: skip
    for rank, nature in enumerate(("AS", "TRAJET", "AS", "AT", "AS", "AT")):
        on = dt.date(2026, 7, 6) + JOUR * rank * 19
        regime = "IRCANTEC" if nature == "AT" else "CNRACL"
        scene.declare(rank % 3, nature, on, *([] if rank == 2 else [_arret(on, 9)]),
                      regime=regime, sans_arret=rank == 2, tiers=rank == 1)  # fmt: skip
    first = dt.date(2026, 8, 3)
    scene.declare(
        1,
        "MP",
        first,
        _arret(first, 30),
        champs={
            "premiere_constatation_le": iso(first),
            "maladie": "affection péri-articulaire",
        },
    )
    span = {
        "debut": iso(first),
        "fin": iso(first + JOUR * 180),
        "decision": "octroi",
    }
    scene.declare(0, "CLD", first, _arret(first, 181), champs=span)
    scene.declare(1, "CGM", first, _arret(first, 181), champs=span, regime="IRCANTEC")
    for coll, due in ((0, dt.date(2026, 11, 12)), (2, dt.date(2026, 12, 1))):
        leave = due - JOUR * 42
        scene.declare(coll, "MAT", leave, _arret(leave, 112), sexe="F",
                      champs={"dpa": iso(due), "rang": 1, "attendus": 1})  # fmt: skip
    home = dt.date(2026, 9, 3)
    scene.declare(1, "ADO", home, _arret(home, 112), champs={"arrivee_le": iso(home)})
    for rank, rate in enumerate((50, 80)):
        on = dt.date(2026, 9 + rank, 1)
        end = on + JOUR * 89
        scene.declare(rank, "TPT", on, ("REPRISE_TPT", on, end, {"quotite": rate}), champs={
            "quotite": rate, "debut": iso(on), "fin": iso(end)})  # fmt: skip
    scene.declare(0, "DECES", dt.date(2026, 10, 2))


def build() -> tuple[dict[str, Any], list[dict[str, str]], dict[str, bytes]]:
    """Return the register, the rows of `scans.csv` and the bytes of each scan."""
    scene = Scene()
    _scanned(scene)
    _background(scene)
    events: list[Fiche] = []
    for event in scene.monde.evenements:
        plain = {key: value for key, value in event.items() if key != "_recit"}
        events.append(plain)
    register = {
        "avertissement": "Données inventées : ni personne, ni lieu, ni numéro réel.",
        "collectivites": scene.monde.collectivites,
        "agents": scene.monde.agents,
        "evenements": events,
    }
    return register, scene.rows, scene.files


def write(folder: Path = DEMO) -> None:
    """Write the demo where the product reads it."""
    register, rows, files = build()
    scans = folder / "scans"
    scans.mkdir(parents=True, exist_ok=True)
    text = json.dumps(register, ensure_ascii=False, indent=1)
    (folder / "registre.json").write_text(text + "\n", encoding="utf-8")
    for name, content in files.items():
        (scans / name).write_bytes(content)
    with (scans / "scans.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), delimiter=";", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


if __name__ == "__main__":
    write()
