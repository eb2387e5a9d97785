"""The demo: loaded whole, once, with secrets of its own, and something left to try."""

import dataclasses
import hashlib
from pathlib import Path

import pytest
import sqlalchemy as sa

from bordereaux.registre_prestations import FiltreBordereaux, listing
from bordereaux.tables import RapportImport
from intake.tables import Depot
from records import tables as t
from records import tables_comptes as c
from records.comptes import HOUSE
from records.store import comptes
from socle import queue
from socle.clock import ManualClock
from socle.settings import Settings
from socle.storage import open_storage
from web import schema
from web.demo import load_demo
from web.demo.acces import random_password
from web.demo.chargement import Demonstration, read_scans
from web.services import Services, build_services


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """Build an empty embedded product."""
    settings = Settings(
        _env_file=None, donnees=tmp_path_factory.mktemp("demo"), reserve_disque=0
    )  # type: ignore[call-arg]
    services = build_services(settings, clock=ManualClock())
    schema.migrate(services.db)
    queue.prepare(services.db)
    return dataclasses.replace(
        services, storage=open_storage(settings), queue=queue.Queue(services.db)
    )


@pytest.fixture(scope="module")
def first(house: Services) -> Demonstration:
    """Load the demo once."""
    return load_demo(house)


def _count(house: Services, table: type) -> int:
    query = sa.select(sa.func.count()).select_from(table)
    return house.db.read(lambda session: session.scalar(query)) or 0


def test_register_opens_its_own_requirements(
    house: Services, first: Demonstration
) -> None:
    """Events declared as everybody does open the lines the matrix implies."""
    assert (3, 38, 39) == (
        _count(house, t.Collectivite), _count(house, t.Agent), _count(house, t.Evenement)
    )  # fmt: skip
    assert _count(house, t.PieceAttendue) > 150
    assert first.is_new


def test_accounts_of_every_role_with_random_passwords(
    house: Services, first: Demonstration
) -> None:
    """One account per role and collectivité; each password differs and is not stored."""
    passwords = [one.mot_de_passe for one in first.acces]

    assert 6 == len(set(passwords))
    assert None not in passwords
    found = {one.role for one in house.db.read(comptes.list_comptes)}
    assert {"collectivite", "gestionnaire", "operateur", "administrateur"} == found
    kept = house.db.read(lambda session: session.scalars(sa.select(c.Compte)).all())
    assert all(row.mot_de_passe not in passwords for row in kept)


def test_scans_are_deposited_or_left_to_try(
    house: Services, first: Demonstration
) -> None:
    """Some scans are in the inbox; the others wait in a folder the text names."""
    rows = read_scans()
    wanted = {row["fichier"] for row in rows if row["sort"] == "exemple"}

    assert _count(house, Depot) == len(rows) - len(wanted) == len(first.deposes)
    assert wanted == {path.name for path in first.exemples.iterdir()}
    assert str(first.exemples) in str(first)


def test_every_line_a_scan_answers_is_open(
    house: Services, first: Demonstration
) -> None:
    """The papers of the demo answer requirements that the matrix really opened."""
    rows = house.db.read(
        lambda session: session.scalars(sa.select(t.PieceAttendue)).all()
    )
    kinds = {(row.type, row.precision or "") for row in rows}

    assert {
        ("AAT", "initial"), ("AAT", "prolongation"), ("BULLETIN", ""), ("DECL_AS", ""),
        ("CMATMP", "initial"), ("FACTURE", ""), ("ARRETE", "imputabilité"),
        ("ARRETE", "congé"), ("ACTE_NAISSANCE", ""),
    } <= kinds  # fmt: skip
    assert "PV_CM" in {kind for kind, _ in kinds}


def test_prestations_are_paid_and_held_back(
    house: Services, first: Demonstration
) -> None:
    """Bordereaux add up, settled and blocked lines are both there, nothing was refused."""
    found = house.db.read(listing, HOUSE, FiltreBordereaux()).rows
    reports = house.db.read(
        lambda session: session.scalars(sa.select(RapportImport)).all()
    )

    assert first.nb_bordereaux == len(found) > 0
    assert sum(one.nb_reglees for one in found)
    assert sum(one.bloque_eur for one in found)
    assert all(not one.ecarts for one in found)
    assert all(not report.contenu["lignes"] for report in reports)


def test_second_load_keeps_everything(house: Services, first: Demonstration) -> None:
    """Loading again adds nothing and changes no password."""
    before = [_count(house, table) for table in (t.Agent, c.Compte, Depot, t.Fait)]
    again = load_demo(house)

    assert before == [
        _count(house, table) for table in (t.Agent, c.Compte, Depot, t.Fait)
    ]
    assert not again.is_new
    assert {None} == {one.mot_de_passe for one in again.acces}
    assert "mot de passe inchangé" in str(again)


def test_empty_demo_deposits_nothing(tmp_path: Path) -> None:
    """`demo --vide` gives the register and the accounts only."""
    settings = Settings(_env_file=None, donnees=tmp_path, reserve_disque=0)  # type: ignore[call-arg]
    services = build_services(settings, clock=ManualClock())
    schema.migrate(services.db)

    shown = load_demo(services, vide=True)

    assert 0 == _count(services, Depot)
    assert () == shown.deposes
    assert 6 == len(shown.to_json()["acces"])


def test_bytes_are_received_untouched(house: Services, first: Demonstration) -> None:
    """What is deposited is what is committed."""
    query = sa.select(Depot.nom_fichier, Depot.empreinte)
    kept = dict(house.db.read(lambda session: session.execute(query).all()))
    folder = Path(schema.__file__).parent / "demo" / "scans"
    wanted = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in kept
    }

    assert wanted == kept


def test_passwords_are_long_and_copiable() -> None:
    """A hundred bits, without the signs one confuses."""
    drawn = {random_password() for _ in range(50)}

    assert 50 == len(drawn)
    assert all(len(one) == 23 and not set("0o1l") & set(one) for one in drawn)
