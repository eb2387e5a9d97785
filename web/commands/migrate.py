"""`migrate`: bring the schema to this version; safe twice, safe when cut short."""

from web import schema
from web.commands.console import AsJson, emit, open_house, say


def migrate(*, as_json: AsJson = False) -> None:
    """Amène le schéma de la base à la version de ce programme."""
    services = open_house(with_schema=False)
    try:
        revision = schema.migrate(services.db)
    finally:
        services.db.close()
    if as_json:
        emit({"revision": revision})
    else:
        say(f"Base à jour : version {revision}.")
