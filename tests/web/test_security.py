"""The walls of the street side: headers, hosts, anti-forgery, sessions, sign-in."""

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import FormData, web

from records.store import comptes, sessions
from records.store.comptes import NouveauCompte
from records.vocabulary import Role
from socle.clock import ManualClock
from socle.db import Database
from socle.errors import ConflictError, RefusedError
from tests.web.maison import NOW, PASSWORD, Maison, sign_in, started
from web import identity, uploads
from web.passwords import check_password, hash_password, verify_password
from web.security import PUBLIC, SIGNED_IN, PolicyError, Route, roles


async def _echo(request: web.Request) -> web.Response:
    return web.json_response({"qui": identity.identite(request).identifiant})


async def _public(request: web.Request) -> web.Response:
    return web.Response(text="ouvert")


async def _broken(request: web.Request) -> web.Response:
    raise ZeroDivisionError("le nom de l'agent est DUPONT")


async def _login(request: web.Request) -> web.Response:
    form = await request.post()
    response = web.Response(status=303, headers={"Location": "/"})
    await identity.sign_in(
        request, response, str(form["identifiant"]), str(form["mot_de_passe"])
    )
    return response


async def _logout(request: web.Request) -> web.Response:
    response = web.Response(status=303, headers={"Location": "/connexion"})
    await identity.sign_out(request, response)
    return response


async def _upload(request: web.Request) -> web.Response:
    async def receive(name: str, chunks: object) -> list[object]:
        size = 0
        async for chunk in chunks:
            size += len(chunk)
        return [name, size]

    form: uploads.Formulaire[list[object]] = uploads.Formulaire()
    await uploads.read_multipart(request, receive, form)
    return web.json_response({"champs": form.champs, "fichiers": form.fichiers})


ROUTES = (
    Route(method="GET", path="/page", handler=_echo, policy=SIGNED_IN),
    Route(method="POST", path="/page", handler=_echo, policy=SIGNED_IN),
    Route(method="GET", path="/public", handler=_public, policy=PUBLIC),
    Route(method="GET", path="/panne", handler=_broken, policy=PUBLIC),
    Route(method="GET", path="/api/v1/panne", handler=_broken, policy=PUBLIC),
    Route(method="GET", path="/api/v1/moi", handler=_echo, policy=SIGNED_IN),
    Route(method="POST", path="/api/v1/moi", handler=_echo, policy=SIGNED_IN),
    Route(
        method="GET", path="/api/v1/chef", handler=_echo,
        policy=roles(Role.ADMINISTRATEUR),
    ),
    Route(method="POST", path="/connexion", handler=_login, policy=PUBLIC),
    Route(method="POST", path="/deconnexion", handler=_logout, policy=SIGNED_IN),
    Route(
        method="POST", path="/envoi", handler=_upload, policy=SIGNED_IN, is_upload=True
    ),
)  # fmt: skip


