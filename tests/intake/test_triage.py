"""Triage: every hostile family gets its code, within its time, and the parent lives."""

import resource
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from intake.motifs import MOTIFS, REMARQUES
from intake.triage import (
    Accepte,
    LimitesTri,
    Quarantaine,
    Refuse,
    examine,
    moteurs,
    tri_from,
)
from socle.sandbox import Sandbox
from tests.intake import feuillets, hostiles

Examiner = Callable[[bytes, str], Accepte | Refuse | Quarantaine]


@pytest.fixture
def examiner(boite: Sandbox, tmp_path: Path) -> Examiner:
    """Give a function that triages bytes under a name."""

    def look(octets: bytes, nom: str) -> Accepte | Refuse | Quarantaine:
        path = tmp_path / "depot"
        path.write_bytes(octets)
        return examine(boite, path, nom)

    return look


def code(verdict: Accepte | Refuse | Quarantaine) -> str:
    """Name a verdict: its code, or « accepte »."""
    return "accepte" if isinstance(verdict, Accepte) else verdict.code


SHEET = feuillets.texte()
GOOD = {
    "a.pdf": (hostiles.simple(), "pdf"),
    "a.jpg": (feuillets.as_bytes(SHEET, "JPEG"), "jpeg"),
    "a.png": (feuillets.as_bytes(SHEET, "PNG"), "png"),
    "a.tif": (
        feuillets.as_bytes(SHEET.convert("1"), "TIFF", compression="group4"),
        "tiff",
    ),
}


@pytest.mark.parametrize("nom", GOOD)
def test_plain_files_are_accepted(examiner: Examiner, nom: str) -> None:
    """The usual formats of a scanner or a phone are accepted under their real type."""
    octets, kind = GOOD[nom]
    verdict = examiner(octets, nom)
    assert isinstance(verdict, Accepte)
    assert (verdict.tri.type, verdict.tri.nb_pages, verdict.tri.notes) == (kind, 1, ())


def test_a_renamed_but_accepted_type_is_read_for_what_it_is(examiner: Examiner) -> None:
    """A JPEG named `.pdf` is a JPEG: the name may lie, the content decides."""
    verdict = examiner(GOOD["a.jpg"][0], "scan.pdf")
    assert isinstance(verdict, Accepte)
    assert verdict.tri.type == "jpeg"


REFUSED = {
    "G01 contenu": (hostiles.bombe_contenu, "pdf-trop-complexe"),
    "G01 emboîtée": (hostiles.bombe_emboitee, "pdf-trop-complexe"),
    "G01 nombreuses": (hostiles.nombreuses_bombes, "pdf-trop-complexe"),
    "G03 501 pages": (lambda: hostiles.pages(501), "trop-de-pages"),
    "G03 10 000 pages": (lambda: hostiles.pages(10_000), "trop-de-pages"),
    "G03 aucune page": (lambda: hostiles.pages(0), "pdf-sans-page"),
    "G04 200 m": (
        lambda: hostiles.simple(box=b"0 0 566929 566929"),
        "image-trop-grande",
    ),
    "G07 AES-256": (lambda: hostiles.chiffre(user="secret"), "pdf-protege"),
    "G07 AES-128": (
        lambda: hostiles.chiffre(user="secret", algorithm="AES-128"),
        "pdf-protege",
    ),
    "G07 RC4": (
        lambda: hostiles.chiffre(user="secret", algorithm="RC4-128"),
        "pdf-protege",
    ),
    "G11 5 000 images": (lambda: hostiles.tiff([(8, 8)] * 5000), "trop-de-pages"),
    "G11 boucle": (lambda: hostiles.tiff([(8, 8)] * 3, loop=True), "image-illisible"),
    "G11 hors du fichier": (
        lambda: b"II\x2a\x00\xff\xff\xff\x7f" + bytes(40),
        "image-illisible",
    ),
    "G12 65 000 × 65 000": (
        lambda: hostiles.tiff([(65_000, 65_000)]),
        "image-trop-grande",
    ),
    "G12 deuxième page": (
        lambda: hostiles.tiff([(8, 8), (65_000, 65_000)]),
        "image-trop-grande",
    ),
    "G13 50 000 × 50 000": (lambda: hostiles.png(50_000, 50_000), "image-trop-grande"),
    "G14 65 500 × 65 500": (hostiles.jpeg_geant, "image-trop-grande"),
    "G25 trop loin": (
        lambda: hostiles.simple(header=b"%" + bytes(1022) + b" %PDF-1.7\n"),
        "type-different-de-l-extension",
    ),
    "G27 vide": (lambda: b"", "fichier-vide"),
    "G27 un octet": (lambda: b"a", "fichier-vide"),
    "G27 zéros": (lambda: bytes(1024), "fichier-vide"),
}


