"""Who may do what, and the headers of every answer; a route without a policy is refused.

The rules are values (`Route`, `Policy`) so that tests can walk through them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from records.vocabulary import Role

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
ANTI_FORGERY_FIELD = "_jeton"
ANTI_FORGERY_HEADER = "X-Anti-Forgery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Who may call a route: everybody (`roles` None), or these roles."""

    roles: frozenset[str] | None

    def allows(self, role: str | None) -> bool:
        """Tell whether someone with this role (None: anonymous) may pass."""
        return self.roles is None or role in self.roles


def roles(*allowed: Role) -> Policy:
    """Open a route to these roles only."""
    return Policy(roles=frozenset(role.code for role in allowed))


PUBLIC = Policy(roles=None)
SIGNED_IN = roles(*Role)
STAFF = roles(Role.GESTIONNAIRE, Role.OPERATEUR, Role.ADMINISTRATEUR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One address of the house: what answers, and to whom.

    `is_upload` routes read a multipart body by themselves (`web.uploads`), so the
    middleware neither reads nor bounds it; every other body stays under 1 MB.
    """

    method: str
    path: str
    handler: Handler
    policy: Policy | None = None
    name: str | None = None
    is_upload: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Static:
    """A packaged file or folder served as it is, to everybody."""

    prefix: str
    source: Path


class PolicyError(Exception):
    """A route says nothing of who may call it: the house does not open."""


_BASE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' blob:; connect-src 'self'; font-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
        "object-src 'none'; require-trusted-types-for 'script'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            "accelerometer", "autoplay", "camera", "display-capture",
            "encrypted-media", "fullscreen", "geolocation", "gyroscope",
            "magnetometer", "microphone", "midi", "payment",
            "picture-in-picture", "publickey-credentials-get",
            "screen-wake-lock", "usb", "web-share", "xr-spatial-tracking",
        )
    ),
    "Cache-Control": "no-store",
}  # fmt: skip
_HSTS = "max-age=63072000; includeSubDomains"


def default_headers(public_url: str) -> dict[str, str]:
    """Return the headers an answer gets unless its view set its own."""
    headers = dict(_BASE_HEADERS)
    if is_https(public_url):
        headers["Strict-Transport-Security"] = _HSTS
    return headers


def is_https(public_url: str) -> bool:
    """Tell whether browsers reach us over TLS."""
    return urlsplit(public_url).scheme == "https"


def cookie_name(public_url: str) -> str:
    """Return the name of the only cookie.

    `__Host-` demands Secure: browsers refuse it over plain HTTP, which the embedded
    default uses on 127.0.0.1 (docs/decisions: local sign-in without TLS).
    """
    return "__Host-vaguemestre" if is_https(public_url) else "vaguemestre"


def allowed_hosts(public_url: str) -> frozenset[str]:
    """Return the host names we answer to (without port)."""
    host = urlsplit(public_url).hostname or ""
    return frozenset({host, "127.0.0.1", "localhost", "::1"})


def same_origin(request: web.Request, public_url: str) -> bool:
    """Tell whether an unsafe request comes from our own pages.

    Browsers say it by `Sec-Fetch-Site` (their `Origin` is then « null », because of our
    `no-referrer` policy), older ones by `Origin`; a request that says
    neither comes from no browser page, and the anti-forgery token still protects it.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    return origin.lower() in _own_origins(request, public_url)


def _own_origins(request: web.Request, public_url: str) -> frozenset[str]:
    parts = urlsplit(public_url)
    scheme = parts.scheme
    # the Host header was checked against the allow-list before
    host = request.headers.get("Host", "").lower()
    return frozenset({f"{scheme}://{parts.netloc}".lower(), f"{scheme}://{host}"})