@pytest.fixture
async def murs(
    sqlite: Database, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[Maison]:
    """Start an application made of a few bare routes behind the real middlewares."""
    async with started(sqlite, clock, tmp_path / "var", routes=ROUTES) as made:
        yield made


async def test_a_route_without_policy_stops_the_start(
    sqlite: Database, clock: ManualClock, tmp_path: Path
) -> None:
    """Forgetting who may call a route is an error at once, not a hole."""
    bare = (Route(method="GET", path="/oubli", handler=_public),)

    with pytest.raises(PolicyError, match="/oubli"):
        async with started(sqlite, clock, tmp_path, routes=bare):
            pass


# --- who --------------------------------------------------------------------


async def test_anonymous_api_call_is_401_in_french(murs: Maison) -> None:
    """The API says what is missing, as a problem document."""
    answer = await murs.client.get("/api/v1/moi")
    body = await answer.json(content_type="application/problem+json")

    assert 401 == answer.status
    assert "non-authentifie" == body["code"]
    assert body["requete"] == answer.headers["X-Request-Id"]
    assert "Bearer" in answer.headers["WWW-Authenticate"]


async def test_anonymous_page_goes_to_sign_in_and_back(murs: Maison) -> None:
    """A person is sent to sign in, and the page asked is kept."""
    answer = await murs.client.get("/page?etat=attendue", allow_redirects=False)

    assert 303 == answer.status
    assert "/connexion?suite=/page%3Fetat%3Dattendue" == answer.headers["Location"]


async def test_htmx_is_told_to_leave_the_page(murs: Maison) -> None:
    """A fragment asked without a session moves the whole page to sign-in."""
    answer = await murs.client.get("/page", headers={"HX-Request": "true"})

    assert (401, "/connexion?suite=/page") == (
        answer.status, answer.headers["HX-Redirect"]
    )  # fmt: skip


async def test_token_opens_and_role_closes(murs: Maison) -> None:
    """A valid token identifies; a role that never has a function gets 403."""
    mine = await murs.client.get("/api/v1/moi", headers=murs.bearer("rh_azur"))
    chef = await murs.client.get("/api/v1/chef", headers=murs.bearer("rh_azur"))

    assert {"qui": "jeton-rh_azur"} == await mine.json()
    assert 403 == chef.status


@pytest.mark.parametrize("value", ["Bearer vg_faux", "Bearer ", "Basic abc", "vg_x"])
async def test_wrong_authorization_is_never_saved_by_a_cookie(
    murs: Maison, value: str
) -> None:
    """A request that shows a bad token is refused even from a signed-in browser."""
    browser = await sign_in(murs, "rh_azur")

    answer = await murs.client.get(
        "/api/v1/moi", headers={"Authorization": value}, cookies=browser.cookies
    )

    assert 401 == answer.status


async def test_expired_and_revoked_tokens_are_dead(murs: Maison) -> None:
    """A token stops at its hour, or as soon as it is revoked."""
    nouveau = NouveauCompte(
        identifiant="breve", role="collectivite",
        collectivites=[murs.collectivites["azur"]],
    )  # fmt: skip
    _, short = await murs.db.awrite(
        sessions.create_jeton, nouveau, now=NOW, expire_at=NOW + dt.timedelta(hours=1)
    )
    alive = await _status(murs, short)
    murs.clock.advance(dt.timedelta(hours=1))
    expired = await _status(murs, short)
    long = murs.jetons["rh_azur"]
    await murs.db.awrite(sessions.revoke_jeton, long, now=murs.clock.now())

    assert [200, 401, 401] == [alive, expired, await _status(murs, long)]


async def _status(murs: Maison, token: str) -> int:
    answer = await murs.client.get(
        "/api/v1/moi", headers={"Authorization": f"Bearer {token}"}
    )
    return answer.status


# --- sessions -----------------------------------------------------------------


async def _sign_in_by_form(
    murs: Maison, who: str, password: str = PASSWORD
) -> "web.Response":
    return await murs.client.post(
        "/connexion",
        data={"identifiant": who, "mot_de_passe": password},
        allow_redirects=False,
    )


async def test_sign_in_gives_a_cookie_that_scripts_cannot_read(murs: Maison) -> None:
    """Over plain HTTP on this machine the cookie cannot be `__Host-`; the rest holds."""
    answer = await _sign_in_by_form(murs, "rh_azur")
    cookie = answer.headers["Set-Cookie"]

    assert 303 == answer.status
    assert "vaguemestre=" in cookie
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {
        part.strip() for part in cookie.split(";")
    }
    assert "rh_azur" == (await (await murs.client.get("/page")).json())["qui"]


async def test_over_https_the_cookie_is_host_bound_and_secure(
    sqlite: Database, clock: ManualClock, tmp_path: Path
) -> None:
    """With a public https address: `__Host-`, Secure, HSTS."""
    async with started(
        sqlite, clock, tmp_path / "var", routes=ROUTES,
        url_publique="https://courrier.exemple.fr",
    ) as maison:  # fmt: skip
        answer = await _sign_in_by_form(maison, "rh_azur")

    assert "__Host-vaguemestre=" in answer.headers["Set-Cookie"]
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000")


async def test_signing_in_again_changes_the_session(murs: Maison) -> None:
    """A session known before sign-in is worth nothing afterwards."""
    first = (await _sign_in_by_form(murs, "rh_azur")).cookies["vaguemestre"].value
    page = await murs.client.get("/page")
    browser = await murs.db.aread(sessions.find_session, first, now=NOW)
    assert browser is not None
    second = await murs.client.post(
        "/connexion",
        data={
            "identifiant": "rh_azur", "mot_de_passe": PASSWORD,
            "_jeton": browser.anti_forgery,
        },
        allow_redirects=False,
    )  # fmt: skip

    assert (200, 303) == (page.status, second.status)
    assert first != second.cookies["vaguemestre"].value
    assert await murs.db.aread(sessions.find_session, first, now=NOW) is None


async def test_idle_and_old_sessions_die(murs: Maison) -> None:
    """30 minutes without a request, or 10 hours in all, end a session."""
    idle = await sign_in(murs, "rh_azur")
    murs.clock.advance(dt.timedelta(minutes=29))
    seen = await murs.client.get("/api/v1/moi", cookies=idle.cookies)
    murs.clock.advance(dt.timedelta(minutes=29))
    again = await murs.client.get("/api/v1/moi", cookies=idle.cookies)
    murs.clock.advance(dt.timedelta(minutes=30))
    gone = await murs.client.get("/api/v1/moi", cookies=idle.cookies)

    assert [200, 200, 401] == [seen.status, again.status, gone.status]


async def test_ten_hours_end_even_a_busy_session(murs: Maison) -> None:
    """The absolute limit does not move with activity."""
    busy = await sign_in(murs, "rh_azur")
    statuses = set()
    for _ in range(29):
        murs.clock.advance(dt.timedelta(minutes=20))
        statuses.add(
            (await murs.client.get("/api/v1/moi", cookies=busy.cookies)).status
        )
    murs.clock.advance(dt.timedelta(minutes=20))
    last = await murs.client.get("/api/v1/moi", cookies=busy.cookies)

    assert {200} == statuses
    assert 401 == last.status


async def test_sessions_are_listed_and_killed(murs: Maison) -> None:
    """Every signed-in browser of an account can be seen and closed from the server."""
    one, two = await sign_in(murs, "rh_azur"), await sign_in(murs, "rh_azur")
    found = await murs.db.aread(comptes.acces, "rh_azur")
    assert found is not None
    listed = await murs.db.aread(
        sessions.list_sessions, found.compte_id, now=murs.clock.now()
    )
    await murs.db.awrite(comptes.close_every_session, found.compte_id)

    assert 2 == len(listed)
    for browser in (one, two):
        answer = await murs.client.get("/api/v1/moi", cookies=browser.cookies)
        assert 401 == answer.status


async def test_logout_ends_the_session_and_clears_the_browser(murs: Maison) -> None:
    """The cookie is dead on the server, not only erased in the browser."""
    browser = await sign_in(murs, "rh_azur")
    answer = await murs.client.post(
        "/deconnexion", cookies=browser.cookies,
        data={"_jeton": browser.jeton}, allow_redirects=False,
    )  # fmt: skip
    after = await murs.client.get("/api/v1/moi", cookies=browser.cookies)

    assert 303 == answer.status
    assert '"cookies"' in answer.headers["Clear-Site-Data"]
    assert 401 == after.status


async def test_closed_account_is_out_at_once(murs: Maison) -> None:
    """Closing an account ends its sessions and its tokens."""
    browser = await sign_in(murs, "rh_azur")
    for name in ("rh_azur", "jeton-rh_azur"):
        await murs.db.awrite(comptes.deactivate, name, now=NOW)
    by_cookie = await murs.client.get("/api/v1/moi", cookies=browser.cookies)
    murs.client.session.cookie_jar.clear()

    assert 401 == by_cookie.status
    assert 401 == await _status(murs, murs.jetons["rh_azur"])
    assert 422 == (await _sign_in_by_form(murs, "rh_azur")).status


# --- sign-in ------------------------------------------------------------------


async def test_wrong_password_and_unknown_account_look_the_same(murs: Maison) -> None:
    """Nobody learns from the answer which identifiers exist."""
    wrong = await _sign_in_by_form(murs, "rh_azur", "pas le bon mot du tout")
    unknown = await _sign_in_by_form(murs, "personne", "pas le bon mot du tout")
    texts = [
        (await answer.text()).replace(answer.headers["X-Request-Id"], "")
        for answer in (wrong, unknown)
    ]

    assert 422 == wrong.status == unknown.status
    assert texts[0] == texts[1]


@pytest.mark.parametrize("who", ["rh_azur", "personne"])
async def test_sixth_try_in_a_minute_waits(murs: Maison, who: str) -> None:
    """Five wrong tries, then 429 with Retry-After, whether the account exists or not."""
    for _ in range(5):
        assert 422 == (await _sign_in_by_form(murs, who, "faux faux faux")).status
    answer = await _sign_in_by_form(murs, who, PASSWORD)

    assert 429 == answer.status
    assert 0 < int(answer.headers["Retry-After"]) <= 60


async def test_the_wait_doubles_and_survives_a_restart(sqlite: Database) -> None:
    """Failures are counted in the database: 1 min after five, then 2, 4… up to 15."""
    waits = [comptes.wait_after(n).total_seconds() / 60 for n in range(4, 12)]

    assert [0, 1, 2, 4, 8, 15, 15, 15] == waits


async def test_thirty_tries_from_one_address(murs: Maison) -> None:
    """One address cannot try many accounts."""
    statuses = [
        (await _sign_in_by_form(murs, f"inconnu{n}", "faux faux faux")).status
        for n in range(31)
    ]

    assert [422] * 30 + [429] == statuses


# --- anti-forgery -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({}, {}, 403),
        ({}, {"_jeton": "faux"}, 403),
        ({"X-Anti-Forgery": "faux"}, {}, 403),
        ({"X-Anti-Forgery": "JETON"}, {}, 200),
        ({}, {"_jeton": "JETON"}, 200),
        ({"X-Anti-Forgery": "JETON", "Sec-Fetch-Site": "cross-site"}, {}, 403),
        ({"X-Anti-Forgery": "JETON", "Sec-Fetch-Site": "same-site"}, {}, 403),
        ({"X-Anti-Forgery": "JETON", "Sec-Fetch-Site": "same-origin"}, {}, 200),
        ({"X-Anti-Forgery": "JETON", "Origin": "https://mechant.exemple"}, {}, 403),
        ({"X-Anti-Forgery": "JETON", "Origin": "null"}, {}, 403),
    ],
)
async def test_change_from_a_browser_needs_proof(
    murs: Maison, headers: dict[str, str], body: dict[str, str], expected: int
) -> None:
    """Token and origin are both needed to change anything with a session."""
    browser = await sign_in(murs, "rh_azur")
    headers = {k: v.replace("JETON", browser.jeton) for k, v in headers.items()}
    body = {k: v.replace("JETON", browser.jeton) for k, v in body.items()}

    answer = await murs.client.post(
        "/page", headers=headers, data=body, cookies=browser.cookies
    )

    assert expected == answer.status


