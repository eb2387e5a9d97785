"""How commands speak: JSON or lines on stdout, progress on a terminal."""

import json
import multiprocessing
import os
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, TypeVar

import typer

from socle.errors import UnavailableError
from socle.settings import load_settings
from web import logs
from web.services import Services, build_services

T = TypeVar("T")
AsJson = Annotated[bool, typer.Option("--json", help="Sortie pour une machine.")]


def open_house(*, with_schema: bool = True) -> Services:
    """Read the settings and build the services, files readable by their owner only.

    The embedded database is brought to this version first; another one must be already.
    """
    os.umask(0o077)
    logs.configure()
    services = build_services(load_settings())
    if with_schema:
        bring_schema(services)
    return services


def bring_schema(services: Services) -> None:
    """Migrate the embedded database; elsewhere, refuse a schema that is not ours."""
    from web import schema

    found = _revision(services)
    if found == schema.head():
        return
    if services.settings.is_embedded:
        schema.migrate(services.db)
    else:
        raise UnavailableError(
            "schema-ancien",
            f"La base est à la version {found or 'vide'}, ce programme attend "
            f"{schema.head()} : lancez « vaguemestre migrate ».",
        )


def prepare_schema(services: Services) -> None:
    """Bring the schema of a service that will stay: what is heavy is done in a child.

    A schema that looks current is prepared too: the work engine has its own.
    """
    from web import schema

    if services.settings.is_embedded:
        if _revision(services) != schema.head():
            _migrate_apart(services)
        schema.migrate(services.db)
    else:
        bring_schema(services)


def _revision(services: Services) -> str | None:
    from web import schema

    with services.db.engine.connect() as connection:
        schema.refuse_newer(connection)
        return schema.current(connection)


def _migrate_apart(services: Services) -> None:
    """Run the migration in a fork: nothing of the migrator stays in this process.

    No thread runs yet, and no connection is open.
    """
    from web import schema

    services.db.engine.dispose()
    made = multiprocessing.get_context("fork").Process(
        target=schema.migrate, args=(services.db,)
    )
    made.start()
    made.join()
    if made.exitcode:
        raise UnavailableError(
            "schema-non-migre", "La base n'a pas pu être préparée : voyez ci-dessus."
        )


def die_with_parent() -> None:
    """Exit when the supervisor's end of the pipe closes, even after a SIGKILL."""

    def watch() -> None:
        # the bare descriptor: a daemon thread inside a buffer breaks the exit
        while os.read(0, 1024):
            pass
        os._exit(70)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def say(text: str) -> None:
    """Print one line for a person."""
    print(text, flush=True)


def emit(value: Any) -> None:  # noqa: ANN401 - anything JSON knows
    """Print one JSON value on stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def follow(elements: Iterable[T], *, title: str, total: int) -> Iterator[T]:
    """Yield the elements, showing how far the work is.

    A bar on a terminal; elsewhere a plain line every tenth of the way. On stderr, so that
    stdout stays clean for `--json`.
    """
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import track

        yield from track(
            elements, description=title, total=total, console=Console(stderr=True)
        )
        return
    step = max(1, total // 10)
    for done, element in enumerate(elements, start=1):
        yield element
        if done % step == 0 or done == total:
            print(f"{title} : {done}/{total}", file=sys.stderr, flush=True)
