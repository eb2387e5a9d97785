"""The PDF of a letter: tagged, in French, archivable, read back word for word."""

import datetime as dt
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pypdf
import pytest
import zxingcpp
from pypdf.generic import DictionaryObject

from letters import compose, render, textes
from letters.compose import EnTete, LigneLettre
from records import coupons as codes
from records.evenements import Consequence, Evenement
from records.natures import catalogue
from records.parties import Agent, Collectivite, Contrat
from records.pieces import PieceAttendue
from socle import editions
from tests.fabrique import rendu
from tests.letters.bureau import NOW, TODAY, text_of
from tests.records.monde import COFFRE, day, days

GOLDEN = Path(__file__).parent / "attendus" / "lettre.txt"
MM = 300 / 25.4
HOSTILE = (
    "N" * 500,
    "mot " * 125,
    "#set page(width: 1pt) #panic()",
    "$ x^2 $ $100$",
    "<script>alert(1)</script>",
    "{{7*7}} {% raw %}",
    "Anaïs\u202eSIVAN\u2066",
    "Zoé 🙂 👩‍👩‍👧 مرحبا 漢字",
    "nul\x00 cloche\x07 saut\r\nBcc: x",
    '"; \\", \\u{41} *gras* _penche_ @ref `code` = titre',
)


def agent(nom: str = "GRANGEON") -> Agent:
    """Build an agent."""
    return Agent(
        id=1, reference="AG-2026-00000-00000-A", collectivite_id=1, nom_famille=nom,
        prenoms=("Maud",), matricule="M-12",
    )  # fmt: skip


def lines(who: Agent, count: int = 3) -> list[LigneLettre]:
    """Build requirements of one leave, each a month later."""
    evenement = Evenement(
        id=1, reference="EV-2026-00000-00000-A", collectivite_id=1, agent_id=who.id,
        nature="CMO", date_survenance=day("2026-01-19"), numero="D-77",
    )  # fmt: skip
    cause = Consequence(
        id=1, reference="CQ-2026-00000-00000-A", evenement_id=1, type="ARRET",
        periode=days("2026-01-19", "2026-02-01"),
    )  # fmt: skip
    return [
        LigneLettre(
            piece=PieceAttendue(
                id=rank, reference=f"PA-2026-00000-{rank:05d}-A", collectivite_id=1,
                evenement_id=1, agent_id=who.id,
                type=("AAT", "ARRETE", "BULLETIN")[rank % 3],
                exigible_le=day("2026-01-19"), echeance=day("2026-04-19"),
                date_reference=day("2026-01-19"), base="matrice",
                periode=days("2026-01-19", "2026-02-01"),
                montant_eur=Decimal("1234.50") if rank == 0 else None,
            ),
            agent=who, evenement=evenement, consequence=cause, couverture=None,
            premiere_demande=TODAY,
            code=codes.payload(COFFRE, f"7Q4KX9M2{rank:04d}"),
        )
        for rank in range(count)
    ]  # fmt: skip


def letter(nom: str = "GRANGEON", count: int = 3, **place: Any) -> bytes:
    """Print a letter."""
    given = {
        "nom": "Commune de Fontbrune",
        "adresse": {"voie": "1 place de la Mairie", "code_postal": "24000",
                    "ville": "Fontbrune"},
    } | place  # fmt: skip
    tete = EnTete(
        reference="CR-2026-00000-00000-A", numero="2026-000001", date=TODAY,
        collectivite=Collectivite(id=1, reference="CL-2026-00000-00000-A", **given),
        contrat=Contrat(numero="C-2024-17", debut=day("2024-01-01")),
        nature="document_manquant", adresse_portail="https://portail.exemple",
    )  # fmt: skip
    made = compose.missing(
        tete, lines(agent(nom), count), textes.shipped("document_manquant"),
        catalogue(TODAY),
    )  # fmt: skip
    return render.pdf(render.values(made), instant=NOW)


@pytest.fixture(scope="module")
def octets() -> bytes:
    """Print one plain letter for the whole room."""
    return letter()


def structure(node: Any) -> Iterator[DictionaryObject]:
    """Walk the tags of a PDF."""
    node = node.get_object()
    if isinstance(node, list):
        for kid in node:
            yield from structure(kid)
    elif isinstance(node, dict):
        if "/S" in node:
            yield DictionaryObject(node)
        if "/K" in node:
            yield from structure(node["/K"])


def test_it_says_what_it_is(octets: bytes) -> None:
    """PDF/A-3a, PDF/UA-1, French, a title shown in the window's bar."""
    reader = pypdf.PdfReader(io.BytesIO(octets))
    root: Any = reader.trailer["/Root"]
    xmp = root["/Metadata"].get_data().decode()

    assert re.search(r"pdfaid:part(>|=\")3", xmp)
    assert re.search(r"pdfaid:conformance(>|=\")A", xmp)
    assert re.search(r"pdfuaid:part(>|=\")1", xmp)
    assert root["/Lang"].startswith("fr")
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert "Documents manquants" == reader.metadata.title


