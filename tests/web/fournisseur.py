"""A small honest identity provider: real keys, real signatures, real checks, on loopback.

It signs in whoever it is told to, and checks what a provider checks: the client and its
secret, the redirect address, the code used once, the PKCE verifier. `tricher` changes one
thing, for the tests of what must be refused.
"""

import base64
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus, urlencode

from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT, SECRET = "vaguemestre", "un secret partagé, long"
Json = dict[str, Any]


@dataclass
class Fournisseur:
    """A provider that runs; `personne` is who its sign-in page would find."""

    maintenant: Callable[[], float]
    emetteur: str = ""
    personne: Json = field(
        default_factory=lambda: {
            "sub": "sujet-1", "email": "rh_azur@exemple.fr", "email_verified": True,
        }
    )  # fmt: skip
    cle: Any = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "a"}))
    algorithme: str = "RS256"
    retour: str = ""
    codes: dict[str, Json] = field(default_factory=dict)
    appels: list[str] = field(default_factory=list)
    # name of what is changed → its value
    tricher: Json = field(default_factory=dict)

    def turn(self) -> None:
        """Change the key, as providers do."""
        self.cle = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4)})

    def to_ec(self) -> None:
        """Sign with an elliptic curve."""
        self.cle, self.algorithme = ECKey.generate_key("P-256", {"kid": "ec"}), "ES256"

    async def discovery(self, request: web.Request) -> web.Response:
        self.appels.append("discovery")
        if "redirige" in self.tricher:
            raise web.HTTPFound(self.tricher["redirige"])
        said = {
            "issuer": self.emetteur,
            "authorization_endpoint": f"{self.emetteur}/entrer",
            "token_endpoint": f"{self.emetteur}/jetons",
            "jwks_uri": f"{self.emetteur}/cles",
        } | self.tricher.get("discovery", {})
        return web.json_response(said)

    async def entrer(self, request: web.Request) -> web.Response:
        """Send the browser straight back with a code: the page is already filled."""
        asked = request.query
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["redirect_uri"] == self.retour
        assert asked["code_challenge_method"] == "S256"
        assert {"openid", "email"} <= set(asked["scope"].split())
        code = secrets.token_urlsafe(16)
        self.codes[code] = {"nonce": asked["nonce"], "defi": asked["code_challenge"]}
        back = {"code": code, "state": asked["state"], "iss": self.emetteur}
        place = f"{self.retour}?{urlencode(back)}"
        return web.Response(status=303, headers={"Location": place})

    async def jetons(self, request: web.Request) -> web.Response:
        """Give the token for a code, to the client that may have it."""
        self.appels.append("jetons")
        form = await request.post()
        said = request.headers["Authorization"].removeprefix("Basic ")
        login, _, password = base64.b64decode(said).decode().partition(":")
        kept = self.codes.pop(str(form["code"]), None)
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        defi = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        good = (
            (unquote_plus(login), unquote_plus(password)) == (CLIENT, SECRET)
            and form["grant_type"] == "authorization_code"
            and form["redirect_uri"] == self.retour
            and kept is not None
            and kept["defi"] == defi
        )
        if not good or kept is None:
            return web.json_response({"error": "invalid_grant"}, status=400)
        if "flot" in self.tricher:
            return web.Response(body=b"x" * self.tricher["flot"])
        return web.json_response({"access_token": "a", "token_type": "Bearer",
                                  "id_token": self.id_token(kept["nonce"])})  # fmt: skip

    def id_token(self, nonce: str) -> str:
        now = int(self.maintenant())
        claims = {
            "iss": self.emetteur, "aud": CLIENT, "nonce": nonce, "iat": now,
            "exp": now + 300, **self.personne, **self.tricher.get("claims", {}),
        }  # fmt: skip
        header = {"alg": self.algorithme, "kid": self.cle.kid}
        signed = jwt.encode(header, claims, self.tricher.get("cle", self.cle))
        return str(self.tricher.get("jeton", lambda good: good)(signed))

    async def cles(self, request: web.Request) -> web.Response:
        return web.json_response({"keys": [self.cle.as_dict(private=False)]})


@asynccontextmanager
async def running(maintenant: Callable[[], float]) -> AsyncIterator[Fournisseur]:
    """Start the provider on a free port of this machine."""
    provider = Fournisseur(maintenant=maintenant)
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", provider.discovery)
    app.router.add_get("/entrer", provider.entrer)
    app.router.add_post("/jetons", provider.jetons)
    app.router.add_get("/cles", provider.cles)
    async with TestServer(app) as server:
        provider.emetteur = f"http://127.0.0.1:{server.port}"
        yield provider
