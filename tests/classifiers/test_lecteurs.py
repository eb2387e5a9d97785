"""Readers of days, periods, amounts, numbers and names, and what noise does to them."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import marks
from classifiers.dates import MOIS, find_days, find_months, find_periods, month_number
from classifiers.feuille import Feuille
from classifiers.montants import find_amounts
from classifiers.nombres import number_from_words
from classifiers.noms import civil_names, doctor_names, name_in
from classifiers.numeros import (
    find_bics,
    find_ibans,
    find_nirs,
    find_rpps,
    find_sirens,
    find_sirets,
    is_nir,
    is_siret,
    nir_key,
    nir_without_key,
)
from classifiers.text import flat, fold, phrase, skeleton, unspaced
from records.references import Sujet, new_reference
from tests.classifiers.feuillets import page

DAYS = st.dates(dt.date(1925, 1, 1), dt.date(2040, 12, 31))


def days(text: str, *, comb: bool = False) -> list[str]:
    """Return the days of a text, as ISO."""
    return [found.jour.isoformat() for found in find_days(flat(text), comb=comb)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("le 03/02/2026", ["2026-02-03"]),
        ("le 3.2.2026", ["2026-02-03"]),
        ("le 03-02-26", ["2026-02-03"]),
        ("né le 03/02/58", ["1958-02-03"]),
        ("le 3 février 2026", ["2026-02-03"]),
        ("le 1er mars 2026", ["2026-03-01"]),
        ("le 1 er mars 2026", ["2026-03-01"]),
        ("le premier février deux mille vingt-six", ["2026-02-01"]),
        ("le vingt et un août mil neuf cent quatre-vingt-dix-huit", ["1998-08-21"]),
        ("O3/O2/2O26", ["2026-02-03"]),
        ("l2 décernbre 2025", ["2025-12-12"]),
        ("03 02 2026", ["2026-02-03"]),
        ("2026-02-03", ["2026-02-03"]),
        ("31/02/2026", []),
        ("45/13/2026", []),
        ("tél. 05 49 12 20 26", []),
        ("article 12/3", []),
        ("du 03/02/2026 au 15/02/2026", ["2026-02-03", "2026-02-15"]),
    ],
)
def test_days(text: str, expected: list[str]) -> None:
    """A day is read however it is written, and only if it exists."""
    assert expected == days(text)


@pytest.mark.parametrize(
    "text",
    [
        "03022026",
        "0 3 0 2 2 0 2 6",
        "03 02 2026",
        "|0|3|0|2|2|0|2|6|",
        "0 3  0 2  2 0 2 6",
    ],
)
def test_combs(text: str) -> None:
    """Figures in boxes are a day where a label says so."""
    assert ["2026-02-03"] == days(text, comb=True)


@pytest.mark.parametrize(
    "text",
    ["|2 |q | (1 2 | 2025", "13] ] | | ol | | 2026", "2 85 05 78 006 084", "0302202"],
)
def test_a_garbled_comb_is_not_guessed(text: str) -> None:
    """Cells lost or taken for letters between walls make no day."""
    assert [] == days(text, comb=True)


@settings(deadline=None)
@given(DAYS)
def test_days_round_trip(day: dt.date) -> None:
    """What is written in figures, in letters or in a comb is read back."""
    written = f"{day.day} {MOIS[day.month - 1]} {day.year}"

    assert [day.isoformat()] == days(f"{day:%d/%m/%Y}")
    assert [day.isoformat()] == days(written)
    assert [day.isoformat()] == days(" ".join(f"{day:%d%m%Y}"), comb=True)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_searched(text: str) -> None:
    """No text makes a reader fail."""
    plat = flat(text)
    find_days(plat, comb=True)
    find_periods(plat)
    find_months(plat)
    find_amounts(plat)
    find_nirs(plat, labelled=True)
    find_ibans(plat)
    find_sirets(plat)
    list(civil_names(text))
    name_in(text)

    assert len(plat) == len(text)


@settings(deadline=None)
@given(st.text(max_size=80))
def test_folding_is_idempotent(text: str) -> None:
    """A folded text folds to itself."""
    assert fold(text) == fold(fold(text))
    assert flat(text) == flat(flat(text))
    assert skeleton(fold(text)) == skeleton(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("du 03/02/2026 au 15/02/2026 inclus", ("2026-02-03", "2026-02-15")),
        (
            "à compter du 3 février 2026 jusqu'au 15 février 2026",
            ("2026-02-03", "2026-02-15"),
        ),
        (
            "à compter du 03022026 jusqu'au 15022026 inclus",
            ("2026-02-03", "2026-02-15"),
        ),
        ("du 1er au 15 février", None),
        ("du 15/02/2026 au 03/02/2026", None),
        ("du 03/02/2026, reprise le 15/02/2026", None),
    ],
)
def test_periods(text: str, expected: tuple[str, str] | None) -> None:
    """« du … au … » is a period; one that ends before it starts is not."""
    found = find_periods(flat(text))
    read = [(p.debut.isoformat(), p.fin.isoformat()) for p in found]

    assert ([expected] if expected else []) == read


@pytest.mark.parametrize(
    ("text", "expected"),
    [("mars 2026", "2026-03"), ("FÉVRIER 2026", "2026-02"), ("03/2026", "2026-03"),
     ("déc. 2025", "2025-12"), ("3 mars 26", None), ("12/03/2026", None)],
)  # fmt: skip
def test_months(text: str, expected: str | None) -> None:
    """A month of pay is a name or a number with its year."""
    found = find_months(flat(text))

    assert expected == (found[0].mois if found else None)


def test_month_names_misread() -> None:
    """A month's name is known through a misread letter, not through another word."""
    assert [1, 8, 10, None, None] == [
        month_number(w) for w in ("ianvier", "aout", "octobrc", "marche", "mai1e")
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1 234,56 €", "1234.56"), ("1.234,56", "1234.56"), ("12,00 EUR", "12.00"),
     ("-58,20 €", "-58.20"), ("(58,20)", "-58.20"), ("58,20-", "-58.20"),
     ("112 €", "112.00"), ("2 l71,O9", "2171.09"), ("l'an 2026", None), ("10,5 %", None),
     ("03.02.2026", None)],
)  # fmt: skip
def test_amounts(text: str, expected: str | None) -> None:
    """Amounts have two decimals or a currency."""
    found = find_amounts(flat(text))

    assert expected == (found[0].valeur if found else None)


