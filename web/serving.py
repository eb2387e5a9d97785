"""The web process: listen under guard, watch the loop, drain on SIGTERM."""

import asyncio
import importlib
import os
import signal
import socket

import structlog
from aiohttp import web

from web import metrics, scellement
from web.app import create_app
from web.connections import GuardedSite
from web.services import Services
from web.supervision import DRAIN_S, Supervisor

LAG_EVERY_S = 1.0
log = structlog.get_logger()


async def run(
    services: Services, sock: socket.socket, *, workers: int, has_doors: bool = False
) -> None:
    """Serve until SIGTERM or SIGINT, then drain at most 20 s; a second signal kills."""
    app = create_app(services.settings, services=services)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=DRAIN_S)
    await runner.setup()
    site = GuardedSite(runner, sock)
    await site.start()
    supervisor = Supervisor(workers, has_doors=has_doors)
    supervisor.start()
    lag = asyncio.create_task(_watch_lag())
    sealing = asyncio.create_task(scellement.keep_sealing(services))
    warming = asyncio.create_task(asyncio.to_thread(_warm))
    settings = services.settings
    log.info("service-demarre", adresse=settings.hote, port=settings.port)
    try:
        await _told_to_stop()
    finally:
        log.info("service-arret")
        lag.cancel()
        warming.cancel()
        sealing.cancel()
        await asyncio.gather(supervisor.stop(), runner.cleanup())
        await asyncio.to_thread(scellement.seal_last, services)


def _warm() -> None:
    """Load what the first correction needs, while nobody waits for it."""
    importlib.import_module("intake.revue")


async def _told_to_stop() -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def asked() -> None:
        if stop.is_set():
            os._exit(1)  # asked twice: the person does not want to wait
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked)
    await stop.wait()


async def _watch_lag() -> None:
    """Measure how late the loop wakes up: a parser or a hash would show here."""
    loop = asyncio.get_running_loop()
    while True:
        expected = loop.time() + LAG_EVERY_S
        await asyncio.sleep(LAG_EVERY_S)
        metrics.LOOP_LAG.set(max(0.0, loop.time() - expected))
