"""A worker process: it loads code and settings by itself, serves, and reports to its supervisor.

The supervisor may be of an older release, so the arguments of `run_worker` and the messages must stay compatible:
lines of JSON with `event`: `ready` with `stop_seconds`, `retire_seconds` and `timeout`; `alive`; `failed` with `reason`
and `traceback`; `metrics` with `families` (server/telemetry/metrics). SIGTERM stops a worker, SIGUSR1 retires it.
"""

import gc
import signal
import sys
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection
from socket import socket
from typing import TYPE_CHECKING, Any

from server.cli.worker_channel import Channel

if TYPE_CHECKING:
    from server.cli.worker_server import WorkerServer

START_FAILED = 3
"""The exit code of a worker that did not start."""


def run_worker(options: dict[str, Any], sockets: Sequence[socket], connection: Connection) -> None:
    """Serve until the supervisor sends a signal. `options` override the settings, as those of the command line do."""
    gc.disable()  # during start-up, as in server/cli/serve.py
    channel = Channel(connection)
    try:
        server = _build_server(options, channel)
        gc.enable()
        server.run(list(sockets))
    except (Exception, SystemExit) as error:
        if isinstance(error, SystemExit) and error.code != START_FAILED:
            raise
        _report_failure(channel, error)
        sys.exit(START_FAILED)


def _build_server(options: dict[str, Any], channel: Channel) -> "WorkerServer":
    from server.app import create_app
    from server.cli.connection_metrics import watch_connections
    from server.cli.server_options import build_config, shutdown_times
    from server.cli.worker_server import WorkerServer
    from server.config.settings import load_settings
    from server.telemetry.logs import configure_logging

    address = options.pop("metrics_of_workers", None)
    settings = load_settings(**options)
    configure_logging(settings)
    app = create_app(settings, metrics_of_workers=address)
    server = WorkerServer(build_config(settings, app), shutdown_times(settings), channel, settings.worker_timeout)
    watch_connections(app, server)
    server.collect_metrics = app.state.monitoring.collect
    server.startup_error = lambda: getattr(app.state, "startup_error", None)
    signal.signal(signal.SIGUSR1, lambda *_: server.retire())
    return server


def _report_failure(channel: Channel, error: BaseException) -> None:
    """Send the reason, and the traceback unless the error is written for operators."""
    from server.cli.errors import describe_error

    reasons = describe_error(error) if isinstance(error, Exception) else []
    text = "" if reasons else "".join(traceback.format_exception(error))
    channel.send("failed", reason=" ".join(reasons) or f"{type(error).__name__}: {error}", traceback=text)
