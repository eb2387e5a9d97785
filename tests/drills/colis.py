"""`python -m tests.drills.colis`: colis with one seeded error each, all found, none more.

Ten kinds of error (promises 6.12) drawn from a seed. After each: exactly the
disagreements seeded, every good item treated, pages in = pages out. A failure replays
from its seed.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from intake import conservation, conservation_colis
from intake.triage import MODULES
from records import tables as t
from records.colis import EtatFichier, Mesure
from records.comptes import HOUSE
from records.nir import nir_fingerprint
from records.references import Sujet, new_reference
from records.store import colis as store
from records.store import colis_contenu as contenu
from socle.clock import ManualClock
from socle.db import Database, WriteSession
from socle.sandbox import Sandbox
from tests.drills import papiers
from tests.intake import colisages
from tests.intake.colisages import Papier
from tests.intake.guichet import COFFRE, Comptoir
from web import schema

AZUR, BRUME = "21617998600015", "20098998600019"
NIR = "276099998745950"
BROKEN = b"%PDF-1.4 coupe "
KINDS = (
    "juste", "fichier-manquant", "fichier-en-trop", "nombre-de-pages",
    "numero-en-double", "autre-collectivite", "illisible", "colis-en-double",
    "sans-liste", "element-tardif", "nombre-annonce",
)  # fmt: skip


@dataclass(slots=True)
class Bilan:
    """What was tried, and what does not hold (`fautes`, empty when all does)."""

    colis: int = 0
    fichiers: int = 0
    pages: int = 0
    erreurs: Counter[str] = field(default_factory=Counter)
    fautes: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Say it, kind by kind."""
        yield f"{self.colis} colis, {self.fichiers} fichiers, {self.pages} pages"
        for kind, count in sorted(self.erreurs.items()):
            yield f"  {kind} : {count}"
        yield f"{len(self.fautes)} promesse(s) rompue(s)"
        yield from self.fautes


@dataclass(frozen=True, slots=True)
class Envoi:
    """One colis about to be sent: the papers really inside, and what must be said."""

    octets: bytes
    presents: list[Papier]
    attendu: Counter[str]
    nom: str


@dataclass(slots=True)
class Partie:
    """One run: the counter, the dice, and a number for each paper."""

    comptoir: Comptoir
    des: random.Random
    bilan: Bilan = field(default_factory=Bilan)
    rang: int = 0

    def paper(self, pli: str) -> Papier:
        """Make a paper that no other resembles, of one or two pages."""
        self.rang += 1
        pages = self.des.choice((1, 1, 2))
        return Papier(
            f"doc{self.rang:06}.pdf", papiers.letter(self.rang, pages), pages, pli
        )

    def papers(self) -> list[Papier]:
        """Make two to four papers in two plis."""
        return [self.paper(pli) for pli in "12"] + [
            self.paper(self.des.choice("12")) for _ in range(self.des.randint(0, 2))
        ]

    def said(self, papers: list[Papier], **entete: Any) -> dict[str, Any]:
        """Write their list."""
        plis = {"1": {"siret": AZUR}, "2": {"siret": BRUME}}
        return colisages.metadata(papers, plis, numero=f"COL-{self.rang}", **entete)


def play(partie: Partie, kind: str) -> None:
    """Send one colis with one error; note whatever does not hold."""
    papers = partie.papers()
    wanted: Counter[str] = Counter() if kind == "juste" else Counter({kind: 1})
    name = f"envoi-{partie.rang}.zip"
    if kind == "element-tardif":
        late = partie.des.choice(papers)
        octets = colisages.with_metadata(papers, partie.said(papers), sans=[late.nom])
        present = [paper for paper in papers if paper is not late]
        missed = Counter({"fichier-manquant": 1})
        _judge(partie, Envoi(octets, present, missed, name))
        numero = f"COL-{partie.rang}-{papers.index(late) + 1:05}"
        other = [late, partie.paper("1")]
        late.dit = {"dcn": numero}
        octets = colisages.with_metadata(other, partie.said(other))
        _judge(partie, Envoi(octets, other, wanted, f"suite-{name}"))
        return
    octets, present = _seeded(partie, kind, papers)
    _judge(partie, Envoi(octets, present, wanted, name), kind=kind)


