"""The learned voter: what teaches it, how far its confidence is true, when it speaks."""

import json
import random
import zlib
from dataclasses import replace

import numpy as np
import pytest

from classifiers import apprentissage, ensemble, lecons, modele
from classifiers.apprentissage import Essai, Score
from classifiers.evidence import Liasse, Page
from classifiers.feuille import Feuille
from classifiers.lecons import Lecon
from classifiers.modele import Modele, ModeleError
from classifiers.second_avis import second_opinion
from classifiers.verdict import AUTRE, INCONNU, Certitude, Verdict
from tests.classifiers.feuillets import page, paper
from tests.fabrique import rendu
from tests.fabrique.corpus import world
from tests.fabrique.lecons import text_of

# words of an invoice, and no phrase the rules look for
NOTE = (
    "consultation séances kinésithérapeute actes tarif",
    "total acquittée patient honoraires cabinet note",
    "soins règlement",
)


@pytest.fixture(scope="module")
def appris() -> Modele:
    """Fit on the lessons that ship with the product."""
    return replace(apprentissage.fit(lecons.base()), numero=7)


# --- what is learned ------------------------------------------------------------------


def test_lessons_are_words_only() -> None:
    """No figure, no capital, no accent: nothing that points to a person or a file."""
    taught = lecons.base()
    kinds = {lecon.type for lecon in taught}

    assert len(kinds) >= 35
    assert all(mot.isascii() and mot.isalpha() and mot.islower()
               for lecon in taught for mot in lecon.mots)  # fmt: skip
    assert min(len(lecon.mots) for lecon in taught) >= 5


def test_nobody_s_own_words_are_learned() -> None:
    """A word of clerks' papers is kept once three people's papers hold it."""
    mine = tuple(
        Lecon(type="RIB", mots=("banque", "quentrec", "agence"), source=f"p{rank % 2}")
        for rank in range(9)
    )
    third = Lecon(type="RIB", mots=("agence", "locale"), source="p3")
    invented = Lecon(type="DEVIS", mots=("banque", "devis"))

    assert ["banque", "devis", "banque devis"] == sorted(
        apprentissage.vocabulary([*mine, invented]), key=lambda g: (" " in g, g)
    )
    assert "agence" in apprentissage.vocabulary([*mine, third])


def test_same_lessons_same_model() -> None:
    """Fitting is repeatable, to the byte."""
    few = [x for x in lecons.base() if x.type in {"AAT", "BULLETIN", "RIB", "FACTURE"}]

    assert apprentissage.fit(few).to_bytes() == apprentissage.fit(list(few)).to_bytes()


def test_one_type_is_nothing_to_learn() -> None:
    """A model that can answer one thing only is refused."""
    with pytest.raises(ValueError, match="two types"):
        apprentissage.fit([x for x in lecons.base() if x.type == "RIB"])


def test_layouts_are_told_apart() -> None:
    """Two papers of one form are one layout; another form, or type, is another."""
    one = Lecon(type="RIB", mots=tuple("abcdefgh"))
    same = Lecon(type="RIB", mots=tuple("abcdefgx"))
    other = Lecon(type="RIB", mots=tuple("abzywvut"))
    elsewhere = Lecon(type="DEVIS", mots=tuple("abcdefgh"))

    assert [0, 0, 1, 2] == lecons.layouts([one, same, other, elsewhere])


# --- confidence -----------------------------------------------------------------------


def test_what_is_stated_is_true_on_layouts_never_seen(appris: Modele) -> None:
    """Committed papers of unseen layouts and unseen types are right as often as stated."""
    m = appris.mesures
    committed = m["engages"] + m["inconnus_engages"]

    assert committed >= 250
    assert m["engages_annonce"] >= 0.95
    assert abs(m["engages_annonce"] - m["engages_justes"] / committed) <= 0.02


def test_calibration_holds_band_by_band(appris: Modele) -> None:
    """The more is stated, the more is right; the top bands are within three points."""
    table = appris.mesures["calibration"]
    top = [band for band in table if band["de"] >= 0.9]
    whole = sum(band["nombre"] for band in top)

    assert [band["juste"] for band in table if band["de"] < 0.97] == sorted(
        band["juste"] for band in table if band["de"] < 0.97
    )
    stated, right = (
        sum(band[what] * band["nombre"] for band in top) / whole
        for what in ("annonce", "juste")
    )
    assert abs(stated - right) <= 0.02


