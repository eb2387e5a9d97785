"""The portraits of the house are whole, and a bad file is refused by its name and key."""

from pathlib import Path

import pytest

from classifiers.champs.releve import Releve
from classifiers.fields import READERS, read_fields
from classifiers.portraits import FOLDER, PortraitError, load, portraits, read
from classifiers.verdict import BLANCHE

CATALOGUE = [
    "AAT",
    "CMATMP",
    "CERT_ARRET",
    "CERT_MED",
    "CERT_FINAL",
    "DECL_AS",
    "DECL_MP",
    "DAT",
    "FEUILLE_AT",
    "ATT_PEC",
    "ENQUETE",
    "ARRETE",
    "PV_CM",
    "BULLETIN",
    "ATT_SALAIRE",
    "DECOMPTE_IJ",
    "CERT_GROSSESSE",
    "ACTE_NAISSANCE",
    "ADOPTION",
    "ACTE_DECES",
    "CERT_DECES",
    "AYANTS_DROIT",
    "ORDONNANCE",
    "FEUILLE_SOINS",
    "FACTURE",
    "TRANSPORT",
    "DEVIS",
    "DECOMPTE_MUT",
    "RIB",
    "DEMANDE_TPT",
    "EXPERTISE",
    "RECOURS",
    "BORD_PAPIER",
    "COURRIER",
    "AUTRE",
    "BLANCHE",
]


def test_every_type_of_the_catalogue_has_a_portrait() -> None:
    """One portrait per type, and one reader of fields."""
    assert sorted(CATALOGUE) == sorted(p.code for p in portraits())
    assert set(CATALOGUE) - {BLANCHE} == {*READERS, "DECOMPTE_IJ"}
    assert Releve([]).champs == read_fields("AAT", []).champs


def test_every_portrait_but_the_blank_has_a_title() -> None:
    """A type without a title could be recognised by chance only."""
    bare = [p.code for p in portraits() if not p.titres and not len(p.mots) > 10]

    assert [BLANCHE] == bare
    assert len(portraits()) == len(list(FOLDER.glob("*.toml")))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('code = "AAT"\nlibelle = "x"\n[titres]\n"avis" = "fort"', "line 4: 'avis'"),
        ('code = "AAT"\nlibelle = "x"\ntitre = 3', "line 3: 'titre'"),
        ('code = "aat"\nlibelle = "x"', "'code'"),
        ('code = "AAT"', "'libelle'"),
        ('code = "AAT"\nlibelle = "x"\n[mots]\n"avis" = 99', "from 0 to 10"),
        ('code = "AAT"\nlibelle = "x"\n[mots]\n"avis" = 1\n"AVIS" = 2', "said twice"),
        ('code = "AAT"\nlibelle = "x"\n[mots]\n"«»" = 1', "no word"),
        ('code = "AAT"\nlibelle = "x"\n[cerfas]\n"1017" = 1', "cerfa"),
        ('code = "AAT"\nlibelle = "x"\nhaut = 4.0', "'haut'"),
        ('code = "AAT"\nlibelle = "x"\nmots = 3', "'mots'"),
        ('code = "AAT', "end of document"),
    ],
)
def test_a_bad_file_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    """The message names the file, and the line or the key."""
    path = tmp_path / "aat.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(PortraitError) as caught:
        read(path)
    assert "aat.toml" in str(caught.value)
    assert said in str(caught.value)


def test_two_portraits_of_one_type_are_refused(tmp_path: Path) -> None:
    """One type has one portrait; an empty folder is no portrait gallery."""
    with pytest.raises(PortraitError):
        load(tmp_path)
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text('code = "AAT"\nlibelle = "x"', encoding="utf-8")
    with pytest.raises(PortraitError, match="AAT"):
        load(tmp_path)
