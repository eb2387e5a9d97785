"""Envelopes before anything is inflated: hostile archives answer, honest ones are read."""

import io
import struct
import zipfile
from pathlib import Path

import pytest

from intake.enveloppes import Inventaire, LimitesColis, open_envelope, take_out
from intake.triage import Quarantaine, Refuse
from socle.sandbox import Sandbox
from tests.intake import colisages
from tests.intake.colisages import archive

PDF = b"%PDF-1.4\n" + bytes(range(256)) * 4
LIMITES = LimitesColis(membres_max=500, total_max=64 << 20, membre_max=16 << 20)


def look(
    boite: Sandbox, folder: Path, octets: bytes
) -> Inventaire | Refuse | Quarantaine:
    place = folder / "colis"
    place.write_bytes(octets)
    return open_envelope(boite, place, LIMITES)


def code_of(boite: Sandbox, folder: Path, octets: bytes) -> str:
    found = look(boite, folder, octets)
    assert isinstance(found, Refuse), found
    return found.code


def refusals(boite: Sandbox, folder: Path, octets: bytes) -> dict[str, str | None]:
    found = look(boite, folder, octets)
    assert isinstance(found, Inventaire), found
    return {one.nom: one.refus for one in found.trouves}


def patched(octets: bytes, mark: bytes, place: int, value: bytes) -> bytes:
    """Change some bytes of the first header that begins with a mark."""
    at = octets.index(mark) + place
    return octets[:at] + value + octets[at + len(value) :]


def overlapping() -> bytes:
    """G16: two entries of the directory that give the same bytes."""
    octets = archive([("a.pdf", PDF), ("b.pdf", PDF)], method=zipfile.ZIP_STORED)
    second = octets.index(b"PK\x01\x02", octets.index(b"PK\x01\x02") + 4)
    quoted = octets[: second + 42] + struct.pack("<L", 0) + octets[second + 46 :]
    return quoted.replace(b"b.pdf", b"a.pdf")


def zeros(size: int) -> bytes:
    return archive([("zeros.pdf", bytes(size))])


