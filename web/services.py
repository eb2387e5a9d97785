"""What the house is wired with: built once at the boundary, then passed."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from records.natures import Catalogue, catalogue
from socle.clock import Clock, SystemClock
from socle.crypto import Coffre
from socle.db import Database
from socle.queue import Queue
from socle.settings import Settings, master_key
from socle.storage import Storage, open_storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Every dependency a view, a command or a worker may need."""

    settings: Settings
    clock: Clock
    db: Database
    coffre: Coffre
    storage: Storage
    queue: Queue
    catalogue: Callable[[dt.date], Catalogue]


def build_services(settings: Settings, *, clock: Clock | None = None) -> Services:
    """Construct everything from the settings; opens no connection yet."""
    settings.donnees.mkdir(mode=0o700, parents=True, exist_ok=True)
    db = Database(settings.database_url)
    return Services(
        settings=settings,
        clock=clock or SystemClock(),
        db=db,
        coffre=Coffre(master_key(settings)),
        storage=open_storage(settings),
        queue=Queue(db),
        catalogue=catalogue,
    )