@settings(deadline=None)
@given(st.decimals(min_value=0, max_value=999999, places=2))
def test_amounts_round_trip(amount: object) -> None:
    """What is written with spaces and a comma is read back."""
    text = f"{amount:,.2f}".replace(",", " ").replace(".", ",")

    assert [f"{amount:.2f}"] == [m.valeur for m in find_amounts(f"total {text} euros")]


BODIES = st.tuples(
    st.sampled_from("12"), st.integers(0, 99), st.integers(1, 12), st.integers(1, 95),
    st.integers(1, 999), st.integers(1, 999),
)  # fmt: skip


@settings(deadline=None)
@given(BODIES)
def test_nir_key_proves(parts: tuple[str, int, int, int, int, int]) -> None:
    """A NIR is read in groups, in a comb, in a run; one wrong figure and it is not."""
    sex, year, month, place, town, rank = parts
    body = f"{sex}{year:02d}{month:02d}{place:02d}{town:03d}{rank:03d}"
    nir = body + nir_key(body)
    groups = (
        f"{nir[0]} {nir[1:3]} {nir[3:5]} {nir[5:7]} {nir[7:10]} {nir[10:13]} {nir[13:]}"
    )
    wrong = nir[:-1] + str((int(nir[-1]) + 1) % 10)

    assert is_nir(nir)
    assert not is_nir(wrong)
    for text in (nir, groups, " ".join(nir)):
        assert [nir] == [n.valeur for n in find_nirs(text)]
    assert [] == find_nirs(wrong, labelled=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1|85|05|78|006|084|91", ["185057800608491"]),
        ("1 8 5 0 5 7 8 0 0 6 0 8 4 9 1", ["185057800608491"]),
        ("[1]85[05]78[006]084[91]", ["185057800608491"]),
        ("l 85 O5 78 OO6 O84 9l", ["185057800608491"]),
        ("1 85 05 2A 006 084 " + nir_key("185052A006084"),
         ["185052A006084" + nir_key("185052A006084")]),
        ("1 85 13 78 006 084 91", []),
        ("73282932000074", []),
    ],
)  # fmt: skip
def test_nir_in_frames(text: str, expected: list[str]) -> None:
    """Beside its label a NIR is read through frames and misread figures."""
    assert expected == [n.valeur for n in find_nirs(flat(text), labelled=True)]


def test_nir_without_key_is_less_sure() -> None:
    """Thirteen figures get their key, and a low score."""
    found = nir_without_key("1 85 05 78 006 084")

    assert found is not None
    assert ("185057800608491", True) == (found.valeur, found.score < 0.7)


def test_numbers_that_prove_themselves() -> None:
    """SIRET, SIREN, IBAN, BIC and RPPS are read by their keys or labels."""
    text = flat(
        "SIRET 732 829 320 00074 SIREN 732829320 RPPS : 10101010103 IBAN FR76 3000 6000 "
        "0112 3456 7890 189 BIC AGRIFRPP"
    )

    assert ["73282932000074"] == [n.valeur for n in find_sirets(text)]
    assert ["732829320"] == [n.valeur for n in find_sirens(text)][:1]
    assert ["10101010103"] == [n.valeur for n in find_rpps(text)]
    assert ["FR7630006000011234567890189"] == [n.valeur for n in find_ibans(text)]
    assert ["AGRIFRPP"] == [n.valeur for n in find_bics(text)]
    assert is_siret("35600000000048")  # La Poste
    assert [] == find_ibans(flat("FR76 3000 6000 0112 3456 7890 188"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("10170*07", "10170*07"), ("n° 10170 * O4", "10170*04"), ("11138#05", "11138*05"),
     ("cerfa 1017007", "10170*07"), ("n° 1O170*07", "10170*07"), ("14463°03", "14463*03"),
     ("60-3682", "60-3682"), ("cerfa n° 12541", "12541"), ("86000 Poitiers", None),
     ("tél 0512541", None), ("12/05/2026", None)],
)  # fmt: skip
def test_cerfa_numbers(text: str, expected: str | None) -> None:
    """Form numbers are read with their edition, whatever the separator became."""
    found = marks.cerfas(Feuille(page(text)))

    assert expected == (found[0].valeur if found else None)


