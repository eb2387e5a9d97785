"""The reading, stage by stage, beside its baselines, in one run: `make bench`.

- milliseconds per page (and pages per second) of triage, pages, OCR, cutting, typing,
  fields, linking, on the project's own corpus;
- the scan engine inside the product against bare tesserocr on the same pages;
- counters: pages with a good text layer that were OCRed, photos that the scan engine saw;
- the accuracy table: rules, rules and learned voter, plain keywords, TF-IDF alone.
"""

import os

os.environ["OMP_THREAD_LIMIT"] = "1"  # noqa: TID251 - before the engine is loaded

import argparse
import datetime as dt
import json
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.etapes import Chrono, bare, read_here
from classifiers import apprentissage, decoupage, ensemble, lecons
from classifiers.evidence import Liasse, Origine, Page
from classifiers.feuille import Feuille
from classifiers.modele import Modele
from classifiers.text import fold
from classifiers.verdict import INCONNU
from intake import registre
from intake.boite import lecture as lecteur
from intake.depots import Depot
from intake.lecture import read_pages
from intake.pages import PageLue
from intake.rattachement import propose
from intake.triage import MODULES, Accepte, Tri, examine
from records.natures import catalogue
from records.store.comptes import find_collectivite
from socle.sandbox import Sandbox
from tests.bilan.maison import command, services_for, settings_for
from tests.fabrique.corpus import write
from tests.fabrique.derive import Lot
from web.services import Services

GRAINE = 77
JOUR = dt.date(2026, 7, 15)
NEVER_TYPED = frozenset({"BLANCHE", "COUPON"})
PHOTOS = frozenset({"JPEG photo", "HEIC"})


@dataclass(slots=True)
class Mesure:
    """Everything measured: seconds per stage, pages read, papers with their truth."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    nb_pages: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    papers: list[tuple[frozenset[str], Liasse]] = field(default_factory=list)


def timed(mesure: Mesure, stage: str, function: Callable[..., Any], *args: Any) -> Any:
    """Run, and count the seconds to a stage."""
    started = time.perf_counter()
    found = function(*args)
    mesure.seconds[stage] += time.perf_counter() - started
    return found


def play(
    folder: Path, services: Services, sandbox: Sandbox, modele: Modele
) -> tuple[Mesure, list[tuple[Path, Tri]]]:
    """Take each file of a corpus through the whole reading, as a worker does."""
    truth = json.loads((folder / "verite.json").read_text(encoding="utf-8"))
    mesure, scans = Mesure(), []
    for unit in truth["unites"]:
        path = folder / "scans" / unit["fichier"]
        found = timed(mesure, "triage", examine, sandbox, path, path.name)
        if not isinstance(found, Accepte):
            continue
        tri = found.tri
        lues = timed(
            mesure,
            "lecture (en boîte)",
            read_pages,
            sandbox,
            path,
            tri,
            1,
            tri.nb_pages,
        )
        mesure.nb_pages += len(lues)
        count(mesure, unit, lues)
        pages = tuple(lue.page for lue in lues)
        if any(page.origine is Origine.OCR for page in pages):
            scans.append((path, tri))
        liasses = timed(mesure, "découpage", decoupage.split, pages)
        for liasse in liasses:
            judge(mesure, services, unit, liasse, modele)
        mesure.papers += papers_of(unit, pages)
    return mesure, scans


def count(mesure: Mesure, unit: dict[str, Any], lues: Sequence[PageLue]) -> None:
    """Count, by the reader's own counters, who read what."""
    for lue in lues:
        done = lue.compteurs
        layer, scan = "couche" in done, done.get("ocr", 0) > 0
        mesure.counts["pages lues dans leur couche texte"] += layer
        mesure.counts["dont passées à l'OCR"] += layer and scan
        if unit["genre"] == "PDF texte":
            mesure.counts["pages à bonne couche (vérité)"] += 1
            mesure.counts["bonne couche, passées à l'OCR"] += scan
        if unit["genre"] in PHOTOS:
            mesure.counts["photos"] += 1
            mesure.counts["photos vues par le lecteur de scans"] += "ocr" in done
        mesure.counts["pages lues par l'OCR"] += scan