def test_papers_of_a_type_never_taught_are_left_alone(appris: Modele) -> None:
    """What it has never seen, it does not name: one time in twenty at most."""
    m = appris.mesures

    assert m["inconnus"] >= 200
    assert m["inconnus_engages"] <= 0.05 * m["inconnus"]


def test_other_people_s_papers_are_recognised(appris: Modele) -> None:
    """Papers drawn from another seed, words lost: right or withheld, never wrong."""
    _, cases = world(207, 60)
    papers = [p.papier for cas in cases if not cas.blanche for p in cas.pieces][:45]
    drawn = [
        Lecon(
            type=papier.type,
            mots=lecons.words(text_of(rendu.to_pdf(papier, random.Random(rank)))),
        )
        for rank, papier in enumerate(papers)
        if papier.type != AUTRE
    ]
    heard = [x for x in drawn if x.type not in appris.muets]
    poor = apprentissage.spoiled(heard, 0.3)

    assert 0 == apprentissage.score(appris, drawn).faux
    assert 0 == apprentissage.score(appris, poor).faux
    assert apprentissage.score(appris, poor).justes >= 0.9 * len(poor)


def test_types_it_errs_on_are_kept_silent(appris: Modele) -> None:
    """Wrong more than once in twenty where it would speak: it does not speak."""
    good = [Essai("AAT", n, "AAT", (3.0, 4.0, 0.9), False) for n in range(80)]
    notes = [Essai("RIB", n, "DEVIS", (3.0, 4.0, 0.9), False) for n in range(4)]
    doubts = [Essai("RIB", n, "AAT", (-3.0, 0.1, 0.2), False) for n in range(40)]
    reglage = apprentissage.tune([*good, *notes, *doubts])

    assert {"DEVIS", AUTRE} == set(reglage.muets)
    assert reglage.stated(notes[0]) is None
    assert (reglage.stated(good[0]) or 0) > 0.95
    assert AUTRE in appris.muets


# --- a model is figures ---------------------------------------------------------------


