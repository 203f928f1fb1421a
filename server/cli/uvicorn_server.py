"""uvicorn as one process, as several worker processes, and as a process that reloads when the code changes."""

import gc
import logging
import math
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from socket import socket
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess, multiprocess
from uvicorn.supervisors.statreload import StatReload

from server.cli.errors import CommandFailed
from server.cli.graceful_server import GracefulServer, WorkerProcess
from server.config.paths import PROJECT_ROOT
from server.config.settings import Settings, load_settings
from server.connections.server_config import ServerConfig
from server.telemetry.logs import configure_logging

log = logging.getLogger("allotment.server")

APP_FACTORY = "server.cli.uvicorn_server:create_worker_app"
RELOAD_PACKAGES = (
    "database", "dataloaders", "executor", "inputs", "models", "queries", "resolvers", "schema", "server", "services",
)  # fmt: skip
SHUTDOWN_SECONDS = {"production": 25, "development": 2, "test": 2}
"""How long a shutdown waits for running requests. Orchestrators kill a process after 30 seconds."""


def run_server(settings: Settings, sockets: list[socket], url: str, *, reload: bool) -> None:
    """Serve on bound sockets until interrupted. Raises CommandFailed if the application does not start."""
    if reload:
        config = _build_config(settings, APP_FACTORY, factory=True, reload=True)
        Reloader(config, target=Server(config, url).run, sockets=sockets).run()
    elif settings.workers > 1:
        Workers(_build_config(settings, APP_FACTORY, factory=True, workers=settings.workers), sockets, url).run()
    else:
        from server.app import create_app

        server = Server(_build_config(settings, create_app(settings)), url)
        gc.enable()
        server.run(sockets)
        if not server.started:
            raise CommandFailed("The server did not start; the log states the reason.")


def create_worker_app() -> FastAPI:
    """Create the application in a child process, and configure its logs."""
    from server.app import create_app

    settings = load_settings()
    configure_logging(settings)
    return create_app(settings)


class Server(GracefulServer):
    """A server that logs its URL when it accepts connections."""

    def __init__(self, config: uvicorn.Config, url: str) -> None:
        super().__init__(config)
        self._url = url

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            log.info("Listening on %s", self._url)


class Workers(Multiprocess):
    """Supervises several worker processes, and logs their URL when all of them accept connections."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket], url: str) -> None:
        super().__init__(config, sockets)
        multiprocess.Process = WorkerProcess  # type: ignore[misc]  # the class that uvicorn starts workers with
        self._url = url
        self._is_announced = False

    def init_processes(self) -> None:
        with _block_interrupts():
            super().init_processes()

    def terminate_all(self) -> None:
        """Stop the workers. A listener that stayed open here would collect connections that nothing accepts."""
        for listener in self.sockets:
            listener.close()
        super().terminate_all()

    def keep_subprocess_alive(self) -> None:
        """Replace workers that ended. uvicorn calls this twice a second."""
        super().keep_subprocess_alive()
        if not self._is_announced and not self.should_exit.is_set():
            timeout = self.config.timeout_worker_healthcheck
            self._is_announced = all(process.is_ready(timeout) for process in self.processes)
            if self._is_announced:
                log.info("Listening on %s", self._url)


class Reloader(StatReload):
    """Supervises one process, and restarts it when the code changes."""

    def startup(self) -> None:
        with _block_interrupts():
            super().startup()

    def restart(self) -> None:
        with _block_interrupts():
            super().restart()


@contextmanager
def _block_interrupts() -> Iterator[None]:
    """Start child processes with SIGINT blocked: terminals send Ctrl-C to the whole process group, and a child that is
    still importing modules would print a traceback. The parent process stops its children with SIGTERM."""
    resource_tracker.ensure_running()  # its first start would unblock the signal
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _build_config(settings: Settings, app: Any, **options: Any) -> ServerConfig:
    folders = [PROJECT_ROOT / package for package in RELOAD_PACKAGES] if options.get("reload") else []
    return ServerConfig(
        app,
        settings.connection_limits,
        settings.max_database_connections,
        log_config=None,  # server/telemetry/logs.py configures the logs
        access_log=False,
        server_header=False,
        lifespan="on",
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_keep_alive=math.ceil(settings.keep_alive_timeout),  # of h11; our own protocol has its own timer
        timeout_graceful_shutdown=SHUTDOWN_SECONDS[settings.environment],
        reload_dirs=[str(folder) for folder in folders if folder.is_dir()],
        **options,
    )
