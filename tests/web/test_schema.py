"""The schema that migrations build is the one the tables declare, on each engine."""

from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from socle.db import Base, Database
from web import schema


def _is_ours(_thing: Any, name: str | None, kind: str, *_rest: Any) -> bool:
    """Leave out the work engine's own tables, which it builds itself."""
    return kind != "table" or name in Base.metadata.tables


def test_migrations_build_what_the_tables_declare(database: Database) -> None:
    """Nothing is declared and not built, nothing built and not declared."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": _is_ours}
        )

        assert [] == compare_metadata(context, Base.metadata)


def test_migrating_twice_changes_nothing(database: Database) -> None:
    """A second migration finds nothing to do."""
    assert schema.head() == schema.migrate(database)


def test_the_revisions_named_are_those_of_the_folder() -> None:
    """What is known without loading the migrator is what the migrator would find."""
    folder = Path(schema.__file__).parent / "migrations"

    found = [one.revision for one in ScriptDirectory(str(folder)).walk_revisions()]

    assert list(reversed(schema.REVISIONS)) == found