@pytest.mark.parametrize("cas", REFUSED)
def test_hostile_families_get_their_code(examiner: Examiner, cas: str) -> None:
    """Each family is refused under its code, within ten seconds."""
    build, expected = REFUSED[cas]
    octets = build()
    start = time.monotonic()
    verdict = examiner(octets, "depot.pdf")
    assert expected == code(verdict)
    assert isinstance(verdict, Refuse)
    assert MOTIFS[expected] == verdict.detail
    assert time.monotonic() - start < 10


KEPT = {
    "G03 500 pages": (lambda: hostiles.pages(500), 500),
    "G02 boucle Prev": (hostiles.boucle_prev, 1),
    "G04 zéro": (lambda: hostiles.simple(box=b"0 0 0 0"), 1),
    "G04 négative": (lambda: hostiles.simple(box=b"595 842 0 0"), 1),
    "G07 propriétaire seul": (lambda: hostiles.chiffre(user=""), 1),
    "G13 morceaux": (hostiles.png_morceaux, 1),
    "G25 début": (lambda: hostiles.simple(header=bytes(1000) + b"%PDF-1.7\n"), 1),
    "G25 1023": (lambda: hostiles.simple(header=b" " * 1023 + b"%PDF-1.7\n"), 1),
}


@pytest.mark.parametrize("cas", KEPT)
def test_odd_but_readable_files_are_accepted(examiner: Examiner, cas: str) -> None:
    """What is odd but readable is accepted, with the right count of pages."""
    build, nb_pages = KEPT[cas]
    verdict = examiner(build(), "depot.pdf")
    assert isinstance(verdict, Accepte), verdict
    assert verdict.tri.nb_pages == nb_pages