async def test_another_session_s_token_is_no_proof(murs: Maison) -> None:
    """The token belongs to one session."""
    mine, other = await sign_in(murs, "rh_azur"), await sign_in(murs, "rh_brume")

    answer = await murs.client.post(
        "/page", data={"_jeton": other.jeton}, cookies=mine.cookies
    )

    assert 403 == answer.status


async def test_bearer_token_needs_no_proof(murs: Maison) -> None:
    """No other site can make a browser send our Authorization header."""
    answer = await murs.client.post("/api/v1/moi", headers=murs.bearer("rh_azur"))

    assert 200 == answer.status


async def test_sign_in_from_another_site_is_refused(murs: Maison) -> None:
    """Nobody can sign a person in as someone else from their own page."""
    answer = await murs.client.post(
        "/connexion",
        data={"identifiant": "rh_azur", "mot_de_passe": PASSWORD},
        headers={"Sec-Fetch-Site": "cross-site"},
    )

    assert 403 == answer.status


def _form(*parts: tuple[str, bytes | str, str | None]) -> FormData:
    form = FormData(quote_fields=False)  # as browsers do
    for name, value, filename in parts:
        form.add_field(name, value, filename=filename)
    form._is_multipart = True
    return form


@pytest.mark.parametrize(
    ("order", "expected"),
    [(["jeton", "fichier"], 200), (["fichier", "jeton"], 403), (["fichier"], 403)],
)
async def test_upload_form_shows_its_token_first(
    murs: Maison, order: list[str], expected: int
) -> None:
    """Without JavaScript the token is the first part: no file is read before it."""
    browser = await sign_in(murs, "rh_azur")
    known = {
        "jeton": ("_jeton", browser.jeton, None),
        "fichier": ("fichier", b"%PDF-1.7", "a.pdf"),
    }

    answer = await murs.client.post(
        "/envoi", data=_form(*(known[name] for name in order)), cookies=browser.cookies
    )

    assert expected == answer.status