def judge(
    mesure: Mesure,
    services: Services,
    unit: dict[str, Any],
    liasse: Liasse,
    modele: Modele,
) -> None:
    """Type a paper, read its fields, look for its line: each timed apart."""
    fields = ensemble.read_fields
    spent = 0.0

    def counted(*args: Any) -> Any:
        nonlocal spent
        started = time.perf_counter()
        try:
            return fields(*args)
        finally:
            spent += time.perf_counter() - started

    ensemble.read_fields = counted  # type: ignore[assignment]
    try:
        started = time.perf_counter()
        verdict = ensemble.judge(liasse, modele=modele)
        whole = time.perf_counter() - started
    finally:
        ensemble.read_fields = fields
    mesure.seconds["typage"] += whole - spent
    mesure.seconds["champs"] += spent
    timed(mesure, "rattachement", _link, services, unit, liasse, verdict)


def _link(
    services: Services, unit: dict[str, Any], liasse: Liasse, verdict: Any
) -> None:
    def act(session: Any) -> None:
        home = find_collectivite(session, unit["depot"]["collectivite"])
        depot = _depot(home, unit)
        known = registre.load(session, services.coffre, depot, liasse, verdict)
        propose(verdict, liasse, known, registre.contexte_of(session, depot))

    services.db.read(act)


def _depot(home: int, unit: dict[str, Any]) -> Depot:
    day = dt.date.fromisoformat(unit["depot"]["depose_le"])
    return Depot(
        id=0, reference="", collectivite_id=home, canal="portail", depose_par="mesure",
        nom_fichier=unit["fichier"], empreinte="", taille=0,
        recu_at=dt.datetime.combine(day, dt.time(), dt.UTC), date_reception=day,
        etat="en_cours", code=None, motif=None, piece_id=None, evenement_id=None,
        agent_id=None, type_declare=None, nb_pages=None, nb_essais=1, nb_reprises=0,
        recepisse="",
    )  # fmt: skip


def papers_of(
    unit: dict[str, Any], pages: Sequence[Page]
) -> list[tuple[frozenset[str], Liasse]]:
    """Return the papers as the truth cuts them, with the types it accepts."""
    known = {page.numero: page for page in pages}
    found = []
    for document in unit["documents"]:
        if document["type"] not in NEVER_TYPED:
            mine = tuple(known[n] for n in document["pages"] if n in known)
            accepted = frozenset({document["type"], *document.get("types_admis", ())})
            found.append((accepted, Liasse(pages=mine)))
    return found


# --- accuracy -------------------------------------------------------------------------


def by_keywords(liasse: Liasse) -> str:
    """Answer the type whose titles or name stand most often on the pages."""
    text = f" {' '.join(fold(page.texte) for page in liasse.pages)} "
    scores = {
        code: sum(text.count(f" {fold(title)} ") for title in (kind.libelle, *kind.titres))
        for code, kind in catalogue(JOUR).types.items()
    }  # fmt: skip
    best = max(scores, key=lambda code: scores[code])
    return best if scores[best] else INCONNU


def by_tfidf(modele: Modele, liasse: Liasse) -> str:
    """Answer the best score of the learned weights, sure or not."""
    sheets = [Feuille(page) for page in liasse.pages if page.mots]
    found = modele.signs(lecons.words_of(sheets))
    return found[0] if found else INCONNU


def accuracy(mesure: Mesure, modele: Modele) -> dict[str, dict[str, int]]:
    """Type the same papers four ways: right, withheld, wrong."""
    voters: dict[str, Callable[[Liasse], str]] = {
        "mots-clés": by_keywords,
        "TF-IDF seul": lambda liasse: by_tfidf(modele, liasse),
        "règles": lambda liasse: ensemble.judge(liasse).type,
        "règles et modèle appris": lambda x: ensemble.judge(x, modele=modele).type,
    }
    table = {}
    for name, voter in voters.items():
        seen: Counter[str] = Counter()
        for accepted, liasse in mesure.papers:
            said = voter(liasse)
            right = said in accepted
            seen["justes" if right else "abstenus" if said == INCONNU else "faux"] += 1
        table[name] = {key: seen[key] for key in ("justes", "abstenus", "faux")}
    return table


# --- the scan engine ------------------------------------------------------------------