def _seeded(
    partie: Partie, kind: str, papers: list[Papier]
) -> tuple[bytes, list[Papier]]:
    """Pack papers with one error; return the bytes and the papers really inside."""
    one = partie.des.choice(papers)
    sans: list[str] = []
    plus: list[tuple[str, bytes]] = []
    entete: dict[str, Any] = {}
    match kind:
        case "fichier-manquant":
            sans = [one.nom]
        case "fichier-en-trop":
            extra = partie.paper("1")
            plus = [(extra.nom, extra.octets)]
        case "nombre-de-pages":
            one.dit = {"nb_pages": one.pages + 1}
        case "numero-en-double":
            first, second = partie.des.sample(papers, 2)
            first.dit = second.dit = {"dcn": f"DBL-{partie.rang}"}
        case "autre-collectivite":
            one.pli = "1"
            text = [f"Attestation {partie.rang}", f"NIR {NIR}", "La commune atteste."]
            one.octets, one.pages = papiers.text_pdf([text]), 1
        case "illisible":
            one.octets, one.pages = BROKEN + b"%d" % partie.rang, 1
        case "sans-liste":
            return colisages.archive([(p.nom, p.octets) for p in papers]), papers
        case "nombre-annonce":
            entete = {"nb_documents": len(papers) + partie.des.choice((-1, 1))}
    said = partie.said(papers, **entete)
    octets = colisages.with_metadata(papers, said, sans=sans, plus=plus)
    return octets, [paper for paper in papers if paper.nom not in sans]


def _judge(partie: Partie, envoi: Envoi, *, kind: str = "") -> None:
    comptoir, bilan = partie.comptoir, partie.bilan
    octets, papers, wanted, name = (
        envoi.octets, envoi.presents, envoi.attendu, envoi.nom,
    )  # fmt: skip
    home = comptoir.collectivite if kind == "sans-liste" else None
    receipt = asyncio.run(comptoir.send(octets, nom_fichier=name, collectivite_id=home))
    comptoir.work()
    if kind == "colis-en-double":
        asyncio.run(comptoir.send(octets, nom_fichier=name))
        comptoir.work()
    db = comptoir.db
    colis = db.read(store.get, receipt.reference, HOUSE)
    found = Counter(one.code for one in db.read(contenu.ecarts, colis.id, HOUSE))
    files = db.read(contenu.fichiers, colis.id, HOUSE)
    measured = db.read(conservation_colis.of_colis, colis, HOUSE)
    bilan.colis += 1
    bilan.fichiers += len(files)
    bilan.pages += measured.recus.pages
    bilan.erreurs += wanted
    if found != wanted:
        bilan.fautes.append(f"{name} : {dict(found)} au lieu de {dict(wanted)}")
    if colis.etat != "clos" or measured.ecart != Mesure():
        bilan.fautes.append(f"{name} : {colis.etat}, écart {measured.ecart}")
    treated = {one.nom for one in files if one.etat == EtatFichier.DEPOSE.code}
    if left := {paper.nom for paper in papers} - treated:
        bilan.fautes.append(f"{name} : éléments non traités {left}")
    pages = sum(p.pages for p in papers if not p.octets.startswith(BROKEN))
    if measured.recus.pages != pages:
        bilan.fautes.append(f"{name} : {measured.recus.pages} pages pour {pages}")


def _register(session: WriteSession, comptoir: Comptoir) -> None:
    """Give the collectivités their SIRET, and Brume one agent with a NIR."""
    homes = ((comptoir.collectivite, AZUR), (comptoir.voisine, BRUME))
    for home, siret in homes:
        session.get_one(t.Collectivite, home).siret = siret
    session.add(
        t.Agent(
            reference=new_reference(Sujet.AGENT, 2026),
            collectivite_id=comptoir.voisine,
            nom_famille="NGUYEN",
            prenoms=["Thi Mai"],
            nir_empreinte=nir_fingerprint(COFFRE, NIR),
            recherche="nguyen thi mai",
        )
    )
    session.flush()


def run(nb_colis: int, seed: int) -> Bilan:
    """Play so many colis, each kind in turn, in an order drawn from the seed."""
    des = random.Random(seed)
    kinds = [KINDS[n % len(KINDS)] for n in range(nb_colis)]
    des.shuffle(kinds)
    with (
        tempfile.TemporaryDirectory(prefix="colis-") as folder,
        Sandbox(MODULES) as sandbox,
    ):
        database = Database(f"sqlite+aiosqlite:///{Path(folder)}/base.sqlite")
        schema.migrate(database)
        comptoir = Comptoir(db=database, clock=ManualClock(), sandbox=sandbox)
        database.write(_register, comptoir)
        partie = Partie(comptoir=comptoir, des=des)
        for kind in kinds:
            play(partie, kind)
        found = database.read(conservation.verify, comptoir.storage, is_complete=False)
        partie.bilan.fautes += [f"{one.code} {one.detail}" for one in found.ecarts]
        asyncio.run(database.aclose())
    return partie.bilan


def main() -> int:
    """Read the arguments, play, print; return the exit code."""
    parser = argparse.ArgumentParser(prog="tests.drills.colis", description=__doc__)
    parser.add_argument("--colis", type=int, default=500)
    parser.add_argument("--graine", type=int, default=1)
    asked = parser.parse_args()
    bilan = run(asked.colis, asked.graine)
    print("\n".join(bilan.lines()))
    return 1 if bilan.fautes else 0


if __name__ == "__main__":
    sys.exit(main())
