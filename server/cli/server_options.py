"""The configuration of a server process, from the settings."""

import math
from typing import Any

from server.cli.graceful_server import ShutdownTimes
from server.config.paths import PROJECT_ROOT
from server.config.settings import Settings
from server.connections.server_config import ServerConfig

RELOAD_PACKAGES = (
    "database", "dataloaders", "executor", "inputs", "models", "queries", "resolvers", "schema", "server", "services",
)  # fmt: skip
SHUTDOWN_SECONDS = {"production": 25, "development": 2, "test": 2}
"""How long a shutdown waits for running requests. Orchestrators kill a process after 30 seconds."""


RETIREMENT_DELAY_SECONDS = {"production": 5, "development": 1, "test": 1}
"""The least time for which a replaced worker answers requests of its idle connections. Longer than proxies should keep
such connections: a request that a proxy sends while the server closes the connection fails."""


def shutdown_times(settings: Settings) -> ShutdownTimes:
    """Return the times of a shutdown, and of the retirement of a replaced worker."""
    return ShutdownTimes(
        delay=settings.shutdown_delay,
        grace=SHUTDOWN_SECONDS[settings.environment],
        retirement_delay=max(settings.shutdown_delay, RETIREMENT_DELAY_SECONDS[settings.environment]),
        retirement_grace=max(settings.request_timeout, SHUTDOWN_SECONDS[settings.environment]),
    )


def build_config(settings: Settings, app: Any, **options: Any) -> ServerConfig:
    """Build the configuration of a server process from the settings."""
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
        ws_max_size=settings.max_websocket_message_bytes,
        ws_ping_interval=settings.websocket_ping_interval,
        ws_ping_timeout=settings.websocket_ping_timeout,
        ws_per_message_deflate=False,  # a few kilobytes could expand to the maximum, and each socket needs buffers
        timeout_graceful_shutdown=SHUTDOWN_SECONDS[settings.environment],
        reload_dirs=[str(folder) for folder in folders if folder.is_dir()],
        **options,
    )