def engine(scans: Sequence[tuple[Path, Tri]], wanted: int) -> dict[str, Any]:
    """Read scans here, stage by stage, then the same pages with bare tesserocr."""
    lecteur.warm()
    chrono, whole = Chrono(), 0.0
    for path, tri in scans:
        if len(chrono.images) >= wanted:
            break
        whole += read_here(path.read_bytes(), tri.type, tri.nb_pages, chrono)
    pages = len(chrono.images)
    alone = bare(chrono.images)
    stages = dict(chrono.spent)
    stages["autre"] = whole - sum(stages.values())
    return {
        "pages": pages,
        "ms_par_page": {k: _ms(v, pages) for k, v in sorted(stages.items())},
        "lecture_entiere_ms": _ms(whole, pages),
        "tesserocr_nu_ms": _ms(alone, pages),
        "ocr_sur_tesserocr_nu": round(chrono.spent["OCR"] / alone, 3),
        "lecture_sur_tesserocr_nu": round(whole / alone, 3),
    }


def _ms(seconds: float, pages: int) -> float:
    return round(1000 * seconds / max(pages, 1), 1)


def run(files: int, pages: int, lot: Lot) -> dict[str, Any]:
    """Measure everything once."""
    with tempfile.TemporaryDirectory() as temporary, Sandbox(MODULES) as sandbox:
        folder = Path(temporary)
        write(folder / "corpus", GRAINE, files, lot)
        settings = settings_for(folder / "var", 1)
        command(settings, "migrate")
        command(
            settings, "importer", "referentiel",
            str(folder / "corpus" / "referentiel.json"),
        )  # fmt: skip
        services = services_for(settings)
        modele = apprentissage.fit(lecons.base())
        for module in MODULES:
            sandbox.report(module)  # engines are warm
        mesure, scans = play(folder / "corpus", services, sandbox, modele)
        services.db.close()
        scanned = engine(scans, pages)
    return {
        "lot": lot,
        "pages": mesure.nb_pages,
        "etapes": {
            stage: {
                "ms_par_page": _ms(spent, mesure.nb_pages),
                "pages_par_s": round(mesure.nb_pages / spent, 1),
            }
            for stage, spent in mesure.seconds.items()
        },
        "lecteur_de_scans": scanned,
        "compteurs": dict(mesure.counts),
        "typage": accuracy(mesure, modele),
    }


def show(found: dict[str, Any]) -> None:
    """Print the figures for a person."""
    print(f"{found['pages']} pages, lot « {found['lot']} », graine {GRAINE}\n")
    print(f"{'étape':24} {'ms/page':>9} {'pages/s':>9}")
    for stage, line in found["etapes"].items():
        print(f"{stage:24} {line['ms_par_page']:>9} {line['pages_par_s']:>9}")
    scan = found["lecteur_de_scans"]
    print(
        f"\nlecteur de scans, {scan['pages']} pages, sans la boîte, ms de processeur :"
    )
    for stage, value in scan["ms_par_page"].items():
        print(f"{stage:24} {value:>9}")
    print(f"{'entière':24} {scan['lecture_entiere_ms']:>9}")
    print(f"{'tesserocr nu':24} {scan['tesserocr_nu_ms']:>9}")
    print(f"OCR du produit / tesserocr nu : {scan['ocr_sur_tesserocr_nu']}")
    print(f"lecture entière / tesserocr nu : {scan['lecture_sur_tesserocr_nu']}\n")
    for name, value in found["compteurs"].items():
        print(f"{name} : {value}")
    print(f"\n{'typage':26} {'justes':>7} {'abstenus':>9} {'faux':>5}")
    for name, row in found["typage"].items():
        print(f"{name:26} {row['justes']:>7} {row['abstenus']:>9} {row['faux']:>5}")
    if found["lot"] == "connu":
        print("Mêmes mises en page que les leçons (autres personnes, autres valeurs) :")
        print("TF-IDF en profite. « --lot epreuve » mesure d'autres imprimeurs.")


def main() -> None:
    """Print the figures, as text or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fichiers", type=int, default=60)
    parser.add_argument(
        "--pages", type=int, default=30, help="pages du lecteur de scans"
    )
    parser.add_argument("--lot", choices=("connu", "autre", "epreuve"), default="connu")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = run(asked.fichiers, asked.pages, asked.lot)
    if asked.json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        show(found)


if __name__ == "__main__":
    main()
