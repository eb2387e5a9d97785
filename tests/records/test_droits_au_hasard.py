"""Rights drawn at random: an oracle that counts day by day, and what never changes."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

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
from tests.records.oracle import Jour, Oracle

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
    _same_days(expected, found)


def _same_days(here: Mapping[dt.date, object], there: Mapping[dt.date, object]) -> None:
    """Compare day by day, and show few: the whole of two calendars takes minutes to show.

    A runner of checks cuts no explanation short (`CI` is set): difflib would read them all.
    """
    days = sorted(here.keys() | there.keys())
    wrong = [day for day in days if here.get(day) != there.get(day)]
    shown = {str(day): (here.get(day), there.get(day)) for day in wrong[:3]}
    assert not shown, f"{len(wrong)} days differ"


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
    _same_days(past, _by_day(after.historique_calcule))


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
    _same_days(
        {day: p for day, (p, _) in here.items()},
        {day: p for day, (p, _) in there.items()},
    )


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
