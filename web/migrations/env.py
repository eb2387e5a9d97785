"""Alembic's entry: one connection, one transaction, every table of the house."""

from alembic import context

import bordereaux.tables
import bordereaux.tables_listes  # noqa: F401 - registers the tables
import intake.tables  # noqa: F401 - registers the tables
import letters.tables  # noqa: F401 - registers the tables
import records.tables
import records.tables_colis
import records.tables_comptes
import records.tables_courriers
import records.tables_espace
import records.tables_journal  # noqa: F401 - registers the tables
import socle.mail
import socle.queue  # noqa: F401 - registers the tables
from socle.db import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
