"""Untrusted request → model, or a list of what is wrong, field by field, in French."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from socle.errors import ErreurChamp, RefusedError

M = TypeVar("M", bound=BaseModel)

_SENTENCES = {
    "missing": "Ce champ est obligatoire.",
    "extra_forbidden": "Ce champ n'existe pas : vérifiez son nom.",
    "string_type": "Un texte est attendu.",
    "string_too_short": "Trop court : {min_length} caractères au moins.",
    "string_too_long": "Trop long : {max_length} caractères au plus.",
    "string_pattern_mismatch": "La forme n'est pas celle attendue.",
    "int_type": "Un nombre entier est attendu.",
    "int_parsing": "Un nombre entier est attendu.",
    "int_from_float": "Un nombre entier est attendu.",
    "greater_than_equal": "Trop petit : {ge} au moins.",
    "less_than_equal": "Trop grand : {le} au plus.",
    "bool_type": "Répondez true ou false.",
    "bool_parsing": "Répondez true ou false.",
    "literal_error": "Valeur inconnue : choisissez parmi {expected}.",
    "decimal_type": "Un montant est attendu, par exemple 1234.50.",
    "decimal_parsing": "Un montant est attendu, par exemple 1234.50.",
    "decimal_max_places": "Deux décimales au plus.",
    "list_type": "Une liste est attendue.",
    "too_long": "Trop d'éléments : {max_length} au plus.",
    "too_short": "Pas assez d'éléments : {min_length} au moins.",
    "dict_type": "Un objet est attendu.",
    "model_type": "Un objet est attendu.",
    "model_attributes_type": "Un objet est attendu.",
}
_DAY = "Un jour est attendu, sous la forme AAAA-MM-JJ."


# how U+0000 or half a pair may be written: escaped, in UTF-16, or in bytes of UTF-8
_MAY_HIDE = (b"\\u", b"\0", b"\xed")


async def read_body(request: web.Request, model: type[M]) -> M:
    """Return the JSON body as a model; raises `RefusedError` with every wrong field."""
    if request.content_type != "application/json":
        raise RefusedError(
            "format-refuse", "Envoyez du JSON (Content-Type: application/json)."
        )
    try:
        raw = await request.read()
        parsed = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise RefusedError(
            "corps-illisible", "Le contenu envoyé n'est pas du JSON lisible en UTF-8."
        ) from error
    if any(sign in raw for sign in _MAY_HIDE) and _has_nul(parsed):
        raise RefusedError(
            "corps-illisible", "Le contenu envoyé porte un caractère nul (U+0000)."
        )
    return check(model, parsed)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _has_nul(value: object) -> bool:
    """Tell whether a text holds U+0000 (PostgreSQL cannot keep it) or half a pair."""
    if isinstance(value, str):
        return "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value)
    if isinstance(value, dict):
        return any(_has_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(_has_nul(part) for part in value)


def read_query(request: web.Request, model: type[M]) -> M:
    """Return the query string as a model; a repeated or unknown name is refused."""
    given: dict[str, Any] = {}
    for name, value in request.query.items():
        if name in given:
            raise _invalid((ErreurChamp(
                champ=name, code="repete", detail="Ce paramètre est donné deux fois."
            ),))  # fmt: skip
        if value != "":
            given[name] = value
    if _has_nul(given):
        raise RefusedError("corps-illisible", "L'adresse porte un caractère nul.")
    return check(model, given)


def check(model: type[M], given: Mapping[str, Any]) -> M:
    """Validate; raises `RefusedError` naming every wrong field."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise _invalid(_fields(error.errors(include_url=False))) from None


def _invalid(erreurs: Iterable[ErreurChamp]) -> RefusedError:
    listed = tuple(erreurs)
    names = ", ".join(dict.fromkeys(e.champ for e in listed)) or "la demande"
    return RefusedError(
        "demande-invalide", f"Corrigez, puis recommencez : {names}.", erreurs=listed
    )


def _fields(errors: Iterable[ErrorDetails]) -> list[ErreurChamp]:
    return [
        ErreurChamp(
            champ=".".join(str(part) for part in error["loc"]),
            code=error["type"].replace("_", "-"),
            detail=_sentence(error),
        )
        for error in errors
    ]


def _sentence(error: ErrorDetails) -> str:
    kind = error["type"]
    if kind.startswith("date"):
        return _DAY
    if kind == "value_error":
        return f"{error['ctx']['error']}.".capitalize()
    found = _SENTENCES.get(kind)
    if found is None:
        return "Cette valeur n'est pas acceptée."
    context = {name: str(value) for name, value in (error.get("ctx") or {}).items()}
    return found.format(**context).replace(" or ", " ou ")
