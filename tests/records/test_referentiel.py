"""Import of a register: three formats, each line answered, twice is once."""

import io
import json
from typing import Any

import pytest
import xlsxwriter

from records.referentiel import Rapport, import_referentiel
from records.store import agents, collectivites, evenements, journal, pieces
from records.store.pieces import FiltrePieces
from socle.db import Database
from socle.errors import RefusedError
from tests.records.monde import AUTEUR, COFFRE, EVERYWHERE, NOW, leave

REGISTER: dict[str, Any] = {
    "collectivites": [
        {
            "code": "C1", "nom": "Commune de Fontbrune", "siret": "21617998600015",
            "adresse": "1 place du Puits", "code_postal": "61797", "ville": "FONTBRUNE",
            "contrat": {
                "numero": "S-1", "delai_pieces_jours": 180,
                "debut": "2025-01-01", "fin": "2028-12-31",
            },
            "budgets_cotisation": ["Budget principal"],
        },
    ],
    "agents": [
        {
            "code": "A1", "collectivite": "C1", "matricule": "100",
            "nir": "285059800608483",
            "nom_famille": "GRANGEON", "nom_usage": None, "prenoms": ["Maud", "Lise"],
            "sexe": "F", "date_naissance": "1985-05-14", "regime": "CNRACL",
            "statut": "titulaire", "service": "État civil", "grade": "Adjointe",
        },
    ],
    "evenements": [
        {
            "code": "E1", "numero": "S26-1", "collectivite": "C1", "agent": "A1",
            "nature": "CMO", "date_survenance": "2026-01-19", "etat": "en cours",
            "consequences": [
                {"code": "E1-C1", "type": "ARRET", "du": "2026-01-19", "au": "2026-02-01"},
            ],
        },
        {
            "code": "E2", "collectivite": "C1", "agent": "A1", "nature": "CMO",
            "date_survenance": "2026-04-06",
            "consequences": [
                {"code": "E2-C1", "type": "ARRET", "du": "2026-04-06", "au": "2026-04-10"},
            ],
        },
    ],
    "exigences": [
        {
            "code": "X1", "evenement": "E1", "consequence": "E1-C1", "collectivite": "C1",
            "type_document": "AAT", "types_acceptes": ["AAT", "CMATMP (cas final)"],
            "precision": "initial", "periode": {"du": "2026-01-19", "au": "2026-02-01"},
            "exigible_le": "2026-01-21", "etat": "ouverte", "montant": "12.50",
        },
        {
            "code": "X2", "evenement": "E1", "collectivite": "C1",
            "type_document": "ARRETE", "types_acceptes": ["ARRETE"], "periode": None,
            "exigible_le": "2026-02-03", "echeance": "2026-06-03", "etat": "integree",
        },
    ],
}  # fmt: skip


def _load(
    db: Database, content: bytes | dict[str, Any], name: str | None = None
) -> Rapport:
    octets = content if isinstance(content, bytes) else json.dumps(content).encode()
    return import_referentiel(
        db, octets, coffre=COFFRE, now=NOW, auteur=AUTEUR, nom_fichier=name
    )


def test_json_is_taken_whole_then_unchanged(database: Database) -> None:
    """First time everything is created; second time nothing moves, not even the journal."""
    first = _load(database, REGISTER)
    facts = len(database.read(journal.of_evenement, 1))
    second = _load(database, REGISTER)

    assert {"cree"} == {line.etat for line in first.rangees}
    assert {"inchange"} == {line.etat for line in second.rangees}
    assert facts == len(database.read(journal.of_evenement, 1))


def test_given_requirements_replace_the_matrix(database: Database) -> None:
    """An event with requirements keeps them as given; one without is derived."""
    _load(database, REGISTER)
    found = database.read(pieces.listing, EVERYWHERE, FiltrePieces())
    given = {line.piece.reference_externe: line.piece for line in found.elements}

    assert {"AAT", "ARRETE", "BULLETIN"} == {
        line.piece.type for line in found.elements if line.piece.origine == "matrice"
    }
    assert ("attendue", "satisfaite") == (given["X1"].etat, given["X2"].etat)
    assert given["X1"].accepts("CMATMP", "final")
    assert not given["X1"].accepts("CMATMP", "initial")
    assert 180 == (given["X1"].echeance - given["X1"].exigible_le).days
    assert "12.50" == str(given["X1"].montant_eur)


def test_a_later_prolongation_adds_its_papers(database: Database) -> None:
    """What the owner gave stays; what is declared here afterwards is asked too."""
    _load(database, REGISTER)
    event = database.read(evenements.by_id, 1)
    database.write(
        evenements.add_consequence, event.reference,
        leave("2026-02-02", "2026-03-10", "PROLONG"),
        perimetre=EVERYWHERE, auteur=AUTEUR, now=NOW,
    )  # fmt: skip

    found = database.read(pieces.of_evenement, event.id)
    again = _load(database, REGISTER)

    assert {("AAT", "prolongation"), ("BULLETIN", None)} == {
        (p.type, p.precision) for p in found if p.origine == "matrice"
    }
    assert {"inchange"} == {line.etat for line in again.rangees}


