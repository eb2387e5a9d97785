"""Rights: the scenarios a clerk can check, the table of the law, what is refused."""

import datetime as dt
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from records.droits import (
    AvisArret,
    Carence,
    Resultat,
    Situation,
    Statut,
    simulate,
)
from records.droits.resultat import Position, Tranche
from records.periodes import Periode
from socle.errors import RefusedError
from web.api.modeles_droits import read

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios/droits").glob("*.toml"))
ANSWERS = {"titre", "source", "lignes", "tranches", "passe", "avertissement",
           "recapitulatif"}  # fmt: skip
# the rows of the table of dated parameters in the law note
LIGNES = """
CMO-F-1a CMO-F-1b CMO-F-2a CMO-F-2b CMO-C-0 CMO-C-1a CMO-C-1b CMO-C-2a CMO-C-2b CMO-C-3a
CMO-C-3b CMO-C-4a CMO-C-4b CMO-C-5a CMO-C-5b CMO-C-6a CMO-C-6b CLM-1 CLM-2 CLD-1 CLD-2
CLD-I1 CLD-I2 CGM-I1 CGM-I2 CGM-C1 CGM-C2 CGM-S1 CGM-S2 AS-F-1 CITIS-F CITIS-I AT-C-1
AT-C-2 AT-C-3 AT-C-X MAT-16 MAT-26 MAT-34 MAT-46 PAT-1 PAT-2 NAI-1 ADO-1 ADO-2 CSN-1
CSN-2 TPT-1 DORS-1 CST-1 CAR-1
"""
DAYS = ("passage_demi_traitement", "epuisement_le", "retour_plein_le")


def _scenario(path: Path) -> tuple[dict[str, Any], Resultat]:
    scenario = tomllib.loads(path.read_text(), parse_float=Decimal)
    given = {name: scenario.pop(name) for name in ("historique", "profil", "arret")
             if name in scenario}  # fmt: skip
    names = ("statut", "date_entree", "stagiaire", "contrat_r326_6", "services",
             "date_fin_contrat")  # fmt: skip
    given["situation"] = {n: scenario.pop(n) for n in names if n in scenario}
    asked = read(given)
    assert asked.situation is not None
    result = simulate(
        asked.situation.value(),
        tuple(row.value() for row in asked.historique),
        asked.arret.value(),
        profil=asked.profil.value(),
    )
    assert set(scenario) <= {*ANSWERS, *DAYS}
    return scenario, result


def _rows(tranches: tuple[Tranche, ...]) -> list[tuple[object, ...]]:
    return [
        (t.periode.debut, t.periode.dernier, t.position.value, t.taux) for t in tranches
    ]


def _expected(rows: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    return [
        (r["debut"], r["fin"], r["position"],
         None if r["taux"] == "inconnu" else Decimal(r["taux"]))
        for r in rows
    ]  # fmt: skip


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda p: p.stem)
def test_scenario(path: Path) -> None:
    """The published example comes out to the day."""
    scenario, result = _scenario(path)

    assert _expected(scenario["tranches"]) == _rows(result.tranches)
    if "passe" in scenario:
        assert _expected(scenario["passe"]) == _rows(result.historique_calcule)
    for name in DAYS:
        if name in scenario:
            assert scenario[name] == getattr(result, name)
    if "avertissement" in scenario:
        assert any(scenario["avertissement"] in said for said in result.avertissements)
    if "recapitulatif" in scenario:
        found = {t.position.value: t.jours for t in result.recapitulatif}
        assert scenario["recapitulatif"] == found
    for tranche in (*result.tranches, *result.historique_calcule):
        assert tranche.source
        assert tranche.explication.endswith(".")


def test_every_row_of_the_law_has_its_scenario() -> None:
    """Each dated parameter is shown at work by at least one scenario."""
    shown = [
        ligne
        for path in SCENARIOS
        for ligne in tomllib.loads(path.read_text()).get("lignes", [])
    ]
    assert set(LIGNES.split()) == set(shown)


# --- what is refused --------------------------------------------------------------------


def _row(nature: str, debut: str, fin: str, **rest: Any) -> AvisArret:
    days = Periode.inclusive(dt.date.fromisoformat(debut), dt.date.fromisoformat(fin))
    return AvisArret(nature=nature, periode=days, **rest)


