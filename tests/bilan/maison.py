"""A product of its own in a temporary folder: schema, register, real worker processes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from socle.settings import Settings
from web.services import Services, build_services

ROOT = Path(__file__).resolve().parents[2]


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment of a command on this product, and on no other."""
    kept = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251 - handed to the product
        if not name.startswith("VAGUEMESTRE_")
    }
    return kept | {
        "VAGUEMESTRE_DONNEES": str(settings.donnees),
        "VAGUEMESTRE_TRAVAILLEURS": str(settings.travailleurs),
        "VAGUEMESTRE_TRAVAILLEUR_ID": settings.travailleur_id,
        "VAGUEMESTRE_RESERVE_DISQUE": str(settings.reserve_disque),
    }


def settings_for(folder: Path, workers: int) -> Settings:
    """Describe an embedded product living in this folder."""
    return Settings(
        _env_file=None, donnees=folder, base="", stockage="", travailleurs=workers,
        travailleur_id="bilan", reserve_disque=0,
    )  # type: ignore[call-arg]  # fmt: skip


def command(settings: Settings, *words: str) -> str:
    """Run a command of the product; return what it printed, raise with what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "web", *words], cwd=ROOT, env=environment(settings),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(
            f"{' '.join(words)} : {done.stderr[-2000:]}{done.stdout[-500:]}"
        )
    return done.stdout


@contextmanager
def workers(settings: Settings, logs: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run the workers of this product, each in its place; stop them by their pipe."""
    with logs.open("ab") as sink:
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "web", "work", "--place", str(place)],
                cwd=ROOT,
                env=environment(settings),
                stdin=subprocess.PIPE,
                stdout=sink,
                stderr=sink,
            )
            for place in range(settings.travailleurs)
        ]
        try:
            yield running
        finally:
            for process in running:
                process.terminate()
            for process in running:
                try:
                    process.wait(timeout=30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def services_for(settings: Settings) -> Services:
    """Open the same product from this process."""
    return build_services(settings)
