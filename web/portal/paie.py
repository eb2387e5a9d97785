"""The pay elements of an event, month by month, as people type them (S07)."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from aiohttp import web

from records.store import salaires
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError
from web.api import present
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal.declaration_lue import DeclarationLue
from web.portal.forms import read_form, version_of
from web.portal.modifier import Modification, open_page, say
from web.portal.page import see_other, show, tell
from web.problems import status_of

MONTANTS = (
    ("tib", "Traitement indiciaire brut"),
    ("nbi", "NBI"),
    ("sft", "Supplément familial"),
    ("indemnite_residence", "Indemnité de résidence"),
    ("primes", "Primes"),
    ("charges_patronales", "Charges patronales"),
)
MIN_ROWS = 3
MAX_AMOUNT = Decimal(10000000)
_MONTH = re.compile(r"^(\d{4})-(0[1-9]|1[0-2])$|^(0?[1-9]|1[0-2])/(\d{4})$")


def _pay_page(
    session: ReadSession, ctx: Contexte, reference: str, typed: Mapping[str, str] | None
) -> Modification:
    page = open_page(session, ctx, reference)
    page.lue.typed = {"version": str(page.evenement.version), **(typed or {})}
    if typed is not None:
        page.lignes = _pay_rows(typed)
    else:
        known = salaires.of_evenement(session, page.evenement.id)
        page.lignes = [{n: str(v) for n, v in line.items()} for line in known]
    page.lignes += [{} for _ in range(max(1, MIN_ROWS - len(page.lignes)))]
    return page


def _pay_rows(typed: Mapping[str, str]) -> list[dict[str, str]]:
    names = ("mois", *(name for name, _ in MONTANTS))
    ranks = sorted(
        {int(n.split("-")[1]) for n in typed if re.match(r"^mois-\d{1,3}$", n)}
    )
    rows = [{n: typed.get(f"{n}-{rank}", "") for n in names} for rank in ranks]
    return [row for row in rows if any(row.values())]


async def get_salaires(request: web.Request) -> web.Response:
    """Show the pay elements of an event (S07)."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    page = await request.app[SERVICES].db.aread(_pay_page, ctx, reference, None)
    return await show(request, "salaires.html", p=page, montants=MONTANTS)


async def post_salaires(request: web.Request) -> web.Response:
    """Write the pay elements of an event, all its months at once."""
    ctx, reference = contexte_of(request), request.match_info["reference"]
    typed = await read_form(request)
    db, status = request.app[SERVICES].db, 422
    try:
        page = await db.awrite(_write_pay, ctx, reference, typed)
    except ConflictError as error:
        status = status_of(error)
        page = await db.aread(_pay_page, ctx, reference, typed)
        say(page.lue, error)
    if page.lue.erreurs or typed.get("acte") == "ligne":
        status = status if page.lue.erreurs else 200
        return await show(
            request, "salaires.html", p=page, montants=MONTANTS, status=status
        )
    await tell(request, "bon", "Salaires enregistrés.")
    return see_other(page.adresse)


def _write_pay(
    session: WriteSession, ctx: Contexte, reference: str, typed: Mapping[str, str]
) -> Modification:
    page = _pay_page(session, ctx, reference, typed)
    if typed.get("acte") == "ligne":
        return page
    lines = [_pay_line(page.lue, r, line) for r, line in enumerate(page.lignes) if line]
    months = [line.get("mois") for line in lines]
    for rank, month in enumerate(months):
        if month in months[:rank]:
            page.lue.erreurs.setdefault(
                f"mois-{rank}", "Ce mois est déjà saisi plus haut."
            )
    if not page.lue.erreurs:
        salaires.replace(
            session,
            reference,
            lines,
            perimetre=ctx.perimetre,
            auteur=ctx.auteur,
            now=ctx.now,
            version=version_of(typed),
        )
    return page


def _pay_line(lue: DeclarationLue, rank: int, row: Mapping[str, str]) -> dict[str, Any]:
    found = _MONTH.match(row.get("mois", ""))
    if found is None:
        lue.erreurs[f"mois-{rank}"] = "Écrivez le mois sous la forme mm/aaaa."
        return {}
    year, month = (found[1], found[2]) if found[1] else (found[4], found[3])
    line: dict[str, Any] = {"mois": f"{year}-{int(month):02d}"}
    for name, label in MONTANTS:
        typed = row.get(name, "")
        if not typed:
            continue
        amount = amount_typed(typed)
        if amount is None:
            lue.erreurs[f"{name}-{rank}"] = (
                f"« {label} » : indiquez un montant, par exemple 1 842,50."
            )
        else:
            line[name] = present.money(amount)
    return line


def amount_typed(typed: str) -> Decimal | None:
    """Return an amount typed as people write it, None when it is not one.

    >>> amount_typed("1 842,5")
    Decimal('1842.50')
    """
    try:
        amount = Decimal(re.sub(r"[\s\u00a0\u202f€]", "", typed).replace(",", "."))
        is_amount = 0 <= amount < MAX_AMOUNT
    except InvalidOperation:
        return None
    return amount.quantize(Decimal("0.01")) if is_amount else None
