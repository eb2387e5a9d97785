"""What is due, read from the register: plans, then lots, then the grounds of each letter.

Everything is read for many collectivités at once; the same grounds make the same letter.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from letters import courriers
from letters.redaction import Modele, modeles_of
from letters.schedule import Demande, Suspension, decide, thresholds
from records.parties import Collectivite, Contrat
from records.pieces import Couverture
from records.store import collectivites, pieces, relances
from records.store.emissions import Registre, next_ranks
from records.store.relances import Attentes, LigneOuverte
from socle.db import ReadSession

MAX_LINES = 400  # of a letter, and of the letters issued in one transaction
MAX_LETTERS = 20  # issued in one transaction: receipts wait for its end
NATURE = "document_manquant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is due for a collectivité on a day, and what waits; nothing is written."""

    collectivite: Collectivite
    contrat: Contrat | None
    on: dt.date
    lots: tuple[tuple[Demande, ...], ...]
    suspensions: tuple[Suspension, ...]
    lignes: Mapping[int, LigneOuverte]
    rang: int

    @property
    def demandes(self) -> tuple[Demande, ...]:
        """Every requirement to ask for."""
        return tuple(demande for lot in self.lots for demande in lot)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """The lines of one letter of a plan, and the number it would take."""

    plan: Plan
    rang: int
    demandes: tuple[Demande, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fondements:
    """All that a letter is made from: the same grounds make the same letter."""

    collectivite: Collectivite
    contrat: Contrat | None
    rang: int
    demandes: tuple[Demande, ...]
    lignes: tuple[LigneOuverte, ...]
    couvertures: Mapping[int, Couverture]
    modele: Modele


def plan(session: ReadSession, collectivite_id: int, on: dt.date) -> Plan:
    """Say what would be asked of a collectivité on a day, and what waits and why."""
    return plans(session, (collectivite_id,), on)[0]


def plans(
    session: ReadSession,
    ids: Sequence[int],
    on: dt.date,
    *,
    only: Collection[int] | None = None,
) -> list[Plan]:
    """Plan for several collectivités; `only` narrows to some of their lines, by id."""
    lignes = relances.open_lines(session, ids, only)
    asked = [ligne.piece.id for place in ids for ligne in lignes[place]]
    sent = courriers.sent_of(session, asked)
    attentes = relances.waiting(session, ids)
    homes = collectivites.by_ids(session, ids)
    contrats = collectivites.contrats_au(session, ids, on)
    ranks = next_ranks(session, Registre.COURRIERS, ids, on.year)
    return [
        _plan(
            homes[place],
            contrats.get(place),
            on,
            rang=ranks[place],
            lignes=lignes[place],
            sent=sent,
            attentes=attentes[place],
        )
        for place in ids
    ]


def _plan(
    home: Collectivite,
    contrat: Contrat | None,
    on: dt.date,
    *,
    rang: int,
    lignes: tuple[LigneOuverte, ...],
    sent: Mapping[int, Mapping[int, dt.date]],
    attentes: Attentes,
) -> Plan:
    asked, waiting = decide(
        [ligne.piece for ligne in lignes],
        sent,
        {x.piece.id: why for x in lignes if (why := attentes.why(x.piece))},
        seuils=thresholds(contrat.parametres if contrat else {}),
        on=on,
    )
    return Plan(
        collectivite=home,
        contrat=contrat,
        on=on,
        lots=tuple(_grouped(asked)),
        suspensions=tuple(waiting),
        lignes={ligne.piece.id: ligne for ligne in lignes},
        rang=rang,
    )


def _grouped(asked: list[Demande]) -> list[tuple[Demande, ...]]:
    """Group by rank, one letter each; a very long list makes several letters."""
    lots = []
    for rank in sorted({demande.relance for demande in asked}):
        same = [demande for demande in asked if demande.relance == rank]
        lots += [
            tuple(same[start : start + MAX_LINES])
            for start in range(0, len(same), MAX_LINES)
        ]
    return lots


def lots_of(found: Iterable[Plan]) -> Iterator[Lot]:
    """Yield the letters of plans, each under the number it would take."""
    for one in found:
        for rank, demandes in enumerate(one.lots):
            yield Lot(plan=one, rang=one.rang + rank, demandes=demandes)


def fournees(lots: Iterable[Lot]) -> Iterator[list[Lot]]:
    """Cut lots into batches small enough for one short transaction each."""
    batch: list[Lot] = []
    lines = 0
    for lot in lots:
        is_full = len(batch) == MAX_LETTERS or lines + len(lot.demandes) > MAX_LINES
        if batch and is_full:
            yield batch
            batch, lines = [], 0
        batch.append(lot)
        lines += len(lot.demandes)
    if batch:
        yield batch


def grounds(session: ReadSession, lots: Sequence[Lot]) -> list[Fondements]:
    """Read what the letter of each lot is made from."""
    asked = [demande.piece for lot in lots for demande in lot.demandes]
    covered = pieces.coverages(session, asked)
    homes = list(dict.fromkeys(lot.plan.collectivite.id for lot in lots))
    modeles = modeles_of(session, NATURE, homes)
    return [
        Fondements(
            collectivite=lot.plan.collectivite,
            contrat=lot.plan.contrat,
            rang=lot.rang,
            demandes=lot.demandes,
            lignes=tuple(lot.plan.lignes[d.piece.id] for d in lot.demandes),
            couvertures={
                d.piece.id: covered[d.piece.id]
                for d in lot.demandes
                if d.piece.id in covered
            },
            modele=modeles[lot.plan.collectivite.id],
        )
        for lot in lots
    ]


def grounds_again(
    session: ReadSession, ready: Sequence[Fondements], on: dt.date
) -> dict[int, list[Fondements]]:
    """Read again, at this instant, the grounds of letters ready; by collectivité."""
    lines = [demande.piece.id for one in ready for demande in one.demandes]
    homes = list(dict.fromkeys(one.collectivite.id for one in ready))
    lots = list(lots_of(plans(session, homes, on, only=lines)))
    return by_place(grounds(session, lots))


def by_place(found: Iterable[Fondements]) -> dict[int, list[Fondements]]:
    """Sort grounds by collectivité, in order."""
    sorted_: dict[int, list[Fondements]] = {}
    for one in found:
        sorted_.setdefault(one.collectivite.id, []).append(one)
    return sorted_