def test_our_references_and_event_numbers() -> None:
    """Our references are believed by their check letter; event numbers by their shape."""
    reference = new_reference(Sujet.EVENEMENT, 2026)
    wrong = reference[:-1] + ("A" if reference[-1] != "A" else "B")
    sheet = Feuille(
        page(f"Réf. {reference}", wrong, "Dossier n° S26-10003", "F26-1034")
    )

    assert [reference] == [m.valeur for m in marks.references(sheet)]
    assert ["S26-10003"] == [m.valeur for m in marks.event_numbers(sheet)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" : ROUVREL Paul.......", "ROUVREL Paul"),
        ("  TARDIVEL Noémie  Né(e) le 12/05/1985", "TARDIVEL Noémie"),
        (
            " Madame BARDONNEX née TARDIVEL Luce, née le 03/02/1980",
            "Madame BARDONNEX née TARDIVEL Luce",
        ),
        (" L'HŒUILLIER Jean-Noël", "L'HŒUILLIER Jean-Noël"),
        (" SAINT AUBIN (DE) Odile", "SAINT AUBIN (DE) Odile"),
        (" D'ARTOIS M.", "D'ARTOIS M."),
        (" à l'employeur ou à France Travail", None),
        (" 12 rue Haute", None),
        (" Le Maire", None),
    ],
)
def test_labelled_names(text: str, expected: str | None) -> None:
    """A name stops where something else begins; a sentence is no name."""
    found = name_in(text)

    assert expected == (found.nom if found else None)


def test_civil_names_across_rows() -> None:
    """A family name may stand on the next row; another line is not swallowed."""
    text = (
        "avoir examiné Madame Noémie\nTARDIVEL, et Monsieur Paul ROUVREL\nMatricule 12"
    )

    assert ["Madame Noémie TARDIVEL", "Monsieur Paul ROUVREL"] == [
        " ".join(n.nom.split()) for n in civil_names(text)
    ]


def test_doctors() -> None:
    """Every way to write a doctor is « Docteur »."""
    assert ["Docteur Lise QUENTREC", "Docteur A. MIRECOURT"] == [
        n.nom for n in doctor_names("Docteur Lise QUENTREC, Dr A. MIRECOURT")
    ]


def test_numbers_in_words() -> None:
    """Tens of seventy and ninety are counted as in French."""
    assert [71, 80, 91, 2026, None] == [
        number_from_words(w)
        for w in ("soixante et onze", "quatre vingts", "quatre vingt onze",
                  "deux mille vingt six", "mars")
    ]  # fmt: skip


# --- finding phrases on a page --------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    ["avis d'arrêt de travail", "AVIS D’ARRET DE TRAVAIL", "avis d'arrét dc travail",
     "av1s d'arret de travai1", "avisd'arrêt detravail", "A V I S d'arrêt de travail"],
)  # fmt: skip
def test_phrases_are_found_through_noise(line: str) -> None:
    """A phrase is found with its zone, as written or nearly."""
    feuille = Feuille(page("Commune de Vaubrun", line, "autre chose"))
    found = feuille.find(phrase("avis d'arrêt de travail"))

    assert 1 == len(found)
    zone = feuille.zone(found[0].debut, found[0].fin)
    assert zone is not None
    assert 0.06 < zone.y < 0.08


def test_other_phrases_are_not_found() -> None:
    """Nearly is not anything: a birth is not a death."""
    feuille = Feuille(page("extrait d'acte de naissance", "certificat médical"))

    assert [] == feuille.find(phrase("extrait d'acte de décès"))
    assert [] == feuille.find(phrase("certificat de travail"))


def test_columns_are_kept_apart() -> None:
    """What follows a label stops being read at the next column only by its reader."""
    feuille = Feuille(page("Nom de famille : ROUVREL    Nom d'usage :"))
    touche = feuille.find(phrase("nom de famille"))[0]

    assert ": ROUVREL  Nom d'usage :" == feuille.after(touche).texte.strip()


def test_spaced_letters_are_joined() -> None:
    """Return the days of a text, as ISO."""
    """Letters kept apart by a comb are one word."""
    assert "n° 28107 du 3 mai" == unspaced("n° 2 8 1 0 7 du 3 mai")
