"""The wording of letters: Jinja2 in a sandbox, strict on names, tried before it is kept.

Wording decides words only. It never sees a database row, an agent or a diagnosis: its
variables are the few facts of `CONNUS`.
"""

import functools
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from socle.errors import ErreurChamp, RefusedError

FOLDER = Path(__file__).parent / "modeles"
MAX_TEXT = 6_000
MAX_RENDERED = 20_000
# an invented letter on which a wording is tried before it is kept
CONNUS: dict[str, Any] = {
    "relance": 1,
    "derniere": False,
    "nb_documents": 2,
    "nb_agents": 1,
    "collectivite": "Commune de Valbrune",
    "contrat": "C-2024-17",
    "date": "30 septembre 2026",
    "adresse_portail": "https://portail.exemple",
    "montant_bloque": "1 234,50 €",
    "delai_jours": 90,
    "agent": "DURAND Camille",
    "evenement": "Accident de service du 12/05/2026",
    "circonstances": "Chute dans un escalier.",
}
# a wording chooses and joins words; it neither loops, calls nor multiplies
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.CondExpr,
    nodes.Name, nodes.Const, nodes.Compare, nodes.Operand, nodes.And, nodes.Or,
    nodes.Not, nodes.Filter, nodes.Test, nodes.Concat, nodes.Add, nodes.Sub,
    nodes.Neg,
)  # fmt: skip
_FILTERS = frozenset({"upper", "lower", "capitalize", "trim", "default"})


@functools.cache
def _environment() -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # the layout receives text, never markup
    )
    made.globals.clear()
    for name in set(made.filters) - _FILTERS:
        del made.filters[name]
    return made


@functools.cache
def shipped(nature: str) -> Mapping[str, str]:
    """Return the texts shipped for a nature of letter, by name."""
    with (FOLDER / f"{nature}.toml").open("rb") as file:
        texts: dict[str, str] = tomllib.load(file)
    return {name: text.strip("\n") for name, text in texts.items()}


def rendered(text: str, values: Mapping[str, Any]) -> str:
    """Return a text with its values; raises `RefusedError` when it cannot be."""
    try:
        made = _compiled(text).render(values)
    except (jinja2.TemplateError, ArithmeticError, TypeError, ValueError) as error:
        raise RefusedError("modele-refuse", _sentence(error)) from error
    except RecursionError as error:
        raise RefusedError("modele-refuse", "Ce texte est trop imbriqué.") from error
    if len(made) > MAX_RENDERED:
        raise RefusedError("modele-refuse", "Ce texte donne une lettre trop longue.")
    return made


@functools.lru_cache(maxsize=512)
def _compiled(text: str) -> jinja2.Template:
    parsed = _environment().parse(text)
    for node in parsed.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED):
            raise InterditError(type(node), getattr(node, "lineno", 1))
    return _environment().from_string(text)


class InterditError(jinja2.TemplateSyntaxError):
    """The wording uses what a wording may not."""

    def __init__(self, kind: type[nodes.Node], lineno: int) -> None:
        self.what = _KINDS.get(kind, "cette construction")
        super().__init__(self.what, lineno)


# what a clerk may have typed, for what Jinja calls it
_KINDS: dict[type[nodes.Node], str] = {
    nodes.Call: "un appel (un mot suivi de parenthèses)",
    nodes.Getattr: "un point entre deux mots",
    nodes.Getitem: "un crochet",
    nodes.For: "une boucle (for)",
    nodes.Assign: "une affectation (set)",
    nodes.Mul: "une multiplication",
    nodes.Div: "une division",
}
_UNCLOSED = re.compile(r"to be closed is '(\w+)'")
_QUOTED = re.compile(r"'(\w+)'")


def _sentence(error: Exception) -> str:
    line = getattr(error, "lineno", None)
    where = f" (ligne {line})" if line else ""
    return f"Ce texte ne peut pas être composé{where} : {_cause(error)}."


def _cause(error: Exception) -> str:
    """Say in French, to who wrote the wording, what the machinery found wrong."""
    said = str(getattr(error, "message", "") or error)
    named = _QUOTED.search(said)
    name = named[1] if named else ""
    if isinstance(error, InterditError):
        return f"un modèle n’accepte pas {error.what}"
    if isinstance(error, jinja2.UndefinedError) and name:
        return f"« {name} » n’est pas un mot connu ; la liste est sous le formulaire"
    if isinstance(error, jinja2.TemplateAssertionError) and name:
        return f"« {name} » n’existe pas ; sont permis : {', '.join(sorted(_FILTERS))}"
    if not isinstance(error, jinja2.TemplateError):
        return "deux valeurs qui ne vont pas ensemble (un nombre et un texte ?)"
    return _misread(said, name)


def _misread(said: str, name: str) -> str:
    """Say what stopped the reading of a wording."""
    if unclosed := _UNCLOSED.search(said):
        return f"« {unclosed[1]} » n’est pas refermé"
    if "unknown tag" in said:
        return f"« {name} » est inconnu, ou de trop"
    return "une accolade ou un mot manque, ou est de trop"


def paragraphs(text: str, values: Mapping[str, Any]) -> list[str]:
    """Return the paragraphs of a text, cut at empty lines; empty ones left out."""
    made = rendered(text, values)
    parts = (" ".join(part.split()) for part in made.split("\n\n"))
    return [part for part in parts if part]


def lines(text: str, values: Mapping[str, Any]) -> list[str]:
    """Return the lines of a text, as they are."""
    made = rendered(text, values)
    return [" ".join(line.split()) for line in made.split("\n")]


def check(nature: str, changed: Mapping[str, str]) -> None:
    """Try a wording on every rank; raises `RefusedError` naming each text at fault."""
    known = shipped(nature)
    erreurs = []
    for name, text in changed.items():
        try:
            _check_one(name, text, known)
        except RefusedError as error:
            erreurs.append(
                ErreurChamp(champ=name, code="modele-refuse", detail=error.detail)
            )
    if erreurs:
        raise RefusedError(
            "modele-refuse",
            "Ce modèle n'est pas enregistré : corrigez les textes signalés.",
            erreurs=tuple(erreurs),
        )


def _check_one(name: str, text: str, known: Mapping[str, str]) -> None:
    if name not in known:
        raise RefusedError("modele-refuse", "Ce texte n'existe pas dans ce modèle.")
    if len(text) > MAX_TEXT:
        raise RefusedError("modele-refuse", f"{MAX_TEXT} caractères au plus.")
    for rank, last, amount in ((1, False, ""), (2, False, "12,00 €"), (3, True, "")):
        values = {**CONNUS, "relance": rank, "derniere": last, "montant_bloque": amount}
        made = rendered(text, values)
    if name in {"titre", "emetteur", "introduction"} and not made.strip():
        raise RefusedError("modele-refuse", "Ce texte ne peut pas être vide.")
