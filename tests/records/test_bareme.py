"""The dated parameters of the law: what the loader refuses, and says where."""

import datetime as dt
from pathlib import Path

import pytest

from records.bareme import BaremeError, load, shipped

GOOD = """
description = "Un taux"
unite = "taux"
choisi_par = "octroi_de_l_avis"
[[valeur]]
des = 2020-01-01
taux = 1.00
source = "Loi n° 1"
[[valeur]]
des = 2025-03-01
taux = 0.90
source = "Loi n° 2"
"""


def _loaded(folder: Path, text: str) -> None:
    (folder / "essai.toml").write_text(text, encoding="utf-8")
    load(folder)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('source = "Loi n° 2"', 'source = " "', "n'a pas de source"),
        ("des = 2025-03-01", "des = 2019-03-01", "désordre"),
        ("des = 2025-03-01", "des = 2020-01-01", "désordre ou doubles"),
        ("des = 2025-03-01", "depuis = 2025-03-01", "date « des »"),
        ("taux = 0.90", "part = 0.90", "change de forme"),
        ("taux = 0.90\n", "", "est vide"),
        ("taux = 1.00", "taux = 1.00\njusqu_au = 2024-12-31", "dernière valeur"),
        ('unite = "taux"', 'unites = "taux"', "clés inconnues"),
        ("octroi_de_l_avis", "le_jour_paye", "choisi_par inconnu"),
        ("[[valeur]]", "[[valeur]", "essai.toml"),
    ],
)
def test_a_wrong_file_is_refused_and_named(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    """Gaps, overlaps, doubles, missing sources, unknown keys: each says the file."""
    _loaded(tmp_path, GOOD)
    with pytest.raises(BaremeError, match=said) as refused:
        _loaded(tmp_path, GOOD.replace(old, new))
    assert "essai" in str(refused.value)


def test_a_value_is_asked_for_at_a_day(tmp_path: Path) -> None:
    """Before the first value, the refusal says the parameter, the day and who asked."""
    _loaded(tmp_path, GOOD)
    known = load(tmp_path)
    assert "1.00" == str(known.au("essai", dt.date(2025, 2, 28))["taux"])
    assert "0.90" == str(known.au("essai", dt.date(2025, 3, 1))["taux"])
    with pytest.raises(BaremeError, match=r"essai.*31/12/2019.*CMO.*01/01/2020"):
        known.au("essai", dt.date(2019, 12, 31), "CMO")


def test_a_repealed_rule_has_no_value_after_its_last_day() -> None:
    """The five and three years of a service-related CLD end with the CITIS."""
    known = shipped().parametres["longs/cld_imputable"]
    assert known.find(dt.date(2019, 4, 12)) is not None
    assert known.find(dt.date(2019, 4, 13)) is None


def test_every_parameter_says_its_unit_selector_and_sources() -> None:
    """Nothing of the law is shipped without where it comes from."""
    known = shipped().parametres
    assert len(known) > 25
    assert all(v.source for one in known.values() for v in one.valeurs)
    assert {"octroi_de_l_avis", "debut_de_l_arret", "debut_du_conge"} == {
        one.choisi_par for one in known.values()
    }