async def test_upload_with_header_token(murs: Maison) -> None:
    """With JavaScript the token travels in the header, and fields may follow files."""
    browser = await sign_in(murs, "rh_azur")

    answer = await murs.client.post(
        "/envoi",
        data=_form(("fichier", b"abc", "é.pdf"), ("type", "AAT", None)),
        cookies=browser.cookies,
        headers={"X-Anti-Forgery": browser.jeton},
    )

    assert {
        "champs": {"type": "AAT"},
        "fichiers": [["é.pdf", 3]],
    } == await answer.json()


async def test_multipart_on_an_ordinary_route_carries_no_proof(murs: Maison) -> None:
    """Only routes that check the first part may receive multipart from a session."""
    browser = await sign_in(murs, "rh_azur")

    answer = await murs.client.post(
        "/page", data=_form(("_jeton", browser.jeton, None)), cookies=browser.cookies
    )

    assert 403 == answer.status


# --- limits and errors ------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1:8080", 200), ("localhost", 200), ("[::1]:80", 200),
        ("mechant.exemple", 400), ("127.0.0.1.mechant.exemple", 400), ("", 400),
    ],
)  # fmt: skip
async def test_only_our_own_host_names(murs: Maison, host: str, expected: int) -> None:
    """A name we do not know is refused: no link or cookie is made for it."""
    answer = await murs.client.get("/public", headers={"Host": host})

    assert expected == answer.status


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZIP", "x"])
async def test_compressed_bodies_are_refused(murs: Maison, encoding: str) -> None:
    """A compressed request could unfold without end: 415 before it is read."""
    answer = await murs.client.post(
        "/api/v1/moi", data=b"\x1f\x8b", headers={
            "Content-Encoding": encoding, **murs.bearer("rh_azur")
        },
    )  # fmt: skip

    assert (415, "encodage-refuse") == (
        answer.status, (await answer.json(content_type=None))["code"]
    )  # fmt: skip


