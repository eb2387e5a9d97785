"""Who is asking: bearer token or server-side session; signing in and out."""

import asyncio
import datetime as dt
import hashlib
import hmac
from typing import Any

from aiohttp import web

from records.comptes import NOBODY, Identite
from records.store import comptes, facteurs, sessions
from records.store.facteurs import SECOND_FACTEUR
from records.vocabulary import Role
from socle.errors import RefusedError
from web import second_facteur, security
from web.keys import HASHING, IDENTITE, LIMITES, SERVICES, SESSION
from web.limits import too_many
from web.passwords import check_password, hash_password, verify_password
from web.problems import NonAuthentifieError

ANONYMOUS = Identite(
    compte_id=0,
    reference="",
    identifiant="",
    role="anonyme",
    perimetre=NOBODY,
    moyen="aucun",
)
_TOO_LATE = (
    "connexion-a-reprendre",
    "Cette connexion a trop attendu ou trop essayé : reprenez-la au début.",
)
_WRONG_CODE = (
    "code-refuse",
    "Ce code n'est pas le bon, ou il a déjà servi. Attendez le suivant, puis recommencez.",
)
_WRONG = (
    "identifiants-refuses",
    "Identifiant ou mot de passe incorrect. Vérifiez-les, puis recommencez.",
)


def identite(request: web.Request) -> Identite:
    """Return who is asking; raises `NonAuthentifieError` when nobody signed in."""
    found: Identite | None = request.get(IDENTITE)
    if found is None:
        raise NonAuthentifieError("non-authentifie", "Identifiez-vous.")
    return found


def jeton_anti_forgery(request: web.Request) -> str:
    """Return the token forms must carry (`_jeton`), "" when nobody signed in."""
    session = request.get(SESSION)
    return session.anti_forgery if session else ""


def has_proof(request: web.Request, given: str | None) -> bool:
    """Tell, in constant time, whether this is the session's anti-forgery token."""
    expected = jeton_anti_forgery(request)
    return bool(expected) and hmac.compare_digest(
        expected.encode(), (given or "").encode()
    )


async def identify(request: web.Request) -> None:
    """Read the token or the cookie of a request, and remember who it is."""
    services = request.app[SERVICES]
    now = services.clock.now()
    authorization = request.headers.get("Authorization", "")
    # a machine's token opens the API, never a page made for a person
    if authorization and request.path.startswith("/api/"):
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() == "bearer" and token:
            found = await services.db.aread(sessions.find_jeton, token.strip(), now=now)
            if found is not None:
                request[IDENTITE] = found
        return  # a wrong token is never saved by a cookie
    cookie = request.cookies.get(security.cookie_name(services.settings.public_url))
    if cookie:
        await _identify_session(request, cookie, now)


async def _identify_session(
    request: web.Request, cookie: str, now: dt.datetime
) -> None:
    db = request.app[SERVICES].db
    opened = await db.aread(sessions.find_session, cookie, now=now)
    if opened is None:
        return
    if now - opened.vue_at >= sessions.SEEN_EVERY:
        await db.awrite(sessions.touch_session, opened.empreinte, now=now)
    request[SESSION] = opened
    request[IDENTITE] = opened.identite


async def sign_in(
    request: web.Request,
    response: web.StreamResponse,
    identifiant: str,
    password: str,
    *,
    suite: str = "/",
) -> Identite | None:
    """Check a password, open a fresh session, set its cookie on `response`.

    None: the password is right and the second factor is now awaited. Raises
    `RefusedError` (wrong, always the same sentence) or `TropDeDemandesError`.
    """
    services = request.app[SERVICES]
    now = services.clock.now()
    _slow_down(request, identifiant, now)
    acces = await services.db.aread(comptes.acces, identifiant)
    if acces and acces.bloque_jusqu_at and acces.bloque_jusqu_at > now:
        waiting = (acces.bloque_jusqu_at - now).total_seconds()
        raise too_many("Trop d'essais sur ce compte.", waiting)
    stored = acces.mot_de_passe if acces else None
    async with request.app[HASHING]:
        good = await asyncio.to_thread(verify_password, stored, password)
    if acces is None or not good:
        if acces is not None:
            await services.db.awrite(comptes.note_failure, acces.compte_id, now=now)
        raise RefusedError(*_WRONG)
    return await admit(request, response, acces.compte_id, suite=suite)


async def admit(
    request: web.Request,
    response: web.StreamResponse,
    compte_id: int,
    *,
    suite: str,
    is_strong: bool = False,
) -> Identite | None:
    """Let in someone whose first proof is good, or await their second factor (None).

    `is_strong`: whoever proved it already asked for a second factor.
    """
    services = request.app[SERVICES]
    known = await services.db.aread(facteurs.get, compte_id)
    if is_strong or not known.is_actif:
        return await start_session(request, response, compte_id)
    cookie = await services.db.awrite(
        facteurs.open_step, facteurs.SECOND_FACTEUR, now=services.clock.now(),
        compte_id=compte_id, contenu={"suite": suite},
    )  # fmt: skip
    set_cookie(request, response, cookie)
    return None


async def find_step(request: web.Request, genre: str) -> facteurs.Etape | None:
    """Return the sign-in half done that this browser's cookie names."""
    services = request.app[SERVICES]
    cookie = request.cookies.get(security.cookie_name(services.settings.public_url))
    if not cookie:
        return None
    now = services.clock.now()
    return await services.db.aread(facteurs.find_step, cookie, genre, now=now)


