"""The scorer itself: what it calls right, withheld, wrong."""

import json
from pathlib import Path

import pytest

from tests.bilan import rapport
from tests.bilan.juger import canonical, judge
from tests.bilan.modele import Lu, Recu, figures


def _truth(exigences: list[str] | str, **change: object) -> dict[str, object]:
    document = {
        "pages": [1], "type": "AAT", "types_admis": [], "agent": "A1", "evenement": "E1",
        "champs": {"debut": "2026-01-05", "tiers": False, "montant": "64.30"},
        "exigences": exigences,
    } | change  # fmt: skip
    unit = {"fichier": "a.pdf", "lisibilite": "bonne", "documents": [document]}
    return {"unites": [unit]}


def _recu(**change: object) -> Recu:
    lu = {"pages": (1,), "type": "AAT", "etat": "rattache"} | change
    return Recu(fichier="a.pdf", etat="traite", documents=(Lu(**lu),))  # type: ignore[arg-type]


def test_exact_line_is_linked() -> None:
    """The expected line and no other: linked, nothing wrong."""
    bilan = judge(_truth(["X1"]), [_recu(lignes=frozenset({"X1"}))], closed=["X1"])

    assert "lie" == bilan.notes[0].lien
    assert [] == bilan.fautives


def test_other_line_is_a_wrong_closing() -> None:
    """Any line the truth does not list is wrong, even beside the right one."""
    bilan = judge(_truth(["X1"]), [_recu(lignes=frozenset({"X1", "X2"}))])

    assert "faux" == bilan.notes[0].lien
    assert ["X2"] == bilan.fautives


@pytest.mark.parametrize("word", ["a_verifier", "aucune"])
def test_reserved_paper_must_close_nothing(word: str) -> None:
    """A closing on a paper nobody may guess is wrong; none is right."""
    closing = judge(_truth(word), [_recu(lignes=frozenset({"X1"}))])
    silent = judge(_truth(word), [_recu(etat="a_verifier")])

    assert ["X1"] == closing.fautives
    assert ["rien"] == [note.lien for note in silent.notes]


def test_line_closed_by_nobody_known_is_seen() -> None:
    """A line that closed without any paper of the truth is still counted."""
    bilan = judge(_truth("aucune"), [_recu()], closed=["X9"])

    assert ["X9"] == bilan.fautives


def test_right_candidate_shown_or_not() -> None:
    """A doubt with the right line in front of the person is not the same as without."""
    shown = _recu(etat="a_verifier", candidats=(("A1", "E1", "X1"),))
    hidden = _recu(etat="a_verifier", candidats=(("A1", "E1", "X2"),))

    assert "montre" == judge(_truth(["X1"]), [shown]).notes[0].lien
    assert "non_montre" == judge(_truth(["X1"]), [hidden]).notes[0].lien


def test_partial_closing_is_not_linked() -> None:
    """Two lines expected, one closed: not linked, and nothing wrong."""
    bilan = judge(_truth(["X1", "X2"]), [_recu(lignes=frozenset({"X1"}))])

    assert "montre" == bilan.notes[0].lien
    assert [] == bilan.fautives


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ("AAT", "juste"),
        ("INCONNU", "abstenu"),
        ("FACTURE", "faux"),
        ("CERT_ARRET", "juste"),
    ],
)
def test_typing(read: str, expected: str) -> None:
    """Right, accepted instead, withheld, wrong."""
    truth = _truth(["X1"], types_admis=["CERT_ARRET"])

    assert expected == judge(truth, [_recu(type=read)]).notes[0].typage


def test_fields_compare_by_value() -> None:
    """Booleans, amounts and days compare whatever their dress; a missing one counts."""
    champs = {"tiers": "false", "montant": "64.3"}
    counted = figures(judge(_truth(["X1"]), [_recu(champs=champs)]))

    assert 3 == counted["champs_bonne_lisibilite"]
    assert 2 == counted["champs_exacts"]


@pytest.mark.parametrize(
    ("left", "right"),
    [(True, "true"), ("Dr  Élise", "dr elise"), ("0064.30", "64.3"), ("L’Œuf", "l'oeuf"),
     ("-64.30", "-64.3"), (50, "50")],
)  # fmt: skip
def test_canonical(left: object, right: str) -> None:
    """Two ways of writing one value are one value."""
    assert canonical(left) == canonical(right)


def test_amounts_that_differ_differ() -> None:
    """Zeros that count are kept."""
    assert canonical("100.00") != canonical("10.00")
    assert canonical("100") != canonical("1")


def test_truth_may_name_the_folder() -> None:
    """« scans/a.pdf » of the truth is « a.pdf » of the deposits."""
    truth = _truth("aucune")
    truth["unites"][0]["fichier"] = "scans/a.pdf"  # type: ignore[index]

    assert "juste" == judge(truth, [_recu()]).notes[0].typage


def test_missing_file_is_said() -> None:
    """A file never deposited is a miss, with its cause."""
    note = judge(_truth(["X1"]), []).notes[0]

    assert ("abstenu", "non_montre", "fichier jamais déposé") == (
        note.typage, note.lien, note.cause)  # fmt: skip


def test_readme_block_is_replaced(tmp_path: Path) -> None:
    """Only what stands between the marks changes."""
    page = tmp_path / "README.md"
    page.write_text(f"avant\n{rapport.DEBUT}\nvieux\n{rapport.FIN}\naprès\n", "utf-8")
    bilan = judge(_truth(["X1"]), [_recu(lignes=frozenset({"X1"}))])

    rapport.write_readme(bilan, page, "essai")

    text = page.read_text("utf-8")
    assert text.startswith("avant\n")
    assert text.endswith("après\n")
    assert "vieux" not in text
    assert "| — rattachés seuls, lignes fermées | 1 |" in text


def test_json_holds_every_note(tmp_path: Path) -> None:
    """Machines read the same figures."""
    bilan = judge(_truth(["X1"]), [_recu(lignes=frozenset({"X1"}))])
    rapport.write_json(bilan, tmp_path / "b.json")

    read = json.loads((tmp_path / "b.json").read_text("utf-8"))
    assert 1 == read["chiffres"]["fermants_lies"]
    assert "lie" == read["notes"][0]["lien"]
