"""A small register made through the API itself, and answers checked by the description."""

import re
from typing import Any

from jsonschema import Draft202012Validator

from tests.web.maison import Maison
from web.keys import DESCRIPTION

AT: dict[str, Any] = {
    "nature": "CMO",
    "date_survenance": "2026-06-01",
}


class Client:
    """Calls the API as one machine, and checks each answer against the description."""

    def __init__(self, maison: Maison, who: str) -> None:
        self.maison = maison
        self.who = who

    async def __call__(
        self, method: str, path: str, *, expect: int | None = None, **kwargs: Any
    ) -> Any:
        """Return the JSON answered; fails on an undescribed status or shape."""
        headers = self.maison.bearer(self.who) | kwargs.pop("headers", {})
        answer = await self.maison.client.request(
            method, f"/api/v1{path}", headers=headers, **kwargs
        )
        body = await answer.json(content_type=None)
        described = self.maison.app[DESCRIPTION]
        conform(described, method, path.split("?", maxsplit=1)[0], answer.status, body)
        if expect is not None:
            assert expect == answer.status, body
        return body


def conform(
    described: dict[str, Any], method: str, path: str, status: int, body: Any
) -> None:
    """Check an answer against the schema of its operation and status."""
    operation = next(
        methods[method.lower()]
        for template, methods in described["paths"].items()
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), f"/api/v1{path}")
        and method.lower() in methods
    )
    assert str(status) in operation["responses"], (method, path, status, body)
    content = operation["responses"][str(status)]["content"]
    schema = next(iter(content.values()))["schema"]
    whole = {**schema, "components": described["components"]}
    errors = [e.message for e in Draft202012Validator(whole).iter_errors(body)]
    assert [] == errors


async def make_agent(client: Client, collectivite: str, **changes: Any) -> Any:
    """Create an agent of a collectivité."""
    fields = {
        "collectivite": collectivite,
        "nom_famille": "Kervella",
        "nom_usage": "Bernard",
        "prenoms": ["Anne-Laure"],
        "sexe": "F",
        "date_naissance": "1985-07-14",
        "matricule": "M-17",
    } | changes
    return await client("POST", "/agents", json=fields, expect=201)


async def make_evenement(client: Client, agent: str, **changes: Any) -> Any:
    """Declare a CMO with one arrêt, every mandatory field of its nature filled."""
    lexique = await client("GET", "/natures", expect=200)
    nature = next(n for n in lexique["natures"] if n["code"] == "CMO")
    arret = next(c for c in lexique["consequences"] if c["code"] == "ARRET")
    fields = {
        "agent": agent,
        "nature": "CMO",
        "date_survenance": "2026-06-01",
        "champs": fill(nature["champs"]),
        "consequences": [
            {
                "type": "ARRET",
                "debut": "2026-06-01",
                "fin": "2026-06-30",
                "champs": fill(arret["champs"]),
            }
        ],
    } | changes
    return await client("POST", "/evenements", json=fields, expect=201)


def fill(champs: list[dict[str, Any]]) -> dict[str, Any]:
    """Give a plausible value to every mandatory field."""
    by_type = {"date": "2026-06-01", "heure": "08:30", "oui_non": False, "nombre": "1",
               "montant": "10.00"}  # fmt: skip
    return {
        champ["nom"]: champ["choix"][0]["code"]
        if champ["choix"]
        else by_type.get(champ["type"], "texte")
        for champ in champs
        if champ["obligatoire"]
    }
