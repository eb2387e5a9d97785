"""Amounts: exact to the cent, and the words say the figures."""

import doctest
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bordereaux import reconcile as reconcile_module
from bordereaux import render
from bordereaux.lines import Colonne, Genre, Liste, from_json, numbered, to_json
from bordereaux.reconcile import reconcile
from bordereaux.totals import control
from records import decompte
from records.decompte import LARGEST, in_words

AMOUNTS = st.decimals(
    min_value=-LARGEST + 1, max_value=LARGEST - 1, places=2, allow_nan=False
)
SAID = [
    ("0.00", "zéro euro"),
    ("1.00", "un euro"),
    ("0.01", "un centime"),
    ("2.80", "deux euros et quatre-vingts centimes"),
    ("21.71", "vingt et un euros et soixante et onze centimes"),
    ("80.81", "quatre-vingts euros et quatre-vingt-un centimes"),
    ("91.99", "quatre-vingt-onze euros et quatre-vingt-dix-neuf centimes"),
    ("200.00", "deux cents euros"),
    ("201.00", "deux cent un euros"),
    ("1000.00", "mille euros"),
    ("80200.00", "quatre-vingt mille deux cents euros"),
    ("7798.06", "sept mille sept cent quatre-vingt-dix-huit euros et six centimes"),
    ("1000000.00", "un million d'euros"),
    ("2000001.00", "deux millions un euros"),
    ("280000000.00", "deux cent quatre-vingts millions d'euros"),
    ("-12.50", "moins douze euros et cinquante centimes"),
]


@pytest.mark.parametrize(("figures", "words"), SAID)
def test_amounts_are_said_as_french_says_them(figures: str, words: str) -> None:
    """Plurals of vingt and cent, « et un », « d'euros », cents alone."""
    assert words == in_words(Decimal(figures))


def read_words(text: str) -> Decimal:
    """Read an amount in words: another path than the one that wrote it."""
    text = text.replace("d'", "").replace("-", " ")
    sign = -1 if text.startswith("moins ") else 1
    euros, cents = 0, 0
    left = text.removeprefix("moins ").split()
    if "euro" in left or "euros" in left:
        place = next(n for n, word in enumerate(left) if word.startswith("euro"))
        euros, left = _whole(left[:place]), left[place + 1 :]
    if left:
        cents = _whole(left[:-1])
    return sign * (Decimal(euros) + Decimal(cents) / 100)


VALUES = {
    "zéro": 0, "un": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6,
    "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "onze": 11, "douze": 12, "treize": 13,
    "quatorze": 14, "quinze": 15, "seize": 16, "vingt": 20, "vingts": 20, "trente": 30,
    "quarante": 40, "cinquante": 50, "soixante": 60,
}  # fmt: skip
SCALES = {"mille": 1_000, "million": 10**6, "millions": 10**6, "milliard": 10**9,
          "milliards": 10**9}  # fmt: skip


def _whole(words: list[str]) -> int:
    total = group = 0
    for word in words:
        if word in SCALES:
            total, group = total + max(group, 1) * SCALES[word], 0
        elif word in {"cent", "cents"}:
            group = max(group, 1) * 100
        elif word.startswith("vingt") and group % 100 == 4:
            group += 76  # quatre-vingt
        elif word != "et":
            group += VALUES[word]
    return total + group


@given(AMOUNTS)
def test_words_and_figures_agree(amount: Decimal) -> None:
    """Whatever the amount, reading the words gives the figures."""
    assert amount == read_words(in_words(amount))


def test_a_fraction_of_a_cent_is_never_said() -> None:
    """Nobody could pay it."""
    with pytest.raises(ValueError, match="do not say"):
        in_words(Decimal("0.001"))


def test_examples_are_true() -> None:
    """The examples of the docstrings hold."""
    for module in (decompte, reconcile_module, render):
        found = doctest.testmod(module)
        assert 0 == found.failed
        assert found.attempted


COLUMNS = (
    Colonne(titre="N°", genre=Genre.ENTIER),
    Colonne(titre="Agent"),
    Colonne(titre="Du", genre=Genre.JOUR),
    Colonne(titre="Remboursé", genre=Genre.MONTANT, is_totalise=True),
    Colonne(titre="Jours", genre=Genre.ENTIER, is_totalise=True),
)
CENTS = st.integers(-(10**9), 10**9).map(lambda n: Decimal(n).scaleb(-2))
ROWS = st.lists(
    st.tuples(st.text(max_size=12), st.none() | st.dates(), CENTS, st.integers(0, 400)),
    max_size=12,
)


def make(rows: list[tuple[object, ...]], titre: str = "Essai") -> Liste:
    """Build a list."""
    return Liste(titre=titre, entete=(), colonnes=COLUMNS, lignes=numbered(rows))


@given(ROWS)
def test_totals_are_those_of_the_lines(rows: list[tuple[object, ...]]) -> None:
    """Summed in cents, as whole numbers, the result is the same; words say it."""
    found = control(make(rows))
    money, days = found.totaux

    assert sum(int(row[2] * 100) for row in rows) == int(money.somme * 100)
    assert read_words(money.en_lettres) == money.somme
    assert sum(row[3] for row in rows) == days.somme
    assert (
        len(rows)
        == found.nb_lignes
        == _whole(found.nb_en_lettres.replace("-", " ").split())
    )


@given(ROWS, ROWS)
def test_the_digest_is_equal_only_for_equal_lists(
    one: list[tuple[object, ...]], other: list[tuple[object, ...]]
) -> None:
    """Same lines, same digest, whatever the title; other lines, another digest."""
    first = control(make(one)).empreinte

    assert first == control(make(one, titre="Autre titre")).empreinte
    assert (one == other) == (first == control(make(other)).empreinte)


@given(ROWS)
def test_a_list_kept_comes_back_the_same(rows: list[tuple[object, ...]]) -> None:
    """What is kept of an issued list gives the list again."""
    liste = make(rows)

    assert liste == from_json(to_json(liste))


KEYS = st.lists(st.sampled_from("abcde"), max_size=8)


@given(KEYS, KEYS)
def test_reconciling_is_a_mirror(announced: list[str], received: list[str]) -> None:
    """Exchange the two sides: missing becomes unexpected; nothing else moves."""
    here, there = reconcile(announced, received), reconcile(received, announced)

    assert sorted(here.manquants) == sorted(there.inattendus)
    assert sorted(here.inattendus) == sorted(there.manquants)
    assert sorted(here.communs) == sorted(there.communs)
    assert sorted(here.doubles_annonces) == sorted(there.doubles_recus)
    assert len(announced) == len(here.manquants) + len(here.communs)
    assert len(received) == len(here.inattendus) + len(here.communs)
    assert here.is_exact == (
        sorted(announced) == sorted(received) and len(set(announced)) == len(announced)
    )
