"""The journal proves itself: signed heads, reads noted, a fiche exported and checked."""

import io
import json
import random
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from records import tables as t
from records.store import journal
from records.store.journal import Rupture
from socle.db import Database, ReadSession, WriteSession
from tests.records.monde import make_agent as make_person
from tests.records.monde import make_collectivite
from tests.web.maison import Maison
from tests.web.monde import Client, make_agent, make_evenement
from tests.web.test_api_depots import PDF, form
from tests.web.test_api_isolation import _paper
from tests.web.test_api_register import place
from web import scellement, verifier_export
from web.keys import SERVICES


def _fill(db: Database, count: int) -> None:
    home = make_collectivite(db)
    for rank in range(count):
        make_person(db, home, nom_famille=f"AGENT{rank}", matricule=str(rank))


def _open(session: WriteSession) -> None:
    if session.get_bind().dialect.name == "sqlite":
        for name in ("fait_update", "fait_delete"):
            session.execute(sa.text(f"DROP TRIGGER IF EXISTS {name}"))
    else:
        session.execute(sa.text("DROP TRIGGER IF EXISTS fait_immuable ON fait"))


def _ranks(session: ReadSession) -> list[int]:
    return list(
        session.scalars(sa.select(t.Fait.id).order_by(t.Fait.chaine, t.Fait.rang))
    )


def _rechain(session: WriteSession) -> None:
    """Hash every chain again from its start: what an attacker who reads our code does."""
    last: dict[int, str] = {}
    session.expire_all()
    for row in session.scalars(sa.select(t.Fait).order_by(t.Fait.chaine, t.Fait.rang)):
        row.precedente = last.get(row.chaine, journal.ORIGIN)
        row.empreinte = last[row.chaine] = journal.digest(row)
    session.flush()
    session.execute(sa.text(
        "UPDATE tete_journal SET rang = (SELECT max(rang) FROM fait WHERE fait.chaine = "
        "tete_journal.chaine), empreinte = (SELECT empreinte FROM fait f WHERE f.chaine ="
        " tete_journal.chaine ORDER BY rang DESC LIMIT 1)"
    ))  # fmt: skip


def _edit(session: WriteSession, one: int, other: int) -> None:
    session.execute(sa.update(t.Fait).where(t.Fait.id == one).values(auteur="x"))


def _delete(session: WriteSession, one: int, other: int) -> None:
    session.execute(sa.delete(t.Fait).where(t.Fait.id == one))


def _swap(session: WriteSession, one: int, other: int) -> None:
    a, b = session.get_one(t.Fait, one), session.get_one(t.Fait, other)
    ranks = a.rang, b.rang
    for row, rang in ((a, -1), (b, ranks[0]), (a, ranks[1])):
        row.rang = rang
        session.flush()


def _cut(session: WriteSession, one: int, other: int) -> None:
    chain = session.get_one(t.Fait, one).chaine
    rank = session.get_one(t.Fait, one).rang
    session.execute(
        sa.delete(t.Fait).where(t.Fait.chaine == chain, t.Fait.rang >= rank)
    )


def _insert(session: WriteSession, one: int, other: int) -> None:
    row = session.get_one(t.Fait, one)
    top = session.scalar(
        sa.select(sa.func.max(t.Fait.rang)).where(t.Fait.chaine == row.chaine)
    )
    session.add(
        t.Fait(
            collectivite_id=row.collectivite_id, chaine=row.chaine, rang=(top or 0) + 1,
            tag=row.tag, version=1, auteur="x", survenu_at=row.survenu_at,
            sujet=row.sujet, contenu={}, precedente="0" * 64, empreinte="f" * 64,
        )
    )  # fmt: skip
    session.flush()


def _rewrite(session: WriteSession, one: int, other: int) -> None:
    _edit(session, one, other)
    _rechain(session)


def _cut_and_hide(session: WriteSession, one: int, other: int) -> None:
    _cut(session, one, other)
    _rechain(session)


PLAIN = (_edit, _delete, _swap, _cut, _insert)
CUNNING = (_rewrite, _cut_and_hide)


class _UndoneError(Exception):
    """Leaves the transaction without keeping the tampering."""


def _tampered(
    db: Database, attack: Any, one: int, other: int, sealed: Any
) -> tuple[Rupture, ...]:
    """Return what is found after an attack; the database is left as it was."""
    found: list[tuple[Rupture, ...]] = []

    def act(session: WriteSession) -> None:
        _open(session)
        attack(session, one, other)
        session.flush()
        found.append(journal.verify(session, sealed))
        raise _UndoneError

    with pytest.raises(_UndoneError):
        db.write(act)
    return found[0]


@pytest.mark.parametrize("attack", PLAIN + CUNNING)
def test_any_edit_deletion_reorder_or_truncation_shows(
    database: Database, attack: Any
) -> None:
    """Wherever it falls; a chain hashed again as a whole is betrayed by its seals."""
    _fill(database, 24)
    sealed = database.read(journal.heads)
    ids = database.read(_ranks)
    draw = random.Random(7)
    assert () == database.read(journal.verify, sealed)

    for _ in range(6):
        one, other = sorted(draw.sample(ids[1:], 2))
        assert _tampered(database, attack, one, other, sealed), (attack, one, other)
    assert () == database.read(journal.verify, sealed)


