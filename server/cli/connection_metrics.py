"""The number of open connections of a server process, as a metric."""

from collections.abc import Iterable

import uvicorn
from fastapi import FastAPI

from server.telemetry.metrics.catalog import CONNECTIONS
from server.telemetry.metrics.family import Family, single


def watch_connections(app: FastAPI, server: uvicorn.Server) -> None:
    """Add the open connections of the server to the metrics of the application."""

    def collect() -> Iterable[Family]:
        yield single(CONNECTIONS, len(server.server_state.connections))

    app.state.monitoring.add_source(collect)
