"""How commands speak: JSON or lines on stdout, progress on a terminal."""

import json
import os
import sys
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


def bring_schema(services: Services, *, always: bool = False) -> None:
    """Migrate the embedded database; elsewhere, refuse a schema that is not ours.

    `always` migrates even a schema that looks current (the work engine has its own).
    """
    from web import schema

    with services.db.engine.connect() as connection:
        schema.refuse_newer(connection)
        found = schema.current(connection)
    if found == schema.head() and not always:
        return
    if services.settings.is_embedded:
        schema.migrate(services.db)
    elif found != schema.head():
        raise UnavailableError(
            "schema-ancien",
            f"La base est à la version {found or 'vide'}, ce programme attend "
            f"{schema.head()} : lancez « vaguemestre migrate ».",
        )


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