@pytest.mark.nightly
@pytest.mark.parametrize("attack", PLAIN + CUNNING)
def test_a_hundred_attacks_on_a_long_journal(sqlite: Database, attack: Any) -> None:
    """The drill of the journal: a hundred places, a hundred found."""
    _fill(sqlite, 2_000)
    sealed = sqlite.read(journal.heads)
    ids = sqlite.read(_ranks)
    draw = random.Random(11)

    missed = []
    for _ in range(100):
        one, other = sorted(draw.sample(ids[1:], 2))
        if not _tampered(sqlite, attack, one, other, sealed):
            missed.append((one, other))

    assert [] == missed


async def test_seals_are_added_and_cannot_be_forged(maison_entiere: Maison) -> None:
    """The second place grows with the journal; a line of another hand is told."""
    services = maison_entiere.app[SERVICES]
    first = scellement.seal(services)
    again = scellement.seal(services)
    path = scellement.place_of(services)
    whole = path.read_bytes()
    path.write_bytes(whole + whole.splitlines()[0].replace(b'"rang": ', b'"rang": 9'))
    forged = scellement.read(services)

    client = Client(maison_entiere, "rh_azur")
    await make_agent(client, await place(client))
    resumed = scellement.seal(services)
    found = scellement.read(services)

    assert first > 0
    assert 0 == again
    assert 1 == len(forged.fausses)
    assert 1 == resumed
    assert first + 1 == len(found.tetes)
    assert () == services.db.read(journal.verify, found.tetes)


def _facts(session: ReadSession, tag: str) -> int:
    return len(session.scalars(sa.select(t.Fait).where(t.Fait.tag == tag)).all())


async def test_opening_a_sensitive_paper_is_noted_once(maison_entiere: Maison) -> None:
    """Who looked is in the journal, once per reading; a pay slip is not sensitive."""
    maison = maison_entiere
    client = Client(maison, "rh_azur")
    agent = await make_agent(client, await place(client))
    fiche = await make_evenement(client, agent["reference"])
    depot = await client("POST", "/depots", data=form(PDF), expect=201)
    paper = await maison.db.awrite(_paper, depot["reference"], fiche["reference"])

    for _ in range(3):
        await client("GET", f"/documents/{paper}", expect=200)
    await Client(maison, "gestionnaire")("GET", f"/documents/{paper}", expect=200)

    assert 2 == maison.db.read(_facts, "justificatif:consulte")


@pytest.fixture
async def exported(maison_entiere: Maison) -> tuple[Maison, str, bytes]:
    """Give the house, the event and its archive."""
    maison = maison_entiere
    client = Client(maison, "rh_azur")
    agent = await make_agent(client, await place(client))
    fiche = await make_evenement(client, agent["reference"])
    path = f"/evenements/{fiche['reference']}"
    await client("PATCH", path, json={"numero": "D-9"}, expect=200)
    depot = await client("POST", "/depots", data=form(PDF), expect=201)
    await maison.db.awrite(_paper, depot["reference"], fiche["reference"])
    answer = await maison.client.get(
        f"/api/v1{path}/export.zip", headers=maison.bearer("rh_azur")
    )
    assert 200 == answer.status
    return maison, fiche["reference"], await answer.read()


def _check(folder: Path, octets: bytes, key: str) -> tuple[int, str]:
    """Run the script of the archive itself, alone, as its reader would."""
    archive, script = folder / "export.zip", folder / "verifier_export.py"
    archive.write_bytes(octets)
    script.write_text(Path(verifier_export.__file__).read_text(), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script, archive, key], capture_output=True, text=True,
        check=False, cwd=folder,
    )  # fmt: skip
    return done.returncode, done.stdout


def _without(octets: bytes, name: str, content: bytes | None) -> bytes:
    """Return the archive with one file changed, or left out."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(octets)) as old,
        zipfile.ZipFile(buffer, "w") as new,
    ):
        for one in old.namelist():
            if one != name:
                new.writestr(one, old.read(one))
            elif content is not None:
                new.writestr(one, content)
    return buffer.getvalue()


async def test_an_export_holds_everything_and_checks_offline(
    exported: tuple[Maison, str, bytes], tmp_path: Path
) -> None:
    """Values, history, originals, journal; any change of any of them is found."""
    maison, reference, octets = exported
    key = scellement.public_key(maison.app[SERVICES].coffre)
    archive = zipfile.ZipFile(io.BytesIO(octets))
    names = archive.namelist()

    assert reference == json.loads(archive.read("fiche.json"))["reference"]
    assert [{"numero": "D-9"}] == [
        act["apres"] for act in json.loads(archive.read("historique.json"))
    ]
    assert PDF in [archive.read(n) for n in names if n.startswith("originaux/")]
    assert 0 == _check(tmp_path, octets, key)[0]
    facts = json.loads(archive.read("journal.json"))
    facts[1]["auteur"] = "x"
    for name, content in (
        ("journal.json", json.dumps(facts).encode()),
        ("journal.json", json.dumps(facts[:-1]).encode()),
        ("fiche.json", b"{}"),
        ("historique.json", None),
        ("manifeste.json", archive.read("manifeste.json").replace(b"D", b"E")),
        (next(n for n in names if n.startswith("originaux/")), b"%PDF-"),
    ):
        code, said = _check(tmp_path, _without(octets, name, content), key)
        assert 1 == code, (name, said)
    assert 1 == _check(tmp_path, octets, "00" * 32)[0]
