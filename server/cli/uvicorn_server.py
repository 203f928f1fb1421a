"""uvicorn as one process, as supervised worker processes, and as a process that reloads when the code changes."""

import gc
import logging
import signal
from functools import partial
from socket import socket
from typing import Any

from fastapi import FastAPI
from uvicorn.supervisors.statreload import StatReload

from server.cli.connection_metrics import watch_connections
from server.cli.errors import CommandFailed
from server.cli.graceful_server import GracefulServer, ShutdownTimes
from server.cli.metrics_ports import serve_metrics_of_process, serve_metrics_of_workers
from server.cli.server_options import build_config, shutdown_times
from server.cli.worker_process import WorkerProcess, block_signals
from server.config.settings import Settings, load_settings
from server.connections.server_config import ServerConfig
from server.telemetry.logs import configure_logging

log = logging.getLogger("allotment.server")

APP_FACTORY = "server.cli.uvicorn_server:create_worker_app"


def run_server(settings: Settings, options: dict[str, Any], sockets: list[socket], url: str, *, reload: bool) -> None:
    """Serve on bound sockets until interrupted. Raises CommandFailed if the application does not start. `options` are
    the settings of the command line, for worker processes."""
    if reload:
        config = build_config(settings, APP_FACTORY, factory=True, reload=True)
        Reloader(config, target=Server(config, shutdown_times(settings), url).run, sockets=sockets).run()
    elif settings.workers > 1 or settings.supervise:
        from server.cli.supervisor import Supervisor

        gc.enable()
        with serve_metrics_of_workers(settings) as (metrics, worker_options):
            start_worker = partial(WorkerProcess, options | worker_options, sockets, metrics=metrics)
            Supervisor(start_worker, settings.workers, sockets, url).run()
    else:
        _run_process(settings, sockets, url)


def _run_process(settings: Settings, sockets: list[socket], url: str) -> None:
    """Serve in this process."""
    from server.app import create_app

    app = create_app(settings)
    server = Server(build_config(settings, app), shutdown_times(settings), url)
    watch_connections(app, server)
    if settings.environment == "production":  # elsewhere, a terminal that is closed ends the server
        signal.signal(signal.SIGHUP, lambda *_: log.warning("SIGHUP is ignored: a restart needs SUPERVISE=true"))
    signal.signal(signal.SIGTERM, server.handle_exit)  # what uvicorn restores at the end
    gc.enable()
    with serve_metrics_of_process(settings, app.state.monitoring.collect):
        server.run(sockets)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one would change the exit code, while Python finalizes
    if not server.started:
        raise CommandFailed("The server did not start; the log states the reason.")


def create_worker_app() -> FastAPI:
    """Create the application in a child process, and configure its logs."""
    from server.app import create_app

    settings = load_settings()
    configure_logging(settings)
    return create_app(settings)


class Server(GracefulServer):
    """A single server process that logs its URL when it accepts connections."""

    def __init__(self, config: ServerConfig, times: ShutdownTimes, url: str) -> None:
        super().__init__(config, times)
        self._url = url

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            log.info("Listening on %s", self._url)


class Reloader(StatReload):
    """Supervises one process, and restarts it when the code changes."""

    def startup(self) -> None:
        with block_signals({signal.SIGINT}):
            super().startup()

    def restart(self) -> None:
        with block_signals({signal.SIGINT}):
            super().restart()
