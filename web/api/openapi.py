"""The OpenAPI 3.1 description, drawn from the operations and their models."""

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from apispec import APISpec
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from web.api.operations import PREFIX, Operation
from web.api.reponses import Probleme
from web.problems import TITLES
from web.security import PUBLIC

_REF = "#/components/schemas/{model}"
_PARAMETERS = {
    "reference": "Référence, par exemple EV-2026-7Q4KX-9M2TD-G.",
    "piece": "Référence de la pièce attendue.",
    "page": "Numéro de page, à partir de 1.",
    "n": "Rang de l'édition, à partir de 1.",
    "typologie": "Typologie d'action.",
    "consequence": "Référence de la conséquence.",
    "recours": "Référence du recours.",
}
_DESCRIPTION = """\
Dépôt et suivi des justificatifs de l'assurance statutaire.

Les jours sont des dates ISO et `fin` est **inclus** ; les instants sont en UTC ; les
montants sont des textes à deux décimales. Les listes se parcourent par curseur : renvoyez
`suivant` dans `curseur`. Les erreurs suivent la RFC 9457 (`application/problem+json`).
"""


def describe(operations: Iterable[Operation], *, version: str) -> dict[str, Any]:
    """Return the whole description as JSON-ready values."""
    listed = list(operations)
    spec = APISpec(
        title="Vaguemestre",
        version=version,
        openapi_version="3.1.0",
        info={"description": _DESCRIPTION},
        servers=[{"url": "/"}],
        tags=[{"name": tag} for tag in dict.fromkeys(o.etiquette for o in listed)],
    )
    spec.components.security_scheme(
        "jeton", {"type": "http", "scheme": "bearer", "bearerFormat": "vg_…"}
    )
    refs = _schemas(spec, listed)
    for operation in listed:
        spec.path(
            path=PREFIX
            + re.sub(r"\{(\w+):[^{}]*(?:\{[^{}]*\})?[^{}]*\}", r"{\1}", operation.path),
            operations={operation.method.lower(): _operation(operation, refs)},
        )
    described: dict[str, Any] = spec.to_dict()
    return described


def _schemas(
    spec: APISpec, operations: list[Operation]
) -> dict[tuple[type[BaseModel], str], dict[str, Any]]:
    wanted: list[tuple[type[BaseModel], Any]] = [(Probleme, "serialization")]
    for operation in operations:
        if operation.corps is not None:
            wanted.append((operation.corps, "validation"))
        if isinstance(operation.reponse, type):
            wanted.append((operation.reponse, "serialization"))
    refs, definitions = models_json_schema(wanted, ref_template=_REF)
    for name, schema in definitions.get("$defs", {}).items():
        spec.components.schema(name, schema)
    return refs  # type: ignore[return-value]


def _operation(operation: Operation, refs: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.nom,
        "summary": operation.resume,
        "tags": [operation.etiquette],
        "parameters": [*_path_parameters(operation), *_query_parameters(operation)],
        "responses": _responses(operation, refs),
        "security": [] if operation.policy == PUBLIC else [{"jeton": []}],
    }
    if operation.detail:
        described["description"] = operation.detail
    if operation.formulaire is not None:
        if operation.has_cle:
            described["parameters"].append(_idempotency_key())
        content = {"multipart/form-data": {"schema": operation.formulaire}}
        described["requestBody"] = {"required": True, "content": content}
    elif operation.corps is not None:
        schema = refs[operation.corps, "validation"]
        content = {"application/json": {"schema": schema}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _PARAMETERS.get(name, name),
            "schema": {"type": "integer", "minimum": 1}
            if name in {"page", "n"}
            else {"type": "string"},
        }
        for name in re.findall(r"\{(\w+)", operation.path)
    ]


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    schema = operation.query.model_json_schema(ref_template=_REF)
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "schema": _without_null(field),
        }
        for name, field in schema.get("properties", {}).items()
    ]


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    """Drop the null branch: an absent parameter is absent, never the word « null »."""
    branches = field.get("anyOf")
    if branches is None:
        return field
    kept = [branch for branch in branches if branch.get("type") != "null"]
    rest = {k: v for k, v in field.items() if k not in {"anyOf", "default"}}
    return {**kept[0], **rest} if len(kept) == 1 else {"anyOf": kept, **rest}


def _idempotency_key() -> dict[str, Any]:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "Même clé et mêmes octets : même réponse. "
        "Même clé et autres octets : 422.",
        "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[ -~]+$",
        },
    }


def _responses(
    operation: Operation, refs: dict[Any, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    answers: dict[str, dict[str, Any]] = {}
    good = {operation.statut, operation.statut_essai or operation.statut}
    if operation.formulaire is not None:
        good.add(200)
    for status in sorted(good):
        answers[str(status)] = {"description": HTTPStatus(status).phrase}
        if operation.reponse is not None:
            answers[str(status)]["content"] = _content(operation, refs)
    usual = {400, 401, 403, 404, 422}
    if operation.corps is not None or operation.formulaire is not None:
        usual |= {413, 415}
    problem = {"application/problem+json": {"schema": refs[Probleme, "serialization"]}}
    for status in sorted(usual | set(operation.erreurs)):
        answers[str(status)] = {"description": TITLES[status], "content": problem}
    return answers


def _content(operation: Operation, refs: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    if isinstance(operation.reponse, str):
        return {operation.reponse: {"schema": {"type": "string", "format": "binary"}}}
    return {"application/json": {"schema": refs[operation.reponse, "serialization"]}}
