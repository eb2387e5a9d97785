"""Bordereaux by the API, the portal and the command: imported, read, issued, downloaded."""

import csv
import dataclasses
import datetime as dt
import io
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData

from bordereaux import releves
from socle.errors import RefusedError
from tests.bilan.maison import ROOT, environment, services_for, settings_for
from tests.bordereaux.outil import (
    EMIS,
    PDF,
    announced,
    as_csv,
    as_zip,
    make_monde,
    manifest,
)
from tests.web.maison import Maison, sign_in
from tests.web.monde import Client, make_agent, make_evenement
from tests.web.test_api_register import place
from tests.web.test_portal import visit
from web import schema

D = Decimal


@pytest.fixture
def maison(maison_entiere: Maison) -> Maison:
    """Open the house with its portal."""
    return maison_entiere


@dataclasses.dataclass
class Dossier:
    """One collectivité, one agent, one leave, and the lines the tool would send of it."""

    home: str
    agent: dict[str, Any]
    fiche: dict[str, Any]
    nom: str = "KERVELLA"
    numero: str = "S26-1"

    def ligne(self, rang: int, **changes: Any) -> dict[str, Any]:
        """Return a settled line: a week of the leave."""
        first = dt.date(2026, 6, 1) + dt.timedelta(days=7 * (rang - 1))
        return {
            "n_colis": "PST-1", "n_bordereau": "B-1", "date_emission": EMIS,
            "code_collectivite": self.home, "n_ligne": rang, "type_ligne": "IJ",
            "nom": self.nom, "prenom": "Anne-Laure", "matricule": "M-17",
            "nature": "CMO", "n_evenement": self.numero,
            "date_survenance": dt.date(2026, 6, 1), "consequence": "ARRET",
            "periode_du": first, "periode_au": first + dt.timedelta(days=6),
            "jours_calendaires": 7, "franchise_jours": 0, "jours_indemnises": 7,
            "taux_garanti": D("90.00"), "ij": D("85.52"), "montant_brut": D("598.64"),
            "ij_cpam_deduites": D("0.00"), "retenue": D("0.00"),
            "montant_rembourse": D("598.64"), "etat": "réglée",
        } | changes  # fmt: skip

    def bloquee(self, rang: int) -> dict[str, Any]:
        """Return a week held back by the missing avis d'arrêt."""
        return self.ligne(
            rang, etat="bloquée", montant_rembourse=D("0.00"),
            motif_blocage="document manquant", piece_attendue="Avis d’arrêt de travail",
        )  # fmt: skip

    def colis(self) -> bytes:
        """Return a whole colis: one settled week, one blocked, care, and the décompte."""
        care = {
            "type_ligne": "FRAIS", "consequence": "FRAIS", "n_ligne": 3,
            "date_soins": dt.date(2026, 6, 3), "nature_acte": "consultation",
            "montant_presente": D("30.00"), "montant_retenu": D("25.00"),
            "montant_rembourse": D("25.00"), "motif_rejet": "dépassement d’honoraires",
        }  # fmt: skip
        of_days = ("periode", "jours", "montant", "ij", "taux")
        week = self.ligne(3)
        kept = {name: week[name] for name in week if not name.startswith(of_days)}
        said = announced(
            collectivite=self.home, lignes=3, lignes_frais=1, reglees=2,
            total_brut="1197.28", total_rembourse="623.64", fichier="b1.csv",
            decompte="d1.pdf",
        )  # fmt: skip
        return as_zip(
            {
                "colis.json": manifest(said),
                "b1.csv": as_csv([self.ligne(1), self.bloquee(2), kept | care]),
                "d1.pdf": PDF,
            }
        )


async def make_dossier(maison: Maison, nom: str = "azur") -> Dossier:
    """Declare the agent and the leave."""
    client = Client(maison, f"rh_{nom}")
    home = await place(client, nom)
    agent = await make_agent(client, home)
    fiche = await make_evenement(client, agent["reference"], numero="S26-1")
    return Dossier(home=home, agent=agent, fiche=fiche)


def form(octets: bytes, nom: str = "colis.zip", **fields: str) -> FormData:
    """Return a sending of one file."""
    body = FormData(quote_fields=False)
    for name, value in fields.items():
        body.add_field(name, value)
    body.add_field("fichier", octets, filename=nom)
    return body


