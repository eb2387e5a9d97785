"""The clerk's corrections for the API; what each act means is `intake.revue`.

Its classifiers are loaded at the first act (`web.serving` does it in the background), so
that the service answers at once.
"""

from typing import TYPE_CHECKING, Any

from records.periodes import Periode
from records.store import evenements
from socle.db import WriteSession
from socle.errors import ErreurChamp, RefusedError
from web.api import justificatifs
from web.api import models_papiers as mp
from web.api.contexte import Contexte

if TYPE_CHECKING:
    from intake.revue import Acte

Json = dict[str, Any]


def acte(ctx: Contexte, motif: str | None, version: int | None = None) -> "Acte":
    """Return who acts, when, and why."""
    from intake.revue import Acte

    return Acte(
        perimetre=ctx.perimetre,
        auteur=ctx.auteur,
        now=ctx.now,
        motif=motif or "",
        version=version,
    )


def retype(session: WriteSession, ctx: Contexte, ref: str, entry: mp.Retypage) -> Json:
    """Correct the type; what a paper of that type may answer is proposed again."""
    from intake import revue

    why = acte(ctx, entry.motif, entry.version)
    revue.retype(session, ref, entry.type, why, ctx.coffre)
    return justificatifs.get_document(session, ctx, ref)


def link(
    session: WriteSession, ctx: Contexte, ref: str, entry: mp.RattachementEntree
) -> Json:
    """Tie a paper to requirements, or file it on an event without closing a line."""
    from intake import revue

    why = acte(ctx, entry.motif, entry.version)
    if entry.pieces:
        days = {
            lien.piece: Periode.inclusive(lien.couverture.debut, lien.couverture.fin)
            for lien in entry.pieces
            if lien.couverture is not None
        }
        wanted = [lien.piece for lien in entry.pieces]
        revue.link(session, ref, wanted, why, periodes=days)
    elif entry.evenement is not None:
        parent = evenements.get(session, entry.evenement, ctx.perimetre)
        revue.file_without_line(session, ref, why, evenement=parent)
    else:
        detail = "Indiquez au moins une pièce attendue, ou un évènement."
        erreur = ErreurChamp(champ="pieces", code="absent", detail=detail)
        raise RefusedError("demande-invalide", detail, erreurs=(erreur,))
    return justificatifs.get_document(session, ctx, ref)


def unlink(
    session: WriteSession, ctx: Contexte, ref: str, entry: mp.DetachementEntree
) -> Json:
    """Undo ties with these requirements, or with all."""
    from intake import revue

    version = entry.version
    wanted: list[str | None] = [*entry.pieces]
    for piece in wanted or [None]:
        revue.unlink(session, ref, piece, acte(ctx, entry.motif, version))
        version = None  # the first act moved the paper to its next version
    return justificatifs.get_document(session, ctx, ref)


def anomaly(
    session: WriteSession, ctx: Contexte, ref: str, entry: mp.AnomalieEntree
) -> Json:
    """Say that the paper cannot be integrated."""
    from intake import revue

    revue.put_in_anomaly(session, ref, acte(ctx, entry.motif, entry.version))
    return justificatifs.get_document(session, ctx, ref)


def rotate(
    session: WriteSession, ctx: Contexte, ref: str, entry: mp.RotationEntree
) -> Json:
    """Say how far its pages must be turned to be read."""
    from intake import revue

    revue.rotate(session, ref, entry.angle, acte(ctx, entry.motif, entry.version))
    return justificatifs.get_document(session, ctx, ref)


def split(
    session: WriteSession, ctx: Contexte, ref: str, entry: mp.DecoupageEntree
) -> None:
    """Cut a deposit again into papers; each part is read and proposed again."""
    from intake import revue

    revue.recut(session, ref, entry.documents, acte(ctx, entry.motif), ctx.coffre)
