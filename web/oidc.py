"""Sign-in by an identity provider: OpenID Connect, code flow with PKCE, state and nonce.

The provider is the one of the settings and no other: its addresses must live on its own
host or on those the settings list, redirects are refused, answers are bounded. Accounts
are not made here: the first time, the verified address must be an account's identifier.
"""

import asyncio
import base64
import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import aiohttp

from socle.errors import RefusedError, UnavailableError
from socle.settings import Settings

DISCOVERY = "/.well-known/openid-configuration"
RETURN = "/connexion/oidc/retour"
ALGORITHMS = ["RS256", "PS256", "ES256"]
TIMEOUT = aiohttp.ClientTimeout(total=10)
MAX_ANSWER = 256 * 1024
SKEW_S = 60
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# what a provider calls a sign-in with two proofs (RFC 8176)
_STRONG = frozenset({"mfa", "otp", "hwk", "sc"})
_REFUSED = (
    "oidc-refuse",
    "La connexion par votre fournisseur d'identité a été refusée. Reprenez-la au début.",
)
_UNREACHABLE = (
    "oidc-injoignable",
    "Votre fournisseur d'identité ne répond pas. Recommencez dans quelques minutes.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fournisseur:
    """What the provider says of itself, checked."""

    emetteur: str
    autorisation: str
    jetons: str
    cles: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Depart:
    """What a sign-in begins with; kept here, never shown to the browser but `state`."""

    state: str
    nonce: str
    verifier: str

    @property
    def defi(self) -> str:
        """The PKCE challenge (S256) of the verifier."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Personne:
    """Who the provider vouches for."""

    emetteur: str
    sujet: str
    adresse: str
    has_adresse_sure: bool
    is_forte: bool


def new_depart() -> Depart:
    """Draw state, nonce and verifier: 256 bits each."""
    return Depart(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
    )


async def discover(settings: Settings) -> Fournisseur:
    """Ask the provider where its doors are; refuse what is not on its own hosts."""
    emetteur = settings.oidc_emetteur
    _refuse_address(settings, emetteur)
    async with _client() as client:
        said = await _get(client, emetteur.rstrip("/") + DISCOVERY)
    if said.get("issuer") != emetteur:
        raise RefusedError(*_REFUSED)
    found = {}
    for name, key in (
        ("autorisation", "authorization_endpoint"), ("jetons", "token_endpoint"),
        ("cles", "jwks_uri"),
    ):  # fmt: skip
        found[name] = str(said.get(key, ""))
        _refuse_address(settings, found[name])
    return Fournisseur(emetteur=emetteur, **found)


def _refuse_address(settings: Settings, address: str) -> None:
    """Refuse an address off the allow-list: https (or this machine), a known host."""
    parts = urlsplit(address)
    home = urlsplit(settings.oidc_emetteur)
    others = {part.strip() for part in settings.oidc_hotes.split(",") if part.strip()}
    is_known = parts.netloc == home.netloc or parts.hostname in others
    is_safe = parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in _LOOPBACK
    )
    if not (is_known and is_safe) or parts.username or parts.fragment:
        raise RefusedError(*_REFUSED)


def leave(settings: Settings, provider: Fournisseur, depart: Depart) -> str:
    """Return the address the browser goes to."""
    asked = {
        "response_type": "code",
        "client_id": settings.oidc_client,
        "redirect_uri": settings.public_url + RETURN,
        "scope": "openid email",
        "state": depart.state,
        "nonce": depart.nonce,
        "code_challenge": depart.defi,
        "code_challenge_method": "S256",
    }
    mark = "&" if "?" in provider.autorisation else "?"
    return f"{provider.autorisation}{mark}{urlencode(asked)}"


async def come_back(
    settings: Settings,
    provider: Fournisseur,
    depart: Depart,
    given: Mapping[str, str],
    now: dt.datetime,
) -> Personne:
    """Exchange the code of a return for who this is; `RefusedError` for any doubt."""
    is_ours = secrets.compare_digest(
        given.get("state", "").encode(), depart.state.encode()
    )
    # RFC 9207: a provider that names itself in the return must be the one we asked
    is_same = given.get("iss", provider.emetteur) == provider.emetteur
    if not is_ours or not is_same or "error" in given or not given.get("code"):
        raise RefusedError(*_REFUSED)
    async with _client() as client:
        tokens = await _exchange(client, settings, provider, depart, given["code"])
        keys = await _get(client, provider.cles)
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        claims = jwt.decode(
            str(tokens.get("id_token", "")),
            KeySet.import_key_set({"keys": _signing(keys)}),
            algorithms=ALGORITHMS,
        ).claims
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise RefusedError(*_REFUSED) from error
    return _vouched(settings, depart, claims, now)


def _signing(keys: Mapping[str, Any]) -> Any:  # noqa: ANN401 - keys as published
    """Keep the public keys made for signing: a secret shared by all proves nothing."""
    published = keys.get("keys", [])
    return [
        key
        for key in published
        if key.get("kty") in {"RSA", "EC"} and key.get("use", "sig") == "sig"
    ]


async def _exchange(
    client: aiohttp.ClientSession,
    settings: Settings,
    provider: Fournisseur,
    depart: Depart,
    code: str,
) -> dict[str, Any]:
    secret = settings.oidc_secret.get_secret_value() if settings.oidc_secret else ""
    sent = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": settings.public_url + RETURN,
        "code_verifier": depart.verifier,
        "client_id": settings.oidc_client,
    }
    headers = {}
    if secret:
        # RFC 6749 §2.3.1: both are form-encoded before they are joined
        login, password = quote_plus(settings.oidc_client), quote_plus(secret)
        headers["Authorization"] = aiohttp.encode_basic_auth(login, password)
    return await _ask(
        client.post(provider.jetons, data=sent, headers=headers, **_ASKED)
    )


def _vouched(
    settings: Settings, depart: Depart, claims: Mapping[str, Any], now: dt.datetime
) -> Personne:
    """Check every claim that says for whom, by whom, when and for which sign-in."""
    at = now.timestamp()
    audience = claims.get("aud")
    listed = audience if isinstance(audience, list) else [audience]
    moments = [claims.get(name) for name in ("exp", "iat")]
    is_numbered = all(
        isinstance(one, int | float) and not isinstance(one, bool) for one in moments
    )
    good = (
        claims.get("iss") == settings.oidc_emetteur
        and settings.oidc_client in listed
        and (len(listed) == 1 or claims.get("azp") == settings.oidc_client)
        and claims.get("azp", settings.oidc_client) == settings.oidc_client
        and is_numbered
        and at - SKEW_S < claims["exp"]
        and claims["iat"] < at + SKEW_S
        and secrets.compare_digest(
            str(claims.get("nonce", "")).encode(), depart.nonce.encode()
        )
        and 0 < len(str(claims.get("sub", ""))) <= 255  # noqa: PLR2004 - OIDC core §2
    )
    if not good:
        raise RefusedError(*_REFUSED)
    methods = claims.get("amr")
    return Personne(
        emetteur=settings.oidc_emetteur,
        sujet=str(claims["sub"]),
        adresse=str(claims.get("email", "")),
        has_adresse_sure=claims.get("email_verified") is True
        or settings.oidc_adresses_sures,
        is_forte=isinstance(methods, list) and bool(_STRONG & set(map(str, methods))),
    )


# --- the only way out -------------------------------------------------------------------

_ASKED: dict[str, Any] = {"allow_redirects": False}


def _client() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        timeout=TIMEOUT,
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Accept": "application/json"},
    )


async def _get(client: aiohttp.ClientSession, address: str) -> dict[str, Any]:
    return await _ask(client.get(address, **_ASKED))


async def _ask(asked: Any) -> dict[str, Any]:  # noqa: ANN401 - a request context of aiohttp
    """Return a bounded JSON object; a redirect, a refusal or a flood is no answer."""
    try:
        async with asked as answer:
            octets = await answer.content.read(MAX_ANSWER + 1)
            while len(octets) <= MAX_ANSWER and not answer.content.at_eof():
                octets += await answer.content.read(MAX_ANSWER + 1 - len(octets))
            status = answer.status
    except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError) as error:
        raise UnavailableError(*_UNREACHABLE) from error
    if status != 200 or len(octets) > MAX_ANSWER:  # noqa: PLR2004 - the only good answer
        raise RefusedError(*_REFUSED)
    try:
        said = json.loads(octets)
    except ValueError as error:
        raise RefusedError(*_REFUSED) from error
    if not isinstance(said, dict):
        raise RefusedError(*_REFUSED)
    return said