async def test_a_colis_comes_in_and_is_read(maison: Maison) -> None:
    """Imported by a handler, listed and downloaded by the collectivité."""
    dossier = await make_dossier(maison)
    staff, rh = Client(maison, "gestionnaire"), Client(maison, "rh_azur")

    done = await staff("POST", "/bordereaux", data=form(dossier.colis()), expect=201)
    again = await staff("POST", "/bordereaux", data=form(dossier.colis()), expect=200)

    assert {"creees": 3, "inchangees": 0, "refusees": 0, "remarques": 1} == (
        done["comptes"]
    )
    assert ([], 3) == (done["ecarts"], again["comptes"]["inchangees"])
    (found,) = (await rh("GET", "/bordereaux", expect=200))["elements"]
    assert ("B-1", "PST-1", 3, 2, 1) == (
        found["numero"], found["colis"], found["lignes"], found["reglees"],
        found["bloquees"],
    )  # fmt: skip
    assert ("1197.28", "623.64", "598.64") == (
        found["total_brut"], found["total_rembourse"], found["total_bloque"],
    )  # fmt: skip
    fiche = await rh("GET", f"/bordereaux/{found['reference']}", expect=200)
    assert ["reglee", "bloquee", "reglee"] == [
        line["etat"] for line in fiche["detail"]["elements"]
    ]
    (paper,) = (await rh("GET", "/decomptes", expect=200))["elements"]
    answer = await maison.client.get(paper["pdf"], headers=maison.bearer("rh_azur"))
    assert PDF == await answer.read()
    assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_the_three_files_are_issued_once(maison: Maison) -> None:
    """PDF, XLSX and CSV of the same edition, under one number, each a download."""
    dossier = await make_dossier(maison)
    staff = Client(maison, "gestionnaire")
    await staff("POST", "/bordereaux", data=form(dossier.colis()), expect=201)
    (found,) = (await staff("GET", "/bordereaux", expect=200))["elements"]
    names, kinds = set(), {}
    for kind in ("pdf", "xlsx", "csv", "pdf"):
        answer = await maison.client.get(
            f"/api/v1/bordereaux/{found['reference']}.{kind}",
            headers=maison.bearer("rh_azur"),
        )
        assert 200 == answer.status
        kinds[kind] = await answer.read()
        said = answer.headers["Content-Disposition"]
        assert said.startswith("attachment;")
        names.add(said.split('"')[1].rsplit(".", 1)[0])

    rows = list(csv.reader(io.StringIO(kinds["csv"].decode("utf-8-sig"), newline=""),
                           delimiter=";"))  # fmt: skip
    assert {"bordereau-prestations-2026-000001"} == names
    assert b"%PDF-" == kinds["pdf"][:5]
    assert b"PK" == kinds["xlsx"][:2]
    assert ["Total", "1227,28", "5,00", "623,64", "598,64"] == (
        [cell for cell in rows[-1] if cell]
    )


async def test_bad_lines_are_answered_by_line_and_column(maison: Maison) -> None:
    """The report of the API names the line of the file and the column."""
    dossier = await make_dossier(maison)
    octets = as_csv([dossier.ligne(1), dossier.ligne(2, matricule="?")])
    staff = Client(maison, "gestionnaire")

    done = await staff("POST", "/bordereaux", data=form(octets, "b.csv"), expect=201)

    wrong = [line for line in done["lignes"] if line["fautes"]]
    assert [("b.csv", 3, "refusee")] == [
        (line["table"], line["ligne"], line["etat"]) for line in wrong
    ]
    assert ["matricule"] == [faute["colonne"] for faute in wrong[0]["fautes"]]
    assert 1 == done["comptes"]["creees"]


@pytest.mark.parametrize(
    ("octets", "status", "code"),
    [(b"bonjour", 422, "bordereau-illisible"), (b" ", 422, "fichier-vide"),
     (b"PK\x03\x04x", 422, "archive-illisible")],
)  # fmt: skip
async def test_an_unreadable_file_is_a_problem(
    maison: Maison, octets: bytes, status: int, code: str
) -> None:
    """Refused under a closed code, in French."""
    staff = Client(maison, "gestionnaire")

    answer = await staff("POST", "/bordereaux", data=form(octets), expect=status)

    assert code == answer["code"]


async def test_only_handlers_import(maison: Maison) -> None:
    """A collectivité and the mailroom never import prestations."""
    dossier = await make_dossier(maison)
    for who in ("rh_azur", "operateur"):
        client = Client(maison, who)
        await client("POST", "/bordereaux", data=form(dossier.colis()), expect=403)


