"""Issued bordereaux: numbered without a hole, the same lines in each file, unchanged."""

import csv
import dataclasses
import datetime as dt
import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pypdf
import pypdfium2
import pytest
import python_calamine
import sqlalchemy as sa

from bordereaux import listes_prestations, registre, render, totals
from bordereaux import registre_prestations as prestations
from bordereaux.lines import Colonne, Genre, Liste, numbered
from bordereaux.registre import AEmettre, Edition, NatureBordereau, Presse
from bordereaux.registre_prestations import FiltreBordereaux
from records.comptes import HOUSE
from records.store import journal
from records.tables_courriers import OctetsEmis
from socle.db import Database
from socle.sandbox import Sandbox
from socle.storage import DiskStorage
from tests.bordereaux.outil import (
    EMIS,
    NOW,
    as_csv,
    import_bytes,
    make_atelier,
    make_monde,
)
from tests.records.monde import make_collectivite

GOLDEN = Path(__file__).parent / "bordereau.txt"
D = Decimal


def make_presse(db: Database, folder: Path) -> Presse:
    """Build the press."""
    storage = DiskStorage(folder / "octets")
    return Presse(db=db, storage=storage, auteur="CO-ESSAI", now=NOW)


def liste(*amounts: str, titre: str = "Essai") -> Liste:
    """Build a short list."""
    columns = (
        Colonne(titre="N°", genre=Genre.ENTIER),
        Colonne(titre="Agent", part=4),
        Colonne(titre="Remboursé", genre=Genre.MONTANT, is_totalise=True),
    )
    rows = [(f"=GRANGEON{n}", D(amount)) for n, amount in enumerate(amounts)]
    return Liste(
        titre=titre, entete=(("Colis", "PST-1"),), colonnes=columns,
        lignes=numbered(rows),
    )  # fmt: skip


def asked(place: int, objet: str, content: Liste) -> AEmettre:
    """Ask for a list of an object."""
    return AEmettre(
        nature=NatureBordereau.PRESTATIONS, objet=objet, collectivite_id=place,
        liste=lambda _: content,
    )  # fmt: skip


def bytes_of(presse: Presse, edition: Edition, extension: str) -> bytes:
    """Read a file of an edition."""
    owner = prestations.owner_of(edition.collectivite_id)
    recu = edition.fichiers[extension]
    with presse.storage.local(owner, recu.empreinte) as path:
        octets = path.read_bytes()
    assert recu.empreinte == hashlib.sha256(octets).hexdigest()
    return octets


def text_of(pdf: bytes) -> str:
    """Return the text of a PDF, as a reader extracts it."""
    opened = pypdfium2.PdfDocument(pdf)
    return "\n".join(
        page.get_textpage().get_text_range().replace("\r\n", "\n") for page in opened
    )


def test_a_list_is_issued_once(database: Database, tmp_path: Path) -> None:
    """Asked again, it is the same edition; grown, it is a new one under the next number."""
    presse, place = make_presse(database, tmp_path), make_collectivite(database).id
    first = registre.issue(presse, asked(place, "BR-1", liste("1.00")))

    again = registre.issue(presse, asked(place, "BR-1", liste("1.00")))
    grown = registre.issue(presse, asked(place, "BR-1", liste("1.00", "2.00")))

    assert first == again
    assert ["2026-000001", "2026-000002"] == [first.numero, grown.numero]
    assert () == database.read(journal.verify)
    kept = set(
        database.read(lambda s: s.scalars(sa.select(OctetsEmis.empreinte)).all())
    )
    assert {
        x.empreinte for one in (first, grown) for x in one.fichiers.values()
    } == kept


def test_racing_presses_leave_no_hole(database: Database, tmp_path: Path) -> None:
    """Several lists at once, some of them the same: each is issued once, from 1."""
    presse, place = make_presse(database, tmp_path), make_collectivite(database).id
    wanted = [
        asked(place, f"BR-{n % 4}", liste(f"{n % 4}.00")) for n in range(8)
    ]  # fmt: skip

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda one: registre.issue(presse, one), wanted))

    assert [f"2026-00000{n}" for n in range(1, 5)] == sorted({x.numero for x in made})
    assert 4 == len({x.reference for x in made})


