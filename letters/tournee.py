"""The round of every collectivité for a day: what leaves, what waits, what failed."""

import datetime as dt
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog

from letters import edition
from letters.courriers import Courrier
from letters.edition import Bureau, Plan
from socle.errors import VaguemestreError

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
    hands: int = 1,
) -> Iterator[Passage]:
    """Issue what is due, collectivité by collectivité; one that fails stops no other.

    `hands` letters are composed at a time; each is issued alone.
    """

    def visit(place: int) -> Passage:
        try:
            letters = edition.edit(bureau, place, on, now)
        except VaguemestreError as error:
            log.warning("courrier-manque", collectivite=place, code=error.code)
            return Passage(collectivite_id=place, code=error.code, detail=error.detail)
        return Passage(collectivite_id=place, courriers=tuple(letters))

    if hands == 1:
        yield from map(visit, places)
        return
    with ThreadPoolExecutor(hands, thread_name_prefix="courriers") as pool:
        yield from pool.map(visit, places)


def rehearse(bureau: Bureau, places: Iterable[int], on: dt.date) -> Iterator[Plan]:
    """Say what would leave on a day, and what waits and why; nothing is written."""
    for place in places:
        yield bureau.db.read(edition.plan, place, on)
