"""What was proposed becomes what is: one transaction for a whole deposit.

Every page of the file ends in exactly one paper; every doubt ends in a task. A linker that
loses a race turns its link into a question, never into a crash.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from classifiers.evidence import Liasse, Zone
from classifiers.verdict import Champ, Raison, Verdict
from intake import depots, doublons
from intake.depots import Depot
from intake.proposition import Candidat, Proposition, as_question
from intake.ressemblances import Vu
from records.journal import Tag
from records.store import (
    agents,
    coupons,
    evenements,
    justificatifs,
    pieces,
    recours,
    taches,
)
from records.store.coupons import CouponLu
from records.store.justificatifs import JustificatifNouveau
from records.store.taches import TacheNouvelle
from records.vocabulary import EtatDepot, EtatJustificatif, Typologie
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, RefusedError

READER = "lecture"
ELSEWHERE = "autre-collectivite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Papier:
    """One paper of a deposit: its pages (blank backs included), verdict, proposal."""

    pages: tuple[int, ...]
    liasse: Liasse
    verdict: Verdict
    proposition: Proposition
    # the return code that led to the line, if one did
    coupon: CouponLu | None = None


_TASKS = {
    EtatJustificatif.A_VERIFIER.code: Typologie.A_VERIFIER,
    EtatJustificatif.ANOMALIE.code: Typologie.DOSSIER_EN_ANOMALIE,
    EtatJustificatif.QUARANTAINE.code: Typologie.SECRET_MEDICAL,
}
_REMARKS = {
    "regularisation": (
        Typologie.REGULARISATION,
        (
            "Un avis du conseil médical est arrivé sur un congé de maladie ordinaire : "
            "le centre de gestion doit régulariser la nature du congé."
        ),
    ),
    "recours_a_ouvrir": (
        Typologie.RECOURS_A_ENVOYER,
        (
            "Le papier dit que l'accident est causé par un tiers : une demande de "
            "recours est à ouvrir."
        ),
    ),
}


def integrate(
    session: WriteSession, depot: Depot, papiers: Iterable[Papier], now: dt.datetime
) -> None:
    """Write the papers of a deposit, their links and their tasks, then close it.

    A deposit that already ended is left as it is: a job may run twice.
    """
    if not depots.lock_unfinished(session, depot.id):
        return
    papiers = list(papiers)
    doublons.hold_agents(session, [p.proposition.agent_id for p in papiers])
    for rang, papier in enumerate(papiers, start=1):
        write(session, depot, rang, papier, now)
    doublons.index(session, depot.collectivite_id, depot.id)
    depots.move(session, depot.id, EtatDepot.TRAITE, now=now, auteur=READER)


def write(
    session: WriteSession, depot: Depot, rang: int, papier: Papier, now: dt.datetime
) -> None:
    """Write one paper, its links and its tasks."""
    jumeaux = _twins(session, depot, papier)
    proposition = doublons.withhold(papier.proposition, jumeaux)
    written = justificatifs.add(
        session,
        JustificatifNouveau(
            collectivite_id=depot.collectivite_id,
            depot_id=depot.id,
            rang=rang,
            pages=papier.pages,
            type=papier.verdict.type,
            confiance=papier.verdict.confiance,
            modele=papier.verdict.modele,
            etat=proposition.etat,
            agent_id=proposition.agent_id,
            evenement_id=proposition.evenement_id,
            # kept from everybody but those allowed, whatever the reason
            is_secret_medical=proposition.etat == EtatJustificatif.QUARANTAINE.code
            or proposition.code == ELSEWHERE,
            champs=fields_json(papier.verdict.champs),
            motifs=reasons_json((*proposition.raisons, *papier.verdict.raisons)),
            candidats=candidates_json(session, proposition.candidats),
            remarques=list(proposition.remarques),
        ),
        auteur=READER,
        now=now,
    )
    doublons.keep(session, written.id, jumeaux, now)
    proposition = _link(session, written, proposition, now)
    aimed = papier.coupon.piece_id if papier.coupon else depot.piece_id
    if proposition.etat == EtatJustificatif.A_VERIFIER.code and aimed:
        # nobody is reminded of a line for which something came and waits to be seen
        pieces.mark_received(session, aimed, written.id, auteur=READER, now=now)
    if proposition.liens and papier.coupon:
        coupons.use(session, papier.coupon.id, depot.id, now)
    _open_tasks(session, depot, written, proposition, now)


def _twins(
    session: WriteSession, depot: Depot, papier: Papier
) -> tuple[doublons.Jumeau, ...]:
    """Find the earlier papers that may be this one."""
    found = papier.proposition
    vu = Vu(
        type=papier.verdict.type,
        agent_id=found.agent_id,
        evenement_id=found.evenement_id,
        champs=fields_json(papier.verdict.champs),
        pages=doublons.pages_of(session, depot.id, papier.pages),
    )
    return doublons.twins(session, depot.id, depot.collectivite_id, vu)


def _link(
    session: WriteSession,
    written: justificatifs.Justificatif,
    proposition: Proposition,
    now: dt.datetime,
) -> Proposition:
    """Tie the paper to its lines, all or none.

    A line someone closed meanwhile makes it a question, with those lines as candidates.
    """
    if not proposition.liens:
        return proposition
    try:
        with session.begin_nested():
            for lien in proposition.liens:
                pieces.settle(
                    session,
                    lien.piece_id,
                    written.id,
                    periode=lien.periode,
                    auteur=READER,
                    motif=proposition.code,
                    now=now,
                )
    except (ConflictError, RefusedError) as error:
        return _lose(session, written, proposition, error, now)
    return proposition


def _lose(
    session: WriteSession,
    written: justificatifs.Justificatif,
    proposition: Proposition,
    error: ConflictError | RefusedError,
    now: dt.datetime,
) -> Proposition:
    etat = EtatJustificatif.A_VERIFIER.code
    justificatifs.change(
        session,
        written.id,
        {"etat": etat, "candidats": candidates_of(session, proposition)},
        tag=Tag.JUSTIFICATIF_A_VERIFIER,
        contenu={"code": error.code},
        auteur=READER,
        now=now,
    )
    return replace(
        proposition, etat=etat, code=error.code, detail=error.detail, liens=()
    )


def _open_tasks(
    session: WriteSession,
    depot: Depot,
    written: justificatifs.Justificatif,
    proposition: Proposition,
    now: dt.datetime,
) -> None:
    wanted = []
    if proposition.etat in _TASKS:
        typologie = _TASKS[proposition.etat]
        wanted.append((typologie, proposition.code, proposition.detail))
    for remarque in proposition.remarques:
        if remarque in _REMARKS and not _is_answered(session, remarque, proposition):
            typologie, detail = _REMARKS[remarque]
            wanted.append((typologie, remarque.replace("_", "-"), detail))
    for typologie, code, detail in wanted:
        tache = TacheNouvelle(
            typologie=typologie,
            code=code,
            detail=detail,
            # a paper of somebody else's: its task is the house's alone
            collectivite_id=None if code == ELSEWHERE else depot.collectivite_id,
            depot_id=depot.id,
            justificatif_id=written.id,
            evenement_id=proposition.evenement_id,
            proprietaire="operateur" if code == ELSEWHERE else "gestionnaire",
        )
        taches.open_task(session, tache, auteur=READER, now=now)


def _is_answered(
    session: WriteSession, remarque: str, proposition: Proposition
) -> bool:
    """Tell whether what a remark proposes was already done."""
    known = proposition.evenement_id
    is_claim = remarque == "recours_a_ouvrir" and known is not None
    return is_claim and recours.under_way(session, known or 0) is not None


def refuse(
    session: WriteSession, depot: Depot, code: str, detail: str, now: dt.datetime
) -> None:
    """Give a deposit back, with its reason and a task; the bytes are kept."""
    _put_aside(session, depot, EtatDepot.REFUSE, (code, detail), now)


def quarantine(
    session: WriteSession, depot: Depot, code: str, detail: str, now: dt.datetime
) -> None:
    """Keep a deposit aside for a person; the bytes are kept."""
    _put_aside(session, depot, EtatDepot.QUARANTAINE, (code, detail), now)


def _put_aside(
    session: WriteSession,
    depot: Depot,
    etat: EtatDepot,
    why: tuple[str, str],
    now: dt.datetime,
) -> None:
    code, detail = why
    if not depots.lock_unfinished(session, depot.id):
        return
    depots.move(
        session, depot.id, etat, now=now, auteur=READER, code=code, motif=detail
    )
    tache = TacheNouvelle(
        typologie=Typologie.DOSSIER_EN_ANOMALIE,
        code=code,
        detail=detail,
        collectivite_id=depot.collectivite_id,
        depot_id=depot.id,
        evenement_id=depot.evenement_id,
        proprietaire="collectivite" if etat is EtatDepot.REFUSE else "gestionnaire",
    )
    taches.open_task(session, tache, auteur=READER, now=now)


def zone_json(zone: Zone | None) -> list[float] | None:
    """Return a zone as [x, y, largeur, hauteur]."""
    if zone is None:
        return None
    return [round(v, 4) for v in (zone.x, zone.y, zone.largeur, zone.hauteur)]


def fields_json(champs: Mapping[str, Champ]) -> dict[str, Any]:
    """Return fields as kept: value, words read, place, confidence."""
    return {
        nom: {
            "valeur": champ.valeur,
            "lu": champ.lu,
            "page": champ.page,
            "zone": zone_json(champ.zone),
            "confiance": round(champ.confiance, 3),
        }
        for nom, champ in champs.items()
    }


def reasons_json(raisons: Iterable[Raison]) -> list[dict[str, Any]]:
    """Return reasons as kept."""
    return [
        {
            "code": raison.code,
            "detail": raison.detail,
            "page": raison.page,
            "zone": zone_json(raison.zone),
            "poids": round(raison.poids, 3),
        }
        for raison in raisons
    ]


def candidates_of(session: ReadSession, found: Proposition) -> list[dict[str, Any]]:
    """Return what a person may choose from: the links proposed, then the candidates."""
    asked = as_question(found, found.code, found.detail)
    return candidates_json(session, asked.candidats)


def candidates_json(
    session: ReadSession, candidats: Iterable[Candidat]
) -> list[dict[str, Any]]:
    """Return candidates as kept: references, so that they can be shown and chosen."""
    kept = list(candidats)
    people = agents.by_ids(session, [c.agent_id for c in kept if c.agent_id])
    events = evenements.by_ids(
        session, [c.evenement_id for c in kept if c.evenement_id]
    )
    lines = pieces.by_ids(session, [c.piece_id for c in kept if c.piece_id])
    return [
        {
            "agent": people[c.agent_id].reference if c.agent_id in people else None,
            "evenement": events[c.evenement_id].reference
            if c.evenement_id in events
            else None,
            "piece": lines[c.piece_id].reference if c.piece_id in lines else None,
            "score": round(c.score, 3),
            "motifs": reasons_json(c.raisons),
        }
        for c in kept
    ]
