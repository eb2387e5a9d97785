"""Help on each screen, searched, with pictures (S24)."""

from aiohttp import web

from socle.errors import NotFoundError
from web import aide
from web.portal.forms import MAX_TEXT
from web.portal.page import show


async def get_aide(request: web.Request) -> web.Response:
    """Search the help, or show what it holds."""
    asked = request.query.get("q", "").strip()[:MAX_TEXT]
    return await show(
        request,
        "aide.html",
        q=asked,
        trouvailles=aide.search(asked),
        pages=tuple(aide.guide().values()),
        page=None,
    )


async def get_page(request: web.Request) -> web.Response:
    """Show one page of the help."""
    page = aide.guide().get(request.match_info["nom"])
    if page is None:
        raise NotFoundError("introuvable", "Aucune page d'aide à cette adresse.")
    return await show(
        request,
        "aide.html",
        q="",
        trouvailles=(),
        pages=tuple(aide.guide().values()),
        page=page,
    )
