"""The schema of the database: brought to this version, safely twice, safely cut short.

Migrations live in `web/migrations/versions`, numbered, with `pre` or `post` in the name:
before or after the new code is deployed. The migrator itself is only loaded to migrate:
the web process, which starts on a schema already right, keeps its memory.
"""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from socle import queue
from socle.db import Database
from socle.errors import ConflictError
from web.migrations import triggers

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x76616775  # « vagu »: one migrator at a time on PostgreSQL
# every revision this program knows, the oldest first
REVISIONS = ("0001",)
_VERSIONS = sa.table("alembic_version", sa.column("version_num"))


def _config(connection: sa.Connection) -> Any:  # noqa: ANN401 - alembic, loaded late
    import alembic.config

    config = alembic.config.Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config


def migrate(database: Database) -> str:
    """Upgrade to the newest revision in one transaction; return its name.

    Refuses (`ConflictError`) a schema newer than this program.
    """
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.execute(
                sa.text("SELECT pg_advisory_xact_lock(:k)"), {"k": _LOCK}
            )
        refuse_newer(connection)
        if current(connection) != head():
            import alembic.command

            alembic.command.upgrade(_config(connection), "head")
        triggers.install(connection)
    queue.prepare(database)
    return head()


def head() -> str:
    """Return the revision this program was written for."""
    return REVISIONS[-1]


def current(connection: sa.Connection) -> str | None:
    """Return the revision of the database, None when it is empty."""
    if not sa.inspect(connection).has_table(_VERSIONS.name):
        return None
    return connection.scalar(sa.select(_VERSIONS.c.version_num))


def refuse_newer(connection: sa.Connection) -> None:
    """Raise when the database was made by a newer program."""
    found = current(connection)
    if found is not None and found not in REVISIONS:
        raise ConflictError(
            "schema-plus-recent",
            f"La base est à la version {found}, inconnue de ce programme. "
            "Installez la version du logiciel qui l'a créée, ou une plus récente.",
        )
