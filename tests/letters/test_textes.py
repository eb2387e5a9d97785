"""A wording chooses words, and nothing else: what is broken is refused when saved."""

import re

import pytest

from letters import redaction, textes
from records.comptes import HOUSE
from records.store import journal
from socle.db import Database
from socle.errors import RefusedError
from tests.letters.bureau import NOW, TODAY, make_bureau, make_world, text_of

BROKEN = (
    "{{ inconnue }}",
    "{{ collectivite",
    "{% for x in range(10) %}x{% endfor %}",
    "{{ ''.__class__ }}",
    "{{ collectivite.__init__ }}",
    "{{ 'a' * 100000000 }}",
    "{{ 10 ** 10 }}",
    "{% set x = 1 %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{{ collectivite.format() }}",
    "{{ cycler }}",
    "{{ nb_documents / 0 }}",
    "{{ relance | tojson }}",
    "{% if derniere %}{{ absente }}{% endif %}",
    "x" * (textes.MAX_TEXT + 1),
)


@pytest.mark.parametrize("texte", BROKEN)
def test_a_broken_text_is_refused_with_its_name(texte: str) -> None:
    """Unknown names, loops, calls, products: refused, the text at fault is named."""
    with pytest.raises(RefusedError) as refused:
        textes.check("document_manquant", {"introduction": texte})

    assert ["introduction"] == [one.champ for one in refused.value.erreurs]


@pytest.mark.parametrize("nature", redaction.NATURES)
def test_the_texts_shipped_compose(nature: str) -> None:
    """What is shipped passes the same door as what people write."""
    textes.check(nature, textes.shipped(nature))


def test_values_are_never_read_as_a_template() -> None:
    """A name that looks like a template is a name."""
    said = textes.rendered("{{ collectivite }}", {"collectivite": "{{7*7}}"})

    assert "{{7*7}}" == said


def test_the_nearest_wording_wins(database: Database, tmp_path: object) -> None:
    """Shipped, then the house's, then the collectivité's; versions follow and stay."""
    bureau, place = make_bureau(database, tmp_path), make_world(database, 1)  # type: ignore[arg-type]
    for who, said in ((None, "Pour toutes."), (place.id, "Pour vous."),
                      (place.id, "Pour vous, mieux.")):  # fmt: skip
        database.write(
            redaction.save, "document_manquant", who, {"introduction": said},
            auteur="x", now=NOW,
        )  # fmt: skip

    from letters import courriers, edition

    (letter,) = edition.edit(bureau, place.id, TODAY, NOW)

    with bureau.storage.local(courriers.owner_of(place.id), letter.empreinte) as path:
        said = text_of(path.read_bytes())
    kept = database.read(redaction.versions, "document_manquant", place.id)
    assert "Pour vous, mieux." in said
    assert "Pour toutes." not in said
    assert [2, 1] == [version.version for version in kept]
    assert {"introduction": "Pour vous."} == dict(kept[1].textes)
    assert () == database.read(journal.verify)
    assert HOUSE.sees(place.id)


def test_a_broken_wording_keeps_nothing(database: Database) -> None:
    """One text at fault among good ones: nothing is saved."""
    with pytest.raises(RefusedError):
        database.write(
            redaction.save, "document_manquant", None,
            {"introduction": "Bonjour.", "consequences": "{{ nope }}"},
            auteur="x", now=NOW,
        )  # fmt: skip

    assert () == database.read(redaction.versions, "document_manquant", None)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("{% if relance %}x", "« if » n’est pas refermé"),
        ("{{ inconnu }}", "« inconnu » n’est pas un mot connu"),
        ("{{ date | reverse }}", "« reverse » n’existe pas"),
        ("{% for a in date %}{% endfor %}", "un modèle n’accepte pas une boucle (for)"),
        ("{{ relance", "une accolade ou un mot manque, ou est de trop"),
        ("{% endif %}", "« endif » est inconnu, ou de trop"),
        ("{{ relance + date }}", "deux valeurs qui ne vont pas ensemble"),
    ],
)
def test_what_is_wrong_is_said_in_french(text: str, cause: str) -> None:
    """Who writes a wording reads what to mend, never the machinery's words."""
    with pytest.raises(RefusedError, match=re.escape(cause)):
        textes.rendered(text, textes.CONNUS)
