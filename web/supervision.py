"""The worker processes of this machine: started, watched, restarted, stopped.

Each has a stable place, so that after a crash the same name takes its own work back. A
worker holds a pipe to this process: when we die, even by SIGKILL, it dies too.
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


class Supervisor:
    """Keeps `nombre` workers alive until told to stop."""

    def __init__(self, nombre: int) -> None:
        self.nombre = nombre
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._is_stopping = False

    def start(self) -> None:
        """Start every worker."""
        self._tasks = [
            asyncio.create_task(self._keep(place)) for place in range(self.nombre)
        ]

    @property
    def nb_alive(self) -> int:
        """How many workers run now."""
        return sum(1 for p in self._processes.values() if p.returncode is None)

    async def _keep(self, place: int) -> None:
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

    async def _spawn(self, place: int) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "web",
            "work",
            "--place",
            str(place),
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,  # a Ctrl-C reaches us alone: we drain them
        )
        self._processes[place] = process
        log.info("travailleur-demarre", slot=place, pid=process.pid)
        return process

    async def stop(self, *, within_s: float = DRAIN_S) -> None:
        """Ask every worker to finish its step; kill those still there afterwards."""
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
