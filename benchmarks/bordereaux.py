"""Import of a bordereau of 20,000 lines, beside a bare read and bulk insert, in one run.

Run by `python -m benchmarks.bordereaux [--lignes N] [--agents N]`. The baseline reads the
same CSV with the standard library and inserts the same columns in one transaction, with no
check, no link, no report. Both work on the same fresh SQLite file settings (WAL, FULL).
"""

import argparse
import csv
import datetime as dt
import io
import json
import resource
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bordereaux import tables as t
from bordereaux.fichiers import MODULES
from socle.db import Database, WriteSession
from socle.sandbox import Sandbox
from tests.bordereaux.outil import (
    Monde,
    as_csv,
    import_bytes,
    make_atelier,
    make_monde,
)
from web import schema


def lines(monde: Monde, count: int) -> list[dict[str, Any]]:
    """Return lines of one bordereau: every agent in turn, one day each, a third blocked."""
    made = []
    first = dt.date(2026, 1, 19)
    for rank in range(count):
        agent = rank % len(monde.agents)
        day = first + dt.timedelta(days=(rank // len(monde.agents)) % 14)
        common = {
            "n_ligne": rank + 1, "periode_du": day, "periode_au": day,
            "jours_calendaires": 1, "franchise_jours": 0, "jours_indemnises": 1,
            "montant_brut": Decimal("85.52"),
        }  # fmt: skip
        if rank % 3:
            paid = {"montant_rembourse": Decimal("85.52")}
            made.append(monde.ligne(agent, **common, **paid))
        else:
            made.append(monde.bloquee(agent, **common))
    return made


def bare(db: Database, octets: bytes, home: int, agent: int, event: int) -> float:
    """Read the CSV and insert its rows, nothing else; return the seconds."""
    started = time.perf_counter()
    rows = list(csv.DictReader(io.StringIO(octets.decode("utf-8-sig")), delimiter=";"))

    def insert(session: WriteSession) -> None:
        session.execute(sa.text(_PARENT), {"home": home})
        parent = session.scalar(sa.text("SELECT max(id) FROM bordereau"))
        session.execute(
            sa.insert(t.LignePrestation),
            [
                {
                    "bordereau_id": parent, "collectivite_id": home,
                    "rang": int(row["n_ligne"]), "type": row["type_ligne"],
                    "etat": row["etat"], "agent_id": agent, "evenement_id": event,
                    "cle": row["n_ligne"], "date_emission": dt.date(2026, 9, 28),
                    "brut_eur": Decimal(row["montant_brut"].replace(",", ".")),
                    "rembourse_eur": Decimal(row["montant_rembourse"].replace(",", ".")),
                    "bloque_eur": Decimal(0), "champs": row,
                }
                for row in rows
            ],
        )  # fmt: skip

    db.write(insert)
    return time.perf_counter() - started


_PARENT = """INSERT INTO bordereau (reference, collectivite_id, colis_id, numero,
numero_colis, date_emission, nb_lignes, nb_reglees, nb_bloquees, brut_eur, rembourse_eur,
bloque_eur, annonce, ecarts, importe_at, importe_par, version) SELECT 'BR-NU', :home,
max(id), 'NU', 'NU', '2026-09-28', 0, 0, 0, 0, 0, 0, '{}', '[]',
'2026-09-30 10:00:00.000000', 'nu', 1 FROM colis"""


def fresh(folder: Path) -> Database:
    """Return an empty, migrated database."""
    db = Database(f"sqlite+aiosqlite:///{folder / 'banc.sqlite'}")
    schema.migrate(db)
    return db


def main() -> None:
    """Print the seconds of each, their ratio, and the peak of memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lignes", type=int, default=20_000)
    parser.add_argument("--agents", type=int, default=600)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, Sandbox(MODULES) as boite:
        folder = Path(name)
        db = fresh(folder)
        monde = make_monde(db, asked.agents)
        octets = as_csv(lines(monde, asked.lignes))
        atelier = make_atelier(db, folder, boite)
        started, busy = time.perf_counter(), time.process_time()
        rapport = import_bytes(atelier, octets, "banc.csv")
        first = time.perf_counter() - started
        busy = time.process_time() - busy
        started = time.perf_counter()
        again = import_bytes(atelier, octets, "banc.csv")
        second = time.perf_counter() - started
        base = bare(db, octets, monde.place.id, monde.agents[0].id,
                    monde.evenements[0].id)  # fmt: skip
        db.close()
    assert asked.lignes == rapport.nombre("creee"), rapport.plain()["comptes"]
    assert asked.lignes == again.nombre("inchangee")
    json.dump(
        {
            "lignes": asked.lignes,
            "agents": asked.agents,
            "octets": len(octets),
            "import_s": round(first, 2),
            "import_processeur_s": round(busy, 2),
            "import_rejoue_s": round(second, 2),
            "lecture_et_insertion_nues_s": round(base, 2),
            "rapport": round(first / base, 1),
            "lignes_par_seconde": round(asked.lignes / first),
            "memoire_mo": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        },
        sys.stdout,
        indent=1,
    )
    print()


if __name__ == "__main__":
    main()
