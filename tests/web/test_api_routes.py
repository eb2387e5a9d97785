"""Every route of the house, walked through: who may call it, and its headers."""

import re

import pytest

from tests.web.maison import Maison, sign_in
from web import security
from web.keys import ROUTES
from web.security import PUBLIC, Route

EXPECTED_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
GHOSTS = {
    "page": "1", "n": "1", "numero": "1", "typologie": "document_manquant",
    "reference": "EV-2026-00000-00000-A",
}  # fmt: skip


def every_route(maison: Maison) -> list[Route]:
    """Return each declared route once."""
    return list(dict.fromkeys(maison.app[ROUTES].values()))


def address(route: Route) -> str:
    """Return an address of this route that names nothing existing."""
    return re.sub(
        r"\{(\w+)(?::(?:[^{}]|\{[^{}]*\})*)?\}",
        lambda found: GHOSTS.get(found.group(1), "XX-2026-00000-00000-A"),
        route.path,
    )


async def test_every_router_entry_is_declared(maison_entiere: Maison) -> None:
    """Nothing hangs on the router beside the declared routes and the packaged files."""
    declared = set(maison_entiere.app[ROUTES])
    stray = [
        route
        for route in maison_entiere.app.router.routes()
        if route not in declared and not route.resource.canonical.startswith("/static")
    ]

    assert [] == stray
    assert len(declared) > 40


async def test_anonymous_is_stopped_everywhere(maison_entiere: Maison) -> None:
    """Without a session or a token: 401 for the API, the sign-in page for a person."""
    wrong = []
    for route in every_route(maison_entiere):
        answer = await maison_entiere.client.request(
            route.method, address(route), allow_redirects=False
        )
        if route.policy == PUBLIC:
            fine = answer.status not in {401, 500}
        elif route.path.startswith("/api/"):
            fine = answer.status == 401
        else:
            place = answer.headers.get("Location", "")
            fine = answer.status == 303 and place.startswith("/connexion")
        if not fine:
            wrong.append((route.method, route.path, answer.status))

    assert [] == wrong


async def test_headers_are_on_every_answer(maison_entiere: Maison) -> None:
    """Right or wrong, an answer carries the secure headers and no banner."""
    wrong = []
    targets = [(r.method, address(r)) for r in every_route(maison_entiere)]
    targets += [
        ("GET", "/nulle-part"),
        ("GET", "/api/v1/nulle-part"),
        ("PUT", "/sante"),
    ]
    for method, path in targets:
        for headers in ({}, maison_entiere.bearer("administrateur")):
            answer = await maison_entiere.client.request(
                method, path, headers=headers, allow_redirects=False
            )
            missing = {
                name
                for name, value in EXPECTED_HEADERS.items()
                if answer.headers.get(name) != value
            }
            csp = answer.headers.get("Content-Security-Policy", "")
            if "default-src 'none'" not in csp or "unsafe" in csp:
                missing.add("Content-Security-Policy")
            if "Server" in answer.headers:
                missing.add("banner")
            if "no-store" not in answer.headers.get("Cache-Control", ""):
                missing.add("Cache-Control")
            if missing:
                wrong.append((method, path, answer.status, missing))

    assert [] == wrong


@pytest.mark.parametrize(
    "who", ["rh_azur", "gestionnaire", "operateur", "administrateur"]
)
async def test_roles_are_held_on_every_route(maison_entiere: Maison, who: str) -> None:
    """A role outside the policy gets 403, one inside never does; nothing crashes."""
    role = maison_entiere.role_of(who)
    browser = await sign_in(maison_entiere, who)
    wrong = []
    for route in every_route(maison_entiere):
        assert route.policy is not None
        if route.path == "/deconnexion":
            continue  # it would end the session of the walk
        by_token = route.path.startswith("/api/")
        answer = await maison_entiere.client.request(
            route.method, address(route), allow_redirects=False,
            headers=maison_entiere.bearer(who) if by_token
            else {security.ANTI_FORGERY_HEADER: browser.jeton},
            cookies={} if by_token else browser.cookies,
        )  # fmt: skip
        allowed = route.policy.allows(role)
        if answer.status >= 500 or (answer.status == 403) == allowed:
            wrong.append((route.method, route.path, answer.status))

    assert [] == wrong


async def test_revoked_session_is_out_everywhere(maison_entiere: Maison) -> None:
    """A session killed a second ago opens nothing any more."""
    from records.store import comptes

    browser = await sign_in(maison_entiere, "administrateur")
    found = await maison_entiere.db.aread(comptes.acces, "administrateur")
    assert found is not None
    await maison_entiere.db.awrite(comptes.close_every_session, found.compte_id)
    wrong = []
    for route in every_route(maison_entiere):
        if route.policy == PUBLIC:
            continue
        answer = await maison_entiere.client.request(
            route.method, address(route), cookies=browser.cookies,
            headers={security.ANTI_FORGERY_HEADER: browser.jeton},
            allow_redirects=False,
        )  # fmt: skip
        if answer.status not in {401, 303}:
            wrong.append((route.method, route.path, answer.status))

    assert [] == wrong


async def test_changes_by_session_need_proof_everywhere(maison_entiere: Maison) -> None:
    """No unsafe route accepts a session without the anti-forgery token."""
    browser = await sign_in(maison_entiere, "administrateur")
    wrong = []
    for route in every_route(maison_entiere):
        if route.method not in security.UNSAFE or route.policy == PUBLIC:
            continue
        answer = await maison_entiere.client.request(
            route.method, address(route), cookies=browser.cookies,
            data={"x": "y"}, allow_redirects=False,
        )  # fmt: skip
        # an upload route reads its token in the first part: not a form, not a proof
        if answer.status not in {403, 415}:
            wrong.append((route.method, route.path, answer.status))

    assert [] == wrong


async def test_a_token_opens_no_page_made_for_a_person(maison_entiere: Maison) -> None:
    """A machine speaks to the API: on a page it is nobody."""
    opened = []
    for route in every_route(maison_entiere):
        if route.path.startswith("/api/") or route.policy == PUBLIC:
            continue
        answer = await maison_entiere.client.request(
            route.method, address(route), allow_redirects=False,
            headers=maison_entiere.bearer("administrateur"),
        )  # fmt: skip
        if answer.status != 303:
            opened.append((route.method, route.path, answer.status))

    assert [] == opened
