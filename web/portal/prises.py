"""Who takes charge of the lines of a list, as its page says and asks it (S01)."""

from collections.abc import Iterable
from typing import Any

from records.store import affectations
from socle.db import ReadSession
from web.api.contexte import Contexte
from web.portal import faits

AFFECTES = (
    ("", "Toutes les lignes"),
    ("moi", "Celles que je prends en charge"),
    ("personne", "Celles que personne n’a prises"),
)


def asked(ctx: Contexte, word: str) -> str | None:
    """Return whose lines a word of `AFFECTES` keeps: "" for nobody's, None for all."""
    return {"moi": ctx.auteur, "personne": ""}.get(word)


def holders(
    session: ReadSession, ctx: Contexte, references: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """Return, by line, how its holder is called here, and whether it is this person."""
    held = affectations.holders(session, references)
    names = faits.authors(session, ctx, held.values())
    return {
        reference: {"prise_par": names[who], "is_a_moi": who == ctx.auteur}
        for reference, who in held.items()
    }