async def second_step(
    request: web.Request, response: web.StreamResponse, code: str
) -> str:
    """Check the second factor and open the session; return where the person was going.

    Raises `RefusedError` (wrong code), `NonAuthentifieError` when there is no sign-in to
    finish any more, `TropDeDemandesError`.
    """
    services, etape = request.app[SERVICES], await find_step(request, SECOND_FACTEUR)
    now = services.clock.now()
    if etape is None or etape.compte_id is None:
        raise NonAuthentifieError(*_TOO_LATE)
    key = f"second-facteur-{etape.compte_id}"
    limites = request.app[LIMITES]
    limites.spend(limites.login_account, key, now.timestamp(), "Trop d'essais.")
    if not await services.db.awrite(facteurs.note_try, etape.empreinte):
        raise NonAuthentifieError(*_TOO_LATE)
    good = await services.db.awrite(
        second_facteur.spend, services.coffre, etape.compte_id, code, now
    )
    if not good:
        await services.db.awrite(comptes.note_failure, etape.compte_id, now=now)
        raise RefusedError(*_WRONG_CODE)
    if not await services.db.awrite(facteurs.close_step, etape.empreinte):
        raise NonAuthentifieError(*_TOO_LATE)
    await start_session(request, response, etape.compte_id)
    return str(etape.contenu.get("suite", "/"))


def _slow_down(request: web.Request, identifiant: str, now: dt.datetime) -> None:
    limites, at = request.app[LIMITES], now.timestamp()
    limites.spend(
        limites.login_address,
        client_address(request),
        at,
        "Trop d'essais depuis votre adresse.",
    )
    # the identifier is kept as a hash: memory holds no list of names tried
    key = hashlib.sha256(comptes.canonical(identifiant).encode()).hexdigest()
    limites.spend(limites.login_account, key, at, "Trop d'essais sur ce compte.")


async def start_session(
    request: web.Request, response: web.StreamResponse, compte_id: int
) -> Identite:
    """Open a session for an account (the former one, if any, ends) and set its cookie."""
    services = request.app[SERVICES]
    now = services.clock.now()
    former = request.get(SESSION)
    if former is not None:
        await services.db.awrite(sessions.close_session, former.empreinte)
    cookie, opened = await services.db.awrite(sessions.open_session, compte_id, now=now)
    set_cookie(request, response, cookie)
    return opened.identite


def set_cookie(request: web.Request, response: web.StreamResponse, value: str) -> None:
    """Give the browser its one cookie: a session, or a sign-in half done."""
    public_url = request.app[SERVICES].settings.public_url
    response.set_cookie(
        security.cookie_name(public_url),
        value,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=security.is_https(public_url),
    )


def needs_second_facteur(request: web.Request) -> bool:
    """Tell whether this session must first give itself a second factor."""
    opened = request.get(SESSION)
    if opened is None or opened.has_second_facteur:
        return False
    exige = request.app[SERVICES].settings.second_facteur_exige
    is_staff = opened.identite.role != Role.COLLECTIVITE.code
    return exige == "tous" or (exige == "personnel" and is_staff)


async def sign_out(request: web.Request, response: web.StreamResponse) -> None:
    """End this session and have the browser forget what it kept of us."""
    services = request.app[SERVICES]
    opened = request.get(SESSION)
    if opened is not None:
        await services.db.awrite(sessions.close_session, opened.empreinte)
    public_url = services.settings.public_url
    response.del_cookie(
        security.cookie_name(public_url),
        path="/",
        secure=security.is_https(public_url),
        httponly=True,
        samesite="Lax",
    )
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'


async def activate(request: web.Request, secret: str, password: str) -> Identite:
    """Spend an activation secret: choose the password. The person then signs in.

    Raises `RefusedError` (dead secret, weak password) or `TropDeDemandesError`.
    """
    services = request.app[SERVICES]
    now = services.clock.now()
    limites = request.app[LIMITES]
    limites.spend(
        limites.activation,
        client_address(request),
        now.timestamp(),
        "Trop d'essais depuis votre adresse.",
    )
    whose = await services.db.aread(comptes.activation_identifiant, secret, now=now)
    check_password(password, whose or "")
    async with request.app[HASHING]:
        hashed = await asyncio.to_thread(hash_password, password)
    return await services.db.awrite(comptes.activate, secret, hashed, now=now)


async def remember(request: web.Request, contenu: dict[str, Any]) -> None:
    """Replace what the portal keeps about this browser (messages to show)."""
    opened = request.get(SESSION)
    if opened is not None:
        db = request.app[SERVICES].db
        await db.awrite(sessions.put_contenu, opened.empreinte, contenu)


def client_address(request: web.Request) -> str:
    """Return the address of the caller; a proxy is believed only when declared."""
    peer = request.remote or ""
    trusted = request.app[SERVICES].settings.proxys_de_confiance
    proxies = {part.strip() for part in trusted.split(",") if part.strip()}
    if peer in proxies:
        forwarded = request.headers.get("X-Forwarded-For", "")
        for hop in reversed([part.strip() for part in forwarded.split(",")]):
            if hop and hop not in proxies:
                return hop
    return peer
