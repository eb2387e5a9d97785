"""`/api/v1/openapi.json` and the human page drawn from the same description."""

import json
from typing import Any

import aiohttp_jinja2
from aiohttp import web

from web.keys import DESCRIPTION

_METHODS = ("get", "post", "patch", "put", "delete")


async def get_openapi(request: web.Request) -> web.Response:
    """Answer the OpenAPI 3.1 document."""
    text = json.dumps(request.app[DESCRIPTION], ensure_ascii=False)
    return web.Response(text=text, content_type="application/json")


async def get_docs(request: web.Request) -> web.Response:
    """Answer the same description as a page."""
    described = request.app[DESCRIPTION]
    context = {
        "titre": described["info"]["title"],
        "version": described["info"]["version"],
        "description": described["info"]["description"],
        "groupes": _groups(described),
        "schemas": [
            {"nom": name, "texte": _pretty(schema)}
            for name, schema in described["components"]["schemas"].items()
        ],
    }
    return aiohttp_jinja2.render_template("api_docs.html", request, context)


def _groups(described: dict[str, Any]) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in described["paths"].items():
        for method in _METHODS:
            if method in methods:
                shown = _shown(path, method, methods[method])
                groups.setdefault(methods[method]["tags"][0], []).append(shown)
    return [{"nom": name, "operations": listed} for name, listed in groups.items()]


def _shown(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {})
    return {
        "methode": method.upper(),
        "chemin": path,
        "id": operation["operationId"],
        "resume": operation["summary"],
        "detail": operation.get("description", ""),
        "parametres": operation["parameters"],
        "corps": [_reference(kind, part["schema"]) for kind, part in body.items()],
        "reponses": [
            {
                "statut": status,
                "description": answer["description"],
                "schemas": [
                    _reference(kind, part["schema"])
                    for kind, part in answer.get("content", {}).items()
                ],
            }
            for status, answer in operation["responses"].items()
        ],
    }


def _reference(kind: str, schema: dict[str, Any]) -> dict[str, str]:
    name = schema.get("$ref", "").rsplit("/", 1)[-1]
    return {"media": kind, "nom": name, "texte": "" if name else _pretty(schema)}


def _pretty(schema: dict[str, Any]) -> str:
    return json.dumps(schema, ensure_ascii=False, indent=2)
