"""Coming in, choosing a password, going out, and « mon compte »."""

import dataclasses

from aiohttp import hdrs, web

from records.store import facteurs, sessions
from records.store.facteurs import SECOND_FACTEUR, Facteur
from socle.db import ReadSession
from socle.errors import RefusedError, VaguemestreError
from web import identity
from web.api.contexte import Contexte, contexte_of
from web.keys import IDENTITE, SERVICES, SESSION
from web.portal.forms import read_form, safe_place
from web.portal.page import see_other, show, tell
from web.problems import NonAuthentifieError, TropDeDemandesError, status_of

CODE = "/connexion/code"


async def get_connexion(request: web.Request) -> web.Response:
    """Show the sign-in form; someone signed in goes on."""
    suite = safe_place(request.query.get("suite"))
    if IDENTITE in request and SESSION in request:
        return see_other(suite)
    return await show_connexion(request, suite=suite)


async def show_connexion(
    request: web.Request,
    *,
    suite: str,
    identifiant: str = "",
    error: VaguemestreError | None = None,
) -> web.Response:
    """Show the sign-in form, with what went wrong when something did."""
    return await show(
        request,
        "connexion.html",
        status=status_of(error) if error else 200,
        headers=_wait(error) if error else {},
        suite=suite,
        identifiant=identifiant,
        erreur=error.detail if error else "",
        is_active=request.query.get("active") == "1",
        is_sorti=request.query.get("sorti") == "1",
        oidc=oidc_name(request),
    )


async def post_connexion(request: web.Request) -> web.Response:
    """Sign in, or say why not, keeping the identifier typed."""
    form = await read_form(request)
    suite = safe_place(form.get("suite"))
    response = see_other(suite)
    # a password may start or end with a space: it is taken as typed
    password = str((await request.post()).get("mot_de_passe", ""))
    try:
        found = await identity.sign_in(
            request, response, form.get("identifiant", ""), password, suite=suite
        )
    except (RefusedError, TropDeDemandesError) as error:
        return await show_connexion(
            request, suite=suite, identifiant=form.get("identifiant", ""), error=error
        )
    if found is None:
        response.headers[hdrs.LOCATION] = CODE
    return response


def oidc_name(request: web.Request) -> str:
    """Return how the identity provider is called here, "" when there is none."""
    settings = request.app[SERVICES].settings
    return settings.oidc_nom if settings.oidc_emetteur else ""


async def get_code(request: web.Request) -> web.Response:
    """Ask for the second factor; without a sign-in to finish, start again."""
    if await identity.find_step(request, SECOND_FACTEUR) is None:
        return see_other("/connexion")
    return await show(request, "code.html", erreur="")


async def post_code(request: web.Request) -> web.Response:
    """Check the second factor, or say what is wrong."""
    form, response = await read_form(request), see_other("/")
    try:
        suite = await identity.second_step(request, response, form.get("code", ""))
    except NonAuthentifieError:
        return see_other("/connexion")
    except (RefusedError, TropDeDemandesError) as error:
        return await show(
            request,
            "code.html",
            status=status_of(error),
            headers=_wait(error),
            erreur=error.detail,
        )
    response.headers[hdrs.LOCATION] = safe_place(suite)
    return response


def _wait(error: VaguemestreError) -> dict[str, str]:
    if isinstance(error, TropDeDemandesError):
        return {"Retry-After": str(error.retry_after)}
    return {}


async def post_deconnexion(request: web.Request) -> web.Response:
    """Sign out."""
    response = see_other("/connexion?sorti=1")
    await identity.sign_out(request, response)
    return response


async def get_activation(request: web.Request) -> web.Response:
    """Show the form where a newcomer chooses a password."""
    secret = request.query.get("code", "") or request.query.get("secret", "")
    return await show(request, "activation.html", code=secret, erreur="")


async def post_activation(request: web.Request) -> web.Response:
    """Choose the password, then sign in with it."""
    posted = await request.post()
    code = str(posted.get("code", "")).strip()
    password, again = (
        str(posted.get(name, "")) for name in ("mot_de_passe", "confirmation")
    )
    try:
        _refuse_different(password, again)
        await identity.activate(request, code, password)
    except (RefusedError, TropDeDemandesError) as error:
        return await show(
            request,
            "activation.html",
            status=status_of(error),
            headers=_wait(error),
            code=code,
            erreur=error.detail,
        )
    return see_other("/connexion?active=1")


def _refuse_different(password: str, again: str) -> None:
    if password != again:
        raise RefusedError(
            "confirmation-differente",
            "Les deux mots de passe ne sont pas les mêmes. Tapez-les de nouveau.",
        )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Connexion:
    """One browser signed in, as « mon compte » lists it; `cle` names it."""

    cle: str
    cree_at: object
    vue_at: object
    is_courante: bool


def connexions(
    session: ReadSession, ctx: Contexte, compte_id: int, here: str
) -> list[Connexion]:
    """Return the browsers signed in with an account, the last seen first."""
    rows = sessions.list_sessions(session, compte_id, now=ctx.now)
    return [
        Connexion(
            cle=row.empreinte[:16],
            cree_at=row.cree_at,
            vue_at=row.vue_at,
            is_courante=row.empreinte == here,
        )
        for row in rows
    ]


async def get_compte(request: web.Request) -> web.Response:
    """Show the account and the browsers signed in with it."""
    ctx, opened = contexte_of(request), request.get(SESSION)
    here = opened.empreinte if opened else ""

    def read(session: ReadSession) -> tuple[list[Connexion], Facteur]:
        mine = ctx.identite.compte_id
        return connexions(session, ctx, mine, here), facteurs.get(session, mine)

    found, facteur = await request.app[SERVICES].db.aread(read)
    return await show(request, "compte.html", connexions=found, facteur=facteur)


async def post_fermer_connexion(request: web.Request) -> web.Response:
    """Sign another browser of mine out."""
    form, ctx = await read_form(request), contexte_of(request)
    db = request.app[SERVICES].db

    def whose(session: ReadSession) -> str | None:
        rows = sessions.list_sessions(session, ctx.identite.compte_id, now=ctx.now)
        cle = form.get("connexion", "")
        found = [row.empreinte for row in rows if cle and row.empreinte[:16] == cle]
        return found[0] if found else None

    empreinte = await db.aread(whose)
    if empreinte is not None:
        await db.awrite(sessions.close_session, empreinte)
    await tell(request, "bon", "La connexion est fermée.")
    return see_other("/compte")
