"""Letters of one night, database writes included, beside what bare Typst takes.

    python -m benchmarks.letters [--courriers 5000] [--mains 2]

- a run: plan, compose, print, keep the bytes (fsync), number, write, by small batches;
- Typst alone: the same letters, values ready, same threads, nothing kept;
- WeasyPrint on the same letter as HTML, when it is installed (it is no dependency);
- the same night run again: it must issue nothing.

The run and Typst take turns, slice by slice: what else the machine does slows both alike.
Each is given in seconds of the clock and in seconds of processor.
"""

import argparse
import datetime as dt
import html
import importlib.util
import json
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from letters import edition, render, tournee
from letters import tables as lt
from letters.edition import Bureau
from records.natures import catalogue
from records.parties import Contrat
from records.periodes import Periode
from records.store import agents, collectivites, evenements
from records.store.agents import NouvelAgent
from records.store.evenements import ConsequenceDeclaree, Declaration
from socle import editions
from socle.crypto import Coffre
from socle.db import Database, ReadSession, WriteSession
from socle.storage import DiskStorage
from web import schema

NOW = dt.datetime(2026, 9, 30, 2, tzinfo=dt.UTC)
TODAY = dt.date(2026, 9, 30)
BATCH = 250
SLICE = 250
WEASY_LETTERS = 20
STYLE = (
    "@page{size:A4;margin:20mm} body{font:10pt 'Liberation Sans',sans-serif}"
    "table{width:100%;border-collapse:collapse;font-size:8.5pt}"
    "td,th{border-bottom:.5pt solid #9aa4b1;padding:1.5mm;text-align:left}"
    ".c{display:inline-block;width:80mm;height:50mm;font-size:8pt} svg{width:32mm}"
)


def make_world(db: Database, coffre: Coffre, count: int) -> list[int]:
    """Create as many collectivités, one agent and one leave each; return their ids."""
    made: list[int] = []

    def batch(session: WriteSession, first: int, last: int) -> None:
        made.extend(_place(session, coffre, rank) for rank in range(first, last))

    for first in range(0, count, BATCH):
        db.write(batch, first, min(first + BATCH, count))
    return made


def _place(session: WriteSession, coffre: Coffre, rank: int) -> int:
    acts: dict[str, Any] = {"auteur": "mesure", "now": NOW}
    contrat = Contrat(numero=f"C-{rank}", debut=dt.date(2020, 1, 1))
    place = collectivites.create(
        session, nom=f"Commune de Valbrune {rank}", contrats=(contrat,),
        adresse={"voie": f"{rank} rue des Tilleuls", "code_postal": "24000",
                 "ville": "FONTBRUNE"}, **acts,
    )  # fmt: skip
    nouvel = NouvelAgent(
        collectivite_id=place.id, nom_famille=f"GRANGEON{rank}", prenoms=["Maud"],
        matricule=f"M{rank}", regime="CNRACL", statut="titulaire",
    )  # fmt: skip
    agent = agents.create(session, nouvel, coffre=coffre, **acts)
    leave = Periode.inclusive(dt.date(2026, 1, 19), dt.date(2026, 2, 1))
    declaration = Declaration(
        agent_id=agent.id, collectivite_id=place.id, nature="CMO",
        date_survenance=leave.debut,
        consequences=(ConsequenceDeclaree(type="ARRET", periode=leave),),
    )  # fmt: skip
    evenements.declare(session, declaration, **acts)
    return place.id


@dataclass(frozen=True, slots=True)
class Temps:
    """Seconds of the clock, and of processor (every thread)."""

    horloge: float = 0.0
    processeur: float = 0.0

    def __add__(self, other: "Temps") -> "Temps":
        """Add two."""
        return Temps(self.horloge + other.horloge, self.processeur + other.processeur)


def timed(function: Callable[[], Any]) -> tuple[Temps, Any]:
    """Return what a function takes, and its answer."""
    began, busy = time.perf_counter(), time.process_time()
    answer = function()
    taken = Temps(time.perf_counter() - began, time.process_time() - busy)
    return taken, answer


def kept(session: ReadSession, places: Sequence[int]) -> list[dict[str, Any]]:
    """Return what the letters of these collectivités printed."""
    k = lt.Courrier
    return list(
        session.scalars(sa.select(k.contenu).where(k.collectivite_id.in_(places)))
    )


def typst_alone(contents: Iterable[dict[str, Any]], hands: int) -> Temps:
    """Print the same letters with nothing but Typst; return what it takes."""
    ready = [
        json.dumps(editions.shown({**one, "coupons": [
            {**c, "code": render.code(c["contenu"])} for c in one["coupons"]
        ]}), ensure_ascii=False)
        for one in contents
    ]  # fmt: skip

    def work(text: str) -> int:
        compiler = editions._compiler(render.LAYOUT)  # noqa: SLF001 - the bare tool
        made = compiler.compile(
            sys_inputs={"valeurs": text}, format="pdf",
            pdf_standards=editions.STANDARDS, timestamp=int(NOW.timestamp()),
        )  # fmt: skip
        return len(made)  # type: ignore[arg-type]

    with ThreadPoolExecutor(hands) as pool:
        return timed(lambda: sum(pool.map(work, ready)))[0]


