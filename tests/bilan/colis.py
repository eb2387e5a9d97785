"""`python -m tests.bilan.colis DOSSIER`: play the colis of a folder and score them.

DOSSIER is laid out like the samples: `colis/`, `referentiel.json`, `verite.json`. Each
colis starts from the same register. Exit 1 when a line closed that the truth does not
list, when a page is filed with another paper's unflagged, when disagreements differ, when
pages are lost.
"""

import argparse
import asyncio
import datetime as dt
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from intake import conservation_colis, depots, jobs
from intake.cloture import close_colis
from intake.colis import Ouvroir, open_colis
from intake.colis_reception import EnvoiColis, receive_colis
from intake.pipeline import process
from records import tables as t
from records.colis import Colis, Fichier, Mesure
from records.comptes import HOUSE
from records.store import colis as store
from records.store import colis_contenu as contenu
from records.store import collectivites, justificatifs
from records.store.justificatifs import Justificatif
from socle.clock import ManualClock
from socle.db import ReadSession
from tests.bilan.maison import command, services_for, settings_for
from tests.intake.guichet import plain_step
from web.arrivees import chunks_of

CODES = {
    "fichier_manquant": "fichier-manquant",
    "fichier_en_trop": "fichier-en-trop",
    "dcn_en_double": "numero-en-double",
    "type_inconnu": "type-inconnu",
    "nombre_de_pages": "nombre-de-pages",
}
FILED = {"rattache", "integre_sans_piece"}
LIMIT = 2 << 30


