"""uvicorn's configuration with the limits on connections."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import uvicorn

from server.config.connection_limits import ConnectionLimits

if TYPE_CHECKING:
    from server.connections.registry import ConnectionRegistry

HTTP_PROTOCOL = "server.connections.protocol:LimitedHttpProtocol"
WEBSOCKET_PROTOCOL = "server.connections.websocket_protocol:LimitedWebSocketProtocol"


class ServerConfig(uvicorn.Config):
    """The configuration of a server process."""

    registry: "ConnectionRegistry"

    def __init__(self, app: Any, limits: ConnectionLimits, database_connections: int, **options: Any) -> None:
        # Without httptools (on PyPy), uvicorn uses h11, which has limits of its own.
        http = HTTP_PROTOCOL if find_spec("httptools") else "h11"
        super().__init__(app, http=http, ws=WEBSOCKET_PROTOCOL, **options)
        self.limits = limits
        self.is_draining = False
        """Whether each response is the last one of its connection, because the process will end."""
        self._database_connections = database_connections

    def load(self) -> None:
        """Load the application, in the process that serves it."""
        # A worker process unpickles this object before it can respond to the health checks of its parent.
        from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

        from server.connections.descriptors import fit_limits, raise_descriptor_limit
        from server.connections.registry import ConnectionRegistry

        super().load()
        budget = raise_descriptor_limit(self._database_connections)
        if budget is not None:
            self.backlog = min(self.backlog, budget.backlog)
        self.limits = fit_limits(self.limits, budget)
        proxies = self.forwarded_allow_ips if self.proxy_headers else ""
        trusted: Any = ProxyHeadersMiddleware(self.loaded_app, proxies).trusted_hosts
        self.registry = ConnectionRegistry(self.limits.connections, self.limits.connections_per_address, trusted)
