"""Rights: the scenarios a clerk can check, an oracle that counts day by day, the law."""

import dataclasses
import datetime as dt
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records.droits import (
    AvisArret,
    Carence,
    Profil,
    Resultat,
    Situation,
    Statut,
    simulate,
)
from records.droits.profils import (
    Consommation,
    Declencheur,
    Evaluation,
    Fenetre,
    Quota,
    Unite,
)
from records.droits.resultat import Position, Tranche
from records.periodes import Periode
from socle.errors import RefusedError
from tests.records.oracle import Jour, Oracle
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


# --- the oracle: the reference algorithm, one day at a time -----------------------------

NATURES = {
    Statut.CNRACL: ("CMO",) * 5
    + ("CLM", "CLM", "CLD", "CITIS", "MAT", "TPT", "DORS", "MDT"),
    Statut.IRCANTEC: ("CMO",) * 5 + ("CGM", "CGM", "AT", "PAT", "TPT", "DORS"),
    Statut.CONTRACTUEL: ("CMO",) * 5 + ("CGM", "AT", "AT", "MAT", "TPT", "CST"),
}  # fmt: skip
GAPS = (0, 0, 0, 1, 2, 3, 9, 30, 60, 200, 366, 700)
LENGTHS = (1, 2, 5, 12, 31, 70, 95, 120, 200, 365, 400, 800)
MOTIFS = (None, None, "grossesse", "covid", "fausse_couche")


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Draw a statute; contractuels around each tier of seniority."""
    statut = draw(st.sampled_from(Statut))
    entree = draw(
        st.sampled_from(
            [None, dt.date(2010, 9, 1), dt.date(2017, 1, 31), dt.date(2018, 5, 15)]
        )
    )
    if statut is not Statut.CONTRACTUEL:
        return Situation(statut=statut, date_entree=entree)
    day = dt.date(2016, 3, 1) + dt.timedelta(days=draw(st.integers(0, 1000)))
    services: list[Periode] = []
    for served, gap in draw(
        st.sampled_from([(), ((200, 40), (250, 100), (90, 1)), ((700, 3), (30, 400))])
    ):
        fin = day + dt.timedelta(days=served)
        services.append(Periode(day, fin))
        day = fin + dt.timedelta(days=gap)
    fin_contrat = draw(st.sampled_from([None, None, dt.date(2024, 6, 1)]))
    return Situation(
        statut=statut,
        date_entree=entree,
        services=tuple(services),
        fin_contrat=fin_contrat,
    )


def _avis(statut: Statut, day: dt.date, drawn: tuple[int, int, int]) -> AvisArret:
    gap, length, flags = drawn
    debut = day + dt.timedelta(days=GAPS[gap])
    flags, nature = divmod(flags, len(NATURES[statut]))
    flags, kind = divmod(flags, 4)
    flags, carence = divmod(flags, 3)
    flags, motif = divmod(flags, len(MOTIFS))
    flags, known = divmod(flags, 12)
    name = NATURES[statut][nature]
    positions = {1: Position.PLEIN, 2: Position.DEMI, 3: Position.SANS_TRAITEMENT}
    return AvisArret(
        nature=name,
        periode=Periode(debut, debut + dt.timedelta(days=LENGTHS[length])),
        is_prolongation=bool(kind & 1),
        carence=list(Carence)[carence],
        is_demi_journees=bool(kind & 2) and name == "CMO",
        motif_exoneration=MOTIFS[motif],
        position_connue=positions.get(known) if name == "CMO" else None,
        is_decision_attendue=flags % 4 == 1,
        groupe="cancer" if flags % 2 else None,
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Situation, list[AvisArret], Profil]:
    """Draw leaves over a few years around leap days, contiguous or not, of all kinds."""
    situation = draw(situations())
    day = dt.date(2017, 3, 1) + dt.timedelta(days=draw(st.integers(0, 2600)))
    triples = st.tuples(
        st.integers(0, len(GAPS) - 1),
        st.integers(0, len(LENGTHS) - 1),
        st.integers(0, 200_000),
    )
    avis: list[AvisArret] = []
    for drawn in draw(st.lists(triples, min_size=1, max_size=8)):
        avis.append(_avis(situation.statut, day, drawn))
        day = avis[-1].periode.fin
    return situation, avis, draw(PROFILES)


PROFILES = st.one_of(
    st.just(Profil()),
    st.builds(
        Profil,
        consommation=st.sampled_from(Consommation),
        fenetre=st.sampled_from(Fenetre),
        unite=st.sampled_from(Unite),
        quota=st.sampled_from(Quota),
        is_carence_comptee=st.booleans(),
        plafond_demi=st.sampled_from([None, 270]),
        evaluation=st.sampled_from(Evaluation),
        declencheur=st.sampled_from(Declencheur),
        is_palier_quotidien=st.booleans(),
        accident_ircantec_mois=st.sampled_from([None, 3]),
    ),
)
Cas = tuple[Situation, list[AvisArret], Profil]


def _play(cas: Cas) -> Resultat:
    situation, avis, profil = cas
    return simulate(situation, tuple(avis[:-1]), avis[-1], profil=profil)


def _by_day(tranches: tuple[Tranche, ...]) -> dict[dt.date, Jour]:
    return {
        tranche.periode.debut + dt.timedelta(days=n): (tranche.position, tranche.taux)
        for tranche in tranches
        for n in range(tranche.periode.nb_jours)
    }


def _agree(cas: Cas) -> None:
    situation, avis, profil = cas
    result = _play(cas)
    found = _by_day(result.historique_calcule + result.tranches)
    counted = Oracle(situation, profil).run(avis)
    expected = {day: (p, Decimal(t)) for day, (p, t) in counted.items()}
    wrong = {d: (expected[d], found[d]) for d in expected if expected[d] != found[d]}
    assert {} == wrong
    assert expected.keys() == found.keys()


@settings(max_examples=500, deadline=None)
@given(cases())
def test_intervals_agree_with_the_day_count(cas: Cas) -> None:
    """The engine that jumps and the oracle that counts say the same of every day."""
    _agree(cas)


@pytest.mark.nightly
@settings(max_examples=20_000, deadline=None)
@given(cases())
def test_intervals_agree_with_the_day_count_at_length(cas: Cas) -> None:
    """The same, over twenty thousand histories."""
    _agree(cas)


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(0, 800))
def test_a_later_leave_changes_no_earlier_day(cas: Cas, gap: int) -> None:
    """What comes after never rewrites what came before."""
    situation, avis, profil = cas
    before = _play(cas)
    fin = avis[-1].periode.fin + dt.timedelta(days=gap)
    later = AvisArret(nature="CMO", periode=Periode(fin, fin + dt.timedelta(days=50)))
    after = simulate(situation, tuple(avis), later, profil=profil)

    past = _by_day(before.historique_calcule + before.tranches)
    assert past == _by_day(after.historique_calcule)


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(1, 400))
def test_splitting_into_prolongations_changes_only_the_rate_rule(
    cas: Cas, cut: int
) -> None:
    """Whole or in parts, the days have the same positions."""
    situation, avis, profil = cas
    parts: list[AvisArret] = []
    for one in avis:
        middle = one.periode.debut + dt.timedelta(days=cut)
        if one.periode.debut < middle < one.periode.fin:
            parts += _split(one, middle)
        else:
            parts.append(one)
    whole = _play(cas)
    split = _play((situation, parts, profil))

    here = _by_day(whole.historique_calcule + whole.tranches)
    there = _by_day(split.historique_calcule + split.tranches)
    assert {d: p for d, (p, _) in here.items()} == {d: p for d, (p, _) in there.items()}


def _split(one: AvisArret, middle: dt.date) -> tuple[AvisArret, AvisArret]:
    rest = {
        name: getattr(one, name)
        for name in (
            "nature", "carence", "is_demi_journees", "position_connue",
            "is_decision_attendue", "groupe", "motif_exoneration",
        )
    }  # fmt: skip
    first = Periode(one.periode.debut, middle)
    then = Periode(middle, one.periode.fin)
    return (
        AvisArret(periode=first, is_prolongation=one.is_prolongation, **rest),
        AvisArret(periode=then, is_prolongation=True, **rest),
    )


@settings(max_examples=60, deadline=None)
@given(cases())
def test_twenty_eight_years_change_nothing(cas: Cas) -> None:
    """The calendar repeats every 28 years: under one barème, so do the rights."""
    situation, avis, profil = cas
    here, there = (
        _play((_moved(situation, years), [_shift(a, years) for a in avis], profil))
        for years in (28, 56)
    )

    assert [(t.position, t.jours, t.taux) for t in here.tranches] == [
        (t.position, t.jours, t.taux) for t in there.tranches
    ]
    assert here.recapitulatif == there.recapitulatif


def _moved(situation: Situation, years: int) -> Situation:
    def moved(day: dt.date | None) -> dt.date | None:
        return day.replace(year=day.year + years) if day else None

    return dataclasses.replace(
        situation,
        date_entree=moved(situation.date_entree),
        fin_contrat=moved(situation.fin_contrat),
        services=tuple(
            Periode(
                one.debut.replace(year=one.debut.year + years),
                one.fin.replace(year=one.fin.year + years),
            )
            for one in situation.services
        ),
    )


def _shift(one: AvisArret, years: int) -> AvisArret:
    debut, fin = (
        d.replace(year=d.year + years) for d in (one.periode.debut, one.periode.fin)
    )
    return AvisArret(
        nature=one.nature,
        periode=Periode(debut, fin),
        is_prolongation=one.is_prolongation,
        carence=one.carence,
        is_demi_journees=one.is_demi_journees,
        position_connue=one.position_connue,
        is_decision_attendue=one.is_decision_attendue,
        groupe=one.groupe,
    )


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
