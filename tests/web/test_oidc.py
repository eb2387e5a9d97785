"""Sign-in by an identity provider, against a real one on loopback: keys, PKCE, doubts."""

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from records.store import comptes, facteurs
from records.store.comptes import NouveauCompte
from socle.clock import ManualClock
from socle.db import Database
from socle.errors import RefusedError, UnavailableError
from socle.settings import Settings
from tests.web import fournisseur
from tests.web.fournisseur import CLIENT, SECRET, Fournisseur
from tests.web.maison import NOW, Maison, Navigateur, add_compte, sign_in, started
from tests.web.test_portal import visit
from web import oidc

PUBLIC = "http://localhost:8080"
WHO = "rh_azur@exemple.fr"


@dataclass
class Scene:
    """A house that trusts a provider, and the browser between them."""

    maison: Maison
    idp: Fournisseur
    cookies: dict[str, str] = field(default_factory=dict)

    async def leave(self, suite: str = "/documents") -> str:
        """Ask to come in; return the address of the provider."""
        answer = await self._get(f"/connexion/oidc?suite={suite}")
        return str(answer.headers.get("Location", answer.status))

    async def at_provider(self, address: str) -> str:
        """Do what the browser does at the provider; return where it sends back."""
        self.maison.client.session.cookie_jar.clear()
        answer = await self.maison.client.session.get(address, allow_redirects=False)
        return str(answer.headers["Location"])

    async def back(self, address: str) -> Any:
        """Come back to the house."""
        parts = urlsplit(address)
        return await self._get(f"{parts.path}?{parts.query}")

    async def whole(self) -> Any:
        """Leave, sign in there, come back."""
        return await self.back(await self.at_provider(await self.leave()))

    async def _get(self, path: str) -> Any:
        self.maison.client.session.cookie_jar.clear()
        answer = await self.maison.client.get(
            path, cookies=self.cookies, allow_redirects=False
        )
        if "vaguemestre" in answer.cookies:
            self.cookies = {"vaguemestre": answer.cookies["vaguemestre"].value}
        return answer

    async def who(self) -> int:
        """Return what a page made for people answers this browser."""
        page = await visit(Navigateur(self.maison, "", self.cookies), "GET", "/compte")
        return page.status