async def test_a_handler_imports_for_their_collectivites_only(maison: Maison) -> None:
    """What a file says of a foreign collectivité is unknown here, and never written."""
    foreign = await make_dossier(maison, "brume")
    staff = Client(maison, "gestionnaire")

    done = await staff("POST", "/bordereaux", data=form(foreign.colis()), expect=200)

    assert {"code_collectivite"} == {
        faute["colonne"] for line in done["lignes"] for faute in line["fautes"]
    }
    admin = Client(maison, "administrateur")
    assert 0 == (await admin("GET", "/bordereaux", expect=200))["total"]


async def test_the_fiche_and_the_requirement_say_what_is_held_back(
    maison: Maison,
) -> None:
    """Sums of the event, `montant_bloque` of the missing paper."""
    dossier = await make_dossier(maison)
    staff, rh = Client(maison, "gestionnaire"), Client(maison, "rh_azur")
    path = f"/evenements/{dossier.fiche['reference']}"
    before = await rh("GET", path, expect=200)

    await staff("POST", "/bordereaux", data=form(dossier.colis()), expect=201)

    after = await rh("GET", path, expect=200)
    avis = next(p for p in after["pieces_attendues"] if p["type"] == "AAT")
    assert (None, "623.64") == (before["sommes"]["reglees"], after["sommes"]["reglees"])
    assert "598.64" == avis["montant_bloque"] == after["sommes"]["bloquees"]


# --- relevés ---------------------------------------------------------------------------


async def test_a_releve_sums_what_was_reimbursed(maison: Maison) -> None:
    """Settled lines of the period, by nature and by name; blocked ones are not there."""
    dossier = await make_dossier(maison)
    staff, rh = Client(maison, "gestionnaire"), Client(maison, "rh_azur")
    await staff("POST", "/bordereaux", data=form(dossier.colis()), expect=201)

    async def total(query: str) -> tuple[int, str]:
        found = await rh("GET", f"/releves?{query}", expect=200)
        return found["total"], found["total_rembourse"]

    assert (2, "623.64") == await total("")
    assert (1, "25.00") == await total("type=FRAIS")
    assert (2, "623.64") == await total("texte=kervella")
    assert (0, "0.00") == await total("texte=personne")
    assert (0, "0.00") == await total("au=2026-09-27")
    assert (2, "623.64") == await total("du=2026-09-28&au=2026-09-28")


@pytest.mark.parametrize(
    ("query", "champ"),
    [("du=2026-03-29", "du"), ("du=2026-09-20&au=2026-09-10", "au"),
     ("du=2020-01-01&au=2026-09-30", "du")],
)  # fmt: skip
async def test_a_releve_goes_six_months_back_at_most(
    maison: Maison, query: str, champ: str
) -> None:
    """Refused, with the field and the earliest day."""
    rh = Client(maison, "rh_azur")

    answer = await rh("GET", f"/releves?{query}", expect=422)

    assert ("periode-invalide", [champ]) == (
        answer["code"], [one["champ"] for one in answer["erreurs"]]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("on", "first"),
    [("2026-09-30", "2026-03-30"), ("2026-08-31", "2026-02-28"),
     ("2028-08-31", "2028-02-29"), ("2026-01-01", "2025-07-01")],
)  # fmt: skip
def test_six_months_before_a_day(on: str, first: str) -> None:
    """The same day six months before, or the last of a shorter month."""
    day = dt.date.fromisoformat(on)

    assert dt.date.fromisoformat(first) == releves.earliest(day)
    assert (releves.earliest(day), day) == releves.window(None, None, day)
    with pytest.raises(RefusedError):
        releves.window(releves.earliest(day) - dt.timedelta(days=1), day, day)


# --- the bordereau de réception ----------------------------------------------------------


async def test_what_a_colis_brought_is_issued(maison: Maison) -> None:
    """The bordereau of the colis itself, for the one collectivité it concerns."""
    dossier = await make_dossier(maison)
    staff = Client(maison, "gestionnaire")
    done = await staff("POST", "/bordereaux", data=form(dossier.colis()), expect=201)

    answer = await maison.client.get(
        f"/api/v1/colis/{done['colis']}/bordereau.csv",
        headers=maison.bearer("rh_azur"),
    )

    assert 200 == answer.status
    rows = list(csv.reader(io.StringIO((await answer.read()).decode("utf-8-sig"),
                                       newline=""), delimiter=";"))  # fmt: skip
    assert "Pages annoncées" in rows[0]
    assert ["1", "B-1"] == rows[1][:2]


# --- the portal --------------------------------------------------------------------------


