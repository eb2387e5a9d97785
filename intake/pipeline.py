"""The whole life of a scan on one screen: triage, pages, papers, verdicts, links.

Each step may be killed and run again: what it writes is keyed, what it answers is a key or
a count, never bytes. The only module of the floor that knows the order of things.
"""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from classifiers.evidence import Liasse, Page
from intake import (
    ailleurs,
    decoupages,
    depots,
    integration,
    orphelins,
    registre,
    retours,
)
from intake.depots import Depot
from intake.doutes import pages_in_doubt, what_is_told
from intake.integration import Papier
from intake.juge import judge_for
from intake.lecture import read_again, read_pages
from intake.modeles import Lecteur
from intake.motifs import MOTIFS
from intake.pages import PageLue
from intake.rattachement import propose
from intake.reception import owner_of
from intake.retours import Pli
from intake.triage import (
    Accepte,
    LimitesTri,
    Quarantaine,
    Refuse,
    Tri,
    examine,
    tri_from,
)
from records.comptes import HOUSE
from records.store import pieces
from records.vocabulary import EtatDepot
from socle.antivirus import Antivirus, EtatAnalyse
from socle.clock import Clock
from socle.crypto import Coffre
from socle.db import Database, ReadSession, WriteSession
from socle.errors import UnavailableError
from socle.sandbox import Sandbox
from socle.storage import Storage

BATCH = 10
MAX_TRIES = 3
# the service itself stopped this often during the reading: someone must look
MAX_RESUMES = 20
# pages of one deposit read twice; the doubts of a larger batch go to a person
MAX_SECOND_READINGS = 40
WAIT_S = 0.5
ENDED = (EtatDepot.TRAITE.code, EtatDepot.REFUSE.code, EtatDepot.QUARANTAINE.code)

_UNSAFE = {
    EtatAnalyse.VIRUS: "virus-detecte",
    EtatAnalyse.LIMITE: "analyse-impossible",
}

