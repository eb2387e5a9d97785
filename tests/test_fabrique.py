"""The corpus maker: invented, repeatable, complete, and true to its own register."""

import csv
import hashlib
import io
import itertools
import json
import random
from collections import defaultdict
from pathlib import Path

import numpy as np
import pypdf
import pypdfium2 as pdfium
import pytest
from PIL import Image
from stdnum import iban, luhn

from records.natures import catalogue
from tests.fabrique import demo, derive, formats, numeros, rendu
from tests.fabrique.blocs import Bloc
from tests.fabrique.corpus import world, write
from tests.fabrique.monde import REFERENCE, TYPES

SEEDS = (1, 7)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a corpus of forty files once."""
    folder = tmp_path_factory.mktemp("corpus")
    write(folder, graine=5, nombre=40)
    return folder


def _read(path: Path) -> dict[str, object]:
    return json.loads(path.read_text("utf-8"))


def _prints(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    """A seed says everything: names, papers, wear, bytes."""
    for name in ("a", "b"):
        write(tmp_path / name, graine=11, nombre=15)

    assert _prints(tmp_path / "a") == _prints(tmp_path / "b")


@pytest.mark.parametrize("seed", SEEDS)
def test_every_type_is_made(seed: int) -> None:
    """No type of the catalogue is forgotten, and forty files show nearly all."""
    _, cases = world(seed, 400)
    made = {kind for cas in cases for kind in cas.types}
    _, few = world(seed, 40)
    shown = {kind for cas in few for kind in cas.types}

    assert set(TYPES) == made
    # a return coupon leads a paper and is none: the letters have their own corpus
    assert set(catalogue(REFERENCE).types) - {"COUPON"} <= set(TYPES)
    assert len(shown) >= len(TYPES) - 5


@pytest.mark.parametrize("seed", SEEDS)
def test_truth_speaks_of_the_register(seed: int) -> None:
    """Each line expected exists, is open, accepts the type; nothing closes twice."""
    monde, cases = world(seed, 200)
    lines = {line["code"]: line for line in monde.exigences}
    closed: list[str] = []
    for cas in cases:
        for piece in cas.pieces:
            if isinstance(piece.exigences, str):
                assert piece.raison, cas.cle
                continue
            for code in piece.exigences:
                assert "ouverte" == lines[code]["etat"]
                assert piece.papier.type in lines[code]["types_acceptes"]
            closed += piece.exigences

    assert len(closed) == len(set(closed))


@pytest.mark.parametrize("seed", SEEDS)
def test_numbers_are_right_and_nobodys(seed: int) -> None:
    """Keys are right, communes are not assigned, people differ."""
    monde, _ = world(seed, 60)

    for agent in monde.agents:
        number = agent["nir"]
        assert 97 - int(number[:13]) % 97 == int(number[13:])
        assert number[5:7] in {"98", "99"}
    assert len({agent["nir"] for agent in monde.agents}) == len(monde.agents)
    for home in monde.collectivites:
        assert luhn.is_valid(home["siret"])


def test_bank_details_are_valid() -> None:
    """An invented IBAN has the keys of a real one."""
    number, _, _ = numeros.iban(random.Random(3))

    assert iban.is_valid(number)


def test_spaced_nir() -> None:
    """The groups are those of the forms."""
    assert "1 85 05 98 006 084 91" == numeros.spaced_nir("185059800608491")


def test_files_open_and_have_their_pages(corpus: Path) -> None:
    """Every file is what its name says, with the pages the truth counts."""
    for unit in _read(corpus / "verite.json")["unites"]:
        path = corpus / "scans" / unit["fichier"]
        if path.suffix == ".pdf":
            assert unit["pages"] == len(pypdf.PdfReader(path).pages)
            continue
        with Image.open(path) as picture:
            assert unit["pages"] == getattr(picture, "n_frames", 1)


def test_pages_are_all_told(corpus: Path) -> None:
    """Pages of papers and blank pages together make the file."""
    for unit in _read(corpus / "verite.json")["unites"]:
        told = {page for one in unit["documents"] for page in one["pages"]}
        assert set(range(1, unit["pages"] + 1)) == told | set(unit["pages_blanches"])


def test_depots_say_what_is_known_at_reception(corpus: Path) -> None:
    """One row per file, in the order of the days."""
    with (corpus / "scans" / "depots.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    names = {path.name for path in (corpus / "scans").iterdir()} - {"depots.csv"}

    assert names == {row["fichier"] for row in rows}
    assert rows == sorted(rows, key=lambda row: (row["depose_le"], row["fichier"]))


def test_bitonal_pages_are_black_on_white() -> None:
    """A G4 page comes back with white paper, in PDF as in TIFF."""
    page = np.full((300, 200), 255, np.uint8)
    page[50:60, 20:180] = 0
    made = formats.pdf([page], 72, bitonal=True)
    shown = pdfium.PdfDocument(made)[0].render(grayscale=True).to_numpy().squeeze()
    with Image.open(io.BytesIO(formats.tiff([page], 72, bitonal=True))) as tiff:
        grey = np.asarray(tiff.convert("L"))

    for seen in (shown, grey):
        assert 255 == seen[10, 10]
        assert 0 == seen[55, 100]


def test_hidden_layer_is_found_by_readers() -> None:
    """The text layer of an OCR is invisible and searchable."""
    page = np.full((400, 400), 255, np.uint8)
    made = formats.pdf([page], 72, bitonal=False, layers=[[("arrêt", 50, 300, 12)]])
    document = pdfium.PdfDocument(made)

    assert "arrêt" in document[0].get_textpage().get_text_range()
    assert document[0].render(grayscale=True).to_numpy().min() > 200


def _skeleton(blocs: list[Bloc]) -> str:
    """Return the bricks of a paper, nested ones too, without their words."""
    inner = [
        _skeleton(bloc.get("blocs", []) + list(itertools.chain(*bloc.get("cells", []))))
        for bloc in blocs
    ]
    return "".join(
        f"{bloc['k']}({more})" for bloc, more in zip(blocs, inner, strict=True)
    )


def test_layouts_differ() -> None:
    """Each type is drawn in at least two layouts."""
    looks: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for seed in range(6):
        for cas in world(seed, 400)[1]:
            for piece in cas.pieces:
                looks[piece.papier.type].add(_skeleton(piece.papier.blocs))

    assert {"BLANCHE"} == {kind for kind, seen in looks.items() if len(seen) < 2}


def test_the_words_kept_for_the_proof_are_learned_from_nowhere() -> None:
    """The two lots of printers share no way to say a label, nor the usual one."""
    for usual, options in derive.MOTS.items():
        half = len(options) // 2
        learned = {text.casefold() for text in options[:half]}
        kept = {text.casefold() for text in options[half:]}
        assert learned, usual
        assert kept, usual
        assert not learned & kept, usual
        assert usual not in learned, usual


@pytest.mark.parametrize("lot", ["autre", "epreuve"])
def test_another_printer_says_the_same(lot: derive.Lot) -> None:
    """Layout and labels change; the type, the truth and what is filled in do not."""
    _, cases = world(3, 60)
    for cas in cases:
        for piece in cas.pieces:
            other = derive.other_layout(piece.papier, random.Random(1), lot)
            assert (other.type, other.champs) == (
                piece.papier.type,
                piece.papier.champs,
            )
            assert len(other.blocs) == len(piece.papier.blocs)
    known = cases[0].pieces[0].papier
    assert known is derive.other_layout(known, random.Random(1), "connu")


def test_wanting_fonts_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any font of the system, papers are drawn with Typst's own."""
    monkeypatch.setattr(rendu, "families", lambda: frozenset({"Libertinus Serif"}))
    _, cases = world(1, 10)
    papier = cases[0].pieces[0].papier
    papier.main = True

    assert ["Libertinus Serif"] == rendu.style(papier, random.Random(1))["main"]
    assert rendu.to_pdf(papier, random.Random(1)).startswith(b"%PDF")


def test_demo_scans_are_small_and_listed() -> None:
    """The committed scans are those of `scans.csv`, and small."""
    folder = demo.DEMO / "scans"
    with (folder / "scans.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    names = {path.name for path in folder.iterdir()} - {"scans.csv"}

    assert names == {row["fichier"] for row in rows}
    assert {"depose", "exemple"} == {row["sort"] for row in rows}
    assert max((folder / name).stat().st_size for name in names) <= demo.MAX_BYTES


def test_demo_register_is_what_its_maker_makes() -> None:
    """`python -m tests.fabrique.demo` changes nothing in the committed register."""
    register, rows, _ = demo.build()
    committed = _read(demo.DEMO / "registre.json")

    assert committed == register
    assert len(rows) == len({row["fichier"] for row in rows})


def test_names_are_not_dealt_twice() -> None:
    """Only the wanted homonyms share a name and a first name."""
    monde, _ = world(4, 120)
    people = sorted(
        (agent["collectivite"], agent["nom_famille"], agent["prenoms"][0])
        for agent in monde.agents
    )
    twins = [left for left, right in itertools.pairwise(people) if left == right]

    assert 1 == len(twins)
