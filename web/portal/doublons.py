"""Two papers that look the same, side by side: a person says whether they are one."""

from dataclasses import dataclass

import sqlalchemy as sa
from aiohttp import web

from intake import doublons, revue
from intake.doublons import Avis, EtatDoublon
from intake.revue import Acte
from records import tables_colis as tc
from records.colis import EtatFichier
from records.comptes import Perimetre
from records.store import justificatifs
from records.store.justificatifs import Justificatif
from records.vocabulary import EtatJustificatif
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, RefusedError
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.portal.forms import read_form, reason_of
from web.portal.page import see_other, tell

_SAID = {
    EtatDoublon.CONFIRME.code: "Le doublon est confirmé : les deux papiers sont gardés.",
    EtatDoublon.ECARTE.code: "C’est noté : ce sont deux papiers différents.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Renvoi:
    """The same bytes come again in a colis: nothing was treated twice."""

    colis: str
    nom: str


def sent_again(
    session: ReadSession, paper: Justificatif, perimetre: Perimetre
) -> tuple[Renvoi, ...]:
    """Return the colis in which the bytes of this paper came again."""
    if not perimetre.sees(paper.collectivite_id):
        return ()
    f = tc.Fichier
    rows = session.execute(
        sa.select(tc.Colis.reference, f.nom)
        .join(f, f.colis_id == tc.Colis.id)
        .where(f.depot_id == paper.depot_id, f.etat == EtatFichier.DOUBLON.code)
        .where(f.collectivite_id == paper.collectivite_id)
        .order_by(f.id)
        .limit(20)
    )
    return tuple(Renvoi(colis=reference, nom=nom) for reference, nom in rows)


def _say(
    session: WriteSession, ctx: Contexte, reference: str, form: dict[str, str]
) -> str:
    etat = next((e for e in EtatDoublon if e.code == form.get("avis")), None)
    if etat not in {EtatDoublon.CONFIRME, EtatDoublon.ECARTE}:
        raise RefusedError("avis-inconnu", "Dites si c’est le même papier.")
    motif = reason_of(form)
    avis = Avis(
        etat=etat, auteur=ctx.auteur, motif=motif, perimetre=ctx.perimetre, now=ctx.now
    )
    doublons.decide(session, reference, form.get("premier", ""), avis)
    paper = justificatifs.get(session, reference, ctx.perimetre)
    waits = paper.etat == EtatJustificatif.A_VERIFIER.code
    if etat is EtatDoublon.CONFIRME and waits:
        acte = Acte(
            perimetre=ctx.perimetre, auteur=ctx.auteur, now=ctx.now, motif=motif
        )
        revue.file_without_line(session, reference, acte)
    return _SAID[etat.code]


async def post_doublon(request: web.Request) -> web.Response:
    """Keep what a person says of two papers; a confirmed one is filed without a line."""
    ctx, form = contexte_of(request), await read_form(request)
    reference = request.match_info["reference"]
    try:
        said = await request.app[SERVICES].db.awrite(_say, ctx, reference, form)
        await tell(request, "bon", said)
    except (RefusedError, ConflictError) as error:
        await tell(request, "erreur", error.detail)
    return see_other(f"/documents/{reference}")
