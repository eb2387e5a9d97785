"""Reference data: complete, dated, sourced — and a wrong file is refused by its name."""

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from records import catalogues
from records.catalogues import CatalogueError, load
from records.conditions import CONDITIONS
from records.natures import catalogue

JOUR = dt.date(2026, 3, 1)
NATURES = [
    "AS", "AT", "TRAJET", "MP", "CMO", "CLM", "CLD", "CGM", "MAT", "ADO", "PAT",
    "DECES", "TPT", "DORS", "AIT", "MDT", "GUERRE",
]  # fmt: skip
CONSEQUENCES = [
    "ARRET", "PROLONG", "SOINS", "REPRISE", "REPRISE_TPT", "FRAIS", "RECHUTE",
    "CONSOLID", "PROLONG_SOINS", "REQUALIF", "IPP", "DECES_C", "DISPO",
]  # fmt: skip
TYPES = [
    "AAT", "CMATMP", "CERT_ARRET", "CERT_MED", "CERT_FINAL", "DECL_AS", "DECL_MP",
    "DAT", "FEUILLE_AT", "ATT_PEC", "ENQUETE", "ARRETE", "PV_CM", "BULLETIN",
    "ATT_SALAIRE", "DECOMPTE_IJ", "CERT_GROSSESSE", "ACTE_NAISSANCE", "ADOPTION",
    "ACTE_DECES", "CERT_DECES", "AYANTS_DROIT", "ORDONNANCE", "FEUILLE_SOINS",
    "FACTURE", "TRANSPORT", "DEVIS", "DECOMPTE_MUT", "RIB", "DEMANDE_TPT",
    "EXPERTISE", "RECOURS", "BORD_PAPIER", "COURRIER", "AUTRE", "BLANCHE",
    "COUPON",
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "codes"),
    [("natures", NATURES), ("consequences", CONSEQUENCES), ("types", TYPES)],
)
def test_catalogue_is_whole(kind: str, codes: list[str]) -> None:
    """Every nature, conséquence and type of paper of the trade is described."""
    assert sorted(codes) == sorted(getattr(catalogue(JOUR), kind))


def test_every_rule_has_a_base_and_a_source() -> None:
    """Nothing is asked without a legal or contractual ground."""
    for regle in catalogue(JOUR).histoire:
        assert len(regle.base) > 10, regle
        assert len(regle.source) > 3, regle


@pytest.mark.parametrize("nature", NATURES)
def test_every_nature_asks_for_something(nature: str) -> None:
    """A nature nobody asks a paper for would never be paid."""
    asked = [r for r in catalogue(JOUR).regles if nature in r.natures]

    assert asked


def test_every_condition_is_used() -> None:
    """The closed list of conditions holds no dead word."""
    used = {name for regle in catalogue(JOUR).histoire for name in regle.si}

    assert used == CONDITIONS.keys()


def test_types_never_asked_are_never_asked() -> None:
    """A covering letter closes no line: it is asked by no rule."""
    known = catalogue(JOUR)
    never = {code for code, t in known.types.items() if t.is_jamais_exige}

    assert {"BORD_PAPIER", "COURRIER", "AUTRE", "BLANCHE", "COUPON"} == never
    assert not never & {regle.type for regle in known.histoire}


def test_versions_answer_at_a_day() -> None:
    """Before May 2022 the certificate 11138 carried the arrêt of an accident."""

    def substitutes(jour: dt.date) -> set[str]:
        return {
            type_
            for regle in catalogue(jour).regles
            if regle.type == "AAT" and regle.nom == "initial_accident"
            for type_, _ in regle.substituts
        }

    assert {"CERT_ARRET", "CMATMP"} == substitutes(dt.date(2022, 5, 6))
    assert {"CERT_ARRET"} == substitutes(dt.date(2022, 5, 7))


def _changed(path: str, before: str, after: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        text = (folder / path).read_text()
        assert before in text
        (folder / path).write_text(text.replace(before, after, 1))

    return act


def _added(path: str, text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / path).write_text((folder / path).read_text() + text)


_NEXT = """
[[version]]
valable_des = {des}
source = "Décret d'essai"
numeros = []
titres = []
sensible = false
jamais_exige = false
"""


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_changed("types/RIB.toml", "source = ", "# "), "types/RIB.toml"),
        (
            _changed("types/RIB.toml", 'source = "Doc', 'source = "" # '),
            "n'a pas de source",
        ),
        (_changed("types/RIB.toml", "numeros", "numero"), "clés inconnues : numero"),
        (_changed("types/RIB.toml", 'code = "RIB"', 'code = "IBAN"'), "n'est pas lui"),
        (_changed("types/RIB.toml", "[[version]]", "[[version"), "types/RIB.toml"),
        (
            _added("types/RIB.toml", _NEXT.format(des="2024-01-01")),
            "trou ou chevauchement",
        ),
        (
            lambda folder: (
                _changed(
                    "types/RIB.toml",
                    "valable_des = 2018-01-01",
                    "valable_des = 2018-01-01\nvalable_jusqu_au = 2023-12-01",
                )(folder),
                _added("types/RIB.toml", _NEXT.format(des="2024-01-01"))(folder),
            ),
            "doit finir le 2024-01-01",
        ),
        (_changed("natures/AS.toml", '"CNRACL"', '"MSA"'), "natures/AS.toml"),
        (_changed("natures/AS.toml", '"accident"', '"accidents"'), "natures/AS.toml"),
        (_changed("natures/AS.toml", '"FRAIS"', '"FRAI"'), "FRAI"),
        (_changed("champs/accident.toml", '"heure"', '"lieu"'), "décrit deux fois"),
        (_changed("consequences/ARRET.toml", "obligatoire", "souhaitable"), "période"),
        (
            _changed("matrice/AAT.toml", 'base = "', 'base = " "# '),
            "n'a pas de fondement",
        ),
        (_changed("matrice/AAT.toml", '["AS", ', '["ASX", '), "nomme l'inconnu ASX"),
        (_changed("matrice/AAT.toml", "avant_decision", "peut_etre"), "peut_etre"),
        (_changed("matrice/AAT.toml", "= 2022-05-07\n\n", "= 2022-05-01\n\n"), "trou"),
        (
            _changed("matrice/RIB.toml", 'type = "RIB"', 'type = "AUTRE"'),
            "n'est pas lui",
        ),
    ],
)
def test_a_wrong_file_is_refused_by_name(
    tmp_path: Path, damage: Callable[[Path], object], message: str
) -> None:
    """Unknown keys, holes, overlaps, missing sources: one line saying where."""
    for name in ("natures", "consequences", "types", "champs", "matrice"):
        shutil.copytree(catalogues.FOLDER / name, tmp_path / name)
    damage(tmp_path)

    with pytest.raises(CatalogueError) as caught:
        load(tmp_path)

    assert message in str(caught.value)
