"""Papers for the API: what was recognised, where it went, and the reasons."""

from collections.abc import Iterable, Mapping
from typing import Any

from intake import depots
from intake import renvois as registre
from records.store import justificatifs, pieces, renvois
from records.store.justificatifs import FiltreJustificatifs, Justificatif
from records.store.pieces import LienActif
from socle.db import ReadSession
from web.api import models_papiers as mp
from web.api import present
from web.api.contexte import Contexte

Json = dict[str, Any]


def show(
    session: ReadSession,
    rows: Iterable[Justificatif],
    links: Iterable[LienActif] | None = None,
) -> list[Json]:
    """Return papers with the references of all they point at.

    `links` are the ties of another instant than now.
    """
    listed = list(rows)
    if links is None:
        links = pieces.links_of(session, justificatif_ids=[row.id for row in listed])
    names = _Names(
        depots=registre.references(session, [row.depot_id for row in listed]),
        agents=renvois.agents(session, [row.agent_id for row in listed]),
        evenements=renvois.evenements(session, [row.evenement_id for row in listed]),
        pieces=renvois.pieces(session, [link.piece_id for link in links]),
    )
    return [
        {
            **_paper(row, names),
            "pieces": [
                {
                    "reference": names.pieces[link.piece_id],
                    "couverture": present.periode(link.periode),
                }
                for link in links
                if link.justificatif_id == row.id
            ],
        }
        for row in listed
    ]


class _Names:
    """References by identifier, for one answer."""

    def __init__(self, **maps: Mapping[int, str]) -> None:
        self.depots = maps["depots"]
        self.agents = maps["agents"]
        self.evenements = maps["evenements"]
        self.pieces = maps["pieces"]


def _paper(row: Justificatif, names: _Names) -> Json:
    return {
        "reference": row.reference,
        "depot": names.depots[row.depot_id],
        "pages": list(row.pages),
        "type": row.type,
        "confiance": round(row.confiance, 4),
        "type_propose": row.type_propose,
        "modele": row.modele,
        "champs": {name: _value(read) for name, read in row.champs.items()},
        "lectures": {
            name: read for name, read in row.champs.items() if isinstance(read, dict)
        },
        "agent": names.agents.get(row.agent_id or 0),
        "evenement": names.evenements.get(row.evenement_id or 0),
        "etat": row.etat,
        "motifs": [reason(motif) for motif in row.motifs],
        "candidats": [_candidate(c) for c in row.candidats],
        "remarques": list(row.remarques),
        "integre_le": present.instant(row.integre_at),
        "rotation": row.rotation,
        "version": row.version,
    }


def _value(read: Any) -> str:  # noqa: ANN401 - a field as kept
    return str(read.get("valeur", "")) if isinstance(read, dict) else str(read)


def reason(motif: Mapping[str, Any]) -> Json:
    """Return one reason; its zone as four fractions: x, y, largeur, hauteur."""
    zone = motif.get("zone")
    if isinstance(zone, Mapping):
        zone = [zone["x"], zone["y"], zone["largeur"], zone["hauteur"]]
    return {
        "code": motif["code"],
        "detail": motif["detail"],
        "page": motif.get("page"),
        "zone": list(zone) if zone else None,
        "poids": motif.get("poids", 0.0),
    }


def _candidate(candidate: Mapping[str, Any]) -> Json:
    return {
        "piece": candidate.get("piece"),
        "evenement": candidate.get("evenement"),
        "agent": candidate.get("agent"),
        "score": candidate.get("score", 0.0),
        "motifs": [reason(motif) for motif in candidate.get("motifs", ())],
    }


def of_depot(session: ReadSession, ctx: Contexte, depot_id: int) -> list[Json]:
    """Return the papers of a deposit that this person may see."""
    rows = justificatifs.of_depot(session, depot_id, ctx.perimetre)
    return show(session, rows)


def get_document(session: ReadSession, ctx: Contexte, reference: str) -> Json:
    """Show one paper."""
    row = justificatifs.get(session, reference, ctx.perimetre)
    return show(session, [row])[0]


def list_documents(
    session: ReadSession, ctx: Contexte, asked: mp.JustificatifRecherche
) -> Json:
    """List the papers integrated, the last first."""
    filtre = FiltreJustificatifs(
        collectivite=asked.collectivite,
        agent=asked.agent,
        evenement=asked.evenement,
        depot_id=_depot(session, asked.depot, ctx),
        type=asked.type,
        etat=asked.etat,
        du=asked.depuis,
        au=present.after(asked.jusqu_a),
        depots=registre.with_text(asked.q) if asked.q else None,
    )
    found = justificatifs.listing(
        session,
        ctx.perimetre,
        filtre,
        curseur=ctx.open_cursor(asked.curseur),
        limite=asked.limite,
    )
    shown = show(session, [line.justificatif for line in found.elements])
    return present.page(ctx, found, shown)


def _depot(session: ReadSession, reference: str | None, ctx: Contexte) -> int | None:
    if reference is None:
        return None
    return depots.get(session, reference, ctx.perimetre).id
