"""A desk of invented letters: a small world, and ways to issue what is due in it."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2

from letters.edition import Bureau
from records.natures import catalogue
from records.parties import Collectivite
from socle.db import Database
from socle.storage import DiskStorage
from tests.records.monde import COFFRE, make_agent, make_collectivite, make_evenement

NOW = dt.datetime(2026, 9, 30, 10, tzinfo=dt.UTC)
TODAY = dt.date(2026, 9, 30)


def make_bureau(db: Database, folder: Path) -> Bureau:
    """Build a desk on this database."""
    return Bureau(
        db=db,
        storage=DiskStorage(folder / "depots"),
        coffre=COFFRE,
        catalogue=catalogue,
        adresse_portail="https://portail.exemple",
    )


def make_world(
    db: Database,
    nb_agents: int = 2,
    *,
    names: Callable[[int], str] | None = None,
    **fields: Any,
) -> Collectivite:
    """Create a collectivité whose agents each miss the papers of one leave."""
    place = make_collectivite(db)
    for rank in range(nb_agents):
        nom = names(rank) if names else f"GRANGEON{rank}"
        given = {"nom_famille": nom, "matricule": f"M-{rank}"} | fields
        make_evenement(db, make_agent(db, place, **given))
    return place


def text_of(pdf: bytes) -> str:
    """Return the text of a PDF, as a reader extracts it."""
    opened = pypdfium2.PdfDocument(pdf)
    return "\n".join(
        page.get_textpage().get_text_range().replace("\r\n", "\n") for page in opened
    )
