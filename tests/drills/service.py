"""The real service as a process tree: started, asked, killed without notice."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path

from socle.settings import Settings
from tests.bilan.maison import ROOT, environment


class Service:
    """The real `serve`, its workers and their children, on one port."""

    def __init__(self, settings: Settings, port: int, log: Path) -> None:
        self._environment = environment(settings)
        self._port = port
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """The web process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it; the answer is asked by `is_ready`."""
        with self._log.open("ab") as sink:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "web", "serve", "--port", str(self._port)],
                cwd=ROOT,
                env=self._environment,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )

    def is_ready(self) -> bool:
        """Tell whether it says it can receive."""
        try:
            with urllib.request.urlopen(f"{self.url}/sante", timeout=5) as answer:
                return bool(json.load(answer)["pret"])
        except (OSError, ValueError, KeyError):
            return False

    def kill(self) -> None:
        """Kill every process of it at once, without notice."""
        if self._process is None:
            return
        for pid in [self._process.pid, *descendants(self._process.pid)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """Ask it to stop, as an administrator does."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                self.kill()


def descendants(pid: int) -> list[int]:
    """Return the children of a process, and theirs, parents first."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(path.parent.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        born = children.get(waiting.pop(), [])
        found += born
        waiting += born
    return found