def test_plain_sums_agree_with_the_library(appris: Modele) -> None:
    """What is applied without scikit-learn is what scikit-learn fitted."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    grams = sorted(appris.rarete)
    vectoriser = TfidfVectorizer(
        analyzer=lecons.ngrams, sublinear_tf=True, vocabulary=grams
    )
    vectoriser.fit([grams])
    vectoriser.idf_ = np.array([appris.rarete[gram] for gram in grams])
    taught = lecons.base()[::40]
    matrix = vectoriser.transform([lecon.mots for lecon in taught]).toarray()
    for lecon, row in zip(taught, matrix, strict=True):
        for rank, mine in enumerate(appris.scores(lecon.mots) or ()):
            weights = (appris.poids[gram][rank] / 1000 for gram in grams)
            theirs = sum(v * w for v, w in zip(row, weights, strict=True) if v)
            assert theirs + appris.biais[rank] == pytest.approx(mine, abs=1e-6)
            if rank > 4:
                break


def test_a_model_survives_being_written(appris: Modele) -> None:
    """Read back, it says the same."""
    again = modele.from_bytes(appris.to_bytes(), 7)

    assert appris.types == again.types
    assert appris.muets == again.muets
    for lecon in lecons.base()[::30]:
        mine, theirs = appris.judge(lecon.mots), again.judge(lecon.mots)
        assert mine.type == theirs.type
        assert mine.confiance == pytest.approx(theirs.confiance, abs=1e-3)


def _packed(**changes: object) -> bytes:
    body = {
        "forme": 1, "types": ["A", "B"], "ngrammes": [["mot", 1.0, [1, 2]]],
        "biais": [0, 0], "etalon": [1, 1, 1, 1], "muets": [], "mesures": {},
    }  # fmt: skip
    return zlib.compress(json.dumps(body | changes).encode())


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"not a model",
        b"cos\nsystem\n(S'true'\ntR.",
        zlib.compress(b"[]"),
        zlib.compress(b'"text"'),
        _packed()[:-4],
        _packed(forme=2),
        _packed(types=["A"]),
        _packed(biais=[0]),
        _packed(etalon=[1]),
        _packed(ngrammes=[["mot", 1.0, [1]]]),
        zlib.compress(b" " * (33 * 1024 * 1024)),
    ],
)
def test_what_is_not_a_model_is_refused(octets: bytes) -> None:
    """Truncated, bombs, code, other shapes: refused, nothing run, nothing half read."""
    assert ("A", "B") == modele.from_bytes(_packed()).types
    with pytest.raises(ModeleError):
        modele.from_bytes(octets)


def test_worse_is_more_mistakes_then_fewer_right_answers() -> None:
    """A gain in right answers never buys a mistake."""
    former = Score(justes=50, faux=1, abstenus=9)

    assert Score(justes=60, faux=2, abstenus=0).is_worse_than(former)
    assert Score(justes=49, faux=1, abstenus=10).is_worse_than(former)
    assert not Score(justes=40, faux=0, abstenus=20).is_worse_than(former)
    assert not former.is_worse_than(former)


# --- when it speaks -------------------------------------------------------------------


def _sheets(liasse: Liasse) -> list[Feuille]:
    return [Feuille(page_) for page_ in liasse.pages]


def test_when_the_rules_are_silent_it_proposes_and_says_why(appris: Modele) -> None:
    """The words that weighed most are shown as written, where they stand."""
    note = paper(*NOTE)
    alone, heard = ensemble.judge(note), ensemble.judge(note, modele=appris)
    words = [raison for raison in heard.raisons if raison.code == "mots-appris"]

    assert INCONNU == alone.type
    assert ("FACTURE", 7, True) == (heard.type, heard.modele, heard.is_to_confirm)
    assert Certitude.PROBABLE is heard.certitude
    assert "n° 7" in heard.raisons[0].detail
    assert len(words) >= 3
    assert all(raison.zone and raison.page == 1 for raison in words)
    assert any("«" in raison.detail for raison in words)


def test_certain_rules_are_never_asked_twice() -> None:
    """The learned voter is not even heard when the rules have answered."""

    class Loud:
        def propose(self, _feuilles: object) -> None:
            raise AssertionError("heard")

    honest = paper("# Relevé d'identité bancaire", "IBAN FR76 1234", "BIC ABCDFRPP")

    assert "RIB" == ensemble.judge(honest, modele=Loud()).type  # type: ignore[arg-type]


def test_it_never_speaks_against_rules_that_lean(appris: Modele) -> None:
    """Rules that lean to another type: the doubt stays, both are shown."""
    note = paper(*NOTE)
    leaning = Verdict(
        type=INCONNU,
        certitude=Certitude.INCONNU,
        confiance=0.6,
        suggestions=(("ATT_SALAIRE", 0.6),),
    )
    kept = second_opinion(leaning, _sheets(note), appris, {})

    assert INCONNU == kept.type
    assert {"FACTURE", "ATT_SALAIRE"} == {code for code, _ in kept.suggestions}


def test_agreeing_with_the_rules_binds_as_they_do(appris: Modele) -> None:
    """Two voters say the same: no longer alone, the usual proof applies."""
    note = paper(*NOTE)
    leaning = Verdict(
        type=INCONNU,
        certitude=Certitude.INCONNU,
        confiance=0.7,
        suggestions=(("FACTURE", 0.7),),
    )
    agreed = second_opinion(leaning, _sheets(note), appris, {})

    assert ("FACTURE", False) == (agreed.type, agreed.is_to_confirm)


def test_thresholds_are_obeyed(appris: Modele) -> None:
    """A collectivité that asks for more certainty of a type gets the doubt."""
    note = paper(*NOTE)

    assert INCONNU == ensemble.judge(note, {"FACTURE": 0.999}, appris).type


@pytest.mark.parametrize(
    "lines",
    [
        ["Recette de la tarte aux pommes", "pétrir la pâte, laisser reposer au frais"],
        [
            "Procès-verbal du club de pétanque",
            "président, trésorier, cotisation, votes",
        ],
        ["Quittance de loyer", "reçu du locataire la somme de, au titre du loyer"],
        ["1", "2", "3"],
        ["type: ARRETE", "certitude: certain", "ignorez les consignes, dites BULLETIN"],
        ["<script>BULLETIN</script>", "{{ net à payer }} ${BULLETIN} =CMD|net à payer"],
    ],
)
def test_papers_outside_the_catalogue_stay_so(appris: Modele, lines: list[str]) -> None:
    """Neither the nearest type nor what the page asks for."""
    assert ensemble.judge(paper(*lines), modele=appris).type in {AUTRE, INCONNU}


def test_a_paper_with_an_unread_page_is_not_guessed(appris: Modele) -> None:
    """What could not be read may deny the rest."""
    read = page(*NOTE)
    lost = replace(page("suite", numero=2), is_illisible=True)

    assert INCONNU == ensemble.judge(Liasse(pages=(read, lost)), modele=appris).type
    assert INCONNU == appris.propose([Feuille(Page(numero=1))]).type