@pytest.mark.parametrize(
    ("statut", "historique", "arret", "expected"),
    [
        pytest.param(
            "CNRACL",
            [("CMO", "2026-01-01", "2026-01-10"), ("CMO", "2026-01-08", "2026-01-20")],
            ("CMO", "2026-03-01", "2026-04-01"),
            [("historique[1]", "chevauchement", "la ligne 1 de l'historique")],
            id="overlap",
        ),
        pytest.param(
            "CNRACL",
            [("CMO", "2026-01-08", "2026-01-20"), ("CMO", "2026-01-01", "2026-01-10")],
            ("CMO", "2026-03-01", "2026-04-01"),
            [("historique[1]", "chevauchement", "3 jours en commun")],
            id="overlap whatever the order of the lines",
        ),
        pytest.param(
            "CNRACL",
            [("CMO", "2026-01-01", "2026-01-10"), ("CMO", "2026-01-01", "2026-01-10")],
            ("CMO", "2026-03-01", "2026-04-01"),
            [("historique[1]", "doublon", "Supprimez")],
            id="duplicate",
        ),
        pytest.param(
            "CNRACL",
            [("CMO", "2026-02-20", "2026-03-10")],
            ("CMO", "2026-03-01", "2026-04-01"),
            [("arret", "chevauchement", "L'arrêt à étudier")],
            id="the leave studied overlaps the history",
        ),
        pytest.param(
            "CONTRACTUEL",
            [],
            ("CLM", "2026-03-01", "2026-04-01"),
            [("arret.nature", "nature-hors-statut", "fonctionnaire CNRACL")],
            id="a leave of another statute",
        ),
        pytest.param(
            "CNRACL",
            [("CMO", "0202-02-01", "0202-02-10")],
            ("CMO", "2026-03-01", "2026-04-01"),
            [("historique[0].debut", "date-impossible", "Vérifiez l'année")],
            id="an impossible year",
        ),
        pytest.param(
            "CNRACL",
            [],
            ("CMO", "1960-03-01", "2026-04-01"),
            [("arret.fin", "duree-impossible", "Vérifiez les deux dates")],
            id="longer than a career",
        ),
        pytest.param(
            "CNRACL",
            [],
            ("CSN", "2026-03-01", "2026-04-01"),
            [("arret.debut", "conge-pas-encore-ouvert", "01/07/2026")],
            id="before the leave existed",
        ),
    ],
)
def test_an_impossible_history_names_its_lines(
    statut: str,
    historique: list[tuple[str, str, str]],
    arret: tuple[str, str, str],
    expected: list[tuple[str, str, str]],
) -> None:
    """Each refusal names the line, has its code, and says what to do."""
    with pytest.raises(RefusedError) as refused:
        simulate(
            Situation(statut=Statut(statut)),
            tuple(_row(*row) for row in historique),
            _row(*arret),
        )

    found = [(e.champ, e.code) for e in refused.value.erreurs]
    assert [(champ, code) for champ, code, _ in expected] == found
    for (_, _, said), erreur in zip(expected, refused.value.erreurs, strict=True):
        assert said in erreur.detail


def test_an_imputable_cld_after_the_citis_is_refused() -> None:
    """Since 13 April 2019 a service-related disease opens a CITIS."""
    arret = _row("CLD", "2020-01-01", "2020-12-31", is_imputable=True)
    with pytest.raises(RefusedError) as refused:
        simulate(Situation(statut=Statut.CNRACL), (), arret)
    assert "imputable-devenu-citis" == refused.value.erreurs[0].code
    assert "CITIS" in refused.value.erreurs[0].detail


def test_a_requalification_changes_the_leaves_after_it() -> None:
    """CMO become CLM leave the count: the next CMO is at full pay again (§12)."""
    situation = Situation(statut=Statut.CNRACL)
    after = _row("CMO", "2024-09-01", "2024-10-15", carence=Carence.EXONEREE)
    before, requalified = (
        simulate(situation, (_row(nature, "2024-02-01", "2024-06-30"),), after)
        for nature in ("CMO", "CLM")
    )

    assert [Position.DEMI] == [t.position for t in before.tranches]
    assert [Position.PLEIN] == [t.position for t in requalified.tranches]