async def test_ordinary_bodies_stop_at_one_megabyte(murs: Maison) -> None:
    """Only deposits are larger."""
    answer = await murs.client.post(
        "/api/v1/moi", data=b"x" * (1024**2 + 1), headers=murs.bearer("rh_azur")
    )

    assert (413, "trop-volumineux") == (
        answer.status, (await answer.json(content_type=None))["code"]
    )  # fmt: skip


async def test_unknown_method_is_405(murs: Maison) -> None:
    """The methods that exist are named."""
    answer = await murs.client.request("TRACE", "/public")

    assert 405 == answer.status
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/panne", "/api/v1/panne"])
async def test_a_crash_tells_nothing(
    murs: Maison, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No stack, no message, no name: a request number, in the answer and in the log."""
    answer = await murs.client.get(path)
    text = await answer.text()
    logged = "".join(capsys.readouterr())

    assert 500 == answer.status
    for word in ("DUPONT", "ZeroDivision", "Traceback", ".py"):
        assert word not in text
    assert answer.headers["X-Request-Id"] in text
    assert "DUPONT" not in logged


# --- passwords and accounts ---------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    [
        "court", "motdepasse2026", "M0tDeP@sse2026!", "azertyuiop12", "123456789012",
        "aaaaaaaaaaaaaa", "bonjoursoleil", "Mairie2026!!", "AzertyAzerty1",
        "jeanne.martin1", "987654321098", "ababababababab",
    ],
)  # fmt: skip
def test_common_passwords_are_refused(password: str) -> None:
    """Short, common, dressed-up or self-naming passwords are refused."""
    with pytest.raises(RefusedError, match="mot-de-passe-faible"):
        check_password(password, "jeanne.martin")


@pytest.mark.parametrize(
    "password", [PASSWORD, "trois hérons boivent du café", "kR7#vq_Tz2!mLp9"]
)
def test_good_passwords_pass(password: str) -> None:
    """A phrase is welcome, whatever its alphabet."""
    check_password(password, "jeanne.martin")


def test_password_without_account_is_never_right() -> None:
    """The decoy hash protects the timing, and opens nothing."""
    assert not verify_password(None, "personne ne connait ce mot de passe")
    assert verify_password(hash_password("abc"), "abc")
    assert not verify_password("pas un condensat", "abc")


def test_activation_works_once_and_not_too_late(database: Database) -> None:
    """The secret opens one account, once, before its hour; only its hash is kept."""
    nouveau = NouveauCompte(identifiant="Ana@Ville.fr", role="operateur")
    found, secret = database.write(
        comptes.create_compte, nouveau, now=NOW, validity=dt.timedelta(minutes=1)
    )
    late = NOW + dt.timedelta(minutes=15)
    with pytest.raises(RefusedError, match="activation-refusee"):
        database.write(comptes.activate, secret, "x", now=late)
    database.write(
        comptes.activate, secret, "haché", now=late - dt.timedelta(seconds=1)
    )
    with pytest.raises(RefusedError, match="activation-refusee"):
        database.write(comptes.activate, secret, "autre", now=NOW)
    acces = database.read(comptes.acces, "ana@ville.FR")

    assert "ana@ville.fr" == found.identifiant
    assert acces is not None
    assert "haché" == acces.mot_de_passe


def test_identifiers_are_unique_whatever_the_case(database: Database) -> None:
    """« Ana » and « ana » are the same person."""
    nouveau = NouveauCompte(identifiant="ana", role="operateur")
    database.write(comptes.create_compte, nouveau, now=NOW)
    with pytest.raises(ConflictError, match="identifiant-pris"):
        database.write(
            comptes.create_compte,
            NouveauCompte(identifiant=" ANA ", role="operateur"),
            now=NOW,
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"identifiant": "a b"}, {"identifiant": ""}, {"role": "dieu"},
        {"role": "collectivite"},
        {"role": "collectivite", "collectivites": [1, 2], "services": [1]},
    ],
)  # fmt: skip
def test_impossible_accounts_are_refused(
    sqlite: Database, changes: dict[str, object]
) -> None:
    """A role without perimeter, an unknown role or a bad name is refused."""
    nouveau = NouveauCompte(**{"identifiant": "ana", "role": "operateur"} | changes)
    with pytest.raises(RefusedError):
        sqlite.write(comptes.create_compte, nouveau, now=NOW)
