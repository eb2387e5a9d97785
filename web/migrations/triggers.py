"""The triggers that make append-only what is written once, on both engines.

They are no table: alembic does not see them, so they are put in place by `migrate` itself,
each time, safely.
"""

import sqlalchemy as sa

# what is written once: the journal, the lines of a bordereau, what was issued
_ONCE = {
    "fait": "le journal ne se modifie pas",
    "ligne_prestation": "une ligne de bordereau ne se modifie pas",
    "edition_bordereau": "un bordereau édité ne se modifie pas",
    "execution_liste": "une édition de liste ne se modifie pas",
}
_SQLITE = tuple(
    f"""CREATE TRIGGER IF NOT EXISTS {table}_{verb.lower()} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{refusal}'); END"""
    for table, refusal in _ONCE.items()
    for verb in ("UPDATE", "DELETE")
)
_POSTGRESQL = tuple(
    statement
    for table, refusal in _ONCE.items()
    for statement in (
        f"""CREATE OR REPLACE FUNCTION {table}_immuable() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS
$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$""",
        f"""CREATE OR REPLACE TRIGGER {table}_immuable BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION {table}_immuable()""",
        f"""CREATE OR REPLACE TRIGGER {table}_non_vide BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION {table}_immuable()""",
    )
)


def install(connection: sa.Connection) -> None:
    """Forbid changing or deleting what is written once; safe to run twice."""
    is_sqlite = connection.dialect.name == "sqlite"
    for statement in _SQLITE if is_sqlite else _POSTGRESQL:
        connection.execute(sa.text(statement))