def as_html(one: dict[str, Any]) -> str:
    """Return the same letter as a page for WeasyPrint."""
    e = html.escape
    rows = "".join(
        f"<h2>{e(d['agent'])}</h2><p>{e(d['evenement'])}</p><table><tr><th>Document"
        "<th>Exigible le<th>Échéance<th>1re demande<th>Somme</tr>"
        + "".join(
            f"<tr><td>{e(x['piece'])}<br>{e(x['detail'])}<td>{x['exigible']}"
            f"<td>{x['echeance']}<td>{x['demande']}<td>{x['montant']}</tr>"
            for x in d["lignes"]
        ) + "</table>"
        for d in one["dossiers"]
    )  # fmt: skip
    after = "".join(
        f"<h2>{e(s['titre'])}</h2>"
        + "".join(f"<p>{e(p)}</p>" for p in s["paragraphes"])
        for s in one["apres"]
    )
    slips = "".join(
        f"<div class=c>{render.code(c['contenu'])}<br>"
        f"{'<br>'.join(map(e, c['lignes']))}</div>"
        for c in one["coupons"]
    )
    head = "<br>".join(map(e, (*one["emetteur"], *one["destinataire"])))
    before = "".join(f"<p>{e(p)}</p>" for p in one["avant"])
    return (
        f"<html lang=fr><title>{e(one['titre'])}</title><style>{STYLE}</style>"
        f"<p>{head}</p><h1>{e(one['titre'])}</h1>{before}{rows}{after}"
        f"<div style='break-before:page'>{slips}</div></html>"
    )


def weasy(contents: list[dict[str, Any]]) -> float | None:
    """Return the seconds per letter with WeasyPrint, None when it is not there."""
    if importlib.util.find_spec("weasyprint") is None:
        return None
    import weasyprint  # type: ignore[import-not-found]

    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    pages = [as_html(one) for one in contents[: WEASY_LETTERS + 1]]

    def one(text: str) -> int:
        made = weasyprint.HTML(string=text).write_pdf(
            pdf_variant="pdf/ua-1", pdf_identifier=b"mesure"
        )
        return len(made)

    one(pages[0])  # fonts are found once
    seconds, _ = timed(lambda: [one(text) for text in pages[1:]])
    return seconds.horloge / max(1, len(pages) - 1)


def run(count: int, hands: int) -> dict[str, Any]:
    """Measure everything; return the figures."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING)
    )
    with tempfile.TemporaryDirectory(prefix="courriers-") as home:
        folder = Path(home)
        db = Database(f"sqlite+aiosqlite:///{folder}/mesure.sqlite")
        schema.migrate(db)
        coffre = Coffre(bytes(range(32)))
        bureau = Bureau(
            db=db, storage=DiskStorage(folder / "depots"), coffre=coffre,
            catalogue=catalogue, adresse_portail="https://portail.exemple",
        )  # fmt: skip
        places = make_world(db, coffre, count + 1)
        # what a running service has long done: readers loaded, fonts read
        edition.edit(bureau, places[0], TODAY, NOW)
        rest = places[1:]

        def night(part: Sequence[int]) -> int:
            passages = tournee.go(bureau, part, TODAY, NOW, hands=hands)
            return sum(len(p.courriers) for p in passages)

        run_, bare, issued = Temps(), Temps(), 0
        for first in range(0, count, SLICE):
            part = rest[first : first + SLICE]
            taken, made = timed(lambda part=part: night(part))
            contents = db.read(kept, part)
            run_, issued = run_ + taken, issued + made
            bare += typst_alone(contents, hands)
        again, more = timed(lambda: night(rest))
        other = weasy(contents)
        db.close()
    return {
        "courriers": issued,
        "mains": hands,
        "secondes (processeur)": f"{run_.horloge:.1f} ({run_.processeur:.1f})",
        "secondes pour 5000": round(run_.horloge / max(1, issued) * 5000, 1),
        "Typst seul (processeur)": f"{bare.horloge:.1f} ({bare.processeur:.1f})",
        "rapport à Typst seul (processeur)": f"{run_.horloge / bare.horloge:.2f} "
        f"({run_.processeur / bare.processeur:.2f})",
        "même nuit rejouée": f"{more} courrier, {again.horloge:.1f} s",
        "Typst seul, ms par courrier": round(
            bare.processeur / max(1, issued) * 1000, 1
        ),
        "WeasyPrint, ms par courrier": (
            "non installé" if other is None else round(other * 1000)
        ),
        "charge de la machine": "{:.1f} {:.1f} {:.1f}".format(*os.getloadavg()),
    }


def main() -> None:
    """Read the arguments, measure, print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.letters", description=__doc__)
    parser.add_argument("--courriers", type=int, default=5000)
    parser.add_argument("--mains", type=int, default=2)
    asked = parser.parse_args()
    for name, value in run(asked.courriers, asked.mains).items():
        print(f"{name:<34} {value}")


if __name__ == "__main__":
    main()
