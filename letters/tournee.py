"""The round of every collectivité for a day: what leaves, what waits, what failed."""

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog

from letters import edition, plans
from letters.courriers import Courrier
from letters.edition import Bureau
from letters.plans import MAX_LETTERS, Plan
from socle.errors import VaguemestreError

# two threads keep two cores busy: laying out lets go of the interpreter's lock
HANDS = 2
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What a round did for one collectivité; `code` says why nothing could leave."""

    collectivite_id: int
    courriers: tuple[Courrier, ...] = ()
    code: str | None = None
    detail: str = ""


def go(
    bureau: Bureau,
    places: Iterable[int],
    on: dt.date,
    now: dt.datetime,
    *,
    hands: int = HANDS,
) -> Iterator[Passage]:
    """Issue what is due, some collectivités at a time; one that fails stops no other.

    `hands` groups of collectivités are worked on at a time.
    """

    def visit(group: Sequence[int]) -> list[Passage]:
        issued: dict[int, list[Courrier]] = {place: [] for place in group}
        failed: dict[int, VaguemestreError] = {}
        # the whole group; then, should it fail, whoever is in it one by one
        for part in (group, *((place,) for place in group)):
            try:
                for letter in edition.edit_all(bureau, part, on, now):
                    issued[letter.collectivite_id].append(letter)
            except VaguemestreError as error:
                if part is not group or len(group) == 1:
                    failed[part[0]] = error
                continue
            if part is group:
                break
        return [_told(place, issued[place], failed.get(place)) for place in group]

    groups = _groups(places)
    if hands == 1:
        yield from itertools.chain.from_iterable(map(visit, groups))
        return
    with ThreadPoolExecutor(hands, thread_name_prefix="courriers") as pool:
        yield from itertools.chain.from_iterable(pool.map(visit, groups))


def _groups(places: Iterable[int]) -> Iterator[tuple[int, ...]]:
    left = iter(places)
    while group := tuple(itertools.islice(left, MAX_LETTERS)):
        yield group


def _told(
    place: int, issued: Sequence[Courrier], error: VaguemestreError | None
) -> Passage:
    if error is None:
        return Passage(collectivite_id=place, courriers=tuple(issued))
    log.warning("courrier-manque", collectivite=place, code=error.code)
    return Passage(
        collectivite_id=place, courriers=tuple(issued), code=error.code,
        detail=error.detail,
    )  # fmt: skip


def rehearse(bureau: Bureau, places: Iterable[int], on: dt.date) -> Iterator[Plan]:
    """Say what would leave on a day, and what waits and why; nothing is written."""
    for group in _groups(places):
        yield from bureau.db.read(plans.plans, group, on)
