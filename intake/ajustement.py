"""Refitting the learned model: lessons gathered, fitted, compared, then serving or refused.

Lessons are the invented ones and what people decided (retype, link, file). One correction
in four is held back, always the same ones: no model learns them, every model is compared on
them. Runs in a worker or a command; scikit-learn is loaded here and nowhere else.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog

from classifiers import lecons
from classifiers.lecons import Lecon
from classifiers.verdict import BLANCHE, INCONNU
from intake import modeles
from intake import tables as t
from intake.integration import READER
from intake.modeles import Brouillon, Version
from intake.retours import COUPON
from records.store import typage
from records.store.typage import Decision
from socle.clock import legal_day
from socle.crypto import Coffre
from socle.db import Database, ReadSession, WriteSession

if TYPE_CHECKING:
    from classifiers.modele import Modele
    from socle.queue import Queue

JOB = "typage:ajuster"
CORRECTIONS_MAX = 4000
PAR_TYPE_MAX = 200
HELD_BACK = 4
# a paper of fewer words teaches nothing
WORDS_MIN = 8
# what a first model must show on layouts and types it has not seen
ECART_MAX, INCONNUS_MAX = 0.05, 0.08
_NOT_TAUGHT = frozenset({INCONNU, BLANCHE, COUPON, ""})
_BATCH = 400

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cours:
    """Everything that teaches, what is held back to compare, and their fingerprint."""

    lecons: tuple[Lecon, ...]
    retenues: tuple[Lecon, ...]
    nb_corrections: int
    empreinte: str


def gather(session: ReadSession) -> Cours:
    """Gather the lessons: the invented ones, then what people decided, newest first."""
    judged = [one for one in typage.decisions(session, READER) if _teaches(one)]
    texts = _texts(session, judged[:CORRECTIONS_MAX])
    taught: list[Lecon] = []
    held: list[Lecon] = []
    counts: dict[str, int] = {}
    for one in judged[:CORRECTIONS_MAX]:
        mots = lecons.words(texts.get(one.justificatif_id, ""))
        counts[one.type] = counts.get(one.type, 0) + 1
        if len(mots) < WORDS_MIN or counts[one.type] > PAR_TYPE_MAX:
            continue
        source = f"a{one.agent_id}" if one.agent_id else f"p{one.justificatif_id}"
        lecon = Lecon(type=one.type, mots=mots, source=source)
        (held if _is_held_back(one.reference) else taught).append(lecon)
    whole = (*lecons.base(), *taught)
    return Cours(
        lecons=whole,
        retenues=tuple(held),
        nb_corrections=len(taught) + len(held),
        empreinte=_fingerprint((*whole, *held)),
    )


def _teaches(one: Decision) -> bool:
    return one.type not in _NOT_TAUGHT and not one.is_secret_medical


def _is_held_back(reference: str) -> bool:
    return hashlib.sha256(reference.encode()).digest()[0] % HELD_BACK == 0


def _texts(session: ReadSession, judged: Sequence[Decision]) -> dict[int, str]:
    """Return the words read on the pages of each paper."""
    found: dict[int, str] = {}
    p = t.Page
    for start in range(0, len(judged), _BATCH):
        batch = judged[start : start + _BATCH]
        rows = session.execute(
            sa.select(p.depot_id, p.numero, p.texte).where(
                p.depot_id.in_({one.depot_id for one in batch})
            )
        )
        pages = {(row[0], row[1]): row[2] for row in rows}
        for one in batch:
            mine = (pages.get((one.depot_id, numero), "") for numero in one.pages)
            found[one.justificatif_id] = "\n".join(mine)
    return found


def _fingerprint(taught: Iterable[Lecon]) -> str:
    digest = hashlib.sha256()
    for line in sorted(f"{x.type}\0{x.source}\0{' '.join(x.mots)}" for x in taught):
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def refit(
    db: Database, coffre: Coffre, now: dt.datetime, *, auteur: str = READER
) -> Version | None:
    """Fit a model from what is known now, and let it serve unless it is worse.

    None when there is nothing new to learn, or when a person stopped the model.
    """
    former = db.read(modeles.serving)
    if former is not None:
        db.write(follow, former.numero)
    if db.read(modeles.is_stopped):
        log.info("ajustement-arrete")
        return None
    cours = db.read(gather)
    if any(v.lecons == cours.empreinte for v in db.read(modeles.listing)):
        log.info("ajustement-inutile", nombre=cours.nb_corrections)
        return None
    from classifiers import apprentissage

    fitted = apprentissage.fit(cours.lecons)
    served = db.read(modeles.Lecteur().current, coffre)
    why, table = compare(fitted, served, cours.retenues)
    brouillon = Brouillon(
        modele=fitted,
        lecons=cours.empreinte,
        nb_corrections=cours.nb_corrections,
        comparaison=table,
        motif=why,
    )
    kept = db.write(
        modeles.keep, coffre, brouillon, serves=not why, auteur=auteur, now=now
    )
    log.info("modele-ajuste", n=kept.numero, etat=kept.etat, nombre=kept.nb_lecons)
    return kept


def compare(
    fitted: "Modele", served: "Modele | None", retenues: Sequence[Lecon]
) -> tuple[str, dict[str, object]]:
    """Return why a model must not serve ("" when it may), and the figures compared."""
    from classifiers.apprentissage import score

    m = fitted.mesures
    said = m["engages"] + m["inconnus_engages"]
    table: dict[str, object] = {"retenues": len(retenues)}
    if said and abs(m["engages_annonce"] - m["engages_justes"] / said) > ECART_MAX:
        return "Ce qu'il annonce n'est pas ce qu'il fait.", table
    if m["inconnus_engages"] > INCONNUS_MAX * max(m["inconnus"], 1):
        return "Il nomme des papiers d'un type qu'il n'a jamais vu.", table
    if served is None:
        return "", table
    for name, papers in (("corrections", retenues), ("fonds", lecons.base())):
        mine, theirs = score(fitted, papers), score(served, papers)
        table[name] = {
            "nouveau": [mine.justes, mine.faux, mine.abstenus],
            "ancien": [theirs.justes, theirs.faux, theirs.abstenus],
        }
        if name == "corrections" and mine.is_worse_than(theirs):
            return "Il fait moins bien sur les corrections gardées à part.", table
        if mine.faux > theirs.faux:
            return "Il se trompe davantage sur les papiers connus.", table
    return "", table


def follow(session: WriteSession, numero: int) -> None:
    """Keep what people made of the proposals of the model that serves."""
    mine = [d for d in typage.decisions(session, READER) if d.modele == numero]
    stated = sum(one.confiance for one in mine) / len(mine) if mine else 0.0
    suivi = {
        "examines": len(mine),
        "justes": sum(one.is_right for one in mine),
        "annonce": round(stated, 4),
    }
    modeles.follow(session, numero, suivi)


def schedule(session: WriteSession, pending: "Queue", now: dt.datetime) -> None:
    """Ask for the refit of the day: once per legal day, whoever asks."""
    day = legal_day(now).isoformat()
    pending.defer(session, JOB, day, key=f"{JOB}#{day}")
