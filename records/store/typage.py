"""What people made of the types proposed: the raw material of tables and of lessons.

A paper is « examined » when a person retyped it, tied it or filed it, and did not undo
that; put in anomaly, it says nothing of its type. One nobody looked at is not « right ».
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from records import tables as t
from records.journal import Tag
from socle.db import ReadSession

BANDS = (0.0, 0.5, 0.8, 0.9, 0.95, 1.01)
UNKNOWN = "INCONNU"
_ACTS = {
    Tag.JUSTIFICATIF_RETYPE.code: "retype",
    Tag.JUSTIFICATIF_RATTACHE.code: "confirme",
    Tag.JUSTIFICATIF_CLASSE.code: "confirme",
    Tag.JUSTIFICATIF_DETACHE.code: "defait",
    Tag.JUSTIFICATIF_A_VERIFIER.code: "defait",
    Tag.JUSTIFICATIF_ANOMALIE.code: "refuse",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A paper that a person examined: the type proposed, how sure, the type kept."""

    justificatif_id: int
    reference: str
    collectivite_id: int
    agent_id: int | None
    depot_id: int
    pages: tuple[int, ...]
    propose: str
    type: str
    confiance: float
    modele: int | None
    is_secret_medical: bool

    @property
    def is_right(self) -> bool:
        """Tell whether the type proposed was kept."""
        return self.propose == self.type


@dataclass(frozen=True, slots=True, kw_only=True)
class Tranche:
    """Papers whose confidence was in [`de`, `a`).

    `nombre` papers, of which `examines` by a person and `justes` left as proposed by them;
    `annonce` is the mean confidence stated of those examined.
    """

    de: float
    a: float
    nombre: int
    examines: int
    justes: int
    annonce: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BilanTypage:
    """How many papers were proposed each type, and what people made of them.

    `confusions` counts (proposed, kept) over the papers examined, right ones included.
    `abstentions`: papers on which no type was proposed. `appris`: papers typed by the
    learned model: proposed, examined, kept as proposed.
    """

    nombre: int
    examines: int
    justes: int
    abstentions: int
    par_type: dict[str, int]
    confusions: dict[tuple[str, str], int]
    tranches: tuple[Tranche, ...]
    appris: tuple[int, int, int]


def decisions(session: ReadSession, lecteur: str) -> tuple[Decision, ...]:
    """Return the papers people examined, the last decided first.

    `lecteur` is the author of what the product writes by itself.
    """
    f = t.Fait
    rows = session.execute(
        sa.select(f.sujet, f.tag)
        .where(f.tag.in_(_ACTS), f.auteur != lecteur)
        .order_by(f.id)
    )
    examined = _examined((row[0], row[1]) for row in rows)
    found = []
    j = t.Justificatif
    wanted = list(reversed(examined))
    for start in range(0, len(wanted), _BATCH):
        batch = wanted[start : start + _BATCH]
        papers = session.scalars(sa.select(j).where(j.reference.in_(batch)))
        known = {row.reference: _decision(row) for row in papers}
        found += [known[reference] for reference in batch if reference in known]
    return tuple(found)


_BATCH = 500


def _examined(acts: Iterable[tuple[str, str]]) -> list[str]:
    """Fold the acts of people: which papers stand examined, in the order decided."""
    typed: dict[str, bool] = {}
    confirmed: dict[str, bool] = {}
    order: dict[str, int] = {}
    for rank, (reference, tag) in enumerate(acts):
        order[reference] = rank
        act = _ACTS[tag]
        confirmed[reference] = act == "confirme"
        if act in {"retype", "refuse"}:
            typed[reference] = act == "retype"
    return sorted(
        (ref for ref in order if typed.get(ref) or confirmed[ref]),
        key=lambda ref: order[ref],
    )


def _decision(row: t.Justificatif) -> Decision:
    return Decision(
        justificatif_id=row.id,
        reference=row.reference,
        collectivite_id=row.collectivite_id,
        agent_id=row.agent_id,
        depot_id=row.depot_id,
        pages=tuple(row.pages),
        propose=row.type_propose,
        type=row.type,
        confiance=row.confiance,
        modele=row.modele,
        is_secret_medical=row.secret_medical,
    )


def review(session: ReadSession, lecteur: str) -> BilanTypage:
    """Compare, over every paper, the type proposed with what people made of it."""
    judged = decisions(session, lecteur)
    j = t.Justificatif
    proposed: Counter[str] = Counter()
    bands: Counter[int] = Counter()
    learned = 0
    rows = session.execute(sa.select(j.type_propose, j.confiance, j.modele))
    for code, confidence, model in rows:
        proposed[code] += 1
        learned += model is not None
        if code != UNKNOWN:
            bands[_band(confidence)] += 1
    by_model = [one for one in judged if one.modele is not None]
    return BilanTypage(
        nombre=sum(proposed.values()),
        examines=len(judged),
        justes=sum(one.is_right for one in judged),
        abstentions=proposed[UNKNOWN],
        par_type=dict(sorted(proposed.items())),
        confusions=dict(sorted(Counter((x.propose, x.type) for x in judged).items())),
        tranches=_slices(bands, judged),
        appris=(learned, len(by_model), sum(one.is_right for one in by_model)),
    )


def _slices(bands: Counter[int], judged: Iterable[Decision]) -> tuple[Tranche, ...]:
    spoken = [one for one in judged if one.propose != UNKNOWN]
    found = []
    for rank in range(len(BANDS) - 1):
        mine = [one for one in spoken if _band(one.confiance) == rank]
        stated = sum(one.confiance for one in mine) / len(mine) if mine else 0.0
        found.append(
            Tranche(
                de=BANDS[rank],
                a=BANDS[rank + 1],
                nombre=bands[rank],
                examines=len(mine),
                justes=sum(one.is_right for one in mine),
                annonce=round(stated, 4),
            )
        )
    return tuple(found)


def _band(confidence: float) -> int:
    return next(
        rank for rank in reversed(range(len(BANDS) - 1)) if confidence >= BANDS[rank]
    )