log = structlog.get_logger()
Step = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Atelier:
    """What reading needs, built once per worker; `vie` names the life of the service."""

    db: Database
    storage: Storage
    sandbox: Sandbox
    antivirus: Antivirus
    coffre: Coffre
    clock: Clock
    limites: LimitesTri
    vie: str = ""
    lecteur: Lecteur = field(default_factory=Lecteur)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lecture:
    """What was read and is not yet written: all of a short file, nothing of a long one."""

    constat: dict[str, Any]
    pages: tuple[Page, ...]
    kept: list[tuple[PageLue, str | None]]
    relues: tuple[Page, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Jugement:
    """The papers of a deposit, and how its pages were parted."""

    papiers: list[Papier]
    decoupe: decoupages.Decoupe


def process(atelier: Atelier, reference: str, step: Step) -> None:
    """Bring a deposit to its end; what fails is tried again, three times at most.

    `step` keeps what each named step answered. Raises `UnavailableError` when storage or
    scanner are away: the deposit waits, uncounted.
    """
    while True:
        depot = atelier.db.write(depots.take, reference, atelier.vie)
        if depot.etat in ENDED:
            return
        if depot.nb_essais > MAX_TRIES or depot.nb_reprises > MAX_RESUMES:
            _put_aside(atelier, depot, "analyse-impossible")
            return
        try:
            _treat(atelier, depot, step)
        except UnavailableError as error:
            atelier.db.write(depots.give_back, depot.id, error.code, error.detail)
            raise
        except Exception as error:
            log.warning(
                "lecture-en-echec",
                depot=reference,
                essai=depot.nb_essais,
                exc_info=error,
            )
            time.sleep(WAIT_S * depot.nb_essais)
        else:
            return


def _treat(atelier: Atelier, depot: Depot, step: Step) -> None:
    """Say what the file is, read it, say what its papers are and what they answer."""
    constat = depot.tri or _examine(atelier, depot)
    if not constat:
        return
    tri = _tri(constat)
    if tri.nb_pages > BATCH:
        atelier.db.write(depots.keep_triage, depot.id, constat)
        for first in range(1, tri.nb_pages + 1, BATCH):
            step(read_batch, atelier, depot.reference, first, name=f"pages-{first}")
        pages, kept = atelier.db.read(depots.pages, depot.id), []
    else:
        # a short file is written once, with what it answers: one commit, not five
        kept = _read(atelier, depot, tri, 1, tri.nb_pages)
        pages = tuple(lue.page for lue, _ in kept)
    _conclude(atelier, depot, Lecture(constat=constat, pages=pages, kept=kept))


def _tri(constat: dict[str, Any]) -> Tri:
    tri = tri_from(constat)
    if tri is None:
        raise RuntimeError("what the triage wrote is not a triage")
    return tri


def _examine(atelier: Atelier, depot: Depot) -> dict[str, Any]:
    """Say what the file is; empty when it ends here, refused or put aside."""
    owner = owner_of(depot.collectivite_id)
    with atelier.storage.local(owner, depot.empreinte) as path:
        scanned = atelier.antivirus.scan(path)
        if scanned.etat in _UNSAFE:
            _put_aside(atelier, depot, _UNSAFE[scanned.etat])
            return {}
        found = examine(atelier.sandbox, path, depot.nom_fichier, atelier.limites)
    match found:
        case Refuse():
            log.info("depot-refuse", depot=depot.reference, code=found.code)
            now = atelier.clock.now()
            atelier.db.write(integration.refuse, depot, found.code, found.detail, now)
            return {}
        case Quarantaine():
            _put_aside(atelier, depot, found.code)
            return {}
        case Accepte(tri=tri):
            return _findings(tri) | {"antivirus": scanned.etat.value}


def _put_aside(atelier: Atelier, depot: Depot, code: str) -> None:
    log.warning("depot-a-part", depot=depot.reference, code=code)
    now = atelier.clock.now()
    atelier.db.write(integration.quarantine, depot, code, MOTIFS[code], now)


def read_batch(atelier: Atelier, reference: str, first: int) -> int:
    """Read ten pages, those already there excepted, and write them; return how many."""
    depot = atelier.db.read(_depot, reference)
    tri = _tri(depot.tri)
    last = min(first + BATCH - 1, tri.nb_pages)
    known = atelier.db.read(depots.page_numbers, depot.id)
    wanted = [n for n in range(first, last + 1) if n not in known]
    if not wanted:
        return 0
    kept = _read(atelier, depot, tri, wanted[0], wanted[-1])
    atelier.db.write(_advance, depot, kept)
    return len(kept)


def _advance(
    session: WriteSession, depot: Depot, kept: list[tuple[PageLue, str | None]]
) -> None:
    _keep(session, depot, kept)
    # pages gained: what cut the former attempts short was not the pages to come
    depots.forget_attempts(session, depot.id)


def _read(
    atelier: Atelier, depot: Depot, tri: Tri, first: int, last: int
) -> list[tuple[PageLue, str | None]]:
    """Read pages, both ends included; their pictures are kept, under the key given."""
    owner = owner_of(depot.collectivite_id)
    with atelier.storage.local(owner, depot.empreinte) as path:
        lues = read_pages(atelier.sandbox, path, tri, first, last)
    for lue in lues:
        if lue.page.is_illisible:
            log.warning("page-illisible", depot=depot.reference, page=lue.page.numero)
    return [(lue, _keep_preview(atelier, owner, lue)) for lue in lues]


def _keep_preview(atelier: Atelier, owner: str, lue: PageLue) -> str | None:
    if lue.apercu is None:
        return None
    return atelier.storage.put(owner, lue.apercu).empreinte


def _keep(
    session: WriteSession, depot: Depot, kept: list[tuple[PageLue, str | None]]
) -> None:
    pictures = [key for _, key in kept if key]
    orphelins.refuse_leaving(session, owner_of(depot.collectivite_id), *pictures)
    depots.keep_pages(session, depot.id, kept)


def _findings(tri: Tri) -> dict[str, Any]:
    return {
        "type": tri.type,
        "nb_pages": tri.nb_pages,
        "notes": list(tri.notes),
        "is_photo": tri.is_photo,
        "producteur": tri.producteur,
        "createur": tri.createur,
    }


def _conclude(atelier: Atelier, depot: Depot, lecture: Lecture) -> None:
    """Say what each paper is and what it answers; write it all at once."""
    jugement = _judge(atelier, depot, lecture.pages)
    relues = _read_doubts_again(atelier, depot, lecture, jugement.papiers)
    if relues:
        better = {page.numero: page for page in relues}
        pages = tuple(better.get(page.numero, page) for page in lecture.pages)
        again = _judge(atelier, depot, pages)
        if what_is_told(again.papiers) >= what_is_told(jugement.papiers):
            lecture = replace(lecture, pages=pages, relues=relues)
            jugement = again
    now = atelier.clock.now()
    atelier.db.write(_integrate, depot, lecture, jugement, now)
    log.info(
        "depot-traite",
        depot=depot.reference,
        nb_pages=len(lecture.pages),
        nombre=len(jugement.papiers),
        relues=len(relues),
    )


def _judge(atelier: Atelier, depot: Depot, pages: tuple[Page, ...]) -> Jugement:
    judge = atelier.db.read(
        judge_for, atelier.lecteur, atelier.coffre, depot.collectivite_id
    )
    decoupe = decoupages.unfold(atelier.coffre, depot, pages, judge)
    kept = tuple(p for p in pages if p.numero not in decoupe.separateurs)
    papiers = atelier.db.read(_propose, atelier, depot, kept, decoupe.plis)
    doubted = [decoupages.doubt(depot, papier, decoupe) for papier in papiers]
    return Jugement(papiers=doubted, decoupe=decoupe)


def _read_doubts_again(
    atelier: Atelier, depot: Depot, lecture: Lecture, papiers: list[Papier]
) -> tuple[Page, ...]:
    """Read again, slowly, the scanned pages of the papers that end in a question.

    A second reading costs five first ones: it is for doubts it may settle, for so many
    pages, and where a line still waits for a paper.
    """
    numbers = pages_in_doubt(papiers)
    if not numbers or not atelier.db.read(pieces.awaits, depot.collectivite_id):
        return ()
    if len(numbers) > MAX_SECOND_READINGS:
        log.info("relecture-bornee", depot=depot.reference, nb_pages=len(numbers))
    owner, tri = owner_of(depot.collectivite_id), _tri(lecture.constat)
    with atelier.storage.local(owner, depot.empreinte) as path:
        wanted = numbers[:MAX_SECOND_READINGS]
        lues = read_again(atelier.sandbox, path, tri, wanted)
    return tuple(lue.page for lue in lues if lue.page.mots)


def _propose(
    session: ReadSession,
    atelier: Atelier,
    depot: Depot,
    pages: tuple[Page, ...],
    plis: list[Pli],
) -> list[Papier]:
    """Propose outside the writing: a line closed meanwhile is seen when it is tied."""
    contexte = registre.contexte_of(session, depot)
    meneur = retours.meneur(session, plis, collectivite_id=depot.collectivite_id,
                            depot_id=depot.id, piece_id=depot.piece_id,
                            on=depot.date_reception)  # fmt: skip
    papiers = []
    owned = share_pages(pages, [pli.liasse for pli in plis])
    for pli, numbers in zip(plis, owned, strict=True):
        liasse, verdict, coupon = pli.liasse, pli.verdict, meneur.leads(pli)
        aimed = replace(depot, piece_id=coupon.piece_id) if coupon else depot
        if pli.is_coupon:
            proposition = retours.of_coupon(pli, meneur.lus)
        else:
            known = registre.load(session, atelier.coffre, aimed, liasse, verdict)
            proposition = (
                retours.follow(pli, known, contexte, coupon)
                if coupon
                else propose(verdict, liasse, known, contexte)
            )
            proposition = registre.by_hand(liasse, proposition)
            if depot.decoupage:
                proposition = ailleurs.check(session, known, contexte, proposition)
        if proposition.liens:
            meneur.note(pli)
        papiers.append(
            Papier(
                pages=numbers,
                liasse=liasse,
                verdict=verdict,
                proposition=proposition,
                coupon=coupon,
            )
        )
    return papiers


def _integrate(
    session: WriteSession,
    depot: Depot,
    lecture: Lecture,
    jugement: Jugement,
    now: dt.datetime,
) -> None:
    """Write pages, papers, links, tasks and the end of the deposit: all or nothing."""
    if lecture.kept:
        depots.keep_triage(session, depot.id, lecture.constat)
        _keep(session, depot, lecture.kept)
    depots.replace_pages(session, depot.id, lecture.relues)
    decoupages.keep(session, depot, jugement.decoupe)
    integration.integrate(session, depot, jugement.papiers, now)


def share_pages(
    pages: tuple[Page, ...], liasses: list[Liasse]
) -> list[tuple[int, ...]]:
    """Give every page to one paper: a blank back goes with the paper before it.

    Blank pages before the first paper go with it.
    """
    owner: dict[int, int] = {
        numero: rank for rank, liasse in enumerate(liasses) for numero in liasse.numeros
    }
    current = 0
    shared: list[list[int]] = [[] for _ in liasses]
    for page in pages:
        current = owner.get(page.numero, current)
        shared[current].append(page.numero)
    return [tuple(numbers) for numbers in shared]


def _depot(session: ReadSession, reference: str) -> Depot:
    return depots.get(session, reference, HOUSE)