@dataclass(slots=True)
class Resultat:
    """One colis scored."""

    nom: str
    documents: int = 0
    decoupes: int = 0
    types: int = 0
    fermes: int = 0
    a_fermer: int = 0
    a_verifier: int = 0
    ecarts: Counter[str] = field(default_factory=Counter)
    attendus: Counter[str] = field(default_factory=Counter)
    debuts: tuple[int, int, int] = (0, 0, 0)
    fautes: list[str] = field(default_factory=list)

    @property
    def f1(self) -> float:
        """Harmony of boundaries found and true."""
        good, found, true = self.debuts
        return 2 * good / (found + true) if found + true else 1.0

    def lines(self) -> Iterator[str]:
        """Say it."""
        yield (
            f"{self.nom} : {self.documents} documents, {self.decoupes} bien découpés "
            f"(F1 des débuts {self.f1:.3f}), {self.types} bien typés, lignes fermées "
            f"{self.fermes}/{self.a_fermer}, {self.a_verifier} à vérifier, "
            f"écarts {dict(self.ecarts)} pour {dict(self.attendus)}"
        )
        yield from (f"  FAUTE {one}" for one in self.fautes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lu:
    """What was read of one file: its papers, its written pages, the lines closed."""

    papiers: tuple[Justificatif, ...]
    ecrites: frozenset[int]
    lignes: dict[int, set[str]]


def play(folder: Path, nom: str, truth: dict[str, Any]) -> Resultat:
    """Receive one colis in a product of its own, and score it."""
    result = Resultat(nom=nom, documents=len(truth["documents"]))
    result.attendus = Counter(CODES[d["code"]] for d in truth.get("defauts", ()))
    with tempfile.TemporaryDirectory(prefix="colis-") as home:
        settings = settings_for(Path(home), 1)
        command(settings, "importer", "referentiel", str(folder / "referentiel.json"))
        services = services_for(settings)
        day = dt.datetime.fromisoformat(truth["depot"]["recu_le"])
        clock = ManualClock(day.replace(hour=16, tzinfo=dt.UTC))
        atelier = jobs.build(settings, clock)
        ouvroir = jobs.build_opening(settings, atelier)
        try:
            colis = asyncio.run(_receive(ouvroir, folder, truth))
            _work(ouvroir, colis)
            _score(ouvroir, colis, truth, result)
        finally:
            atelier.sandbox.close()
            asyncio.run(atelier.db.aclose())
            asyncio.run(services.db.aclose())
    return result


async def _receive(ouvroir: Ouvroir, folder: Path, truth: dict[str, Any]) -> str:
    path, db = folder / truth["fichier"], ouvroir.atelier.db
    home = truth["depot"].get("collectivite")
    found = await db.aread(collectivites.find, home, HOUSE) if home else None
    envoi = EnvoiColis(
        nom_fichier=path.name, depose_par="bilan", canal=truth["depot"]["canal"],
        collectivite_id=found.id if found else None,
    )  # fmt: skip
    receipt = await receive_colis(
        ouvroir.guichet,
        chunks_of(path),
        envoi,
        ouvroir.atelier.clock.now(),
        limit=LIMIT,
    )
    await db.aclose()
    return receipt.reference


def _work(ouvroir: Ouvroir, reference: str) -> None:
    db = ouvroir.atelier.db
    open_colis(ouvroir, reference)
    colis = db.read(store.get, reference, HOUSE)
    for fichier in db.read(contenu.fichiers, colis.id, HOUSE):
        if fichier.depot_id is not None:
            depot = db.read(depots.by_ids, [fichier.depot_id])[fichier.depot_id]
            process(ouvroir.atelier, depot.reference, plain_step)
    close_colis(ouvroir, reference)


def _score(
    ouvroir: Ouvroir, reference: str, truth: dict[str, Any], result: Resultat
) -> None:
    db = ouvroir.atelier.db
    colis: Colis = db.read(store.get, reference, HOUSE)
    files = db.read(contenu.fichiers, colis.id, HOUSE)
    found = db.read(contenu.ecarts, colis.id, HOUSE)
    result.ecarts = Counter(one.code for one in found)
    if result.ecarts != result.attendus or colis.etat != "clos":
        told = [one.detail for one in found]
        result.fautes.append(f"état {colis.etat}, écarts : {told}")
    measured = db.read(conservation_colis.of_colis, colis, HOUSE)
    if measured.ecart != Mesure():
        result.fautes.append(f"conservation : {measured.ecart}")
    by_name: dict[str, list[dict[str, Any]]] = {}
    for document in truth["documents"]:
        if document.get("present", True):
            name = document.get("fichier") or colis.nom_fichier
            by_name.setdefault(name, []).append(document)
    for fichier in files:
        if fichier.depot_id is not None and fichier.nom in by_name:
            lu = db.read(_read, fichier)
            _score_file(result, fichier.nom, by_name[fichier.nom], lu)


def _read(session: ReadSession, fichier: Fichier) -> Lu:
    depot_id = fichier.depot_id or 0
    papers = justificatifs.of_depot(session, depot_id, HOUSE)
    apart = depots.separators(session, depot_id)
    written = {
        page.numero
        for page in depots.looks(session, depot_id)
        if not page.is_blanche and page.numero not in apart
    }
    rows = session.execute(
        sa.select(t.Rattachement.justificatif_id, t.PieceAttendue.reference_externe)
        .join(t.PieceAttendue, t.PieceAttendue.id == t.Rattachement.piece_id)
        .where(
            t.Rattachement.is_actif,
            t.Rattachement.justificatif_id.in_([paper.id for paper in papers]),
        )
    )
    lines: dict[int, set[str]] = {}
    for paper_id, code in rows:
        lines.setdefault(paper_id, set()).add(code or "?")
    return Lu(papiers=papers, ecrites=frozenset(written), lignes=lines)


def _score_file(
    result: Resultat, nom: str, documents: list[dict[str, Any]], lu: Lu
) -> None:
    true = {tuple(document["pages"]): document for document in documents}
    owner = {page: pages for pages in true for page in pages}
    found = [
        (tuple(p for p in paper.pages if p in lu.ecrites), paper)
        for paper in lu.papiers
        if paper.type != "COUPON"
    ]
    starts = {pages[0] for pages, _ in found if pages}
    wanted = {pages[0] for pages in true}
    good, total, real = result.debuts
    result.debuts = (
        good + len(starts & wanted), total + len(starts), real + len(wanted)
    )  # fmt: skip
    for pages, paper in found:
        if not pages:
            continue
        if (document := true.get(pages)) is None:
            mixed = {owner.get(page) for page in pages}
            if paper.etat in FILED:
                result.fautes.append(f"{nom} : pages {pages} classées ({mixed})")
        else:
            result.decoupes += 1
            _score_paper(result, nom, document, paper, lu.lignes.get(paper.id, set()))
    for pages in true:
        if pages not in {got for got, _ in found}:
            print(f"  {nom} : {pages} pas retrouvé tel quel", file=sys.stderr)


def _score_paper(
    result: Resultat,
    nom: str,
    document: dict[str, Any],
    paper: Justificatif,
    closed: set[str],
) -> None:
    awaited = document["exigences"]
    allowed = set(awaited) if isinstance(awaited, list) else set()
    result.types += paper.type in document["types_admis"]
    result.a_verifier += paper.etat == "a_verifier"
    result.a_fermer += len(allowed)
    result.fermes += len(closed & allowed)
    if wrong := closed - allowed:
        result.fautes.append(
            f"{nom} {document['pages']} : lignes {wrong} fermées à tort"
        )
    if closed != allowed:
        told = [motif.get("detail", "")[:90] for motif in paper.motifs[:2]]
        print(
            f"  {nom} {document['pages']} {paper.type} {paper.etat} : "
            f"{sorted(closed)} pour {awaited} {told}",
            file=sys.stderr,
        )


def main() -> int:
    """Read the arguments, play every incoming colis, print; return the exit code."""
    parser = argparse.ArgumentParser(prog="tests.bilan.colis", description=__doc__)
    parser.add_argument("dossier", type=Path)
    parser.add_argument("--seul", help="un seul colis, par son nom dans verite.json")
    asked = parser.parse_args()
    truths = json.loads((asked.dossier / "verite.json").read_text())["colis"]
    results = [
        play(asked.dossier, nom, truth)
        for nom, truth in truths.items()
        if truth["sens"] == "entrant" and asked.seul in {None, nom}
    ]
    for result in results:
        print("\n".join(result.lines()))
    return 1 if any(result.fautes for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
