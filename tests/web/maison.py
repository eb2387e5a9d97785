"""Ways to start the real application and to sign people in, for the tests of the web."""

import asyncio
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from records import tables as t
from records.references import Sujet, new_reference
from records.store import comptes, sessions
from records.store.comptes import NouveauCompte
from socle.clock import ManualClock
from socle.crypto import Coffre
from socle.db import Database, WriteSession
from socle.settings import Settings
from web.app import create_app
from web.passwords import hash_password
from web.security import Route
from web.services import build_services

PASSWORD = "une phrase longue et banale"
HASHED = hash_password(PASSWORD)
NOW = dt.datetime(2026, 9, 30, 10, tzinfo=dt.UTC)


@dataclass
class Maison:
    """A running house: the client speaks to it, the rest looks inside."""

    client: TestClient
    app: web.Application
    db: Database
    clock: ManualClock
    collectivites: dict[str, int] = field(default_factory=dict)
    jetons: dict[str, str] = field(default_factory=dict)

    def bearer(self, who: str) -> dict[str, str]:
        """Return the header of a machine token."""
        return {"Authorization": f"Bearer {self.jetons[who]}"}

    def role_of(self, who: str) -> str:
        """Return the role of one of the people."""
        return ROLES[who][0]


def _collectivite(session: WriteSession, nom: str) -> int:
    row = t.Collectivite(reference=new_reference(Sujet.COLLECTIVITE, 2026), nom=nom)
    session.add(row)
    session.flush()
    return row.id


def add_compte(session: WriteSession, nouveau: NouveauCompte) -> int:
    """Add an activated account with the common password."""
    found, secret = comptes.create_compte(session, nouveau, now=NOW)
    comptes.activate(session, secret, HASHED, now=NOW)
    return found.compte_id


ROLES = {
    "rh_azur": ("collectivite", ["azur"]),
    "rh_brume": ("collectivite", ["brume"]),
    "gestionnaire": ("gestionnaire", ["azur"]),
    "operateur": ("operateur", []),
    "administrateur": ("administrateur", []),
}


def people(db: Database, maison: Maison) -> None:
    """Create two collectivités, and an account and a token of each role."""
    for nom in ("azur", "brume"):
        maison.collectivites[nom] = db.write(_collectivite, nom)
    for name, (role, places) in ROLES.items():
        ids = [maison.collectivites[place] for place in places]
        nouveau = NouveauCompte(identifiant=name, role=role, collectivites=ids)
        db.write(add_compte, nouveau)
        machine = NouveauCompte(
            identifiant=f"jeton-{name}", role=role, collectivites=ids
        )
        _, maison.jetons[name] = db.write(sessions.create_jeton, machine, now=NOW)


@dataclass
class Navigateur:
    """A browser signed in: keeps its cookie, knows its anti-forgery token."""

    maison: Maison
    jeton: str
    cookies: dict[str, str]


async def sign_in(maison: Maison, who: str) -> Navigateur:
    """Open a browser session for an account, as the sign-in page does."""
    found = await maison.db.aread(comptes.acces, who)
    assert found is not None
    cookie, opened = await maison.db.awrite(
        sessions.open_session, found.compte_id, now=maison.clock.now()
    )
    return Navigateur(maison, opened.anti_forgery, {"vaguemestre": cookie})


@asynccontextmanager
async def started(
    database: Database,
    clock: ManualClock,
    folder: Path,
    *,
    routes: Iterable[Route] | None = None,
    **settings: object,
) -> AsyncIterator[Maison]:
    """Start the application on this database, with its people."""
    url = database.url.render_as_string(hide_password=False)
    chosen = Settings(_env_file=None, donnees=folder, base=url, **settings)
    services = build_services(chosen, clock=clock)
    services = dataclasses.replace(
        services, coffre=Coffre(bytes(range(32))), db=database
    )
    app = create_app(chosen, services=services, routes=routes)
    async with TestClient(TestServer(app)) as client:
        made = Maison(client=client, app=app, db=database, clock=clock)
        await asyncio.to_thread(people, database, made)
        yield made