@pytest.mark.parametrize(
    "build", [hostiles.boucle_arbre, hostiles.arbre_profond, hostiles.png_texte]
)
def test_endless_structures_end(examiner: Examiner, build: Callable[[], bytes]) -> None:
    """A structure that holds itself ends in a verdict, quickly, whichever it is."""
    start = time.monotonic()
    examiner(build(), "depot.pdf")
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("cent", range(4, 100, 12))
def test_a_truncated_pdf_is_never_whole(examiner: Examiner, cent: int) -> None:
    """A PDF cut anywhere is refused as unreadable."""
    octets = feuillets.pdf_of([SHEET])
    verdict = examiner(octets[: len(octets) * cent // 100], "depot.pdf")
    assert code(verdict) in ("pdf-illisible", "pdf-sans-page")


@pytest.mark.parametrize("nom", ["a.jpg", "a.png", "a.tif"])
@pytest.mark.parametrize("cent", [10, 50, 90])
def test_a_truncated_image_is_refused(examiner: Examiner, nom: str, cent: int) -> None:
    """An image cut anywhere is refused as unreadable."""
    octets = GOOD[nom][0]
    verdict = examiner(octets[: len(octets) * cent // 100], nom)
    assert code(verdict) == "image-illisible"


@pytest.mark.parametrize("kind", hostiles.DEGUISES)
def test_disguises_are_refused(examiner: Examiner, kind: str) -> None:
    """Anything else named `.pdf` is refused: content and name disagree."""
    verdict = examiner(hostiles.DEGUISES[kind], "facture.pdf")
    assert code(verdict) == "type-different-de-l-extension"


def test_an_honest_foreign_type_is_refused(examiner: Examiner) -> None:
    """A word processor's file under its own name is not an accepted type."""
    assert code(examiner(hostiles.office(), "lettre.docx")) == "type-non-accepte"


def test_moving_pictures_are_refused(examiner: Examiner) -> None:
    """A sequence, or AVIF under a HEIC name, is not a still image we take."""
    for brand in (b"avif", b"hevc", b"msf1"):
        octets = b"\x00\x00\x00\x18ftyp" + brand + bytes(4) + brand + bytes(64)
        assert code(examiner(octets, "photo.heic")) == "type-non-accepte"


@pytest.mark.parametrize("kind", hostiles.ACTIFS)
def test_active_content_is_noted(examiner: Examiner, kind: str) -> None:
    """What a PDF would run, send or open is noted; the file is accepted."""
    verdict = examiner(hostiles.simple(catalogue=hostiles.ACTIFS[kind]), "depot.pdf")
    assert isinstance(verdict, Accepte)
    assert verdict.tri.notes == ("contenu-actif",)


def test_a_signature_is_noted(examiner: Examiner) -> None:
    """A signed PDF is kept as it is, and said to be signed."""
    signed = hostiles.simple(extra=[b"<< /Type /Sig /ByteRange [0 10 20 30] >>"])
    verdict = examiner(signed, "depot.pdf")
    assert isinstance(verdict, Accepte)
    assert verdict.tri.notes == ("signature-presente",)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("pdf-zip", "pdf"), ("pdf-html", "pdf"), ("jpeg-zip", "jpeg"), ("png-pdf", "png")],
)
def test_the_first_structure_decides(
    examiner: Examiner, kind: str, expected: str
) -> None:
    """Bytes that open as two things are the first, and said to be double."""
    verdict = examiner(hostiles.polyglotte(kind), "depot.pdf")
    assert isinstance(verdict, Accepte), verdict
    assert (verdict.tri.type, verdict.tri.notes) == (expected, ("double-nature",))


def test_flipped_bytes_always_get_a_verdict(examiner: Examiner) -> None:
    """A byte changed anywhere never raises: accepted, refused or put aside."""
    octets = hostiles.simple()
    for place in range(5, len(octets), 37):
        changed = bytearray(octets)
        changed[place] ^= 0xFF
        assert examiner(bytes(changed), "depot.pdf") is not None


def test_a_killed_examination_is_put_aside(boite: Sandbox, tmp_path: Path) -> None:
    """An image whose examination is stopped is kept for a person, never lost."""
    path = tmp_path / "depot"
    path.write_bytes(feuillets.as_bytes(hostiles.bruit(5000), "PNG"))
    verdict = examine(boite, path, "a.png", LimitesTri(duree_s=0.05))
    assert isinstance(verdict, Quarantaine)
    assert verdict.code == "analyse-trop-longue"


def test_the_parent_is_unharmed(examiner: Examiner) -> None:
    """Bombs leave the parent's memory and descriptors as they were."""
    octets = hostiles.bombe_contenu()
    examiner(octets, "depot.pdf")
    fds = len(list(Path("/proc/self/fd").iterdir()))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for build in (hostiles.jpeg_geant, hostiles.boucle_arbre, lambda: octets) * 3:
        examiner(build(), "depot.pdf")
    assert fds == len(list(Path("/proc/self/fd").iterdir()))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


def test_every_code_tells_what_to_do() -> None:
    """The closed list has 27 codes, each with at least two French sentences or steps."""
    assert len(MOTIFS) == 27
    assert all(len(sentence) > 40 for sentence in MOTIFS.values())
    assert set(REMARQUES).isdisjoint(MOTIFS)


def test_engines_and_walls_are_told(boite: Sandbox) -> None:
    """The health page can say which engines and walls this machine has."""
    said = moteurs(boite)
    assert said["ocr"] in ("tesseract", "photo")
    assert said["magic"] in ("systeme", "pylibmagic")
    assert said["murs"]["limits"] is True


def test_findings_survive_the_database(examiner: Examiner) -> None:
    """A `Tri` kept as JSON is built again; nonsense is not."""
    verdict = examiner(GOOD["a.tif"][0], "a.tif")
    assert isinstance(verdict, Accepte)
    tri = verdict.tri
    corps = {"type": tri.type, "nb_pages": tri.nb_pages, "notes": list(tri.notes)}
    assert tri_from(corps) == tri
    assert tri_from({"type": "exe", "nb_pages": 1}) is None
    assert tri_from({"type": "pdf", "nb_pages": "1"}) is None


def test_a_photo_is_told_from_a_scan(examiner: Examiner) -> None:
    """A JPEG that names its camera goes to the photo engine; a scan does not."""
    exif = Image.Exif()
    exif[271] = "Appareil"
    photo = feuillets.as_bytes(SHEET, "JPEG", exif=exif)
    verdicts = [examiner(octets, "a.jpg") for octets in (photo, GOOD["a.jpg"][0])]
    assert [verdict.tri.is_photo for verdict in verdicts] == [True, False]
