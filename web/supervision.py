"""The other processes of this machine: started, watched, restarted, stopped.

The workers, each in a stable place, so that after a crash the same name takes its own work
back; and the one that watches folder and mailbox. Each holds a pipe to this process: when
we die, even by SIGKILL, it dies too.
"""

import asyncio
import contextlib
import signal
import sys
import time

import structlog

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0
HEALTHY_AFTER_S = 60.0
DRAIN_S = 20.0
log = structlog.get_logger()


DOORS = "portes"


class Supervisor:
    """Keeps `nombre` workers alive until told to stop, and who watches the doors."""

    def __init__(self, nombre: int, *, has_doors: bool = False) -> None:
        self._words: dict[str, tuple[str, ...]] = {
            str(place): ("work", "--place", str(place)) for place in range(nombre)
        }
        if has_doors:
            self._words[DOORS] = ("surveiller", "--avec-serve")
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._is_stopping = False

    def start(self) -> None:
        """Start every process."""
        self._tasks = [asyncio.create_task(self._keep(place)) for place in self._words]

    @property
    def nb_alive(self) -> int:
        """How many processes run now."""
        return sum(1 for p in self._processes.values() if p.returncode is None)

    async def _keep(self, place: str) -> None:
        waiting = FIRST_WAIT_S
        while not self._is_stopping:
            started = time.monotonic()
            process = await self._spawn(place)
            code = await process.wait()
            if self._is_stopping:
                return
            lived = time.monotonic() - started
            waiting = FIRST_WAIT_S if lived > HEALTHY_AFTER_S else waiting
            log.warning(
                "travailleur-arrete", slot=place, sortie=code, attente_s=waiting
            )
            await asyncio.sleep(waiting)
            waiting = min(waiting * 2, LONGEST_WAIT_S)

    async def _spawn(self, place: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "web",
            *self._words[place],
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,  # a Ctrl-C reaches us alone: we drain them
        )
        self._processes[place] = process
        log.info("travailleur-demarre", slot=place, pid=process.pid)
        return process

    async def stop(self, *, within_s: float = DRAIN_S) -> None:
        """Ask every process to finish its step; kill those still there afterwards."""
        self._is_stopping = True
        for process in self._processes.values():
            _signal(process, signal.SIGTERM)
        pending = [p.wait() for p in self._processes.values() if p.returncode is None]
        if pending:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await asyncio.gather(*pending)
        for process in self._processes.values():
            _signal(process, signal.SIGKILL)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
