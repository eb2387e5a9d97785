"""The description the service serves of itself is valid, complete, and read by people."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from socle.clock import ManualClock
from socle.db import Database
from tests.web.maison import Maison, started
from web.api.routes import OPERATIONS
from web.keys import DESCRIPTION, ROUTES
from web.routes import API, SYSTEM


@pytest.fixture
async def servie(
    sqlite: Database, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[Maison]:
    """Start the application on SQLite: the description does not depend on it."""
    async with started(sqlite, clock, tmp_path / "var", routes=(*SYSTEM, *API)) as made:
        yield made


async def test_description_is_valid_openapi(servie: Maison) -> None:
    """What is served follows OpenAPI 3.1, and needs no account."""
    answer = await servie.client.get("/api/v1/openapi.json")
    described = await answer.json()

    OpenAPIV31SpecValidator(described).validate()
    assert "3.1.0" == described["openapi"]


async def test_every_api_route_is_described(servie: Maison) -> None:
    """No hidden address: each route of the API is in the description, and conversely."""
    described = {
        (method.upper(), path)
        for path, methods in servie.app[DESCRIPTION]["paths"].items()
        for method in methods
    }
    declared = {
        (route.method, re.sub(r":[^{}]+}", "}", route.path))
        for route in servie.app[ROUTES].values()
        if route.path.startswith("/api/v1/") and not route.path.endswith("openapi.json")
    }

    assert declared == described


@pytest.mark.parametrize(
    "path",
    [
        "/collectivites", "/services", "/agents", "/evenements", "/natures",
        "/evenements/{reference}", "/evenements/{reference}/consequences",
        "/evenements/{reference}/salaires", "/evenements/{reference}/recours",
        "/pieces-attendues", "/pieces-attendues/{reference}/dispense",
        "/pieces-attendues/{reference}/impossible",
        "/pieces-attendues/{reference}/rouvrir", "/depots", "/depots/{reference}",
        "/depots/{reference}/decoupage", "/documents",
        "/documents/{reference}/original", "/documents/{reference}/apercu/{page}.webp",
        "/documents/{reference}/type", "/documents/{reference}/rattachement",
        "/documents/{reference}/detachement", "/documents/{reference}/anomalie",
        "/documents/{reference}/rotation", "/actions", "/actions/{typologie}",
        "/affectations/{reference}", "/vues",
    ],
)  # fmt: skip
async def test_promised_addresses_exist(servie: Maison, path: str) -> None:
    """The public names are a contract."""
    assert f"/api/v1{path}" in servie.app[DESCRIPTION]["paths"]


def test_operation_names_are_unique() -> None:
    """Generated clients need one name per operation."""
    names = [operation.nom for operation in OPERATIONS]

    assert sorted(set(names)) == sorted(names)


async def test_human_page_says_the_same(servie: Maison) -> None:
    """The page of the API shows every operation, with no script and no foreign address."""
    answer = await servie.client.get("/api/docs")
    page = await answer.text()

    assert 200 == answer.status
    for operation in OPERATIONS:
        assert f'id="{operation.nom}"' in page
    assert "<script" not in page
    assert [] == re.findall(r'(?:src|href)="(?:https?:)?//', page)
    sheet = await servie.client.get("/static/api_docs.css")
    assert 200 == sheet.status
    assert "no-store" not in sheet.headers["Cache-Control"]