async def test_the_portal_shows_the_colis_its_bordereaux_and_decomptes(
    maison: Maison,
) -> None:
    """S25: the last colis at once, the files to download, the lines one by one."""
    dossier = await make_dossier(maison)
    staff = Client(maison, "gestionnaire")
    await staff("POST", "/bordereaux", data=form(dossier.colis()), expect=201)
    (found,) = (await staff("GET", "/bordereaux", expect=200))["elements"]
    rh = await sign_in(maison, "rh_azur")

    page = await visit(rh, "GET", "/bordereaux")
    other = await visit(rh, "GET", "/bordereaux?colis=PST-9")
    lines = await visit(rh, "GET", f"/bordereaux/{found['reference']}")

    assert "Colis PST-1" in page.texte
    for kind in ("pdf", "xlsx", "csv"):
        assert f"/bordereaux/{found['reference']}.{kind}" in page.texte
    assert f"/decomptes/{found['decomptes'][0]}.pdf" in page.texte
    assert "Importer" not in page.texte
    assert "Aucun colis de ce numéro" in other.texte
    assert "six cent vingt-trois euros et soixante-quatre centimes" in lines.texte
    assert "Bloquée" in lines.texte


async def test_the_portal_shows_the_sums_of_an_event(maison: Maison) -> None:
    """S11: days and care, settled or blocked, the way to the paper and to a new arrêt."""
    dossier = await make_dossier(maison)
    staff = Client(maison, "gestionnaire")
    await staff("POST", "/bordereaux", data=form(dossier.colis()), expect=201)
    rh = await sign_in(maison, "rh_azur")
    path = f"/evenements/{dossier.fiche['reference']}"

    page = await visit(rh, "GET", f"{path}/sommes")
    fiche = await visit(rh, "GET", path)

    texte = page.texte.replace("\u202f", " ")
    assert "623,64 €" in texte
    assert "598,64 €" in texte
    assert "dépassement d’honoraires" in texte
    assert f"{path}/consequences/nouvelle?type=PROLONG" in texte
    assert "/integration" in texte
    assert f"{path}/sommes" in fiche.texte


async def test_the_portal_shows_a_releve(maison: Maison) -> None:
    """S13: the last six months at once; an older day is said beside its field."""
    dossier = await make_dossier(maison)
    staff = Client(maison, "gestionnaire")
    await staff("POST", "/bordereaux", data=form(dossier.colis()), expect=201)
    rh = await sign_in(maison, "rh_azur")

    page = await visit(rh, "GET", "/releves")
    old = await visit(rh, "GET", "/releves?du=2020-01-01")

    assert "six cent vingt-trois euros et soixante-quatre centimes" in page.texte
    assert 'id="err-du"' in old.texte


async def test_the_portal_imports_and_tells_line_by_line(maison: Maison) -> None:
    """A handler sends a file from the page; the token is owed; faults are listed."""
    dossier = await make_dossier(maison)
    octets = as_csv([dossier.ligne(1), dossier.ligne(2, matricule="?")])
    nav = await sign_in(maison, "gestionnaire")

    done = await visit(
        nav, "POST", "/bordereaux", data=form(octets, "b.csv", _jeton=nav.jeton)
    )
    forged = await visit(nav, "POST", "/bordereaux", data=form(octets, "b.csv"))
    bad = await visit(
        nav, "POST", "/bordereaux", data=form(b"bonjour", "b.csv", _jeton=nav.jeton)
    )

    assert "1 ligne gardée" in done.texte
    assert "b.csv, ligne 3" in done.texte
    assert 403 == forged.status
    assert 422 == bad.status
    assert "ne peut pas être lu" in bad.texte


# --- the command -------------------------------------------------------------------------


def test_the_command_imports_files(tmp_path: Path) -> None:
    """`importer bordereaux` says each fault and exits 1; all good, it exits 0."""
    settings = settings_for(tmp_path / "var", 0)
    services = services_for(settings)
    schema.migrate(services.db)
    monde = make_monde(services.db)
    good, bad = tmp_path / "bon.csv", tmp_path / "faux.csv"
    good.write_bytes(as_csv([monde.ligne(0)]))
    bad.write_bytes(as_csv([monde.ligne(0), monde.ligne(1, matricule="?")]))
    services.db.close()

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "web", "importer", "bordereaux", *words],
            cwd=ROOT, env=environment(settings), capture_output=True, text=True,
            check=False,
        )  # fmt: skip

    first, second = run(str(good)), run("--json", str(bad))

    assert 0 == first.returncode, first.stderr
    assert "1 créées" in first.stdout
    assert 1 == second.returncode
    (report,) = json.loads(second.stdout)
    faults = [x for x in report["lignes"] if x["fautes"]]
    assert [(3, "matricule")] == [
        (x["ligne"], x["fautes"][0]["colonne"]) for x in faults
    ]