def test_the_number_of_a_failed_edition_is_the_next_one(
    sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction cut at its last act leaves its number."""
    presse, place = make_presse(sqlite, tmp_path), make_collectivite(sqlite).id
    with monkeypatch.context() as patched, pytest.raises(ZeroDivisionError):
        patched.setattr(registre, "note", lambda *_: 1 // 0)
        registre.issue(presse, asked(place, "BR-1", liste("1.00")))

    made = registre.issue(presse, asked(place, "BR-1", liste("1.00")))

    assert "2026-000001" == made.numero


@pytest.mark.parametrize(
    "verb", ["UPDATE edition_bordereau SET rang = 9", "DELETE FROM edition_bordereau"]
)
def test_nothing_issued_is_changed(
    database: Database, tmp_path: Path, verb: str
) -> None:
    """The database itself refuses."""
    presse, place = make_presse(database, tmp_path), make_collectivite(database).id
    registre.issue(presse, asked(place, "BR-1", liste("1.00")))

    with pytest.raises(sa.exc.DBAPIError, match="ne se modifie pas"):
        database.write(lambda session: session.execute(sa.text(verb)))


def test_the_three_files_hold_the_same_lines_and_totals(
    sqlite: Database, tmp_path: Path
) -> None:
    """PDF, XLSX and CSV read by other programs give the same cells; none can run."""
    presse, place = make_presse(sqlite, tmp_path), make_collectivite(sqlite).id
    made = registre.issue(presse, asked(place, "BR-1", liste("7000.05", "798.01")))

    text = (
        text_of(bytes_of(presse, made, "pdf"))
        .replace("\u202f", " ")
        .replace("\xa0", " ")
    )
    book = python_calamine.CalamineWorkbook.from_filelike(
        io.BytesIO(bytes_of(presse, made, "xlsx"))
    )
    sheet = book.get_sheet_by_index(0).to_python()
    rows = list(csv.reader(io.StringIO(bytes_of(presse, made, "csv").decode("utf-8-sig"),
                                       newline=""), delimiter=";"))  # fmt: skip

    assert "=GRANGEON0" in text
    assert "7 798,06 €" in text
    said = "sept mille sept cent quatre-vingt-dix-huit euros et six centimes"
    assert said in text
    assert [1.0, "'=GRANGEON0", 7000.05] in sheet
    assert ["Total", "", 7798.06] in sheet
    assert any(said in map(str, row) for row in sheet)
    assert [["1", "'=GRANGEON0", "7000,05"], ["2", "'=GRANGEON1", "798,01"],
            ["Total", "", "7798,06"]] == rows[1:]  # fmt: skip


def test_the_same_list_is_the_same_bytes() -> None:
    """Composed twice, byte for byte."""
    content = liste("1.00", "2.00")
    first, second = (
        render.files(content, totals.control(content), "2026-000001", EMIS)
        for _ in range(2)
    )

    assert first == second


def test_the_pdf_is_tagged_archivable_and_titled() -> None:
    """PDF/A and PDF/UA say so inside; the language and the title are there."""
    content = liste("1.00")
    made = render.files(content, totals.control(content), "2026-000001", EMIS)["pdf"]
    reader = pypdf.PdfReader(io.BytesIO(made))
    xmp = reader.root_object["/Metadata"].get_object().get_data().decode()

    assert "pdfaid:part" in xmp
    assert "pdfuaid:part" in xmp
    assert "fr" in str(reader.root_object["/Lang"])
    assert "/StructTreeRoot" in reader.root_object


HOSTILE = [
    '=HYPERLINK("http://x")', '#read("/etc/passwd")', "$x$ *gras* _it_ @ref <a>",
    "\u202eenvers", "🙂 عربي", "x" * 400, "\\u{41} \" ' ` ~ //",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_no_value_is_ever_markup(text: str) -> None:
    """A hostile name is shown as text, or named by its codes; nothing is read or run."""
    content = dataclasses.replace(liste("1.00"), lignes=((1, text, D("1.00")),))
    made = render.files(content, totals.control(content), "2026-000001", EMIS)

    shown = "".join(text_of(made["pdf"]).split())
    plain = "".join(sign for sign in text if sign.isascii() and not sign.isspace())
    assert plain[:10] in shown


def test_an_empty_list_is_said(sqlite: Database, tmp_path: Path) -> None:
    """No line is zero lines, in figures and in words."""
    presse, place = make_presse(sqlite, tmp_path), make_collectivite(sqlite).id
    made = registre.issue(presse, asked(place, "BR-1", liste()))

    text = text_of(bytes_of(presse, made, "pdf"))
    assert "ne compte aucune ligne" in text
    assert "zéro euro" in text


def test_the_bordereau_of_prestations_reads_as_agreed(
    sqlite: Database, tmp_path: Path, boite: Sandbox
) -> None:
    """The text of a whole bordereau, page by page, is the one a person approved."""
    monde = make_monde(sqlite)
    octets = as_csv(
        [
            monde.ligne(0, retenue=D("12.40"), montant_rembourse=D("842.80")),
            monde.bloquee(1),
            monde.frais(0),
        ]
    )
    import_bytes(make_atelier(sqlite, tmp_path, boite), octets)
    (found,) = sqlite.read(prestations.listing, HOUSE, FiltreBordereaux()).rows
    presse = make_presse(sqlite, tmp_path)
    order = AEmettre(
        nature=NatureBordereau.PRESTATIONS, objet=found.reference,
        collectivite_id=monde.place.id,
        liste=lambda s: listes_prestations.of_prestations(s, found.reference, HOUSE),
    )  # fmt: skip

    text = text_of(bytes_of(presse, registre.issue(presse, order), "pdf"))

    assert GOLDEN.read_text(encoding="utf-8") == text


def test_the_edition_says_the_day_it_was_issued(
    sqlite: Database, tmp_path: Path
) -> None:
    """The legal day in Paris: ten at night in summer is already tomorrow in the number."""
    place = make_collectivite(sqlite).id
    late = dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC)
    presse = dataclasses.replace(make_presse(sqlite, tmp_path), now=late)

    made = registre.issue(presse, asked(place, "BR-1", liste("1.00")))

    assert ("2027-000001", dt.date(2027, 1, 1)) == (made.numero, made.date)