WHOLE = {
    "bombe": (zeros(12 << 20), "archive-bombe"),
    "recouvrement": (overlapping(), "archive-bombe"),
    "emboitee": (archive([("a.zip", zeros(1024))]), "archive-imbriquee"),
    "trop": (archive([(f"{n}.pdf", b"x") for n in range(501)]), "trop-d-elements"),
    "prefixe": (b"#!/bin/sh\n" + archive([("a.pdf", PDF)]), "archive-illisible"),
    "suffixe": (archive([("a.pdf", PDF)]) + b"suite", "archive-illisible"),
    "coupee": (archive([("a.pdf", PDF)])[:-30], "archive-illisible"),
    "deux-repertoires": (
        archive([("a.pdf", PDF)]) + archive([("b.pdf", PDF)]), "archive-illisible",
    ),
    "noms-differents": (
        patched(archive([("a.pdf", PDF)]), b"PK\x03\x04", 30, b"z"),
        "archive-illisible",
    ),
    "chiffree": (
        patched(archive([("a.pdf", PDF)]), b"PK\x01\x02", 8, b"\x01\x00"),
        "archive-protegee",
    ),
    "aes": (
        patched(
            patched(archive([("a.pdf", PDF)]), b"PK\x01\x02", 10, b"\x63\x00"),
            b"PK\x03\x04", 8, b"\x63\x00",
        ),
        "archive-protegee",
    ),
    "zip64": (
        patched(archive([("a.pdf", PDF)]), b"PK\x05\x06", 8, b"\xff\xff\xff\xff"),
        "archive-illisible",
    ),
    "texte": (b"rien de tout cela", "type-non-accepte"),
    "vide": (bytes(64), "fichier-vide"),
    "liste-cassee": (
        archive([("metadata.json", b'{"documents": ['), ("a.pdf", PDF)]),
        "manifeste-invalide",
    ),
    "index-sans-fichier": (
        archive([("INDEX.CSV", b"nom;prenom\r\nA;B\r\n"), ("a.pdf", PDF)]),
        "manifeste-invalide",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_dishonest_archive_is_refused_whole(
    boite: Sandbox, tmp_path: Path, name: str
) -> None:
    """G16, G17, G21, G22: refused under its code, before anything is written."""
    octets, code = WHOLE[name]

    assert code == code_of(boite, tmp_path, octets)
    assert ["colis"] == [path.name for path in tmp_path.iterdir()]


FORBIDDEN = (
    "../x.pdf", "/x.pdf", "C:\\x.pdf", "a/../../x.pdf", "a\nb.pdf", "a\rb.pdf",
    "fdp.\u202exe.pdf", "\\\\serveur\\x.pdf",
)  # fmt: skip


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_name_that_leaves_its_folder_sinks_only_its_file(
    boite: Sandbox, tmp_path: Path, name: str
) -> None:
    """G18: the file keeps a line and its code; its siblings are read."""
    found = refusals(boite, tmp_path, archive([(name, PDF), ("bon.pdf", PDF)]))

    assert None is found["bon.pdf"]
    assert ["archive-chemin-interdit"] == [
        code for nom, code in found.items() if nom != "bon.pdf"
    ]


@pytest.mark.parametrize("kind", [0o120777, 0o020666, 0o010644])
def test_a_link_or_a_device_is_no_file(
    boite: Sandbox, tmp_path: Path, kind: int
) -> None:
    """G18: symbolic links, devices and pipes stay inside."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        trap = zipfile.ZipInfo("lien.pdf", colisages.STAMP)
        trap.create_system, trap.external_attr = 3, kind << 16
        packed.writestr(trap, b"/etc/passwd")
        packed.writestr(zipfile.ZipInfo("bon.pdf", colisages.STAMP), PDF)

    found = refusals(boite, tmp_path, out.getvalue())

    assert {"lien.pdf": "archive-chemin-interdit", "bon.pdf": None} == found


def test_one_bomb_and_one_archive_sink_no_sibling(
    boite: Sandbox, tmp_path: Path
) -> None:
    """One bad item never sinks its siblings."""
    octets = archive(
        [("bombe.pdf", bytes(12 << 20)), ("dedans.zip", PDF), ("bon.pdf", PDF)]
    )

    found = refusals(boite, tmp_path, octets)

    assert {
        "bombe.pdf": "archive-bombe",
        "dedans.zip": "archive-imbriquee",
        "bon.pdf": None,
    } == found


def test_the_same_name_twice_is_two_files(boite: Sandbox, tmp_path: Path) -> None:
    """G19: same name, names equal once composed or folded: all kept, by their rank."""
    names = ("a.pdf", "a.pdf", "e\u0301.pdf", "\u00e9.pdf", "A.PDF")
    found = look(boite, tmp_path, archive([(name, PDF) for name in names]))

    assert isinstance(found, Inventaire)
    assert [1, 2, 3, 4, 5] == [one.rang for one in found.trouves]


@pytest.mark.parametrize(
    ("raw", "system"), [(b"\x82t\x82.pdf", 0), (b"\xe9t\xe9.pdf", 3)]
)
def test_old_names_are_readable_and_their_bytes_kept(
    boite: Sandbox, tmp_path: Path, raw: bytes, system: int
) -> None:
    """G20: CP850 of an old workstation, Latin-1 of an old server."""
    octets = archive([("xxx.pdf", PDF)], method=zipfile.ZIP_STORED)
    octets = octets.replace(b"xxx.pdf", raw)
    octets = patched(octets, b"PK\x01\x02", 5, bytes([system]))

    found = look(boite, tmp_path, octets)

    assert isinstance(found, Inventaire)
    assert [("\u00e9t\u00e9.pdf", raw)] == [(x.nom, x.brut) for x in found.trouves]


def test_a_member_larger_than_it_says_stops_there(
    boite: Sandbox, tmp_path: Path
) -> None:
    """Inflating is counted: announced 10 bytes, holds a million."""
    octets = archive([("bon.pdf", PDF), ("menteur.pdf", PDF * 4000)])
    place = octets.rindex(b"PK\x01\x02")
    lying = octets[: place + 24] + struct.pack("<L", 10) + octets[place + 28 :]
    (tmp_path / "colis").write_bytes(lying)
    kept: dict[int, tuple[int | None, str | None]] = {}

    def keep(rang: int, content: bytes | None, code: str | None) -> None:
        kept[rang] = (None if content is None else len(content), code)

    take_out(boite, tmp_path / "colis", [1, 2], LIMITES, keep)

    assert {1: (len(PDF), None), 2: (None, "archive-bombe")} == kept


DIALECTS = [
    (separateur, encodage)
    for separateur in (";", ",", "\t")
    for encodage in ("utf-8", "utf-8-sig", "cp1252")
]


@pytest.mark.parametrize(("separateur", "encodage"), DIALECTS)
def test_every_dialect_of_index_says_the_same(
    boite: Sandbox, tmp_path: Path, separateur: str, encodage: str
) -> None:
    """§6: separators, encodings, quoted newlines, jj/mm/aaaa, decimal comma."""
    row = {
        "n_colis": "C1", "code_collectivite": "COL9", "n_pli": "1", "rang": "1",
        "fichier": "a.pdf", "page_debut": "1", "page_fin": "2", "nb_pages": "2",
        "type_document": "AAT", "nom": "\u00c7ELIK", "date_document": "03/07/2026",
        "montant": "12,50", "commentaire": 'Lu "CELIK" ;\nv\u00e9rifi\u00e9',
    }  # fmt: skip
    listed = colisages.index([row], separateur=separateur, encodage=encodage)

    found = look(boite, tmp_path, archive([("INDEX.CSV", listed), ("a.pdf", PDF)]))

    assert isinstance(found, Inventaire)
    assert found.liste is not None
    (element,) = found.liste.elements
    assert ("a.pdf", 1, 2, 2, "AAT") == (
        element.fichier, element.page_debut, element.page_fin, element.nb_pages,
        element.type,
    )  # fmt: skip
    assert "\u00c7ELIK" == element.index["nom"]
    assert 'Lu "CELIK" ;\nv\u00e9rifi\u00e9' == element.index["notes"]
    assert {"collectivite": "COL9"} == dict(element.annonce)
    assert ["a.pdf"] == [one.nom for one in found.fichiers]


def test_the_public_model_of_envelopes_is_understood(
    boite: Sandbox, tmp_path: Path
) -> None:
    """HMCTS names are read as ours; a number of social security is never kept."""
    said = (
        b'{"zip_file_name": "1_09-09-2026-09-14-33.zip", "po_box": "TSA 1",'
        b'"delivery_date": "2026-09-09T05:45:00.000Z", "scannable_items": [{'
        b'"document_control_number": "77", "file_name": "a.pdf", "nir": "1",'
        b'"document_type": "AAT", "scanning_date": "2026-09-09T07:00:00.000Z"}]}'
    )

    found = look(boite, tmp_path, archive([("metadata.json", said), ("a.pdf", PDF)]))

    assert isinstance(found, Inventaire)
    assert found.liste is not None
    assert "TSA 1" == found.liste.text("boite_postale")
    (element,) = found.liste.elements
    assert ("77", "AAT") == (element.numero_controle, element.type)
    assert "nir" not in element.index
