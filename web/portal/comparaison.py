"""A candidate beside the paper: what was read, what is expected, where they differ."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from records.evenements import Evenement
from records.noms import fold
from records.parties import Agent
from records.periodes import Periode
from records.store import agents, evenements, pieces
from records.store.justificatifs import Justificatif
from records.store.pieces import LignePiece
from socle.db import ReadSession
from socle.errors import NotFoundError
from web.api.contexte import Contexte
from web.portal import presentation as p

PAREIL, DIFFERENT, NON_LU = "pareil", "différent", "non lu"
_ACCIDENT = ("date_accident", "date_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ecart:
    """One line of the comparison; `accord` is pareil, différent or non lu."""

    libelle: str
    lu: str
    attendu: str
    accord: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidatVu:
    """A candidate as the bench shows it; `jours` are those proposed as proved."""

    rang: int
    score: float
    agent: Agent | None
    evenement: Evenement | None
    ligne: LignePiece | None
    ecarts: tuple[Ecart, ...]
    raisons: tuple[str, ...]
    jours: Periode | None

    @property
    def is_ouvert(self) -> bool:
        """Tell whether its line still waits for a paper."""
        return self.ligne is not None and self.ligne.piece.is_open


def candidates(
    session: ReadSession, ctx: Contexte, paper: Justificatif
) -> tuple[CandidatVu, ...]:
    """Return the candidates this person may see, best first."""
    found = (_candidate(session, ctx, paper, kept) for kept in paper.candidats)
    seen: list[CandidatVu] = []
    lines: set[str] = set()
    for one in found:
        reference = one.ligne.piece.reference if one and one.ligne else ""
        if one is None or (reference and reference in lines):
            continue
        lines.add(reference)
        seen.append(one)
    return tuple(
        CandidatVu(
            rang=rank,
            score=one.score,
            agent=one.agent,
            evenement=one.evenement,
            ligne=one.ligne,
            ecarts=one.ecarts,
            raisons=one.raisons,
            jours=one.jours,
        )
        for rank, one in enumerate(seen, start=1)
    )


def _candidate(
    session: ReadSession, ctx: Contexte, paper: Justificatif, kept: Mapping[str, Any]
) -> CandidatVu | None:
    """Resolve a candidate; None when it is gone or not to be seen."""
    seen, line, event, agent = ctx.perimetre, None, None, None
    try:
        if kept.get("piece"):
            line = pieces.line(session, kept["piece"], seen)
        if kept.get("evenement"):
            event = evenements.get(session, kept["evenement"], seen)
        if kept.get("agent"):
            agent = agents.find(session, kept["agent"], perimetre=seen)
    except NotFoundError:
        return None
    return CandidatVu(
        rang=0,
        score=float(kept.get("score", 0.0)),
        agent=agent,
        evenement=event,
        ligne=line,
        ecarts=compare(ctx, paper, agent, event, line),
        raisons=tuple(str(m["detail"]) for m in kept.get("motifs", ())),
        jours=proved_days(paper, line),
    )


def compare(
    ctx: Contexte,
    paper: Justificatif,
    agent: Agent | None,
    event: Evenement | None,
    line: LignePiece | None,
) -> tuple[Ecart, ...]:
    """Lay what was read beside what the register says."""
    rows: list[Ecart] = []
    if agent is not None:
        rows += _person(paper, agent)
    if line is not None:
        name = ctx.catalogue.label
        fits = line.piece.accepts(paper.type, read_value(paper, "cas"))
        rows.append(
            Ecart(
                libelle="Document",
                lu=p.nom_type(paper.type, ctx.today),
                attendu=name(line.piece.type),
                accord=PAREIL if fits else DIFFERENT,
            )
        )
        rows += _days(paper, line.piece.periode)
    if event is not None:
        rows += _accident(paper, event)
    return tuple(rows)


def read_value(paper: Justificatif, *names: str) -> str | None:
    """Return the first of these fields that was read."""
    for name in names:
        kept = paper.champs.get(name)
        value = kept.get("valeur") if isinstance(kept, Mapping) else kept
        if value:
            return str(value)
    return None


def _person(paper: Justificatif, agent: Agent) -> list[Ecart]:
    name = read_value(paper, "nom_lu", "nom", "agent", "patient")
    known = {*fold(agent.libelle).split(), *(fold(" ".join(agent.prenoms)).split())}
    words = set(fold(name or "").split())
    born = agent.date_naissance
    rows = [
        _row("Nom", name, agent.libelle, is_same=bool(words) and words <= known),
        _row(
            "Date de naissance",
            _shown(read_value(paper, "date_naissance")),
            p.jour(born),
            is_same=born is not None
            and read_value(paper, "date_naissance") == born.isoformat(),
        ),
    ]
    matricule = read_value(paper, "matricule")
    if matricule:
        same = matricule == agent.matricule
        known_number = agent.matricule or "non renseigné"
        rows.append(_row("Matricule", matricule, known_number, is_same=same))
    return rows


def _days(paper: Justificatif, wanted: Periode | None) -> list[Ecart]:
    if wanted is None:
        return []
    read = read_days(paper)
    same = read is not None and read.covers(wanted)
    return [_row("Période", p.periode(read), p.periode(wanted), is_same=same)]


def _accident(paper: Justificatif, event: Evenement) -> list[Ecart]:
    read = read_value(paper, *_ACCIDENT)
    if read is None:
        return []
    same = read == event.date_survenance.isoformat()
    return [
        _row(
            "Date de l’accident",
            _shown(read),
            p.jour(event.date_survenance),
            is_same=same,
        )
    ]


def _shown(value: str | None) -> str | None:
    return p.valeur_champ(value) if value else None


def _row(libelle: str, lu: str | None, attendu: str, *, is_same: bool) -> Ecart:
    accord = NON_LU if not lu else PAREIL if is_same else DIFFERENT
    return Ecart(libelle=libelle, lu=lu or "non lu", attendu=attendu, accord=accord)


def read_days(paper: Justificatif) -> Periode | None:
    """Return the days the paper is about, as read."""
    month = read_value(paper, "mois")
    debut, fin = read_value(paper, "debut"), read_value(paper, "fin")
    try:
        if debut and fin:
            return Periode.inclusive(
                dt.date.fromisoformat(debut), dt.date.fromisoformat(fin)
            )
        if month:
            return Periode.month(*map(int, month.split("-")))
    except (ValueError, TypeError):
        return None
    return None


def proved_days(paper: Justificatif, line: LignePiece | None) -> Periode | None:
    """Return the part of the line the paper proves, None when it is the whole line."""
    wanted = line.piece.periode if line else None
    read = read_days(paper)
    if wanted is None or read is None or read.covers(wanted):
        return None
    return wanted.overlap(read)