@pytest.fixture
async def scene(
    sqlite: Database, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[Scene]:
    """Start the provider, then the house that trusts it."""
    async with (
        fournisseur.running(lambda: clock.now().timestamp()) as idp,
        started(
            sqlite, clock, tmp_path / "var", url_publique=PUBLIC,
            oidc_emetteur=idp.emetteur, oidc_client=CLIENT, oidc_secret=SECRET,
        ) as maison,
    ):  # fmt: skip
        idp.retour = PUBLIC + oidc.RETURN
        nouveau = NouveauCompte(
            identifiant=WHO, role="collectivite",
            collectivites=[maison.collectivites["azur"]],
        )  # fmt: skip
        await maison.db.awrite(add_compte, nouveau)
        yield Scene(maison, idp)


async def test_someone_known_comes_in_and_goes_where_they_were_going(
    scene: Scene,
) -> None:
    """Discovery, PKCE, signature, nonce: a session, on the page that was asked for."""
    address = await scene.leave()
    asked = parse_qs(urlsplit(address).query)
    answer = await scene.back(await scene.at_provider(address))

    assert (303, "/documents") == (answer.status, answer.headers["Location"])
    assert 200 == await scene.who()
    assert "S256" == asked["code_challenge_method"][0]
    assert 43 == len(asked["code_challenge"][0])
    assert "verifier" not in address


async def test_the_second_time_the_subject_counts_not_the_address(scene: Scene) -> None:
    """Tied once, the account follows the subject; the address may change."""
    await scene.whole()
    scene.idp.personne = {"sub": "sujet-1", "email": "autre@exemple.fr",
                          "email_verified": True}  # fmt: skip
    again = await scene.whole()
    scene.idp.personne = {"sub": "sujet-2", "email": WHO, "email_verified": True}
    usurper = await scene.whole()

    assert (303, 422) == (again.status, usurper.status)


@pytest.mark.parametrize(
    "personne",
    [
        {"sub": "s", "email": "inconnu@exemple.fr", "email_verified": True},
        {"sub": "s", "email": WHO, "email_verified": False},
        {"sub": "s", "email": WHO},
        {"sub": "s", "email": WHO, "email_verified": "true"},
        {"sub": "s"},
    ],
)
async def test_nobody_is_made_up(scene: Scene, personne: dict[str, Any]) -> None:
    """No account at this address, or an address nobody verified: no session."""
    scene.idp.personne = personne
    answer = await scene.whole()

    assert 422 == answer.status
    assert "aucun compte" in (await answer.text()).lower()
    assert 303 == await scene.who()


async def test_a_suspended_account_stays_out(scene: Scene) -> None:
    """The provider vouches, the administrator decides."""
    await scene.whole()
    await scene.maison.db.awrite(comptes.deactivate, WHO, now=NOW)

    assert 422 == (await scene.whole()).status


def _other_key(_good: str) -> str:
    key = RSAKey.generate_key(2048, {"kid": "a"})
    return jwt.encode({"alg": "RS256", "kid": "a"}, {"sub": "x"}, key)


def _no_signature(good: str) -> str:
    head = "eyJhbGciOiJub25lIn0"
    return f"{head}.{good.split('.')[1]}."


def _shared_secret(_good: str) -> str:
    key = OctKey.import_key(SECRET)
    return jwt.encode({"alg": "HS256", "kid": "a"}, {"iss": "x"}, key)


@pytest.mark.parametrize(
    "cheat",
    [
        {"claims": {"iss": "http://127.0.0.1:1"}},
        {"claims": {"aud": "un-autre-client"}},
        {"claims": {"aud": [CLIENT, "un-autre"]}},
        {"claims": {"aud": [CLIENT, "un-autre"], "azp": "un-autre"}},
        {"claims": {"azp": "un-autre"}},
        {"claims": {"nonce": "rejoué"}},
        {"claims": {"exp": int(NOW.timestamp()) - 61}},
        {"claims": {"exp": None}},
        {"claims": {"exp": "demain"}},
        {"claims": {"iat": int(NOW.timestamp()) + 61}},
        {"claims": {"sub": ""}},
        {"claims": {"sub": "x" * 256}},
        {"jeton": _other_key},
        {"jeton": _no_signature},
        {"jeton": _shared_secret},
        {"jeton": lambda good: good[:-4] + "AAAA"},
        {"jeton": lambda _: "n'importe quoi"},
        {"jeton": lambda _: ""},
        {"flot": oidc.MAX_ANSWER + 1},
        {"discovery": {"issuer": "http://127.0.0.1:1"}},
        {"discovery": {"token_endpoint": "http://127.0.0.1:1/jetons"}},
        {"discovery": {"jwks_uri": "file:///etc/passwd"}},
        {"discovery": {"authorization_endpoint": "https://mechant.exemple/entrer"}},
        {"redirige": "/cles"},
    ],
    ids=lambda cheat: next(iter(cheat)),
)
async def test_every_doubt_is_a_refusal(scene: Scene, cheat: dict[str, Any]) -> None:
    """One thing wrong, whatever it is: no session, the sign-in page and a sentence."""
    scene.idp.tricher = cheat
    address = await scene.leave()
    if address.startswith("http"):
        answer = await scene.back(await scene.at_provider(address))
        status = answer.status
    else:
        status = int(address)

    assert status in {422, 503}
    assert 303 == await scene.who()


async def test_a_return_serves_once_and_only_the_browser_that_left(
    scene: Scene,
) -> None:
    """Another state, another browser, the same return twice: start again, or refused."""
    back = await scene.at_provider(await scene.leave())
    mine, scene.cookies = scene.cookies, {}
    stranger = await scene.back(back)
    scene.cookies = mine
    forged = await scene.back(back.replace("state=", "state=x"))
    again = await scene.back(back)

    assert (303, "/connexion") == (stranger.status, stranger.headers["Location"])
    assert 422 == forged.status
    assert (303, "/connexion") == (again.status, again.headers["Location"])
    assert "jetons" not in scene.idp.appels


async def test_a_return_too_late_is_nothing(scene: Scene) -> None:
    """Ten minutes after leaving, the return opens nothing."""
    back = await scene.at_provider(await scene.leave())
    scene.maison.clock.advance(dt.timedelta(minutes=10))

    assert 303 == (await scene.back(back)).status
    assert 303 == await scene.who()


async def test_a_code_stolen_is_worth_nothing_without_the_verifier(
    scene: Scene,
) -> None:
    """PKCE: another sign-in cannot spend the code of this one."""
    stolen = await scene.at_provider(await scene.leave())
    code = parse_qs(urlsplit(stolen).query)["code"][0]
    mine = await scene.at_provider(await scene.leave())
    own = parse_qs(urlsplit(mine).query)["code"][0]
    answer = await scene.back(mine.replace(own, code))

    assert 422 == answer.status
    assert 303 == await scene.who()


async def test_keys_turn_and_curves_pass(scene: Scene) -> None:
    """A new key is read when it signs; ES256 is as good as RS256."""
    first = await scene.whole()
    scene.idp.turn()
    second = await scene.whole()
    scene.idp.to_ec()
    third = await scene.whole()

    assert [303, 303, 303] == [x.status for x in (first, second, third)]


async def test_the_second_factor_is_asked_unless_the_provider_asked_one(
    scene: Scene,
) -> None:
    """With ours active: the code page; with `amr` « mfa »: straight in."""
    found = await scene.maison.db.aread(comptes.acces, WHO)
    assert found is not None
    await scene.maison.db.awrite(facteurs.begin, found.compte_id, b"scelle")
    await scene.maison.db.awrite(
        facteurs.activate, found.compte_id, pas=1, codes=["x"], now=NOW
    )
    weak = await scene.whole()
    half = await scene.who()
    scene.idp.personne["amr"] = ["pwd", "mfa"]
    strong = await scene.whole()

    assert "/connexion/code" == weak.headers["Location"]
    assert (303, "/documents") == (half, strong.headers["Location"])


async def test_a_provider_that_is_away_is_unavailable() -> None:
    """Nothing listens there: said as such, to try again later."""
    away = Settings(_env_file=None, oidc_emetteur="http://127.0.0.1:1")

    with pytest.raises(UnavailableError):
        await oidc.discover(away)


@pytest.mark.parametrize(
    "issuer",
    [
        "http://fournisseur.exemple",
        "ftp://127.0.0.1",
        "https://a:b@exemple.fr",
        "file:///x",
    ],
)
async def test_only_safe_addresses_are_asked(issuer: str) -> None:
    """Plain HTTP leaves this machine for nobody."""
    with pytest.raises(RefusedError):
        await oidc.discover(Settings(_env_file=None, oidc_emetteur=issuer))


async def test_a_provider_that_errs_is_said(scene: Scene) -> None:
    """A door that is not there: a sentence, the password form still there."""
    scene.idp.tricher = {"discovery": {"token_endpoint": f"{scene.idp.emetteur}/perdu"}}
    answer = await scene.whole()
    text = await answer.text()

    assert 422 == answer.status
    assert 'name="mot_de_passe"' in text


async def test_without_a_provider_there_is_no_such_door(maison_entiere: Maison) -> None:
    """Not set: 404, and the sign-in page says nothing of it."""
    door = await visit(maison_entiere, "GET", "/connexion/oidc")
    page = await visit(maison_entiere, "GET", "/connexion")

    assert 404 == door.status
    assert "/connexion/oidc" not in page.texte
    assert (
        200
        == (
            await visit(await sign_in(maison_entiere, "rh_azur"), "GET", "/compte")
        ).status
    )
