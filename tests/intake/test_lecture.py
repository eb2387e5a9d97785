"""Reading: text layers kept, scans upright, boxes and combs found, pages lost alone."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from classifiers.evidence import Origine
from intake.apercus import checked
from intake.codec import (
    page_from_bytes,
    page_from_dict,
    page_to_bytes,
    page_to_dict,
)
from intake.lecture import Budget, read_pages
from intake.pages import PageLue
from intake.triage import Accepte, examine
from socle.sandbox import Sandbox
from tests.intake import feuillets, hostiles

pytestmark = pytest.mark.ocr

Lire = Callable[..., list[PageLue]]
TEXTE = feuillets.texte()


@pytest.fixture
def lire(boite: Sandbox, tmp_path: Path) -> Lire:
    """Give a function that triages and reads bytes."""

    def read(octets: bytes, nom: str = "depot.pdf", **options: object) -> list[PageLue]:
        path = tmp_path / "depot"
        path.write_bytes(octets)
        verdict = examine(boite, path, nom)
        assert isinstance(verdict, Accepte), verdict
        return read_pages(boite, path, verdict.tri, 1, verdict.tri.nb_pages, **options)

    return read


@pytest.fixture
def needs_tesseract(boite: Sandbox) -> None:
    """Skip where every page goes to the photo engine: the service says so."""
    if boite.report("intake.boite.lecture")["ocr"] != "tesseract":
        pytest.skip("no French data for tesseract on this machine")


def scan(sheet: Image.Image) -> bytes:
    """Put one sheet in a PDF, as a scanner does."""
    return feuillets.pdf_of([sheet])


def words_of(sheet: Sequence[str]) -> set[str]:
    """Return the long words of a text."""
    return {
        word.strip(".,’") for line in sheet for word in line.split() if len(word) > 6
    }


def test_a_text_layer_is_never_read_again(lire: Lire) -> None:
    """A good layer is kept as it is: no OCR ran, and the words are exact."""
    lines = b"".join(
        b"BT /F1 14 Tf 72 %d Td (Le maire de la commune atteste la reprise) Tj ET "
        % (700 - 30 * rank)
        for rank in range(8)
    )
    (lue,) = lire(hostiles.simple(content=hostiles.stream(lines)))
    assert lue.page.origine is Origine.COUCHE_TEXTE
    assert dict(lue.compteurs) == {"couche": 1}
    sentence = "Le maire de la commune atteste la reprise"
    assert [sentence] * 8 == lue.page.texte.split("\n")
    first = lue.page.mots[0]
    assert first.zone.x == pytest.approx(72 / 595, abs=0.01)
    assert first.zone.bas == pytest.approx(1 - 700 / 842, abs=0.01)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_turned_layer_is_turned_back(lire: Lire, turn: int) -> None:
    """`/Rotate` shows the page otherwise: words and picture come back upright."""
    more = b"/Rotate %d" % turn
    (lue,) = lire(hostiles.simple(more=more))
    assert lue.page.origine is Origine.COUCHE_TEXTE
    assert lue.page.rotation == turn
    assert lue.page.texte == "Bonjour le monde de la mairie"
    assert lue.page.mots[0].zone.x < lue.page.mots[-1].zone.x


def test_an_absurd_layer_is_read_again(lire: Lire, needs_tesseract: None) -> None:
    """A layer of garbage over a scan is not believed."""
    path = feuillets.pdf_of([TEXTE])
    garbage = b"BT /F1 9 Tf 3 Tr 50 700 Td (%b) Tj ET" % (b"lxqk zzrt ~nvb wWqX " * 20)
    import io

    import pypdf
    from pypdf.generic import DecodedStreamObject, NameObject

    writer = pypdf.PdfWriter(clone_from=io.BytesIO(path))
    sheet = writer.pages[0]
    layer = DecodedStreamObject()
    original = sheet.get_contents()
    assert original is not None
    layer.set_data(original.get_data() + b"\n" + garbage)
    sheet[NameObject("/Contents")] = writer._add_object(layer)
    out = io.BytesIO()
    writer.write(out)
    (lue,) = lire(out.getvalue())
    assert lue.page.origine is Origine.OCR
    assert words_of(feuillets.PROSE) <= words_of([lue.page.texte.replace("\n", " ")])


def test_a_scan_is_taken_out_and_read(lire: Lire, needs_tesseract: None) -> None:
    """The scan is taken out of its PDF, straightened, read; its picture is checked."""
    sheet = feuillets.numeriser(TEXTE, biais=2.0, bruit=6)
    (lue,) = lire(scan(sheet))
    assert lue.page.origine is Origine.OCR
    assert lue.compteurs["image"] == 1
    assert words_of(feuillets.PROSE) <= words_of([lue.page.texte.replace("\n", " ")])
    assert lue.apercu is not None
    assert checked(lue.apercu) == lue.apercu
    assert lue.page.texte.split("\n")[0] == feuillets.PROSE[0]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_scan_is_turned_back(
    lire: Lire, needs_tesseract: None, turn: int
) -> None:
    """A sheet fed the wrong way is read upright, and the turn is told."""
    sheet = TEXTE.rotate(-turn, expand=True)
    (lue,) = lire(scan(sheet))
    assert lue.page.rotation == turn
    assert words_of(feuillets.PROSE) <= words_of([lue.page.texte.replace("\n", " ")])
    assert lue.page.hauteur_px > lue.page.largeur_px


def test_pages_of_a_tiff_are_read_in_order(lire: Lire, needs_tesseract: None) -> None:
    """Each frame is a page; an empty back is said to be empty."""
    sheets = [TEXTE.convert("1"), feuillets.blanche().convert("1")]
    octets = feuillets.as_bytes(
        sheets[0],
        "TIFF",
        save_all=True,
        append_images=sheets[1:],
        compression="group4",
    )
    first, second = lire(octets, "a.tif")
    assert [first.page.numero, second.page.numero] == [1, 2]
    assert [first.page.is_blanche, second.page.is_blanche] == [False, True]


def _holes() -> Image.Image:
    sheet = feuillets.blanche()
    pen = ImageDraw.Draw(sheet)
    for y in (700, 1600):
        pen.ellipse((60, y, 110, y + 50), fill=30)
    return sheet


def _dust() -> Image.Image:
    sheet = feuillets.blanche()
    pen = ImageDraw.Draw(sheet)
    for rank in range(300):
        x, y = (rank * 7919) % 1640, (rank * 104_729) % 2330
        pen.rectangle((x, y, x + 1, y + 1), fill=60)
    return sheet


def _edges() -> Image.Image:
    sheet = feuillets.blanche()
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((0, 0, 40, 2339), fill=20)
    pen.rectangle((0, 2300, 1654, 2339), fill=60)
    return sheet


def _other_side() -> Image.Image:
    mirrored = TEXTE.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return mirrored.point(lambda level: 255 - (255 - level) // 9)


@pytest.mark.parametrize(
    "make", [feuillets.blanche, _holes, _dust, _edges, _other_side]
)
def test_blank_pages_are_blank(
    lire: Lire, needs_tesseract: None, make: Callable[[], Image.Image]
) -> None:
    """Holes, dust, dirty edges and the other side showing through are not writing."""
    (lue,) = lire(scan(feuillets.numeriser(make(), bruit=3)))
    assert lue.page.is_blanche
    assert lue.page.mots == ()


def test_a_pale_page_is_not_blank(lire: Lire, needs_tesseract: None) -> None:
    """A page printed with an empty cartridge is still read."""
    pale = TEXTE.point(lambda level: 255 - (255 - level) // 4)
    (lue,) = lire(scan(pale))
    assert not lue.page.is_blanche
    assert "documents" in lue.page.texte


MARQUES = ("vide", "croix", "coche", "noircie", "debordante")


@pytest.mark.parametrize("biais", [0.0, 1.5])
def test_tick_boxes_are_found(lire: Lire, needs_tesseract: None, biais: float) -> None:
    """Empty, crossed beyond the frame or blackened, each box is found with its ink."""
    sheet = feuillets.texte(feuillets.PROSE[:2])
    pen = ImageDraw.Draw(sheet)
    for rank, mark in enumerate(MARQUES):
        y = 500 + 140 * rank
        feuillets.case(pen, (200, y), mark)
        pen.text((260, y), "une autre reponse possible", 20, feuillets.police(30))
    (lue,) = lire(scan(feuillets.numeriser(sheet, biais=biais, bruit=5)))
    inks = [case.encre for case in lue.page.cases if case.zone.x < 0.2]
    assert len(inks) == len(MARQUES), lue.page.cases
    assert inks[0] < 0.05
    assert min(inks[1:]) > 0.1
    assert inks[3] > 0.9


@pytest.mark.parametrize("style", ["cellules", "dents", "boites"])
def test_combs_are_read_and_are_no_ticks(
    lire: Lire, needs_tesseract: None, style: str
) -> None:
    """Figures between teeth, in cells or in boxes are read; no cell is a tick box."""
    sheet = feuillets.texte(feuillets.PROSE[:3])
    pen = ImageDraw.Draw(sheet)
    contents = ("12031985", "2850798123456", "05062026", "174029812345678")
    for rank, content in enumerate(contents):
        y = 600 + 150 * rank
        pen.text((150, y + 10), "Date ou code :", 20, feuillets.police(30))
        feuillets.peigne(pen, (520, y), content, style=style)
    (lue,) = lire(scan(feuillets.numeriser(sheet, biais=0.7, bruit=5)))
    read = [mot.texte for mot in lue.page.mots if mot.texte.isdigit()]
    assert list(contents) == read
    assert lue.page.cases == ()
    assert lue.compteurs["peignes"] == len(contents)


def test_codes_are_read(lire: Lire) -> None:
    """A QR code printed on the page is read, with its place."""
    import segno

    code = segno.make("EV-2026-000123-K", micro=False, error="m")
    side = code.symbol_size(scale=8)[0]
    sheet = feuillets.texte(feuillets.PROSE[:3])
    drawn = Image.new("L", (side, side), 255)
    pen = ImageDraw.Draw(drawn)
    for y, row in enumerate(code.matrix_iter(scale=8, border=4)):
        for x, dark in enumerate(row):
            if dark:
                pen.point((x, y), 0)
    sheet.paste(drawn, (1200, 1900))
    (lue,) = lire(scan(sheet))
    assert ["EV-2026-000123-K"] == [code.contenu for code in lue.page.codes]
    assert lue.page.codes[0].zone.x > 0.7


def test_a_page_out_of_its_budget_loses_only_itself(
    lire: Lire, needs_tesseract: None
) -> None:
    """A page too large for what one page may cost is stopped; its neighbours are read."""
    sheets = [TEXTE, hostiles.damier(3000, 3), TEXTE]
    told: list[int] = []
    lues = lire(
        feuillets.pdf_of(sheets),
        budget=Budget(pixels_max=5_000_000),
        on_page=lambda lue: told.append(lue.page.numero),
    )
    assert [1, 2, 3] == [lue.page.numero for lue in lues]
    assert [False, True, False] == [lue.page.is_illisible for lue in lues]
    assert "documents" in lues[2].page.texte
    assert sorted(told) == [1, 2, 3]


def test_a_page_out_of_time_is_stopped(lire: Lire, needs_tesseract: None) -> None:
    """Each page that outlasts its time is lost alone, kept for a person, with why."""
    first, second = lire(feuillets.pdf_of([TEXTE, TEXTE]), budget=Budget(page_s=0.02))
    assert [1, 2] == [first.page.numero, second.page.numero]
    assert first.page.is_illisible
    assert second.page.is_illisible
    assert "temps" == first.technique


def test_a_photo_goes_to_its_own_engine_first(lire: Lire) -> None:
    """A JPEG that names its camera is never read by the scan engine, even once."""
    exif = Image.Exif()
    exif[271] = "Fabricant"
    (lue,) = lire(feuillets.as_bytes(TEXTE, "JPEG", exif=exif), "photo.jpg")
    assert (1, None) == (lue.compteurs.get("photo"), lue.compteurs.get("ocr"))


@pytest.mark.parametrize("make", [hostiles.bruit, hostiles.damier])
def test_reader_killers_end(lire: Lire, make: Callable[[], Image.Image]) -> None:
    """Noise and checkerboards end within the budget, with a picture to look at."""
    (lue,) = lire(feuillets.as_bytes(make(), "PNG"), "a.png")
    assert lue.apercu is not None
    assert len(lue.page.mots) < 20_000


def test_a_broken_page_is_kept_for_a_person(lire: Lire) -> None:
    """A page whose image does not decode is kept, unreadable, beside the good one."""
    octets = bytearray(feuillets.pdf_of([TEXTE, TEXTE]))
    start = octets.index(b"\xff\xd8\xff")
    octets[start : start + 3] = b"\x00\x00\x00"
    first, second = lire(bytes(octets))
    assert first.page.is_illisible or first.page.is_blanche
    assert second.page.mots


def test_a_page_survives_its_codec(lire: Lire) -> None:
    """A page kept in the database comes back the same."""
    (lue,) = lire(hostiles.simple())
    assert page_from_bytes(page_to_bytes(lue.page)) == lue.page


@pytest.mark.parametrize(
    "change",
    [
        {"mots": "x"},
        {"numero": "1"},
        {"origine": "ailleurs"},
        {"mots": [["a", "b"]]},
        {"mots": [["a", 0, 0, 1, "z", 1, 0]]},
        {"cases": [[0, 0]]},
        {"rotation": None, "largeur_px": "large"},
    ],
)
def test_nonsense_is_no_page(change: dict[str, object]) -> None:
    """What a child says is checked: a wrong type is refused."""
    corps = page_to_dict(page_from_dict(_corps()))
    with pytest.raises(ValueError, match=r"page|Origine|ailleurs"):
        page_from_dict(corps | change)


def test_odd_values_are_clamped() -> None:
    """Places outside the page are brought back in, long words are cut."""
    corps = _corps() | {"mots": [["x" * 9000, -3, 0.5, 7, 0.2, 12, 0]], "rotation": 45}
    page = page_from_dict(corps)
    (mot,) = page.mots
    assert (mot.zone.x, mot.zone.largeur, mot.confiance) == (0, 1, 1)
    assert len(mot.texte) == 400
    assert page.rotation == 0


def _corps() -> dict[str, object]:
    return {
        "numero": 1,
        "origine": "ocr",
        "mots": [],
        "cases": [],
        "codes": [],
        "is_blanche": False,
        "rotation": 0,
        "largeur_px": 100,
        "hauteur_px": 100,
        "is_illisible": False,
    }


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"<svg onload=alert(1)>" * 10,
        b"RIFF\x10\x00\x00\x00WEBPVP8 ",
        b"RIFF" + (40).to_bytes(4, "little") + b"WEBPEXIF" + bytes(32),
    ],
)
def test_only_pictures_are_kept(octets: bytes) -> None:
    """What a child calls a picture is checked before it is stored."""
    assert checked(octets) is None