def test_its_tags_say_tables_headings_and_codes(octets: bytes) -> None:
    """A reader by ear hears headings, table headers, and what each code is for."""
    root: Any = pypdf.PdfReader(io.BytesIO(octets)).trailer["/Root"]
    tags = list(structure(root["/StructTreeRoot"]["/K"]))
    kinds = [str(tag["/S"]) for tag in tags]
    figures = [tag for tag in tags if tag["/S"] == "/Figure"]

    assert {"/H1", "/H2", "/P", "/Table", "/TR", "/TH", "/TD"} <= set(kinds)
    assert 5 == kinds.count("/TH")
    assert 3 == len(figures)
    assert all(str(f["/Alt"]).startswith("Code de retour : ") for f in figures)


def test_its_fonts_travel_with_it(octets: bytes) -> None:
    """Every font is embedded: the letter reads the same in thirty years."""
    reader = pypdf.PdfReader(io.BytesIO(octets))
    fonts = [
        descendant.get_object()
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
        for descendant in font.get_object()["/DescendantFonts"]
    ]

    assert fonts
    for font in fonts:
        assert {"/FontFile2", "/FontFile3"} & set(font["/FontDescriptor"])
        assert "Liberation" in font["/BaseFont"]


def test_its_text_is_the_golden_text(octets: bytes) -> None:
    """What a machine reads back is, word for word, what was meant."""
    assert GOLDEN.read_text() == text_of(octets)


def test_nobody_is_named_by_number_nor_illness(octets: bytes) -> None:
    """Names and matricule only; the information, the reserve and the volet 1 are there."""
    said = text_of(octets).replace("\n", " ")

    assert "matricule M-12" in said
    assert not re.search(r"\b[12]\s?\d{2}\s?\d{2}\s?\d{2}\s?\d{3}\s?\d{3}\b", said)
    for wanted in ("sans effet si", "Ne transmettez pas le volet 1", "CNIL", "ACPR"):
        assert wanted in said


def test_its_first_page_as_a_picture(octets: bytes) -> None:
    """The address lies in the window of the envelope, the margins are white."""
    page = rendu.to_pages(octets, 300)[0]
    window = page[int(45 * MM) : int(85 * MM), int(106 * MM) : int(195 * MM)]
    ink = page < 128

    assert (window < 128).mean() > 0.005
    assert not ink[: int(10 * MM)].any()
    assert not ink[:, : int(10 * MM)].any()
    assert not ink[:, -int(10 * MM) :].any()
    assert 0.01 < ink.mean() < 0.2


def test_its_codes_are_wide_and_of_level_m(octets: bytes) -> None:
    """A code is 25 mm wide at least, and corrects the errors of level M."""
    page = rendu.to_pages(octets, 300)[-1]
    found = zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormat.QRCode)

    assert 3 == len(found)
    for code in found:
        wide = np.hypot(
            code.position.top_right.x - code.position.top_left.x,
            code.position.top_right.y - code.position.top_left.y,
        )
        assert wide / MM >= 25
        assert "M" == code.ec_level


@pytest.mark.parametrize("nom", HOSTILE)
def test_a_hostile_name_is_shown_as_text(nom: str) -> None:
    """Whatever a name holds is shown, never obeyed, and loses nothing."""
    said = re.sub(r"\s", "", text_of(letter(nom, 1)))
    wanted = re.sub(r"\s", "", editions.printable(nom))

    assert wanted.replace("-", "") in said.replace("-", "").replace("\ufffe", "")
    assert all(ord(sign) >= 32 or sign.isspace() for sign in said)


@pytest.mark.parametrize("nom", HOSTILE)
def test_a_hostile_place_keeps_the_window(nom: str) -> None:
    """The postal block stays six lines of thirty-eight signs, whatever the name."""
    place = Collectivite(
        id=1, reference="x", nom=nom,
        adresse={"voie": nom, "code_postal": "24000", "ville": nom},
    )  # fmt: skip
    block = compose.recipient(place)

    assert 1 <= len(block) <= 6
    assert all(len(line) <= 38 for line in block)
    assert letter(nom=nom, count=1)


def test_an_empty_address_is_no_failure() -> None:
    """A collectivité without an address still gets its letter."""
    assert text_of(letter(adresse={}))


@pytest.mark.nightly
def test_ten_thousand_lines_in_one_letter() -> None:
    """Ten thousand requirements, one letter: every one is there, with its code."""
    octets = letter(count=10_000)
    said = text_of(octets)

    assert 10_000 == len(set(re.findall(r"PA-2026-00000-\d{5}-A", said)))


def test_four_hundred_lines_are_all_there() -> None:
    """A very long list makes many pages and loses no line."""
    said = text_of(letter(count=400))

    assert 400 == len(set(re.findall(r"PA-2026-00000-\d{5}-A", said)))


def test_a_letter_is_dated_inside_by_its_day() -> None:
    """The same values at another instant are other bytes, at the same one the same."""
    later = NOW + dt.timedelta(days=1)
    kept = render.values(
        compose.Lettre(
            titre="x", numero="1", date=TODAY, emetteur=("x",), destinataire=(),
            references=(), avant=(),
        )
    )  # fmt: skip

    assert render.pdf(kept, instant=NOW) == render.pdf(kept, instant=NOW)
    assert render.pdf(kept, instant=NOW) != render.pdf(kept, instant=later)