def test_a_file_never_reopens_what_was_closed(database: Database) -> None:
    """« ouverte » in an old file does not undo a line closed here."""
    _load(database, REGISTER)
    changed = json.loads(json.dumps(REGISTER))
    changed["exigences"][1] |= {"etat": "ouverte", "exigible_le": "2026-03-03"}

    report = _load(database, changed)

    assert {"inchange"} == {r.etat for r in report.rangees if r.genre == "pieces"}


def test_bad_lines_are_named_and_good_ones_kept(database: Database) -> None:
    """Kind, line, column and what to do; the rest is written."""
    wrong = json.loads(json.dumps(REGISTER))
    wrong["agents"] += [
        {
            **wrong["agents"][0],
            "code": "A2",
            "matricule": "101",
            "nir": "285059800608484",
        },
        {
            **wrong["agents"][0],
            "code": "A3",
            "matricule": "102",
            "date_naissance": "31/02/1985",
        },
        {**wrong["agents"][0], "code": "A4"},
        "pas un objet",
    ]
    wrong["evenements"][1]["nature"] = "GRIPPE"
    wrong["exigences"][1]["type_document"] = "PAPYRUS"

    report = _load(database, wrong)

    refused = {
        (r.genre, r.ligne, r.champ) for r in report.rangees if r.etat == "refuse"
    }
    assert {
        ("agents", 2, "nir"),
        ("agents", 3, "date_naissance"),
        ("agents", 4, None),
        ("agents", 5, "ligne"),
        ("evenements", 2, "nature"),
        ("consequences", 2, "evenement"),
        ("pieces", 2, "type_document"),
    } == refused
    assert report.nb_refus == len(refused)
    assert 1 == database.read(agents.search, perimetre=EVERYWHERE).total
    assert any(
        "agents, ligne 3 (A3), date_naissance" in line for line in report.lines()
    )
    json.dumps(report.plain())


CSV = (
    "Code;Collectivité;Matricule;Nom de famille;Prénoms;Date de naissance;Service\r\n"
    "A1;C1;100;GRANGEON;Maud, Lise;14/05/1985;Voirie\r\n"
    'A2;C1;101;ÇELIK;"Yves";1990-01-02;"Voirie"\r\n'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_csv_dialects(sqlite: Database, encoding: str, delimiter: str) -> None:
    """What spreadsheets write, in the encodings they write it in."""
    _load(sqlite, {"collectivites": REGISTER["collectivites"]})

    report = _load(sqlite, CSV.replace(";", delimiter).encode(encoding), "agents.csv")

    found = sqlite.read(agents.search, perimetre=EVERYWHERE, q="celik")
    assert [("A1", "cree"), ("A2", "cree")] == [
        (line.reference, line.etat) for line in report.rangees
    ]
    assert ["ÇELIK"] == [agent.nom_famille for agent in found.rows]


def test_xlsx_sheets(database: Database) -> None:
    """One sheet per kind, in any order; days and numbers as the sheet holds them."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet = book.add_worksheet("Évènements")
        sheet.write_row(
            0, 0, ["code", "collectivite", "agent", "nature", "date_survenance"]
        )
        sheet.write_row(1, 0, ["E1", "C1", "A1", "cmo"])
        sheet.write_datetime(1, 4, NOW.replace(tzinfo=None), day)
        people = book.add_worksheet("agents")
        people.write_row(
            0, 0, ["code", "collectivite", "nom_famille", "prenoms", "matricule"]
        )
        people.write_row(1, 0, ["A1", "C1", "GRANGEON", "Maud", 1590101])
        homes = book.add_worksheet("collectivités")
        homes.write_row(0, 0, ["code", "nom"])
        homes.write_row(1, 0, ["C1", "Commune de Fontbrune"])

    report = _load(database, out.getvalue())

    agent = database.read(agents.search, perimetre=EVERYWHERE).rows[0]
    assert 0 == report.nb_refus, list(report.lines())
    assert "1590101" == agent.matricule
    assert (
        "Commune de Fontbrune"
        == database.read(collectivites.listing, EVERYWHERE)[0].nom
    )


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", "fichier-illisible"),
        (b"{", "fichier-illisible"),
        (b'{"autre": []}', "fichier-illisible"),
        (b'{"agents": {}}', "fichier-illisible"),
        (b"PK\x03\x04abc", "fichier-illisible"),
        (b"une seule colonne\nx", "fichier-illisible"),
        (b"a;b\n1;2", "colonnes-inconnues"),
        (b"code;code;nom\n1;2;3", "fichier-illisible"),
    ],
)
def test_unreadable_files_are_refused(
    sqlite: Database, octets: bytes, code: str
) -> None:
    """The whole file is refused with a code and what to do; nothing is written."""
    with pytest.raises(RefusedError) as caught:
        _load(sqlite, octets)

    assert code == caught.value.code
    assert 0 == sqlite.read(agents.search, perimetre=EVERYWHERE).total
